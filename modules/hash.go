package modules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/dirhash"
)

// linkMark ends the name of a link in the hash. No file has such a name.
const linkMark = "\tlink"

// hashOf returns the "h1:" hash over the content of a package. It is the hash
// of Go's modules without their prefix; a link counts as a file that holds its
// target. Times and permissions do not count.
func hashOf(root *os.Root) (string, error) {
	var files []string
	err := walk(root.FS(), func(name string, d fs.DirEntry) error {
		if d.Type() == fs.ModeSymlink {
			name += linkMark
		}
		files = append(files, name)
		return nil
	})
	if err != nil {
		return "", err
	}
	return dirhash.Hash1(files, func(name string) (io.ReadCloser, error) {
		if link, ok := strings.CutSuffix(name, linkMark); ok {
			target, err := root.Readlink(filepath.FromSlash(link))
			return io.NopCloser(strings.NewReader(filepath.ToSlash(target))), err
		}
		return root.Open(filepath.FromSlash(name))
	})
}

// fingerprintOf returns a hash over the names, sizes and times of the files of
// a package, without reading them.
func fingerprintOf(root *os.Root) (string, error) {
	h := sha256.New()
	err := walk(root.FS(), func(name string, d fs.DirEntry) error {
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %d %d %s\n", name, info.Size(), info.ModTime().UnixNano(), info.Mode().Type())
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
