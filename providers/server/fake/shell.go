package fake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// process is one command that runs on a host.
type process struct {
	host     *Host
	user     string
	args     []string
	in       io.Reader
	out, err io.Writer
	dir      string
	env      expand.Environ
	pid      int
}

// login returns the process that a session begins with.
func (h *Host) login(user string, in io.Reader, out, errs io.Writer) *process {
	env := expand.ListEnviron("PATH=/usr/bin:/usr/sbin", "HOME=/root", "USER="+user)
	return &process{host: h, user: user, in: in, out: out, err: errs, dir: "/root", env: env, pid: h.newPID()}
}

func (h *Host) newPID() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.next
}

// fail prints why a command has failed, and returns its status.
func (p *process) fail(format string, args ...any) int {
	fmt.Fprintf(p.err, "%s: %s\n", p.args[0], fmt.Sprintf(format, args...))
	return 1
}

// path returns the absolute path of a file that an argument names.
func (p *process) path(name string) string {
	if !path.IsAbs(name) {
		name = path.Join(p.dir, name)
	}
	return path.Clean(name)
}

// sh runs a script of the shell, called by the first of params with the others,
// and returns its status.
func (p *process) sh(script string, params ...string) int {
	params = append(params, "sh")[:max(len(params), 1)]
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), params[0])
	if err != nil {
		fmt.Fprintf(p.err, "sh: %v\n", err)
		return 2
	}
	p.host.start(p.pid)
	defer p.host.end(p.pid)
	runner, err := interp.New(
		interp.StdIO(p.in, p.out, p.err), interp.Env(p.ownPID(parsed)), interp.Params(append([]string{"--"}, params[1:]...)...),
		interp.CallHandler(p.builtin),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return p.exec }),
		interp.OpenHandler(func(ctx context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
			return p.host.open(name, flag, umaskOf(interp.HandlerCtx(ctx).Env))
		}),
		interp.StatHandler(func(_ context.Context, name string, follow bool) (fs.FileInfo, error) {
			return p.host.stat(name, follow)
		}),
		interp.AccessHandler(func(_ context.Context, name string, mode interp.AccessMode) error { return p.access(name, mode) }),
		interp.ReadDirHandler2(func(_ context.Context, dir string) ([]fs.DirEntry, error) { return p.host.readDir(dir) }),
	)
	if err != nil {
		fmt.Fprintf(p.err, "sh: %v\n", err)
		return 2
	}
	runner.Dir = p.dir
	err = runner.Run(context.Background(), parsed)
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(p.err, "sh: %v\n", err)
	return 2
}

func (p *process) access(name string, mode interp.AccessMode) error {
	i, err := p.host.stat(name, true)
	if err != nil {
		return err
	}
	if mode == interp.AccessExec && i.Mode()&0o111 == 0 {
		return fs.ErrPermission
	}
	return nil
}

func (h *Host) readDir(dir string) ([]fs.DirEntry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	dir = h.content.resolve(dir)
	if n := h.content.Files[dir]; n == nil || !n.Dir {
		return nil, &os.PathError{Op: "readdir", Path: dir, Err: fs.ErrNotExist}
	}
	var all []fs.DirEntry
	for _, name := range h.content.children(dir) {
		all = append(all, fs.FileInfoToDirEntry(info{name, h.content.Files[path.Join(dir, name)]}))
	}
	return all, nil
}

// umaskName is the variable in which a shell keeps its umask, so that each subshell
// has its own.
const umaskName = "MLINFRA_FAKE_UMASK"

func umaskOf(env expand.Environ) fs.FileMode {
	mode, err := strconv.ParseUint(env.Get(umaskName).String(), 8, 32)
	if err != nil {
		mode = 0o022
	}
	return fs.FileMode(mode)
}

