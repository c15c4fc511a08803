//go:build race

package config

// slowed means that everything takes five times as long, for races that what
// runs on one goroutine cannot have.
const slowed = true
