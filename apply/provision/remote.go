package provision

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

// remoteExec runs commands on a host.
type remoteExec struct {
	Inline  []string `cty:"inline"  is:"optional" doc:"Commands, joined into one script; its last one decides, unless set -e is first."`
	Script  string   `cty:"script"  is:"optional" doc:"Path here of a script to run there."`
	Scripts []string `cty:"scripts" is:"optional" doc:"Paths here of scripts to run there, one after the other."`
}

func checkRemote(config cty.Value) error {
	if err := oneOf(config, "inline", "script", "scripts"); err != nil {
		return err
	}
	for _, name := range []string{"inline", "script", "scripts"} {
		if attr(config, name).IsNull() {
			continue
		}
		if err := notEmpty(config, name); err != nil {
			return err
		}
	}
	return nil
}

// script is one to run on a host.
type script struct {
	name string // for errors
	text []byte
}

func runRemote(ctx context.Context, j Job) error {
	var x remoteExec
	if err := providers.Decode(j.Config, &x); err != nil {
		return fmt.Errorf("remote-exec: %w", err)
	}
	c, err := connectionOf(j)
	if err != nil {
		return err
	}
	scripts, err := x.scripts()
	if err != nil {
		return err
	}
	c.announce(j)
	h, err := dial(ctx, c, j, j.Output)
	if err != nil {
		return err
	}
	defer h.Close()
	j.Output("Connected!")
	for _, s := range scripts {
		if err := h.runScript(ctx, c.scriptPath(), s, j.Output); err != nil {
			return interrupted(ctx, err)
		}
	}
	return nil
}

// scripts reads what x runs, before there is a connection: a missing file is
// told at once.
func (x remoteExec) scripts() ([]script, error) {
	if x.Inline != nil {
		return []script{{"inline", withShebang([]byte(strings.Join(x.Inline, "\n") + "\n"))}}, nil
	}
	paths := x.Scripts
	if x.Script != "" {
		paths = []string{x.Script}
	}
	var all []script
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("remote-exec: script: %w", err)
		}
		all = append(all, script{path, withShebang(text)})
	}
	return all, nil
}

func withShebang(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("#!")) {
		return text
	}
	return append([]byte("#!/bin/sh\n"), text...)
}

// scriptPath returns a path for a script on the host. The number is random
// enough that nobody there can have prepared the path.
func (c connection) scriptPath() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ReplaceAll(c.ScriptPath, "%RAND%", strconv.FormatUint(binary.BigEndian.Uint64(b[:]), 10))
}

// announce tells what connection is made, in Terraform's words.
func (c connection) announce(j Job) {
	withAgent := c.Agent != nil && *c.Agent || c.Agent == nil && lookup(j.Environ, "SSH_AUTH_SOCK") != ""
	tell := func(host, hostKey string, l remote.Login) {
		j.Output("  Host: " + host)
		j.Output("  User: " + l.User)
		j.Output(fmt.Sprintf("  Password: %t", l.Password != ""))
		j.Output(fmt.Sprintf("  Private key: %t", l.PrivateKey != ""))
		j.Output(fmt.Sprintf("  Certificate: %t", l.Certificate != ""))
		j.Output(fmt.Sprintf("  SSH Agent: %t", withAgent))
		j.Output(fmt.Sprintf("  Checking Host Key: %t", hostKey != ""))
	}
	j.Output("Connecting to remote host via SSH...")
	tell(c.Host, c.HostKey, c.host())
	j.Output("  Target Platform: unix")
	if c.BastionHost != "" {
		j.Output("Using configured bastion host...")
		tell(c.BastionHost, c.BastionHostKey, c.bastion())
	}
	if c.ProxyHost != "" {
		j.Output("Using configured proxy host...")
		j.Output("  ProxyHost: " + remote.Address(c.ProxyHost, c.ProxyPort))
	}
}

// cleaning runs the script that is its argument and removes it, also when the
// terminal hangs up because the connection was lost. Terraform leaves an empty
// file, or the script after a failure.
const cleaning = `trap "rm -f \"\$1\"" EXIT; trap "exit 129" HUP INT TERM; "$1"`

// runScript puts s at path on the host, runs it and removes it.
func (h *host) runScript(ctx context.Context, path string, s script, output func(string)) error {
	to := h.files()
	err := to.put(path, 0o700, bytes.NewReader(s.text))
	to.close()
	if err != nil {
		return fmt.Errorf("remote-exec: put the script at %s on %s, where script_path says: %w", path, h, err)
	}
	out := newLines(output)
	other := out.beside()
	err = h.terminal(remote.Shell("/bin/sh", "-c", cleaning, "sh", path), out, other)
	out.Flush()
	other.Flush()
	var lost *ssh.ExitMissingError
	switch {
	case errors.As(err, &lost):
		return fmt.Errorf("remote-exec: the connection to %s was lost while script %s ran: does it restart the host or its network?", h, s.name)
	case err != nil:
		return fmt.Errorf("remote-exec: script %s on %s: %w", s.name, h, err)
	}
	return nil
}

// terminal runs a command on a terminal of its own, so that it is hung up when
// the connection ends, and with our SSH agent.
func (h *host) terminal(command string, stdout, stderr io.Writer) error {
	session, err := h.Client().NewSession()
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	// A host may refuse either, and most scripts need neither.
	_ = session.RequestPty("xterm", 40, 80, ssh.TerminalModes{ssh.ECHO: 0, ssh.TTY_OP_ISPEED: 14400, ssh.TTY_OP_OSPEED: 14400})
	if h.ForwardsAgent() {
		_ = agent.RequestAgentForwarding(session)
	}
	session.Stdout, session.Stderr = stdout, stderr
	return session.Run(command)
}

// plain runs a command without terminal, with stdin as its input. An error
// holds the end of what it printed.
func (h *host) plain(command string, stdin io.Reader) error {
	session, err := h.Client().NewSession()
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	out, errs := &tail{}, &tail{}
	session.Stdin, session.Stdout, session.Stderr = stdin, out, errs
	if err := session.Run(command); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(errs.String()+out.String()))
	}
	return nil
}
