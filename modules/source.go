package modules

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind says how a module is brought here.
type kind string

const (
	local    kind = "local"    // a folder, used where it is
	git      kind = "git"      // a Git repository
	web      kind = "web"      // an HTTP(S) address of an archive, or of a redirect
	registry kind = "registry" // an address in a module registry: not supported
)

// source is the source argument of a module call, taken apart.
type source struct {
	kind     kind
	path     string   // of a local folder, with slashes
	url      *url.URL // of a repository or archive, without the parameters below
	ref      string   // branch, tag or commit; "" for the default branch
	sshKey   string   // private key, base64
	archive  string   // format of an archive; "" for a redirect
	forced   bool     // the format was given by ?archive=
	checksum string   // what ?checksum= demands of the archive
	subdir   string   // folder inside the package; "" for its root
}

var (
	methodPattern   = pattern(`^([A-Za-z0-9+.-]+)::(.*)$`)
	scpPattern      = pattern(`^(?:([^@/:]+)@)?([^@/:]+):/?([^:].*)$`)
	registryPattern = pattern(`^(?:([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+(?::[0-9]+)?)/)?([0-9A-Za-z][0-9A-Za-z_-]*)/([0-9A-Za-z][0-9A-Za-z_-]*)/([0-9a-z]+)$`)
)

