package google

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/cloudresourcemanager/v1"

	"github.com/mlinfra/mlinfra/providers"
)

var night = []iamCondition{{Title: "night", Expression: "request.time.getHours() < 6"}}

func TestGrantsInAPolicy(t *testing.T) {
	policy := func() *cloudresourcemanager.Policy {
		return &cloudresourcemanager.Policy{Bindings: []*cloudresourcemanager.Binding{
			{Role: "roles/viewer", Members: []string{"user:ada@example.com", "user:bob@example.com"}},
			{Role: "roles/run.admin", Members: []string{"user:ada@example.com"}, Condition: &cloudresourcemanager.Expr{Title: "night", Expression: night[0].Expression}},
		}}
	}
	ada, eve := []string{"user:ada@example.com"}, "user:eve@example.com"
	for name, tc := range map[string]struct {
		g              grant
		there          bool
		added, removed int // members of all bindings afterwards
	}{
		"a member":                     {grant{"roles/viewer", ada[0], nil}, true, 3, 2},
		"a member in capitals":         {grant{"roles/viewer", "user:Ada@Example.com", nil}, true, 3, 2},
		"another kind of member":       {grant{"roles/viewer", "group:ada@example.com", nil}, false, 4, 3},
		"a new member":                 {grant{"roles/viewer", eve, nil}, false, 4, 3},
		"a new role":                   {grant{"roles/editor", ada[0], nil}, false, 4, 3},
		"a member under a condition":   {grant{"roles/run.admin", ada[0], night}, true, 3, 2},
		"a member without a condition": {grant{"roles/run.admin", ada[0], nil}, false, 4, 3},
	} {
		count := func(p *cloudresourcemanager.Policy) (n int) {
			for _, b := range p.Bindings {
				n += len(b.Members)
			}
			return n
		}
		if _, got := tc.g.find(policy()); got != tc.there {
			t.Errorf("%s: found %v, want %v", name, got, tc.there)
		}
		p := policy()
		if changed := tc.g.add(p); changed == tc.there || count(p) != tc.added {
			t.Errorf("%s: add makes %d members, changed %v; want %d, %v", name, count(p), changed, tc.added, !tc.there)
		}
		if _, ok := tc.g.find(p); !ok {
			t.Errorf("%s: is not there after add", name)
		}
		p = policy()
		if changed := tc.g.remove(p); changed != tc.there || count(p) != tc.removed {
			t.Errorf("%s: remove leaves %d members, changed %v; want %d, %v", name, count(p), changed, tc.removed, tc.there)
		}
	}
}

func TestIDOfAGrantIsTerraforms(t *testing.T) {
	for want, g := range map[string]grant{
		"b/models/roles/viewer/user:ada@example.com":                                   {"roles/viewer", "user:Ada@Example.com", nil},
		"b/models/roles/viewer/allUsers":                                               {"roles/viewer", "allUsers", nil},
		"b/models/roles/viewer/principal://iam.googleapis.com/A/b":                     {"roles/viewer", "principal://iam.googleapis.com/A/b", nil},
		"b/models/roles/viewer/user:a@b/night//request.time.getHours() < 6":            {"roles/viewer", "user:a@b", night},
		"b/models/roles/viewer/deleted:serviceaccount:a@b?uid=1":                       {"roles/viewer", "deleted:serviceAccount:a@b?uid=1", nil},
		"b/models/roles/viewer/principalSet://iam.googleapis.com/projects/1/Pool/team": {"roles/viewer", "principalSet://iam.googleapis.com/projects/1/Pool/team", nil},
	} {
		if got := g.id("b/models"); got != want {
			t.Errorf("id %q, want %q", got, want)
		}
	}
}

func TestCheckGrant(t *testing.T) {
	for name, tc := range map[string]struct {
		g    grant
		want string
	}{
		"a role":                   {grant{"roles/storage.objectViewer", "user:a@b", nil}, ""},
		"a role of a project":      {grant{"projects/p/roles/trainer", "allUsers", nil}, ""},
		"a role by its title":      {grant{"Storage Viewer", "user:a@b", nil}, `role "Storage Viewer"`},
		"an address alone":         {grant{"roles/viewer", "a@b", nil}, `member "a@b" has no kind`},
		"one who is gone":          {grant{"roles/viewer", "deleted:user:a@b?uid=1", nil}, "does not exist"},
		"an owner by night":        {grant{"roles/owner", "user:a@b", night}, "takes no condition"},
		"an administrator as well": {grant{"roles/run.admin", "user:a@b", night}, ""},
	} {
		refuses(t, name, checkGrant(tc.g), tc.want)
	}
}

// The API shows members of a role under a condition beside those that always
// have it: the engine must not take the one for the other.
func TestListOfMembersIsOfOneCondition(t *testing.T) {
	c, _ := offline(t)
	bucket := storageBucket{Name: "mlinfra-test", Location: "EU", StorageClass: "STANDARD", UniformBucketLevelAccess: true}
	if err := storageBucketType.Create(t.Context(), c, &bucket, providers.Attempt{Token: "abc123"}); err != nil {
		t.Fatal(err)
	}
	always := bucketIAMMember{Bucket: "mlinfra-test", Role: "roles/storage.objectViewer", Member: "user:ada@example.com"}
	sometimes := always
	sometimes.Condition = night
	for _, x := range []*bucketIAMMember{&always, &sometimes} {
		if err := bucketIAMMemberType.Create(t.Context(), c, x, providers.Attempt{Token: "abc123"}); err != nil {
			t.Fatal(err)
		}
	}
	if always.ID == sometimes.ID || bucketIAMMemberType.Within(always) == bucketIAMMemberType.Within(sometimes) {
		t.Errorf("ids %q and %q, collections %q and %q", always.ID, sometimes.ID, bucketIAMMemberType.Within(always), bucketIAMMemberType.Within(sometimes))
	}
	var got []string
	for x, err := range bucketIAMMemberType.List(t.Context(), c, sometimes) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, x.ID)
	}
	if diff := cmp.Diff([]string{sometimes.ID}, got); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if err := bucketIAMMemberType.Delete(t.Context(), c, sometimes); err != nil {
		t.Fatal(err)
	}
	if err := bucketIAMMemberType.Read(t.Context(), c, &always); err != nil {
		t.Errorf("the grant without a condition: %v", err)
	}
	if err := bucketIAMMemberType.Read(t.Context(), c, &sometimes); !errors.Is(err, providers.ErrGone) {
		t.Errorf("the deleted grant: %v, want %v", err, providers.ErrGone)
	}
}

func TestAChangeOfThePolicyInBetweenIsBusy(t *testing.T) {
	c, _ := offline(t)
	old, err := projectPolicy(t.Context(), c, "offline")
	if err != nil {
		t.Fatal(err)
	}
	x := projectIAMMember{Project: "offline", Role: "roles/viewer", Member: "user:ada@example.com"}
	if err := projectIAMMemberType.Create(t.Context(), c, &x, providers.Attempt{Token: "abc123"}); err != nil {
		t.Fatal(err)
	}
	_, err = setProjectPolicy(t.Context(), c, "offline", old)
	if kind := classify(err).Kind; kind != providers.Busy {
		t.Errorf("%v is of kind %v, want busy", err, kind)
	}
}
