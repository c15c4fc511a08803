package fake

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

func mountCommands() map[string]func(p *process) int {
	all := map[string]func(p *process) int{"blkid": blkid, "mount": mount, "umount": umount}
	for _, kind := range []string{"ext4", "xfs"} {
		all["mkfs."+kind] = func(p *process) int { return mkfs(p, kind) }
	}
	return all
}

// byID is where the disks that a cloud attaches appear under their ids.
const byID = "/dev/disk/by-id/"

// attach makes the disk that a path names by an id of a cloud: to the hosts here
// every volume is attached. The host is locked.
func (h *Host) attach(p string) {
	c, volume := h.content, h.cloud.o.Volume
	if name, ok := strings.CutPrefix(p, byID); ok && name != "" && c.Files[p] == nil {
		disk := fmt.Sprintf("/dev/vd%d", len(c.children("/dev")))
		holds := ""
		if volume != nil {
			holds = volume(name)
		}
		c.addDisk(disk, holds)
		c.mkdirAll(path.Dir(p))
		c.Files[p] = &node{Mode: 0o777, Owner: "root", Group: "root", Link: disk}
	}
}

// addDisk makes a disk that holds a file system; "" for nothing.
func (c *content) addDisk(device, holds string) {
	c.mkdirAll("/dev")
	c.Files[device] = &node{Mode: 0o660 | fs.ModeDevice, Owner: "root", Group: "disk", Content: []byte(holds)}
}

// disk returns the disk at a path; nil when that is none.
func (p *process) disk(name string) *node {
	n := p.host.content.Files[p.host.content.resolve(p.path(name))]
	if n == nil || n.Mode&fs.ModeDevice == 0 {
		return nil
	}
	return n
}

// option returns the value of the last -name VALUE, and args without those.
func option(args []string, name string) (value string, rest []string) {
	for i := 0; i < len(args); i++ {
		if args[i] == name && i+1 < len(args) {
			i++
			value = args[i]
			continue
		}
		rest = append(rest, args[i])
	}
	return value, rest
}

// blkid -p -s TAG -o value DEVICE
func blkid(p *process) int {
	tag, args := option(p.args[1:], "-s")
	_, args = option(args, "-o")
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if args[0] != "-p" {
		return 2 // no tag is known here
	}
	n := p.disk(args[1])
	if n == nil {
		return p.fail("error: %s: No such file or directory", args[1]) + 1
	}
	switch holds := string(n.Content); {
	case holds == "", tag == "TYPE" && holds == "gpt", tag == "PTTYPE" && holds != "gpt":
		return 2
	default:
		fmt.Fprintln(p.out, holds)
	}
	return 0
}

func mkfs(p *process, kind string) int {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	n := p.disk(p.args[len(p.args)-1])
	if n == nil {
		return p.fail("The file %s does not exist and no size was specified.", p.args[len(p.args)-1])
	}
	n.Content = []byte(kind)
	return 0
}

// mounts returns the lines of /proc/mounts, and set writes them.
func (h *Host) mounts() []string {
	return strings.Split(strings.TrimSuffix(string(h.content.Files["/proc/mounts"].Content), "\n"), "\n")
}

func (h *Host) setMounts(lines []string) {
	h.content.Files["/proc/mounts"].Content = []byte(strings.Join(lines, "\n") + "\n")
}

// inode returns a number that tells what is at a path from everything else. What
// is bound there counts.
func (h *Host) inode(p string) string {
	for _, line := range h.mounts() {
		if f := strings.Fields(line); f[1] == p && f[2] == "bound" {
			p = f[0]
		}
	}
	sum := fnv.New32()
	_, _ = sum.Write([]byte(h.content.resolve(p)))
	return strconv.FormatUint(uint64(sum.Sum32()), 10)
}

// mount -t TYPE -o OPTIONS DEVICE DIRECTORY
func mount(p *process) int {
	kind, args := option(p.args[1:], "-t")
	text, args := option(args, "-o")
	if len(args) != 2 {
		return p.fail("bad usage")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	source, dir := args[0], p.host.content.resolve(p.path(args[1]))
	options := strings.Split(text, ",")
	for _, o := range options {
		if strings.HasPrefix(o, "no-such") {
			return p.fail("%s: wrong fs type, bad option, bad superblock on %s, missing codepage or helper program, or other error.", dir, source) + 31
		}
	}
	if n := p.host.content.Files[dir]; n == nil || !n.Dir {
		return p.fail("%s: mount point does not exist.", dir) + 31
	}
	lines := p.host.mounts()
	if slices.Contains(options, "remount") {
		for i, line := range slices.Backward(lines) {
			if f := strings.Fields(line); f[1] == dir {
				lines[i] = strings.Join([]string{f[0], f[1], f[2], shown(options), "0 0"}, " ")
				p.host.setMounts(lines)
				return 0
			}
		}
		return p.fail("%s: mount point not mounted or bad option.", dir) + 31
	}
	disk := p.disk(source)
	switch {
	case slices.Contains(options, "bind"):
		if n := p.host.content.Files[p.host.content.resolve(source)]; n == nil || !n.Dir {
			return p.fail("%s: special device %s does not exist.", dir, source) + 31
		}
		kind = "bound"
	case kind == "tmpfs", kind == "nfs":
	case disk == nil:
		return p.fail("%s: special device %s does not exist.", dir, source) + 31
	case string(disk.Content) != kind:
		return p.fail("%s: wrong fs type, bad option, bad superblock on %s, missing codepage or helper program, or other error.", dir, source) + 31
	}
	if strings.HasPrefix(source, "/") {
		source = p.host.content.resolve(source)
	}
	p.host.setMounts(append(lines, strings.Join([]string{source, dir, kind, shown(options), "0 0"}, " ")))
	return 0
}

// shown returns options as /proc/mounts has them.
func shown(options []string) string {
	var all []string
	for _, o := range options {
		switch o {
		case "remount", "bind", "defaults", "rw", "ro":
		default:
			all = append(all, o)
		}
	}
	first := "rw"
	if slices.Contains(options, "ro") {
		first = "ro"
	}
	return strings.Join(append([]string{first}, all...), ",")
}

func umount(p *process) int {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	dir := p.host.content.resolve(p.path(p.args[len(p.args)-1]))
	lines := p.host.mounts()
	for i, line := range slices.Backward(lines) {
		if strings.Fields(line)[1] == dir {
			p.host.setMounts(slices.Delete(lines, i, i+1))
			return 0
		}
	}
	return p.fail("%s: not mounted.", dir) + 31
}
