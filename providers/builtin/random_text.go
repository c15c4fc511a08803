package builtin

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// randomText are the arguments that random_string and random_password have in common.
type randomText struct {
	Keepers         map[string]*string `cty:"keepers"          is:"optional,replace"  doc:"Any values; a change makes a new text."`
	Length          int                `cty:"length"           is:"required,replace,min=1" doc:"Number of characters."`
	Special         bool               `cty:"special"          is:"else=true,replace" doc:"Whether special characters may stand in it."`
	Upper           bool               `cty:"upper"            is:"else=true,replace" doc:"Whether upper-case letters may stand in it."`
	Lower           bool               `cty:"lower"            is:"else=true,replace" doc:"Whether lower-case letters may stand in it."`
	Number          *bool              `cty:"number"           is:"default,replace"   doc:"Old name of numeric."`
	Numeric         *bool              `cty:"numeric"          is:"default,replace"   doc:"Whether digits may stand in it; true if absent."`
	MinNumeric      int                `cty:"min_numeric"      is:"else=0,replace"    doc:"Least number of digits."`
	MinUpper        int                `cty:"min_upper"        is:"else=0,replace"    doc:"Least number of upper-case letters."`
	MinLower        int                `cty:"min_lower"        is:"else=0,replace"    doc:"Least number of lower-case letters."`
	MinSpecial      int                `cty:"min_special"      is:"else=0,replace"    doc:"Least number of special characters."`
	OverrideSpecial string             `cty:"override_special" is:"optional,replace"  doc:"Special characters to choose from instead of the usual ones."`
}

func (x randomText) letters() letters {
	return letters{
		length:  x.Length,
		upper:   letterKind{x.Upper, x.MinUpper, upperLetters},
		lower:   letterKind{x.Lower, x.MinLower, lowerLetters},
		numeric: letterKind{x.Numeric == nil || *x.Numeric, x.MinNumeric, digits},
		special: letterKind{x.Special, x.MinSpecial, cmp.Or(x.OverrideSpecial, specialLetters)},
	}
}

// usualText returns the arguments that a text comes of whose configuration says no
// more than the length.
func usualText(text string) randomText {
	return randomText{
		Length: utf8.RuneCountInString(text), Special: true, Upper: true, Lower: true, Number: new(true), Numeric: new(true),
	}
}

// letters says of what a random text is made.
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
