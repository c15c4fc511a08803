//go:build !race

package server

// stride is that of the suite: runs are cut at each request.
const stride = 1
