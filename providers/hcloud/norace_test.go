//go:build !race

package hcloud_test

// stride is that of the suite: runs are cut at every third request, at each with
// MLINFRA_TEST_FULL.
const stride = 3
