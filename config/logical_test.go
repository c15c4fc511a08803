package config

import "testing"

func TestLogicalOperators(t *testing.T) {
	values{
		"true && true": "true", "true && false": "false", "false || true": "true", "false || false": "false",
		"false && null": "false", "true || null": "true", `false && tobool("x")`: "false", `true || tobool("x")`: "true",
		"false && tobool(unknown)": "false", "tobool(unknown) && false": "false", "tobool(unknown) || true": "true",
		`"true" && "false"`: "false",
	}.check(t)
	refusals{
		"null && true": "must not be null", "null && false": "must not be null", "true && null": "must not be null", "tobool(null) && true": "must not be null",
		"null || true": "must not be null", "null || false": "must not be null", "false || null": "must not be null",
		"tobool(unknown) && null": "must not be null", "null || tobool(unknown)": "must not be null",
		`true && tobool("x")`: "cannot convert", `false || "x"`: "bool is required",
	}.check(t)
}
