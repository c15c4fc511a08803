//go:build race

package server

// stride is that of the suite: with -race, which makes all of it many times slower,
// runs are cut at some requests only. Those without it are cut at more, see the Makefile.
const stride = 64
