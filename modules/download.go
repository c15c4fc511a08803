package modules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// downloader brings one package into a folder of its own.
type downloader struct {
	i     *Installer
	temp  string // everything is in here until it is complete
	repos int    // repositories fetched so far
	bytes int64  // what they take
}

// pkg returns where the package is built.
func (d *downloader) pkg() string { return filepath.Join(d.temp, "package") }

func (d *downloader) client() *http.Client { return cmp.Or(d.i.HTTP, webClient(d.i.Trace)) }

// run downloads and unpacks s and says what it got.
func (d *downloader) run(ctx context.Context, s source, want pin) (pin, error) {
	target, err := d.follow(ctx, s)
	if err != nil {
		return pin{}, err
	}
	got, err := d.unpack(ctx, target, want)
	if err != nil {
		return pin{}, target.scrub(err)
	}
	if target.url != s.url && target.subdir != "" {
		if err := d.promote(target.subdir); err != nil {
			return pin{}, err
		}
	}
	root, err := os.OpenRoot(d.pkg())
	if err != nil {
		return pin{}, err
	}
	defer root.Close()
	if err := checkLinks(root); err != nil {
		return pin{}, err
	}
	got.hash, err = hashOf(root)
	return got, err
}

// follow asks where the module is until it is known. What led there stays what
// the lock file calls it.
func (d *downloader) follow(ctx context.Context, s source) (source, error) {
	subdir := ""
	for n := 0; s.kind == web && s.archive == ""; n++ {
		if n >= maxRedirects {
			return source{}, fmt.Errorf("more than %d X-Terraform-Get in a row", maxRedirects)
		}
		next, err := redirect(ctx, d.client(), s)
		if err != nil {
			return source{}, s.scrub(err)
		}
		subdir = path.Join(next.subdir, subdir)
		s = next
		s.subdir = subdir
	}
	return s, nil
}

// unpack fills the folder of the package.
func (d *downloader) unpack(ctx context.Context, s source, want pin) (pin, error) {
	if err := os.Mkdir(d.pkg(), 0o700); err != nil {
		return pin{}, err
	}
	root, err := os.OpenRoot(d.pkg())
	if err != nil {
		return pin{}, err
	}
	defer root.Close()
	u := newUnpacker(root, d.i.limits)
	var got pin
	if s.kind == git {
		got.commit, err = d.clone(ctx, u, s, want.commit, 0)
	} else {
		err = d.archive(ctx, u, s)
	}
	if err != nil {
		return pin{}, err
	}
	return got, u.finish()
}

func (d *downloader) archive(ctx context.Context, u *unpacker, s source) error {
	f, err := os.OpenFile(filepath.Join(d.temp, "archive"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := download(ctx, d.client(), s, d.i.limits.download, f); err != nil {
		return err
	}
	return unpack(ctx, u, f, s.archive)
}

// clone unpacks the commit of a repository, and its submodules where they
// belong. It returns the commit.
func (d *downloader) clone(ctx context.Context, u *unpacker, s source, want string, depth int) (string, error) {
	d.repos++
	if d.repos > maxSubmodules || depth > maxSubmoduleDepth {
		return "", fmt.Errorf("the repository has more than %d submodules, or nests them more than %d deep", maxSubmodules, maxSubmoduleDepth)
	}
	dir := filepath.Join(d.temp, "repo"+strconv.Itoa(d.repos))
	r, err := newRepo(ctx, cmp.Or(d.i.Git, "git"), dir, s, d.i.limits.download-d.bytes)
	if err != nil {
		return "", err
	}
	commit := want
	if want == "" {
		commit, err = r.find(ctx, s.ref)
	} else {
		_, err = r.commit(ctx, want)
	}
	switch {
	case errors.Is(err, errNoCommit) && depth == 0:
		return "", fmt.Errorf("%w, which %s names. It may have been rewritten: run mlinfra init -upgrade to take what is there now", err, filepath.Base(d.i.Lock))
	case err != nil:
		return "", err
	}
	d.bytes += sizeOf(dir)
	if err := r.archive(ctx, u, commit); err != nil {
		return "", err
	}
	return commit, d.submodules(ctx, u, s, r, commit, depth)
}

func (d *downloader) submodules(ctx context.Context, u *unpacker, s source, r *repo, commit string, depth int) error {
	list, err := r.submodules(ctx, commit)
	if err != nil {
		return err
	}
	above := u.prefix
	defer func() { u.prefix = above }()
	for _, m := range list {
		at, err := entryName(m.path)
		if err != nil || at == "" {
			return fmt.Errorf("submodule %q: not a path inside the repository", m.path)
		}
		pinned, err := r.pinned(ctx, commit, at)
		if err != nil {
			return err
		}
		if pinned == "" {
			continue
		}
		sub, err := submoduleOf(s, m.url)
		if err != nil {
			return fmt.Errorf("submodule %s: %w", at, err)
		}
		u.prefix = path.Join(above, at)
		if _, err := d.clone(ctx, u, sub, pinned, depth+1); err != nil {
			return fmt.Errorf("submodule %s: %w", at, sub.scrub(err))
		}
	}
	return nil
}

// promote makes a folder of the package the package: the one that an answer
// with X-Terraform-Get names.
func (d *downloader) promote(subdir string) error {
	root, err := os.OpenRoot(d.pkg())
	if err != nil {
		return err
	}
	name, err := matchFolder(root, subdir)
	if err == nil {
		var info fs.FileInfo
		if info, err = root.Lstat(name); err == nil && !info.IsDir() {
			err = fmt.Errorf("the folder %q of the package is a link", name)
		}
	}
	root.Close()
	if err != nil {
		return err
	}
	whole := filepath.Join(d.temp, "whole")
	if err := os.Rename(d.pkg(), whole); err != nil {
		return err
	}
	return os.Rename(filepath.Join(whole, filepath.FromSlash(name)), d.pkg())
}
