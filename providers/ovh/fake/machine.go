package fake

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// machine returns the server that the path names.
func (c *Cloud) machine(q *request) (*machine, error) {
	if m := c.find(q.PathValue("name")); m != nil {
		return m, nil
	}
	return nil, notFound("serviceName", q.PathValue("name"))
}

func (m *machine) view() map[string]any {
	v := map[string]any{
		"name": m.Name, "serverId": m.ID, "ip": m.IP, "os": m.OS, "reverse": m.Reverse,
		"bootScript": nil, "efiBootloaderPath": nil, "rescueMail": nil, "rescueSshKey": nil, "rootDevice": nil,
		"availabilityZone": "eu-west-rbx-a", "commercialRange": "rise", "datacenter": "rbx8", "linkSpeed": 1000, "newUpgradeSystem": true,
		"powerState": "poweron", "professionalUse": false, "rack": "R8A01", "region": "eu-west-rbx", "supportLevel": "pro",
		"iam": map[string]any{
			"id": "00000000-0000-4000-8000-" + strings.Repeat("0", 6) + strconv.Itoa(m.ID), "displayName": m.DisplayName,
			"urn": "urn:v1:eu:resource:dedicatedServer:" + m.Name, "tags": map[string]string{},
		},
	}
	for name, set := range m.Settings {
		v[name] = set
	}
	return v
}

func (c *Cloud) listServers(*request) (reply, error) {
	names := []string{}
	for _, m := range c.s.Servers {
		names = append(names, m.Name)
	}
	return ok(names)
}

func (c *Cloud) readServer(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	return ok(m.view())
}

// change is the body of a PUT. Nil fields were not sent.
type change struct {
	BootID            *int    `json:"bootId"`
	BootScript        *string `json:"bootScript"`
	EFIBootloaderPath *string `json:"efiBootloaderPath"`
	Monitoring        *bool   `json:"monitoring"`
	NoIntervention    *bool   `json:"noIntervention"`
	RescueMail        *string `json:"rescueMail"`
	RescueSSHKey      *string `json:"rescueSshKey"`
	RootDevice        *string `json:"rootDevice"`
	State             *string `json:"state"`
}

// boot is what a server can boot.
type boot struct {
	ID          int    `json:"bootId"`
	Type        string `json:"bootType"`
	Description string `json:"description"`
	Kernel      string `json:"kernel"`
}

// boots are what all servers can.
var boots = []boot{
	{1, "harddisk", "Boot from hard drive (no netboot)", "hd"},
	{1122, "rescue", "Rescue pro", "rescue64-pro"},
	{1123, "rescue", "Rescue for customers", "rescue-customer"},
	{2010, "internal", "Hardware tests", "hardware"},
}

func (c *Cloud) changeServer(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	var in change
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case in.BootID != nil && !slices.ContainsFunc(boots, func(b boot) bool { return b.ID == *in.BootID }):
		return reply{}, badRequest("bootId %d is not compatible with this server", *in.BootID)
	case in.State != nil && !slices.Contains([]string{"error", "hacked", "hackedBlocked", "ok"}, *in.State):
		return reply{}, badRequest("Invalid value %q for state", *in.State)
	case in.RescueMail != nil && *in.RescueMail != "" && !strings.Contains(*in.RescueMail, "@"):
		return reply{}, badRequest("Invalid rescueMail")
	case in.RescueSSHKey != nil && *in.RescueSSHKey != "" && !strings.HasPrefix(*in.RescueSSHKey, "ssh-"):
		return reply{}, badRequest("Invalid rescueSshKey")
	}
	store(m, "bootId", in.BootID)
	store(m, "bootScript", in.BootScript)
	store(m, "efiBootloaderPath", in.EFIBootloaderPath)
	store(m, "monitoring", in.Monitoring)
	store(m, "noIntervention", in.NoIntervention)
	store(m, "rescueMail", in.RescueMail)
	store(m, "rescueSshKey", in.RescueSSHKey)
	store(m, "rootDevice", in.RootDevice)
	store(m, "state", in.State)
	return null()
}

