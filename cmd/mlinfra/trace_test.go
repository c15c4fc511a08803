package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// change is one thing that a program did to a file system: exactly one of its
// groups of fields is set.
type change struct {
	inode int // of write, cut and sync
	write []byte
	at    int64
	cut   bool // to the size at

	dir  string // of name, which leads to inode from now on; 0 for nowhere
	name string

	sync  bool // of inode, or of dir
	until int  // changes before this one are durable then

	mark string // was written into the file of marks
}

// trace is what programs did, one after the other, below a directory.
type trace struct {
	root    string
	marks   string // path of the file of marks
	changes []change

	next  int            // inode
	names map[string]int // by path
	fds   map[string]openFile
	begun map[string]pendingCall // by thread
}

// openFile is an open file.
type openFile struct {
	path  string
	inode int // 0 for what is not below root, and for directories
	at    int64
}

type pendingCall struct {
	text string
	from int // changes when the call began
}

// traced are the calls that change files, and those that name them.
const traced = "openat,open,creat,pwrite64,write,pwritev,writev,ftruncate,truncate,fallocate,fdatasync,fsync,sync,syncfs,msync," +
	"rename,renameat,renameat2,link,linkat,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,close,dup,dup2,dup3,lseek,copy_file_range,sendfile"

func newTrace(root, marks string) *trace {
	return &trace{root: root, marks: marks, names: map[string]int{}}
}

// strace returns the command line that records what a program does in file.
func strace(t *testing.T, file string, command ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed: what the program writes cannot be recorded")
	}
	if out, err := exec.Command("strace", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not be used here: %s", out)
	}
	return append([]string{"strace", "-f", "-q", "-y", "-xx", "-s", "4194304", "-e", "signal=none", "-e", "trace=" + traced, "-o", file}, command...)
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += +(-?\d+|\?)(.*)$`)
	begunLine   = regexp.MustCompile(`^(\d+) +(\w+\(.*?),? *<unfinished \.\.\.>$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
	hexByte     = regexp.MustCompile(`\\x[0-9a-f]{2}`)
)

// read adds what strace has written about one program.
func (tr *trace) read(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	tr.fds, tr.begun = map[string]openFile{}, map[string]pendingCall{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line, from := lines.Text(), len(tr.changes)
		if m := begunLine.FindStringSubmatch(line); m != nil {
			tr.begun[m[1]] = pendingCall{m[1] + " " + m[2], from}
			if number, ok := strings.CutPrefix(m[2], "close("); ok {
				n, _ := fd(number)
				delete(tr.fds, n) // another thread may get the number before this one returns
				delete(tr.begun, m[1])
			}
			continue
		}
		if m := resumedLine.FindStringSubmatch(line); m != nil {
			line, from = tr.begun[m[1]].text+m[3], tr.begun[m[1]].from
		}
		if m := callLine.FindStringSubmatch(line); m != nil && m[4] != "?" && !strings.HasPrefix(m[4], "-") {
			if err := tr.call(m[2], splitArgs(m[3]), m[4], from); err != nil {
				return fmt.Errorf("%.200s: %w", line, err)
			}
		}
	}
	return lines.Err()
}

// splitArgs splits arguments at the commas outside of quotes and brackets.
func splitArgs(text string) []string {
	var args []string
	quoted, deep, from := false, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted // with -xx, there are none inside
		case quoted:
		case c == '<' || c == '[' || c == '{':
			deep++
		case c == '>' || c == ']' || c == '}':
			deep--
		case c == ',' && deep == 0:
			args, from = append(args, strings.TrimSpace(text[from:i])), i+1
		}
	}
	return append(args, strings.TrimSpace(text[from:]))
}

