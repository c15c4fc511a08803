package config

import "testing"

func TestNumberFunctions(t *testing.T) {
	values{
		"abs(-12.4)": "12.4", "abs(123456789012345678901234567890)": "123456789012345678901234567890",
		"ceil(5.1)": "6", "ceil(-4.9)": "-4", "ceil(123456789012345678901234567890.5)": "123456789012345678901234567891",
		"floor(4.9)": "4", "floor(-4.1)": "-5", "floor(1e50 + 0.5)": "1e50",
		"log(16, 2)": "4", "log(50, 10)": "1.6989700043360185", "log(1, 10)": "0",
		"max(12, 54, 3)": "54", "max([12, 54, 3]...)": "54", `max("10", 9)`: "10", "min(12, 54, 3)": "3", "min(-1, 1.5)": "-1",
		`parseint("FF", 16)`: "255", `parseint("-10", 2)`: "-2", `parseint("FFFFFFFFFFFFFFFFFFFF", 16)`: "1208925819614629174706175",
		`parseint("zz", 62)`: "2205", `parseint("zZ", 62)`: "2231", `parseint("-0", 10)`: "0", `parseint("+5", 10)`: "5",
		"pow(3, 2)": "9", "pow(2, -1)": "0.5", "pow(3.2, 2.4)": "16.306469705871248", "pow(4, 0)": "1",
		"signum(-13)": "-1", "signum(0)": "0", "signum(344)": "1",
		"sum([10, 13, 6, 4.5])": "33.5", "sum(toset([1, 1, 2]))": "3", "sum([0.1, 0.2])": "0.3", `sum(["1", 2.5])`: "3.5", "sum([1e308, 1e308])": "2e308",
		"sum([9007199254740993, 1])": "9007199254740994",
	}.check(t)
}

func TestNumberFunctionsRefuse(t *testing.T) {
	refusals{
		"abs(null)": "must not be null", "max()": "at least one number", `max("x", 1)`: "number is required", "min(null)": "must not be null",
		`parseint("12", 2)`: `cannot parse "12" as a base 2 integer`, `parseint("12", 63)`: "between 2 and 62", `parseint("0x1", 16)`: "cannot parse",
		`parseint("", 10)`: "cannot parse", `parseint("1.5", 10)`: "cannot parse", "parseint(12, 10)": "must be a string, not number",
		"signum(-0.1)": "whole number", "signum(1e100)": "whole number", "log(-1, 2)": "no result", "pow(-1, 0.5)": "no result",
		"sum([])": "cannot sum an empty list", `sum(["x"])`: "of number values", "sum([1, null])": "of number values", "sum([1, true])": "of number values",
		"sum(1)": "cannot sum noniterable", "sum(tomap({ a = 1 }))": "Received map of number", "sum(null)": "must not be null",
	}.check(t)
}
