package google

import (
	"slices"
	"strings"
)

// spellInstance brings x into the spelling of was, and adds what the instance
// does not show: what its boot disk was made of.
func spellInstance(was instance, x *instance) {
	respell(was.MachineType, &x.MachineType)
	respell(was.Zone, &x.Zone)
	if automatic(was.MinCPUPlatform) && automatic(x.MinCPUPlatform) {
		x.MinCPUPlatform = was.MinCPUPlatform
	}
	respellAll(was.ResourcePolicies, x.ResourcePolicies)
	x.spellScript(was)
	if len(was.BootDisk) > 0 && len(x.BootDisk) > 0 {
		x.BootDisk[0].spell(was.BootDisk[0])
	}
	spellAttached(was.AttachedDisks, x.AttachedDisks)
	for i := range min(len(was.NetworkInterfaces), len(x.NetworkInterfaces)) {
		x.NetworkInterfaces[i].spell(was.NetworkInterfaces[i])
	}
	for i := range min(len(was.GuestAccelerators), len(x.GuestAccelerators)) {
		respell(was.GuestAccelerators[i].Type, &x.GuestAccelerators[i].Type)
	}
	if noAccount(was.ServiceAccount) && noAccount(x.ServiceAccount) {
		x.ServiceAccount = was.ServiceAccount
	}
	for i := range min(len(was.ServiceAccount), len(x.ServiceAccount)) {
		x.ServiceAccount[i].spell(was.ServiceAccount[i])
	}
}

// automatic reports whether a CPU platform is the one that the zone gives.
func automatic(platform string) bool {
	return platform == "" || strings.EqualFold(platform, "automatic")
}

// spellScript moves the startup script to where it was: the API has one place
// for it, Terraform's provider two.
func (x *instance) spellScript(was instance) {
	script, ok := x.Metadata[startupScript]
	switch {
	case was.MetadataStartupScript != "" && x.MetadataStartupScript == "" && ok:
		x.MetadataStartupScript = script
		delete(x.Metadata, startupScript)
	case x.MetadataStartupScript != "" && !ok && was.Metadata[startupScript] == x.MetadataStartupScript:
		if x.Metadata == nil {
			x.Metadata = map[string]string{}
		}
		x.Metadata[startupScript], x.MetadataStartupScript = x.MetadataStartupScript, ""
	}
}

func (d *bootDisk) spell(was bootDisk) {
	respell(was.Source, &d.Source)
	if len(was.InitializeParams) == 0 || len(d.InitializeParams) == 0 || (was.Source != "" && was.Source != d.Source) {
		return
	}
	w, p := was.InitializeParams[0], &d.InitializeParams[0]
	respellImage(w.Image, &p.Image)
	respell(w.Snapshot, &p.Snapshot)
	respell(w.Type, &p.Type)
	if p.Image == "" {
		p.Image = w.Image
	}
	if p.Snapshot == "" {
		p.Snapshot = w.Snapshot
	}
	if p.Type == "" {
		p.Type = w.Type
	}
	if len(p.Labels) == 0 {
		p.Labels = w.Labels
	}
	if p.ProvisionedIOPS == 0 {
		p.ProvisionedIOPS = w.ProvisionedIOPS
	}
	if p.ProvisionedThroughput == 0 {
		p.ProvisionedThroughput = w.ProvisionedThroughput
	}
}

func spellAttached(was, list []attachedDisk) {
	for i := range list {
		if n := attachedAt(was, list[i].Source); n >= 0 {
			list[i].Source = was[n].Source
			if list[i].DeviceName == "" { // a state of Terraform has that of the API
				list[i].DeviceName = was[n].DeviceName
			}
		}
	}
}

// attachedAt returns where in a list a disk is, or -1.
func attachedAt(list []attachedDisk, source string) int {
	return slices.IndexFunc(list, func(d attachedDisk) bool { return sameLink(d.Source, source) })
}

func (n *networkInterface) spell(was networkInterface) {
	respell(was.Network, &n.Network)
	respell(was.Subnetwork, &n.Subnetwork)
	for i := range min(len(was.AliasIPRanges), len(n.AliasIPRanges)) {
		if w, a := was.AliasIPRanges[i].IPCIDRRange, &n.AliasIPRanges[i].IPCIDRRange; sameRange(w, *a) {
			*a = w
		}
	}
}

// sameRange reports whether two ranges are the same, or one is the size of the
// other.
func sameRange(a, b string) bool {
	return a == b || (strings.HasPrefix(a, "/") && strings.HasSuffix(b, a)) || (strings.HasPrefix(b, "/") && strings.HasSuffix(a, b))
}

// noAccount reports whether an instance acts as nobody, which can be said by a
// block without scopes.
func noAccount(list []instanceAccount) bool {
	return len(list) == 0 || list[0].email() == ""
}

func (a *instanceAccount) spell(was instanceAccount) {
	for i, s := range a.Scopes {
		for _, w := range was.Scopes {
			if scopeURL(w) == scopeURL(s) {
				a.Scopes[i] = w
			}
		}
	}
}
