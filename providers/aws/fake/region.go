package fake

import (
	"slices"
	"strings"
)

// region is a place with zones.
type region struct {
	name  string
	code  string // in zone ids: euc1-az1
	zones string // the letters of its zones
	optIn bool
	place string
}

// regions returns the regions of the commercial partition that matter to us.
func regions() []region {
	return []region{
		{"us-east-1", "use1", "abcdef", false, "US East (N. Virginia)"},
		{"us-east-2", "use2", "abc", false, "US East (Ohio)"},
		{"us-west-1", "usw1", "ac", false, "US West (N. California)"},
		{"us-west-2", "usw2", "abcd", false, "US West (Oregon)"},
		{"ca-central-1", "cac1", "abd", false, "Canada (Central)"},
		{"sa-east-1", "sae1", "abc", false, "South America (Sao Paulo)"},
		{"eu-central-1", "euc1", "abc", false, "Europe (Frankfurt)"},
		{"eu-west-1", "euw1", "abc", false, "Europe (Ireland)"},
		{"eu-west-2", "euw2", "abc", false, "Europe (London)"},
		{"eu-west-3", "euw3", "abc", false, "Europe (Paris)"},
		{"eu-north-1", "eun1", "abc", false, "Europe (Stockholm)"},
		{"eu-central-2", "euc2", "abc", true, "Europe (Zurich)"},
		{"eu-south-1", "eus1", "abc", true, "Europe (Milan)"},
		{"eu-south-2", "eus2", "abc", true, "Europe (Spain)"},
		{"ap-northeast-1", "apne1", "acd", false, "Asia Pacific (Tokyo)"},
		{"ap-northeast-2", "apne2", "abcd", false, "Asia Pacific (Seoul)"},
		{"ap-northeast-3", "apne3", "abc", false, "Asia Pacific (Osaka)"},
		{"ap-south-1", "aps1", "abc", false, "Asia Pacific (Mumbai)"},
		{"ap-southeast-1", "apse1", "abc", false, "Asia Pacific (Singapore)"},
		{"ap-southeast-2", "apse2", "abc", false, "Asia Pacific (Sydney)"},
		{"ap-east-1", "ape1", "abc", true, "Asia Pacific (Hong Kong)"},
		{"me-south-1", "mes1", "abc", true, "Middle East (Bahrain)"},
		{"me-central-1", "mec1", "abc", true, "Middle East (UAE)"},
		{"af-south-1", "afs1", "abc", true, "Africa (Cape Town)"},
	}
}

func findRegion(name string) (region, bool) {
	all := regions()
	i := slices.IndexFunc(all, func(r region) bool { return r.name == name })
	if i < 0 {
		return region{}, false
	}
	return all[i], true
}

func regionExists(name string) bool {
	_, found := findRegion(name)
	return found
}

// zone is an availability zone. Its id is the same for every account.
type zone struct{ name, id string }

func (r region) zoneList() []zone {
	var out []zone
	for i, letter := range r.zones {
		out = append(out, zone{r.name + string(letter), r.code + "-az" + itoa(i+1)})
	}
	return out
}

// findZone returns the zone of region with that name or id.
func findZone(regionName, nameOrID string) (zone, bool) {
	r, _ := findRegion(regionName)
	for _, z := range r.zoneList() {
		if nameOrID != "" && (z.name == nameOrID || z.id == nameOrID) {
			return z, true
		}
	}
	return zone{}, false
}

// zoneID is the id of a zone that exists.
func zoneID(name string) string {
	z, _ := findZone(strings.TrimRight(name, "abcdef"), name)
	return z.id
}
