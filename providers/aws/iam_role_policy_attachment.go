package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/mlinfra/mlinfra/providers"
)

type iamRolePolicyAttachment struct {
	ID        string `cty:"id"         is:"computed"         doc:"Name of the role, a slash, ARN of the policy."`
	Role      string `cty:"role"       is:"required,replace" doc:"Name of the role."`
	PolicyARN string `cty:"policy_arn" is:"required,replace" doc:"ARN of the policy."`
}

var iamRolePolicyAttachmentType = providers.Resource[*client, iamRolePolicyAttachment]{
	Type:   "aws_iam_role_policy_attachment",
	Doc:    "A shared policy on a role.",
	Create: createIAMRolePolicyAttachment,
	Read:   readIAMRolePolicyAttachment,
	Import: importIAMRolePolicyAttachment,
	// Terraform's id is the name of the role and a number.
	Migrate: func(x *iamRolePolicyAttachment) { x.fill(x.Role, x.PolicyARN) },
	Delete:  deleteIAMRolePolicyAttachment,
	List:    listIAMRolePolicyAttachments,
	Within:  func(x iamRolePolicyAttachment) string { return x.Role },
	Check:   checkIAMRolePolicyAttachment,
	// IAM refuses two changes of a role at a time.
	Lock:  func(x iamRolePolicyAttachment) string { return "iam-role/" + x.Role },
	Again: true,
	Grace: iamSettling,
	Examples: []string{
		exampleRole + `

resource "aws_iam_role_policy_attachment" "example" {
  role       = aws_iam_role.example.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}`,
		exampleRole + `

resource "aws_iam_role_policy_attachment" "example" {
  role       = aws_iam_role.example.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}`,
	},
}

// exampleRole is what the examples of what roles have stand on.
const exampleRole = `resource "aws_iam_role" "example" {
  name = "ml-worker"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}`

func createIAMRolePolicyAttachment(ctx context.Context, c *client, x *iamRolePolicyAttachment, _ providers.Attempt) error {
	_, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &x.Role, PolicyArn: &x.PolicyARN})
	if err != nil {
		return err
	}
	x.fill(x.Role, x.PolicyARN)
	return nil
}

// readIAMRolePolicyAttachment looks through what the role has: the API shows no
// single attachment.
func readIAMRolePolicyAttachment(ctx context.Context, c *client, x *iamRolePolicyAttachment) error {
	role, arn, _ := strings.Cut(x.ID, "/")
	for other, err := range listIAMRolePolicyAttachments(ctx, c, iamRolePolicyAttachment{Role: role}) {
		if err != nil {
			return err
		}
		if other.PolicyARN == arn {
			x.fill(role, arn)
			return nil
		}
	}
	return providers.ErrGone
}

// importIAMRolePolicyAttachment takes the name of the role, a slash and the ARN.
func importIAMRolePolicyAttachment(id string) (iamRolePolicyAttachment, error) {
	role, arn, _ := strings.Cut(id, "/")
	if role == "" || !strings.HasPrefix(arn, "arn:") {
		return iamRolePolicyAttachment{}, fmt.Errorf("%q is not the name of a role, a slash and the ARN of a policy, such as trainer/arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", id)
	}
	return iamRolePolicyAttachment{ID: id}, nil
}

func deleteIAMRolePolicyAttachment(ctx context.Context, c *client, x iamRolePolicyAttachment) error {
	_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &x.Role, PolicyArn: &x.PolicyARN})
	return gone(err)
}

// A role that is gone has no policies.
func listIAMRolePolicyAttachments(ctx context.Context, c *client, in iamRolePolicyAttachment) iter.Seq2[iamRolePolicyAttachment, error] {
	return func(yield func(iamRolePolicyAttachment, error) bool) {
		p := iam.NewListAttachedRolePoliciesPaginator(c.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &in.Role, MaxItems: aws.Int32(iamPage)})
		all := pages(ctx, p, func(o *iam.ListAttachedRolePoliciesOutput) []iamtypes.AttachedPolicy { return o.AttachedPolicies },
			func(x *iamRolePolicyAttachment, got *iamtypes.AttachedPolicy) error {
				x.fill(in.Role, aws.ToString(got.PolicyArn))
				return nil
			})
		for x, err := range all {
			if errors.Is(gone(err), providers.ErrGone) || !yield(x, err) {
				return
			}
		}
	}
}

func (x *iamRolePolicyAttachment) fill(role, arn string) {
	x.ID, x.Role, x.PolicyARN = role+"/"+arn, role, arn
}

func checkIAMRolePolicyAttachment(_ *iamRolePolicyAttachment, want iamRolePolicyAttachment) error {
	if strings.HasPrefix(want.Role, "arn:") {
		return fmt.Errorf("role %q is an ARN; write the role's name", want.Role)
	}
	return checkARN("policy_arn", want.PolicyARN, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
}

// checkARN refuses what is no ARN; "" is none at all.
func checkARN(name, text, example string) error {
	if text != "" && (!strings.HasPrefix(text, "arn:") || strings.Count(text, ":") < 5) {
		return fmt.Errorf("%s %q is not an ARN such as %s", name, text, example)
	}
	return nil
}
