package sshhost

import (
	"io"
	"net"
	"strconv"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

func (h *Host) accept() {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		if h.keep(conn) {
			h.done.Go(func() { h.serve(conn) })
		}
	}
}

// keep notes a connection to be cut; it is closed at once when h is.
func (h *Host) keep(conn net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		_ = conn.Close()
		return false
	}
	h.conns[conn] = true
	return true
}

func (h *Host) forget(conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, conn)
}

func (h *Host) serve(wire net.Conn) {
	defer h.forget(wire)
	defer func() { _ = wire.Close() }()
	conn, channels, requests, err := ssh.NewServerConn(wire, h.server)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.logins++
	h.mu.Unlock()
	h.done.Go(func() { ssh.DiscardRequests(requests) })
	for c := range channels {
		switch c.ChannelType() {
		case "session":
			h.done.Go(func() { h.session(conn, c) })
		case "direct-tcpip":
			h.done.Go(func() { h.forward(c) })
		default:
			_ = c.Reject(ssh.UnknownChannelType, "no such channel")
		}
	}
}

// session answers the requests of one session until it ends.
func (h *Host) session(conn ssh.Conn, c ssh.NewChannel) {
	channel, requests, err := c.Accept()
	if err != nil {
		return
	}
	s := &session{host: h, conn: conn, channel: channel, ended: make(chan struct{})}
	for r := range requests {
		ok := s.request(r)
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if ok && s.start != nil {
			start := s.start
			s.start = nil
			h.done.Go(start)
		}
	}
	close(s.ended)
	s.stopAgent()
}

// forward connects a client to a port of loopback.
func (h *Host) forward(c ssh.NewChannel) {
	var to struct {
		Host     string
		Port     uint32
		From     string
		FromPort uint32
	}
	if ssh.Unmarshal(c.ExtraData(), &to) != nil || !net.ParseIP(to.Host).IsLoopback() {
		_ = c.Reject(ssh.Prohibited, "only loopback")
		return
	}
	conn, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = c.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	if !h.keep(conn) {
		return
	}
	defer h.forget(conn)
	channel, requests, err := c.Accept()
	if err != nil {
		_ = conn.Close()
		return
	}
	h.done.Go(func() { ssh.DiscardRequests(requests) })
	join(h, conn, channel)
}

// join copies both ways until either side ends, and closes both.
func join(h *Host, a, b io.ReadWriteCloser) {
	h.done.Go(func() {
		_, _ = io.Copy(a, b)
		_ = a.Close()
	})
	_, _ = io.Copy(b, a)
	_ = b.Close()
	_ = a.Close()
}

// sftp serves the SFTP subsystem.
func (s *session) sftp() {
	server, err := sftp.NewServer(s.channel, sftp.WithServerWorkingDirectory(s.host.config.Dir))
	if err == nil {
		_ = server.Serve()
	}
	_ = s.channel.Close()
}
