package server

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/fake"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// hostID is the id of the host of tests.
const hostID = "root@h"

// testHost returns a client that knows a fake host.
func testHost(t *testing.T) (*client, *fake.Host) {
	t.Helper()
	cloud, err := fake.Open(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(cloud.Handler())
	c, err := connect(context.Background(), settings{Proxy: proxy.URL, HostAuthorities: []string{fake.Authority()}}, providers.Env{
		Getenv: func(string) string { return "" }, Isolated: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.introduce(serverHost{ID: hostID, Address: "h", Port: 22, User: "root"})
	t.Cleanup(func() {
		c.close()
		proxy.Close()
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, cloud.Host("h")
}

// run runs a script on the host, which has to succeed.
func run(t *testing.T, c *client, script string) string {
	t.Helper()
	m, err := c.machine(hostID)
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.do(t.Context(), deed{what: "a test", call: script}, "")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// brought makes x, or changes was into it, and returns what is there then.
func brought[T any](t *testing.T, c *client, ty thing[T], was *T, x T) T {
	t.Helper()
	if err := ty.bring(t.Context(), c, was, x); err != nil {
		t.Fatal(err)
	}
	seen, err := looked(t, c, ty, x)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// looked returns what is there of x.
func looked[T any](t *testing.T, c *client, ty thing[T], x T) (T, error) {
	t.Helper()
	err := ty.read(t.Context(), c, &x)
	return x, err
}

// refuses demands an error with all of words in it.
func refuses(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// gone demands that x is not there.
func gone[T any](t *testing.T, c *client, ty thing[T], x T) {
	t.Helper()
	if seen, err := looked(t, c, ty, x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("it is there: %+v, %v", seen, err)
	}
}

func TestDirectoriesAreRemovedWithCare(t *testing.T) {
	c, _ := testHost(t)
	x := brought(t, c, directoryType, nil, serverDirectory{Host: hostID, Path: "/srv/models", Owner: "root", Group: "5000", Mode: "2770"})
	if x.TakenOver || x.Mode != "2770" || x.Group != "5000" {
		t.Errorf("a new directory is %+v", x)
	}
	run(t, c, "echo >/srv/models/a; mkdir /srv/models/b; echo >/srv/models/b/c")
	refuses(t, directoryType.take(t.Context(), c, x), "files and directories in it: 3", "force_destroy = true")
	x.ForceDestroy = true
	run(t, c, "echo '/dev/sdb /srv/models/b ext4 rw 0 0' >>/proc/mounts")
	refuses(t, directoryType.take(t.Context(), c, x), "/srv/models/b is mounted")
	run(t, c, "echo '/dev/sda / ext4 rw 0 0' >/proc/mounts")
	if err := directoryType.take(t.Context(), c, x); err != nil {
		t.Fatal(err)
	}
	gone(t, c, directoryType, x)
}

func TestDirectoriesThatWereThereStay(t *testing.T) {
	c, _ := testHost(t)
	run(t, c, "mkdir /srv/data; echo >/srv/data/a")
	x := brought(t, c, directoryType, nil, serverDirectory{Host: hostID, Path: "/srv/data", Owner: "nobody", Group: "users", Mode: "0750"})
	if !x.TakenOver || x.Owner != "nobody" {
		t.Errorf("a directory that was there is %+v", x)
	}
	if err := directoryType.take(t.Context(), c, x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("it is not forgotten: %v", err)
	}
	if got := run(t, c, "ls /srv/data"); got != "a" {
		t.Errorf("it holds %q", got)
	}
	x.ForceDestroy = true
	if err := directoryType.take(t.Context(), c, x); err != nil {
		t.Fatal(err)
	}
	gone(t, c, directoryType, x)
	run(t, c, "echo >/srv/file; ln -s /etc /srv/link")
	for _, path := range []string{"/srv/file", "/srv/link"} {
		x.Path = path
		refuses(t, directoryType.bring(t.Context(), c, nil, x), path+" is there and no directory")
	}
}

func TestDirectoriesOfTheSystem(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/etc": true, "/etc/apt": true, "/etc/mlflow": false, "/usr": true, "/usr/share": true, "/usr/share/x": false, "/usr/local": true,
		"/var/lib": true, "/var/lib/mlflow": false, stateDir: true, stateDir + "/made": true, "/home": true, "/home/a": false, "/data": false, "/boot/grub": true, "/lib64/x": true, "/libx": false,
	} {
		if got := isSystem(path); got != want {
			t.Errorf("isSystem(%q) = %t", path, got)
		}
	}
	for _, path := range []string{"", "/", "srv", "/srv/", "/srv/..", "/srv/../etc", "/srv//a", "/srv/./a", "/a\nb"} {
		if checkPath("path", path) == nil {
			t.Errorf("%q passes for a path", path)
		}
	}
	refuses(t, checkPath("interpreter", "bash"), "such as /bin/bash")
	for _, mode := range []string{"7", "75", "644", "0644"} {
		x := serverDirectory{Host: hostID, Path: "/srv/x", Mode: mode}
		directoryType.Normal(&x)
		if err := checkDirectory(nil, x); (err == nil) != (len(mode) >= 3) {
			t.Errorf("mode %q: %v", mode, err)
		}
	}
}

// TestFilesInNewDirectories holds that others than root find what is put there.
func TestFilesInNewDirectories(t *testing.T) {
	c, _ := testHost(t)
	text := "x"
	brought(t, c, fileType, nil, serverFile{Host: hostID, Path: "/opt/a/b/c", Content: &text, Owner: "5000", Group: "root", Mode: "0644"})
	if got := run(t, c, "stat -c %a /opt/a /opt/a/b"); got != "755\n755" {
		t.Errorf("the new directories have the modes %q", got)
	}
}

// TestDirectoriesOnTheWay holds that directories which something has needed above it
// go with it, and are nobody's that is left.
func TestDirectoriesOnTheWay(t *testing.T) {
	c, _ := testHost(t)
	text := "x"
	dir := brought(t, c, directoryType, nil, serverDirectory{Host: hostID, Path: "/srv/web", Owner: "root", Group: "root", Mode: "0755"})
	file := brought(t, c, fileType, nil, serverFile{Host: hostID, Path: "/srv/web/sub/a/b", Content: &text, Owner: "root", Group: "root", Mode: "0644"})
	other := brought(t, c, fileType, nil, serverFile{Host: hostID, Path: "/srv/web/sub/c", Content: &text, Owner: "root", Group: "root", Mode: "0644"})
	deep := brought(t, c, directoryType, nil, serverDirectory{Host: hostID, Path: "/srv/web/sub/a", Owner: "root", Group: "root", Mode: "0755"})
	if deep.TakenOver {
		t.Error("a directory that mlinfra has made for a file is taken over")
	}
	if err := fileType.take(t.Context(), c, file); err != nil {
		t.Fatal(err)
	}
	run(t, c, "test -d /srv/web/sub/a")
	if err := errors.Join(directoryType.take(t.Context(), c, deep), fileType.take(t.Context(), c, other), directoryType.take(t.Context(), c, dir)); err != nil {
		t.Fatal(err)
	}
	if got := run(t, c, "ls /srv; find /var/lib/mlinfra/made 2>/dev/null || true"); got != "" {
		t.Errorf("left is %q", got)
	}
	run(t, c, "mkdir /srv/there; ln -s there /srv/link")
	for _, path := range []string{"/srv/there", "/srv/link"} {
		file.Path = path
		refuses(t, fileType.bring(t.Context(), c, nil, file), path+" is a directory and no file")
	}
}

func ptr[T any](v T) *T { return &v }

// TestUsers makes a user, changes it and removes it, with the programs of most
// systems and with those of busybox.
func TestUsers(t *testing.T) {
	for name, missing := range map[string]string{
		"shadow": "", "busybox": "useradd usermod userdel groupadd", "busybox without getent": "useradd usermod userdel groupadd getent",
	} {
		t.Run(name, func(t *testing.T) {
			c, h := testHost(t)
			for _, program := range strings.Fields(missing) {
				h.Remove("/usr/bin/" + program)
			}
			users(t, c, missing == "")
		})
	}
}

func users(t *testing.T, c *client, changes bool) {
	want := serverUser{Host: hostID, Name: "trainer", UID: ptr(5000), GID: ptr(5001), Groups: []string{"users", "video"}, Shell: ptr("/bin/bash"), Comment: ptr("runs training")}
	x := brought(t, c, userType, nil, want)
	if x.TakenOver || *x.UID != 5000 || *x.GID != 5001 || *x.Shell != "/bin/bash" || *x.Comment != "runs training" || *x.Home != "/home/trainer" || !*x.CreateHome {
		t.Errorf("the new user is %s", run(t, c, "grep trainer /etc/passwd"))
	}
	if !slices.Equal(x.Groups, []string{"video", "users"}) {
		t.Errorf("it is in %q", x.Groups)
	}
	if got := run(t, c, "grep trainer /etc/shadow | cut -d : -f 2"); got != "*" {
		t.Errorf("its password is %q", got)
	}
	was, hash := x, "$6$salt$hash"
	x.Groups, x.PasswordHash = []string{"users", "adm"}, &hash
	x = brought(t, c, userType, &was, x)
	if !slices.Equal(x.Groups, []string{"adm", "users"}) || *x.PasswordHash != hash {
		t.Errorf("it is in %q and has the hash %q", x.Groups, *x.PasswordHash)
	}
	run(t, c, "echo 'trainer:$6$x' | chpasswd -e")
	if x, _ = looked(t, c, userType, x); *x.PasswordHash == hash || strings.Contains(*x.PasswordHash, "$6$x") {
		t.Errorf("another password is shown as %q", *x.PasswordHash)
	}
	was, x.PasswordHash = x, nil
	brought(t, c, userType, &was, x)
	if got := run(t, c, "grep trainer /etc/shadow | cut -d : -f 2"); got != "*" {
		t.Errorf("without a hash its password is %q", got)
	}
	was, x.Home = x, ptr("/srv/trainer")
	if err := userType.bring(t.Context(), c, &was, x); changes != (err == nil) {
		t.Fatal(err)
	} else if !changes {
		refuses(t, err, "usermod is not installed", "/srv/trainer", "shadow")
		x.Home = was.Home
	}
	run(t, c, "test -d "+*x.Home+"; echo >"+*x.Home+"/file")
	if err := userType.take(t.Context(), c, x); err != nil {
		t.Fatal(err)
	}
	gone(t, c, userType, x)
	run(t, c, "test -e "+*x.Home+"/file")
	// It comes back, with another number, to what it has left.
	run(t, c, "chown -R 5000:5001 "+*x.Home)
	back := brought(t, c, userType, nil, serverUser{Host: hostID, Name: "trainer", UID: ptr(6000), Home: x.Home})
	if got := run(t, c, "stat -c '%u %U' "+*x.Home+"/file"); *back.UID != 6000 || got != "6000 trainer" {
		t.Errorf("its files are of %q", got)
	}
}

func TestUsersThatWereThereStay(t *testing.T) {
	c, _ := testHost(t)
	x := brought(t, c, userType, nil, serverUser{Host: hostID, Name: "nobody", Groups: []string{"users"}})
	if !x.TakenOver || *x.Shell != "/usr/sbin/nologin" || !slices.Equal(x.Groups, []string{"users"}) {
		t.Errorf("a user that was there is %+v", x)
	}
	if err := userType.take(t.Context(), c, x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("it is not forgotten: %v", err)
	}
	run(t, c, "getent passwd nobody")
	refuses(t, userType.bring(t.Context(), c, nil, serverUser{Host: hostID, Name: "x", Groups: []string{"gpu"}}), "group 'gpu' does not exist")
	run(t, c, "mkdir /etc/skel; echo >/etc/skel/.profile")
	y := brought(t, c, userType, nil, serverUser{Host: hostID, Name: "y", CreateHome: ptr(false)})
	if *y.CreateHome {
		t.Error("a home is made that nobody wants")
	}
	was := y
	y.CreateHome, y.RemoveHome = ptr(true), true
	y = brought(t, c, userType, &was, y)
	if got := run(t, c, "stat -c '%U %a' /home/y /home/y/.profile"); !*y.CreateHome || !strings.HasPrefix(got, "y 700\ny ") {
		t.Errorf("its late home is %q", got)
	}
	if err := userType.take(t.Context(), c, y); err != nil {
		t.Fatal(err)
	}
	run(t, c, "! test -e /home/y")
}

func TestUserIsChecked(t *testing.T) {
	for want, x := range map[string]serverUser{
		"":                       {Name: "a_b-c.d", Groups: []string{"systemd-journal"}, Home: ptr("/home/a"), PasswordHash: ptr("$y$j9T$x$y")},
		`"1a" is no name`:        {Name: "1a"},
		`"-a" is no name`:        {Name: "-a"},
		`"a b" is no name`:       {Name: "a b"},
		`"" is no name`:          {Name: ""},
		"groups: \"a,b\"":        {Name: "a", Groups: []string{"a,b"}},
		"uid -1":                 {Name: "a", UID: ptr(-1)},
		`home "a"`:               {Name: "a", Home: ptr("a")},
		"shell \"/a:b\"":         {Name: "a", Shell: ptr("/a:b")},
		"comment must not":       {Name: "a", Comment: ptr("a:b")},
		"password_hash is no ha": {Name: "a", PasswordHash: ptr("secret")},
	} {
		err := checkUser(nil, x)
		if want == "" && err != nil {
			t.Error(err)
		} else if want != "" {
			refuses(t, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a password is shown: %v", err)
		}
	}
	login := serverUser{Host: "admin@h", Name: "admin"}
	refuses(t, userType.Protected(login), "logs in to admin@h as admin")
	if login.TakenOver = true; userType.Protected(login) != nil {
		t.Error("a user that stays is protected")
	}
}

func TestKeysOfOthersAreLeftAlone(t *testing.T) {
	c, h := testHost(t)
	others := "# mine: " + exampleKeys[0] + "\n  # " + exampleKeys[0] + "\n\nssh-rsa AAAAB3 a\\nb  \tc\r\nno key at all"
	h.WriteFile("/root/.ssh/authorized_keys", others)
	x := brought(t, c, authorizedKeyType, nil, serverAuthorizedKey{Host: hostID, User: "root", PublicKey: exampleKeys[0] + " me", Options: []string{"no-pty", `from="a b,c"`}})
	read := func() string { text, _ := h.ReadFile("/root/.ssh/authorized_keys"); return text }
	if got, want := read(), others+"\nno-pty,from=\"a b,c\" "+exampleKeys[0]+" me\n"; got != want {
		t.Errorf("the file is %q, want %q", got, want)
	}
	if got := run(t, c, "stat -c '%a %U' /root/.ssh /root/.ssh/authorized_keys; ls -a /root/.ssh"); got != "700 root\n600 root\nauthorized_keys" {
		t.Errorf("there is %q", got)
	}
	// The first line with a key counts; the others with it go.
	h.WriteFile("/root/.ssh/authorized_keys", "restrict "+exampleKeys[0]+" first\n"+exampleKeys[1]+"\n"+exampleKeys[0]+" second\n")
	seen, err := looked(t, c, authorizedKeyType, x)
	if err != nil || !slices.Equal(seen.Options, []string{"restrict"}) || seen.PublicKey != exampleKeys[0]+" first" {
		t.Errorf("it sees %+v, %v", seen, err)
	}
	was := x
	x.Options, x.Comment = nil, ptr("third")
	x = brought(t, c, authorizedKeyType, &was, x)
	if got, want := read(), exampleKeys[0]+" third\n"+exampleKeys[1]+"\n"; got != want {
		t.Errorf("the file is %q, want %q", got, want)
	}
	if err := authorizedKeyType.take(t.Context(), c, x); err != nil {
		t.Fatal(err)
	}
	gone(t, c, authorizedKeyType, x)
	if got := read(); got != exampleKeys[1]+"\n" {
		t.Errorf("the file is %q", got)
	}
}

func TestKeysNeedAHome(t *testing.T) {
	c, h := testHost(t)
	x := serverAuthorizedKey{Host: hostID, User: "trainer", PublicKey: exampleKeys[0]}
	refuses(t, authorizedKeyType.bring(t.Context(), c, nil, x), "there is no user trainer: add a server_user")
	gone(t, c, authorizedKeyType, x)
	run(t, c, "useradd -U -M trainer")
	refuses(t, authorizedKeyType.bring(t.Context(), c, nil, x), "/home/trainer is missing", "create_home")
	run(t, c, "mkdir -p /home/trainer; ln -s /root/.ssh /home/trainer/.ssh")
	refuses(t, authorizedKeyType.bring(t.Context(), c, nil, x), "/home/trainer/.ssh is a link")
	run(t, c, "rm /home/trainer/.ssh")
	brought(t, c, authorizedKeyType, nil, x)
	if got := run(t, c, "stat -c '%a %U %G' /home/trainer/.ssh /home/trainer/.ssh/authorized_keys"); got != "700 trainer trainer\n600 trainer trainer" {
		t.Errorf("there is %q", got)
	}
	h.Full = true
	x.PublicKey = exampleKeys[1]
	if err := authorizedKeyType.bring(t.Context(), c, nil, x); err == nil {
		t.Error("a full disk takes a key")
	}
	h.Full = false
	if got, _ := h.ReadFile("/home/trainer/.ssh/authorized_keys"); got != exampleKeys[0]+"\n" {
		t.Errorf("the file is %q", got)
	}
}

func TestAuthorizedKeyIsChecked(t *testing.T) {
	key := exampleKeys[0]
	for want, x := range map[string]serverAuthorizedKey{
		"":                             {PublicKey: key + " me\n", User: "root", Options: []string{`command="echo \"a, b\""`, "no-pty"}},
		"public_key: this is no publi": {PublicKey: "ssh-ed25519 AAAA", User: "root"},
		"it is a private key":          {PublicKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nx", User: "root"},
		"these are several keys":       {PublicKey: key + "\n" + key, User: "root"},
		"options have an attribute":    {PublicKey: "no-pty " + key, User: "root"},
		"user: \"a b\"":                {PublicKey: key, User: "a b"},
		"comment must be one line":     {PublicKey: key, User: "root", Comment: ptr("a\nb")},
		"options [\"a b\"]":            {PublicKey: key, User: "root", Options: []string{"a b"}},
		"options [\"a\\nb\"]":          {PublicKey: key, User: "root", Options: []string{"a\nb"}},
		"options [\"a,b\"]":            {PublicKey: key, User: "root", Options: []string{"a,b"}},
		"options [\"x=\\\"\"]":         {PublicKey: key, User: "root", Options: []string{`x="`}},
	} {
		err := checkAuthorizedKey(nil, x)
		if want == "" && err != nil {
			t.Error(err)
		} else if want != "" {
			refuses(t, err, strings.Replace(want, "it is", "this is", 1))
		}
	}
	for id, ok := range map[string]bool{
		"root@h:root:SHA256:x": true, "a@[::1]:2222:b:SHA256:x": true, "root@h:root": false, "root@h": false, "root@h:root:x": false, "root@h::SHA256:x": false,
	} {
		if _, err := authorizedKeyType.Import(id); (err == nil) != ok {
			t.Errorf("import of %q: %v", id, err)
		}
	}
	if x, _ := authorizedKeyType.Import("a@[::1]:2222:b:SHA256:x"); x.Host != "a@[::1]:2222" || x.User != "b" || x.Fingerprint != "SHA256:x" {
		t.Errorf("import gives %+v", x)
	}
	_, err := authorizedKeyType.put(&serverAuthorizedKey{PublicKey: exampleKeys[0]}, serverAuthorizedKey{PublicKey: exampleKeys[1]})
	refuses(t, err, "plan again")
}

// TestTheKeyOfMlinfraStays holds that nobody locks himself out.
func TestTheKeyOfMlinfraStays(t *testing.T) {
	c, h := testHost(t)
	private, public := hosttest.PrivateKey(), ""
	signer, err := ssh.ParsePrivateKey([]byte(private))
	if err != nil {
		t.Fatal(err)
	}
	public = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	mine := brought(t, c, authorizedKeyType, nil, serverAuthorizedKey{Host: hostID, User: "root", PublicKey: public})
	m, err := c.machine(hostID)
	if err != nil {
		t.Fatal(err)
	}
	m.close() // the next login is by the key
	h.Locked = true
	c.env.Isolated, c.settings.PrivateKey = false, private
	refuses(t, authorizedKeyType.take(t.Context(), c, mine), "would lock itself out")
	other := brought(t, c, authorizedKeyType, nil, serverAuthorizedKey{Host: hostID, User: "root", PublicKey: exampleKeys[0]})
	if err := authorizedKeyType.take(t.Context(), c, other); err != nil {
		t.Fatal(err)
	}
	if got, _ := h.ReadFile("/root/.ssh/authorized_keys"); got != public+"\n" {
		t.Errorf("the file is %q", got)
	}
	run(t, c, "mkdir -p /home/x/.ssh; useradd -U -M x; cp /root/.ssh/authorized_keys /home/x/.ssh/authorized_keys")
	theirs := mine
	theirs.User = "x"
	if err := authorizedKeyType.take(t.Context(), c, theirs); err != nil && !errors.Is(err, providers.ErrGone) {
		t.Errorf("of another user: %v", err)
	}
	// One that was there before stays, so nobody is locked out.
	if mine.TakenOver = true; !errors.Is(authorizedKeyType.take(t.Context(), c, mine), providers.ErrGone) {
		t.Error("a key that stays is held")
	}
}
