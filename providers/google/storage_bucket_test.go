package google

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/storage/v1"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/google/fake"
)

// offline returns a client of a new project, in which operations take a minute,
// and its clock.
func offline(t *testing.T) (*client, *fakecloud.ManualClock) {
	t.Helper()
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	cloud := fake.New(fake.Options{Clock: clock.Now, Settle: time.Minute, DBReady: time.Minute})
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(server.Close)
	u := server.URL
	c, err := connect(t.Context(), settings{
		AccessToken: "t", Project: "offline", Region: "europe-west3",
		ComputeEndpoint: u, StorageEndpoint: u, SQLEndpoint: u, IAMEndpoint: u, ResourceManagerEndpoint: u,
	}, providers.Env{Getenv: func(string) string { return "" }, Transport: server.Client().Transport, Pace: func(float64) {}, Isolated: true, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func TestCheckStorageBucket(t *testing.T) {
	good := storageBucket{Name: "models", Location: "EU", StorageClass: "STANDARD"}
	locked := good
	locked.RetentionPolicy = []bucketRetention{{IsLocked: true, RetentionPeriod: "3600"}}
	rule := func(a bucketAction, c bucketCondition) []bucketLifecycleRule {
		return []bucketLifecycleRule{{[]bucketAction{a}, []bucketCondition{c}}}
	}
	old := bucketCondition{Age: 30, WithState: "ANY"}
	for name, tc := range map[string]struct {
		was    *storageBucket
		change func(*storageBucket)
		want   string
	}{
		"as it is":                     {nil, func(*storageBucket) {}, ""},
		"a name with capitals":         {nil, func(x *storageBucket) { x.Name = "Models" }, `name "Models"`},
		"a name with underscores":      {nil, func(x *storageBucket) { x.Name = "my_models" }, ""},
		"a long name":                  {nil, func(x *storageBucket) { x.Name = strings.Repeat("m", 64) }, "3 to 63"},
		"a domain":                     {nil, func(x *storageBucket) { x.Name = "models.example.com" }, ""},
		"Google's name":                {nil, func(x *storageBucket) { x.Name = "my-google-models" }, "Google's own"},
		"another class":                {nil, func(x *storageBucket) { x.StorageClass = "standard" }, `storage_class "standard"`},
		"no prevention":                {nil, func(x *storageBucket) { x.PublicAccessPrevention = "off" }, `"off"`},
		"nothing is kept":              {nil, func(x *storageBucket) { x.SoftDeletePolicy = []bucketSoftDelete{{0}} }, ""},
		"kept for a day":               {nil, func(x *storageBucket) { x.SoftDeletePolicy = []bucketSoftDelete{{86400}} }, "86400"},
		"a rule":                       {nil, func(x *storageBucket) { x.LifecycleRule = rule(bucketAction{Type: "Delete"}, old) }, ""},
		"a rule with a class too many": {nil, func(x *storageBucket) { x.LifecycleRule = rule(bucketAction{"Delete", "NEARLINE"}, old) }, "lifecycle_rule 1: action: storage_class"},
		"a rule without a class":       {nil, func(x *storageBucket) { x.LifecycleRule = rule(bucketAction{Type: "SetStorageClass"}, old) }, "needs it"},
		"a rule of another type":       {nil, func(x *storageBucket) { x.LifecycleRule = rule(bucketAction{Type: "Forget"}, old) }, `type "Forget"`},
		"a rule that always holds": {nil, func(x *storageBucket) {
			x.LifecycleRule = rule(bucketAction{Type: "Delete"}, bucketCondition{WithState: "ANY"})
		}, "says nothing"},
		"a rule for all objects on duty": {nil, func(x *storageBucket) {
			x.LifecycleRule = rule(bucketAction{Type: "Delete"}, bucketCondition{SendAgeIfZero: true, WithState: "ANY"})
		}, ""},
		"a rule with another state": {nil, func(x *storageBucket) {
			x.LifecycleRule = rule(bucketAction{Type: "Delete"}, bucketCondition{Age: 1, WithState: "OLD"})
		}, `with_state "OLD"`},
		"a label with a capital":       {nil, func(x *storageBucket) { x.Labels = map[string]string{"Team": "ml"} }, `key "Team"`},
		"a label with a space":         {nil, func(x *storageBucket) { x.Labels = map[string]string{"team": "m l"} }, `value "m l"`},
		"a period that is no number":   {nil, func(x *storageBucket) { x.RetentionPolicy = []bucketRetention{{false, "1h"}} }, `retention_period "1h"`},
		"a locked policy stays":        {&locked, func(x *storageBucket) { x.RetentionPolicy = locked.RetentionPolicy }, ""},
		"a locked policy gets longer":  {&locked, func(x *storageBucket) { x.RetentionPolicy = []bucketRetention{{true, "7200"}} }, ""},
		"a locked policy gets shorter": {&locked, func(x *storageBucket) { x.RetentionPolicy = []bucketRetention{{true, "60"}} }, "locked"},
		"another end of autoclass":     {nil, func(x *storageBucket) { x.Autoclass = []bucketAutoclass{{true, "COLDLINE"}} }, `"COLDLINE"`},
	} {
		want := good
		tc.change(&want)
		refuses(t, name, checkStorageBucket(tc.was, want), tc.want)
	}
}

func TestUnlockingARetentionPolicyReplacesTheBucket(t *testing.T) {
	was := storageBucket{RetentionPolicy: []bucketRetention{{true, "3600"}}}
	for name, tc := range map[string]struct {
		want storageBucket
		n    int
	}{
		"stays":    {was, 0},
		"unlocked": {storageBucket{RetentionPolicy: []bucketRetention{{false, "3600"}}}, 1},
		"gone":     {storageBucket{}, 1},
	} {
		if got := storageBucketReplaces(was, tc.want); len(got) != tc.n {
			t.Errorf("%s: %q replaces, want %d attributes", name, got, tc.n)
		}
	}
}

func TestSpellStorageBucketKeepsWhatTheUserWrote(t *testing.T) {
	was := storageBucket{
		Name: "models", Location: "europe-west3", Versioning: []bucketVersioning{{false}}, Autoclass: []bucketAutoclass{{true, ""}},
		Logging:       []bucketLogging{{"logs", ""}},
		LifecycleRule: []bucketLifecycleRule{{Condition: []bucketCondition{{Age: 3, SendAgeIfZero: true}}}},
	}
	read := storageBucket{
		Name: "models", Location: "EUROPE-WEST3", Autoclass: []bucketAutoclass{{true, "NEARLINE"}}, Logging: []bucketLogging{{"logs", "models"}},
		LifecycleRule: []bucketLifecycleRule{{Condition: []bucketCondition{{Age: 3}}}},
	}
	spellStorageBucket(was, &read)
	if diff := cmp.Diff(was, read); diff != "" {
		t.Errorf("spelled (-want +got):\n%s", diff)
	}
	on := storageBucket{Versioning: []bucketVersioning{{true}}}
	if spellStorageBucket(was, &on); !on.Versioning[0].Enabled {
		t.Error("versioning that somebody has switched on is not shown")
	}
}

func TestBucketChangesAreAllOfThePartsAndNothingElse(t *testing.T) {
	c, _ := offline(t)
	was := storageBucket{Name: "mlinfra-test", Location: "EU", StorageClass: "STANDARD", EffectiveLabels: map[string]string{"team": "ml", "tier": "a"}}
	err := storageBucketType.Create(t.Context(), c, &was, providers.Attempt{})
	if err != nil {
		t.Fatal(err)
	}
	want := was
	want.StorageClass, want.RequesterPays, want.UniformBucketLevelAccess, want.PublicAccessPrevention = "NEARLINE", true, true, "enforced"
	want.Versioning, want.SoftDeletePolicy = []bucketVersioning{{true}}, []bucketSoftDelete{{0}}
	want.Website, want.Logging = []bucketWebsite{{"index.html", "404.html"}}, []bucketLogging{{"mlinfra-test", "log"}}
	want.Encryption = []bucketEncryption{{"projects/p/locations/eu/keyRings/r/cryptoKeys/k"}}
	want.CORS = []bucketCORS{{[]string{"*"}, []string{"GET"}, []string{"ETag"}, 60}}
	want.LifecycleRule = []bucketLifecycleRule{{[]bucketAction{{Type: "Delete"}}, []bucketCondition{{
		SendAgeIfZero: true, CreatedBefore: "2026-01-01", NumNewerVersions: 2, DaysSinceNoncurrentTime: 3, WithState: "ARCHIVED",
		MatchesStorageClass: []string{"STANDARD"}, MatchesPrefix: []string{"a"}, MatchesSuffix: []string{"z"}, SizeAboveBytes: 1, SizeBelowBytes: 9,
	}}}}
	want.EffectiveLabels = map[string]string{"team": "ml"}
	change := func(want storageBucket) {
		t.Helper()
		if err := storageBucketType.Update(t.Context(), c, was, &want); err != nil {
			t.Fatal(err)
		}
		got := want
		if err := storageBucketType.Read(t.Context(), c, &got); err != nil {
			t.Fatal(err)
		}
		spellStorageBucket(want, &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after the update (-want +got):\n%s", diff)
		}
		was = got
	}
	change(want)
	n := metageneration(t, c)
	change(want)
	if got := metageneration(t, c); got != n {
		t.Errorf("an update that changes nothing makes metageneration %d of %d", got, n)
	}
	want.Logging = []bucketLogging{{LogBucket: "mlinfra-test"}}
	change(want)
	want.Logging, want.Encryption, want.CORS, want.LifecycleRule, want.EffectiveLabels = nil, nil, nil, nil, map[string]string{}
	want.Versioning = []bucketVersioning{{false}}
	change(want)
}

func metageneration(t *testing.T, c *client) int64 {
	t.Helper()
	got, err := c.storage.Buckets.Get("mlinfra-test").Context(t.Context()).Do()
	if err != nil {
		t.Fatal(err)
	}
	return got.Metageneration
}

func TestARetentionPolicyIsLockedWhenItIsThere(t *testing.T) {
	c, _ := offline(t)
	x := storageBucket{Name: "mlinfra-test", Location: "EU", StorageClass: "STANDARD", RetentionPolicy: []bucketRetention{{true, "60"}}}
	want := x
	if err := storageBucketType.Create(t.Context(), c, &x, providers.Attempt{}); !errors.Is(err, providers.ErrAgain) || x.ID == "" {
		t.Fatalf("create of %q: %v, want %v", x.ID, err, providers.ErrAgain)
	}
	for range 2 {
		if err := storageBucketType.Update(t.Context(), c, x, &want); err != nil {
			t.Fatal(err)
		}
	}
	if err := storageBucketType.Read(t.Context(), c, &x); err != nil || !x.locked() {
		t.Errorf("retention_policy %v, %v; want a locked one", x.RetentionPolicy, err)
	}
}

func TestForceDestroyDeletesAllVersionsBitByBit(t *testing.T) {
	c, _ := offline(t)
	x := storageBucket{Name: "mlinfra-test", Location: "EU", StorageClass: "STANDARD", Versioning: []bucketVersioning{{true}}}
	if err := storageBucketType.Create(t.Context(), c, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	for i := range 130 {
		object := &storage.Object{Name: fmt.Sprintf("checkpoints/%d", i/2)} // two versions of each
		if _, err := c.storage.Objects.Insert(x.ID, object).Media(strings.NewReader("weights")).Context(t.Context()).Do(); err != nil {
			t.Fatal(err)
		}
	}
	if err := storageBucketType.Delete(t.Context(), c, x); err == nil || !strings.Contains(err.Error(), "force_destroy") {
		t.Fatalf("delete of a bucket with objects: %v, want advice", err)
	}
	x.ForceDestroy = true
	calls := 0
	for err := providers.ErrAgain; errors.Is(err, providers.ErrAgain); calls++ {
		err = storageBucketType.Delete(t.Context(), c, x)
		if err != nil && !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	if calls != 3 {
		t.Errorf("%d calls, want two that delete objects and one that deletes the bucket", calls)
	}
	if err := storageBucketType.Read(t.Context(), c, &x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("read: %v, want %v", err, providers.ErrGone)
	}
}
