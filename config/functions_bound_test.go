package config

import (
	"strings"
	"testing"
)

// TestResultsAreBounded evaluates what would take a machine down: an error
// comes soon.
func TestResultsAreBounded(t *testing.T) {
	bomb := `a0: &a0 [x,x,x,x,x,x,x,x,x]\n`
	for _, pair := range []string{"10", "21", "32", "43", "54", "65", "76", "87", "98"} {
		bomb += "a" + pair[:1] + ": &a" + pair[:1] + " [" + strings.Repeat("*a"+pair[1:]+",", 9) + `]\n`
	}
	cases := refusals{
		"range(1e9)": "more than 1024", "range(0, 1e9, 0.001)": "more than 1024", "setproduct(range(1000), range(1000), range(1000))": "more than 100000 elements",
		`format("%1000000000d", 1)`: "more than 32 MiB", `format("%.1000000000f", 1)`: "more than 32 MiB", `format("%-99999999999999999999s", "")`: "more than 32 MiB", `formatlist("%1000000000s", ["a"])`: "more than 32 MiB",
		`indent(1000000000, "a\nb")`: "more than 32 MiB", `indent(1e300, "a\nb")`: "more than 32 MiB", `join(format("%1000000s", ""), range(1000))`: "more than 32 MiB",
		`replace(format("%10000s", ""), " ", format("%10000s", ""))`: "more than 32 MiB", `replace(format("%10000s", ""), "/ /", format("%10000s", ""))`: "more than 32 MiB", `base64encode(format("%30000000s", ""))`: "more than 32 MiB",
		`floor("1e99999999")`: "1e1000", `tostring(tonumber("1e600000000"))`: "1e1000", `abs("1e-600000000")`: "1e1000", `parseint("1${format("%04000d", 0)}", 62)`: "1e1000",
		`jsondecode("[1e600000000]")`: "1e1000", `yamldecode("a: 1e600000000")`: "1e1000", "sum([6e999, 6e999])": "1e1000", `tonumber(format("%0999999d", 1))`: "4096 digits",
		`parseint(format("%0999999d", 1), 10)`: "4096 digits", `jsondecode("[${replace(format("%999999s", ""), " ", "7")}]")`: "4096 digits", `yamldecode(replace(format("%999999s", ""), " ", "7"))`: "4096 digits",
		`jsondecode(replace(format("%600s", ""), " ", "["))`: "500 levels", `yamldecode("${replace(format("%600s", ""), " ", "[")}${replace(format("%600s", ""), " ", "]")}")`: "500 levels",
		`yamldecode("${replace(format("%20000s", ""), " ", "[")}${replace(format("%20000s", ""), " ", "]")}")`: "500 levels", `yamldecode("` + bomb + `")`: "aliases stand for more than 200000 values",
	}
	cases.check(t)
}
