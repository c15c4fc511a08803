package builtin

import (
	"fmt"
	"strconv"
	"strings"
)

// noImport is the Import of types whose objects say nothing of themselves
// beyond what state keeps; why says what to do instead.
func noImport[T any](why string) func(string) (T, error) {
	return func(string) (x T, err error) {
		return x, fmt.Errorf("objects of this type cannot be imported: %s", why)
	}
}

// These say what to do instead.
const (
	importLocalFile = "read the file with a data source of the same name, or let it be written anew"
	importTLS       = "pass the PEM text in as a variable, or read it with the function file"
)

// wholeNumbers reads the numbers in parts; false when one is none.
func wholeNumbers(parts []string) ([]int64, bool) {
	numbers := make([]int64, len(parts))
	for i, text := range parts {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, false
		}
		numbers[i] = n
	}
	return numbers, true
}

// importSteps reads steps from the parts of an id, years first; 0 is none.
func importSteps(parts []string) (steps, bool) {
	var s steps
	numbers, ok := wholeNumbers(parts)
	for i, to := range []**int{&s.years, &s.months, &s.days, &s.hours, &s.minutes, &s.seconds} {
		if i < len(numbers) && numbers[i] != 0 {
			*to = new(int(numbers[i]))
		}
	}
	return s, ok && !s.none()
}

// commas splits an id.
func commas(id string) []string { return strings.Split(id, ",") }
