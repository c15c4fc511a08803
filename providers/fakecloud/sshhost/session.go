package sshhost

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// session is one command or subsystem that a client asks for.
type session struct {
	host    *Host
	conn    ssh.Conn
	channel ssh.Channel
	pty     bool
	start   func()        // what the client has asked to run; nil for nothing yet
	ended   chan struct{} // closed when the client has hung up

	agentDir    string // holds the socket of the client's agent
	agentSocket net.Listener
}

// request answers one request.
func (s *session) request(r *ssh.Request) bool {
	var text struct{ Text string }
	switch r.Type {
	case "pty-req":
		s.pty = !s.host.config.NoPTY
		return s.pty
	case "auth-agent-req@openssh.com":
		return s.startAgent() == nil
	case "exec":
		if ssh.Unmarshal(r.Payload, &text) != nil {
			return false
		}
		s.start = func() { s.exec(text.Text) }
		return true
	case "subsystem":
		if ssh.Unmarshal(r.Payload, &text) != nil || text.Text != "sftp" || s.host.config.NoSFTP {
			return false
		}
		s.start = s.sftp
		return true
	}
	return false
}

// exec runs a command. On a terminal, lines end in "\r\n", errors go where
// output goes, and the command is hung up with its client.
func (s *session) exec(line string) {
	defer func() { _ = s.channel.Close() }()
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Dir = s.host.config.Dir
	cmd.Env = []string{"HOME=" + cmd.Dir, "PATH=" + os.Getenv("PATH"), "USER=" + s.host.config.User}
	if s.agentSocket != nil {
		cmd.Env = append(cmd.Env, "SSH_AUTH_SOCK="+s.agentSocket.Addr().String())
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = s.channel, s.channel.Stderr()
	if s.pty {
		cmd.Stdout = terminal{s.channel}
		cmd.Stderr = cmd.Stdout
	}
	input, err := cmd.StdinPipe()
	if err == nil {
		err = s.host.startCommand(cmd, line)
	}
	if err != nil {
		return
	}
	s.host.done.Go(func() {
		_, _ = io.Copy(input, s.channel)
		_ = input.Close()
	})
	exited := make(chan struct{})
	s.host.done.Go(func() { s.hangUp(cmd, exited) })
	err = cmd.Wait()
	close(exited)
	s.host.endCommand(cmd)
	s.exit(err)
}

// hangUp tells a command on a terminal that its client is gone.
func (s *session) hangUp(cmd *exec.Cmd, exited <-chan struct{}) {
	select {
	case <-exited:
	case <-s.ended:
		if s.pty {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGHUP)
		}
	}
}

// exit reports how a command has ended.
func (s *session) exit(err error) {
	code := uint32(0)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = uint32(exit.ExitCode())
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			code = 128 + uint32(status.Signal())
		}
	}
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{code}))
}

// terminal writes "\r\n" for "\n".
type terminal struct{ io.Writer }

func (t terminal) Write(p []byte) (int, error) {
	if _, err := t.Writer.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// startAgent opens a socket behind which the agent of the client answers.
func (s *session) startAgent() error {
	var err error
	if s.agentDir, err = os.MkdirTemp("", "agent"); err != nil {
		return err
	}
	if s.agentSocket, err = net.Listen("unix", filepath.Join(s.agentDir, "agent")); err != nil {
		return err
	}
	listener := s.agentSocket
	s.host.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			channel, requests, err := s.conn.OpenChannel("auth-agent@openssh.com", nil)
			if err != nil {
				_ = conn.Close()
				continue
			}
			s.host.done.Go(func() { ssh.DiscardRequests(requests) })
			s.host.done.Go(func() { join(s.host, conn, channel) })
		}
	})
	return nil
}

func (s *session) stopAgent() {
	if s.agentSocket != nil {
		_ = s.agentSocket.Close()
	}
	if s.agentDir != "" {
		_ = os.RemoveAll(s.agentDir)
	}
}

// startCommand starts cmd unless h is closed.
func (h *Host) startCommand(cmd *exec.Cmd, line string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return net.ErrClosed
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	h.groups[cmd.Process.Pid] = true
	h.commands = append(h.commands, line)
	return nil
}

func (h *Host) endCommand(cmd *exec.Cmd) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.groups, cmd.Process.Pid)
}

func (h *Host) killAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for pid := range h.groups {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}