// builtin stands in for what the interpreter leaves to a real shell.
func (p *process) builtin(ctx context.Context, args []string) ([]string, error) {
	switch args[0] {
	case "return":
		if len(args) == 1 { // that of the interpreter succeeds always
			args = append(args, strconv.Itoa(interp.HandlerCtx(ctx).LastExitStatus))
		}
		return args, nil
	case "umask":
		if len(args) != 2 || strings.Trim(args[1], "01234567") != "" {
			return []string{"false"}, nil
		}
		return []string{"eval", "export " + umaskName + "=" + args[1]}, nil
	case "command":
		if len(args) == 3 && args[1] == "-v" { // that of the interpreter looks at this machine
			return []string{"fake-which", args[2]}, nil
		}
		return args, nil
	case "trap":
		return []string{"true"}, nil // sessions of the fake are not hung up
	case "kill":
		return append([]string{"fake-kill"}, args[1:]...), nil
	}
	return args, nil
}

// pidName is the variable that stands for $$, which the interpreter takes for the
// number of this very process: the shells of the hosts have their own.
const pidName = "MLINFRA_FAKE_PID"

func (p *process) ownPID(script *syntax.File) expand.Environ {
	syntax.Walk(script, func(n syntax.Node) bool {
		if e, ok := n.(*syntax.ParamExp); ok && e.Param != nil && e.Param.Value == "$" {
			e.Param.Value = pidName
		}
		return true
	})
	all := []string{pidName + "=" + strconv.Itoa(p.pid)}
	for name, v := range p.env.Each {
		if v.Exported && name != pidName {
			all = append(all, name+"="+v.String())
		}
	}
	return expand.ListEnviron(all...)
}

// exec runs a command of the host.
func (p *process) exec(ctx context.Context, args []string) error {
	hc := interp.HandlerCtx(ctx)
	child := &process{host: p.host, user: p.user, args: args, in: hc.Stdin, out: hc.Stdout, err: hc.Stderr, dir: hc.Dir, env: hc.Env, pid: p.pid}
	if child.in == nil {
		child.in = bytes.NewReader(nil)
	}
	status := child.command(args)
	if status == 0 {
		return nil
	}
	return interp.ExitStatus(uint8(status)) //nolint:gosec // statuses are small
}

// command runs what args name.
func (p *process) command(args []string) int {
	p.args = args
	name := args[0]
	if strings.Contains(name, "/") {
		return p.program(p.path(name), args)
	}
	run := commands[name]
	if _, err := p.host.stat("/usr/bin/"+name, true); run == nil || err != nil {
		fmt.Fprintf(p.err, "sh: %s: not found\n", name)
		return 127
	}
	return p.call(run)
}

// call runs a command. What it prints goes out when it is done: a command may have
// locked the host, and what is written to a file of the host locks it, too.
func (p *process) call(run func(*process) int) int {
	p.host.mu.Lock()
	p.host.runs[path.Base(p.args[0])]++
	p.host.mu.Unlock()
	switch path.Base(p.args[0]) {
	case "bash", "flock", "setsid", "sh", "sudo":
		return run(p) // runs others
	}
	var said said
	out, errs := p.out, p.err
	p.out, p.err = &voice{&said, out}, &voice{&said, errs}
	status := run(p)
	p.out, p.err = out, errs
	for _, s := range said {
		if _, err := s.to.Write(s.text); err != nil {
			return 1
		}
	}
	return status
}

// said is what a command has printed, in order.
type said []struct {
	to   io.Writer
	text []byte
}

// voice keeps what is written to one of the outputs of a command.
type voice struct {
	said *said
	to   io.Writer
}

// Write keeps p.
func (v *voice) Write(p []byte) (int, error) {
	*v.said = append(*v.said, struct {
		to   io.Writer
		text []byte
	}{v.to, bytes.Clone(p)})
	return len(p), nil
}

// program runs a file: one of the commands by its path, or a script.
func (p *process) program(file string, args []string) int {
	dir, base := path.Split(file)
	if run := commands[base]; run != nil && (dir == "/usr/bin/" || dir == "/bin/" || dir == "/usr/sbin/" || dir == "/sbin/") {
		return p.call(run)
	}
	text, ok := p.host.ReadFile(file)
	if !ok {
		fmt.Fprintf(p.err, "sh: %s: not found\n", file)
		return 127
	}
	return p.sh(text, args...)
}
