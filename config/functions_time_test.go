package config

import "testing"

func TestTimeFunctions(t *testing.T) {
	const verbs = "YYYY YY MMMM MMM MM M DD D EEEE EEE HH H hh h AA aa mm m ss s ZZZZZ ZZZZ ZZZ Z"
	values{
		`formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")`:      `"02 Jan 2018 23:12 UTC"`,
		`formatdate("` + verbs + `", "2018-12-25T23:59:59Z")`:              `"2018 18 December Dec 12 12 25 25 Tuesday Tue 11 11 23 23 PM pm 59 59 59 59 +00:00 +0000 UTC Z"`,
		`formatdate("` + verbs + ` 'it''s'", "2018-01-02T03:04:05-07:30")`: `"2018 18 January Jan 01 1 02 2 Tuesday Tue 03 3 03 3 AM am 04 4 05 5 -07:30 -0730 -0730 -07:30 it's"`,
		`formatdate("HH:mm", "2018-12-25T00:00:00Z")`:                      `"12:00"`,
		`formatdate("", "2018-12-25T00:00:00Z")`:                           `""`,
		`timeadd("2017-11-22T00:00:00Z", "10m")`:                           `"2017-11-22T00:10:00Z"`,
		`timeadd("2017-11-22T00:00:00Z", "-1h2m3.5s")`:                     `"2017-11-21T22:57:56Z"`,
		`timeadd("2017-11-22T00:00:00+02:00", "24h")`:                      `"2017-11-23T00:00:00+02:00"`,
		`timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00Z")`:          "-1",
		`timecmp("2017-11-22T01:00:00Z", "2017-11-22T00:00:00-01:00")`:     "0",
		`timecmp("2017-11-22T01:00:01Z", "2017-11-22T01:00:00.5Z")`:        "1",
		"plantimestamp()":                 `"2026-01-02T03:04:05Z"`,
		"length(timestamp()) > 0 || true": "true",
	}.check(t)
}

func TestTimeFunctionsRefuse(t *testing.T) {
	refusals{
		`timeadd("2017-11-22", "10m")`: "missing required time introducer 'T'", `timeadd("2017-11-22T00:00:00Z", "x")`: "invalid duration", `timecmp("2017-11-22", "x")`: "time introducer 'T'",
		`timecmp("2017-11-22T00:00:00Z", "2017-13-22T00:00:00Z")`: "month", `timecmp("2017-11-22T00:00:00Z", "")`: "end of string before year",
		`formatdate("YYYYY", "2018-12-25T23:59:59Z")`: `"YY" or "YYYY"`, `formatdate("x", "2018-12-25T23:59:59Z")`: "invalid date format verb", `formatdate("'x", "2018-12-25T23:59:59Z")`: "unterminated literal",
		`formatdate("EE", "2018-12-25T00:00:00Z")`: `"EEE" or "EEEE"`, `formatdate("YYYY", "2018")`: "end of string",
	}.check(t)
}

// TestTimeOfApply evaluates what is not known before apply.
func TestTimeOfApply(t *testing.T) {
	env := Env{Time: "2026-01-02T04:00:00Z", PlanTime: "2026-01-02T03:04:05Z"}
	for expr, want := range map[string]string{
		"timestamp()": `"2026-01-02T04:00:00Z"`, "plantimestamp()": `"2026-01-02T03:04:05Z"`, "length(uuid())": "36", "uuid() == uuid()": "false", `substr(uuid(), 14, 1)`: `"4"`,
		`substr(bcrypt("x", 4), 0, 7)`: `"$2a$04$"`, `substr(bcrypt("x", 5), 0, 7)`: `"$2a$05$"`, `length(bcrypt("x"))`: "60",
	} {
		got, diags := evalIn(t, env, expr)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		wantValue, _ := evalIn(t, env, want)
		if !got.RawEquals(wantValue) {
			t.Errorf("%s = %#v, want %#v", expr, got, wantValue)
		}
	}
}
