//go:build !race

package hcloud_test

// stride is that of the suite: runs are cut at each request.
const stride = 1
