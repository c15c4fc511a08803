package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// hybrid is the hybrid example for real: a dedicated server, the droplets and a
// PostgreSQL behind the gateway are machines in network namespaces, with sshd,
// WireGuard and nftables. Only the API of the cloud is a fake.
type hybrid struct {
	*account
	cloud                              *dofake.Cloud
	internet, vpc                      *hosttest.Net
	server, gateway, inference, source *hosttest.Host

	mu     sync.Mutex
	booted map[string]string // what the machine of a droplet has been given, by its name
}

// databaseAddr is where the PostgreSQL is, in the network of the example.
const databaseAddr = "10.30.0.200"

func newHybrid(t *testing.T) *hybrid {
	n := hosttest.New(t, "wg", "wg-quick", "nft", "ping", "psql", "bash", "runuser")
	v := &hybrid{internet: n, vpc: hosttest.New(t), booted: map[string]string{}}
	v.server, v.gateway, v.inference, v.source = n.Host("gpu"), n.Host("gateway"), n.Host("inference"), n.Host("database")
	for _, h := range []*hosttest.Host{v.gateway, v.inference, v.source} {
		v.vpc.Attach(h, "eth1")
	}
	// The public addresses of the fake are on this network.
	n.Route(publicRange)
	for _, h := range []*hosttest.Host{v.server, v.gateway, v.inference} {
		h.Must("ip route add " + publicRange + " dev eth0")
		// What a package mirror and a minute would give.
		h.Must(`mkdir -p /opt/mlflow/bin /usr/local/bin
printf '#!/bin/sh\nexec sleep 100000\n' >/opt/mlflow/bin/mlflow
printf '#!/bin/sh\necho status: done\n' >/usr/bin/cloud-init
chmod 755 /opt/mlflow/bin/mlflow /usr/bin/cloud-init
for package in python3-venv postgresql-client wireguard-tools nftables; do
	dpkg-query -W -f '${Status}' $package 2>/dev/null | grep -q 'ok installed' ||
		printf '\nPackage: %s\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: stands for the package\n' $package >>/var/lib/dpkg/status
done`)
	}
	v.startPostgres()
	v.account = &account{t: t, dir: t.TempDir()}
	if err := os.CopyFS(v.dir, os.DirFS("../../examples/hybrid")); err != nil {
		t.Fatal(err)
	}
	v.cloud = dofake.New(dofake.Options{Decide: v.fault})
	v.account.cloud = v.cloud
	v.serve(v.cloud.Handler(), digitalOceanEnviron)
	key := filepath.Join(t.TempDir(), "id_ed25519")
	if err := os.WriteFile(key, []byte(n.PrivateKey), 0o600); err != nil {
		t.Fatal(err)
	}
	v.env = append(v.env, "HOME="+t.TempDir(), "SSH_AUTH_SOCK=", "TF_VAR_server_address="+v.server.Addr, "TF_VAR_server_host_key="+v.server.HostKey,
		"TF_VAR_private_key_file="+key, "TF_VAR_ssh_public_key="+n.PublicKey)
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				v.boot()
			}
		}
	})
	t.Cleanup(func() { close(stop); done.Wait() })
	return v
}

// publicRange is where the public addresses of the fake are.
const publicRange = "198.18.0.0/15"

// boot gives the machines that stand for droplets what the cloud gives them: their
// addresses, and their host keys by way of cloud-init.
func (v *hybrid) boot() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, d := range v.cloud.Droplets() {
		h := map[string]*hosttest.Host{"hybrid-gateway": v.gateway, "hybrid-inference": v.inference}[d.Name]
		has := fmt.Sprint(d.Public, d.Private, d.Reserved)
		if h == nil || v.booted[d.Name] == has {
			continue
		}
		first := v.booted[d.Name] == ""
		v.booted[d.Name] = has
		for _, addr := range []string{d.Public, d.Reserved} {
			if addr != "" {
				_, _ = h.Run("ip addr add " + addr + "/32 dev eth0")
			}
		}
		_, _ = h.Run("ip addr add " + d.Private + "/24 dev eth1")
		if !first {
			continue
		}
		var data struct {
			Keys struct {
				Private string `yaml:"ed25519_private"`
			} `yaml:"ssh_keys"`
		}
		if err := yaml.Unmarshal([]byte(d.UserData), &data); err != nil {
			v.t.Errorf("user data of %s: %v", d.Name, err)
		}
		h.SetHostKey(data.Keys.Private)
	}
}

