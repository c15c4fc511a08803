package config

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// textFunc returns a function from one string to one string.
func textFunc(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

// testFunc returns a function from two strings to a bool.
func testFunc(f func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: "part", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

func hexOf(sum []byte) (string, error) { return hex.EncodeToString(sum), nil }

// SHA-1 and MD5 are here because configurations use them as names of content.
func md5Hex(s string) (string, error)    { h := md5.Sum([]byte(s)); return hexOf(h[:]) }
func sha1Hex(s string) (string, error)   { h := sha1.Sum([]byte(s)); return hexOf(h[:]) }
func sha256Hex(s string) (string, error) { h := sha256.Sum256([]byte(s)); return hexOf(h[:]) }
func sha512Hex(s string) (string, error) { h := sha512.Sum512([]byte(s)); return hexOf(h[:]) }

var (
	base64SHA256Func = textFunc(func(s string) (string, error) {
		h := sha256.Sum256([]byte(s))
		return base64.StdEncoding.EncodeToString(h[:]), nil
	})
	base64EncodeFunc = textFunc(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil })
	base64DecodeFunc = textFunc(func(s string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", errors.New("not valid base64")
		}
		if !utf8.Valid(b) {
			return "", errors.New("the result of decoding is not valid UTF-8")
		}
		return string(b), nil
	})
	urlEncodeFunc = textFunc(func(s string) (string, error) { return url.QueryEscape(s), nil })

	startsWithFunc  = testFunc(strings.HasPrefix)
	endsWithFunc    = testFunc(strings.HasSuffix)
	strContainsFunc = testFunc(strings.Contains)
)

// replaceFunc replaces a substring, or a regular expression between slashes.
var replaceFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: "substr", Type: cty.String}, {Name: "replace", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		str, sub, with := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if len(sub) > 1 && sub[0] == '/' && sub[len(sub)-1] == '/' {
			re, err := regexp.Compile(sub[1 : len(sub)-1])
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(1, err)
			}
			return cty.StringVal(re.ReplaceAllString(str, with)), nil
		}
		return cty.StringVal(strings.ReplaceAll(str, sub, with)), nil
	},
})
