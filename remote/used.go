package remote

import (
	"io"
	"sync"

	"golang.org/x/crypto/ssh"
)

// usedKey is the key that a host has let us in with.
type usedKey struct {
	mu  sync.Mutex
	key ssh.PublicKey
}

// note remembers key; a host that refuses it asks for another one.
func (u *usedKey) note(key ssh.PublicKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.key = key
}

// watch returns signers that tell u when they sign: a key signs only after the host
// has said that it would do.
func (u *usedKey) watch(signers []ssh.Signer) []ssh.Signer {
	if u == nil {
		return signers
	}
	watched := make([]ssh.Signer, len(signers))
	for i, s := range signers {
		switch s := s.(type) {
		case ssh.MultiAlgorithmSigner:
			watched[i] = watchedMulti{watchedAlgorithm{s, u}, s.Algorithms}
		case ssh.AlgorithmSigner:
			watched[i] = watchedAlgorithm{s, u}
		default:
			watched[i] = watchedSigner{s, u}
		}
	}
	return watched
}

// The wrappers offer what the signers offer: the SSH library looks at that to choose
// an algorithm.

type watchedSigner struct {
	ssh.Signer
	u *usedKey
}

// Sign signs.
func (s watchedSigner) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	s.u.note(s.PublicKey())
	return s.Signer.Sign(rand, data)
}

type watchedAlgorithm struct {
	ssh.AlgorithmSigner
	u *usedKey
}

// Sign signs.
func (s watchedAlgorithm) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	s.u.note(s.PublicKey())
	return s.AlgorithmSigner.Sign(rand, data)
}

// SignWithAlgorithm signs.
func (s watchedAlgorithm) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s.u.note(s.PublicKey())
	return s.AlgorithmSigner.SignWithAlgorithm(rand, data, algorithm)
}

type watchedMulti struct {
	watchedAlgorithm
	algorithms func() []string
}

// Algorithms returns those that the key signs with.
func (s watchedMulti) Algorithms() []string { return s.algorithms() }
