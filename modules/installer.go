package modules

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// maxTime bounds the download of one package.
const maxTime = 10 * time.Minute

// Installer finds the folders of modules. Its methods may be called from one
// goroutine. Dir and Lock must be set.
type Installer struct {
	Dir    string // where downloaded modules are kept, such as .mlinfra/modules
	Lock   string // lock file, such as .mlinfra.lock.hcl, meant to be committed
	Update bool   // take what the sources have now instead of what the lock file says
	Prune  bool   // Save drops the entries of packages that Find was not asked for

	HTTP *http.Client // downloads archives; nil means one with usual settings
	// Trace returns what logs what goes through the transport of a usual client;
	// nil when nothing is logged.
	Trace func(http.RoundTripper) http.RoundTripper
	Git   string           // the program; "" means git
	Log   func(string)     // is told about every download; nil means nobody
	Now   func() time.Time // nil means time.Now

	locked  map[key]pin     // what the lock file said when this run began; nil before
	changed map[key]pin     // what this run adds to it
	used    map[key]install // the packages of this run
	limits  limits          // zero means standard
}

// install is a package that is in place.
type install struct {
	full   string // its address, secrets and all
	folder string
}

// Find returns the folder of the module that a call in the folder from names
// by source, and by version, "" for none. Both folders are slash paths relative
// to the working directory, or absolute. It downloads what is not in place; it
// asks nobody about what is in place and agrees with the lock file.
func (i *Installer) Find(ctx context.Context, from, text, version string) (string, error) {
	s, err := parse(text)
	switch {
	case err != nil:
		return "", err
	case s.kind == registry:
		return "", unsupportedRegistry(s.path, version)
	case version != "":
		return "", fmt.Errorf("the argument version applies to modules from a registry only, and %q is not an address in one. Remove it; the version of a Git source is part of it: ?ref=v%s", redactText(text), strings.TrimLeft(version, "v~>=< "))
	case s.kind == local:
		return i.local(from, s.path)
	}
	folder, err := i.install(ctx, s)
	if err != nil {
		return "", fmt.Errorf("module source %s: %w", s.key(), s.scrub(err))
	}
	return subfolder(folder, s)
}

// key returns what the package of s is called in the lock file.
func (s source) key() key { return key{s.String(), s.ref} }

// local returns the folder of a path. The modules of a package may call each
// other, and nothing outside of it.
func (i *Installer) local(from, name string) (string, error) {
	to := name
	if !path.IsAbs(name) && !filepath.IsAbs(name) {
		to = path.Join(from, name)
	}
	pkg, rel, err := i.within(from, to)
	if err != nil {
		return "", err
	}
	var info fs.FileInfo
	if pkg == "" {
		info, err = os.Stat(filepath.FromSlash(to))
	} else {
		var root *os.Root
		if root, err = os.OpenRoot(pkg); err != nil {
			return "", err
		}
		defer root.Close()
		info, err = root.Stat(rel)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the module folder %s does not exist: %q is relative to %s. Create it, or correct the path", to, name, shownFolder(from))
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s is a file: the source of a module is the folder that its files are in", to)
	}
	return to, nil
}

func shownFolder(from string) string {
	if from == "" || from == "." {
		return "the working directory"
	}
	return from
}

// within returns the downloaded package that from is in, and the path of to in
// it. The package is "" when from is in none.
func (i *Installer) within(from, to string) (pkg, rel string, err error) {
	dir, err := filepath.Abs(i.Dir)
	if err != nil {
		return "", "", err
	}
	a, err := filepath.Abs(filepath.FromSlash(from))
	if err != nil {
		return "", "", err
	}
	b, err := filepath.Abs(filepath.FromSlash(to))
	if err != nil {
		return "", "", err
	}
	below, err := filepath.Rel(dir, a)
	if err != nil || !filepath.IsLocal(below) || below == "." {
		return "", "", nil
	}
	first, _, _ := strings.Cut(filepath.ToSlash(below), "/")
	pkg = filepath.Join(dir, first)
	rel, err = filepath.Rel(pkg, b)
	if err != nil || !filepath.IsLocal(rel) {
		return "", "", fmt.Errorf("the module in %s calls %s, which is outside of the package it was downloaded with. A package can only call its own folders and sources that can be downloaded", from, to)
	}
	return pkg, rel, nil
}

