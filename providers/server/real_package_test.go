package server

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// makeRepository makes a signed repository of apt in /srv/repo, of a package in two
// versions and one that needs it. It prints the key.
const makeRepository = `set -e
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
mkdir -p /srv/repo /tmp/build/DEBIAN
cd /srv/repo
build() {
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: a <a@example.com>\nDescription: x\n%s' "$1" "$2" "$3" >/tmp/build/DEBIAN/control
	dpkg-deb -b /tmp/build "/srv/repo/$1_$2.deb" >/dev/null
}
build mlf-demo 1.0-1 ''
build mlf-demo 1.1-1 ''
build mlf-needs 1.0-1 'Depends: mlf-demo
'
for f in *.deb; do
	dpkg-deb -f "$f"
	echo "Filename: ./$f
Size: $(stat -c %s "$f")
SHA256: $(sha256sum "$f" | cut -d ' ' -f 1)
"
done >Packages
echo "Origin: test
Date: $(date -Ru)
SHA256:
 $(sha256sum Packages | cut -d ' ' -f 1) $(stat -c %s Packages) Packages" >Release
export GNUPGHOME=/root/gnupg
mkdir -m 700 $GNUPGHOME
gpg -q --batch --passphrase '' --quick-gen-key test ed25519 sign never 2>/dev/null
gpg -q --batch --clearsign -o InRelease Release
gpg --armor --export
gpgconf --kill gpg-agent`

// realHost returns a client that knows a real host.
func realHost(t *testing.T, programs ...string) (*client, *hosttest.Host) {
	t.Helper()
	n := hosttest.New(t, programs...)
	h := n.Host("h")
	c, err := connect(context.Background(), settings{PrivateKey: n.PrivateKey}, providers.Env{Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	c.introduce(serverHost{ID: hostID, Address: h.Addr, Port: 22, User: "root", HostKey: h.HostKey})
	return c, h
}

// TestRealPackages holds that what the fake takes for apt's ways is so.
func TestRealPackages(t *testing.T) {
	c, h := realHost(t, "apt-get", "dpkg-deb", "gpg")
	key := h.Must(makeRepository)
	source := serverAptRepository{
		Host: hostID, Name: "test", URIs: []string{"file:/srv/repo"}, Suites: []string{"./"}, SignedBy: strings.Replace(key, "m", "n", 1),
	}
	refuses(t, aptRepositoryType.bring(t.Context(), c, nil, source), "adding the repository test on root@h failed")
	gone(t, c, aptRepositoryType, source)
	source.SignedBy = key
	source = brought(t, c, aptRepositoryType, nil, source)
	if source.SignedBy != key {
		t.Errorf("the key is %q", source.SignedBy)
	}

	refuses(t, packageType.bring(t.Context(), c, nil, serverPackage{Host: hostID, Name: "mlf-none", State: present}), "E: Unable to locate package mlf-none")
	demo := serverPackage{Host: hostID, Name: "mlf-demo", State: present, Version: "2*"}
	refuses(t, packageType.bring(t.Context(), c, nil, demo), "Version '2*' for 'mlf-demo' was not found")
	demo.Version, demo.Hold = "1.0*", true
	demo = brought(t, c, packageType, nil, demo)
	if demo.TakenOver || demo.Installed != "1.0-1" || !demo.Hold || demo.Version != "1.0*" {
		t.Errorf("it is %+v", demo)
	}
	if demo.Version, demo.State = "", latest; true {
		if seen, _ := looked(t, c, packageType, demo); seen.State != present {
			t.Errorf("an update that is there is not seen: %+v", seen)
		}
	}
	was := demo
	demo.Hold = false
	demo = brought(t, c, packageType, &was, demo)
	if demo.Installed != "1.1-1" || demo.Hold || demo.State != latest {
		t.Errorf("of the latest version it is %+v", demo)
	}
	was, demo.State, demo.Version = demo, present, "1.0-1"
	if demo = brought(t, c, packageType, &was, demo); demo.Installed != "1.0-1" {
		t.Errorf("of an older version it is %+v", demo)
	}
	needs := brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: "mlf-needs", State: present})
	err := packageType.take(t.Context(), c, demo)
	refuses(t, err, "mlf-demo is needed by mlf-needs")
	if classify(err).Kind != providers.Busy {
		t.Errorf("it is %v", classify(err).Kind)
	}
	for _, x := range []serverPackage{needs, demo} {
		if err := packageType.take(t.Context(), c, x); err != nil {
			t.Fatal(err)
		}
		gone(t, c, packageType, x)
	}
	if err := aptRepositoryType.take(t.Context(), c, source); err != nil {
		t.Fatal(err)
	}
	if got := h.Must("ls /etc/apt/sources.list.d /etc/apt/keyrings | grep -v :; find /var/lib/mlinfra/made -name .made; ls /run/mlinfra"); strings.Contains(got, "test") || strings.Contains(got, ".made") || strings.Contains(got, "apt.") {
		t.Errorf("it leaves %s", got)
	}
	refuses(t, packageType.bring(t.Context(), c, nil, serverPackage{Host: hostID, Name: "mlf-demo", State: present}), "failed")
}

// TestRealUsersLogIn holds that a new user without a password comes in by a key, and
// that mlinfra does not lock itself out.
func TestRealUsersLogIn(t *testing.T) {
	c, h := realHost(t)
	m, err := c.machine(hostID)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey([]byte(c.settings.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	key := serverAuthorizedKey{Host: hostID, User: "trainer", PublicKey: string(ssh.MarshalAuthorizedKey(signer.PublicKey()))}
	user := brought(t, c, userType, nil, serverUser{Host: hostID, Name: "trainer", Groups: []string{"sudo"}})
	key = brought(t, c, authorizedKeyType, nil, key)
	trainer := serverHost{ID: "trainer@h", Address: h.Addr, Port: 22, User: "trainer", HostKey: h.HostKey}
	if _, err := c.introduce(trainer).connected(t.Context()); err != nil {
		t.Error(err)
	}
	mine := key
	mine.User = "root"
	refuses(t, authorizedKeyType.take(t.Context(), c, mine), "would lock itself out")
	m.close()
	if err := authorizedKeyType.take(t.Context(), c, key); err != nil {
		t.Fatal(err)
	}
	// Programs of a user that run on keep it from going.
	h.Must("setsid setpriv --reuid trainer --regid trainer --clear-groups sleep 300 >/dev/null 2>&1 &")
	refuses(t, userType.take(t.Context(), c, user), "removing user trainer on root@h failed", "user trainer is currently used by process")
	h.Must("for p in /proc/[0-9]*; do [ $(stat -c %U $p 2>/dev/null || echo root) != trainer ] || kill ${p#/proc/}; done; sleep 0.2")
	c.introduce(trainer).close()
	if err := userType.take(t.Context(), c, user); err != nil {
		t.Fatal(err)
	}
	h.Must("test -d /home/trainer")
}