// startPostgres runs a PostgreSQL, which answers for the cache, too. It knows nobody
// outside of its network: it has no route to the tunnel.
func (v *hybrid) startPostgres() {
	v.source.Must("ip addr add " + databaseAddr + "/24 dev eth1")
	v.source.Must(`bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -n 1)")
mkdir -p /var/lib/pg && chown postgres /var/lib/pg
runuser -u postgres -- "$bin/initdb" -D /var/lib/pg/data -A trust >/dev/null
echo 'host all all 10.30.0.0/24 trust' >>/var/lib/pg/data/pg_hba.conf
runuser -u postgres -- "$bin/pg_ctl" -D /var/lib/pg/data -w -l /var/lib/pg/log -o "-p 25060 -c listen_addresses=` + databaseAddr + ` -c unix_socket_directories=/tmp" start >/dev/null 2>&1 </dev/null
nft add table ip cache
nft 'add chain ip cache in { type nat hook prerouting priority dstnat; }'
nft add rule ip cache in tcp dport 25061 redirect to :25060`)
}

// resolve gives the private hosts of the managed databases the address that public
// DNS would.
func (v *hybrid) resolve() {
	for _, output := range []string{"database_uri", "cache_uri"} {
		u, err := url.Parse(v.must("output", "-raw", output))
		if err != nil {
			v.t.Fatal(err)
		}
		v.server.Must("echo " + databaseAddr + " " + u.Hostname() + " >>/etc/hosts")
	}
}

// psql asks the PostgreSQL from the server.
func (v *hybrid) psql(query string) string {
	return v.server.Must("psql -h " + databaseAddr + ` -p 25060 -U postgres -d postgres -tAc "` + query + `"`)
}

func TestHybrid(t *testing.T) {
	v := newHybrid(t)
	v.must("apply", "-auto-approve")
	v.resolve()

	v.server.Must("ping -c 1 -w 20 10.99.0.1")
	v.gateway.Must("ping -c 1 -w 20 10.99.0.2")
	if got := v.psql("select 40 + 2"); got != "42" {
		t.Errorf("the database behind the gateway says %s", got)
	}
	if got := v.psql("select length(string_agg(repeat('x', 1000), '')) from generate_series(1, 3000)"); got != "3000000" {
		t.Errorf("the database says %s", got)
	}
	if got := len(v.psql("select repeat('x', 1000) from generate_series(1, 3000)")); got != 3000*1001-1 {
		t.Errorf("%d bytes have come through the tunnel, want 3 MB: packets of full size do not pass", got)
	}
	if got := v.server.Must("ip -o route get " + databaseAddr); !strings.Contains(got, "dev wg0") {
		t.Errorf("the way to the database is %s", got)
	}
	v.inference.Must("ping -c 1 -w 20 10.99.0.2")
	v.must("plan", "-detailed-exitcode")
	if out, ok := v.run(nil, "mlinfra", "doctor"); !ok {
		t.Errorf("doctor finds fault with what works:\n%s", out)
	}

	// Somebody edits a file by hand.
	v.server.Must("echo 'echo by hand' >>/srv/train/worker.sh")
	out, _ := v.run(nil, "mlinfra", "plan", "-detailed-exitcode")
	for _, want := range []string{"server_file.train has changed", "+ echo by hand", "- echo by hand", "1 to change"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not show %q:\n%s", want, out)
		}
	}
	v.must("apply", "-auto-approve")
	if got := v.server.Must("tail -n 1 /srv/train/worker.sh"); strings.Contains(got, "by hand") {
		t.Error("the file is as somebody has left it")
	}
	v.must("plan", "-detailed-exitcode")

	// Something else breaks the tunnel.
	v.gateway.Must("sysctl -qw net.ipv4.ip_forward=0")
	out, ok := v.run(nil, "mlinfra", "doctor")
	if ok || !strings.Contains(out, "module.vpn.server_wireguard_interface.gateway") || !strings.Contains(out, "FAIL forwarding: is off") {
		t.Errorf("doctor does not find what is wrong:\n%s", out)
	}
	v.gateway.Must("sysctl -qw net.ipv4.ip_forward=1")

	v.joinNetwork()

	v.must("destroy", "-auto-approve")
	if out, err := v.server.Run("ip link show wg0"); err == nil {
		t.Errorf("the tunnel is still up: %s", out)
	}
	if out, err := v.server.Run("ls /etc/mlflow/environment /etc/wireguard/wg0.key /srv/train/worker.sh 2>/dev/null"); err == nil || out != "" {
		t.Errorf("destroy has left %s", out)
	}
	v.server.Must("hostname")
	if left := madeOf(v.cloud.Inventory()); len(left) > 0 {
		t.Errorf("destroy has left in the cloud: %v", left)
	}
}

