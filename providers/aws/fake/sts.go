package fake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// identity is who makes a call.
type identity struct {
	arn, id string
}

// session is a set of temporary keys. Its key is the access key id.
type session struct {
	AccessKey string    `json:"access_key"`
	Secret    string    `json:"secret"`
	Token     string    `json:"token"`
	Role      string    `json:"role"` // the role's name
	Name      string    `json:"name"`
	RoleID    string    `json:"role_id"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *session) Key() string   { return s.AccessKey }
func (s *session) Title() string { return s.Name }

func (s *session) arn(account string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + s.Role + "/" + s.Name
}

// identify tells who owns the access key of t.
func (c *Cloud) identify(t target) (identity, denial) {
	if t.accessKey == "" {
		return identity{}, unsigned
	}
	c.Lock()
	defer c.Unlock()
	if s, found := c.s.Sessions.Find(t.accessKey); found {
		switch {
		case s.Token != t.token:
			return identity{}, unknownKey
		case !c.Now().Before(s.ExpiresAt):
			return identity{}, expiredToken
		}
		return identity{s.arn(c.o.Account), s.RoleID + ":" + s.Name}, 0
	}
	if c.o.AccessKey != "" && t.accessKey != c.o.AccessKey {
		return identity{}, unknownKey
	}
	return identity{"arn:aws:iam::" + c.o.Account + ":user/mlinfra", "AIDAMLINFRA" + c.o.Account[:min(10, len(c.o.Account))]}, 0
}

// stsDialect is the dialect of STS. IAM differs in version and namespace only.
func stsDialect() dialect {
	return dialect{version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
		missing: missingMember, deny: denyQuery, denied: deniedQuery}
}

// missingMember is how services that check calls against their model put it.
func missingMember(param string) error {
	name := strings.ToLower(param[:1]) + param[1:]
	return refusal("ValidationError", "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", name)
}

// denyQuery is how all query services but EC2 keep a caller out.
func denyQuery(why denial) error {
	switch why {
	case unsigned:
		return refusalWith(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	case expiredToken:
		return refusalWith(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")
	case badScope:
		return refusalWith(http.StatusForbidden, "SignatureDoesNotMatch", "Credential should be scoped to a valid region and service.")
	}
	return refusalWith(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
}

func deniedQuery(action string, who identity) error {
	return refusalWith(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: %s", who.arn, action)
}

func (c *Cloud) stsOperations() map[string]operation {
	return map[string]operation{"GetCallerIdentity": c.callerIdentity, "AssumeRole": c.assumeRole}
}

func (c *Cloud) callerIdentity(q *call) (any, error) {
	if err := q.decode(&struct{}{}); err != nil {
		return nil, err
	}
	return struct {
		Arn, UserId, Account string //nolint:revive // as in the API
	}{q.who.arn, q.who.id, c.o.Account}, nil
}

var (
	roleARN     = providers.NewPattern(`^arn:aws:iam::\d{12}:role/(?:[\x21-\x7e]*/)?([\w+=,.@-]{1,64})$`)
	sessionName = providers.NewPattern(`^[\w+=,.@-]{2,64}$`)
)

func (c *Cloud) assumeRole(q *call) (any, error) {
	var in struct {
		RoleArn         string `q:",required"`
		RoleSessionName string `q:",required"`
		DurationSeconds *int
		ExternalID      string `q:"ExternalId"`
		Policy          string
		PolicyArns      []struct {
			Arn string `q:"arn"`
		}
		Tags              []struct{ Key, Value string }
		TransitiveTagKeys []string
		SerialNumber      string
		TokenCode         string
		SourceIdentity    string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	duration := time.Hour
	if in.DurationSeconds != nil {
		duration = time.Duration(*in.DurationSeconds) * time.Second
	}
	role := roleARN.FindStringSubmatch(in.RoleArn)
	switch {
	case role == nil:
		return nil, refusal("ValidationError", "%s is invalid", in.RoleArn)
	case !sessionName.MatchString(in.RoleSessionName):
		return nil, refusal("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", in.RoleSessionName)
	case duration < 15*time.Minute || duration > 12*time.Hour:
		return nil, refusal("ValidationError", "The requested DurationSeconds exceeds the limits set for this role.")
	}
	c.s.Sessions = slices.DeleteFunc(c.s.Sessions, func(s *session) bool { return !q.now.Before(s.ExpiresAt) })
	s := &session{AccessKey: "ASIA" + strings.ToUpper(c.s.IDs.Text(16)), Secret: c.s.IDs.Text(40), Token: c.s.IDs.Text(120),
		Role: role[1], Name: in.RoleSessionName, RoleID: "AROA" + strings.ToUpper(c.s.IDs.Text(17)), ExpiresAt: q.now.Add(duration)}
	c.s.Sessions.Add(s)
	type credentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	type assumed struct{ AssumedRoleId, Arn string }
	return struct {
		Credentials     credentials
		AssumedRoleUser assumed
	}{credentials{s.AccessKey, s.Secret, s.Token, stamp(s.ExpiresAt)}, assumed{s.RoleID + ":" + s.Name, s.arn(c.o.Account)}}, nil
}
