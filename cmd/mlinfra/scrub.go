package main

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/mlinfra/mlinfra/cmd/view"
)

// minSecret is how many bytes a secret has at least to be looked for: shorter
// ones occur in ordinary text.
const minSecret = 6

// maxWord is below how many bytes a word of lowercase letters, dashes and
// underscores is no secret worth hiding, but the name of something: a password
// that is "postgres" would blank the names of databases, types and hosts all
// over the output, and tell by its gaps what it is. Who guesses words finds it
// anyway.
const maxWord = 12

// minLine is how many bytes a line of a longer secret has to be looked for
// alone.
const minLine = 8

// scrubber replaces in text the secrets that it knows, in all spellings in which
// they may be printed. It is the last line of defence: what knows that a value
// is sensitive does not print it in the first place. Its methods may be called
// from many goroutines. The zero scrubber knows nothing and changes nothing.
type scrubber struct {
	mu     sync.RWMutex
	known  map[string]bool // added and allowed texts; true for allowed ones
	texts  map[string]bool // spellings; true for those that may be shown
	byHead map[head]*bucket
	short  map[string]bool // what begins a spelling and is shorter than a head
	starts [256]bool       // first bytes of spellings
}

// head is how a spelling begins.
type head [minSecret]byte

// bucket is the spellings with one head, and their lengths, the largest first.
type bucket struct {
	texts   []string
	lengths []int
}

// Add makes s a secret, unless it has been allowed, is short or a plain word.
func (s *scrubber) Add(secret string) {
	if s.knows(secret) || !worthHiding(secret) {
		return
	}
	s.learn(secret, false, spellings(secret))
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if line != secret && len(line) >= minLine && !boundary(line) && worthHiding(line) && !s.knows(line) {
			s.learn(line, false, spellings(line))
		}
	}
	for _, part := range credentialsIn(secret) {
		s.Add(part)
	}
}

// Allow makes text something that may be shown, also where a secret is in it
// or is the same: its author has said so.
func (s *scrubber) Allow(text string) {
	if len(text) < minSecret || s.allows(text) {
		return
	}
	s.learn(text, true, printed(text))
}

// any reports whether anything is looked for.
func (s *scrubber) any() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.texts) > 0
}

func (s *scrubber) knows(text string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.known[text]
	return ok
}

func (s *scrubber) allows(text string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known[text]
}

func (s *scrubber) learn(text string, shown bool, spelled []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known, s.texts, s.byHead, s.short = map[string]bool{}, map[string]bool{}, map[head]*bucket{}, map[string]bool{}
	}
	s.known[text] = shown || s.known[text]
	for _, t := range spelled {
		if len(t) >= minSecret {
			s.spell(t, shown)
		}
	}
}

// spell adds one spelling to what is looked for.
func (s *scrubber) spell(text string, shown bool) {
	was, ok := s.texts[text]
	s.texts[text] = was || shown
	if ok {
		return
	}
	h := head([]byte(text[:minSecret]))
	b := s.byHead[h]
	if b == nil {
		b = &bucket{}
		s.byHead[h] = b
		s.starts[text[0]] = true
		for n := 1; n < minSecret; n++ {
			s.short[text[:n]] = true
		}
	}
	b.texts = append(b.texts, text)
	if at, ok := slices.BinarySearchFunc(b.lengths, len(text), func(have, n int) int { return cmp.Compare(n, have) }); !ok {
		b.lengths = slices.Insert(b.lengths, at, len(text))
	}
}

// worthHiding reports whether a text of some length is not just a word.
func worthHiding(text string) bool {
	if len(text) < minSecret {
		return false
	}
	word := !strings.ContainsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' && r != '_' })
	return !word || len(text) >= maxWord
}

// boundary reports whether line begins or ends a PEM block: that is no secret.
func boundary(line string) bool {
	return strings.HasPrefix(line, "-----BEGIN ") || strings.HasPrefix(line, "-----END ")
}

// Scrub returns text without secrets.
func (s *scrubber) Scrub(text string) string {
	out, _ := s.scrub([]byte(text), true)
	return string(out)
}

// scrub returns text without secrets, and the end of text that may turn out to
// be the beginning of one; there is none when the text is final.
func (s *scrubber) scrub(text []byte, final bool) (out, rest []byte) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.texts) == 0 {
		return text, nil
	}
	done := 0 // up to here text is in out
	for i := 0; i < len(text); i++ {
		if !s.starts[text[i]] {
			continue
		}
		found, more := s.match(text[i:])
		if more && !final {
			return append(out, text[done:i]...), text[i:]
		}
		if found == "" {
			continue
		}
		if !s.texts[found] {
			out = append(append(out, text[done:i]...), view.Hidden...)
			done = i + len(found)
		}
		i += len(found) - 1
	}
	if done == 0 {
		return text, nil
	}
	return append(out, text[done:]...), nil
}

// match returns the longest spelling that text begins with, and whether a longer
// one may begin there of which text is cut off.
func (s *scrubber) match(text []byte) (found string, more bool) {
	if len(text) < minSecret {
		return "", s.short[string(text)]
	}
	b := s.byHead[head(text[:minSecret])]
	if b == nil {
		return "", false
	}
	if b.lengths[0] > len(text) {
		more = slices.ContainsFunc(b.texts, func(c string) bool { return len(c) > len(text) && strings.HasPrefix(c, string(text)) })
	}
	for _, n := range b.lengths {
		if n <= len(text) {
			if _, ok := s.texts[string(text[:n])]; ok {
				return string(text[:n]), more
			}
		}
	}
	return "", more
}