// joinNetwork gives the server a network behind it: the database, which knows no way
// to it, answers to what is in there.
func (v *hybrid) joinNetwork() {
	v.server.Must("ip link add lan0 type veth peer name lan1 && ip addr add 10.77.0.1/24 dev lan0 && ip link set lan0 up && ip link set lan1 up")
	if _, err := v.server.Run("ping -c 1 -W 1 -I 10.77.0.1 " + databaseAddr); err == nil {
		v.t.Error("what is behind the server has reached the database before it was to")
	}
	file := filepath.Join(v.dir, "main.tf")
	text, err := os.ReadFile(file)
	if err != nil {
		v.t.Fatal(err)
	}
	behind := strings.Replace(string(text), `name    = "gpu"`, `name = "gpu", networks = ["10.77.0.0/24"]`, 1)
	if err := os.WriteFile(file, []byte(behind), 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.must("apply", "-auto-approve")
	v.server.Must("ping -c 1 -w 20 -I 10.77.0.1 " + databaseAddr)
	if got := v.server.Must("cat /proc/sys/net/ipv4/ip_forward"); strings.TrimSpace(got) != "1" {
		v.t.Errorf("the server forwards nothing: ip_forward is %s", got)
	}
	v.must("plan", "-detailed-exitcode")
}

// countedScripts is what TestHybridKilled adds to the example: scripts that would show if
// they ran twice.
const countedScripts = `
resource "server_command" "counted" {
  count = 6

  host   = server_host.gpu.id
  create = "sleep 0.2; echo made ${count.index} >>/root/counted"
}

resource "server_command" "counted_there" {
  host   = module.vpn.gateway_host
  create = "echo made there >>/root/counted"
}
`

// TestHybridKilled kills mlinfra again and again while it applies the hybrid
// example: the run after that ends what was begun, and no script has run twice. Runs
// end before what a step has led to is written, after it was written that a step
// begins, and in the middle of some step; in the full form, one step after another.
func TestHybridKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	v := newHybrid(t)
	if err := os.WriteFile(filepath.Join(v.dir, "counted.tf"), []byte(countedScripts), 0o600); err != nil {
		t.Fatal(err)
	}
	random := seeded(t)
	ways, kills := 3, 0
	if full() {
		ways = 2
	}
	for ended := false; !ended; kills++ {
		if kills == 1000 {
			t.Fatal("a thousand runs have not come to an end")
		}
		var out string
		writes := 10
		if full() {
			writes = 1 + kills/2%12
		}
		switch kills % ways {
		case 0:
			out, ended = v.run([]string{fmt.Sprintf("%s=after:%d", killAtWrite, writes)}, "mlinfra-mortal", "apply", "-auto-approve")
		case 1:
			out, ended = v.run([]string{fmt.Sprintf("%s=before:%d", killAtWrite, writes+1)}, "mlinfra-mortal", "apply", "-auto-approve")
		case 2:
			timer := time.AfterFunc(time.Second+time.Duration(random.IntN(1000))*time.Millisecond, func() {
				v.account.mu.Lock()
				defer v.account.mu.Unlock()
				v.kill()
			})
			out, ended = v.run(nil, "mlinfra", "apply", "-auto-approve")
			timer.Stop()
		}
		if !ended && strings.Contains(out, "Error: ") {
			t.Fatalf("apply after %d kills:\n%s", kills, out)
		}
	}
	t.Logf("killed %d times", kills-1)
	v.must("apply", "-auto-approve")
	v.must("plan", "-detailed-exitcode")
	want := "made 0\nmade 1\nmade 2\nmade 3\nmade 4\nmade 5"
	if got := v.server.Must("sort /root/counted"); got != want {
		t.Errorf("the scripts have left on the server\n%s\nwant\n%s", got, want)
	}
	if got := v.gateway.Must("cat /root/counted"); got != "made there" {
		t.Errorf("the script has left on the gateway %q", got)
	}
	v.server.Must("ping -c 1 -w 20 10.99.0.1")
}
