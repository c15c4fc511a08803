package config

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

var (
	base64EncodeFunc = textFunc("str", func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil })
	base64DecodeFunc = textFunc("str", decodeBase64)
	base64GzipFunc   = textFunc("str", compress)
	base64GunzipFunc = textFunc("str", decompress)
	urlEncodeFunc    = textFunc("str", func(s string) (string, error) { return url.QueryEscape(s), nil })
	urlDecodeFunc    = textFunc("str", decodeURL)
)

func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	switch {
	case err != nil:
		return "", fmt.Errorf("failed to decode base64 data %q", s)
	case !utf8.Valid(b):
		return "", errors.New("the result of decoding the provided string is not valid UTF-8")
	}
	return string(b), nil
}

// compress flushes before it closes, as Terraform does: the bytes count, they
// are arguments of resources.
func compress(s string) (string, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil {
		return "", err
	}
	if err := errors.Join(z.Flush(), z.Close()); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func decompress(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", fmt.Errorf("failed to decode base64 data %q", s)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("failed to gunzip bytestream: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, maxText+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("failed to read gunzip raw data: %w", err)
	case !utf8.Valid(out):
		return "", errors.New("the result of gunzipping the provided string is not valid UTF-8")
	}
	return string(out), checkLength(len(out))
}

func decodeURL(s string) (string, error) {
	out, err := url.QueryUnescape(s)
	switch {
	case err != nil:
		return "", fmt.Errorf("failed to decode URL %q: %w", s, err)
	case !utf8.ValidString(out):
		return "", errors.New("the result of decoding the provided string is not valid UTF-8")
	}
	return out, nil
}

// charset finds a character encoding and its proper name.
func charset(arg cty.Value) (encoding.Encoding, string, error) {
	name := arg.AsString()
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, "", function.NewArgErrorf(1, "%q is not a supported IANA encoding name or alias in this version of mlinfra", name)
	}
	if proper, err := ianaindex.IANA.Name(enc); err == nil {
		name = proper
	}
	return enc, name, nil
}

var textEncodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "string", Type: cty.String}, {Name: "encoding", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		enc, name, err := charset(args[1])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		b, err := enc.NewEncoder().Bytes([]byte(args[0].AsString()))
		if err != nil {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "the given string contains characters that cannot be represented in %s", name)
		}
		return cty.StringVal(base64.StdEncoding.EncodeToString(b)), nil
	},
})

var textDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "source", Type: cty.String}, {Name: "encoding", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		enc, name, err := charset(args[1])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		b, err := base64.StdEncoding.DecodeString(args[0].AsString())
		var corrupt base64.CorruptInputError
		if errors.As(err, &corrupt) {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "the given value has an invalid base64 symbol at offset %d", int64(corrupt))
		}
		out, err := enc.NewDecoder().Bytes(b)
		if err != nil || strings.ContainsRune(string(out), utf8.RuneError) {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "the given string contains symbols that are not defined for %s", name)
		}
		return cty.StringVal(string(out)), nil
	},
})
