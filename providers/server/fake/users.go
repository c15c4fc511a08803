package fake

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// userCommands keep users and groups in the files where a real host has them.
func userCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{
		"addgroup": busyboxAddgroup,
		"adduser":  busyboxAdduser,
		"chpasswd": chpasswd,
		"delgroup": busyboxDelgroup,
		"deluser":  busyboxDeluser,
		"getent":   getent,
		"groupadd": groupadd,
		"useradd":  useradd,
		"userdel":  userdel,
		"usermod":  usermod,
	}
}

// accounts are what a host has of users and groups at first.
func accounts() map[string]string {
	return map[string]string{
		"/etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"/etc/group":  "root:x:0:\ndaemon:x:1:\nadm:x:4:\nsudo:x:27:\nvideo:x:44:\nusers:x:100:\nnogroup:x:65534:\n",
		"/etc/shadow": "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\nnobody:*:20000:0:99999:7:::\n",
	}
}

// table returns the lines of a file whose fields are between colons. The host is locked.
func (h *Host) table(file string) [][]string {
	var lines [][]string
	if n := h.content.Files[file]; n != nil {
		for line := range strings.Lines(string(n.Content)) {
			lines = append(lines, strings.Split(strings.TrimSuffix(line, "\n"), ":"))
		}
	}
	return lines
}

// setTable writes them back. The host is locked.
func (h *Host) setTable(file string, lines [][]string) {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.Join(line, ":") + "\n")
	}
	if h.content.Files[file] == nil {
		h.content.Files[file] = &node{Mode: 0o644, Owner: "root", Group: "root"}
	}
	h.content.Files[file].Content = []byte(b.String())
}

// account returns the line with a name or number; nil when there is none. The host is locked.
func (h *Host) account(file, name string) []string {
	for _, line := range h.table(file) {
		if line[0] == name || line[2] == name {
			return line
		}
	}
	return nil
}

// number returns that of a user or group; a name that is not known is one. The
// host is locked.
func (h *Host) number(file, name string) string {
	if line := h.account(file, name); line != nil {
		return line[2]
	}
	return name
}

// free returns the next number that nobody has. The host is locked.
func (h *Host) free(file string, system bool) string {
	n := 1000
	if system {
		n = 999
	}
	for h.account(file, strconv.Itoa(n)) != nil {
		if n++; system {
			n -= 2
		}
	}
	return strconv.Itoa(n)
}

// getent passwd|group NAME
func getent(p *process) int {
	if len(p.args) == 3 && p.args[1] == "ahostsv4" {
		return ahosts(p)
	}
	if len(p.args) != 3 || (p.args[1] != "passwd" && p.args[1] != "group") {
		return p.fail("only a user, a group or a host is known here")
	}
	p.host.mu.Lock()
	line := p.host.account("/etc/"+p.args[1], p.args[2])
	p.host.mu.Unlock()
	if line == nil {
		return 2
	}
	return p.print([]byte(strings.Join(line, ":") + "\n"))
}

// options takes options apart: those of with have a value.
func (p *process) options(with string) (values map[string]string, rest []string) {
	values = map[string]string{}
	for i := 1; i < len(p.args); i++ {
		a := p.args[i]
		switch {
		case len(a) != 2 || a[0] != '-':
			rest = append(rest, a)
		case strings.Contains(with, a[1:]) && i+1 < len(p.args):
			i++
			values[a[1:]] = p.args[i]
		default:
			values[a[1:]] = ""
		}
	}
	return values, rest
}

// refuse fails with a status.
func (p *process) refuse(status int, format string, args ...any) int {
	p.fail(format, args...)
	return status
}

// groupadd [-r] [-g GID] NAME
func groupadd(p *process) int {
	o, rest := p.options("g")
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	_, system := o["r"]
	switch {
	case len(rest) != 1:
		return p.refuse(2, "usage: groupadd [options] GROUP")
	case p.host.account("/etc/group", rest[0]) != nil:
		return p.refuse(9, "group '%s' already exists", rest[0])
	case o["g"] != "" && p.host.account("/etc/group", o["g"]) != nil:
		return p.refuse(4, "GID '%s' already exists", o["g"])
	}
	p.host.addGroup(rest[0], o["g"], system)
	return 0
}

func (h *Host) addGroup(name, gid string, system bool) {
	if gid == "" {
		gid = h.free("/etc/group", system)
	}
	h.setTable("/etc/group", append(h.table("/etc/group"), []string{name, "x", gid, ""}))
}

