package fake

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

func fileCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{
		"basename": func(p *process) int { fmt.Fprintln(p.out, path.Base(p.args[1])); return 0 },
		"chmod":    chmod,
		"chown":    chown,
		"cp":       cp,
		"df":       df,
		"dirname":  func(p *process) int { fmt.Fprintln(p.out, path.Dir(p.args[1])); return 0 },
		"find":     find,
		"ln":       ln,
		"ls":       ls,
		"mkdir":    mkdir,
		"mktemp":   mktemp,
		"mv":       mv,
		"readlink": readlink,
		"rm":       rm,
		"rmdir":    rmdir,
		"stat":     stat,
		"touch":    touch,
	}
}

// operands takes args apart: one-letter options, and the rest.
func (p *process) operands() (options string, rest []string) {
	for i, a := range p.args[1:] {
		switch {
		case a == "--":
			return options, append(rest, p.args[i+2:]...)
		case strings.HasPrefix(a, "-") && len(a) > 1:
			options += a[1:]
		default:
			rest = append(rest, a)
		}
	}
	return options, rest
}

const noSuchFile = "cannot access '%s': No such file or directory"

// chmod MODE FILE...
func chmod(p *process) int {
	_, args := p.operands()
	mode, err := strconv.ParseUint(args[0], 8, 32)
	if err != nil {
		return p.fail("invalid mode: '%s'", args[0])
	}
	return p.eachNode(args[1:], func(n *node) { n.Mode = fs.FileMode(mode) })
}

// chown [-R] OWNER[:GROUP] FILE...
func chown(p *process) int {
	options, args := p.operands()
	owner, group, both := strings.Cut(args[0], ":")
	for _, check := range []struct{ file, name, what string }{{"/etc/passwd", owner, "user"}, {"/etc/group", group, "group"}} {
		if check.name != "" && strings.Trim(check.name, "0123456789") != "" && !p.host.knows(check.file, check.name) {
			return p.fail("invalid %s: '%s'", check.what, args[0])
		}
	}
	p.host.mu.Lock()
	owner, group = p.host.named("/etc/passwd", owner), p.host.named("/etc/group", group)
	files := args[1:]
	for f := range p.host.content.Files {
		if strings.Contains(options, "R") && slices.ContainsFunc(args[1:], func(dir string) bool { return strings.HasPrefix(f, p.path(dir)+"/") }) {
			files = append(files, f)
		}
	}
	p.host.mu.Unlock()
	return p.eachNode(files, func(n *node) {
		if n.Owner = owner; both && group != "" {
			n.Group = group
		}
	})
}

// knows reports whether a line of a file such as /etc/passwd is about name. Root
// is known without one.
func (h *Host) knows(file, name string) bool {
	text, _ := h.ReadFile(file)
	return name == "root" || strings.Contains("\n"+text, "\n"+name+":")
}

func (p *process) eachNode(files []string, f func(*node)) int {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range files {
		n := p.host.content.Files[p.host.content.resolve(p.path(name))]
		if n == nil {
			return p.fail(noSuchFile, name)
		}
		f(n)
	}
	return 0
}

// named returns the name that goes with a number, which stays without one. The
// host is locked.
func (h *Host) named(file, name string) string {
	if line := h.account(file, name); line != nil {
		return line[0]
	}
	return name
}

// cp [-R] [-P] FILE FILE
func cp(p *process) int {
	options, args := p.operands()
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	from, to := p.path(args[0]), p.path(args[1])
	if !strings.Contains(options, "P") {
		from = p.host.content.resolve(from)
	}
	n := p.host.content.Files[from]
	if n == nil {
		return p.fail(noSuchFile, args[0])
	}
	if n.Dir && !strings.ContainsAny(options, "rRa") {
		return p.fail("-r not specified; omitting directory '%s'", args[0])
	}
	for f, n := range maps.Clone(p.host.content.Files) {
		if f == from || strings.HasPrefix(f, from+"/") {
			copied := *n
			p.host.content.Files[to+strings.TrimPrefix(f, from)] = &copied
		}
	}
	return 0
}

