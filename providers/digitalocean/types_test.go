package digitalocean

import (
	"iter"
	"strings"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestImageNameKeepsWhatStillNamesTheImage(t *testing.T) {
	slugged := &godo.Image{ID: 7, Slug: "ubuntu-24-04-x64"}
	bare := &godo.Image{ID: 7}
	for name, tc := range map[string]struct {
		have string
		got  *godo.Image
		want string
	}{
		"the configured slug stays":                 {"ubuntu-24-04-x64", slugged, "ubuntu-24-04-x64"},
		"the configured id stays":                   {"7", slugged, "7"},
		"a slug that has moved on stays":            {"ubuntu-24-04-x64", bare, "ubuntu-24-04-x64"},
		"another slug is drift":                     {"debian-12-x64", slugged, "ubuntu-24-04-x64"},
		"another id is drift":                       {"8", bare, "7"},
		"an unknown droplet shows the slug":         {"", slugged, "ubuntu-24-04-x64"},
		"an unknown droplet without slug shows id":  {"", bare, "7"},
		"without an image nothing is known to move": {"debian-12-x64", nil, "debian-12-x64"},
	} {
		if got := imageName(tc.have, tc.got); got != tc.want {
			t.Errorf("%s: imageName(%q, %v) is %q, want %q", name, tc.have, tc.got, got, tc.want)
		}
	}
}

func TestFillDroplet(t *testing.T) {
	got := &godo.Droplet{
		ID: 3, Name: "worker", SizeSlug: "s-1vcpu-1gb", Status: "active", VPCUUID: "v",
		Region: &godo.Region{Slug: "fra1"}, Image: &godo.Image{ID: 7, Slug: "ubuntu-24-04-x64"},
		Features: []string{"ipv6", "private_networking"}, Tags: []string{providers.TokenPrefix + "1", "ml", "Web", providers.OwnerPrefix + "a1"},
		Networks: &godo.Networks{
			V4: []godo.NetworkV4{{IPAddress: "192.0.2.1", Type: "public"}, {IPAddress: "10.0.0.2", Type: "private"}},
			V6: []godo.NetworkV6{{IPAddress: "2001:db8::1", Type: "public"}},
		},
	}
	have := droplet{Image: "7", Tags: []string{"web", "ml"}, UserData: "#!/bin/sh", Backups: true}
	have.fill(got)
	want := droplet{
		Aside: providers.Aside{Owner: "a1"},
		ID:    "3", Name: "worker", Image: "7", Size: "s-1vcpu-1gb", Region: "fra1", VPCUUID: "v",
		UserData: "#!/bin/sh", Tags: []string{"web", "ml"}, IPv6: true,
		PublicNetworking: new(true), PrivateNetworking: new(true), Status: "active", URN: "do:droplet:3",
		IPv4Address: "192.0.2.1", IPv4AddressPrivate: "10.0.0.2", IPv6Address: "2001:db8::1",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("filled droplet (-want +got):\n%s", diff)
	}
	var fresh droplet
	if fresh.fill(got); !fresh.ResizeDisk || fresh.Image != "ubuntu-24-04-x64" {
		t.Errorf("an unknown droplet has resize_disk %t, image %q", fresh.ResizeDisk, fresh.Image)
	}
}

func TestSettled(t *testing.T) {
	for name, tc := range map[string]struct {
		got   godo.Droplet
		ready bool
	}{
		"active":         {godo.Droplet{Status: "active"}, true},
		"off is settled": {godo.Droplet{Status: "off"}, true},
		"new":            {godo.Droplet{Status: "new"}, false},
		"locked":         {godo.Droplet{Status: "active", Locked: true}, false},
	} {
		if got := settled(&tc.got) == nil; got != tc.ready {
			t.Errorf("%s: ready is %t, want %t", name, got, tc.ready)
		}
	}
}

func TestCheckDroplet(t *testing.T) {
	good := droplet{Name: "worker-1.example.com", Image: "ubuntu-24-04-x64", Size: "s-1vcpu-1gb"}
	for name, tc := range map[string]struct {
		was  *droplet
		edit func(*droplet)
		want string // part of the error, "" for none
	}{
		"smallest":                       {nil, func(*droplet) {}, ""},
		"name of one letter":             {nil, func(x *droplet) { x.Name = "w" }, ""},
		"name with an underscore":        {nil, func(x *droplet) { x.Name = "my_worker" }, "name"},
		"name that ends with a dash":     {nil, func(x *droplet) { x.Name = "worker-" }, "name"},
		"name that is too long":          {nil, func(x *droplet) { x.Name = strings.Repeat("w", 256) }, "name"},
		"user data of 64 KiB":            {nil, func(x *droplet) { x.UserData = strings.Repeat("#", 64<<10) }, ""},
		"user data of more":              {nil, func(x *droplet) { x.UserData = strings.Repeat("#", 64<<10+1) }, "user_data"},
		"policy without backups":         {nil, func(x *droplet) { x.BackupPolicy = []backupPolicy{{Plan: "daily"}} }, "backups = true"},
		"weekly policy":                  {nil, backedUp(backupPolicy{Plan: "weekly", Weekday: "SUN", Hour: new(0)}), ""},
		"hour between two windows":       {nil, backedUp(backupPolicy{Plan: "daily", Hour: new(3)}), "hour 3"},
		"weekday of a daily policy":      {nil, backedUp(backupPolicy{Plan: "daily", Weekday: "SUN"}), "weekday"},
		"IPv6 turned on":                 {&droplet{}, func(x *droplet) { x.IPv6 = true }, ""},
		"IPv6 turned off":                {&droplet{IPv6: true}, func(*droplet) {}, ""},
		"IPv6 without public networking": {nil, func(x *droplet) { x.IPv6, x.PublicNetworking = true, new(false) }, "ipv6"},
		"private networking off":         {nil, func(x *droplet) { x.PrivateNetworking = new(false) }, "private_networking"},
		"tag with a space":               {nil, func(x *droplet) { x.Tags = []string{"a b"} }, "tag"},
		"tag that looks like a mark":     {nil, func(x *droplet) { x.Tags = []string{"MLinfra-run-1"} }, "mlinfra's own"},
		"tag that looks like an owner's": {nil, func(x *droplet) { x.Tags = []string{"mlinfra-workspace-1"} }, "mlinfra's own"},
	} {
		want := good
		tc.edit(&want)
		checkError(t, name, checkDroplet(tc.was, want), tc.want)
	}
}

func backedUp(p backupPolicy) func(*droplet) {
	return func(x *droplet) { x.Backups, x.BackupPolicy = true, []backupPolicy{p} }
}

func TestPolicyHolds(t *testing.T) {
	now := &godo.DropletBackupPolicyConfig{Plan: "weekly", Weekday: "SUN", Hour: 0}
	for name, tc := range map[string]struct {
		p    backupPolicy
		want bool
	}{
		"empty":           {backupPolicy{}, true},
		"all of it":       {backupPolicy{"weekly", "SUN", new(0)}, true},
		"another plan":    {backupPolicy{Plan: "daily"}, false},
		"another weekday": {backupPolicy{Plan: "weekly", Weekday: "MON"}, false},
		"another hour":    {backupPolicy{Plan: "weekly", Hour: new(4)}, false},
	} {
		if got := tc.p.holds(now); got != tc.want {
			t.Errorf("%s: holds is %t, want %t", name, got, tc.want)
		}
	}
}

func TestUserTagsAndMarks(t *testing.T) {
	mark := providers.TokenPrefix + "42"
	if got, want := userTags([]string{"web", mark, "ml"}), []string{"ml", "web"}; !cmp.Equal(got, want) {
		t.Errorf("user tags %q, want %q", got, want)
	}
	tags := []string{"ml"}
	if got, want := marked(tags, providers.Attempt{Token: mark}), []string{"ml", mark}; !cmp.Equal(got, want) {
		t.Errorf("marked tags %q, want %q", got, want)
	}
	if got := marked(tags, providers.Attempt{}); !cmp.Equal(got, tags) {
		t.Errorf("tags %q of an attempt without token, want %q", got, tags)
	}
}

func TestTagsOfAnotherCaseAreTheSame(t *testing.T) {
	have, want := []string{"ml", "Web"}, []string{"WEB", "new"}
	if got := without(have, want); !cmp.Equal(got, []string{"ml"}) {
		t.Errorf("to remove %q, want ml", got)
	}
	if got := without(want, have); !cmp.Equal(got, []string{"new"}) {
		t.Errorf("to add %q, want new", got)
	}
	if got := respelled(want, have); !cmp.Equal(got, []string{"ml", "WEB"}) {
		t.Errorf("respelled %q, want ml and WEB", got)
	}
}

func TestCheckVolume(t *testing.T) {
	good := volume{Region: "fra1", Name: "data", Size: 10}
	for name, tc := range map[string]struct {
		was  *volume
		edit func(*volume)
		want string
	}{
		"smallest":                {nil, func(*volume) {}, ""},
		"grows":                   {&volume{Size: 5}, func(*volume) {}, ""},
		"shrinks":                 {&volume{Size: 11}, func(*volume) {}, "only grows"},
		"empty":                   {nil, func(x *volume) { x.Size = 0 }, "size"},
		"capitals in the name":    {nil, func(x *volume) { x.Name = "Data" }, "name"},
		"name that starts with 1": {nil, func(x *volume) { x.Name = "1data" }, "name"},
		"formatted with xfs":      {nil, func(x *volume) { x.InitialFilesystemType = "xfs" }, ""},
		"formatted with zfs":      {nil, func(x *volume) { x.InitialFilesystemType = "zfs" }, "initial_filesystem_type"},
		"formatted twice":         {nil, func(x *volume) { x.InitialFilesystemType, x.FilesystemType = "xfs", "ext4" }, "deprecated"},
		"formatted anew":          {&volume{FilesystemType: "ext4"}, func(x *volume) { x.FilesystemType = "xfs" }, "cannot be changed"},
		"both as read":            {&volume{FilesystemType: "xfs"}, func(x *volume) { x.InitialFilesystemType, x.FilesystemType = "xfs", "xfs" }, ""},
		"tag with a space":        {nil, func(x *volume) { x.Tags = []string{"a b"} }, "tag"},
	} {
		want := good
		tc.edit(&want)
		checkError(t, name, checkVolume(tc.was, want), tc.want)
	}
}

func TestPortRange(t *testing.T) {
	for name, tc := range map[string]struct{ protocol, ports, want string }{
		"a port":                {"tcp", "22", "22"},
		"a range":               {"udp", "8000-9000", "8000-9000"},
		"all":                   {"tcp", "all", "all"},
		"all as the API shows":  {"tcp", "0", "all"},
		"all as a range":        {"udp", "1-65535", "all"},
		"icmp as the API shows": {"icmp", "0", ""},
		"icmp with ports":       {"icmp", "1-65535", ""},
		"nothing":               {"tcp", "", ""},
	} {
		if got := portRange(tc.protocol, tc.ports); got != tc.want {
			t.Errorf("%s: portRange(%q, %q) is %q, want %q", name, tc.protocol, tc.ports, got, tc.want)
		}
	}
}

func TestFirewallThereAndBack(t *testing.T) {
	x := firewall{
		Name:          "ml",
		InboundRules:  []inboundRule{{Protocol: "TCP", PortRange: "1-65535", Addresses: []string{"::/0"}, Tags: []string{"ml"}}},
		OutboundRules: []outboundRule{{Protocol: "icmp", PortRange: "all", DropletIDs: []int{3}}},
	}
	normalFirewall(&x)
	req := x.request()
	got := &godo.Firewall{ID: "f", Name: req.Name, InboundRules: req.InboundRules, OutboundRules: req.OutboundRules}
	got.InboundRules[0].PortRange, got.OutboundRules[0].PortRange = "0", "0" // as the API shows them
	y := firewall{}
	y.fill(got)
	if diff := cmp.Diff(x.InboundRules, y.InboundRules); diff != "" {
		t.Errorf("inbound rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(x.OutboundRules, y.OutboundRules); diff != "" {
		t.Errorf("outbound rules (-want +got):\n%s", diff)
	}
}

func TestCheckFirewall(t *testing.T) {
	for name, tc := range map[string]struct {
		x    firewall
		want string
	}{
		"one rule":            {firewall{Name: "ml", InboundRules: []inboundRule{{Protocol: "tcp", PortRange: "22"}}}, ""},
		"no rule":             {firewall{Name: "ml"}, "needs"},
		"icmp without ports":  {firewall{Name: "ml", OutboundRules: []outboundRule{{Protocol: "icmp"}}}, ""},
		"tcp without ports":   {firewall{Name: "ml", OutboundRules: []outboundRule{{Protocol: "tcp"}}}, "port_range"},
		"ports by name":       {firewall{Name: "ml", InboundRules: []inboundRule{{Protocol: "tcp", PortRange: "ssh"}}}, "port_range"},
		"name with a space":   {firewall{Name: "m l", InboundRules: []inboundRule{{Protocol: "icmp"}}}, "name"},
		"source tag is wrong": {firewall{Name: "ml", InboundRules: []inboundRule{{Protocol: "icmp", Tags: []string{"a b"}}}}, "tag"},
	} {
		checkError(t, name, checkFirewall(nil, tc.x), tc.want)
	}
}

func TestCheckSSHKey(t *testing.T) {
	for name, tc := range map[string]struct{ name, key, want string }{
		"public key":  {"ml", "ssh-ed25519 AAAA ml@example.com", ""},
		"private key": {"ml", "-----BEGIN OPENSSH PRIVATE KEY-----", "public_key"},
		"file name":   {"ml", "~/.ssh/id_ed25519.pub", "public_key"},
		"no name":     {"", "ssh-ed25519 AAAA", "name"},
	} {
		checkError(t, name, checkSSHKey(nil, sshKey{Name: tc.name, PublicKey: tc.key}), tc.want)
	}
}

func TestReservedIPShowsOnlyItsOwnDroplet(t *testing.T) {
	got := &godo.ReservedIP{IP: "192.0.2.1", Region: &godo.Region{Slug: "fra1"}, Droplet: &godo.Droplet{ID: 3}}
	for name, tc := range map[string]struct {
		have reservedIP
		want int
	}{
		"unknown until now":        {reservedIP{ID: "192.0.2.1"}, 3},
		"moved by hand":            {reservedIP{Region: "fra1", DropletID: 2}, 3},
		"assigned by its resource": {reservedIP{Region: "fra1"}, 0},
	} {
		if tc.have.fill(got); tc.have.DropletID != tc.want {
			t.Errorf("%s: droplet_id is %d, want %d", name, tc.have.DropletID, tc.want)
		}
	}
}

func TestPair(t *testing.T) {
	id, other, err := pair("3-0a1b-2c")
	if id != 3 || other != "0a1b-2c" || err != nil {
		t.Errorf("pair is %d, %q, %v", id, other, err)
	}
	for _, bad := range []string{"", "3", "3-", "x-y"} {
		if _, _, err := pair(bad); err == nil {
			t.Errorf("pair(%q) has no error", bad)
		}
	}
}

func TestSelected(t *testing.T) {
	all := []size{
		{Slug: "b", VCPUs: 2, PriceMonthly: 12, Available: true, Regions: []string{"fra1", "ams3"}},
		{Slug: "a", VCPUs: 2, PriceMonthly: 12, Regions: []string{"fra1"}},
		{Slug: "gpu-c", VCPUs: 8, PriceMonthly: 600.5, Available: true, Regions: []string{"tor1"}},
	}
	for name, tc := range map[string]struct {
		filters []listFilter
		sorts   []listSort
		want    string
		err     string
	}{
		"everything":           {nil, nil, "b a gpu-c", ""},
		"text, any case":       {[]listFilter{{Key: "slug", Values: []string{"A", "B"}, MatchBy: "exact"}}, nil, "b a", ""},
		"part of a text":       {[]listFilter{{Key: "slug", Values: []string{"gpu"}, MatchBy: "substring"}}, nil, "gpu-c", ""},
		"regular expression":   {[]listFilter{{Key: "slug", Values: []string{"^[ab]$"}, MatchBy: "re"}}, nil, "b a", ""},
		"number":               {[]listFilter{{Key: "vcpus", Values: []string{"2"}, MatchBy: "exact"}}, nil, "b a", ""},
		"fraction":             {[]listFilter{{Key: "price_monthly", Values: []string{"600.50"}, MatchBy: "exact"}}, nil, "gpu-c", ""},
		"truth":                {[]listFilter{{Key: "available", Values: []string{"true"}, MatchBy: "exact"}}, nil, "b gpu-c", ""},
		"any of a set":         {[]listFilter{{Key: "regions", Values: []string{"ams3", "tor1"}, MatchBy: "exact"}}, nil, "b gpu-c", ""},
		"all of a set":         {[]listFilter{{Key: "regions", Values: []string{"ams3", "fra1"}, MatchBy: "exact", All: true}}, nil, "b", ""},
		"two filters":          {[]listFilter{{Key: "vcpus", Values: []string{"2"}}, {Key: "available", Values: []string{"true"}}}, nil, "b", ""},
		"sorted by two keys":   {nil, []listSort{{Key: "price_monthly"}, {Key: "slug"}}, "a b gpu-c", ""},
		"sorted backwards":     {nil, []listSort{{Key: "vcpus", Direction: "desc"}}, "gpu-c b a", ""},
		"sorted by truth":      {nil, []listSort{{Key: "available"}}, "a b gpu-c", ""},
		"unknown key":          {[]listFilter{{Key: "cpus", Values: []string{"2"}}}, nil, "", "no key"},
		"not a number":         {[]listFilter{{Key: "vcpus", Values: []string{"two"}}}, nil, "", "vcpus"},
		"unknown comparison":   {[]listFilter{{Key: "slug", Values: []string{"a"}, MatchBy: "like"}}, nil, "", "match_by"},
		"broken expression":    {[]listFilter{{Key: "slug", Values: []string{"("}, MatchBy: "re"}}, nil, "", "slug"},
		"blocks are not text":  {[]listFilter{{Key: "gpu_info", Values: []string{"a"}}}, nil, "", "gpu_info"},
		"sorted by a set":      {nil, []listSort{{Key: "regions"}}, "", "no order"},
		"sorted by no key":     {nil, []listSort{{Key: "cpus"}}, "", "no key"},
		"sorted in no order":   {nil, []listSort{{Key: "slug", Direction: "down"}}, "", "direction"},
		"a failed page is not": {nil, nil, "", "page"},
	} {
		items := each(all, nil)
		if tc.err == "page" {
			items = each(all, providers.ErrNotReady)
		}
		found, err := selected(items, tc.filters, tc.sorts)
		if tc.err == "page" {
			tc.err = providers.ErrNotReady.Error()
		}
		checkError(t, name, err, tc.err)
		var slugs []string
		for _, s := range found {
			slugs = append(slugs, s.Slug)
		}
		if got := strings.Join(slugs, " "); err == nil && got != tc.want {
			t.Errorf("%s: selected %q, want %q", name, got, tc.want)
		}
	}
}

// each yields all and then err, if it is not nil.
func each(all []size, err error) iter.Seq2[size, error] {
	return func(yield func(size, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
		if err != nil {
			yield(size{}, err)
		}
	}
}

// checkError wants an error that contains part, none if it is empty.
func checkError(t *testing.T, name string, err error, part string) {
	t.Helper()
	switch {
	case part == "" && err != nil:
		t.Errorf("%s: error %v, want none", name, err)
	case part != "" && (err == nil || !strings.Contains(err.Error(), part)):
		t.Errorf("%s: error %v, want one with %q", name, err, part)
	}
}

func TestSchemas(t *testing.T) {
	for _, e := range []providers.Erasable{
		dropletType, sshKeyType, tagType, volumeType, volumeAttachmentType, firewallType, reservedIPType,
		reservedIPAssignmentType, customImageType, dropletAutoscaleType, dropletSnapshotType, volumeSnapshotType, sshKeyData, accountData, imageData, sizesData, regionsData,
	} {
		typ := e.Erase()
		for _, a := range typ.Schema.Attrs {
			for _, name := range a.After {
				if typ.Schema.Attr(name) == nil {
					t.Errorf("%s.%s is computed after %s, which does not exist", typ.Name, a.Name, name)
				}
			}
		}
	}
}
