package fakecloud

import "fmt"

// IDs makes identifiers that depend on Seed and on how many were made before.
// It is part of a fake's content, so that a reloaded fake does not repeat itself.
// The caller serialises its use.
type IDs struct {
	Seed uint64 `json:"seed"`
	Used uint64 `json:"used"`
}

// Number returns a number above base, larger than all before.
func (g *IDs) Number(base int) int {
	g.Used++
	return base + int(g.Used)
}

// UUID returns a random-looking version 4 UUID.
func (g *IDs) UUID() string {
	a, b := g.next(), g.next()
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&(1<<48-1))
}

// Text returns n letters and digits, for passwords and names.
func (g *IDs) Text(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[g.next()%uint64(len(letters))]
	}
	return string(b)
}

func (g *IDs) next() uint64 {
	g.Used++
	return mix(mix(g.Seed) ^ g.Used)
}

// mix is the splitmix64 finaliser: nearby inputs give unrelated outputs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
