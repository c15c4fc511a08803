package config

import (
	"maps"
	"path/filepath"
	"sync"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Functions returns the functions that expressions may call: those of
// Terraform 1.11 and some more, each also as core::name, and the functions
// that Terraform's own provider has as provider::terraform::name.
func Functions(env Env) map[string]function.Function {
	f := map[string]function.Function{}
	for _, group := range []map[string]function.Function{
		numberFunctions, textFunctions(), encodingFunctions, listFunctions, mapFunctions, conversionFunctions,
		markFunctions(env), netFunctions, timeFunctions(env), randomFunctions(env), pathFunctions(env.WorkDir), fileFunctions(env),
	} {
		for name, fn := range group {
			f[name] = guard(env.budget, name, fn)
		}
	}
	maps.Copy(f, templateFunctions(env, f))
	if env.Console {
		f["type"] = typeFunc
	}
	addCore(f)
	for name, fn := range providerFunctions(env) {
		f["provider::terraform::"+name] = guard(env.budget, name, fn)
	}
	return f
}

// plainFunctions are the functions as they are for no process in particular.
var plainFunctions = sync.OnceValue(func() map[string]function.Function { return Functions(Env{}) })

// typeOfArgument returns the type that a guarded function takes at a position; NilType
// when there is none.
func typeOfArgument(name string, i int) cty.Type {
	f, ok := plainFunctions()[name]
	if !ok || takesExpressions(f) {
		return cty.NilType
	}
	params, rest := f.Params(), f.VarParam()
	switch {
	case i < len(params):
		return params[i].Type
	case rest != nil:
		return rest.Type
	}
	return cty.NilType
}

// addCore gives every function its second name.
func addCore(f map[string]function.Function) {
	for name, fn := range maps.Clone(f) {
		f["core::"+name] = fn
	}
}

var numberFunctions = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc, "max": stdlib.MaxFunc,
	"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc, "sum": sumFunc,
}

func textFunctions() map[string]function.Function {
	f := map[string]function.Function{
		"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
		"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "replace": replaceFunc,
		"split": stdlib.SplitFunc, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"upper": stdlib.UpperFunc, "startswith": startsWithFunc, "endswith": endsWithFunc, "strcontains": strContainsFunc,
	}
	for _, d := range digests {
		f[d.name] = textFunc("str", d.ofText)
	}
	return f
}

var encodingFunctions = map[string]function.Function{
	"base64decode": base64DecodeFunc, "base64encode": base64EncodeFunc, "base64gunzip": base64GunzipFunc, "base64gzip": base64GzipFunc,
	"textdecodebase64": textDecodeFunc, "textencodebase64": textEncodeFunc, "urldecode": urlDecodeFunc, "urlencode": urlEncodeFunc,
	"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,
	"yamldecode": ctyyaml.YAMLDecodeFunc, "yamlencode": ctyyaml.YAMLEncodeFunc,
	"rsadecrypt": rsaDecryptFunc, "uuidv5": uuidV5Func,
}

var listFunctions = map[string]function.Function{
	"alltrue": allTrueFunc, "anytrue": anyTrueFunc, "chunklist": stdlib.ChunklistFunc, "coalesce": coalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
	"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": function.New(&containsSpec), "distinct": distinctFunc,
	"element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "index": function.New(&indexSpec), "length": function.New(&lengthSpec), "matchkeys": matchKeysFunc,
	"one": oneFunc, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
	"setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc,
	"sort": stdlib.SortFunc,
}

var mapFunctions = map[string]function.Function{
	"deep_merge": deepMergeFunc, "keys": stdlib.KeysFunc, "lookup": function.New(&lookupSpec), "merge": stdlib.MergeFunc, "transpose": transposeFunc,
	"values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
}

var conversionFunctions = map[string]function.Function{
	"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
	"tobool": toFunc(cty.Bool), "tonumber": toFunc(cty.Number), "tostring": toFunc(cty.String), "tolist": toFunc(cty.List(cty.DynamicPseudoType)),
	"tomap": toFunc(cty.Map(cty.DynamicPseudoType)), "toset": toFunc(cty.Set(cty.DynamicPseudoType)),
}

func markFunctions(env Env) map[string]function.Function {
	return map[string]function.Function{
		"ephemeralasnull": ephemeralAsNullFunc, "issensitive": isSensitiveFunc, "nonsensitive": nonsensitiveFunc(env), "sensitive": sensitiveFunc(env),
	}
}

var netFunctions = map[string]function.Function{
	"cidrcontains": cidrContainsFunc, "cidrhost": cidrHostFunc, "cidrnetmask": cidrNetmaskFunc, "cidrsubnet": cidrSubnetFunc,
	"cidrsubnets": cidrSubnetsFunc,
}

func timeFunctions(env Env) map[string]function.Function {
	return map[string]function.Function{
		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc, "timecmp": timeCmpFunc,
		"timestamp": constant(env.Time), "plantimestamp": constant(env.PlanTime),
	}
}

// randomFunctions returns the functions with another result at every call:
// unknown while a plan is made.
func randomFunctions(env Env) map[string]function.Function {
	if env.Time == "" {
		return map[string]function.Function{"bcrypt": bcryptFunc(unknownHash), "uuid": constant("")}
	}
	return map[string]function.Function{"bcrypt": bcryptFunc(bcryptHash), "uuid": uuidFunc}
}

func pathFunctions(dir string) map[string]function.Function {
	return map[string]function.Function{
		"abspath": pathFunc(func(s string) string { return filepath.ToSlash(absolute(dir, s)) }), "basename": pathFunc(filepath.Base), "dirname": pathFunc(filepath.Dir),
		"pathexpand": textFunc("path", expandHome),
	}
}
