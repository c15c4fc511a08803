package digitalocean

import (
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

func TestCredentialsAreRenewed(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	r := containerRegistry{Name: "ml", SubscriptionTierSlug: "basic"}
	if err := createContainerRegistry(ctx, p.client, &r, providers.Attempt{}); err != providers.ErrAgain {
		t.Fatal(err)
	}
	x := dockerCredentials{RegistryName: "ml", ExpirySeconds: 3600}
	if err := createDockerCredentials(ctx, p.client, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	forever := dockerCredentials{RegistryName: "ml"}
	if err := createDockerCredentials(ctx, p.client, &forever, providers.Attempt{}); err != nil || forever.ID == x.ID {
		t.Fatalf("id %s of both, %v", x.ID, err)
	}
	for _, step := range []struct {
		name    string
		after   time.Duration
		renewed bool
	}{
		{"before the end", 59 * time.Minute, false},
		{"at the end", time.Minute, true},
		{"a minute later", time.Minute, false},
	} {
		p.clock.Advance(step.after)
		was := x
		if err := readDockerCredentials(ctx, p.client, &x); err != nil {
			t.Fatal(err)
		}
		if got := x.DockerCredentials != was.DockerCredentials; got != step.renewed || x.ID != was.ID {
			t.Errorf("%s: renewed is %t, id %s after %s", step.name, got, x.ID, was.ID)
		}
	}
	p.clock.Advance(10 * 365 * 24 * time.Hour)
	was := forever
	if err := readDockerCredentials(ctx, p.client, &forever); err != nil || forever != was {
		t.Errorf("credentials without an end have changed: %v", err)
	}

	// A change revokes the old; what is revoked is gone.
	write := was
	write.Write = true
	for range 2 {
		if err := updateDockerCredentials(ctx, p.client, was, &write); err != nil || write.DockerCredentials == was.DockerCredentials {
			t.Fatalf("after the change: %v", err)
		}
	}
	if err := readDockerCredentials(ctx, p.client, &was); err != providers.ErrGone {
		t.Errorf("the old credentials: %v", err)
	}
	for range 2 {
		if err := deleteDockerCredentials(ctx, p.client, write); err != providers.ErrGone {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := p.Registries.Delete(ctx, "ml"); err != nil {
		t.Fatal(err)
	}
	if err := readDockerCredentials(ctx, p.client, &x); err != providers.ErrGone {
		t.Errorf("credentials for no registry: %v", err)
	}
}

// All registries of an account have one tier: another one makes it theirs.
func TestTierIsTheAccounts(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	first := containerRegistry{Name: "ml", SubscriptionTierSlug: "professional"}
	if err := createContainerRegistry(ctx, p.client, &first, providers.Attempt{}); err != providers.ErrAgain {
		t.Fatal(err)
	}
	second := containerRegistry{Name: "more", SubscriptionTierSlug: "basic"}
	want := second
	if err := createContainerRegistry(ctx, p.client, &second, providers.Attempt{}); err != providers.ErrAgain {
		t.Fatal(err)
	}
	if err := updateContainerRegistry(ctx, p.client, second, &want); err == nil || !strings.Contains(err.Error(), "more registries") {
		t.Errorf("two registries in the basic tier: %v", err)
	}
	for x, err := range listContainerRegistries(ctx, p.client, containerRegistry{}) {
		if err != nil || x.SubscriptionTierSlug != "professional" {
			t.Errorf("%s is in the tier %s, %v", x.Name, x.SubscriptionTierSlug, err)
		}
	}
}

func TestCheckContainerRegistry(t *testing.T) {
	for name, tc := range map[string]struct {
		x    containerRegistry
		want string
	}{
		"as it is":               {containerRegistry{Name: "ml", SubscriptionTierSlug: "basic", Region: "FRA1"}, ""},
		"a name with capitals":   {containerRegistry{Name: "ML", SubscriptionTierSlug: "basic"}, `name "ML"`},
		"an unknown tier":        {containerRegistry{Name: "ml", SubscriptionTierSlug: "free"}, "none of starter"},
		"a region without any":   {containerRegistry{Name: "ml", SubscriptionTierSlug: "basic", Region: "lon1"}, `region "lon1"`},
		"too long to be a name":  {containerRegistry{Name: strings.Repeat("a", 64), SubscriptionTierSlug: "basic"}, "at most 63"},
		"a name with underlines": {containerRegistry{Name: "a_b", SubscriptionTierSlug: "basic"}, `name "a_b"`},
	} {
		err := checkContainerRegistry(nil, tc.x)
		if (tc.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}
