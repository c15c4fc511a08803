//go:build !race

package digitalocean_test

// stride is that of the suite: runs are cut at each request.
const stride = 1
