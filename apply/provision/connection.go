package provision

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

// connection says how to reach a host.
type connection struct {
	Type           string `cty:"type"            is:"optional" doc:"ssh, which is the default; winrm is not supported."`
	Host           string `cty:"host"            is:"required" doc:"Address or name of the host."`
	Port           int    `cty:"port"            is:"optional" doc:"Port; 22 if absent."`
	User           string `cty:"user"            is:"optional" doc:"User to log in as; root if absent."`
	Password       string `cty:"password"        is:"optional,sensitive" doc:"Password of the user."`
	PrivateKey     string `cty:"private_key"     is:"optional,sensitive" doc:"Content of a private key, not its path; without passphrase."`
	Certificate    string `cty:"certificate"     is:"optional" doc:"Certificate of the private key, signed by an authority that the host trusts."`
	Agent          *bool  `cty:"agent"           is:"optional" doc:"Whether to use and forward the SSH agent; yes if absent and there is one."`
	AgentIdentity  string `cty:"agent_identity"  is:"optional" doc:"Path or comment of the key in the agent to try first."`
	HostKey        string `cty:"host_key"        is:"optional" doc:"Public key of the host or its authority; not checked if absent."`
	Timeout        string `cty:"timeout"         is:"optional" doc:"How long to try to connect, such as 30s; 5m if absent."`
	ScriptPath     string `cty:"script_path"     is:"optional" doc:"Where scripts are put; /tmp/terraform_%RAND%.sh if absent."`
	TargetPlatform string `cty:"target_platform" is:"optional" doc:"unix, which is the default; windows is not supported."`

	ProxyScheme       string `cty:"proxy_scheme"        is:"optional" doc:"http, which is the default, https or socks5."`
	ProxyHost         string `cty:"proxy_host"          is:"optional" doc:"Proxy to connect through, to the bastion if there is one."`
	ProxyPort         int    `cty:"proxy_port"          is:"optional" doc:"Port of the proxy."`
	ProxyUserName     string `cty:"proxy_user_name"     is:"optional" doc:"User of the proxy."`
	ProxyUserPassword string `cty:"proxy_user_password" is:"optional,sensitive" doc:"Password of the proxy's user."`

	BastionHost        string `cty:"bastion_host"        is:"optional" doc:"Host to connect through; what it lacks below is as for the host."`
	BastionPort        int    `cty:"bastion_port"        is:"optional" doc:"Port of the bastion; port if absent."`
	BastionUser        string `cty:"bastion_user"        is:"optional" doc:"User on the bastion; user if absent."`
	BastionPassword    string `cty:"bastion_password"    is:"optional,sensitive" doc:"Password on the bastion; password if absent."`
	BastionPrivateKey  string `cty:"bastion_private_key" is:"optional,sensitive" doc:"Private key for the bastion; private_key if absent."`
	BastionCertificate string `cty:"bastion_certificate" is:"optional" doc:"Certificate for the bastion; certificate if absent."`
	BastionHostKey     string `cty:"bastion_host_key"    is:"optional" doc:"Public key of the bastion or its authority; not checked if absent."`

	HTTPS    bool   `cty:"https"    is:"optional" doc:"For winrm only, which is not supported."`
	Insecure bool   `cty:"insecure" is:"optional" doc:"For winrm only, which is not supported."`
	CACert   string `cty:"cacert"   is:"optional" doc:"For winrm only, which is not supported."`
	UseNTLM  bool   `cty:"use_ntlm" is:"optional" doc:"For winrm only, which is not supported."`
}

// ConnectionSchema returns what a connection block may hold.
func ConnectionSchema() *providers.Schema { return schemaOf[connection]() }

// CheckConnection refuses what cannot be right in a connection, an object of
// its schema's type that may hold unknown and marked values. An absent block,
// cty.NilVal or null, is right.
func CheckConnection(config cty.Value) error {
	if config == cty.NilVal {
		return nil
	}
	config, _ = config.UnmarkDeep()
	if config.IsNull() || !config.IsKnown() {
		return nil
	}
	if err := notEmpty(config, "host"); err != nil {
		return fmt.Errorf("connection: %w", err)
	}
	var c connection
	if err := providers.Decode(config, &c); err != nil {
		return fmt.Errorf("connection: %w", err)
	}
	if c.ProxyHost != "" && c.ProxyPort == 0 && attr(config, "proxy_port").IsKnown() {
		return errors.New("connection: proxy_host needs proxy_port")
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("connection: %w", err)
	}
	return nil
}

// connectionOf returns the connection of j with its defaults.
func connectionOf(j Job) (connection, error) {
	if j.Connection.IsNull() {
		return connection{}, fmt.Errorf("%s needs a connection: give the provisioner or its resource a connection block with host", j.Type)
	}
	if err := CheckConnection(j.Connection); err != nil {
		return connection{}, err
	}
	var c connection
	if err := providers.Decode(j.Connection, &c); err != nil {
		return c, fmt.Errorf("connection: %w", err)
	}
	c.User = cmp.Or(c.User, "root")
	c.Port = cmp.Or(c.Port, 22)
	c.Timeout = cmp.Or(c.Timeout, "5m")
	c.ScriptPath = cmp.Or(c.ScriptPath, "/tmp/terraform_%RAND%.sh")
	return c, nil
}

