package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// BenchmarkWork prints how long a part takes that a function is charged, for calls with
// a thousand elements or 20 KB of text. Where that is more than a microsecond, works
// has to have more for the function: but for length and lookup, which take next to
// nothing in all.
func BenchmarkWork(b *testing.B) {
	variables := workload()
	for _, expr := range []string{
		`length(numbers)`, `element(numbers, 500)`, `lookup(map, "k500", null)`, `contains(numbers, -1)`, `contains(texts, "x")`, `contains(set, "x")`, `index(numbers, 999)`,
		`keys(map)`, `values(map)`, `merge(map, map)`, `deep_merge(map, map)`, `zipmap(texts, objects)`, `transpose({ for k, v in map : k => [v] })`, `coalesce(numbers, numbers)`, `issensitive(numbers)`,
		`concat(objects, objects)`, `flatten([numbers, numbers])`, `reverse(texts)`, `slice(texts, 0, 500)`, `chunklist(texts, 10)`, `distinct(objects)`, `compact(texts)`, `sort(texts)`, `sum(numbers)`, `max(numbers...)`, `matchkeys(texts, texts, texts)`,
		`tolist(objects)`, `tomap(map)`, `toset(texts)`, `setunion(set, set)`, `setintersection(set, set)`, `setproduct(["a", "b"], set)`,
		`join(",", texts)`, `format("%v", numbers)`, `formatlist("%s-x", texts)`, `jsonencode(numbers)`, `jsonencode(objects)`, `yamlencode(objects)`, `jsondecode(json)`, `yamldecode(yaml)`, `csvdecode(csv)`,
		`provider::terraform::encode_expr(objects)`, `provider::terraform::encode_tfvars(map)`, `provider::terraform::decode_tfvars(tfvars)`,
		`upper(text)`, `strrev(text)`, `length(text)`, `title(text)`, `split("a", text)`, `regexall("[a-z]+", text)`, `replace(text, "/q/", "x")`, `base64gzip(text)`, `sha512(text)`, `urlencode(text)`, `indent(2, text)`,
	} {
		b.Run(expr, func(b *testing.B) {
			budget := &budget{}
			e, diags := hclsyntax.ParseExpression([]byte(expr), "x", hcl.InitialPos)
			if diags.HasErrors() {
				b.Fatal(diags)
			}
			meter(e, budget)
			ctx := &hcl.EvalContext{Variables: variables, Functions: Functions(Env{budget: budget})}
			for b.Loop() {
				budget.reset()
				if _, diags := e.Value(ctx); diags.HasErrors() {
					b.Fatal(diags)
				}
			}
			perCall := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perCall/float64(max(budget.total.Load(), 1)), "ns/part")
		})
	}
}

// workload has a value of each kind, of a thousand elements or 20 KB of text.
func workload() map[string]cty.Value {
	const n = 1000
	var numbers, texts, objects []cty.Value
	entries := map[string]cty.Value{}
	var json, yaml, tfvars strings.Builder
	for i := range n {
		numbers = append(numbers, cty.NumberIntVal(int64(i)))
		texts = append(texts, cty.StringVal(fmt.Sprint("node-", i)))
		objects = append(objects, cty.ObjectVal(map[string]cty.Value{"n": numbers[i], "name": texts[i]}))
		entries[fmt.Sprint("k", i)] = texts[i]
		fmt.Fprintf(&json, `,{"n":%d,"name":"node-%[1]d"}`, i)
		fmt.Fprintf(&yaml, "- n: %d\n  name: node-%[1]d\n", i)
		fmt.Fprintf(&tfvars, "k%d = \"node-%[1]d\"\n", i)
	}
	return map[string]cty.Value{
		"numbers": cty.TupleVal(numbers), "texts": cty.TupleVal(texts), "objects": cty.TupleVal(objects), "map": cty.MapVal(entries), "set": cty.SetVal(texts),
		"text": cty.StringVal(strings.Repeat("the quick brown fox\n", n)),
		"json": cty.StringVal("[" + json.String()[1:] + "]"), "yaml": cty.StringVal(yaml.String()), "tfvars": cty.StringVal(tfvars.String()),
		"csv": cty.StringVal("a,b,c\n" + strings.Repeat("1,2,3\n", n)),
	}
}
