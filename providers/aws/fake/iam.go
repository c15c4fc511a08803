package fake

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// iamState is what IAM has, for all regions.
type iamState struct {
	Roles    table[*iamRole]    `json:"roles"`
	Policies table[*iamPolicy]  `json:"policies"` // the account's own
	Profiles table[*iamProfile] `json:"instance_profiles"`
}

func (s *iamState) kinds() fakecloud.Kinds {
	return fakecloud.Kinds{"iam_role": &s.Roles, "iam_policy": &s.Policies, "iam_instance_profile": &s.Profiles}
}

// settleIAM has nothing to do: what is seen depends on the age alone.
func (c *Cloud) settleIAM(time.Time) {}

func (c *Cloud) iamService() service {
	all := map[string]operation{}
	for _, family := range []map[string]operation{
		c.roleOperations(), c.inlineOperations(), c.policyOperations(), c.versionOperations(), c.attachmentOperations(), c.iamProfileOperations(),
	} {
		maps.Copy(all, family)
	}
	return c.queryService("iam", dialect{version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		missing: missingMember, deny: denyQuery, denied: deniedQuery}, all)
}

// iamMeta is what every IAM object has.
type iamMeta struct {
	Name      string    `json:"name"`
	ID        string    `json:"id"`
	Path      string    `json:"path"`
	CreatedAt time.Time `json:"created_at"`
	Tags      []iamTag  `json:"tags"`
}

func (m *iamMeta) Key() string   { return m.Name }
func (m *iamMeta) Title() string { return "" }

// newIAM is the meta of an object made now; prefix begins its id.
func (c *Cloud) newIAM(q *call, prefix, name, path string, tags []iamTag) iamMeta {
	if path == "" {
		path = "/"
	}
	return iamMeta{Name: name, ID: prefix + strings.ToUpper(c.s.IDs.Text(17)), Path: path, CreatedAt: q.now.Truncate(time.Second), Tags: tags}
}

// iamSeen tells whether IAM itself knows m by now.
func (c *Cloud) iamSeen(now time.Time, m iamMeta) bool {
	return !now.Before(m.CreatedAt.Add(c.o.EventualLag))
}

// iamVisible tells whether other services know m by now.
func (c *Cloud) iamVisible(now time.Time, m iamMeta) bool {
	return c.iamSeen(now, m) && !now.Before(m.CreatedAt.Add(c.o.IAMLag))
}

// iamStamp is IAM's form of a time.
func iamStamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func noSuchEntity(format string, args ...any) error {
	return refusalWith(http.StatusNotFound, "NoSuchEntity", format, args...)
}

func entityExists(format string, args ...any) error {
	return refusalWith(http.StatusConflict, "EntityAlreadyExists", format, args...)
}

func deleteConflict(format string, args ...any) error {
	return refusalWith(http.StatusConflict, "DeleteConflict", format, args...)
}

func limitExceeded(format string, args ...any) error {
	return refusalWith(http.StatusConflict, "LimitExceeded", format, args...)
}

func malformedDocument(why error) error { return refusal("MalformedPolicyDocument", "%s", why) }

// invalidMember refuses a value that the API's model does not allow.
func invalidMember(name, value, constraint string) error {
	return refusal("ValidationError", "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, name, constraint)
}

var (
	iamNamePattern = providers.NewPattern(`^[\w+=,.@-]+$`)
	iamPathPattern = providers.NewPattern(`^(/|/[\x21-\x7f]+/)$`)
)

// checkName checks the name of an object of IAM.
func checkName(param, name string, longest int) error {
	if len(name) > longest {
		return invalidMember(param, name, "Member must have length less than or equal to "+itoa(longest))
	}
	if !iamNamePattern.MatchString(name) {
		return refusal("ValidationError", "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", param)
	}
	return nil
}

func checkPath(path string) error {
	if path != "" && (len(path) > 512 || !iamPathPattern.MatchString(path) || strings.Contains(path, "//")) {
		return refusal("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return nil
}

func checkDescription(text string) error {
	if utf8.RuneCountInString(text) > 1000 {
		return invalidMember("description", text, "Member must have length less than or equal to 1000")
	}
	return nil
}

// members is a list in the answers of IAM.
type members[T any] struct {
	Items []T `xml:"member"`
}

// pageParams ask for a page of a list.
type pageParams struct {
	Marker   string
	MaxItems *int
}

// iamPage is the end of a list's answer.
type iamPage struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// pageOf returns the page of items that p asks for; name is their order, and
// unique among them.
func pageOf[T any](p pageParams, items []T, name func(T) string) ([]T, iamPage, error) {
	size := 100
	if p.MaxItems != nil {
		size = *p.MaxItems
	}
	if size < 1 || size > 1000 {
		return nil, iamPage{}, invalidMember("maxItems", itoa(size), "Member must have value between 1 and 1000")
	}
	after, err := base64.RawURLEncoding.DecodeString(p.Marker)
	if err != nil {
		return nil, iamPage{}, refusal("ValidationError", "Invalid Marker.")
	}
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	items = slices.DeleteFunc(items, func(x T) bool { return name(x) <= string(after) })
	if len(items) <= size {
		return items, iamPage{}, nil
	}
	return items[:size], iamPage{true, base64.RawURLEncoding.EncodeToString([]byte(name(items[size-1])))}, nil
}

// viewsOf is a list of views.
func viewsOf[T, V any](items []T, view func(T) V) members[V] {
	var out members[V]
	for _, x := range items {
		out.Items = append(out.Items, view(x))
	}
	return out
}
