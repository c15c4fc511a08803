package builtin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// letters says of what a random text is made: random_string and random_password
// have the same arguments.
type letters struct {
	length                         int
	upper, lower, numeric, special letterKind
}

// letterKind is one kind of characters: whether they may stand, how many must.
type letterKind struct {
	use   bool
	least int
	from  string
}

const (
	upperLetters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerLetters   = "abcdefghijklmnopqrstuvwxyz"
	digits         = "0123456789"
	specialLetters = "!@#$%&*()-_=+[]{}<>:?"
)

func (l letters) kinds() []letterKind {
	return []letterKind{l.upper, l.lower, l.numeric, l.special}
}

// check refuses what no text can satisfy.
func (l letters) check(number, numeric *bool) error {
	if number != nil && numeric != nil && *number != *numeric {
		return fmt.Errorf("number is %t and numeric is %t: remove number, which is the old name of numeric", *number, *numeric)
	}
	if err := atLeastOne("length", l.length); err != nil {
		return err
	}
	least, any := 0, false
	for _, k := range l.kinds() {
		least += max(k.least, 0)
		any = any || k.use
	}
	switch {
	case !any:
		return errors.New("upper, lower, numeric and special are all false: at least one of them must be true")
	case least > l.length:
		return fmt.Errorf("length is %d: it must be at least min_upper + min_lower + min_numeric + min_special, which is %d", l.length, least)
	}
	return nil
}

// text returns a random text. As in Terraform, a minimum of a kind counts also
// where the kind itself is false.
func (l letters) text() (string, error) {
	var all strings.Builder
	var text []rune
	for _, k := range l.kinds() {
		if k.use {
			all.WriteString(k.from)
		}
		for range k.least {
			text = append(text, pick(k.from))
		}
	}
	if all.Len() == 0 {
		return "", errors.New("no characters to choose from")
	}
	for len(text) < l.length {
		text = append(text, pick(all.String()))
	}
	for i := range slices.Backward(text) {
		j := below(i + 1)
		text[i], text[j] = text[j], text[i]
	}
	return string(text), nil
}

func pick(from string) rune {
	runes := []rune(from)
	return runes[below(len(runes))]
}

// below returns a random number from 0 to n-1, good enough for secrets.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // the system's source of randomness does not fail
	}
	return int(i.Int64())
}
