package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/mlinfra/mlinfra/state/durable"
)

// Keyring finds keys where users have them: in MLINFRA_KEY, in the file that
// MLINFRA_KEY_FILE names, in MLINFRA_PASSPHRASE, and in a file of the user's
// configuration directory, which is made on first use.
type Keyring struct {
	getenv func(string) string
	made   func(path string) // is told that a key was made

	mu     sync.Mutex
	loaded bool
	err    error
	keys   []source // the first is the current one
}

// source is a key and where it was found.
type source struct {
	key   Key
	where string
}

// NewKeyring returns the keyring of an environment. made is called when a key
// has been made, with its file.
func NewKeyring(getenv func(string) string, made func(path string)) *Keyring {
	return &Keyring{getenv: getenv, made: made}
}

// MissingError means that the key which something is sealed with is not there.
type MissingError struct {
	ID     string // of the key
	Looked string // where keys were looked for
}

func (e *MissingError) Error() string {
	if e.ID == passphraseID {
		return "it is sealed with a passphrase: set MLINFRA_PASSPHRASE"
	}
	return fmt.Sprintf("it is sealed with key %s, which is not in %s: set MLINFRA_KEY to what \"mlinfra key export\" prints where the key is, or MLINFRA_KEY_FILE to its file", e.ID, e.Looked)
}

// Current returns the key to seal with, and where it is; it makes one when
// there is none.
func (r *Keyring) Current() (Key, string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, "", err
	}
	if len(r.keys) > 0 {
		return r.keys[0].key, r.keys[0].where, nil
	}
	path, err := r.file()
	if err != nil {
		return nil, "", err
	}
	k, err := r.add(path)
	return k, path, err
}

// Find returns the key with an ID; a *MissingError when there is none.
func (r *Keyring) Find(id string) (Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, err
	}
	var words passphrases
	for _, s := range r.keys {
		p, ok := s.key.(*passphrase)
		switch {
		case ok && id == passphraseID:
			words = append(words, p)
		case s.key.ID() == id:
			return s.key, nil
		}
	}
	if len(words) > 0 {
		return words, nil
	}
	return nil, &MissingError{ID: id, Looked: r.looked()}
}

// Found is a key that a Keyring has.
type Found struct {
	ID    string `json:"id"`
	Where string `json:"where"`
}

// Found returns the keys that there are, the current one first. Unlike Current
// it makes none.
func (r *Keyring) Found() ([]Found, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, err
	}
	var list []Found
	for _, s := range r.keys {
		list = append(list, Found{s.key.ID(), s.where})
	}
	return list, nil
}

// Export returns the text of the current key; it has none when it is a
// passphrase.
func (r *Keyring) Export() (string, error) {
	k, _, err := r.Current()
	if err != nil {
		return "", err
	}
	return textOf(k)
}

// ExportID returns the text of the key with an ID.
func (r *Keyring) ExportID(id string) (string, error) {
	k, err := r.Find(id)
	if err != nil {
		return "", err
	}
	return textOf(k)
}

func textOf(k Key) (string, error) {
	secret, ok := k.(secretKey)
	if !ok {
		return "", errors.New("the key is a passphrase, which only its user knows: set MLINFRA_PASSPHRASE to it wherever the state is read")
	}
	return secret.text(), nil
}

// Rotate makes a new key and puts it before the others of its file, durably.
// The old ones stay: what is not sealed anew yet can still be read. It is an
// error when the current key is not kept in a file.
func (r *Keyring) Rotate() (Key, string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return nil, "", err
	}
	if r.getenv("MLINFRA_KEY") != "" || r.getenv("MLINFRA_PASSPHRASE") != "" && r.getenv("MLINFRA_KEY_FILE") == "" {
		return nil, "", errors.New("the key comes from the environment: set MLINFRA_KEY to the new key and the old one, with a comma between them, the new one first; mlinfra key new prints one")
	}
	path, err := r.file()
	if err != nil {
		return nil, "", err
	}
	k, err := r.add(path)
	return k, path, err
}

// NewKeyText returns a new key as MLINFRA_KEY takes it.
func NewKeyText() (string, error) {
	k, err := newSecretKey()
	return k.text(), err
}

