package fake

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// cdn is an endpoint that serves a Space.
type cdn struct {
	ID            string    `json:"id"`
	Origin        string    `json:"origin"`
	TTL           int       `json:"ttl"`
	CertificateID string    `json:"certificate_id"`
	CustomDomain  string    `json:"custom_domain"`
	CreatedAt     time.Time `json:"created_at"`
}

func (e *cdn) Key() string   { return e.ID }
func (e *cdn) Title() string { return e.Origin }

// cdnTTLs are those that the API takes.
var cdnTTLs = []int{60, 600, 3600, 86400, 604800}

// noCertificate asks for a certificate that the API makes itself.
const noCertificate = "needs-cloudflare-cert"

// cdnOrigin knows that a dot in the name of a Space makes an origin invalid.
var cdnOrigin = regexp.MustCompile(`^([a-z0-9][a-z0-9-]+)\.([a-z0-9]+)\.digitaloceanspaces\.com$`)

func (c *Cloud) cdnRoutes() map[string]handler {
	const endpoint = "/v2/cdn/endpoints/{id}"
	return map[string]handler{
		"POST /v2/cdn/endpoints":        c.createCDN,
		"GET /v2/cdn/endpoints":         c.listCDNs,
		"GET " + endpoint:               c.readCDN,
		"PUT " + endpoint:               c.updateCDN,
		"DELETE " + endpoint:            c.deleteCDN,
		"DELETE " + endpoint + "/cache": c.purgeCDN,
	}
}

// cdnSpec is the body of create and update.
type cdnSpec struct {
	Origin        string  `json:"origin"`
	TTL           *int    `json:"ttl"`
	CertificateID *string `json:"certificate_id"`
	CustomDomain  *string `json:"custom_domain"`
}

// setCDN brings what in says into e, or refuses it.
func (c *Cloud) setCDN(e *cdn, in *cdnSpec) error {
	give(&e.TTL, in.TTL)
	give(&e.CertificateID, in.CertificateID)
	give(&e.CustomDomain, in.CustomDomain)
	_, certified := c.s.Certificates.Find(e.CertificateID)
	switch {
	case !slices.Contains(cdnTTLs, e.TTL):
		return invalid("invalid ttl")
	case e.CertificateID != "" && e.CertificateID != noCertificate && !certified:
		return invalid("invalid certificate id")
	case e.CustomDomain != "" && !domainName.MatchString(e.CustomDomain):
		return invalid("invalid custom domain")
	case (e.CustomDomain == "") != (e.CertificateID == ""):
		return invalid("a custom domain needs a certificate, and a certificate a custom domain")
	}
	return nil
}

func (c *Cloud) createCDN(q *request) (reply, error) {
	var in cdnSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	m := cdnOrigin.FindStringSubmatch(in.Origin)
	if m == nil {
		return reply{}, invalid("invalid origin")
	}
	if b, found := c.spaces.Bucket(m[1]); !found || b.Region != m[2] {
		return reply{}, invalid("invalid origin")
	}
	if slices.ContainsFunc(c.s.CDNs, func(e *cdn) bool { return e.Origin == in.Origin }) {
		return reply{}, conflict("cdn already enabled")
	}
	e := &cdn{Origin: in.Origin, TTL: 3600, CreatedAt: q.now}
	if err := c.setCDN(e, &in); err != nil {
		return reply{}, err
	}
	e.ID = c.s.IDs.UUID()
	c.s.CDNs.Add(e)
	return created(map[string]any{"endpoint": e.view()})
}

func (e *cdn) view() map[string]any {
	v := map[string]any{"id": e.ID, "origin": e.Origin, "ttl": e.TTL, "created_at": stamp(e.CreatedAt),
		"endpoint": strings.Replace(e.Origin, ".digitaloceanspaces.", ".cdn.digitaloceanspaces.", 1)}
	if e.CustomDomain != "" {
		v["custom_domain"], v["certificate_id"] = e.CustomDomain, e.CertificateID
	}
	return v
}

func (c *Cloud) listCDNs(q *request) (reply, error) {
	return list(q, "endpoints", c.s.CDNs, (*cdn).view)
}

// findCDN finds the endpoint the path names.
func (c *Cloud) findCDN(q *request) (*cdn, error) { return get(c.s.CDNs, q.PathValue("id")) }

func (c *Cloud) readCDN(q *request) (reply, error) {
	e, err := c.findCDN(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"endpoint": e.view()})
}

func (c *Cloud) updateCDN(q *request) (reply, error) {
	e, err := c.findCDN(q)
	if err != nil {
		return reply{}, err
	}
	var in cdnSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	changed := *e
	if err := c.setCDN(&changed, &in); err != nil {
		return reply{}, err
	}
	*e = changed
	return ok(map[string]any{"endpoint": e.view()})
}

func (c *Cloud) deleteCDN(q *request) (reply, error) {
	e, err := c.findCDN(q)
	if err != nil {
		return reply{}, err
	}
	c.s.CDNs.Drop(e.ID)
	return noContent()
}

func (c *Cloud) purgeCDN(q *request) (reply, error) {
	if _, err := c.findCDN(q); err != nil {
		return reply{}, err
	}
	var in struct {
		Files []string `json:"files"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if len(in.Files) == 0 {
		return reply{}, invalid("files is required")
	}
	return noContent()
}
