package providers

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// WaitFor is the nested block wait_for of a type of machines: what a new one has
// to answer before its creation is done. It changes nothing later.
type WaitFor struct {
	SSH        bool   `cty:"ssh"         is:"optional"           doc:"Whether its SSH server has to answer."`
	CloudInit  bool   `cty:"cloud_init"  is:"optional"           doc:"Whether cloud-init has to be done: asked over SSH, as user."`
	HTTP       string `cty:"http"        is:"optional"           doc:"What has to answer below 500: a path, a port, :8080/health, or https:// and one."`
	Address    string `cty:"address"     is:"else=public"        doc:"Which address of it is asked: public or private."`
	Host       string `cty:"host"        is:"optional"           doc:"Name or address to ask in place of its own."`
	Port       int    `cty:"port"        is:"else=22"            doc:"Port of its SSH server."`
	User       string `cty:"user"        is:"else=root"          doc:"User to log in as, for cloud_init."`
	PrivateKey string `cty:"private_key" is:"optional,sensitive" doc:"Content of a private key, for cloud_init; the SSH agent's if absent."`
	Timeout    string `cty:"timeout"     is:"else=10m"           doc:"How long it is waited for, such as 90s or 10m."`
}

// Probe is what a new machine has to answer.
type Probe struct {
	Host       string // name or address
	SSH        bool   // an SSH server answers on Port
	CloudInit  bool   // and cloud-init is done, as User finds
	Port       int
	User       string
	PrivateKey string // "" for those of the SSH agent
	URL        string // answers below 500; "" for none
	Timeout    time.Duration
	// Chosen means that the configuration names the host: it may be another
	// machine than the new one.
	Chosen bool
}

// ProbeOf returns what wait_for, of which there is one block at most, asks of a
// machine with these addresses; nil when it asks nothing.
func ProbeOf(blocks []WaitFor, public, private string) *Probe {
	if len(blocks) == 0 {
		return nil
	}
	w := blocks[0]
	host := public
	if w.Address == "private" {
		host = private
	}
	host = cmp.Or(w.Host, host)
	timeout, _ := time.ParseDuration(w.Timeout) // CheckWaitFor has
	u, _ := w.url(host)
	return &Probe{
		Host: host, SSH: w.SSH, CloudInit: w.CloudInit, Port: w.Port, User: w.User, PrivateKey: w.PrivateKey,
		URL: u, Timeout: timeout, Chosen: w.Host != "",
	}
}

// CheckWaitFor refuses what cannot be right in wait_for of a machine that has a
// public address, or none.
func CheckWaitFor(blocks []WaitFor, public bool) error {
	for _, w := range blocks {
		if err := w.check(public); err != nil {
			return fmt.Errorf("wait_for: %w", err)
		}
	}
	return nil
}

func (w WaitFor) check(public bool) error {
	d, err := time.ParseDuration(w.Timeout)
	_, bad := w.url("host")
	switch {
	case !w.SSH && !w.CloudInit && w.HTTP == "":
		return errors.New("it says not what for: set ssh, cloud_init or http")
	case w.Address != "public" && w.Address != "private":
		return fmt.Errorf("address %q is neither public nor private", w.Address)
	case w.Address == "public" && !public && w.Host == "":
		return errors.New(`it has no public address: set address = "private", or host`)
	case w.Port < 1 || w.Port > 65535:
		return fmt.Errorf("port %d is none of 1 to 65535", w.Port)
	case err != nil || d <= 0:
		return fmt.Errorf("timeout %q is no time such as 90s or 10m", w.Timeout)
	case bad != nil:
		return bad
	case w.PrivateKey != "" && !w.CloudInit:
		return errors.New("private_key is for cloud_init: drop it, or set cloud_init = true")
	case w.PrivateKey != "" && !strings.Contains(w.PrivateKey, "PRIVATE KEY"):
		return errors.New("private_key is no private key: it is the content of the file, not its path")
	}
	return nil
}

// url returns what http means on a host.
func (w WaitFor) url(host string) (string, error) {
	if w.HTTP == "" {
		return "", nil
	}
	scheme, rest, ok := strings.Cut(w.HTTP, "://")
	if !ok {
		scheme, rest = "http", w.HTTP
	}
	if _, err := strconv.Atoi(rest); err == nil {
		rest = ":" + rest
	}
	port, path, _ := strings.Cut(rest, "/")
	number, err := strconv.Atoi(strings.TrimPrefix(port, ":"))
	switch {
	case scheme != "http" && scheme != "https", port != "" && (err != nil || !strings.HasPrefix(port, ":") || number < 1 || number > 65535):
		return "", fmt.Errorf("http %q is none of /PATH, PORT, :PORT/PATH or https:// and one of them; host names another machine", w.HTTP)
	case port != "":
		host = net.JoinHostPort(host, strconv.Itoa(number))
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return scheme + "://" + host + "/" + path, nil
}