// plain returns a text that strace has printed in hexadecimal.
func plain(text string) string {
	return hexByte.ReplaceAllStringFunc(strings.Trim(text, `"`), func(s string) string {
		n, _ := strconv.ParseUint(s[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}

// fd returns the number of a file, and the path that strace knows of it.
func fd(arg string) (string, string) {
	n, path, _ := strings.Cut(arg, "<")
	return n, strings.TrimSuffix(plain(strings.TrimSuffix(path, ">")), " (deleted)")
}

// pathOf returns the path of two arguments: a directory and a name in it.
func pathOf(dir, name string) string {
	_, base := fd(dir)
	if p := plain(name); filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(base, plain(name))
}

func (tr *trace) below(path string) bool { return strings.HasPrefix(path, tr.root+"/") }

// name lets a path lead to an inode; 0 for nowhere.
func (tr *trace) name(path string, inode int) {
	if inode == 0 {
		delete(tr.names, path)
	} else {
		tr.names[path] = inode
	}
	if tr.below(path) {
		tr.changes = append(tr.changes, change{dir: filepath.Dir(path), name: filepath.Base(path), inode: inode})
	}
}

// directory is the inode that all directories share.
const directory = -1

// call adds what one call did.
func (tr *trace) call(name string, args []string, result string, from int) error {
	n, _ := fd(args[0])
	switch f := tr.fds[n]; name {
	case "openat":
		return tr.openat(pathOf(args[0], args[1]), args[2], result)
	case "write":
		tr.write(f, plain(args[1]), f.at)
		f.at += number64(result)
		if f.path != "" {
			tr.fds[n] = f
		}
	case "pwrite64":
		tr.write(f, plain(args[1]), number64(args[3]))
	case "ftruncate":
		if f.inode != 0 {
			tr.changes = append(tr.changes, change{inode: f.inode, cut: true, at: number64(args[1])})
		}
	case "fsync", "fdatasync":
		if f.inode != 0 || tr.below(f.path+"/x") {
			tr.changes = append(tr.changes, change{sync: true, inode: f.inode, dir: f.path, until: from})
		}
	case "renameat", "renameat2":
		tr.rename(pathOf(args[0], args[1]), pathOf(args[2], args[3]))
	case "linkat":
		tr.name(pathOf(args[2], args[3]), tr.names[pathOf(args[0], args[1])])
	case "unlinkat":
		tr.name(pathOf(args[0], args[1]), 0)
	case "mkdirat":
		tr.name(pathOf(args[0], args[1]), directory)
	case "close":
		delete(tr.fds, n)
	case "lseek":
		f.at = number64(result)
		if f.path != "" {
			tr.fds[n] = f
		}
	default:
		if strings.Contains(strings.Join(args, " "), tr.root) {
			return fmt.Errorf("the recorder does not know the call %s", name)
		}
	}
	return nil
}

func number64(text string) int64 {
	n, _ := strconv.ParseInt(strings.Fields(text)[0], 10, 64)
	return n
}

func (tr *trace) rename(from, to string) {
	inode := tr.names[from]
	tr.name(to, inode)
	tr.name(from, 0)
}

// openat notes an open file, and makes it if the flags say so.
func (tr *trace) openat(path, flags, result string) error {
	n, _ := fd(result)
	f := openFile{path: path}
	if tr.below(path) && !strings.Contains(flags, "O_DIRECTORY") {
		if tr.names[path] == 0 && strings.Contains(flags, "O_CREAT") {
			tr.next++
			tr.name(path, tr.next)
		}
		if f.inode = tr.names[path]; f.inode == directory {
			f.inode = 0
		}
		if f.inode != 0 && strings.Contains(flags, "O_TRUNC") {
			tr.changes = append(tr.changes, change{inode: f.inode, cut: true})
		}
		if f.inode != 0 && strings.Contains(flags, "O_APPEND") {
			return fmt.Errorf("the recorder does not know O_APPEND")
		}
	}
	tr.fds[n] = f
	return nil
}

func (tr *trace) write(f openFile, text string, at int64) {
	switch {
	case f.path == tr.marks:
		tr.changes = append(tr.changes, change{mark: text})
	case f.inode != 0:
		tr.changes = append(tr.changes, change{inode: f.inode, write: []byte(text), at: at})
	}
}
