package fake

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// serviceAccount is an identity of a project.
type serviceAccount struct {
	Name           string      `json:"name,omitempty"`
	ProjectID      string      `json:"projectId,omitempty"`
	UniqueID       string      `json:"uniqueId,omitempty"`
	Email          string      `json:"email,omitempty"`
	DisplayName    string      `json:"displayName,omitempty"`
	Etag           string      `json:"etag,omitempty"`
	Description    string      `json:"description,omitempty"`
	Oauth2ClientID string      `json:"oauth2ClientId,omitempty"`
	Disabled       bool        `json:"disabled,omitempty"`
	Book           accountBook `json:"book" wire:"-"`
}

// accountBook is what the fake remembers of a service account.
type accountBook struct {
	CreatedAt time.Time `json:"created_at"`
	DeletedAt time.Time `json:"deleted_at"` // zero while it lives
	Policy    policy    `json:"policy"`
}

func (a *serviceAccount) Key() string   { return a.UniqueID }
func (a *serviceAccount) Title() string { return a.Email }
func (a *serviceAccount) Hidden() bool  { return !a.Book.DeletedAt.IsZero() }

// accountByEmail returns the living account with the address.
func (c *Cloud) accountByEmail(email string) (*serviceAccount, bool) {
	for _, a := range c.s.Accounts {
		if a.Email == email && a.Book.DeletedAt.IsZero() {
			return a, true
		}
	}
	return nil, false
}

// accountVisible tells whether reads and policies know of a already.
func (c *Cloud) accountVisible(q *request, a *serviceAccount) bool {
	return !q.now.Before(a.Book.CreatedAt.Add(c.o.EventualLag))
}

// accountKnown tells whether a policy can name the address: an account of a
// project here, or one of Google's own.
func (c *Cloud) accountKnown(q *request, email string) bool {
	for _, p := range c.s.Projects {
		n := projectNumber(p.ID)
		own := []string{defaultAccount(p.ID), n + "@cloudservices.gserviceaccount.com", p.ID + "@appspot.gserviceaccount.com"}
		if slices.Contains(own, email) || strings.HasPrefix(email, "service-"+n+"@") && strings.HasSuffix(email, ".iam.gserviceaccount.com") {
			return true
		}
	}
	a, found := c.accountByEmail(email)
	return found && c.accountVisible(q, a)
}

// purgeAccounts forgets accounts that can no longer be restored.
func (c *Cloud) purgeAccounts(now time.Time) {
	c.s.Accounts = slices.DeleteFunc(c.s.Accounts, func(a *serviceAccount) bool {
		return a.Hidden() && now.Sub(a.Book.DeletedAt) > 30*24*time.Hour
	})
}

func (c *Cloud) accountRoutes() map[string]handler {
	const all = "/v1/projects/{project}/serviceAccounts"
	const one = all + "/{account}"
	return map[string]handler{
		"POST " + all:                          c.iam("create", c.createAccount),
		"GET " + all:                           c.iam("list", c.listAccounts),
		"GET " + one:                           c.iam("get", c.readAccount),
		"PATCH " + one:                         c.iam("update", c.patchAccount),
		"PUT " + one:                           c.iam("update", c.updateAccount),
		"DELETE " + one:                        c.iam("delete", c.deleteAccount),
		"POST " + one + "/:undelete":           c.iam("undelete", c.undeleteAccount),
		"POST " + one + "/:enable":             c.iam("enable", c.enableAccount),
		"POST " + one + "/:disable":            c.iam("disable", c.disableAccount),
		"POST " + one + "/:getIamPolicy":       c.iam("getIamPolicy", c.accountPolicy),
		"POST " + one + "/:setIamPolicy":       c.iam("setIamPolicy", c.setAccountPolicy),
		"POST " + one + "/:testIamPermissions": c.iam("get", c.testPermissions),
	}
}

// iam wraps a handler of service accounts: the permission, without
// "iam.serviceAccounts.", and the project are checked first.
func (c *Cloud) iam(permission string, h handler) handler {
	return func(q *request) (reply, error) {
		full := "iam.serviceAccounts." + permission
		wildcard := q.project() == "-" && q.PathValue("account") != ""
		if !wildcard && c.projectOf(q) == nil || slices.Contains(c.o.Denied, full) {
			return fail(&apiError{
				status: http.StatusForbidden, reason: "forbidden",
				message: "Permission '" + full + "' denied on resource (or it may not exist).",
				details: []any{map[string]any{
					"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED", "domain": "iam.googleapis.com",
					"metadata": map[string]any{"permission": full},
				}},
			})
		}
		return h(q)
	}
}

