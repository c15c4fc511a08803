package fake

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// serverType is a size of servers. Prices are net, in EUR a month; an hour is one of
// the 624 after which a month is not dearer.
type serverType struct {
	id      int64
	name    string
	cores   int
	memory  float64 // GB
	disk    int     // GB
	monthly float64
}

// serverTypes are those that can be ordered, with the list prices of Germany and
// Finland of August and September 2026.
var serverTypes = []serverType{
	{22, "cpx11", 2, 2, 40, 17.49},
	{23, "cpx21", 3, 4, 80, 31.99},
	{24, "cpx31", 4, 8, 160, 62.49},
	{25, "cpx41", 8, 16, 240, 120.49},
	{26, "cpx51", 16, 32, 360, 237.99},
	{45, "cax11", 2, 4, 40, 5.99},
	{93, "cax21", 4, 8, 80, 10.49},
	{94, "cax31", 8, 16, 160, 20.99},
	{95, "cax41", 16, 32, 320, 40.99},
	{96, "ccx13", 2, 8, 80, 42.99},
	{97, "ccx23", 4, 16, 160, 85.99},
	{98, "ccx33", 8, 32, 240, 138.49},
	{99, "ccx43", 16, 64, 360, 275.99},
	{100, "ccx53", 32, 128, 600, 533.49},
	{101, "ccx63", 48, 192, 960, 853.49},
	{108, "cpx12", 1, 2, 40, 11.49},
	{109, "cpx22", 2, 4, 80, 19.49},
	{110, "cpx32", 4, 8, 160, 35.49},
	{111, "cpx42", 8, 16, 320, 69.49},
	{112, "cpx52", 12, 24, 480, 100.49},
	{113, "cpx62", 16, 32, 640, 129.99},
	{114, "cx23", 2, 4, 40, 5.49},
	{115, "cx33", 4, 8, 80, 8.49},
	{116, "cx43", 8, 16, 160, 15.99},
	{117, "cx53", 16, 32, 320, 29.49},
}

// findServerType finds a type by its name or its number.
func findServerType(name string) (serverType, bool) {
	i := slices.IndexFunc(serverTypes, func(t serverType) bool { return t.name == name || itoa(t.id) == name })
	if i < 0 {
		return serverType{}, false
	}
	return serverTypes[i], true
}

// legacy reports whether t is of the generation that Europe no longer sells.
func (t serverType) legacy() bool { return strings.HasPrefix(t.name, "cpx") && t.id < 100 }

// in reports whether l has t: dedicated CPUs are everywhere, the legacy ones are
// sold overseas, all others in Europe.
func (t serverType) in(l location) bool {
	return strings.HasPrefix(t.name, "ccx") || t.legacy() || l.zone == "eu-central"
}

// retiredSince is when Europe has stopped selling the legacy types.
var retiredSince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// retired reports whether l has t for the servers that there are only.
func (t serverType) retired(l location, now time.Time) bool {
	return t.legacy() && l.zone == "eu-central" && !now.Before(retiredSince)
}

func (t serverType) architecture() string {
	if strings.HasPrefix(t.name, "cax") {
		return "arm"
	}
	return "x86"
}

// category and the kind of CPU as the API has them.
func (t serverType) category() (category, cpu string) {
	switch {
	case strings.HasPrefix(t.name, "ccx"):
		return "General Purpose", "dedicated"
	case strings.HasPrefix(t.name, "cpx"):
		return "Regular Purpose", "shared"
	}
	return "Cost-Optimized", "shared"
}

// sold reports whether a server of t can be made in l.
func (c *Cloud) sold(t serverType, l location) bool {
	return t.in(l) && !t.retired(l, c.Now()) && !c.o.NoStock[t.name] && !c.o.NoStock[t.name+"@"+l.name]
}

func (c *Cloud) serverTypeView(t serverType) view {
	category, cpu := t.category()
	prices, places := []view{}, []view{}
	for _, l := range locations {
		if !t.in(l) {
			continue
		}
		// 20 TB in Europe, 1 TB elsewhere.
		traffic := int64(20) << 40
		if l.zone != "eu-central" {
			traffic = 1 << 40
		}
		prices = append(prices, view{
			"location": l.name, "price_hourly": price(t.monthly / 624), "price_monthly": price(t.monthly),
			"included_traffic": traffic, "price_per_tb_traffic": price(1),
		})
		place := view{"id": l.id, "name": l.name, "recommended": false, "available": c.sold(t, l), "deprecation": nil}
		if t.legacy() && l.zone == "eu-central" {
			place["deprecation"] = view{"announced": "2025-10-16T00:00:00Z", "unavailable_after": stamp(retiredSince)}
		}
		places = append(places, place)
	}
	return view{
		"id": t.id, "name": t.name, "description": strings.ToUpper(t.name), "category": category, "cores": t.cores, "memory": t.memory,
		"disk": t.disk, "storage_type": "local", "cpu_type": cpu, "architecture": t.architecture(), "included_traffic": 0,
		"prices": prices, "deprecated": false, "deprecation": nil, "locations": places,
	}
}

// price is an amount as the API writes it, with 19 % of VAT.
func price(net float64) view {
	return view{"net": fmt.Sprintf("%.10f", net), "gross": fmt.Sprintf("%.16f", net*1.19)}
}

func (c *Cloud) serverTypeRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/server_types":      c.listServerTypes,
		"GET /v1/server_types/{id}": c.readServerType,
	}
}

func (c *Cloud) listServerTypes(q *request) (reply, error) {
	return list(q, "server_types", serverTypes, c.serverTypeView, "name")
}

func (c *Cloud) readServerType(q *request) (reply, error) {
	t, found := findServerType(q.PathValue("id"))
	if !found {
		return fail(notFound("server_type", q.PathValue("id")))
	}
	return ok(view{"server_type": c.serverTypeView(t)})
}
