package modules

import (
	"strings"
	"testing"
)

// what parse finds, as one line to compare.
func summary(s source) string {
	if s.kind == local || s.kind == registry {
		return string(s.kind) + " " + s.path + optional(" //", s.subdir)
	}
	return string(s.kind) + " " + s.url.String() + optional(" //", s.subdir) + optional(" ref=", s.ref) +
		optional(" archive=", s.archive) + optional(" checksum=", s.checksum) + optional(" sshkey=", s.sshKey)
}

func optional(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

func TestParseSource(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for name, c := range map[string]struct{ source, want string }{
		// The expectations are Terraform's own, from the tests of its parser.
		"local in a subfolder":            {"./child", "local child"},
		"local, not clean":                {"./nope/../child", "local child"},
		"local in a sibling":              {"../sibling", "local ../sibling"},
		"local in a sibling, not clean":   {"./nope/../../sibling", "local ../sibling"},
		"local with backslashes":          {`.\child`, "local child"},
		"local sibling with backslashes":  {`.\nope\..\..\sibling`, "local ../sibling"},
		"local with all slashes":          {`./nope\nope/why\./please\don't`, "local nope/nope/why/please/don't"},
		"local with a question mark":      {"./x?ref=1", "local x?ref=1"},
		"the calling folder itself":       {"./", "local ."},
		"absolute":                        {"/tmp/foo/example", "local /tmp/foo/example"},
		"absolute with subdir":            {"/tmp/foo//example", "local /tmp/foo/example"},
		"file URL":                        {"file:///tmp/foo", "local /tmp/foo"},
		"registry":                        {"hashicorp/subnets/cidr", "registry hashicorp/subnets/cidr"},
		"registry, subdir":                {"hashicorp/subnets/cidr//examples/foo", "registry hashicorp/subnets/cidr //examples/foo"},
		"registry with host":              {"example.com/awesomecorp/network/happycloud", "registry example.com/awesomecorp/network/happycloud"},
		"registry with port":              {"example.com:8443/a/b/c", "registry example.com:8443/a/b/c"},
		"GitHub":                          {"github.com/hashicorp/terraform-cidr-subnets", "git https://github.com/hashicorp/terraform-cidr-subnets.git"},
		"GitHub with .git":                {"github.com/hashicorp/x.git", "git https://github.com/hashicorp/x.git"},
		"GitHub, subdir":                  {"github.com/hashicorp/terraform-cidr-subnets//example/foo", "git https://github.com/hashicorp/terraform-cidr-subnets.git //example/foo"},
		"GitHub, subdir with one slash":   {"github.com/hashicorp/x/a/b", "git https://github.com/hashicorp/x.git //a/b"},
		"GitHub, both subdirs":            {"github.com/hashicorp/x/a//b?ref=v1", "git https://github.com/hashicorp/x.git //a/b ref=v1"},
		"GitHub, ref":                     {"github.com/hashicorp/x?ref=v1.2.0", "git https://github.com/hashicorp/x.git ref=v1.2.0"},
		"GitHub after git::":              {"git::github.com/hashicorp/x", "git https://github.com/hashicorp/x.git"},
		"Bitbucket":                       {"bitbucket.org/hashicorp/x", "git https://bitbucket.org/hashicorp/x.git"},
		"git scheme":                      {"git://example.com/code/baz.git//bleep/bloop", "git git://example.com/code/baz.git //bleep/bloop"},
		"git over https":                  {"git::https://example.com/code/baz.git", "git https://example.com/code/baz.git"},
		"git over https, subdir and more": {"git::https://example.com/code/baz.git//bleep/bloop?otherthing=blah", "git https://example.com/code/baz.git?otherthing=blah //bleep/bloop"},
		"git over https, port and IPv6":   {"git::https://[::1]:8443/baz.git", "git https://[::1]:8443/baz.git"},
		"git over ssh":                    {"git::ssh://git@example.com/code/baz.git//bleep", "git ssh://git@example.com/code/baz.git //bleep"},
		"ssh without git::":               {"ssh://git@example.com/code/baz.git", "git ssh://git@example.com/code/baz.git"},
		"scp form after git::":            {"git::git@example.com:code/baz.git//bleep/bloop", "git ssh://git@example.com/code/baz.git //bleep/bloop"},
		"scp form":                        {"git@github.com:hashicorp/example.git?ref=v1", "git ssh://git@github.com/hashicorp/example.git ref=v1"},
		"scp form with another user":      {"git::bob@example.com:x.git", "git ssh://bob@example.com/x.git"},
		"a repository on this machine":    {"git::/srv/x.git", "git file:///srv/x.git"},
		"a key for ssh":                   {"git::ssh://git@h/x.git?sshkey=abcd&ref=main", "git ssh://git@h/x.git ref=main sshkey=abcd"},
		"a query in parameters":           {"git::https://h/x.git?u=https://y//z", "git https://h/x.git?u=https%3A%2F%2Fy%2F%2Fz"},
		"web, no archive":                 {"http://example.com/module", "web http://example.com/module"},
		"web, zip":                        {"https://example.com/module.zip", "web https://example.com/module.zip archive=zip"},
		"web, a dash in the path":         {"https://gitlab.example.com/-/x.tgz", "web https://gitlab.example.com/-/x.tgz archive=tgz"},
		"web, capital letters":            {"https://example.com/MODULE.TAR.GZ", "web https://example.com/MODULE.TAR.GZ archive=tar.gz"},
		"web, subdir":                     {"https://example.com/v1.zip//*/modules/a", "web https://example.com/v1.zip //*/modules/a archive=zip"},
		"web, archive given":              {"https://example.com/module?archive=tar", "web https://example.com/module archive=tar"},
		"web, no archive by demand":       {"https://example.com/module.zip?archive=false", "web https://example.com/module.zip"},
		"web, checksum":                   {"https://example.com/m.zip?checksum=sha256:" + sum + "&a=b", "web https://example.com/m.zip?a=b archive=zip checksum=sha256:" + sum},
		"web, parameters stay as written": {"https://example.com/m.zip?b=1&a=%2f", "web https://example.com/m.zip?b=1&a=%2f archive=zip"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(c.source)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(s); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.source, got, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"nothing":                        {"", "empty"},
		"a line feed":                    {"./a\nb", "control"},
		"no UTF-8":                       {"./a\xff", "UTF-8"},
		"a path without ./":              {"boop/bloop", `"./boop/bloop"`},
		"a name":                         {"foo", `"./foo"`},
		"a dot":                          {".", "./"},
		"GitHub without repository":      {"github.com/org", "github.com/ORGANIZATION/REPOSITORY"},
		"a subdir that escapes":          {"git::https://h/x.git//a/../..", "leads outside"},
		"a subdir that is absolute":      {"git::https://h/x.git///etc", "leads outside"},
		"a subdir with a backslash":      {`git::https://h/x.git//..\x`, "leads outside"},
		"a registry subdir that escapes": {"hashicorp/subnets/cidr//../nope", `"../nope" leads outside`},
		"S3":                             {"s3::https://s3.amazonaws.com/b/x.zip", "s3::"},
		"S3 implied":                     {"s3-eu-west-1.amazonaws.com/b/x.zip", "s3::"},
		"GCS":                            {"gcs::https://www.googleapis.com/storage/v1/B/x.zip", "gcs::"},
		"GCS implied":                    {"www.googleapis.com/storage/v1/B/P", "gcs::"},
		"Mercurial":                      {"hg::http://example.com/x.hg", "Mercurial"},
		"another method":                 {"bogus::https://x/y", `"bogus"`},
		"another scheme":                 {"ftp://x/y.zip", `"ftp"`},
		"a drive":                        {`C:\x`, "not a kind of source"},
		"a helper that runs programs":    {"git::ext::sh -c touch% /tmp/x", "ext::"},
		"a helper with a file handle":    {"git::fd::7", "fd::"},
		"a helper around https":          {"git::git::https://x/y", "::"},
		"a scheme with a helper":         {"git::ext://x/y", `"ext"`},
		"a host that is an option":       {"git::ssh://-oProxyCommand=x/y", "dash"},
		"a user that is an option":       {"git::ssh://-oProxyCommand=x@h/y", "dash"},
		"a user, encoded":                {"git::ssh://%2doProxyCommand=x@h/y", "dash"},
		"a path that is an option":       {"git::ssh://git@h/-x", "dash"},
		"an scp host that is an option":  {"git::-oProxyCommand=x:y", "dash"},
		"an scp path that is an option":  {"git::git@h:-x", "dash"},
		"an option alone":                {"git::--upload-pack=x", "not the address"},
		"a relative repository":          {"git::x/y.git", "not the address"},
		"an encoded line feed":           {"git::https://h%0ahost=x/y", "not a URL"},
		"an encoded line feed in a path": {"git::https://h/x%0ahost=evil", "control"},
		"a file on another host":         {"git::file://h/x", "three slashes"},
		"no path":                        {"git::https://h", "path is missing"},
		"no host":                        {"https:///x.zip", "not an HTTP address"},
		"xz":                             {"https://h/x.tar.xz", "tar.xz"},
		"zst":                            {"https://h/x?archive=tar.zst", "tar.zst"},
		"an unknown archive":             {"https://h/x?archive=rar", `"rar"`},
		"a checksum that is none":        {"https://h/x.zip?checksum=sha256:12", "checksum"},
		"a checksum in a file":           {"https://h/x.zip?checksum=file:https://h/sums", "checksum"},
		"a depth that is none":           {"git::https://h/x.git?depth=-1", "depth"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(c.source)
			if err == nil {
				t.Fatalf("%s is accepted: %s", c.source, summary(s))
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want %q in it", err, c.want)
			}
		})
	}
}

func TestFindRefuses(t *testing.T) {
	p := newProject(t)
	for name, c := range map[string]struct{ source, version, want string }{
		"a registry address":     {"terraform-aws-modules/vpc/aws", "5.1.0", "git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.1.0"},
		"a registry constraint":  {"terraform-aws-modules/vpc/aws", "~> 5.0", "terraform-aws-vpc.git?ref=vVERSION"},
		"a registry with host":   {"app.terraform.io/org/net/aws", "", "github.com/org/terraform-aws-net.git"},
		"a version of a folder":  {"./x", "1.0.0", "argument version"},
		"a version of Git":       {"git::https://u:hunter22@h/x.git", "~> 1.0", "argument version"},
		"a folder that is not":   {"./x", "", "does not exist"},
		"a file":                 {"./file", "", "is a file"},
		"an absolute folder":     {"/nonexistent/x", "", "does not exist"},
		"a wrong version's hint": {"git::https://h/x.git", "1.2.0", "?ref=v1.2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			writeFiles(t, p.dir, map[string]string{"file": ""})
			_, err := p.run().Find(t.Context(), p.dir, c.source, c.version)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter22") {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestRedaction(t *testing.T) {
	const secret = "s3cr3tvalue"
	for _, source := range []string{
		"git::https://user:" + secret + "@h/x.git",
		"git::https://" + secret + "@h/x.git",
		"git::https://" + secret + ":x-oauth-basic@h/x.git?ref=v1",
		"git::ssh://git:" + secret + "@h/x.git",
		"git::ssh://git@h/x.git?sshkey=" + secret,
		"https://user:" + secret + "@h/x.zip",
		"https://h/x.zip?token=" + secret,
		"https://h/x.zip?a=b&X-Amz-Signature=" + secret + "&c=d",
		"https://h/x.zip?private_token=" + secret,
		"https://h/x.zip?v=" + secret + strings.Repeat("0", 20) + "&token=" + secret,
	} {
		s, err := parse(source)
		if err != nil {
			t.Fatal(err)
		}
		if text := s.key().String(); strings.Contains(text, secret) {
			t.Errorf("%s is locked as %s", source, text)
		}
		if text := s.scrub(&testError{"fatal: unable to access '" + s.url.String() + "': " + secret}).Error(); strings.Contains(text, secret) {
			t.Errorf("%s is shown as %s", source, text)
		}
	}
	for _, source := range []string{"git::://" + secret + "@%zz", "x://u:" + secret + "@h/y", "u:" + secret + "@h/x", "https://u:" + secret + "@h:port/x.zip", "git::https://h:x/y?token=" + secret} {
		if _, err := parse(source); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", source, err)
		}
	}
}

type testError struct{ text string }

func (e *testError) Error() string { return e.text }

func FuzzParseSource(f *testing.F) {
	for _, seed := range []string{"./x", "a/b/c", "github.com/a/b/c//d?ref=x", "git::ssh://git@h/x.git//y?ref=v1&depth=1", "git@h:x.git", "https://u:p@h/x.zip//*?checksum=md5:00", "git::ext::sh", "git::https://[::1]/x?token=y", "file:///x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse(text)
		if err != nil {
			return
		}
		if s.subdir != "" && (!inside(s.subdir) || strings.HasPrefix(s.subdir, "/")) {
			t.Errorf("%q: subdir %q leads outside", text, s.subdir)
		}
		if s.kind == local || s.kind == registry {
			return
		}
		if strings.HasPrefix(s.ref, "-") || strings.HasPrefix(s.url.Host, "-") || strings.HasPrefix(s.url.User.Username(), "-") {
			t.Errorf("%q: an option", text)
		}
		again, err := parseURL(s.url.String())
		if err != nil {
			t.Fatalf("%q: its URL %q cannot be read again: %v", text, s.url, err)
		}
		if again.Host != s.url.Host || again.Scheme != s.url.Scheme {
			t.Errorf("%q: host %q becomes %q", text, s.url.Host, again.Host)
		}
		if password, ok := s.url.User.Password(); ok && len(password) > 8 && strings.Count(text, password) == 1 && strings.Contains(s.key().String(), password) {
			t.Errorf("%q: the password is locked", text)
		}
		if target, err := parse(s.full()); s.kind == web && (err != nil || target.full() != s.full()) {
			t.Errorf("%q: %s is read as something else, %v", text, s.full(), err)
		}
	})
}
