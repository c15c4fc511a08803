package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/providertest"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// TestRealMounts runs the examples of server_mount on machines with a disk, which
// is a file.
func TestRealMounts(t *testing.T) {
	key := hosttest.New(t, "losetup", "mkfs.ext4", "blkid").PrivateKey
	providertest.Run(t, providertest.Suite{
		Provider: Provider(),
		Only:     []string{"server_mount"},
		New: func(t testing.TB, _ func() time.Time, _ func(int64, *http.Request) fakecloud.Fault) providertest.Fake {
			hosts := &realHosts{t: t, n: hosttest.New(t), hosts: map[string]*hosttest.Host{}, setUp: func(h *hosttest.Host) { addDisk(t, h) }}
			return providertest.Fake{Handler: hosts, Inventory: func() []string { return nil }}
		},
		Settings: func(url string) map[string]cty.Value {
			return map[string]cty.Value{"proxy": cty.StringVal(url), "private_key": cty.StringVal(key)}
		},
		Calm:    true,
		Unasked: []string{"accept_new_host_key", "format"},
	})
}

// addDisk gives a host the disk of the examples.
func addDisk(t testing.TB, h *hosttest.Host) {
	loop, err := h.Run(`truncate -s 64M /disk && losetup -f --show /disk`)
	if err != nil {
		t.Skipf("this machine has no loop devices: %s", loop)
	}
	t.Cleanup(func() {
		if out, err := h.Run("grep -q " + loop + " /proc/mounts && umount " + loop + "; losetup -d " + loop); err != nil {
			t.Errorf("losetup -d %s: %s", loop, out)
		}
	})
	h.Must(`mkdir -p /dev/disk && mount -t tmpfs tmpfs /dev/disk && mkdir /dev/disk/by-id && : >/etc/fstab
ln -s ` + loop + ` /dev/disk/by-id/scsi-0DO_Volume_models`)
}

// TestRealMountCare holds that mlinfra leaves alone what holds something, and what
// others have mounted.
func TestRealMountCare(t *testing.T) {
	n := hosttest.New(t, "losetup", "mkfs.ext4", "blkid")
	h := n.Host("disks")
	addDisk(t, h)
	const disk = "/dev/disk/by-id/scsi-0DO_Volume_models"
	m := hostMachine(t, n, h)
	for _, c := range []struct {
		name, before string
		x            serverMount
		want         string // of the error; "" for none
		after        string // has to succeed then
	}{
		{"an empty disk without format", "", serverMount{Path: "/srv/m", Device: disk, FSType: "ext4"}, "set format = true", "! [ -e /srv/m ] && ! blkid -p " + disk},
		{"a disk with another file system", "mkfs.ext4 -q " + disk, serverMount{Path: "/srv/m", Device: disk, FSType: "xfs", Format: true}, "holds ext4, and not xfs", "blkid -p " + disk + " | grep ext4"},
		{"what it holds stays with format", "mount " + disk + " /mnt && echo kept >/mnt/a && umount /mnt", serverMount{Path: "/srv/m", Device: disk, FSType: "ext4", Format: true}, "", "grep kept /srv/m/a && grep nofail /etc/fstab"},
		{"a path where something else is", "umount /srv/m && mount -t tmpfs tmpfs /srv/m", serverMount{Path: "/srv/m", Device: disk, FSType: "ext4"}, "tmpfs is mounted at /srv/m", "umount /srv/m"},
		{"a partition table", "dd if=/dev/zero of=" + disk + " bs=1M count=4 conv=notrunc status=none && printf '\\125\\252' | dd of=" + disk + " bs=1 seek=510 status=none && printf '\\203' | dd of=" + disk + " bs=1 seek=450 status=none && printf '\\001\\000\\000\\000\\377\\377' | dd of=" + disk + " bs=1 seek=454 status=none", serverMount{Path: "/srv/n", Device: disk, FSType: "ext4", Format: true}, "partition table (dos)", ""},
		{"a bind", "mkdir /a && touch /a/f", serverMount{Path: "/srv/b", Device: "/a", FSType: "none", Options: []string{"bind"}}, "", "[ -e /srv/b/f ]"},
		{"an option that is unknown", "", serverMount{Path: "/srv/t", Device: "tmpfs", FSType: "tmpfs", Options: []string{"no-such=1"}}, "tmpfs", "! grep /srv/t /etc/fstab && ! [ -e /srv/t ]"},
	} {
		h.Must(c.before)
		d, err := mountType.put(nil, c.x)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.do(t.Context(), d, mountType.look(c.x))
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		case c.want == "":
			a, _ := m.shown(mountType.look(c.x))
			if err := seeMount(&c.x, a); err != nil || c.x.Status != mounted {
				t.Errorf("%s: status %q, %v", c.name, c.x.Status, err)
			}
		}
		h.Must(c.after)
	}
	t.Run("a mount that is used", func(t *testing.T) {
		x := serverMount{Path: "/srv/b", Device: "/a", FSType: "none", Options: []string{"bind"}}
		user := h.Must("(cd /srv/b && exec sleep 100) >/dev/null 2>&1 & echo $!")
		h.Must("until [ \"$(readlink /proc/" + user + "/cwd)\" = /srv/b ]; do sleep 0.05; done")
		_, err := m.do(t.Context(), mountType.drop(x), "")
		if err == nil || !strings.Contains(err.Error(), "stop what uses /srv/b first") {
			t.Errorf("error %v, want that it is used", err)
		}
		h.Must("kill " + user + "; while kill -0 " + user + " 2>/dev/null; do sleep 0.05; done")
		if _, err := m.do(t.Context(), mountType.drop(x), ""); err != nil {
			t.Error(err)
		}
		h.Must("! [ -e /srv/b ] && [ -e /a/f ] && ! grep /srv/b /etc/fstab")
	})
}
