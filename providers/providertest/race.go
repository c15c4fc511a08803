//go:build race

package providertest

// Race reports whether the tests run with -race, which makes all of it many times
// slower.
const Race = true
