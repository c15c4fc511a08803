package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// jsonValue is a value in a JSON file: nil, a bool, string or json.Number, or a
// list of jsonValue or jsonField.
type jsonValue struct {
	value any
	at    hcl.Range
}

// jsonField is a property of an object. Objects may have several with one name.
type jsonField struct {
	name   string
	nameAt hcl.Range
	value  jsonValue
}

// jsonReader reads the values of a file with the places where they stand, which
// encoding/json does not tell.
type jsonReader struct {
	name  string
	src   []byte
	dec   *json.Decoder
	lines []int // offsets of their beginnings
}

// readJSON reads the one value in a file.
func readJSON(name string, src []byte) (jsonValue, hcl.Diagnostics) {
	r := &jsonReader{name: name, src: src, dec: json.NewDecoder(bytes.NewReader(src)), lines: []int{0}}
	r.dec.UseNumber()
	for i, c := range src {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	v, err := r.value(0)
	if err == nil {
		if _, err = r.dec.Token(); err == nil {
			err = errors.New("something follows the end of the value")
		}
	}
	if errors.Is(err, io.EOF) && v.at != (hcl.Range{}) {
		return v, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends too early")
	}
	at := r.rangeOf(int(r.dec.InputOffset()), int(r.dec.InputOffset()))
	return v, problem(at, "Invalid JSON syntax", "This is not JSON: "+err.Error()+".")
}

func (r *jsonReader) value(depth int) (jsonValue, error) {
	tok, at, err := r.token()
	if err != nil {
		return jsonValue{}, err
	}
	if depth > maxDepth {
		return jsonValue{}, errors.New("brackets are nested more than 200 deep")
	}
	v := jsonValue{value: tok, at: at}
	switch tok {
	case json.Delim('['):
		v.value, err = r.list(depth)
	case json.Delim('{'):
		v.value, err = r.object(depth)
	default:
		return v, nil
	}
	v.at.End = r.pos(int(r.dec.InputOffset()))
	if err != nil {
		return jsonValue{}, err
	}
	return v, nil
}

func (r *jsonReader) list(depth int) ([]jsonValue, error) {
	list := []jsonValue{}
	for r.dec.More() {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, _, err := r.token()
	return list, err
}

func (r *jsonReader) object(depth int) ([]jsonField, error) {
	fields := []jsonField{}
	for r.dec.More() {
		name, at, err := r.token()
		if err != nil {
			return nil, err
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		fields = append(fields, jsonField{name: name.(string), nameAt: at, value: v}) // the decoder takes no other names
	}
	_, _, err := r.token()
	return fields, err
}

// token returns the next token and where it stands.
func (r *jsonReader) token() (json.Token, hcl.Range, error) {
	start := int(r.dec.InputOffset())
	tok, err := r.dec.Token()
	for start < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[start]) >= 0 {
		start++
	}
	return tok, r.rangeOf(start, int(r.dec.InputOffset())), err
}

func (r *jsonReader) rangeOf(start, end int) hcl.Range {
	return hcl.Range{Filename: r.name, Start: r.pos(start), End: r.pos(end)}
}

func (r *jsonReader) pos(offset int) hcl.Pos {
	line, found := slices.BinarySearch(r.lines, offset)
	if !found {
		line--
	}
	return hcl.Pos{Line: line + 1, Column: offset - r.lines[line] + 1, Byte: offset}
}