// subfolder returns the folder of a module in its package. Its name may be a
// pattern that matches one folder, such as * for the only one in an archive.
func subfolder(folder string, s source) (string, error) {
	if s.subdir == "" {
		return filepath.ToSlash(folder), nil
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	defer root.Close()
	name, err := matchFolder(root, s.subdir)
	if err != nil {
		return "", fmt.Errorf("module source %s: %w", s.key(), err)
	}
	return path.Join(filepath.ToSlash(folder), name), nil
}

func matchFolder(root *os.Root, pattern string) (string, error) {
	name := pattern
	if strings.ContainsAny(pattern, "*?[") {
		matches, err := fs.Glob(root.FS(), pattern)
		if err != nil || len(matches) != 1 {
			return "", fmt.Errorf("the subdirectory %q matches %d folders of the package, and must match one", pattern, len(matches))
		}
		name = matches[0]
	}
	info, err := root.Stat(filepath.FromSlash(name))
	if err != nil || !info.IsDir() {
		return "", fmt.Errorf("the package has no folder %q: correct what follows // in the source", pattern)
	}
	return name, nil
}

// install returns the folder of a package.
func (i *Installer) install(ctx context.Context, s source) (string, error) {
	if err := i.begin(); err != nil {
		return "", err
	}
	k := s.key()
	if was, ok := i.used[k]; ok {
		if was.full != s.full() {
			return "", errors.New("two module calls name this source, with different secrets. Name it the same way in both")
		}
		return was.folder, nil
	}
	want := i.locked[k] // zero when there is none
	if i.Update {
		want = pin{}
	}
	if want.hash != "" {
		folder := store(i.Dir).folder(k, want.hash)
		ok, err := store(i.Dir).has(folder, want.hash)
		if err != nil {
			return "", err
		}
		if ok {
			i.used[k] = install{s.full(), folder}
			return folder, nil
		}
	}
	got, folder, err := i.download(ctx, s, want)
	if err != nil {
		return "", err
	}
	if got != i.locked[k] {
		i.changed[k] = got
	}
	i.used[k] = install{s.full(), folder}
	return folder, nil
}

// begin reads the lock file, once.
func (i *Installer) begin() error {
	if i.locked != nil {
		return nil
	}
	locked, err := readLock(i.Lock)
	if err != nil {
		return err
	}
	i.locked, i.changed, i.used = locked, map[key]pin{}, map[key]install{}
	if i.limits == (limits{}) {
		i.limits = standard()
	}
	return nil
}

// download brings a package into the store. want is what it has to be; zero
// when the lock file does not say.
func (i *Installer) download(ctx context.Context, s source, want pin) (pin, string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("not complete after %s", maxTime))
	defer cancel()
	if i.Log != nil {
		i.Log("Downloading " + s.key().String())
	}
	now := time.Now
	if i.Now != nil {
		now = i.Now
	}
	temp, err := store(i.Dir).temp(now())
	if err != nil {
		return pin{}, "", err
	}
	defer os.RemoveAll(temp)
	if temp, err = filepath.Abs(temp); err != nil { // Git runs elsewhere
		return pin{}, "", err
	}
	d := downloader{i: i, temp: temp}
	got, err := d.run(ctx, s, want)
	if err != nil {
		return pin{}, "", err
	}
	if want.hash != "" && got.hash != want.hash {
		return pin{}, "", fmt.Errorf("the content is not what it was: %s says %s, and the source now gives %s. If the source was changed on purpose, run mlinfra init -upgrade and look at what changed; if not, somebody may have tampered with it", filepath.Base(i.Lock), want.hash, got.hash)
	}
	folder := store(i.Dir).folder(s.key(), got.hash)
	return got, folder, store(i.Dir).keep(d.pkg(), folder, got.hash)
}

// Save writes the lock file when Find added or changed entries, and with Prune
// when some were not used. What others wrote meanwhile stays.
func (i *Installer) Save() error {
	if i.locked == nil && !i.Prune {
		return nil
	}
	if err := i.begin(); err != nil {
		return err
	}
	now, err := readLock(i.Lock)
	if err != nil {
		return err
	}
	pins := maps.Clone(now)
	maps.Copy(pins, i.changed)
	if i.Prune {
		maps.DeleteFunc(pins, func(k key, _ pin) bool { _, ok := i.used[k]; return !ok })
	}
	if maps.Equal(pins, now) {
		return nil
	}
	return writeFile(i.Lock, formatLock(pins))
}
