package aws

import (
	"slices"
	"strings"
	"testing"
)

func TestLookUpAMI(t *testing.T) {
	a := newAccount(t)
	noble := filterBlock{"name", []string{"ubuntu/images/*ubuntu-noble-24.04-amd64-server-*"}}
	tests := []struct {
		name string
		x    ami
		want string // in the name, or in the refusal
		fail bool
	}{
		{"the newest", ami{MostRecent: true, Owners: []string{"099720109477"}, Filter: []filterBlock{noble}}, "server-20261012", false},
		{"by an expression", ami{Owners: []string{"099720109477"}, Filter: []filterBlock{noble}, NameRegex: "server-20260315$"}, "server-20260315", false},
		{"several", ami{Owners: []string{"099720109477"}, Filter: []filterBlock{noble}}, "images match", true},
		{"none", ami{Owners: []string{"self"}, Filter: []filterBlock{noble}}, "no image matches", true},
		{"of anybody", ami{MostRecent: true, Filter: []filterBlock{noble}}, "without owners", true},
		{"of anybody, knowingly", ami{MostRecent: true, AllowUnsafeFilter: true, Filter: []filterBlock{noble}}, "server-20261012", false},
		{"a bad expression", ami{Owners: []string{"self"}, NameRegex: "("}, "name_regex", true},
	}
	for _, tt := range tests {
		err := lookUpAMI(t.Context(), a.client, &tt.x)
		got := tt.x.Name
		if err != nil {
			got = err.Error()
		}
		if (err != nil) != tt.fail || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if err == nil && (tt.x.RootSnapshotID == "" || tt.x.BlockDeviceMappings[0].EBS["volume_size"] != "8") {
			t.Errorf("%s: root_snapshot_id %q, disks %v", tt.name, tt.x.RootSnapshotID, tt.x.BlockDeviceMappings)
		}
	}
}

func TestLookUpZones(t *testing.T) {
	a := newAccount(t)
	x := availabilityZones{State: "available", ExcludeNames: []string{"eu-central-1a"}, ExcludeZoneIDs: []string{"euc1-az3"}}
	if err := lookUpZones(t.Context(), a.client, &x); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x.Names, []string{"eu-central-1b"}) || !slices.Equal(x.ZoneIDs, []string{"euc1-az2"}) || x.ID != "eu-central-1" {
		t.Errorf("names %v, ids %v in %s", x.Names, x.ZoneIDs, x.ID)
	}
	if err := lookUpZones(t.Context(), a.client, &availabilityZones{State: "fine"}); err == nil || !strings.Contains(err.Error(), "fine") {
		t.Errorf("an unheard state: %v", err)
	}
}

func TestLookUpRegion(t *testing.T) {
	c := &client{region: "eu-central-1"}
	here := region{ID: "eu-central-1", Name: "eu-central-1", Region: "eu-central-1", Description: "Europe (Frankfurt)", Endpoint: "ec2.eu-central-1.amazonaws.com"}
	there := region{ID: "cn-north-1", Name: "cn-north-1", Region: "cn-north-1", Description: "China (Beijing)", Endpoint: "ec2.cn-north-1.amazonaws.com.cn"}
	for _, tt := range []struct{ have, want region }{
		{region{}, here}, {region{Name: "cn-north-1"}, there}, {region{Region: "cn-north-1"}, there}, {region{Endpoint: there.Endpoint}, there},
	} {
		x := tt.have
		if err := lookUpRegion(t.Context(), c, &x); err != nil || x != tt.want {
			t.Errorf("%+v gives %+v, %v, want %+v", tt.have, x, err, tt.want)
		}
	}
	for _, x := range []region{{Name: "mars-1"}, {Name: "eu-central-1", Region: "eu-west-1"}} {
		if err := lookUpRegion(t.Context(), c, &x); err == nil {
			t.Errorf("%+v is taken", x)
		}
	}
}
