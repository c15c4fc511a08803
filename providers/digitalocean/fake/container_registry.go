package fake

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// registry holds container images. The name is its id.
type registry struct {
	Name      string    `json:"name"`
	Region    string    `json:"region"`
	Bytes     int       `json:"storage_usage_bytes"`
	CreatedAt time.Time `json:"created_at"`
}

func (r *registry) Key() string   { return r.Name }
func (r *registry) Title() string { return r.Name }

// registryTier is what the account pays for all its registries.
type registryTier struct {
	slug, name   string
	registries   int
	repositories int
	gib          int
	cents        int
}

var registryTiers = []registryTier{
	{"starter", "Starter", 1, 1, 1, 0},
	{"basic", "Basic", 1, 5, 5, 500},
	{"professional", "Professional", 10, 0, 100, 2000},
}

var registryRegions = []string{"nyc3", "sfo3", "sfo2", "ams3", "sgp1", "fra1", "blr1", "syd1"}

func findTier(slug string) (registryTier, error) {
	i := slices.IndexFunc(registryTiers, func(t registryTier) bool { return t.slug == slug })
	if i < 0 {
		return registryTier{}, invalid("invalid subscription tier: %q", slug)
	}
	return registryTiers[i], nil
}

func (t registryTier) view() map[string]any {
	return map[string]any{
		"name": t.name, "slug": t.slug, "included_repositories": t.repositories, "included_storage_bytes": t.gib << 30,
		"allow_storage_overage": t.cents > 0, "included_bandwidth_bytes": t.gib << 30, "monthly_price_in_cents": t.cents,
		"storage_overage_price_in_cents": 2,
	}
}

func (c *Cloud) registryRoutes() map[string]handler {
	const one = "/v2/registries/{name}"
	return map[string]handler{
		"POST /v2/registries":                c.createRegistry,
		"GET /v2/registries":                 c.listRegistries,
		"POST /v2/registries/validate-name":  c.validateRegistryName,
		"GET /v2/registries/options":         c.registryOptions,
		"GET /v2/registries/subscription":    c.readRegistrySubscription,
		"POST /v2/registries/subscription":   c.changeRegistrySubscription,
		"GET " + one:                         c.readRegistry,
		"DELETE " + one:                      c.deleteRegistry,
		"GET " + one + "/docker-credentials": c.makeDockerCredentials,
		"POST " + revokePath:                 c.revokeToken,
	}
}

var registryName = providers.NewPattern(`^[a-z0-9-]{1,63}$`)

func (c *Cloud) checkRegistryName(name string) error {
	if !registryName.MatchString(name) {
		return invalid("invalid registry name: %q", name)
	}
	if _, taken := c.s.Registries.Find(name); taken {
		return conflict("registry name is already taken: %s", name)
	}
	return nil
}