// file returns the file that keys are kept in.
func (r *Keyring) file() (string, error) {
	if path := r.getenv("MLINFRA_KEY_FILE"); path != "" {
		return path, nil
	}
	dir := r.getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home := r.getenv("HOME")
		if home == "" {
			var err error
			if home, err = os.UserHomeDir(); err != nil {
				return "", errors.New("there is no home directory to keep the key in: set MLINFRA_KEY or MLINFRA_KEY_FILE")
			}
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "mlinfra", "keys"), nil
}

// looked says where load looks.
func (r *Keyring) looked() string {
	places := []string{}
	for _, name := range []string{"MLINFRA_KEY", "MLINFRA_PASSPHRASE"} {
		if r.getenv(name) != "" {
			places = append(places, name)
		}
	}
	if path, err := r.file(); err == nil {
		places = append(places, path)
	}
	if len(places) == 0 {
		return "the environment, and there is no home directory"
	}
	return strings.Join(places, " or ")
}

// load finds the keys once.
func (r *Keyring) load() error {
	if !r.loaded {
		r.loaded = true
		r.keys, r.err = r.find()
	}
	return r.err
}

func (r *Keyring) find() ([]source, error) {
	var keys []source
	for _, text := range strings.FieldsFunc(r.getenv("MLINFRA_KEY"), func(c rune) bool { return c == ',' || c == '\n' }) {
		k, err := keyOrPassphrase(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("MLINFRA_KEY: %w", err)
		}
		keys = append(keys, source{k, "MLINFRA_KEY"})
	}
	given := r.getenv("MLINFRA_KEY_FILE") != ""
	inFile, err := r.read()
	if err != nil {
		return nil, err
	}
	if given {
		keys = append(keys, inFile...)
	}
	if text := r.getenv("MLINFRA_PASSPHRASE"); text != "" {
		p, err := newPassphrase(text)
		if err != nil {
			return nil, fmt.Errorf("MLINFRA_PASSPHRASE: %w", err)
		}
		keys = append(keys, source{p, "MLINFRA_PASSPHRASE"})
	}
	if !given {
		keys = append(keys, inFile...)
	}
	return keys, nil
}

// keyOrPassphrase reads MLINFRA_KEY: what is no key is a passphrase.
func keyOrPassphrase(text string) (Key, error) {
	k, err := parseKey(text)
	if err == nil || strings.HasPrefix(text, prefix) {
		return k, err
	}
	return newPassphrase(text)
}

// read returns the keys of the file, none when there is no file yet.
func (r *Keyring) read() ([]source, error) {
	path, err := r.file()
	if err != nil {
		return nil, nil // the environment may have one
	}
	raw, err := readPrivate(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the key: %w", err)
	}
	var keys []source
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		k, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w: restore the file, or name another with MLINFRA_KEY_FILE", path, i+1, err)
		}
		keys = append(keys, source{k, path})
	}
	return keys, nil
}

// readPrivate reads a file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	return os.ReadFile(path)
}

const keyFileHead = "# Keys of mlinfra, the newest first. Who has them can read the secrets in its states.\n# Keep a copy: without them those secrets are lost.\n"

// add makes a key and writes it in front of those in the file at path.
func (r *Keyring) add(path string) (Key, error) {
	k, err := newSecretKey()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make a key: %w: set MLINFRA_KEY or MLINFRA_KEY_FILE", err)
	}
	// Two that add a key at once must not lose one: something may be sealed
	// with it already.
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // closing releases it as well
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(r.keys) == 0 && old != nil { // another process has been faster
		if r.keys, err = r.find(); err != nil || len(r.keys) > 0 {
			return r.first(), err
		}
	}
	text := append([]byte(keyFileHead+k.text()+"\n"), bytes.TrimPrefix(old, []byte(keyFileHead))...)
	if err := durable.Replace(path, text); err != nil {
		return nil, fmt.Errorf("keep the new key: %w: set MLINFRA_KEY or MLINFRA_KEY_FILE", err)
	}
	r.keys = append([]source{{k, path}}, r.keys...)
	if r.made != nil {
		r.made(path)
	}
	return k, nil
}

// first returns the current key; nil when there is none.
func (r *Keyring) first() Key {
	if len(r.keys) == 0 {
		return nil
	}
	return r.keys[0].key
}
