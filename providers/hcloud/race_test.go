//go:build race

package hcloud_test

// stride is that of the suite: with -race, which makes all of it many times slower,
// runs are cut at some requests only. Those without it are cut at more, see the Makefile.
const stride = 16
