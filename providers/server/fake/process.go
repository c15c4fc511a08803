package fake

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"mvdan.cc/sh/v3/interp"
)

func processCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{
		"date":       func(p *process) int { fmt.Fprintln(p.out, time.Now().Unix()); return 0 },
		"echo":       func(p *process) int { return p.print([]byte(strings.Join(p.args[1:], " ") + "\n")) },
		"fake-kill":  kill,
		"fake-which": which,
		"flock":      flock,
		"hostname": func(p *process) int {
			text, _ := p.host.ReadFile("/etc/hostname")
			_, _ = io.WriteString(p.out, text)
			return 0
		},
		"nproc":  func(p *process) int { fmt.Fprintln(p.out, 2); return 0 },
		"setsid": setsid,
		"sh":     shCommand, "bash": shCommand,
		"sleep": sleep,
		"sudo":  sudo,
		"sync":  func(*process) int { return 0 },
		"true":  func(*process) int { return 0 },
		"false": func(*process) int { return 1 },
		"uname": uname,
		"systemd-run": func(p *process) int {
			return p.fail("Failed to start transient service unit: Interactive authentication required.")
		},
	}
}

// start and end note a shell that runs.
func (h *Host) start(pid int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alive[pid]++
}

func (h *Host) end(pid int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alive[pid]--
}

// kill knows -0, which asks whether a process is there.
func kill(p *process) int {
	if len(p.args) != 3 || p.args[1] != "-0" {
		return p.fail("only -0 is known here")
	}
	pid, _ := strconv.Atoi(p.args[2])
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if p.host.alive[pid] == 0 {
		return 1
	}
	return 0
}

// which prints where a command is.
func which(p *process) int {
	name := p.args[1]
	for dir := range strings.SplitSeq(p.env.Get("PATH").String(), ":") {
		if _, err := p.host.stat(dir+"/"+name, true); err == nil {
			fmt.Fprintln(p.out, dir+"/"+name)
			return 0
		}
	}
	if interp.IsBuiltin(name) {
		fmt.Fprintln(p.out, name)
		return 0
	}
	return 1
}

// flock FILE COMMAND..., with or without -o and -n.
func flock(p *process) int {
	args, try := p.args[1:], false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		try = try || args[0] == "-n"
		args = args[1:]
	}
	if len(args) < 2 {
		return p.fail("requires a file and a command")
	}
	p.host.mu.Lock()
	lock := p.host.locks[args[0]]
	if lock == nil {
		lock = &sync.Mutex{}
		p.host.locks[args[0]] = lock
	}
	p.host.mu.Unlock()
	if !try {
		lock.Lock()
	} else if !lock.TryLock() {
		return 1
	}
	defer lock.Unlock()
	return p.command(args[1:])
}

// setsid runs a command; that it outlives its session is for who has put it into
// the background to wait for.
func setsid(p *process) int {
	if len(p.args) < 2 {
		return p.fail("no command specified")
	}
	p.pid = p.host.newPID()
	return p.command(p.args[1:])
}

// shCommand is sh: -s, -c TEXT, or a file.
func shCommand(p *process) int {
	args := p.args[1:]
	switch {
	case len(args) == 0 || args[0] == "-s":
		text, err := io.ReadAll(p.in)
		if err != nil {
			return p.fail("%v", err)
		}
		p.in = strings.NewReader("")
		return p.sh(string(text), append([]string{"sh"}, args[min(1, len(args)):]...)...)
	case args[0] == "-c" && len(args) > 1:
		return p.sh(args[1], args[2:]...)
	}
	text, ok := p.host.ReadFile(p.path(args[0]))
	if !ok {
		fmt.Fprintf(p.err, "sh: 0: cannot open %s: No such file\n", args[0])
		return 2
	}
	return p.sh(text, args...)
}

func sleep(p *process) int {
	if len(p.args) < 2 {
		return p.fail("missing operand")
	}
	seconds, err := strconv.ParseFloat(p.args[1], 64)
	if err != nil {
		return p.fail("invalid time interval %q", p.args[1])
	}
	// What commands here are waited for is there at once.
	time.Sleep(min(time.Duration(seconds*float64(time.Second)), 20*time.Millisecond))
	return 0
}

// sudo -n -- COMMAND...
func sudo(p *process) int {
	args, try := p.args[1:], false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		try = try || args[0] == "-n"
		args = args[1:]
	}
	if p.host.Rootless {
		fmt.Fprintln(p.err, "sudo: a password is required")
		return 1
	}
	return p.command(args)
}

func uname(p *process) int {
	system := p.host.System
	if system == "" {
		system = "Linux"
	}
	for _, a := range p.args[1:] {
		switch a {
		case "-s":
			fmt.Fprintln(p.out, system)
		case "-r":
			fmt.Fprintln(p.out, "6.1.0-28-amd64")
		case "-m":
			fmt.Fprintln(p.out, "x86_64")
		}
	}
	return 0
}
