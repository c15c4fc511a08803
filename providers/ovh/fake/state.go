package fake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// state is the account's content, the JSON file as it is.
type state struct {
	IDs     fakecloud.IDs `json:"ids"`
	Servers []*machine    `json:"servers"`
	VRacks  []*vRack      `json:"vracks"`
}

// machine is a rented server with all that is set for it. Fields that a client can
// set are as they were sent.
type machine struct {
	Name        string         `json:"name"`
	ID          int            `json:"serverId"`
	ServiceID   int            `json:"serviceId"`
	IP          string         `json:"ip"`
	OS          string         `json:"os"`
	DisplayName string         `json:"displayName"`
	NewName     string         `json:"newName"` // shows from NameAt on
	NameAt      time.Time      `json:"nameAt"`
	Settings    map[string]any `json:"settings"`
	Reverse     string         `json:"reverse"`
	VNIs        []*vni         `json:"vnis"`
	Tasks       []*task        `json:"tasks"`
	// Installed are the systems that the disks have had, oldest first.
	Installed []string `json:"installed"`
}

// vni is a virtual interface of a server.
type vni struct {
	UUID string `json:"uuid"`
	Mode string `json:"mode"`
}

// task is what goes on with a server or with a vRack.
type task struct {
	ID       int       `json:"id"`
	Function string    `json:"function"`
	Target   string    `json:"target"` // what a vRack connects; the system of an installation
	Started  time.Time `json:"started"`
	Until    time.Time `json:"until"`
	Done     bool      `json:"done"`
	Failed   string    `json:"failed"` // why it has brought nothing; "" when it has not failed
}

// status is that of a task at a time.
func (t *task) status(now time.Time) string {
	switch {
	case t.Failed != "":
		return "customerError"
	case t.Done:
		return "done"
	case now.Before(t.Started.Add(t.Until.Sub(t.Started) / 4)):
		return "todo"
	}
	return "doing"
}

// furnish gives the account what somebody has rented.
func (c *Cloud) furnish() {
	c.rent("ns321.ip-192-0-2.eu", "192.0.2.10")
	c.rent("ns421.ip-198-51-100.eu", "198.51.100.10")
	for _, name := range []string{"pn-1001", "pn-1002"} {
		c.s.VRacks = append(c.s.VRacks, &vRack{Name: name})
	}
}

// rent adds a server as it is delivered.
func (c *Cloud) rent(name, ip string) *machine {
	m := &machine{
		Name: name, ID: c.s.IDs.Number(320_000), ServiceID: c.s.IDs.Number(9_000_000), IP: ip, OS: "none_64", DisplayName: name,
		Reverse: name + ".", Settings: map[string]any{"bootId": 1, "monitoring": true, "noIntervention": false, "state": "ok"},
	}
	for _, mode := range []string{"public", "vrack"} {
		m.VNIs = append(m.VNIs, &vni{c.s.IDs.UUID(), mode})
	}
	c.s.Servers = append(c.s.Servers, m)
	return m
}

// find returns a server of the account.
func (c *Cloud) find(name string) *machine {
	for _, m := range c.s.Servers {
		if m.Name == name {
			return m
		}
	}
	if c.o.AnyServer && strings.Contains(name, ".") {
		n := len(c.s.Servers)
		return c.rent(name, fmt.Sprintf("198.18.%d.%d", n/250%256, n%250+1))
	}
	return nil
}

// settle makes happen what is due. It depends on the content and the clock only,
// so its result need not be saved.
func (c *Cloud) settle(now time.Time) {
	for _, m := range c.s.Servers {
		if m.NewName != "" && !now.Before(m.NameAt) {
			m.DisplayName, m.NewName = m.NewName, ""
		}
		for _, t := range m.Tasks {
			if t.Done || t.Failed == "" && now.Before(t.Until) {
				continue
			}
			if t.Done = true; t.Failed == "" {
				m.OS, m.Installed = t.Target, append(m.Installed, t.Target)
			}
		}
	}
	for _, v := range c.s.VRacks {
		for _, t := range v.Tasks {
			if !now.Before(t.Until) {
				v.finish(t)
			}
		}
		// A vRack forgets what is done.
		v.Tasks = slices.DeleteFunc(v.Tasks, func(t *task) bool { return t.Done })
	}
}

// Inventory returns a line for each object that exists, sorted. What is rented is
// there for good, whatever is set for it.
func (c *Cloud) Inventory() []string {
	c.Enter()
	defer c.Unlock()
	var lines []string
	for _, m := range c.s.Servers {
		lines = append(lines, "server "+m.Name)
	}
	for _, v := range c.s.VRacks {
		lines = append(lines, "vrack "+v.Name)
		for _, list := range [][]string{v.Servers, v.Interfaces} {
			for _, member := range list {
				lines = append(lines, "connection "+v.Name+" "+member)
			}
		}
		for _, t := range v.Tasks {
			lines = append(lines, "task "+v.Name+" "+t.Function+" "+t.Target)
		}
	}
	slices.Sort(lines)
	return lines
}

// Edit changes the stored form of a server behind the client's back: the fields
// of its JSON, named as in the API where it has them.
func (c *Cloud) Edit(name string, change func(map[string]any)) error {
	c.Enter()
	defer c.Unlock()
	m := c.find(name)
	if m == nil {
		return fmt.Errorf("no server %q", name)
	}
	if err := fakecloud.Edit(m, change); err != nil {
		return err
	}
	return c.Save()
}

// Installed returns the systems that the disks of a server have had, oldest first.
func (c *Cloud) Installed(name string) string {
	c.Enter()
	defer c.Unlock()
	return strings.Join(c.find(name).Installed, ", ")
}
