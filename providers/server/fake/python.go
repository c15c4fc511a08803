package fake

import (
	"fmt"
	"path"
	"strings"
)

func pythonCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{
		"cloud-init": func(p *process) int { fmt.Fprintln(p.out, "status: done"); return 0 },
		"fake-pip":   pip,
		"python3":    python,
	}
}

// python knows -m venv DIRECTORY, which makes a pip there.
func python(p *process) int {
	if len(p.args) != 4 || p.args[1] != "-m" || p.args[2] != "venv" {
		return p.says(1, "python3: only -m venv is known here")
	}
	bin := path.Join(p.path(p.args[3]), "bin")
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	p.host.content.mkdirAll(bin)
	p.host.content.Files[bin+"/pip"] = script("fake-pip " + bin + ` "$@"`)
	p.host.content.Files[bin+"/python3"] = script(`python3 "$@"`)
	return 0
}

func script(text string) *node {
	return &node{Mode: 0o755, Owner: "root", Group: "root", Content: []byte("#!/bin/sh\n" + text + "\n")}
}

// pip is pip of the virtual environment whose directory of programs comes first: a
// package brings a program with its name.
func pip(p *process) int {
	if len(p.args) < 4 || p.args[2] != "install" {
		return p.says(1, "ERROR: unknown command")
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, a := range p.args[3:] {
		if strings.HasPrefix(a, "-") {
			continue
		}
		name, version, pinned := strings.Cut(a, "==")
		if pinned && version == "" {
			return p.says(1, "ERROR: Invalid requirement: '%s'", a)
		}
		p.host.content.Files[p.args[1]+"/"+name] = script("echo " + name + " " + version)
	}
	return 0
}
