package objectstore

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// plainBody takes the aws-chunked encoding off a body, with or without signatures
// and trailers, none of which are checked.
func plainBody(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("x-amz-content-sha256"), "STREAMING-") {
		return nil
	}
	var plain bytes.Buffer
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		sizeText, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(sizeText, 16, 64)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&plain, in, n); err != nil {
			return err
		}
		if _, err := in.Discard(len("\r\n")); err != nil {
			return err
		}
	}
	r.Body, r.ContentLength = io.NopCloser(&plain), int64(plain.Len())
	r.Header.Set("Content-Length", strconv.Itoa(plain.Len()))
	r.Header.Set("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
	return nil
}
