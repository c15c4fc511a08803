package fake

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
)

// knobs is where the variables of the kernel are.
const knobs = "/proc/sys/"

// addKnobs gives a host the variables that a kernel has without further modules.
func (c *content) addKnobs() {
	for key, value := range map[string]string{
		"fs/file-max":                     "9223372036854775807",
		"fs/inotify/max_user_watches":     "524288",
		"kernel/core_pattern":             "core",
		"kernel/pid_max":                  "4194304",
		"net/core/rmem_max":               "212992",
		"net/core/somaxconn":              "4096",
		"net/core/wmem_max":               "212992",
		"net/ipv4/conf/all/rp_filter":     "2",
		"net/ipv4/conf/eth0.5/forwarding": "0",
		"net/ipv4/ip_forward":             "0",
		"net/ipv4/tcp_rmem":               "4096\t131072\t6291456",
		"net/ipv4/tcp_wmem":               "4096\t16384\t4194304",
		"net/ipv6/conf/all/forwarding":    "0",
		"vm/max_map_count":                "65530",
		"vm/overcommit_memory":            "0",
		"vm/swappiness":                   "60",
	} {
		dir := key[:strings.LastIndex(key, "/")]
		c.mkdirAll(knobs + dir)
		c.Files[knobs+key] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(value + "\n")}
	}
}

// knob is a variable of the kernel that is open for writing: each write sets it.
type knob struct {
	h *Host
	n *node
}

// Read fails: it was not opened for that.
func (*knob) Read([]byte) (int, error) { return 0, errors.New("not open for reading") }

// Write sets the variable. One that is numbers takes as many numbers.
func (k *knob) Write(p []byte) (int, error) {
	k.h.mu.Lock()
	defer k.h.mu.Unlock()
	was, now := strings.Fields(string(k.n.Content)), strings.Fields(string(p))
	if _, err := strconv.ParseUint(was[0], 10, 64); err == nil {
		if len(now) != len(was) {
			return 0, syscall.EINVAL
		}
		for _, word := range now {
			if _, err := strconv.ParseUint(word, 10, 63); err != nil {
				return 0, syscall.EINVAL
			}
		}
		p = []byte(strings.Join(now, "\t") + "\n")
	}
	k.n.Content = append([]byte(nil), p...)
	return len(p), nil
}

// Close does nothing: all is set.
func (*knob) Close() error { return nil }