// df -P shows one disk.
func df(p *process) int {
	used := 10
	if p.host.Full {
		used = 100
	}
	fmt.Fprintf(p.out, "Filesystem     1024-blocks      Used Available Capacity Mounted on\n/dev/sda1        100000000  %d000000  %d000000      %d%% /\n", used, 100-used, used)
	return 0
}

// find FILE... [-mindepth N] [-maxdepth N] [-type f|d] [-name PATTERN] prints what
// is there. Everything is new here: -mmin -N holds, and -mtime +N never does.
func find(p *process) int {
	i := slices.IndexFunc(p.args, func(a string) bool { return strings.HasPrefix(a, "-") })
	if i < 0 {
		i = len(p.args)
	}
	tests := p.args[i:]
	if slices.Contains(tests, "-mtime") {
		return 0
	}
	value := func(name, other string) string {
		if i := slices.Index(tests, name); i >= 0 && i+1 < len(tests) {
			return tests[i+1]
		}
		return other
	}
	least, _ := strconv.Atoi(value("-mindepth", "0"))
	most, _ := strconv.Atoi(value("-maxdepth", "1000"))
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	status := 0
	for _, top := range p.args[1:i] {
		if p.host.content.Files[p.path(top)] == nil {
			status = p.fail("'%s': No such file or directory", top)
		}
		for _, f := range slices.Sorted(maps.Keys(p.host.content.Files)) {
			rest, below := strings.CutPrefix(f, p.path(top)+"/")
			depth := strings.Count(rest, "/") + 1
			if f == p.path(top) {
				below, depth = true, 0
			}
			kind := "f"
			if p.host.content.Files[f].Dir {
				kind = "d"
			}
			named, _ := path.Match(value("-name", "*"), path.Base(f))
			if below && named && depth >= least && depth <= most && kind == value("-type", kind) {
				fmt.Fprintln(p.out, top+strings.TrimPrefix(f, p.path(top)))
			}
		}
	}
	return status
}

