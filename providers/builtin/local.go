package builtin

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

func localProvider() *providers.Provider {
	return providers.Cloud[none, none]{
		Name: "local", Doc: "Files on this machine.",
		Connect: connectNone, Classify: refuse,
		Resources: []providers.Erasable{localFileType, localSensitiveFileType},
		Data:      []providers.Erasable{localFileData, localSensitiveFileData},
	}.Provider()
}

// checksums are those of a content, in the forms that attributes have.
type checksums struct {
	ContentMD5          string `cty:"content_md5"          is:"computed" doc:"MD5 of the content, hexadecimal."`
	ContentSHA1         string `cty:"content_sha1"         is:"computed" doc:"SHA-1 of the content, hexadecimal."`
	ContentSHA256       string `cty:"content_sha256"       is:"computed" doc:"SHA-256 of the content, hexadecimal."`
	ContentBase64SHA256 string `cty:"content_base64sha256" is:"computed" doc:"SHA-256 of the content, base64."`
	ContentSHA512       string `cty:"content_sha512"       is:"computed" doc:"SHA-512 of the content, hexadecimal."`
	ContentBase64SHA512 string `cty:"content_base64sha512" is:"computed" doc:"SHA-512 of the content, base64."`
}

func checksumsOf(content []byte) checksums {
	m, s1, s2, s5 := md5.Sum(content), sha1.Sum(content), sha256.Sum256(content), sha512.Sum512(content)
	return checksums{
		ContentMD5: hex.EncodeToString(m[:]), ContentSHA1: hex.EncodeToString(s1[:]),
		ContentSHA256: hex.EncodeToString(s2[:]), ContentBase64SHA256: base64.StdEncoding.EncodeToString(s2[:]),
		ContentSHA512: hex.EncodeToString(s5[:]), ContentBase64SHA512: base64.StdEncoding.EncodeToString(s5[:]),
	}
}

// localContent is where the content of a file comes from: one of them is set.
type localContent struct{ text, secret, base64, source *string }

func (c localContent) check(names string) error {
	set := 0
	for _, p := range []*string{c.text, c.secret, c.base64, c.source} {
		if p != nil {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("%d of %s are set: set exactly one", set, names)
	}
	if c.base64 != nil {
		if _, err := base64.StdEncoding.DecodeString(*c.base64); err != nil {
			return fmt.Errorf("content_base64 is no base64: %w", err)
		}
	}
	return nil
}

func (c localContent) bytes() ([]byte, error) {
	switch {
	case c.base64 != nil:
		return base64.StdEncoding.DecodeString(*c.base64)
	case c.source != nil:
		return os.ReadFile(*c.source)
	case c.secret != nil:
		return []byte(*c.secret), nil
	case c.text != nil:
		return []byte(*c.text), nil
	}
	return nil, nil
}

// checkModes refuses permissions that are not octal numbers of three or four digits.
func checkModes(modes map[string]string) error {
	for name, mode := range modes {
		n, err := strconv.ParseUint(mode, 8, 32)
		if err != nil || len(mode) < 3 || len(mode) > 4 || n > 0o777 {
			return fmt.Errorf("%s is %q: write an octal number such as 0644", name, mode)
		}
	}
	return nil
}

// fileMode reads a permission that checkModes accepts.
func fileMode(text string) fs.FileMode {
	n, _ := strconv.ParseUint(text, 8, 32)
	return fs.FileMode(n)
}

// writeLocal writes a file, and makes the directories that it needs. As in
// Terraform a file that is there is written over, and keeps its permissions.
func writeLocal(ctx context.Context, name string, from localContent, fileModeText, dirModeText string) (checksums, error) {
	content, err := from.bytes()
	if err = errors.Join(ctx.Err(), err); err != nil {
		return checksums{}, err
	}
	if err := os.MkdirAll(filepath.Dir(name), fileMode(dirModeText)); err != nil {
		return checksums{}, err
	}
	if err := os.WriteFile(name, content, fileMode(fileModeText)); err != nil {
		return checksums{}, err
	}
	return checksumsOf(content), nil
}

// readLocal finds a file gone when its content is not what was written: it is
// written anew then.
func readLocal(ctx context.Context, name, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	content, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s %w", name, providers.ErrGone)
	case err != nil:
		return err
	case checksumsOf(content).ContentSHA1 != id:
		return fmt.Errorf("%s has another content: what was written %w", name, providers.ErrGone)
	}
	return nil
}

// deleteLocal removes a file; directories stay. One that holds something else by
// now stays, too: it is what a replacement that creates first has written.
func deleteLocal(ctx context.Context, name, id string) error {
	if err := readLocal(ctx, name, id); errors.Is(err, providers.ErrGone) {
		return err
	}
	err := os.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return providers.ErrGone
	}
	return err
}

// coarse is how much older than its writing a file may look.
const coarse = 2 * time.Second

// findLocal finds the file of a create that was cut off: it has the content and
// has been written since the attempt.
func findLocal(ctx context.Context, name string, from localContent, a providers.Attempt) (checksums, bool, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return checksums{}, false, nil
	}
	if err != nil || info.ModTime().Before(a.Since.Add(-coarse)) {
		return checksums{}, false, err
	}
	want, err := from.bytes()
	if err != nil {
		return checksums{}, false, nil // a source that has gone; the next create says so
	}
	sums := checksumsOf(want)
	switch err := readLocal(ctx, name, sums.ContentSHA1); {
	case errors.Is(err, providers.ErrGone):
		return checksums{}, false, nil
	default:
		return sums, err == nil, err
	}
}