func (c connection) check() error {
	switch {
	case c.Type == "winrm":
		return errors.New("type winrm is not supported: use ssh, which Windows has as an optional feature, or the cloud's user data")
	case c.Type != "" && c.Type != "ssh":
		return fmt.Errorf("there is no type %q: use ssh", c.Type)
	case c.TargetPlatform == "windows":
		return errors.New("target_platform windows is not supported: use the cloud's user data")
	case c.TargetPlatform != "" && c.TargetPlatform != "unix":
		return fmt.Errorf("there is no target_platform %q: use unix", c.TargetPlatform)
	case !slices.Contains([]string{"", "http", "https", "socks5"}, c.ProxyScheme):
		return fmt.Errorf("there is no proxy_scheme %q: use http, https or socks5", c.ProxyScheme)
	}
	return cmp.Or(checkPort("port", c.Port), checkPort("bastion_port", c.BastionPort),
		checkPort("proxy_port", c.ProxyPort), c.checkLogins())
}

func checkPort(name string, port int) error {
	if port < 0 || port > 65535 {
		return fmt.Errorf("%s %d is no port: use 1 to 65535", name, port)
	}
	return nil
}

func (c connection) checkLogins() error {
	if _, err := c.timeout(); err != nil {
		return err
	}
	if err := checkLogin("", c.host(), c.HostKey); err != nil {
		return err
	}
	return checkLogin("bastion_", c.bastion(), c.BastionHostKey)
}

// checkLogin refuses keys that are none. The attributes they come from begin
// with prefix.
func checkLogin(prefix string, l remote.Login, hostKey string) error {
	if err := remote.CheckKey(l.PrivateKey, l.Certificate); err != nil {
		return fmt.Errorf("%sprivate_key: %w", prefix, err)
	}
	if _, err := remote.ParseHostKey(hostKey); err != nil {
		return fmt.Errorf("%shost_key: %w", prefix, err)
	}
	return nil
}

// timeout returns how long to try to connect. Terraform takes what it cannot
// read for 5m; that hides typing errors.
func (c connection) timeout() (time.Duration, error) {
	if c.Timeout == "" {
		return 5 * time.Minute, nil
	}
	d, err := time.ParseDuration(c.Timeout)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("timeout %q is no length of time: write one such as 30s or 5m", c.Timeout)
	}
	return d, nil
}

// host returns the server that the connection is for.
func (c connection) host() remote.Login {
	return remote.Login{
		Addr: remote.Address(c.Host, c.Port), User: c.User, Password: c.Password,
		PrivateKey: c.PrivateKey, Certificate: c.Certificate, Trust: remote.Pinned(c.HostKey),
	}
}

// bastion returns the server on the way to the host.
func (c connection) bastion() remote.Login {
	return remote.Login{
		Addr:        remote.Address(c.BastionHost, cmp.Or(c.BastionPort, c.Port)),
		User:        cmp.Or(c.BastionUser, c.User),
		Password:    cmp.Or(c.BastionPassword, c.Password),
		PrivateKey:  cmp.Or(c.BastionPrivateKey, c.PrivateKey),
		Certificate: cmp.Or(c.BastionCertificate, c.Certificate),
		Trust:       remote.Pinned(c.BastionHostKey),
	}
}

// route returns the way to the host.
func (c connection) route() remote.Route {
	r := remote.Route{Host: c.host(), Proxy: remote.Proxy{
		Scheme: c.ProxyScheme, Host: c.ProxyHost, Port: c.ProxyPort, User: c.ProxyUserName, Password: c.ProxyUserPassword,
	}}
	if c.BastionHost != "" {
		bastion := c.bastion()
		r.Bastion = &bastion
	}
	return r
}

// inMemory returns the connection to the machine in memory that stands for the host.
// No secret goes there.
func (c connection) inMemory(p remote.Proxy) connection {
	no := false
	return connection{
		Type: c.Type, Host: c.Host, Port: c.Port, User: c.User, Timeout: c.Timeout, ScriptPath: c.ScriptPath, TargetPlatform: c.TargetPlatform,
		Agent: &no, ProxyScheme: p.Scheme, ProxyHost: p.Host, ProxyPort: p.Port,
	}
}

// keyring connects to the agent that c asks for; nil without one.
func (c connection) keyring(environ []string) (*remote.Keyring, error) {
	keys, err := remote.OpenKeyring(c.Agent, lookup(environ, "SSH_AUTH_SOCK"), c.AgentIdentity)
	if err != nil {
		return nil, fmt.Errorf("connection: %w", err)
	}
	return keys, nil
}

// lookup returns the value of a variable in environ, where the last one counts.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			return v
		}
	}
	return ""
}
