package fake

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// policyDocument is a policy in IAM's language.
type policyDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement oneOrMore[statement]
}

// statement is one permission.
type statement struct {
	Sid          string
	Effect       string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Condition    map[string]map[string]oneOrMore[any]
}

// oneOrMore is a JSON value or a list of them.
type oneOrMore[T any] []T

// UnmarshalJSON reads a list, or one value as a list of it.
func (l *oneOrMore[T]) UnmarshalJSON(b []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(b)), "[") {
		return strictJSON(b, (*[]T)(l))
	}
	var one T
	if err := strictJSON(b, &one); err != nil {
		return err
	}
	*l = oneOrMore[T]{one}
	return nil
}

func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// documentKind is what a policy is for: what its statements must and must not have.
type documentKind int

const (
	identityPolicy documentKind = iota // of a role: no principals
	trustPolicy                        // who may become a role: no resources
	bucketPolicy                       // both
)

// policyFault is what is wrong with a policy, in IAM's words.
type policyFault string

// Error returns the words.
func (f policyFault) Error() string { return string(f) }

const (
	badSyntax       policyFault = "Syntax errors in policy."
	badVersion      policyFault = "The policy must contain a valid version string"
	noStatement     policyFault = "Missing required field Statement"
	noEffect        policyFault = "Missing required field Effect"
	noAction        policyFault = "Missing required field Action"
	noPrincipal     policyFault = "Missing required field Principal"
	noResource      policyFault = "Policy statement must contain resources."
	extraPrincipal  policyFault = "Policy document should not specify a principal."
	extraResource   policyFault = "Has prohibited field Resource"
	badAction       policyFault = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2"
	badResource     policyFault = `Resource must be in ARN format or "*".`
	repeatedSid     policyFault = "Statement IDs (SID) in a single policy must be unique."
	badAssumeAction policyFault = "AssumeRole policy may only specify STS AssumeRole actions."
)

var (
	actionPattern = providers.NewPattern(`^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)
	resourceARN   = providers.NewPattern(`^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+)$`)
	sidPattern    = providers.NewPattern(`^[A-Za-z0-9]*$`)
)

// parsePolicy reads a policy and checks its grammar.
func parsePolicy(text string, kind documentKind) (policyDocument, error) {
	var p policyDocument
	// Valid, because a decoder does not mind what follows the document.
	if !json.Valid([]byte(text)) || strictJSON([]byte(text), &p) != nil {
		return p, badSyntax
	}
	switch {
	case p.Version != "2012-10-17" && p.Version != "2008-10-17" && (p.Version != "" || kind == bucketPolicy):
		return p, badVersion
	case len(p.Statement) == 0:
		return p, noStatement
	}
	var sids []string
	for _, s := range p.Statement {
		if err := s.check(kind); err != nil {
			return p, err
		}
		if s.Sid != "" && slices.Contains(sids, s.Sid) {
			return p, repeatedSid
		}
		sids = append(sids, s.Sid)
	}
	return p, nil
}

func (s statement) check(kind documentKind) error {
	principals := len(s.Principal) + len(s.NotPrincipal)
	resources := len(s.Resource) + len(s.NotResource)
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return noEffect
	case len(s.Action) > 0 && len(s.NotAction) > 0, len(s.Resource) > 0 && len(s.NotResource) > 0,
		len(s.Principal) > 0 && len(s.NotPrincipal) > 0:
		return badSyntax
	case kind != bucketPolicy && !sidPattern.MatchString(s.Sid):
		return badSyntax
	case len(s.Action)+len(s.NotAction) == 0:
		return noAction
	case kind == identityPolicy && principals > 0:
		return extraPrincipal
	case kind != identityPolicy && principals == 0:
		return noPrincipal
	case kind == trustPolicy && resources > 0:
		return extraResource
	case kind != trustPolicy && resources == 0:
		return noResource
	}
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		if !actionPattern.MatchString(action) {
			return badAction
		}
		if kind == trustPolicy && !strings.HasPrefix(action, "sts:") {
			return badAssumeAction
		}
	}
	for _, r := range slices.Concat(s.Resource, s.NotResource) {
		if !resourceARN.MatchString(r) {
			return badResource
		}
	}
	return nil
}

// principals returns who s is about, by kind: "AWS", "Service", "Federated",
// "CanonicalUser", and "*" for everybody.
func (s statement) principals() (map[string][]string, error) {
	raw := s.Principal
	if len(raw) == 0 {
		raw = s.NotPrincipal
	}
	if string(raw) == `"*"` {
		return map[string][]string{"AWS": {"*"}}, nil
	}
	var byKind map[string]oneOrMore[string]
	if json.Unmarshal(raw, &byKind) != nil || len(byKind) == 0 {
		return nil, badSyntax
	}
	out := map[string][]string{}
	for kind, names := range byKind {
		if !slices.Contains([]string{"AWS", "Service", "Federated", "CanonicalUser"}, kind) || len(names) == 0 {
			return nil, badSyntax
		}
		out[kind] = names
	}
	return out, nil
}

var (
	accountPrincipal = providers.NewPattern(`^(?:arn:aws:iam::)?(\d{12})(?::root)?$`)
	iamPrincipal     = providers.NewPattern(`^arn:aws:(?:iam|sts)::(\d{12}):(user|role|assumed-role|federated-user)/(.+)$`)
	servicePrincipal = providers.NewPattern(`^[a-z0-9.-]+\.(amazonaws\.com|amazon\.com|aws\.internal)$`)
)

// badPrincipal returns a principal that cannot be, "" if there is none. The
// account's own roles must exist, and are unknown for a while after they were made.
func (c *Cloud) badPrincipal(s statement) (string, error) {
	byKind, err := s.principals()
	if err != nil {
		return "", err
	}
	for _, name := range byKind["AWS"] {
		if name == "*" || accountPrincipal.MatchString(name) {
			continue
		}
		m := iamPrincipal.FindStringSubmatch(name)
		if m == nil || m[1] == c.o.Account && m[2] == "role" && !c.roleVisible(name) {
			return name, nil
		}
	}
	for _, name := range byKind["Service"] {
		if !servicePrincipal.MatchString(name) {
			return name, nil
		}
	}
	return "", nil
}
