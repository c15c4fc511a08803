package fake

import (
	"encoding/xml"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// maxBucketPolicy is the size of a policy in bytes.
const maxBucketPolicy = 20 << 10

func malformedPolicy(bucket, message string) error {
	return objectstore.Refusal(http.StatusBadRequest, "MalformedPolicy", bucket, message)
}

// checkPolicy refuses a policy that S3 does not understand, names somebody who
// does not exist, or opens the bucket although that is blocked.
func (s *s3) checkPolicy(r *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	if len(body) > maxBucketPolicy {
		return "", objectstore.Refusal(http.StatusBadRequest, "PolicyTooLarge", b.Name, "Your policy exceeds the maximum allowed document size.")
	}
	if !strings.HasPrefix(string(body), "{") {
		return "", malformedPolicy(b.Name, "Policies must be valid JSON and the first byte must be '{'")
	}
	p, err := parsePolicy(string(body), bucketPolicy)
	if err != nil {
		return "", malformedPolicy(b.Name, bucketPolicyFault(err))
	}
	for _, st := range p.Statement {
		if err := s.checkBucketStatement(b.Name, st); err != nil {
			return "", err
		}
	}
	if p.public() && blockedAccess(b).BlockPublicPolicy {
		return "", objectstore.Refusal(http.StatusForbidden, "AccessDenied", b.Name, "User is not authorized to perform: s3:PutBucketPolicy on resource: "+
			bucketARN(b.Name)+" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
	}
	return string(body), nil
}

// bucketPolicyFault is S3's wording of err.
func bucketPolicyFault(err error) string {
	var fault policyFault
	errors.As(err, &fault)
	switch fault {
	case badSyntax:
		return "This policy contains invalid Json"
	case badAction:
		return "Policy has invalid action"
	case badResource:
		return "Policy has invalid resource"
	case noResource:
		return "Missing required field Resource"
	}
	return err.Error()
}

func bucketARN(bucket string) string { return "arn:aws:s3:::" + bucket }

func (s *s3) checkBucketStatement(bucket string, st statement) error {
	s.cloud.Lock()
	bad, err := s.cloud.badPrincipal(st)
	s.cloud.Unlock()
	if err != nil || bad != "" {
		return malformedPolicy(bucket, "Invalid principal in policy")
	}
	for _, action := range slices.Concat(st.Action, st.NotAction) {
		if action != "*" && !strings.HasPrefix(strings.ToLower(action), "s3:") {
			return malformedPolicy(bucket, "Policy has invalid action")
		}
	}
	resources := slices.Concat(st.Resource, st.NotResource)
	for _, resource := range resources {
		name, _, _ := strings.Cut(strings.TrimPrefix(resource, bucketARN("")), "/")
		if !strings.HasPrefix(resource, bucketARN("")) || name != bucket && name != "*" && name != bucket+"*" {
			return malformedPolicy(bucket, "Policy has invalid resource")
		}
	}
	return checkReach(bucket, st.Action, resources)
}

// checkReach wants every action to fit one of the resources: those on objects
// need a resource with a key, those on the bucket one without.
func checkReach(bucket string, actions, resources []string) error {
	onObjects := slices.ContainsFunc(resources, func(r string) bool { return strings.ContainsAny(r, "/*") })
	onBucket := slices.ContainsFunc(resources, func(r string) bool { return !strings.Contains(r, "/") })
	for _, action := range actions {
		name := strings.TrimPrefix(action, "s3:")
		if strings.ContainsAny(name, "*?") {
			continue
		}
		if isObject := isObjectAction(name); isObject && !onObjects || !isObject && !onBucket {
			return malformedPolicy(bucket, "Action does not apply to any resource(s) in statement")
		}
	}
	return nil
}

func isObjectAction(name string) bool {
	return strings.Contains(name, "Object") && !strings.Contains(name, "BucketObjectLock") || strings.HasSuffix(name, "MultipartUpload") ||
		name == "ListMultipartUploadParts"
}

// narrowing are the condition keys that keep a statement for everybody from
// being public.
var narrowing = []string{"aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceip", "aws:principalorgid",
	"aws:principalarn", "aws:principalaccount", "aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"}

// public tells whether p lets everybody in.
func (p policyDocument) public() bool {
	return slices.ContainsFunc(p.Statement, func(s statement) bool {
		who, err := s.principals()
		if err != nil || s.Effect != "Allow" || len(s.Principal) > 0 && !slices.Contains(who["AWS"], "*") {
			return false
		}
		for _, condition := range s.Condition {
			for key := range condition {
				if slices.Contains(narrowing, strings.ToLower(key)) {
					return false
				}
			}
		}
		return true
	})
}

func bucketPolicyStatus(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	if r.Method != http.MethodGet {
		return objectstore.MethodNotAllowed(b.Name)
	}
	if b.Settings["policy"] == "" {
		_, err := missing("NoSuchBucketPolicy", "The bucket policy does not exist")(b)
		return err
	}
	p, err := parsePolicy(b.Settings["policy"], bucketPolicy)
	if err != nil {
		return err
	}
	answerText(w, xmlText(struct {
		XMLName  xml.Name `xml:"PolicyStatus"`
		IsPublic bool
	}{IsPublic: p.public()}))
	return nil
}
