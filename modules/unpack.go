package modules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// limits bound what a package may take.
type limits struct {
	download int64 // bytes of an archive, or of a repository's objects
	unpacked int64 // bytes of all files
	entries  int   // files and folders
}

// standard returns the limits that modules of any sensible size keep.
func standard() limits {
	return limits{download: 128 << 20, unpacked: 256 << 20, entries: 50_000}
}

const (
	maxName = 1000     // bytes in the name of a file
	maxLink = 4 << 10  // bytes in the target of a link
	maxDir  = 16 << 20 // bytes in the directory of a zip archive
)

// unpacker writes the entries of archives into one folder. Links are made last,
// by finish, so that nothing is ever written through one. What it refuses ends
// the unpacking: half a module is of no use.
type unpacker struct {
	root   *os.Root
	prefix string // folder inside root that entries go to
	limits limits
	bytes  int64
	kinds  map[string]fs.FileMode // name → type of what was unpacked there
	folded map[string]string      // name without case → name
	links  map[string]string      // name → target
}

func newUnpacker(root *os.Root, l limits) *unpacker {
	return &unpacker{root: root, limits: l, kinds: map[string]fs.FileMode{}, folded: map[string]string{}, links: map[string]string{}}
}

// entryName checks the name of an entry and returns it clean. It is "" for
// what is left out: the root itself, and the data of version control.
func entryName(raw string) (string, error) {
	switch {
	case len(raw) > maxName:
		return "", fmt.Errorf("the name %.60q… is longer than %d bytes", raw, maxName)
	case !utf8.ValidString(raw) || strings.ContainsFunc(raw, unicode.IsControl):
		return "", fmt.Errorf("the name %q contains control characters or is not UTF-8", raw)
	case strings.Contains(raw, `\`):
		return "", fmt.Errorf("the name %q contains a backslash", raw)
	case strings.HasPrefix(raw, "/"):
		return "", fmt.Errorf("the name %q is an absolute path", raw)
	}
	for part := range strings.SplitSeq(raw, "/") {
		if part == ".." {
			return "", fmt.Errorf("the name %q leads outside of the package", raw)
		}
		if strings.EqualFold(part, ".git") {
			return "", nil
		}
	}
	name := path.Clean(raw)
	if name == "." {
		return "", nil
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fmt.Errorf("the name %q is not allowed on this system", raw)
	}
	return name, nil
}

// place makes the folders above an entry and takes its name. It returns "" for
// what is left out.
func (u *unpacker) place(raw string, typ fs.FileMode) (string, error) {
	name, err := entryName(raw)
	if err != nil || name == "" {
		return "", err
	}
	name = path.Join(u.prefix, name)
	for i, c := range name {
		if c == '/' {
			if err := u.claim(name[:i], fs.ModeDir); err != nil {
				return "", err
			}
		}
	}
	return name, u.claim(name, typ)
}

// claim takes one name; only folders may be named twice.
func (u *unpacker) claim(name string, typ fs.FileMode) error {
	fold := strings.ToLower(strings.ToUpper(name))
	if other, taken := u.folded[fold]; taken && other != name {
		return fmt.Errorf("the names %q and %q differ only in case, which not every system can tell apart", other, name)
	}
	if was, taken := u.kinds[name]; taken {
		if was == fs.ModeDir && typ == fs.ModeDir {
			return nil
		}
		return fmt.Errorf("the name %q appears twice", name)
	}
	if len(u.kinds) >= u.limits.entries {
		return fmt.Errorf("the package has more than %d files and folders", u.limits.entries)
	}
	u.kinds[name], u.folded[fold] = typ, name
	if typ != fs.ModeDir {
		return nil
	}
	return u.root.Mkdir(filepath.FromSlash(name), 0o700)
}

// folder unpacks a folder.
func (u *unpacker) folder(raw string) error {
	_, err := u.place(raw, fs.ModeDir)
	return err
}

// file unpacks a file; of its mode only "executable" is kept.
func (u *unpacker) file(raw string, mode fs.FileMode, content io.Reader) error {
	name, err := u.place(raw, 0)
	if err != nil {
		return err
	}
	if name == "" {
		return u.copy(io.Discard, content)
	}
	perm := fs.FileMode(0o600)
	if mode&0o111 != 0 {
		perm = 0o700
	}
	f, err := u.root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	return errors.Join(u.copy(f, content), f.Close())
}

func (u *unpacker) copy(to io.Writer, from io.Reader) error {
	n, err := io.Copy(to, io.LimitReader(from, u.limits.unpacked-u.bytes+1))
	u.bytes += n
	if u.bytes > u.limits.unpacked {
		return fmt.Errorf("the package takes more than %d MiB unpacked", u.limits.unpacked>>20)
	}
	return err
}

// symlink remembers a link for finish.
func (u *unpacker) symlink(raw, target string) error {
	name, err := u.place(raw, fs.ModeSymlink)
	if err != nil || name == "" {
		return err
	}
	if err := checkTarget(name, target); err != nil {
		return err
	}
	u.links[name] = target
	return nil
}

// checkTarget refuses a link whose text alone leads outside.
func checkTarget(name, target string) error {
	if target == "" || len(target) > maxLink || !utf8.ValidString(target) || strings.ContainsFunc(target, unicode.IsControl) || strings.Contains(target, `\`) {
		return fmt.Errorf("the link %q has a target that is not a usable path: %.60q", name, target)
	}
	if path.IsAbs(target) || filepath.IsAbs(target) || !inside(path.Join(path.Dir(name), target)) {
		return outside(name, target)
	}
	return nil
}

func outside(name, target string) error {
	return fmt.Errorf("the link %q leads outside of the package, to %q", name, target)
}

// hardlink gives an earlier file of the archive a second name.
func (u *unpacker) hardlink(raw, target string) error {
	old, err := entryName(target)
	if err != nil {
		return fmt.Errorf("target of a hard link: %w", err)
	}
	old = path.Join(u.prefix, old)
	if typ, ok := u.kinds[old]; !ok || !typ.IsRegular() {
		return fmt.Errorf("the hard link %q names %q, which is not an earlier file of the archive", raw, target)
	}
	name, err := u.place(raw, 0)
	if err != nil || name == "" {
		return err
	}
	return u.root.Link(filepath.FromSlash(old), filepath.FromSlash(name))
}

// finish makes the links.
func (u *unpacker) finish() error {
	for name, target := range u.links {
		if err := u.root.Symlink(filepath.FromSlash(target), filepath.FromSlash(name)); err != nil {
			return err
		}
	}
	return nil
}

// checkLinks follows every link below root. Text alone does not show where a
// link through another link leads; the system's own resolution does. A link to
// nothing is harmless.
func checkLinks(root *os.Root) error {
	return walk(root.FS(), func(name string, d fs.DirEntry) error {
		if d.Type() != fs.ModeSymlink {
			return nil
		}
		target, err := root.Readlink(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		if err := checkTarget(name, filepath.ToSlash(target)); err != nil {
			return err
		}
		if _, err := root.Stat(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the link %q to %q leads to no file of the package: %w", name, target, err)
		}
		return nil
	})
}

// walk calls f for every file and link of a package, in order of names.
func walk(fsys fs.FS, f func(name string, d fs.DirEntry) error) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !slices.Contains([]fs.FileMode{0, fs.ModeSymlink}, d.Type()):
			return fmt.Errorf("%s is neither a file nor a folder nor a link", name)
		}
		return f(name, d)
	})
}
