package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// state is the account's content, the JSON file as it is. Buckets are in spaces.
type state struct {
	IDs             fakecloud.IDs          `json:"ids"`
	Addresses       int                    `json:"addresses"` // public addresses given out
	Droplets        table[*droplet]        `json:"droplets"`
	Actions         table[*action]         `json:"actions"`
	VPCs            table[*vpc]            `json:"vpcs"`
	Firewalls       table[*firewall]       `json:"firewalls"`
	Keys            table[*sshKey]         `json:"ssh_keys"`
	Tags            table[*tag]            `json:"tags"`
	Volumes         table[*volume]         `json:"volumes"`
	ReservedIPs     table[*reservedIP]     `json:"reserved_ips"`
	Projects        table[*project]        `json:"projects"`
	Databases       table[*database]       `json:"databases"`
	Snapshots       table[*snapshot]       `json:"snapshots"`
	AlertPolicies   table[*alertPolicy]    `json:"alert_policies"`
	Namespaces      table[*namespace]      `json:"function_namespaces"`
	UptimeAlerts    table[*uptimeAlert]    `json:"uptime_alerts"`
	UptimeChecks    table[*uptimeCheck]    `json:"uptime_checks"`
	Certificates    table[*certificate]    `json:"certificates"`
	LoadBalancers   table[*loadBalancer]   `json:"load_balancers"`
	NATGateways     table[*natGateway]     `json:"vpc_nat_gateways"`
	Peerings        table[*peering]        `json:"vpc_peerings"`
	ReservedIPv6s   table[*reservedIPv6]   `json:"reserved_ipv6s"`
	Metrics         *metricsCredentials    `json:"metrics_credentials"`
	Domains         table[*domain]         `json:"domains"`
	Records         table[*record]         `json:"records"`
	SpacesKeys      table[*spacesKey]      `json:"spaces_keys"`
	CDNs            table[*cdn]            `json:"cdns"`
	AutoscalePools  table[*autoscalePool]  `json:"autoscale_pools"`
	CustomImages    table[*customImage]    `json:"custom_images"`
	VolumeSnapshots table[*volumeSnapshot] `json:"volume_snapshots"`
	Registries      table[*registry]       `json:"registries"`
	Clusters        table[*cluster]        `json:"kubernetes_clusters"`
	RegistryTier    string                 `json:"registry_tier"` // of all registries; "" while there are none
	RegistrySince   time.Time              `json:"registry_since"`
	RegistryTokens  []registryToken        `json:"registry_tokens"`
	Apps            table[*app]            `json:"apps"`
	AppSeals        map[string]string      `json:"app_seals"` // secrets of apps by what is shown in their place
	Agents          table[*agent]          `json:"agents"`
	KnowledgeBases  table[*knowledgeBase]  `json:"knowledge_bases"`
	OpenAIKeys      table[*openAIKey]      `json:"openai_keys"`
	CustomModels    table[*customModel]    `json:"custom_models"`
}

// table keeps the objects of one type.
type table[T fakecloud.Object] = fakecloud.Table[T]

// get is Find for what a request names: it refuses as the API mostly does.
func get[T fakecloud.Object](t table[T], id string) (T, error) {
	x, found := t.Find(id)
	if !found {
		return x, notFound()
	}
	return x, nil
}

// kinds are the tables by the kind's name in Inventory, Edit and Remove.
func (s *state) kinds() fakecloud.Kinds {
	return fakecloud.Kinds{
		"droplet":            &s.Droplets,
		"action":             &s.Actions,
		"vpc":                &s.VPCs,
		"firewall":           &s.Firewalls,
		"ssh_key":            &s.Keys,
		"tag":                &s.Tags,
		"volume":             &s.Volumes,
		"reserved_ip":        &s.ReservedIPs,
		"project":            &s.Projects,
		"database":           &s.Databases,
		"snapshot":           &s.Snapshots,
		"agent":              &s.Agents,
		"knowledge_base":     &s.KnowledgeBases,
		"openai_key":         &s.OpenAIKeys,
		"custom_model":       &s.CustomModels,
		"alert_policy":       &s.AlertPolicies,
		"function_namespace": &s.Namespaces,
		"uptime_alert":       &s.UptimeAlerts,
		"uptime_check":       &s.UptimeChecks,

		"certificate":        &s.Certificates,
		"loadbalancer":       &s.LoadBalancers,
		"reserved_ipv6":      &s.ReservedIPv6s,
		"vpc_nat_gateway":    &s.NATGateways,
		"vpc_peering":        &s.Peerings,
		"domain":             &s.Domains,
		"record":             &s.Records,
		"spaces_key":         &s.SpacesKeys,
		"cdn":                &s.CDNs,
		"autoscale_pool":     &s.AutoscalePools,
		"custom_image":       &s.CustomImages,
		"volume_snapshot":    &s.VolumeSnapshots,
		"app":                &s.Apps,
		"registry":           &s.Registries,
		"kubernetes_cluster": &s.Clusters,
	}
}