func (c *Cloud) createRegistry(q *request) (reply, error) {
	var in struct {
		Name   string `json:"name"`
		Tier   string `json:"subscription_tier_slug"`
		Region string `json:"region"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Region == "" {
		in.Region = "nyc3"
	}
	// The tier that the account has stays: only its own call changes it.
	if c.s.RegistryTier != "" {
		in.Tier = c.s.RegistryTier
	}
	tier, err := findTier(in.Tier)
	if err != nil {
		return reply{}, err
	}
	if err := c.checkRegistryName(in.Name); err != nil {
		return reply{}, err
	}
	switch {
	case !slices.Contains(registryRegions, in.Region):
		return reply{}, invalid("invalid registry region: %q", in.Region)
	case len(c.s.Registries) >= tier.registries:
		return reply{}, unmet("the %s tier includes %d registries: upgrade the subscription to make another", tier.slug, tier.registries)
	}
	r := &registry{Name: in.Name, Region: in.Region, CreatedAt: q.now}
	c.s.RegistryTier = tier.slug
	if c.s.RegistrySince.IsZero() {
		c.s.RegistrySince = q.now
	}
	c.s.Registries.Add(r)
	return created(map[string]any{"registry": r.view()})
}

func (r *registry) view() map[string]any {
	return map[string]any{
		"name": r.Name, "region": r.Region, "created_at": stamp(r.CreatedAt),
		"storage_usage_bytes": r.Bytes, "storage_usage_bytes_updated_at": stamp(r.CreatedAt),
	}
}

func (c *Cloud) findRegistry(q *request) (*registry, error) {
	r, found := c.s.Registries.Find(q.PathValue("name"))
	if !found {
		return nil, missing("registry does not exist")
	}
	return r, nil
}

func (c *Cloud) readRegistry(q *request) (reply, error) {
	r, err := c.findRegistry(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"registry": r.view()})
}

// listRegistries has no pages.
func (c *Cloud) listRegistries(*request) (reply, error) {
	views, total := []any{}, 0
	for _, r := range c.s.Registries {
		v := r.view()
		v["subscription"] = c.subscriptionView()
		views, total = append(views, v), total+r.Bytes
	}
	return ok(map[string]any{"registries": views, "total_storage_usage_bytes": total})
}

func (c *Cloud) deleteRegistry(q *request) (reply, error) {
	r, err := c.findRegistry(q)
	if err != nil {
		return reply{}, err
	}
	c.s.Registries.Drop(r.Name)
	if len(c.s.Registries) == 0 {
		c.s.RegistryTier, c.s.RegistrySince = "", time.Time{}
	}
	return noContent()
}

func (c *Cloud) validateRegistryName(q *request) (reply, error) {
	var in struct {
		Name string `json:"name"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkRegistryName(in.Name); err != nil {
		return reply{}, err
	}
	return noContent()
}

func (c *Cloud) registryOptions(*request) (reply, error) {
	var tiers []any
	for _, t := range registryTiers {
		v := t.view()
		v["eligible"] = len(c.s.Registries) <= t.registries
		tiers = append(tiers, v)
	}
	return ok(map[string]any{"options": map[string]any{"available_regions": registryRegions, "subscription_tiers": tiers}})
}

func (c *Cloud) subscriptionView() map[string]any {
	tier, _ := findTier(c.s.RegistryTier)
	return map[string]any{"tier": tier.view(), "created_at": stamp(c.s.RegistrySince), "updated_at": stamp(c.s.RegistrySince)}
}

func (c *Cloud) readRegistrySubscription(*request) (reply, error) {
	if c.s.RegistryTier == "" {
		return reply{}, notFound()
	}
	return ok(map[string]any{"subscription": c.subscriptionView()})
}

// changeRegistrySubscription refuses a tier that has no room for what is there.
func (c *Cloud) changeRegistrySubscription(q *request) (reply, error) {
	var in struct {
		Tier string `json:"tier_slug"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	tier, err := findTier(in.Tier)
	switch {
	case err != nil:
		return reply{}, err
	case c.s.RegistryTier == "":
		return reply{}, notFound()
	case len(c.s.Registries) > tier.registries:
		return reply{}, unmet("the account has more registries than the %s tier includes", tier.slug)
	}
	c.s.RegistryTier = tier.slug
	return ok(map[string]any{"subscription": c.subscriptionView()})
}

// registryToken lets Docker in.
type registryToken struct {
	Token     string    `json:"token"`
	Registry  string    `json:"registry"`
	Write     bool      `json:"write"`
	ExpiresAt time.Time `json:"expires_at"` // zero is never
}

func (c *Cloud) makeDockerCredentials(q *request) (reply, error) {
	r, err := c.findRegistry(q)
	if err != nil {
		return reply{}, err
	}
	seconds := 0
	if q.URL.Query().Get("expiry_seconds") != "" {
		if seconds, err = q.queryNumber("expiry_seconds", 0, 1576800000); err != nil {
			return reply{}, err
		}
	}
	t := registryToken{Token: oauthPrefix + c.s.IDs.Text(40), Registry: r.Name, Write: q.URL.Query().Get("read_write") == "true"}
	if seconds > 0 {
		t.ExpiresAt = q.now.Add(time.Duration(seconds) * time.Second)
	}
	c.s.RegistryTokens = append(c.s.RegistryTokens, t)
	auth := base64.StdEncoding.EncodeToString([]byte(t.Token + ":" + t.Token))
	return ok(map[string]any{"auths": map[string]any{"registry.digitalocean.com": map[string]any{"auth": auth}}})
}

// oauthPrefix starts the tokens that are made for registries.
const oauthPrefix = "doo_v1_"

// live reports whether t is in use at now.
func (t registryToken) live(now time.Time) bool {
	return t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt)
}

// authorizeRegistry refuses what a token of a registry does not reach: all of the
// API. One that has ended nobody knows.
func (c *Cloud) authorizeRegistry(token string) error {
	c.Lock()
	defer c.Unlock()
	if slices.ContainsFunc(c.s.RegistryTokens, func(t registryToken) bool { return t.Token == token && t.live(c.Now()) }) {
		return forbidden("You are not authorized to perform this operation")
	}
	return unauthorized()
}

// revokePath is an endpoint of the control panel, not of the API: a token is
// revoked by whoever has it.
const revokePath = "/v1/oauth/revoke"

func (c *Cloud) revokeToken(q *request) (reply, error) {
	bearer := strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer ")
	before := len(c.s.RegistryTokens)
	c.s.RegistryTokens = slices.DeleteFunc(c.s.RegistryTokens, func(t registryToken) bool {
		return t.live(q.now) && t.Token == bearer && string(q.body) == "token="+t.Token
	})
	if len(c.s.RegistryTokens) == before {
		return reply{}, unauthorized()
	}
	return ok(map[string]any{})
}
