package fake

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// policy is an IAM policy of a project, a service account or a bucket.
type policy struct {
	Version      int            `json:"version,omitempty"`
	Bindings     []*binding     `json:"bindings,omitempty"`
	AuditConfigs []*auditConfig `json:"auditConfigs,omitempty"`
	Etag         string         `json:"etag,omitempty"`
	Kind         string         `json:"kind,omitempty"`            // of buckets
	ResourceID   string         `json:"resourceId,omitempty"`      // of buckets
	Own          []string       `json:"own,omitempty" wire:"-"`    // bindings no client made, for Inventory
	Serial       int            `json:"serial,omitempty" wire:"-"` // counts changes, for the etag
}

// binding gives members a role.
type binding struct {
	Role      string     `json:"role,omitempty"`
	Members   []string   `json:"members,omitempty"`
	Condition *condition `json:"condition,omitempty"`
}

// condition limits a binding.
type condition struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Expression  string `json:"expression,omitempty"`
	Location    string `json:"location,omitempty"`
}

// auditConfig says what is logged.
type auditConfig struct {
	Service         string            `json:"service,omitempty"`
	AuditLogConfigs []*auditLogConfig `json:"auditLogConfigs,omitempty"`
}

// auditLogConfig is a kind of log with exceptions.
type auditLogConfig struct {
	LogType         string   `json:"logType,omitempty" enum:"LOG_TYPE_UNSPECIFIED,ADMIN_READ,DATA_WRITE,DATA_READ"`
	ExemptedMembers []string `json:"exemptedMembers,omitempty"`
}

// seal gives p the etag of its next version.
func (p *policy) seal() {
	p.Serial++
	h := fnv.New64a()
	fmt.Fprint(h, p.Serial)
	p.Etag = base64.StdEncoding.EncodeToString(append([]byte("\x07\x06"), h.Sum(nil)[:6]...))
}

// lines are the bindings one by one, "role member" and the condition's title,
// without those no client made.
func (p *policy) lines() []string {
	var out []string
	for _, b := range p.Bindings {
		for _, m := range b.Members {
			if line := b.line(m); !slices.Contains(p.Own, line) {
				out = append(out, line)
			}
		}
	}
	return out
}

func (b *binding) line(member string) string {
	line := b.Role + " " + member
	if b.Condition != nil {
		line += " " + b.Condition.Title
	}
	return line
}

func (p *policy) removeLine(line string) bool {
	for _, b := range p.Bindings {
		if drop(&b.Members, func(m string) bool { return b.line(m) == line }) {
			p.tidy()
			p.seal()
			return true
		}
	}
	return false
}

func (p *policy) conditional() bool {
	return slices.ContainsFunc(p.Bindings, func(b *binding) bool { return b.Condition != nil })
}

// tidy merges bindings of the same role and condition, and drops empty ones.
func (p *policy) tidy() {
	var out []*binding
	for _, b := range p.Bindings {
		i := slices.IndexFunc(out, func(o *binding) bool {
			return o.Role == b.Role && fingerprint(o.Condition) == fingerprint(b.Condition)
		})
		if i < 0 {
			out = append(out, &binding{Role: b.Role, Condition: b.Condition})
			i = len(out) - 1
		}
		for _, m := range b.Members {
			if !slices.Contains(out[i].Members, m) {
				out[i].Members = append(out[i].Members, m)
			}
		}
	}
	for _, b := range out {
		slices.Sort(b.Members)
	}
	slices.SortStableFunc(out, func(a, b *binding) int { return strings.Compare(a.Role, b.Role) })
	p.Bindings = slices.DeleteFunc(out, func(b *binding) bool { return len(b.Members) == 0 })
}

// view is p for a client that asked for version. Those that know no conditions
// see bindings with one under another name, as in the API.
func (p *policy) view(version int) (map[string]any, error) {
	if version != 0 && version != 1 && version != 3 {
		return nil, refusal(http.StatusBadRequest, "badRequest", "Requested policy version (%d) must be 0, 1 or 3.", version)
	}
	v := *p
	v.Own, v.Serial, v.Version = nil, 0, 1
	switch {
	case p.conditional() && version == 3:
		v.Version = 3
	case p.conditional():
		v.Bindings = nil
		for _, b := range p.Bindings {
			shown := *b
			if b.Condition != nil {
				h := fnv.New64a()
				fmt.Fprint(h, fingerprint(b.Condition))
				shown.Role, shown.Condition = fmt.Sprintf("%s_withcond_%016x", b.Role, h.Sum64()), nil
			}
			v.Bindings = append(v.Bindings, &shown)
		}
	}
	return document(v), nil
}