// home is the project an object is in.
type home struct {
	ProjectID  string    `json:"project_id"`
	AssignedAt time.Time `json:"assigned_at"`
}

// Inventory returns a line "kind id name" for every live object, sorted. What no
// client can delete is left out: the first project, default VPCs the cloud made,
// actions. Children of a cluster are listed, its own defaults are not.
func (c *Cloud) Inventory() []string {
	c.Enter()
	defer c.Unlock()
	lines := c.s.kinds().Lines()
	for _, d := range c.s.Databases {
		for _, kind := range parts {
			for _, id := range d.children(kind) {
				lines = append(lines, fakecloud.Line(kind, d.ID+"/"+id, d.Name))
			}
		}
	}
	for _, b := range c.spaces.names() {
		lines = append(lines, fakecloud.Line("bucket", b, b))
	}
	slices.Sort(lines)
	return lines
}

// Remove takes an object away behind the client's back, whatever depends on it.
// Kinds and ids are those of Inventory; the children of a cluster go by
// "cluster/name". It reports whether the object was there.
func (c *Cloud) Remove(kind, id string) bool {
	c.Enter()
	defer c.Unlock()
	found := false
	if t, ok := c.s.kinds()[kind]; ok {
		found = t.Drop(id)
	} else if kind == "bucket" {
		found = c.spaces.ForceDeleteBucket(id) == nil
	} else if cluster, name, ok := strings.Cut(id, "/"); ok {
		if d, ok := c.s.Databases.Find(cluster); ok {
			found = d.removeChild(kind, name)
		}
	}
	return c.Save() == nil && found
}

// Edit changes the stored form of an object behind the client's back: the fields
// of its JSON, mostly named as in the API (a Droplet's region, image and size
// are slugs there, and size is "size_slug"). Numbers are float64. The kinds are
// those of Inventory, without buckets and the children of clusters, which are
// fields of their cluster.
func (c *Cloud) Edit(kind, id string, change func(map[string]any)) error {
	c.Enter()
	defer c.Unlock()
	if err := c.s.kinds().Edit(kind, id, change); err != nil {
		return err
	}
	return c.Save()
}

// settle makes happen what is due. It depends on the content and the clock only,
// so its result need not be saved.
func (c *Cloud) settle(now time.Time) {
	for _, a := range c.s.Actions {
		if a.Status == inProgress && !now.Before(a.EndsAt) {
			c.finish(a)
		}
	}
	for _, d := range slices.Clone(c.s.Droplets) {
		if d.gone(now, c.o) {
			c.purge(d)
		}
	}
	for _, d := range c.s.Databases {
		d.settle(now)
	}
	c.s.LoadBalancers = slices.DeleteFunc(c.s.LoadBalancers, func(b *loadBalancer) bool { return b.gone(now, c.o) })
	c.s.NATGateways = slices.DeleteFunc(c.s.NATGateways, func(g *natGateway) bool { return g.gone(now, c.o) })
	c.s.Peerings = slices.DeleteFunc(c.s.Peerings, func(p *peering) bool { return p.gone(now, c.o) })
	for _, i := range c.s.CustomImages {
		i.settle(now)
	}
	c.settleAutoscale(now)
	for _, k := range slices.Clone(c.s.Clusters) {
		c.settleCluster(k, now)
	}
}

// stamp is the API's form of a time.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// orEmpty makes a null list an empty one in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func itoa(n int) string { return strconv.Itoa(n) }

// publicAddress returns an IPv4 address nobody has, from the range for benchmarks.
func (c *Cloud) publicAddress() string {
	c.s.Addresses++
	return fakecloud.PublicIPv4(c.s.Addresses)
}

// publicIPv6 returns an IPv6 address nobody has, from the range for documentation.
func (c *Cloud) publicIPv6() string {
	c.s.Addresses++
	return fmt.Sprintf("2001:db8::%x:%x", c.s.Addresses>>16+1, c.s.Addresses&0xffff)
}