// findAccount returns the account of the path, by address or unique id.
func (c *Cloud) findAccount(q *request) (*serviceAccount, error) {
	id := q.PathValue("account")
	for _, a := range c.s.Accounts {
		inProject := q.project() == "-" || a.ProjectID == q.project() || projectNumber(a.ProjectID) == q.project()
		if inProject && !a.Hidden() && (a.Email == id || a.UniqueID == id) {
			return a, nil
		}
	}
	return nil, refusal(http.StatusNotFound, "notFound", "Unknown service account")
}

// seenAccount is findAccount for reads, which new accounts reach late.
func (c *Cloud) seenAccount(q *request) (*serviceAccount, error) {
	a, err := c.findAccount(q)
	if err == nil && !c.accountVisible(q, a) {
		return nil, refusal(http.StatusNotFound, "notFound", "Unknown service account")
	}
	return a, err
}

func (a *serviceAccount) seal() {
	a.Etag = base64.StdEncoding.EncodeToString([]byte("MDEwMjE5MjA=" + fingerprint(a.DisplayName+a.Description))[:16])
}

func (a *serviceAccount) check() error {
	if len(a.DisplayName) > 100 {
		return refusal(http.StatusBadRequest, "badRequest", "Display name is too long; the limit is 100 bytes.")
	}
	if len(a.Description) > 256 {
		return refusal(http.StatusBadRequest, "badRequest", "Description is too long; the limit is 256 bytes.")
	}
	return nil
}

var accountID = providers.NewPattern(`^[a-z][-a-z0-9]{4,28}[a-z0-9]$`)

func (c *Cloud) createAccount(q *request) (reply, error) {
	var in struct {
		AccountID      string          `json:"accountId"`
		ServiceAccount *serviceAccount `json:"serviceAccount"`
	}
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	if !accountID.MatchString(in.AccountID) {
		return fail(refusal(http.StatusBadRequest, "badRequest", "Invalid service account ID '%s': must be 6 to 30 characters, "+
			"lower-case letters, digits and hyphens, and begin with a letter.", in.AccountID))
	}
	project := c.projectOf(q).ID
	a := &serviceAccount{ProjectID: project, Email: in.AccountID + "@" + project + ".iam.gserviceaccount.com"}
	if in.ServiceAccount != nil {
		a.DisplayName, a.Description = in.ServiceAccount.DisplayName, in.ServiceAccount.Description
	}
	if err := a.check(); err != nil {
		return fail(err)
	}
	if _, taken := c.accountByEmail(a.Email); taken {
		return fail(refusal(http.StatusConflict, "alreadyExists", "Service account %s already exists within project projects/%s.", in.AccountID, project))
	}
	living := 0
	for _, other := range c.s.Accounts {
		if other.ProjectID == project && !other.Hidden() {
			living++
		}
	}
	if living >= c.o.Quota.ServiceAccounts {
		return fail(refusal(http.StatusTooManyRequests, "quotaExceeded", "Maximum number of service accounts on project reached."))
	}
	a.Name = "projects/" + project + "/serviceAccounts/" + a.Email
	a.UniqueID = "10" + c.newID().String()
	a.Oauth2ClientID, a.Book.CreatedAt = a.UniqueID, q.now
	a.seal()
	c.s.Accounts.Add(a)
	return ok(visible(a))
}

func (c *Cloud) readAccount(q *request) (reply, error) {
	a, err := c.seenAccount(q)
	if err != nil {
		return fail(err)
	}
	return ok(visible(a))
}

func (c *Cloud) listAccounts(q *request) (reply, error) {
	var out []map[string]any
	for _, a := range c.s.Accounts {
		if a.ProjectID == c.projectOf(q).ID && !a.Hidden() && c.accountVisible(q, a) {
			out = append(out, visible(a))
		}
	}
	email := func(m map[string]any) string { return text(m["email"]) }
	slices.SortFunc(out, func(a, b map[string]any) int { return strings.Compare(email(a), email(b)) })
	part, next, err := pageOf(q, "pageSize", 20, 100, out, email)
	if err != nil {
		return fail(err)
	}
	body := map[string]any{}
	if len(part) > 0 {
		body["accounts"] = part
	}
	if next != "" {
		body["nextPageToken"] = next
	}
	return ok(body)
}

// patchAccount changes the fields of the update mask.
func (c *Cloud) patchAccount(q *request) (reply, error) {
	var in struct {
		ServiceAccount *serviceAccount `json:"serviceAccount"`
		UpdateMask     string          `json:"updateMask"`
	}
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	if in.UpdateMask == "" || in.ServiceAccount == nil {
		return fail(refusal(http.StatusBadRequest, "badRequest", "The update mask must not be empty."))
	}
	return c.changeAccount(q, in.ServiceAccount, strings.Split(in.UpdateMask, ","))
}

