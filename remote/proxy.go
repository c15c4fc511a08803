package remote

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/net/proxy"
)

// Proxy is what connections are made through. The zero Proxy is none.
type Proxy struct {
	Scheme         string // http, which "" means too, https or socks5
	Host           string // "" for no proxy
	Port           int
	User, Password string // "" for none
}

// ParseProxy returns the proxy at a URL; none when it is empty.
func ParseProxy(text string) (Proxy, error) {
	if text == "" {
		return Proxy{}, nil
	}
	u, err := url.Parse(text)
	port := 0
	if err == nil {
		port, err = strconv.Atoi(u.Port())
	}
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
		return Proxy{}, fmt.Errorf("proxy %q is no URL such as http://127.0.0.1:3128 or socks5://127.0.0.1:1080", text)
	}
	p := Proxy{Scheme: u.Scheme, Host: u.Hostname(), Port: port, User: u.User.Username()}
	p.Password, _ = u.User.Password()
	return p, nil
}

// dial opens a connection to addr, by way of p if there is one.
func (p Proxy) dial(ctx context.Context, addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	if p.Host == "" {
		return d.DialContext(ctx, "tcp", addr)
	}
	at := Address(p.Host, p.Port)
	if p.Scheme == "socks5" {
		return p.dialSOCKS(ctx, d, at, addr)
	}
	conn, err := d.DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	if p.Scheme == "https" {
		// Terraform speaks plain text to a proxy of this scheme.
		conn = tls.Client(conn, &tls.Config{ServerName: p.Host})
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	tunnel, err := p.tunnel(conn, addr)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("proxy %s: %w", at, err)
	}
	return tunnel, nil
}

func (p Proxy) dialSOCKS(ctx context.Context, d *net.Dialer, at, addr string) (net.Conn, error) {
	var auth *proxy.Auth
	if p.User != "" {
		auth = &proxy.Auth{User: p.User, Password: p.Password}
	}
	socks, err := proxy.SOCKS5("tcp", at, auth, d)
	if err != nil {
		return nil, err
	}
	return socks.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
}

// tunnel asks the HTTP proxy behind conn for a connection to addr.
func (p Proxy) tunnel(conn net.Conn, addr string) (net.Conn, error) {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Host: addr}, Host: addr, Header: http.Header{}}
	if p.User != "" {
		pair := base64.StdEncoding.EncodeToString([]byte(p.User + ":" + p.Password))
		req.Header.Set("Proxy-Authorization", "Basic "+pair)
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, err
	}
	// There is no body to a tunnel; what follows is the host's.
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return nil, errors.New("it asks for a user: check proxy_user_name and proxy_user_password")
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("no tunnel to %s: %s", addr, resp.Status)
	}
	return &buffered{Conn: conn, in: in}, nil
}

// buffered is a connection of which some has been read already: the host may
// speak before the proxy's answer is read to its end.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

// Read reads what is there already first.
func (b *buffered) Read(p []byte) (int, error) { return b.in.Read(p) }