// parse takes a source apart as Terraform does. It looks at nothing but the text.
func parse(raw string) (source, error) {
	switch {
	case raw == "":
		return source{}, errors.New(`the source is empty: name a folder such as "./network", or a repository such as "git::https://example.com/network.git?ref=v1.0.0"`)
	case !utf8.ValidString(raw) || strings.ContainsFunc(raw, unicode.IsControl):
		return source{}, errors.New("the source contains control characters or is not UTF-8: remove them")
	case isLocal(raw):
		return source{kind: local, path: path.Clean(strings.ReplaceAll(raw, `\`, "/"))}, nil
	case filepath.IsAbs(raw) || strings.HasPrefix(raw, "/"):
		return source{kind: local, path: path.Clean(filepath.ToSlash(raw))}, nil
	}
	address, subdir := splitSubdir(raw)
	s, err := parsePackage(address)
	if err != nil {
		return source{}, err
	}
	if subdir != "" {
		s.subdir = path.Join(s.subdir, path.Clean(subdir))
	}
	if s.subdir != "" && !inside(s.subdir) {
		return source{}, fmt.Errorf("subdirectory path %q leads outside of the module package", s.subdir)
	}
	if s.subdir == "." {
		s.subdir = ""
	}
	return s, nil
}

func isLocal(raw string) bool {
	for _, prefix := range []string{"./", "../", `.\`, `..\`} {
		if strings.HasPrefix(raw, prefix) {
			return true
		}
	}
	return false
}

// inside reports whether a clean slash path stays below where it starts.
func inside(name string) bool {
	return name != ".." && !strings.HasPrefix(name, "../") && !strings.HasPrefix(name, "/") && !strings.Contains(name, `\`)
}

// splitSubdir cuts //subdir out of an address, which may have parameters.
func splitSubdir(raw string) (address, subdir string) {
	address, query, found := strings.Cut(raw, "?")
	if found {
		query = "?" + query
	}
	start := 0
	if i := strings.Index(address, "://"); i >= 0 {
		start = i + len("://")
	}
	i := strings.Index(address[start:], "//")
	if i < 0 {
		return raw, ""
	}
	return address[:start+i] + query, address[start+i+2:]
}

// parsePackage takes an address without //subdir apart.
func parsePackage(address string) (source, error) {
	if m := methodPattern().FindStringSubmatch(address); m != nil {
		return parseMethod(strings.ToLower(m[1]), m[2])
	}
	switch scheme, rest, ok := strings.Cut(address, "://"); {
	case strings.HasPrefix(address, "github.com/"), strings.HasPrefix(address, "bitbucket.org/"):
		return parseShorthand(address)
	case scheme == "file" && ok && strings.HasPrefix(rest, "/"):
		return source{kind: local, path: path.Clean(rest)}, nil
	case ok && (scheme == "http" || scheme == "https"):
		return parseWeb(address)
	case ok && (scheme == "git" || scheme == "ssh"):
		return parseGit(address)
	case ok:
		return source{}, unsupported(scheme)
	}
	if m := registryPattern().FindStringSubmatch(address); m != nil && !strings.HasSuffix(m[1], "googleapis.com") && !strings.HasSuffix(m[1], "amazonaws.com") {
		return source{kind: registry, path: address}, nil
	}
	host, _, _ := strings.Cut(address, "/")
	switch {
	case strings.HasSuffix(host, ".amazonaws.com"):
		return source{}, unsupported("s3")
	case host == "www.googleapis.com":
		return source{}, unsupported("gcs")
	}
	if m := scpPattern().FindStringSubmatch(address); m != nil && m[1] == "git" {
		return parseGit(address)
	}
	shown := redactText(address)
	return source{}, fmt.Errorf(`%q is not a kind of source that mlinfra knows. If you mean a folder relative to this module, write "./%s"; a Git repository is written "git::https://…"`, shown, shown)
}

// parseMethod takes what follows "method::" apart.
func parseMethod(method, rest string) (source, error) {
	switch {
	case method == "git" && (strings.HasPrefix(rest, "github.com/") || strings.HasPrefix(rest, "bitbucket.org/")):
		return parseShorthand(rest)
	case method == "git":
		return parseGit(rest)
	case method == "http" || method == "https":
		return parseWeb(rest)
	}
	return source{}, unsupported(method)
}

func unsupported(method string) error {
	switch method {
	case "s3", "gcs":
		return fmt.Errorf("mlinfra does not download modules with %s::. Serve the archive over HTTPS (a presigned or public address ending in .zip or .tar.gz), or keep the module in a Git repository: git::https://…", method)
	case "hg":
		return errors.New("mlinfra does not download modules from Mercurial (hg::). Use a Git repository, git::https://…, or an archive, https://….zip")
	}
	return fmt.Errorf("mlinfra does not download modules with %q. Use git::https://…, git::ssh://…, or an archive at https://…", method)
}

// unsupportedRegistry says what to write instead of a registry address.
func unsupportedRegistry(address, version string) error {
	m := registryPattern().FindStringSubmatch(address)
	if version == "" || strings.ContainsAny(version, "<>=~!, ") {
		version = "VERSION"
	}
	return fmt.Errorf("mlinfra does not read module registries, and %q is an address in one. Name the repository and the version instead; by convention it is git::https://github.com/%s/terraform-%s-%s.git?ref=v%s", address, m[2], m[4], m[3], version)
}

// parseShorthand reads github.com/org/repo/sub and bitbucket.org/org/repo.
func parseShorthand(address string) (source, error) {
	address, query, hasQuery := strings.Cut(address, "?")
	parts := strings.Split(strings.TrimSuffix(address, "/"), "/")
	if len(parts) < 3 || parts[1] == "" || parts[2] == "" {
		return source{}, fmt.Errorf("%q is not a repository: write %s/ORGANIZATION/REPOSITORY", address, parts[0])
	}
	full := "https://" + strings.TrimSuffix(strings.Join(parts[:3], "/"), ".git") + ".git"
	if hasQuery {
		full += "?" + query
	}
	s, err := parseGit(full)
	s.subdir = path.Join(parts[3:]...)
	return s, err
}

// parseGit reads what follows git::, a URL or user@host:path.
func parseGit(address string) (source, error) {
	u, err := gitURL(address)
	if err != nil {
		return source{}, err
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return source{}, errors.New("the parameters after ? cannot be read: percent-encode special characters")
	}
	s := source{kind: git, url: u, ref: q.Get("ref"), sshKey: q.Get("sshkey")}
	if d := q.Get("depth"); d != "" {
		if n, err := strconv.Atoi(d); err != nil || n < 1 {
			return source{}, fmt.Errorf("depth=%q is not a number of commits: mlinfra never fetches history, leave depth out", d)
		}
	}
	for _, name := range []string{"ref", "sshkey", "depth"} {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	if s.ref != "" && !validRef(s.ref) {
		return source{}, fmt.Errorf("ref=%q is not a name that Git accepts for a branch, tag or commit", s.ref)
	}
	return s, nil
}

// gitURL reads the address of a repository and refuses whatever could make Git
// or ssh run a program.
func gitURL(address string) (*url.URL, error) {
	if start, _, _ := strings.Cut(address, "/"); strings.Contains(start, "::") {
		return nil, errors.New("the remote helpers of Git (ext::, fd:: and others) run programs and are not allowed: use https, ssh, git or file")
	}
	if !strings.Contains(address, "://") {
		m := scpPattern().FindStringSubmatch(address)
		switch {
		case strings.HasPrefix(address, "/"):
			address = "file://" + address
		case m == nil:
			return nil, fmt.Errorf("%q is not the address of a Git repository: write git::https://HOST/PATH, git::ssh://git@HOST/PATH or git@HOST:PATH", redactText(address))
		case m[1] == "":
			address = "ssh://" + m[2] + "/" + m[3]
		default:
			address = "ssh://" + m[1] + "@" + m[2] + "/" + m[3]
		}
	}
	u, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "https", "http", "ssh", "git":
		if u.Host == "" {
			return nil, fmt.Errorf("%q names no host", redactURL(u))
		}
	case "file":
		if u.Host != "" || u.User != nil {
			return nil, errors.New("a file URL has three slashes: git::file:///PATH")
		}
	default:
		return nil, fmt.Errorf("mlinfra does not let Git use %q: use https, ssh, git or file", u.Scheme)
	}
	if strings.TrimLeft(u.Path, "/") == "" {
		return nil, fmt.Errorf("%q names no repository: a path is missing", redactURL(u))
	}
	return u, nil
}

// parseURL parses an address without showing it in errors, as it may hold
// secrets. Control characters could talk to Git's credential helpers, and a
// leading dash to ssh.
func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not a URL: check its host and port, and percent-encode special characters", redactText(address))
	}
	password, _ := u.User.Password()
	for _, part := range []string{u.User.Username(), password, u.Host, u.Path} {
		if strings.ContainsFunc(part, unicode.IsControl) {
			return nil, errors.New("the address contains an encoded control character: remove it")
		}
	}
	if strings.HasPrefix(u.User.Username(), "-") || strings.HasPrefix(u.Host, "-") || u.Scheme != "http" && u.Scheme != "https" && strings.HasPrefix(strings.TrimLeft(u.Path, "/"), "-") {
		return nil, errors.New("a user, host or path that begins with a dash could be taken for an option and is not allowed")
	}
	u.Fragment = ""
	return u, nil
}

// validRef applies the rules of git check-ref-format.
func validRef(ref string) bool {
	if strings.HasPrefix(ref, "-") || strings.HasPrefix(ref, "/") || strings.HasSuffix(ref, "/") || strings.HasSuffix(ref, ".") || ref == "@" {
		return false
	}
	for _, bad := range []string{"..", "@{", "//", `\`} {
		if strings.Contains(ref, bad) {
			return false
		}
	}
	for part := range strings.SplitSeq(ref, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return utf8.ValidString(ref) && !strings.ContainsAny(ref, " ~^:?*[") && !strings.ContainsFunc(ref, unicode.IsControl)
}

// parseWeb reads an HTTP(S) address.
func parseWeb(address string) (source, error) {
	u, err := parseURL(address)
	if err != nil {
		return source{}, err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return source{}, fmt.Errorf("%q is not an HTTP address: write https://HOST/PATH", redactURL(u))
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return source{}, errors.New("the parameters after ? cannot be read: percent-encode special characters")
	}
	s := source{kind: web, url: u, archive: archiveOf(u.Path), checksum: q.Get("checksum")}
	if a := q.Get("archive"); a != "" {
		s.archive, s.forced = a, true
	}
	if s.archive == "false" {
		s.archive = ""
	}
	for _, name := range []string{"archive", "checksum"} {
		if q.Has(name) {
			q.Del(name)
			u.RawQuery = q.Encode()
		}
	}
	if s.archive != "" {
		if err := checkFormat(s.archive); err != nil {
			return source{}, err
		}
	}
	if s.checksum != "" {
		if _, _, err := parseChecksum(s.checksum); err != nil {
			return source{}, err
		}
	}
	return s, nil
}

// with gives back the address with the parameters that parseWeb took out, the
// ones that are part of what is pinned.
func (s source) with(u *url.URL) string {
	q := u.Query()
	if s.forced {
		q.Set("archive", cmp.Or(s.archive, "false"))
	}
	if s.checksum != "" {
		q.Set("checksum", s.checksum)
	}
	c := *u
	c.RawQuery = q.Encode()
	return c.String()
}

// String returns the address of the package, without its secrets, subdirectory
// and ref.
func (s source) String() string {
	switch s.kind {
	case git:
		return "git::" + redactURL(s.url)
	case web:
		return s.with(redacted(s.url))
	}
	return s.path
}

// full returns the whole address of the package, secrets and all.
func (s source) full() string {
	if s.kind == web {
		return s.with(s.url)
	}
	return s.url.String()
}
