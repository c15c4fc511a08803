package fake

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// connect leads a client to the host that it asks for.
func (c *Cloud) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "this is a proxy to hosts: it answers CONNECT", http.StatusMethodNotAllowed)
		return
	}
	addr, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h := c.Host(addr)
	if h.Down {
		http.Error(w, "no route to "+addr, http.StatusBadGateway)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	if !c.keep(conn) {
		return
	}
	go func() {
		defer c.done.Done()
		defer c.forget(conn)
		h.serve(conn)
	}()
}

// keep notes a connection to be cut; it is closed at once when c is.
func (c *Cloud) keep(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		_ = conn.Close()
		return false
	}
	c.conns[conn] = true
	c.done.Add(1)
	return true
}

func (c *Cloud) forget(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
}

// serve speaks SSH with one client.
func (h *Host) serve(wire net.Conn) {
	config := &ssh.ServerConfig{NoClientAuth: !h.Closed, MaxAuthTries: 6}
	if h.Closed {
		config.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, net.ErrClosed
		}
	}
	for _, key := range h.keys {
		config.AddHostKey(key)
	}
	conn, channels, requests, err := ssh.NewServerConn(wire, config)
	if err != nil {
		return
	}
	h.count(&h.logins)
	go ssh.DiscardRequests(requests)
	for ch := range channels {
		switch ch.ChannelType() {
		case "session":
			h.session(wire, conn.User(), ch)
		case "direct-tcpip":
			h.forward(ch)
		default:
			_ = ch.Reject(ssh.UnknownChannelType, "no such channel")
		}
	}
}

// forward makes a host the way to another one.
func (h *Host) forward(ch ssh.NewChannel) {
	var to struct {
		Host     string
		Port     uint32
		From     string
		FromPort uint32
	}
	if ssh.Unmarshal(ch.ExtraData(), &to) != nil {
		_ = ch.Reject(ssh.ConnectionFailed, "no such place")
		return
	}
	other := h.cloud.Host(to.Host)
	if other.Down {
		_ = ch.Reject(ssh.ConnectionFailed, "no route to host")
		return
	}
	channel, requests, err := ch.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	near, far := net.Pipe()
	go func() { _, _ = io.Copy(far, channel); _ = far.Close() }()
	go func() { _, _ = io.Copy(channel, far); _ = channel.Close() }()
	if h.cloud.keep(near) {
		go func() {
			defer h.cloud.done.Done()
			defer h.cloud.forget(near)
			other.serve(near)
		}()
	}
}

// session takes a session, unless a fault has it refused.
func (h *Host) session(wire net.Conn, user string, ch ssh.NewChannel) {
	channel, requests, err := ch.Accept()
	if err != nil {
		return
	}
	h.cloud.done.Go(func() {
		for r := range requests {
			var text struct{ Line string }
			ok := r.Type == "exec" && ssh.Unmarshal(r.Payload, &text) == nil
			fault := fakecloud.None
			if ok {
				fault = h.cloud.decide(h.addr, text.Line)
				ok = fault != fakecloud.Throttle
			}
			if r.WantReply {
				_ = r.Reply(ok, nil)
			}
			if ok {
				h.cloud.done.Go(func() { h.run(wire, user, text.Line, channel, fault) })
			}
		}
	})
}

// decide says what goes wrong with a command line.
func (c *Cloud) decide(addr, line string) fakecloud.Fault {
	if strings.Contains(line, "'start'") {
		return c.fault(http.MethodPost, addr, "step")
	}
	return c.fault(http.MethodGet, addr, "question")
}

// run carries out the command line of one session, as a fault has it.
func (h *Host) run(wire net.Conn, user, line string, channel ssh.Channel, fault fakecloud.Fault) {
	defer func() { _ = channel.Close() }()
	input, err := io.ReadAll(channel)
	if err != nil {
		return
	}
	h.count(&h.sessions)
	status := 0
	var out, errs bytes.Buffer
	if fault == fakecloud.None || fault.Effect() {
		to, other := io.Writer(&out), io.Writer(&errs)
		if fault == fakecloud.None {
			to, other = channel, channel.Stderr()
		}
		status = h.login(user, bytes.NewReader(input), to, other).sh(line)
		_ = h.cloud.save() // a fake that cannot be kept is still of use
	}
	switch fault {
	case fakecloud.None:
		exit(channel, status)
	case fakecloud.Truncate:
		_, _ = channel.Write(out.Bytes()[:out.Len()/2])
		_ = wire.Close()
	case fakecloud.HTML, fakecloud.HTMLBefore:
		_, _ = io.WriteString(channel, "Your system is being maintained.\nPlease come back.\n")
		exit(channel, 0)
	default:
		_ = wire.Close()
	}
}

func exit(channel ssh.Channel, status int) {
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(status)})) //nolint:gosec // 0 to 255
}
