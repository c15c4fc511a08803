package fake

import (
	"slices"
	"strings"
)

func (c *Cloud) catalogueOperations() map[string]operation {
	return map[string]operation{
		"DescribeRegions": c.describeRegions, "DescribeAvailabilityZones": c.describeZones,
		"DescribeAccountAttributes": c.describeAccount, "DescribeInstanceTypes": c.describeTypes, "DescribeImages": c.describeImages,
	}
}

func zoneNames(r region) string {
	var names []string
	for _, z := range r.zoneList() {
		names = append(names, z.name)
	}
	return strings.Join(names, ", ")
}

// optIn tells how the account stands to a region.
func (c *Cloud) optIn(r region) string {
	switch {
	case slices.Contains(c.o.DisabledRegions, r.name):
		return "not-opted-in"
	case r.optIn:
		return "opted-in"
	}
	return "opt-in-not-required"
}

// regionView is a region in an answer.
type regionView struct {
	Name     string `xml:"regionName"`
	Endpoint string `xml:"regionEndpoint"`
	OptIn    string `xml:"optInStatus"`
}

func (c *Cloud) describeRegions(q *call) (any, error) {
	var in struct {
		Names      []string `q:"RegionName"`
		AllRegions bool
		Filters    []filter `q:"Filter"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	for _, name := range in.Names {
		if !regionExists(name) {
			return nil, badValue("Invalid region provided: %s", name)
		}
	}
	var views []regionView
	for _, r := range regions() {
		v := regionView{r.name, "ec2." + r.name + ".amazonaws.com", c.optIn(r)}
		named := slices.Contains(in.Names, r.name)
		if named || len(in.Names) == 0 && (in.AllRegions || v.OptIn != "not-opted-in") {
			views = append(views, v)
		}
	}
	f := fields[regionView]{
		"region-name": one(func(v regionView) string { return v.Name }), "endpoint": one(func(v regionView) string { return v.Endpoint }),
		"opt-in-status": one(func(v regionView) string { return v.OptIn }),
	}
	views, err := matchAny(views, in.Filters, func(name string) func(regionView) []string { return f[name] })
	if err != nil {
		return nil, err
	}
	return struct {
		Regions set[regionView] `xml:"regionInfo"`
	}{set[regionView]{views}}, nil
}

// zoneView is an availability zone in an answer.
type zoneView struct {
	OptIn       string      `xml:"optInStatus"`
	Messages    set[string] `xml:"messageSet"`
	Region      string      `xml:"regionName"`
	Name        string      `xml:"zoneName"`
	ID          string      `xml:"zoneId"`
	Group       string      `xml:"groupName"`
	GroupName   string      `xml:"groupLongName"`
	BorderGroup string      `xml:"networkBorderGroup"`
	Type        string      `xml:"zoneType"`
	State       string      `xml:"zoneState"`
}

func (c *Cloud) describeZones(q *call) (any, error) {
	var in struct {
		Names                []string `q:"ZoneName"`
		IDs                  []string `q:"ZoneId"`
		AllAvailabilityZones bool
		Filters              []filter `q:"Filter"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	wanted := slices.Concat(in.Names, in.IDs)
	for _, name := range wanted {
		if _, found := findZone(q.region, name); !found {
			return nil, badValue("Invalid availability zone: [%s]", name)
		}
	}
	r, _ := findRegion(q.region)
	var views []zoneView
	for _, z := range r.zoneList() {
		if len(wanted) == 0 || slices.Contains(wanted, z.name) || slices.Contains(wanted, z.id) {
			views = append(views, zoneView{OptIn: "opt-in-not-required", Region: r.name, Name: z.name, ID: z.id, Group: r.name + "-zg-1",
				GroupName: r.place + " 1", BorderGroup: r.name, Type: "availability-zone", State: "available"})
		}
	}
	f := fields[zoneView]{
		"zone-name": one(func(v zoneView) string { return v.Name }), "zone-id": one(func(v zoneView) string { return v.ID }),
		"region-name": one(func(v zoneView) string { return v.Region }), "state": one(func(v zoneView) string { return v.State }),
		"zone-type": one(func(v zoneView) string { return v.Type }), "opt-in-status": one(func(v zoneView) string { return v.OptIn }),
		"group-name": one(func(v zoneView) string { return v.Group }), "group-long-name": one(func(v zoneView) string { return v.GroupName }),
		"message": func(zoneView) []string { return nil }, "parent-zone-id": func(zoneView) []string { return nil },
		"parent-zone-name": func(zoneView) []string { return nil },
	}
	views, err := matchAny(views, in.Filters, func(name string) func(zoneView) []string { return f[name] })
	if err != nil {
		return nil, err
	}
	return struct {
		Zones set[zoneView] `xml:"availabilityZoneInfo"`
	}{set[zoneView]{views}}, nil
}

// attributeView is an attribute of the account in an answer.
type attributeView struct {
	Name   string           `xml:"attributeName"`
	Values set[valueInList] `xml:"attributeValueSet"`
}

type valueInList struct {
	Value string `xml:"attributeValue"`
}

func (c *Cloud) describeAccount(q *call) (any, error) {
	var in struct {
		Names []string `q:"AttributeName"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	network := "none"
	if v, err := c.vpcOrDefault(q, ""); err == nil {
		network = v.ID
	}
	all := []attributeView{}
	for _, a := range [][2]string{
		{"supported-platforms", "VPC"}, {"default-vpc", network}, {"max-instances", itoa(c.o.Quota.StandardCPUs)},
		{"vpc-max-security-groups-per-interface", itoa(c.o.Quota.GroupsPerENI)}, {"max-elastic-ips", itoa(c.o.Quota.Addresses)},
		{"vpc-max-elastic-ips", itoa(c.o.Quota.Addresses)},
	} {
		if len(in.Names) == 0 || slices.Contains(in.Names, a[0]) {
			all = append(all, attributeView{a[0], set[valueInList]{[]valueInList{{a[1]}}}})
		}
	}
	for _, name := range in.Names {
		if !slices.ContainsFunc(all, func(a attributeView) bool { return a.Name == name }) {
			return nil, badValue("Value (%s) for parameter attributeName is invalid.", name)
		}
	}
	return struct {
		Attributes set[attributeView] `xml:"accountAttributeSet"`
	}{set[attributeView]{all}}, nil
}
