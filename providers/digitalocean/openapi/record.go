package openapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
)

// Recorder returns what keeps the exchanges with a fake in a file, for
// CheckRecord. Several programs may keep theirs in one. It panics when it cannot
// write.
func Recorder(file string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return Listen(next, func(x Exchange) {
			if err := record(file, x); err != nil {
				panic(err)
			}
		})
	}
}

// record appends a line in one write, which no other comes between.
func record(file string, x Exchange) error {
	line, err := json.Marshal(x)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// CheckRecord judges the exchanges in a file of Recorder's.
func (j *Judge) CheckRecord(where, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for dec := json.NewDecoder(f); ; {
		var x Exchange
		if err := dec.Decode(&x); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		j.Check(where, x)
	}
}
