package builtin

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/bcrypt"

	"github.com/mlinfra/mlinfra/state"
)

func TestRandomTypesChange(t *testing.T) {
	for typ, base := range map[string]string{
		"random_id": "byte_length = 4", "random_bytes": "length = 4", "random_integer": "min = 1\nmax = 1000000000", "random_pet": "",
		"random_uuid": "", "random_string": "length = 12", "random_password": "length = 12", "random_shuffle": `input = ["a", "b"]`,
	} {
		nulls := "no-op"
		if typ == "random_bytes" {
			nulls = "replace" // as in Terraform
		}
		chain(t,
			[2]string{"create", resource(typ, base)},
			[2]string{"no-op", resource(typ, base)},
			[2]string{nulls, resource(typ, base+"\nkeepers = { a = null }")},
			[2]string{"replace", resource(typ, base+"\nkeepers = { a = \"1\" }")},
			[2]string{"no-op", resource(typ, base+"\nkeepers = { a = \"1\" }")},
			[2]string{nulls, resource(typ, base+"\nkeepers = { a = \"1\", b = null }")},
			[2]string{"replace", resource(typ, base+"\nkeepers = { a = \"2\" }")},
			[2]string{"replace", resource(typ, base)},
		)
	}
}

func TestRandomArgumentsReplace(t *testing.T) {
	chain(t,
		[2]string{"create", resource("random_string", "length = 12")},
		[2]string{"no-op", resource("random_string", "length = 12\nnumeric = true\noverride_special = \"\"\nmin_lower = 0\nupper = true")},
		[2]string{"replace", resource("random_string", "length = 12\nnumber = false")},
		[2]string{"no-op", resource("random_string", "length = 12\nnumeric = false")},
		[2]string{"replace", resource("random_string", "length = 12")},
		[2]string{"replace", resource("random_string", "length = 12\nmin_lower = 2")},
		[2]string{"replace", resource("random_string", "length = 12\nmin_lower = 2\noverride_special = \"_\"")},
		[2]string{"replace", resource("random_string", "length = 13\nmin_lower = 2\noverride_special = \"_\"")},
	)
	chain(t,
		[2]string{"create", resource("random_pet", "")},
		[2]string{"no-op", resource("random_pet", "length = 2\nseparator = \"-\"")},
		[2]string{"replace", resource("random_pet", "length = 3")},
		[2]string{"replace", resource("random_pet", "length = 3\nprefix = \"ml\"")},
	)
	chain(t,
		[2]string{"create", resource("random_id", "byte_length = 2")},
		[2]string{"replace", resource("random_id", "byte_length = 2\nprefix = \"a\"")},
		[2]string{"replace", resource("random_id", "byte_length = 3\nprefix = \"a\"")},
	)
}

func TestRandomText(t *testing.T) {
	count := func(s string, of func(rune) bool) int {
		return strings.Count(strings.Map(func(r rune) rune {
			if of(r) {
				return 'x'
			}
			return -1
		}, s), "x")
	}
	for body, ok := range map[string]func(s string) bool{
		"length = 64": func(s string) bool { return len(s) == 64 },
		"length = 64\nspecial = false": func(s string) bool {
			return count(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) == 64
		},
		"length = 64\nupper = false\nlower = false\nnumeric = false": func(s string) bool { return strings.Trim(s, specialLetters) == "" },
		"length = 64\nupper = false\nlower = false\nspecial = false": func(s string) bool { return strings.Trim(s, digits) == "" },
		"length = 8\nmin_upper = 1\nmin_lower = 2\nmin_numeric = 2\nmin_special = 3": func(s string) bool {
			return count(s, unicode.IsUpper) == 1 && count(s, unicode.IsLower) == 2 && count(s, unicode.IsDigit) == 2
		},
		"length = 32\nlower = false\nmin_lower = 3":              func(s string) bool { return count(s, unicode.IsLower) == 3 },
		"length = 9\nmin_special = 9\noverride_special = \"é_\"": func(s string) bool { return strings.Trim(s, "é_") == "" && len([]rune(s)) == 9 },
	} {
		for _, typ := range []string{"random_string", "random_password"} {
			l := newLab(t)
			_, v := l.apply(resource(typ, body))
			if s := text(t, v, "result"); !ok(s) {
				t.Errorf("%s with %q: %q", typ, body, s)
			}
		}
	}
}

func TestRandomTextIsSpread(t *testing.T) {
	l := letters{length: 4, numeric: letterKind{use: true, least: 1, from: digits}, upper: letterKind{use: true, from: upperLetters}}
	first, seen := map[bool]int{}, map[string]bool{}
	for range 500 {
		s, err := l.text()
		if err != nil {
			t.Fatal(err)
		}
		first[s[0] <= '9']++
		seen[s] = true
	}
	if len(seen) < 490 || first[true] < 50 || first[false] < 50 {
		t.Errorf("%d texts of 500 differ; %d begin with a digit", len(seen), first[true])
	}
}