func useradd(p *process) int {
	o, rest := p.options("cdgGsu")
	if len(rest) != 1 {
		return p.refuse(2, "usage: useradd [options] LOGIN")
	}
	name := rest[0]
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	_, system := o["r"]
	_, own := o["U"]
	switch {
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
		return p.refuse(3, "invalid user name '%s': use --badname to ignore", name)
	case p.host.account("/etc/passwd", name) != nil:
		return p.refuse(9, "user '%s' already exists", name)
	case own && p.host.account("/etc/group", name) != nil:
		return p.refuse(9, "group %s exists - if you want to add this user to that group, use -g.", name)
	}
	if status := p.checkUser(o); status != 0 {
		return status
	}
	if own {
		p.host.addGroup(name, "", system)
	}
	line := []string{name, "x", o["u"], p.host.number("/etc/group", orElse(o["g"], name)), o["c"], orElse(o["d"], "/home/"+name), orElse(o["s"], "/bin/sh")}
	if line[2] == "" {
		line[2] = p.host.free("/etc/passwd", system)
	}
	p.host.addUser(line)
	p.host.join(name, o["G"])
	if _, home := o["m"]; home {
		p.host.makeHome(line)
	}
	return 0
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

// checkUser refuses what useradd and usermod refuse. The host is locked.
func (p *process) checkUser(o map[string]string) int {
	if g, ok := o["g"]; ok && p.host.account("/etc/group", g) == nil {
		return p.refuse(6, "group '%s' does not exist", g)
	}
	for name := range strings.SplitSeq(o["G"], ",") {
		if name != "" && p.host.account("/etc/group", name) == nil {
			return p.refuse(6, "group '%s' does not exist", name)
		}
	}
	if other := p.host.account("/etc/passwd", o["u"]); o["u"] != "" && other != nil && !slices.Contains(p.args, other[0]) {
		return p.refuse(4, "UID %s is not unique", o["u"])
	}
	return 0
}

func (h *Host) addUser(line []string) {
	h.setTable("/etc/passwd", append(h.table("/etc/passwd"), line))
	h.setTable("/etc/shadow", append(h.table("/etc/shadow"), []string{line[0], "!", "20000", "0", "99999", "7", "", "", ""}))
}

func (h *Host) makeHome(line []string) {
	if h.content.Files[line[5]] != nil {
		return
	}
	h.content.mkdirAll(line[5])
	n := h.content.Files[line[5]]
	n.Mode, n.Owner, n.Group = 0o755, line[0], h.account("/etc/group", line[3])[0]
}

// join makes groups, between commas, the ones that a user is in. The host is locked.
func (h *Host) join(name, groups string) {
	wanted := strings.Split(groups, ",")
	lines := h.table("/etc/group")
	for _, line := range lines {
		members := slices.DeleteFunc(strings.Split(line[3], ","), func(m string) bool { return m == name || m == "" })
		if slices.Contains(wanted, line[0]) {
			members = append(members, name)
		}
		line[3] = strings.Join(members, ",")
	}
	h.setTable("/etc/group", lines)
}

func usermod(p *process) int {
	o, rest := p.options("cdgGsu")
	if len(rest) != 1 {
		return p.refuse(2, "usage: usermod [options] LOGIN")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	old := p.host.account("/etc/passwd", rest[0])
	if old == nil {
		return p.refuse(6, "user '%s' does not exist", rest[0])
	}
	if status := p.checkUser(o); status != 0 {
		return status
	}
	lines := p.host.table("/etc/passwd")
	for _, line := range lines {
		if line[0] != rest[0] {
			continue
		}
		for letter, field := range map[string]int{"u": 2, "c": 4, "d": 5, "s": 6} {
			if value, ok := o[letter]; ok {
				line[field] = value
			}
		}
		if g, ok := o["g"]; ok {
			line[3] = p.host.number("/etc/group", g)
		}
		if _, move := o["m"]; move && line[5] != old[5] {
			p.host.content.rename(old[5], line[5])
		}
	}
	p.host.setTable("/etc/passwd", lines)
	if groups, ok := o["G"]; ok {
		p.host.join(rest[0], groups)
	}
	return 0
}

// userdel [-r] NAME
func userdel(p *process) int {
	o, rest := p.options("")
	_, home := o["r"]
	return p.deleteUser(rest, home, 6)
}

func (p *process) deleteUser(rest []string, home bool, unknown int) int {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if len(rest) != 1 || p.host.account("/etc/passwd", rest[0]) == nil {
		return p.refuse(unknown, "user '%s' does not exist", strings.Join(rest, " "))
	}
	name := rest[0]
	if line := p.host.account("/etc/passwd", name); home {
		p.host.content.removeAll(path.Clean(line[5]))
	}
	p.host.join(name, "")
	for _, file := range []string{"/etc/passwd", "/etc/shadow"} {
		p.host.setTable(file, slices.DeleteFunc(p.host.table(file), func(line []string) bool { return line[0] == name }))
	}
	// Its own group goes when nobody else is in it.
	p.host.setTable("/etc/group", slices.DeleteFunc(p.host.table("/etc/group"), func(line []string) bool { return line[0] == name && line[3] == "" }))
	return 0
}

// chpasswd -e reads NAME:HASH.
func chpasswd(p *process) int {
	in, ok := p.input(nil)
	if !ok || !slices.Contains(p.args, "-e") {
		return p.fail("only -e is known here")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	lines := p.host.table("/etc/shadow")
	for entry := range strings.Lines(string(in)) {
		name, hash, _ := strings.Cut(strings.TrimSuffix(entry, "\n"), ":")
		i := slices.IndexFunc(lines, func(line []string) bool { return line[0] == name })
		if i < 0 {
			return p.fail("(user %s) pam_chauthtok() failed, error: User not known to the underlying authentication module", name)
		}
		lines[i][1] = hash
	}
	p.host.setTable("/etc/shadow", lines)
	return 0
}

// busyboxAdduser is adduser [-D] [-S] [-H] [-h HOME] [-g COMMENT] [-s SHELL] [-u UID] -G GROUP NAME.
func busyboxAdduser(p *process) int {
	o, rest := p.options("hgsuG")
	if len(rest) != 1 {
		return p.fail("usage: adduser [OPTIONS] USER [GROUP]")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	group := p.host.account("/etc/group", o["G"])
	switch {
	case p.host.account("/etc/passwd", rest[0]) != nil:
		return p.fail("user '%s' in use", rest[0])
	case group == nil:
		return p.fail("unknown group %s", o["G"])
	}
	_, system := o["S"]
	line := []string{rest[0], "x", o["u"], group[2], orElse(o["g"], "Linux User,,,"), orElse(o["h"], "/home/"+rest[0]), orElse(o["s"], "/bin/sh")}
	if line[2] == "" {
		line[2] = p.host.free("/etc/passwd", system)
	}
	p.host.addUser(line)
	if _, homeless := o["H"]; !homeless {
		p.host.makeHome(line)
	}
	return 0
}

// busyboxDeluser is deluser [--remove-home] NAME.
func busyboxDeluser(p *process) int {
	rest := p.args[1:]
	home := len(rest) > 0 && rest[0] == "--remove-home"
	if home {
		rest = rest[1:]
	}
	return p.deleteUser(rest, home, 1)
}

// busyboxAddgroup is addgroup [-g GID] [USER] GROUP.
func busyboxAddgroup(p *process) int {
	o, rest := p.options("g")
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	switch {
	case len(rest) == 1 && p.host.account("/etc/group", rest[0]) != nil:
		return p.fail("group '%s' in use", rest[0])
	case len(rest) == 1:
		p.host.addGroup(rest[0], o["g"], false)
		return 0
	case p.host.account("/etc/passwd", rest[0]) == nil:
		return p.fail("unknown user %s", rest[0])
	case p.host.account("/etc/group", rest[1]) == nil:
		return p.fail("unknown group %s", rest[1])
	}
	p.host.join(rest[0], strings.Join(append(p.host.groupsOf(rest[0]), rest[1]), ","))
	return 0
}

// busyboxDelgroup is delgroup USER GROUP.
func busyboxDelgroup(p *process) int {
	if len(p.args) != 3 {
		return p.fail("only USER GROUP is known here")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	p.host.join(p.args[1], strings.Join(slices.DeleteFunc(p.host.groupsOf(p.args[1]), func(g string) bool { return g == p.args[2] }), ","))
	return 0
}

// groupsOf returns the groups that name a user. The host is locked.
func (h *Host) groupsOf(name string) []string {
	var all []string
	for _, line := range h.table("/etc/group") {
		if slices.Contains(strings.Split(line[3], ","), name) {
			all = append(all, line[0])
		}
	}
	return all
}

// accountLines names the users and groups. The host is locked.
func (h *Host) accountLines() []string {
	var all []string
	for kind, file := range map[string]string{"user": "/etc/passwd", "group": "/etc/group"} {
		for _, line := range h.table(file) {
			all = append(all, fmt.Sprintf("%s %s", kind, line[0]))
		}
	}
	return all
}
