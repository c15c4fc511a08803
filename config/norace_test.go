//go:build !race

package config

const slowed = false
