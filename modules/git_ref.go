package modules

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
)

var abbreviation = pattern(`^[0-9a-f]{4,64}$`)

// find fetches what ref means in the repository and returns its commit. A tag
// goes before a branch of the same name, as in Terraform.
func (r *repo) find(ctx context.Context, ref string) (string, error) {
	names := []string{"HEAD"}
	if ref != "" {
		names = []string{ref, "refs/tags/" + ref, "refs/heads/" + ref, "refs/heads/" + strings.TrimPrefix(ref, "origin/")}
	}
	listed, err := r.run(ctx, append([]string{"ls-remote", "--quiet", "--", remote}, names...)...)
	if err != nil {
		return "", err
	}
	ids := map[string]string{}
	for line := range strings.Lines(listed) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		ids[name] = id
	}
	for _, name := range append(names[1:], names[0]) {
		if id := ids[name]; isCommit(id) {
			return r.commit(ctx, id)
		}
	}
	if ref == "" {
		return "", errors.New("the repository has no default branch: name a branch, tag or commit with ?ref=")
	}
	missing := fmt.Errorf("the repository has no branch, tag or commit %q", ref)
	switch {
	case isCommit(ref):
		id, err := r.commit(ctx, ref)
		if errors.Is(err, errNoCommit) {
			return "", missing
		}
		return id, err
	case !abbreviation().MatchString(ref):
		return "", missing
	}
	if err := r.fetchAll(ctx); err != nil {
		return "", err
	}
	id, err := r.peel(ctx, ref)
	if err != nil {
		return "", missing
	}
	return id, nil
}

// errNoCommit means that a repository does not have a commit.
var errNoCommit = errors.New("the repository does not have the commit")

// commit fetches one object, a commit or a tag, and returns the commit it
// stands for. Not every server gives out single objects; then all is fetched.
func (r *repo) commit(ctx context.Context, id string) (string, error) {
	if err := r.fetch(ctx, "--depth=1", remote, id); err != nil {
		if ctx.Err() != nil || errors.Is(err, errTooLarge) {
			return "", err
		}
		if err := r.fetchAll(ctx); err != nil {
			return "", err
		}
	}
	got, err := r.peel(ctx, id)
	if err != nil {
		return "", fmt.Errorf("%w %s", errNoCommit, id)
	}
	return got, nil
}

func (r *repo) fetchAll(ctx context.Context) error {
	return r.fetch(ctx, remote, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
}

// peel returns the commit that an object that is here stands for.
func (r *repo) peel(ctx context.Context, id string) (string, error) {
	out, err := r.run(ctx, "rev-parse", "--quiet", "--verify", "--end-of-options", id+"^{commit}")
	if err != nil {
		return "", err
	}
	if out = strings.TrimSpace(out); !isCommit(out) {
		return "", fmt.Errorf("%q is not a commit", out)
	}
	return out, nil
}

// writeKey writes a private key that a source brings for ssh.
func writeKey(file, text string) (string, error) {
	// In a query, + is a space.
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, " ", "+"))
	if err != nil {
		return "", errors.New("sshkey is not a private key in base64: write the output of base64 -w0")
	}
	return file, os.WriteFile(file, raw, 0o600)
}

const (
	maxSubmodules     = 100
	maxSubmoduleDepth = 8
)

// submodule is an entry of .gitmodules.
type submodule struct {
	path string
	url  string
}

// submodules returns what .gitmodules of a commit lists.
func (r *repo) submodules(ctx context.Context, commit string) ([]submodule, error) {
	listed, err := r.run(ctx, "ls-tree", "-z", commit, "--", ".gitmodules")
	if err != nil || listed == "" {
		return nil, err
	}
	out, err := r.run(ctx, "config", "--no-includes", "--blob", commit+":.gitmodules", "--null", "--list")
	if err != nil {
		return nil, err
	}
	byName := map[string]*submodule{}
	var list []*submodule
	for line := range strings.SplitSeq(out, "\x00") {
		name, value, _ := strings.Cut(line, "\n")
		name, ok := strings.CutPrefix(name, "submodule.")
		i := strings.LastIndexByte(name, '.')
		if !ok || i < 0 {
			continue
		}
		m := byName[name[:i]]
		if m == nil {
			m = &submodule{}
			byName[name[:i]] = m
			list = append(list, m)
		}
		switch name[i+1:] {
		case "path":
			m.path = value
		case "url":
			m.url = value
		}
	}
	var usable []submodule
	for _, m := range list {
		if m.path != "" && m.url != "" {
			usable = append(usable, *m)
		}
	}
	return usable, nil
}

// pinned returns the commit that a commit records for a submodule; "" when
// there is none at that path.
func (r *repo) pinned(ctx context.Context, commit, at string) (string, error) {
	out, err := r.run(ctx, "ls-tree", "-z", commit, "--", at)
	if err != nil {
		return "", err
	}
	fields := strings.Fields(out)
	if len(fields) < 3 || fields[0] != "160000" || !isCommit(fields[2]) {
		return "", nil
	}
	return fields[2], nil
}

// submoduleOf returns the source of a submodule. Its address may be relative to
// the repository, and may not reach for this machine's files from elsewhere.
func submoduleOf(parent source, address string) (source, error) {
	if isLocal(address) {
		u := *parent.url
		u.Path = path.Join(u.Path, address)
		u.RawPath = ""
		return source{kind: git, url: &u, sshKey: parent.sshKey}, nil
	}
	u, err := gitURL(address)
	if err != nil {
		return source{}, err
	}
	if u.Scheme == "file" && parent.url.Scheme != "file" {
		return source{}, fmt.Errorf("%s is on this machine, and the repository is not", redactURL(u))
	}
	return source{kind: git, url: u, sshKey: parent.sshKey}, nil
}