// updateAccount is PUT: it changes the display name only.
func (c *Cloud) updateAccount(q *request) (reply, error) {
	var in serviceAccount
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	return c.changeAccount(q, &in, []string{"display_name"})
}

func (c *Cloud) changeAccount(q *request, in *serviceAccount, mask []string) (reply, error) {
	a, err := c.findAccount(q)
	if err != nil {
		return fail(err)
	}
	if in.Etag != "" && in.Etag != a.Etag {
		return fail(&apiError{status: http.StatusConflict, reason: "aborted", rpc: "ABORTED", message: "There were concurrent changes to the service account."})
	}
	draft := *a
	for _, f := range mask {
		switch camel(strings.TrimSpace(f)) {
		case "displayName":
			draft.DisplayName = in.DisplayName
		case "description":
			draft.Description = in.Description
		case "etag":
		default:
			return fail(refusal(http.StatusBadRequest, "badRequest", "Invalid field in update mask: %s", f))
		}
	}
	if err := draft.check(); err != nil {
		return fail(err)
	}
	*a = draft
	a.seal()
	return ok(visible(a))
}

// deleteAccount leaves bindings behind that name the deleted account.
func (c *Cloud) deleteAccount(q *request) (reply, error) {
	a, err := c.findAccount(q)
	if err != nil {
		return fail(err)
	}
	a.Book.DeletedAt = q.now
	c.renameMember("serviceAccount:"+a.Email, a.tombstone())
	return ok(map[string]any{})
}

// tombstone is how policies call a after its deletion.
func (a *serviceAccount) tombstone() string {
	return "deleted:serviceAccount:" + a.Email + "?uid=" + a.UniqueID
}

// renameMember replaces a member in all policies.
func (c *Cloud) renameMember(from, to string) {
	var all []*policy
	for _, p := range c.s.Projects {
		all = append(all, &p.Policy)
	}
	for _, a := range c.s.Accounts {
		all = append(all, &a.Book.Policy)
	}
	for _, b := range c.s.Buckets {
		all = append(all, &b.Book.Policy)
	}
	for _, p := range all {
		for _, b := range p.Bindings {
			if i := slices.Index(b.Members, from); i >= 0 {
				b.Members[i] = to
				p.seal()
			}
		}
	}
}

func (c *Cloud) undeleteAccount(q *request) (reply, error) {
	for _, a := range c.s.Accounts {
		if !a.Hidden() || a.UniqueID != q.PathValue("account") {
			continue
		}
		if _, taken := c.accountByEmail(a.Email); taken {
			return fail(&apiError{status: http.StatusBadRequest, reason: "failedPrecondition", rpc: "FAILED_PRECONDITION",
				message: "A service account with the same name exists."})
		}
		a.Book.DeletedAt = time.Time{}
		c.renameMember(a.tombstone(), "serviceAccount:"+a.Email)
		return ok(map[string]any{"restoredAccount": visible(a)})
	}
	return fail(refusal(http.StatusNotFound, "notFound", "Unknown service account"))
}

func (c *Cloud) enableAccount(q *request) (reply, error)  { return c.switchAccount(q, false) }
func (c *Cloud) disableAccount(q *request) (reply, error) { return c.switchAccount(q, true) }

func (c *Cloud) switchAccount(q *request, disabled bool) (reply, error) {
	a, err := c.findAccount(q)
	if err != nil {
		return fail(err)
	}
	a.Disabled = disabled
	return ok(map[string]any{})
}

func (c *Cloud) accountPolicy(q *request) (reply, error) {
	a, err := c.seenAccount(q)
	if err != nil {
		return fail(err)
	}
	version, err := queryInt(q, "options.requestedPolicyVersion", 0, 0, 3)
	if err != nil {
		return fail(err)
	}
	return c.answerPolicy(&a.Book.Policy, version)
}

// answerPolicy shows p, which may never have been set.
func (c *Cloud) answerPolicy(p *policy, version int) (reply, error) {
	if p.Etag == "" {
		return ok(map[string]any{"etag": "ACAB"})
	}
	v, err := p.view(version)
	if err != nil {
		return fail(err)
	}
	return ok(v)
}

func (c *Cloud) setAccountPolicy(q *request) (reply, error) {
	var in policyAnswer
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	a, err := c.seenAccount(q)
	if err != nil {
		return fail(err)
	}
	if in.Policy == nil {
		return fail(refusal(http.StatusBadRequest, "badRequest", "Policy is required."))
	}
	p := &a.Book.Policy
	if p.Etag == "" && in.Policy.Etag == "ACAB" {
		in.Policy.Etag = ""
	}
	if err := c.replacePolicy(q, p, in.Policy, false); err != nil {
		return fail(err)
	}
	return c.answerPolicy(p, 3)
}
