package google

import (
	"context"
	"iter"
	"strings"

	"google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/api/storage/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type bucketIAMMember struct {
	ID        string         `cty:"id"        is:"computed"               doc:"b/BUCKET, role and member, with slashes in between."`
	Bucket    string         `cty:"bucket"    is:"required,replace"       doc:"Name of the bucket."`
	Role      string         `cty:"role"      is:"required,replace"       doc:"Role, such as roles/storage.objectAdmin."`
	Member    string         `cty:"member"    is:"required,replace"       doc:"Who gets it, such as serviceAccount:EMAIL or allUsers."`
	Condition []iamCondition `cty:"condition" is:"optional,replace,max=1" doc:"When the role holds; absent means always."`
	ETag      string         `cty:"etag"      is:"computed"               doc:"Version of the bucket's policy."`
}

var bucketIAMMemberType = providers.Resource[*client, bucketIAMMember]{
	Type:   "google_storage_bucket_iam_member",
	Doc:    "A role of one member in a bucket; other members of the role are left alone.",
	Create: createBucketIAMMember,
	Read:   readBucketIAMMember,
	Import: func(id string) (bucketIAMMember, error) {
		of, g, err := importGrant(id)
		return bucketIAMMember{Bucket: strings.TrimPrefix(of, "b/"), Role: g.role, Member: g.member, Condition: g.condition}, err
	},
	Delete: deleteBucketIAMMember,
	List:   listBucketIAMMembers,
	Within: func(x bucketIAMMember) string { return lastPart(x.Bucket) + " " + conditionKey(x.Condition) },
	Spell: func(was bucketIAMMember, x *bucketIAMMember) {
		respell(was.Bucket, &x.Bucket)
		respellMember(was.Member, &x.Member)
	},
	Check: func(_ *bucketIAMMember, x bucketIAMMember) error { return checkGrant(x.grant()) },
	Lock:  func(x bucketIAMMember) string { return "policy of bucket " + lastPart(x.Bucket) },
	Again: true,
	Examples: []string{
		exampleBucket + `

resource "google_storage_bucket_iam_member" "example" {
  bucket = google_storage_bucket.ml.name
  role   = "roles/storage.objectViewer"
  member = "user:ada@example.com"
}`,
		exampleBucket + `

resource "google_storage_bucket_iam_member" "example" {
  bucket = google_storage_bucket.ml.name
  role   = "roles/storage.objectAdmin"
  member = "group:training@example.com"

  condition {
    title      = "checkpoints"
    expression = "resource.name.startsWith('projects/_/buckets/mlinfra-example-ml/objects/checkpoints/')"
  }
}`,
	},
}

const exampleBucket = `resource "google_storage_bucket" "ml" {
  name                        = "mlinfra-example-ml"
  location                    = "europe-west3"
  uniform_bucket_level_access = true
}`

func (x *bucketIAMMember) grant() grant { return grant{x.Role, x.Member, x.Condition} }

func createBucketIAMMember(ctx context.Context, c *client, x *bucketIAMMember, _ providers.Attempt) error {
	policy, err := bucketPolicy(ctx, c, x.Bucket)
	if err != nil {
		return err
	}
	if x.grant().add(policy) {
		if policy, err = setBucketPolicy(ctx, c, x.Bucket, policy); err != nil {
			return err
		}
	}
	x.ID, x.ETag = x.grant().id("b/"+lastPart(x.Bucket)), policy.Etag
	return nil
}

func readBucketIAMMember(ctx context.Context, c *client, x *bucketIAMMember) error {
	policy, err := bucketPolicy(ctx, c, x.Bucket)
	if err != nil {
		return gone(err)
	}
	x.Condition = titled(policy, x.grant())
	member, ok := x.grant().find(policy)
	if !ok {
		return providers.ErrGone
	}
	x.fill(x.Bucket, grant{x.Role, member, x.Condition}, policy)
	return nil
}

func deleteBucketIAMMember(ctx context.Context, c *client, x bucketIAMMember) error {
	policy, err := bucketPolicy(ctx, c, x.Bucket)
	if err != nil {
		return gone(err)
	}
	if !x.grant().remove(policy) {
		return providers.ErrGone
	}
	_, err = setBucketPolicy(ctx, c, x.Bucket, policy)
	return gone(err)
}

func listBucketIAMMembers(ctx context.Context, c *client, in bucketIAMMember) iter.Seq2[bucketIAMMember, error] {
	return func(yield func(bucketIAMMember, error) bool) {
		policy, err := bucketPolicy(ctx, c, in.Bucket)
		if notFound(err) {
			return // a bucket that is gone has no members
		}
		if err != nil {
			yield(bucketIAMMember{}, err)
			return
		}
		for g := range grants(policy, in.Condition) {
			var x bucketIAMMember
			x.fill(in.Bucket, g, policy)
			if !yield(x, nil) {
				return
			}
		}
	}
}

func (x *bucketIAMMember) fill(bucket string, g grant, policy *cloudresourcemanager.Policy) {
	x.ID, x.Bucket, x.ETag = g.id("b/"+lastPart(bucket)), bucket, policy.Etag
	x.Role, x.Member, x.Condition = g.role, g.member, g.condition
}

func bucketPolicy(ctx context.Context, c *client, bucket string) (*cloudresourcemanager.Policy, error) {
	got, err := c.storage.Buckets.GetIamPolicy(lastPart(bucket)).OptionsRequestedPolicyVersion(policyVersion).Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	return policyOf(got), nil
}

// setBucketPolicy replaces the policy whose etag is the one in it: a change
// between the two is refused with 412.
func setBucketPolicy(ctx context.Context, c *client, bucket string, policy *cloudresourcemanager.Policy) (*cloudresourcemanager.Policy, error) {
	p := &storage.Policy{Version: policyVersion, Etag: policy.Etag, ForceSendFields: []string{"Bindings"}}
	for _, b := range policy.Bindings {
		binding := &storage.PolicyBindings{Role: b.Role, Members: b.Members}
		if e := b.Condition; e != nil {
			binding.Condition = &storage.Expr{Title: e.Title, Description: e.Description, Expression: e.Expression, Location: e.Location}
		}
		p.Bindings = append(p.Bindings, binding)
	}
	got, err := c.storage.Buckets.SetIamPolicy(lastPart(bucket), p).Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	return policyOf(got), nil
}

// policyOf returns a policy in the type of Resource Manager: the two have the
// same fields.
func policyOf(got *storage.Policy) *cloudresourcemanager.Policy {
	p := &cloudresourcemanager.Policy{Etag: got.Etag}
	for _, b := range got.Bindings {
		binding := &cloudresourcemanager.Binding{Role: b.Role, Members: b.Members}
		if e := b.Condition; e != nil {
			binding.Condition = &cloudresourcemanager.Expr{Title: e.Title, Description: e.Description, Expression: e.Expression, Location: e.Location}
		}
		p.Bindings = append(p.Bindings, binding)
	}
	return p
}