func TestRandomPassword(t *testing.T) {
	l := newLab(t)
	_, v := l.apply(resource("random_password", "length = 80"))
	password := text(t, v, "result")
	if err := bcrypt.CompareHashAndPassword([]byte(text(t, v, "bcrypt_hash")), []byte(password[:72])); err != nil {
		t.Error(err)
	}
	if text(t, v, "id") != "none" {
		t.Errorf("id %s", text(t, v, "id"))
	}
	s := l.cat.TypeOf(state.Addr{Type: "random_password"}).Schema
	if !s.Attr("result").Sensitive || !s.Attr("bcrypt_hash").Sensitive {
		t.Error("a password is not sensitive")
	}
}

func TestRandomRefusals(t *testing.T) {
	refused(t, map[string]string{
		resource("random_string", "length = 0"):                                                                  "length is 0",
		resource("random_string", "length = 3\nmin_lower = 2\nmin_upper = 2"):                                    "which is 4",
		resource("random_password", "length = 3\nupper = false\nlower = false\nnumber = false\nspecial = false"): "all false",
		resource("random_password", "length = 3\nnumber = false\nnumeric = true"):                                "number is false and numeric is true",
		resource("random_id", "byte_length = 0"):                                                                 "byte_length is 0",
		resource("random_bytes", "length = 0"):                                                                   "length is 0",
		resource("random_pet", "length = 0"):                                                                     "length is 0",
		resource("random_integer", "min = 2\nmax = 1"):                                                           "min is 2 and max is 1",
		resource("random_integer", "min = -9223372036854775807\nmax = 9223372036854775807"):                      "too wide",
		resource("random_shuffle", "input = []\nresult_count = -1"):                                              "result_count is -1",
	})
}

func TestRandomID(t *testing.T) {
	l := newLab(t)
	_, v := l.apply(resource("random_id", "byte_length = 9\nprefix = \"ml-\""))
	b, err := base64.RawURLEncoding.DecodeString(text(t, v, "id"))
	if err != nil || len(b) != 9 {
		t.Fatalf("id %q: %d bytes, %v", text(t, v, "id"), len(b), err)
	}
	for name, want := range map[string]string{
		"b64_url": text(t, v, "id"), "b64_std": base64.StdEncoding.EncodeToString(b), "hex": hex.EncodeToString(b), "dec": new(big.Int).SetBytes(b).String(),
	} {
		if got := text(t, v, name); got != "ml-"+want {
			t.Errorf("%s is %q, want ml-%s", name, got, want)
		}
	}
}

func TestRandomBytes(t *testing.T) {
	l := newLab(t)
	_, v := l.apply(resource("random_bytes", "length = 5"))
	b, err := base64.StdEncoding.DecodeString(text(t, v, "base64"))
	if err != nil || len(b) != 5 || text(t, v, "hex") != hex.EncodeToString(b) {
		t.Errorf("%#v: %v", v, err)
	}
}

// The results are those that the tests of Terraform's provider expect.
func TestSeeded(t *testing.T) {
	l := newLab(t)
	_, v := l.apply(resource("random_integer", "min = 1\nmax = 3\nseed = \"12345\""))
	if got := v.GetAttr("result"); !got.RawEquals(cty.NumberIntVal(3)) || text(t, v, "id") != "3" {
		t.Errorf("integer %#v", got)
	}
	l = newLab(t)
	_, v = l.apply(resource("random_shuffle", "input = [\"a\", \"b\", \"c\", \"d\", \"e\"]\nseed = \"-\""))
	if got := fmt.Sprint(texts(v.GetAttr("result"))); got != "[a c b e d]" {
		t.Errorf("shuffled %s", got)
	}
}

func texts(v cty.Value) []string {
	var list []string
	for _, e := range v.AsValueSlice() {
		list = append(list, e.AsString())
	}
	return list
}

func TestRandomShuffle(t *testing.T) {
	for body, want := range map[string]int{
		`input = ["a", "b", "c"]`:                         3,
		"input = [\"a\", \"b\", \"c\"]\nresult_count = 2": 2,
		"input = [\"a\", \"b\", \"c\"]\nresult_count = 7": 7,
		"input = [\"a\", \"b\", \"c\"]\nresult_count = 0": 0,
		"input = []\nresult_count = 5":                    0,
	} {
		l := newLab(t)
		_, v := l.apply(resource("random_shuffle", body))
		got := texts(v.GetAttr("result"))
		if len(got) != want {
			t.Errorf("%s: %q", body, got)
		}
		first := slices.Sorted(slices.Values(got[:min(3, len(got))]))
		if want >= 3 && !slices.Equal(first, []string{"a", "b", "c"}) {
			t.Errorf("%s: %q repeats before all have stood", body, got)
		}
	}
}

func TestRandomPetAndUUID(t *testing.T) {
	l := newLab(t)
	_, v := l.apply(resource("random_pet", "length = 3\nprefix = \"ml\"\nseparator = \"_\""))
	if got := text(t, v, "id"); len(strings.Split(got, "_")) != 4 || !strings.HasPrefix(got, "ml_") || got != strings.ToLower(got) {
		t.Errorf("pet %q", got)
	}
	l = newLab(t)
	_, v = l.apply(resource("random_uuid", ""))
	if err := uuid.Validate(text(t, v, "id")); err != nil || text(t, v, "result") != text(t, v, "id") {
		t.Errorf("%#v: %v", v, err)
	}
}