// store sets what was sent; what is emptied is null from then on.
func store[T comparable](m *machine, name string, sent *T) {
	var zero T
	switch _, isText := any(zero).(string); {
	case sent == nil:
	case isText && *sent == zero:
		delete(m.Settings, name)
	default:
		m.Settings[name] = *sent
	}
}

func (c *Cloud) readServiceInfos(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"serviceId": m.ServiceID, "domain": m.Name, "status": "ok", "renewalType": "automaticV2016", "expiration": "2026-12-21"})
}

// renameService changes the display name, which shows some time later.
func (c *Cloud) renameService(q *request) (reply, error) {
	var in struct {
		DisplayName string `json:"displayName"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.DisplayName == "" {
		return reply{}, badRequest("Missing displayName")
	}
	for _, m := range c.s.Servers {
		if strconv.Itoa(m.ServiceID) == q.PathValue("service") {
			m.NewName, m.NameAt = in.DisplayName, q.now.Add(c.o.Settle)
			return null()
		}
	}
	return reply{}, notFound("serviceId", q.PathValue("service"))
}

func (c *Cloud) listIPs(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	return ok([]string{m.IP + "/32"})
}

var hostNames = regexp.MustCompile(`^([a-zA-Z0-9_-]+\.)+[a-zA-Z][a-zA-Z0-9-]*\.?$`)

func (c *Cloud) setReverse(q *request) (reply, error) {
	var in struct {
		IP      string `json:"ipReverse"`
		Reverse string `json:"reverse"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	block, err := netip.ParsePrefix(q.PathValue("block"))
	ip, err2 := netip.ParseAddr(in.IP)
	if err != nil || err2 != nil || !block.Contains(ip) || !hostNames.MatchString(in.Reverse) {
		return reply{}, badRequest("Cannot check if %s resolves to %s", in.Reverse, in.IP)
	}
	for _, m := range c.s.Servers {
		if m.IP == in.IP {
			m.Reverse = strings.TrimSuffix(in.Reverse, ".") + "."
			return ok(map[string]string{"ipReverse": m.IP, "reverse": m.Reverse})
		}
	}
	return reply{}, notFound("ip", q.PathValue("block"))
}

func (c *Cloud) listBoots(q *request) (reply, error) {
	if _, err := c.machine(q); err != nil {
		return reply{}, err
	}
	ids := []int{}
	for _, b := range boots {
		if kind := q.URL.Query().Get("bootType"); kind == "" || kind == b.Type {
			ids = append(ids, b.ID)
		}
	}
	return ok(ids)
}

func (c *Cloud) readBoot(q *request) (reply, error) {
	if _, err := c.machine(q); err != nil {
		return reply{}, err
	}
	for _, b := range boots {
		if strconv.Itoa(b.ID) == q.PathValue("boot") {
			return ok(b)
		}
	}
	return reply{}, notFound("bootId", q.PathValue("boot"))
}

func (c *Cloud) listVNIs(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	ids := []string{}
	for _, v := range m.VNIs {
		ids = append(ids, v.UUID)
	}
	return ok(ids)
}

func (c *Cloud) readVNI(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	for i, v := range m.VNIs {
		if v.UUID != q.PathValue("vni") {
			continue
		}
		body := map[string]any{
			"uuid": v.UUID, "mode": v.Mode, "name": v.UUID, "enabled": true, "serverName": m.Name, "vrack": nil,
			"networkInterfaceController": []string{"0c:42:a1:00:00:0" + strconv.Itoa(i)},
		}
		for _, rack := range c.s.VRacks {
			if slices.Contains(rack.Interfaces, v.UUID) {
				body["vrack"] = rack.Name
			}
		}
		return ok(body)
	}
	return reply{}, notFound("uuid", q.PathValue("vni"))
}