// concurrent is the refusal of an old etag.
func concurrent() error {
	return &apiError{status: http.StatusConflict, reason: "aborted", rpc: "ABORTED",
		message: "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."}
}

var roleName = providers.NewPattern(`^(roles|projects/[^/]+/roles|organizations/\d+/roles)/[a-zA-Z0-9_.]{1,100}$`)

// checkPolicy refuses bindings that IAM refuses. public allows allUsers.
func (c *Cloud) checkPolicy(q *request, p *policy, public bool) error {
	bad := func(format string, args ...any) error {
		return refusal(http.StatusBadRequest, "badRequest", format, args...)
	}
	if p.Version != 0 && p.Version != 1 && p.Version != 3 {
		return bad("Policy version must be 0, 1 or 3.")
	}
	if p.conditional() && p.Version != 3 {
		return bad("Policies with a conditional role binding must have version 3.")
	}
	for _, b := range p.Bindings {
		if b == nil || !roleName.MatchString(b.Role) {
			return bad("Role (%s) does not exist in the resource's hierarchy.", bindingRole(b))
		}
		if b.Condition != nil && (b.Condition.Expression == "" || b.Condition.Title == "") {
			return bad("Condition of role %s needs a title and an expression.", b.Role)
		}
		for _, m := range b.Members {
			if err := c.checkMember(q, m, public); err != nil {
				return err
			}
		}
	}
	return nil
}

func bindingRole(b *binding) string {
	if b == nil {
		return ""
	}
	return b.Role
}

// checkMember refuses members without a type and service accounts that do not exist.
func (c *Cloud) checkMember(q *request, m string, public bool) error {
	if m == "allUsers" || m == "allAuthenticatedUsers" {
		if public {
			return nil
		}
		return refusal(http.StatusBadRequest, "badRequest", "Members belonging to the external domain are not allowed: %s", m)
	}
	kind, id, found := strings.Cut(m, ":")
	switch {
	case !found || id == "":
		return refusal(http.StatusBadRequest, "badRequest",
			"The member %s is of an unknown type. Please set a valid type prefix for the member.", m)
	case kind == "principal" || kind == "principalSet" || kind == "deleted" || kind == "domain" ||
		kind == "projectOwner" || kind == "projectEditor" || kind == "projectViewer":
		return nil
	case kind != "user" && kind != "group" && kind != "serviceAccount":
		return refusal(http.StatusBadRequest, "badRequest",
			"The member %s is of an unknown type. Please set a valid type prefix for the member.", m)
	case !strings.Contains(id, "@"):
		return refusal(http.StatusBadRequest, "badRequest", "Invalid principal %s.", m)
	case kind == "serviceAccount" && !c.accountKnown(q, id):
		return refusal(http.StatusBadRequest, "badRequest", "Service account %s does not exist.", id)
	}
	return nil
}

// replacePolicy puts in, as a client sent it, in the place of p.
func (c *Cloud) replacePolicy(q *request, p, in *policy, public bool) error {
	if in.Etag != "" && in.Etag != p.Etag {
		return concurrent()
	}
	if err := c.checkPolicy(q, in, public); err != nil {
		return err
	}
	p.Bindings = in.Bindings
	p.tidy()
	p.seal()
	return nil
}

// policyQuestion is the body of getIamPolicy.
type policyQuestion struct {
	Options struct {
		RequestedPolicyVersion int `json:"requestedPolicyVersion"`
	} `json:"options"`
}

// policyAnswer is the body of setIamPolicy.
type policyAnswer struct {
	Policy     *policy `json:"policy"`
	UpdateMask string  `json:"updateMask"`
}

// testPermissions answers which of the permissions asked for are there.
func (c *Cloud) testPermissions(q *request) (reply, error) {
	var in struct {
		Permissions []string `json:"permissions"`
	}
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	granted := slices.DeleteFunc(in.Permissions, func(p string) bool { return slices.Contains(c.o.Denied, p) })
	return ok(map[string]any{"permissions": granted})
}
