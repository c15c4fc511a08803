package modules

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// tempPrefix begins the names of what is not complete.
const tempPrefix = ".mlinfra-tmp-"

// stale is the age at which what an interrupted run left behind is removed. No
// download takes as long.
const stale = 24 * time.Hour

// store keeps packages in folders whose names contain the hash of what is in
// them. A folder gets its name only once it is complete, so that any number of
// processes may share a store.
type store string

var unusual = pattern(`[^A-Za-z0-9._-]+`)

// folder returns where a package with that hash is kept.
func (s store) folder(k key, hash string) string {
	address, _, _ := strings.Cut(k.source, "?")
	name := unusual().ReplaceAllString(strings.TrimSuffix(path.Base(address), ".git"), "-")
	sum := sha256.Sum256([]byte(k.String() + "\n" + hash))
	return filepath.Join(string(s), fmt.Sprintf("%.40s-%s", strings.TrimLeft(name, ".-"), hex.EncodeToString(sum[:8])))
}

// has reports whether a folder holds what hash promises. Content is read only
// when the names, sizes or times of files are not the ones seen when it was
// last read.
func (s store) has(folder, hash string) (bool, error) {
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer root.Close()
	fingerprint, err := fingerprintOf(root)
	if err != nil {
		return false, err
	}
	seen, err := os.ReadFile(folder + ".seen")
	if err == nil && string(seen) == fingerprint {
		return true, nil
	}
	got, err := hashOf(root)
	if err != nil {
		return false, err
	}
	if got != hash {
		return false, fmt.Errorf("the files in %s are no longer the ones that were downloaded. Delete that folder, and mlinfra downloads them again; keep a module that you want to change outside of %s and call it by its path", filepath.ToSlash(folder), filepath.ToSlash(string(s)))
	}
	// A cache only: when it cannot be written, the content is read next time.
	_ = writeFile(folder+".seen", []byte(fingerprint))
	return true, nil
}

// temp makes a folder for a package that is on its way.
func (s store) temp(now time.Time) (string, error) {
	if err := os.MkdirAll(string(s), 0o700); err != nil {
		return "", err
	}
	s.sweep(now)
	return os.MkdirTemp(string(s), tempPrefix+"*")
}

// sweep removes what interrupted runs left behind, as far as it can.
func (s store) sweep(now time.Time) {
	entries, _ := os.ReadDir(string(s))
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), tempPrefix) && now.Sub(info.ModTime()) > stale {
			_ = os.RemoveAll(filepath.Join(string(s), e.Name()))
		}
	}
}

// keep gives a complete package its name. When another process was faster, its
// folder is used.
func (s store) keep(temp, folder, hash string) error {
	if err := os.Rename(temp, folder); err != nil {
		if _, missing := os.Stat(folder); missing != nil {
			return err
		}
	}
	_, err := s.has(folder, hash)
	return err
}
