package fakecloud

import "fmt"

// PublicIPv4 returns the nth address, from 1, of the range for benchmarks.
func PublicIPv4(n int) string {
	return fmt.Sprintf("198.%d.%d.%d", 18+n/65000%2, n/250%256, n%250+2)
}
