package fake

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// state is the account's content, the JSON file as it is.
type state struct {
	IDs       fakecloud.IDs     `json:"ids"`
	Servers   []*machine        `json:"servers"`
	Failovers []*failover       `json:"failovers"`
	Names     map[string]string `json:"rdns"` // by address
	Keys      []*sshKey         `json:"ssh_keys"`
	VSwitches []*vSwitch        `json:"vswitches"`
}

// machine is a rented server with all that is set for it.
type machine struct {
	Number  int        `json:"server_number"`
	Name    string     `json:"server_name"`
	Product string     `json:"product"`
	DC      string     `json:"dc"`
	IP      string     `json:"server_ip"`
	IPv6Net string     `json:"server_ipv6_net"`
	Status  string     `json:"status"`
	Boot    bootConfig `json:"boot"`
	// Installed are the images that the disks have had, oldest first.
	Installed []string `json:"installed"`
	// LastLinux is the installation that was made active last; Kind is "" for none.
	LastLinux bootConfig    `json:"last_linux"`
	ResetAt   time.Time     `json:"reset_at"` // zero while no reset goes on
	Firewall  firewallState `json:"firewall"`
}

// bootConfig is what a server starts from at its next boot, once.
type bootConfig struct {
	Kind     string   `json:"kind"` // rescue or linux; "" for the disks
	Image    string   `json:"image"`
	Language string   `json:"language"`
	Keys     []string `json:"keys"` // fingerprints
	Password string   `json:"password"`
}

// furnish gives the account what somebody has rented. Nobody knows c yet.
func (c *Cloud) furnish() {
	for _, n := range []int{321, 421, 521} {
		c.rent(n)
	}
	for i, ip := range []string{"203.0.113.9", "203.0.113.10"} {
		c.s.Failovers = append(c.s.Failovers, &failover{IP: ip, Server: 321 + 100*i, Active: c.s.Servers[i].IP})
	}
	c.s.Names = map[string]string{}
}

// rent adds a server as it is delivered.
func (c *Cloud) rent(number int) *machine {
	// A network of its own for each: low numbers in that for documentation.
	ip := fmt.Sprintf("192.0.2.%d", number/100%25*10)
	if number >= 1000 {
		ip = fmt.Sprintf("198.%d.%d.%d", 18+number>>16&1, number>>8&255, number&255)
	}
	m := &machine{
		Number: number, Product: "GEX44", DC: "FSN1-DC8", IP: ip, IPv6Net: fmt.Sprintf("2001:db8:%d:%d::", number/10000%10000, number%10000),
		Status: "ready", Firewall: firewallState{Status: "disabled", WhitelistHOS: true, Port: "main"},
	}
	c.s.Servers = append(c.s.Servers, m)
	return m
}

// find returns a server of the account.
func (c *Cloud) find(number int) *machine {
	for _, m := range c.s.Servers {
		if m.Number == number {
			return m
		}
	}
	if c.o.AnyServer && number > 0 {
		return c.rent(number)
	}
	return nil
}

// owner returns the server that has an address: one of its own, or in its network.
func (c *Cloud) owner(text string) *machine {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	for _, m := range c.s.Servers {
		if m.IP == text || netip.PrefixFrom(netip.MustParseAddr(m.IPv6Net), 64).Contains(ip) {
			return m
		}
	}
	for _, f := range c.s.Failovers {
		if f.IP == text {
			return c.find(f.Server)
		}
	}
	if c.o.AnyServer {
		return c.s.Servers[0]
	}
	return nil
}

// settle makes happen what is due. It depends on the content and the clock only,
// so its result need not be saved.
func (c *Cloud) settle(now time.Time) {
	for _, m := range c.s.Servers {
		if !m.ResetAt.IsZero() && !now.Before(m.ResetAt.Add(c.o.Boot)) {
			if m.Boot.Kind == "linux" {
				m.Installed = append(m.Installed, m.Boot.Image)
			}
			m.Boot, m.ResetAt = bootConfig{}, time.Time{}
		}
	}
	for _, v := range c.s.VSwitches {
		if now.Before(v.Until) {
			continue
		}
		v.Servers = slices.DeleteFunc(v.Servers, func(m *vSwitchMember) bool { return m.Leaving })
		for _, m := range v.Servers {
			m.Changing = false
		}
	}
}

// Inventory returns a line for each object that a client has made, sorted. What
// is rented is there for good, whatever is set for it.
func (c *Cloud) Inventory() []string {
	c.Enter()
	defer c.Unlock()
	var lines []string
	for _, m := range c.s.Servers {
		lines = append(lines, "server "+strconv.Itoa(m.Number))
	}
	for _, f := range c.s.Failovers {
		lines = append(lines, "failover "+f.IP)
	}
	for ip, name := range c.s.Names {
		lines = append(lines, "rdns "+ip+" "+name)
	}
	for _, k := range c.s.Keys {
		lines = append(lines, "ssh_key "+k.Fingerprint+" "+k.Name)
	}
	for _, v := range c.s.VSwitches {
		if !v.Cancelled {
			lines = append(lines, fmt.Sprintf("vswitch %d %s", v.ID, v.Name))
		}
	}
	slices.Sort(lines)
	return lines
}

// Edit changes the stored form of a server behind the client's back: the fields
// of its JSON, named as in the API where it has them.
func (c *Cloud) Edit(number int, change func(map[string]any)) error {
	c.Enter()
	defer c.Unlock()
	m := c.find(number)
	if m == nil {
		return fmt.Errorf("no server %d", number)
	}
	if err := fakecloud.Edit(m, change); err != nil {
		return err
	}
	return c.Save()
}

// Remove takes a server out of the account behind the client's back.
func (c *Cloud) Remove(number int) {
	c.Lock()
	defer c.Unlock()
	c.s.Servers = slices.DeleteFunc(c.s.Servers, func(m *machine) bool { return m.Number == number })
}

// Installed returns the images that the disks of a server have had, oldest first.
func (c *Cloud) Installed(number int) string {
	c.Enter()
	defer c.Unlock()
	return strings.Join(c.find(number).Installed, ", ")
}
