package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestImportRefuses(t *testing.T) {
	for _, tt := range []struct {
		typ *providers.Type
		ids []string
	}{
		{routeType.Erase(), []string{"", "rtb-1", "rtb-1_", "_0.0.0.0/0"}},
		{routeTableAssociationType.Erase(), []string{"", "subnet-1", "subnet-1/", "/rtb-1", "rtb-1/subnet-1"}},
		{iamRolePolicyAttachmentType.Erase(), []string{"", "trainer", "trainer/AmazonS3ReadOnlyAccess", "/arn:aws:iam::aws:policy/A"}},
		{volumeAttachmentType.Erase(), []string{"", "vol-1", "/dev/sdf:i-1:vol-1", "/dev/sdf:vol-1"}},
	} {
		for _, id := range tt.ids {
			if v, err := tt.typ.Identify(id); err == nil {
				t.Errorf("%s: %q is taken for %#v", tt.typ.Name, id, v)
			}
		}
	}
}

func TestImportRouteTableAssociation(t *testing.T) {
	for id, want := range map[string]routeTableAssociation{
		"subnet-1/rtb-2": {SubnetID: "subnet-1", RouteTableID: "rtb-2"},
		"igw-1/rtb-2":    {GatewayID: "igw-1", RouteTableID: "rtb-2"},
		"rtbassoc-1":     {ID: "rtbassoc-1"},
	} {
		got, err := importRouteTableAssociation(id)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", id, err, diff)
		}
	}
}

func TestOwnTags(t *testing.T) {
	s := settings{DefaultTags: []defaultTags{{Tags: map[string]string{"team": "ml", "stage": "test"}}}}
	got := s.ownTags(map[string]string{"team": "ml", "stage": "live", "Name": "x", "empty": ""})
	if diff := cmp.Diff(map[string]string{"stage": "live", "Name": "x", "empty": ""}, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestImportedUserData(t *testing.T) {
	for encoded, want := range map[string][2]string{
		"bnZpZGlhLXNtaQ==": {"nvidia-smi", ""},
		"H4sI/w==":         {"", "H4sI/w=="},
	} {
		var x instance
		if x.setUserData(encoded); x.UserData != want[0] || x.UserDataBase64 != want[1] {
			t.Errorf("%s is shown as %q, %q, want %q", encoded, x.UserData, x.UserDataBase64, want)
		}
		was := x
		y := instance{AMI: "ami-1", UserDataBase64: encoded}
		if spellInstance(was, &y); y.UserData != was.UserData || y.UserDataBase64 != was.UserDataBase64 {
			t.Errorf("base64 of the same data is a difference: %q, %q", y.UserData, y.UserDataBase64)
		}
	}
}

func TestImportedEngineVersion(t *testing.T) {
	for _, tt := range []struct{ was, want, spelled string }{
		{"16.10", "16", "16.10"},
		{"16.10", "16.10", "16.10"},
		{"16.10", "16.1", "16.1"},
		{"16.10", "17", "17"},
		{"16", "16.10", "16.10"},
		{"16.10", "", ""},
	} {
		x := dbInstance{EngineVersion: tt.want}
		if spellDBInstance(dbInstance{EngineVersion: tt.was}, &x); x.EngineVersion != tt.spelled {
			t.Errorf("%q where %q runs becomes %q, want %q", tt.want, tt.was, x.EngineVersion, tt.spelled)
		}
	}
}