// ln -s TARGET FILE
func ln(p *process) int {
	options, args := p.operands()
	if !strings.Contains(options, "s") {
		return p.fail("hard links are not made here")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	to := p.path(args[1])
	if p.host.content.Files[to] != nil && !strings.Contains(options, "f") {
		return p.fail("failed to create symbolic link '%s': File exists", args[1])
	}
	p.host.content.Files[to] = &node{Mode: 0o777, Owner: "root", Group: "root", Link: args[0]}
	return 0
}

func ls(p *process) int {
	options, args := p.operands()
	if len(args) == 0 {
		args = []string{p.dir}
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range args {
		dir := p.host.content.resolve(p.path(name))
		switch n := p.host.content.Files[dir]; {
		case n == nil:
			return p.fail(noSuchFile, name)
		case !n.Dir:
			fmt.Fprintln(p.out, name)
			continue
		}
		for _, child := range p.host.content.children(dir) {
			if !strings.HasPrefix(child, ".") || strings.ContainsAny(options, "aA") {
				fmt.Fprintln(p.out, child)
			}
		}
	}
	return 0
}

func mkdir(p *process) int {
	options, args := p.operands()
	if strings.Contains(options, "m") {
		args = args[1:]
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range args {
		dir := p.path(name)
		parents := strings.Contains(options, "p")
		switch n, parent := p.host.content.Files[dir], p.host.content.Files[path.Dir(dir)]; {
		case n != nil && (!parents || !n.Dir):
			return p.fail("cannot create directory '%s': File exists", name)
		case n != nil:
		case p.host.Full:
			return p.fail("cannot create directory '%s': No space left on device", name)
		case parent == nil && !parents:
			return p.fail("cannot create directory '%s': No such file or directory", name)
		default:
			p.host.content.mkdirAll(dir)
			p.host.content.Files[dir].Mode = 0o777 &^ umaskOf(p.env)
		}
	}
	return 0
}

// mktemp [-d] TEMPLATE
func mktemp(p *process) int {
	options, args := p.operands()
	name := "/tmp/tmp.XXXXXX"
	if len(args) > 0 {
		name = args[0]
	}
	name = strings.TrimRight(p.path(name), "X") + rand.Text()[:6]
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if p.host.content.Files[path.Dir(name)] == nil {
		return p.fail("failed to create file via template '%s': No such file or directory", name)
	}
	n := &node{Mode: 0o600, Owner: "root", Group: "root"}
	if strings.Contains(options, "d") {
		n.Mode, n.Dir = 0o700, true
	}
	p.host.content.Files[name] = n
	fmt.Fprintln(p.out, name)
	return 0
}

// mv [-f] FILE... TO
func mv(p *process) int {
	_, args := p.operands()
	if len(args) < 2 {
		return p.fail("missing file operand")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	to := p.path(args[len(args)-1])
	for _, name := range args[:len(args)-1] {
		from := p.path(name)
		if p.host.content.Files[from] == nil {
			return p.fail("cannot stat '%s': No such file or directory", name)
		}
		target := to
		if n := p.host.content.Files[to]; n != nil && n.Dir {
			target = path.Join(to, path.Base(from))
		}
		if p.host.content.Files[path.Dir(target)] == nil {
			return p.fail("cannot move '%s' to '%s': No such file or directory", name, target)
		}
		p.host.content.rename(from, target)
	}
	return 0
}

func readlink(p *process) int {
	options, args := p.operands()
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	name := p.path(args[0])
	n := p.host.content.Files[name]
	switch {
	case strings.Contains(options, "f"):
		fmt.Fprintln(p.out, p.host.content.resolve(name))
	case n == nil || n.Link == "":
		return 1
	default:
		fmt.Fprintln(p.out, n.Link)
	}
	return 0
}

// rm [-r] [-f] FILE...
func rm(p *process) int {
	options, args := p.operands()
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range args {
		file := p.path(name)
		switch n := p.host.content.Files[file]; {
		case n == nil && !strings.Contains(options, "f"):
			return p.fail("cannot remove '%s': No such file or directory", name)
		case n == nil:
		case n.Dir && !strings.ContainsAny(options, "rR"):
			return p.fail("cannot remove '%s': Is a directory", name)
		default:
			p.host.content.removeAll(file)
		}
	}
	return 0
}

func rmdir(p *process) int {
	_, args := p.operands()
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range args {
		dir := p.path(name)
		n := p.host.content.Files[dir]
		switch {
		case n == nil || !n.Dir:
			return p.fail("failed to remove '%s': No such directory", name)
		case len(p.host.content.children(dir)) > 0:
			return p.fail("failed to remove '%s': Directory not empty", name)
		}
		delete(p.host.content.Files, dir)
	}
	return 0
}

// stat -c FORMAT FILE... knows %a %U %G %u %g %s %F %n %d %i.
func stat(p *process) int {
	args := p.args[1:]
	format := "%n"
	if i := slices.Index(args, "-c"); i >= 0 && len(args) > i+1 {
		format = args[i+1]
		args = slices.Delete(slices.Clone(args), i, i+2)
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range args {
		if name == "--" {
			continue
		}
		n := p.host.content.Files[p.path(name)]
		if n == nil {
			return p.fail(noSuchFile, name)
		}
		kind := "regular file"
		switch {
		case n.Dir:
			kind = "directory"
		case n.Link != "":
			kind = "symbolic link"
		}
		fmt.Fprintln(p.out, strings.NewReplacer("%a", strconv.FormatUint(uint64(n.Mode.Perm())|uint64(n.Mode)&0o7000, 8), "%U", unknown(n.Owner), "%G", unknown(n.Group),
			"%u", p.host.number("/etc/passwd", n.Owner), "%g", p.host.number("/etc/group", n.Group), "%s", strconv.Itoa(len(n.Content)), "%F", kind, "%n", name, "%d", "1", "%i", p.host.inode(p.path(name))).Replace(format))
	}
	return 0
}

// unknown returns what stat calls an owner that has a number only.
func unknown(name string) string {
	if strings.Trim(name, "0123456789") == "" {
		return "UNKNOWN"
	}
	return name
}

func touch(p *process) int {
	_, args := p.operands()
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range args {
		file := p.path(name)
		if p.host.content.Files[path.Dir(file)] == nil {
			return p.fail("cannot touch '%s': No such file or directory", name)
		}
		if p.host.content.Files[file] == nil {
			p.host.content.Files[file] = &node{Mode: 0o666 &^ umaskOf(p.env), Owner: "root", Group: "root"}
		}
	}
	return 0
}
