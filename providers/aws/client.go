package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/mlinfra/mlinfra/providers"
)

const metadataDisabled = imds.ClientDisabled

var regionName = providers.NewPattern(`^[a-z]{2}(-[a-z]+){1,2}-\d$`)

// client talks to one region of one account.
type client struct {
	ec2 *ec2.Client
	iam *iam.Client
	rds *rds.Client
	s3  *s3.Client
	sts *sts.Client

	credentials aws.CredentialsProvider
	region      string
	account     string // set by verify
	caller      string // ARN of who calls, set by verify
	settings    settings
}

func connect(ctx context.Context, s settings, env providers.Env) (*client, error) {
	env.Pace(s.RequestsPerSecond)
	cfg, err := configuration(ctx, s, env)
	if err != nil {
		return nil, err
	}
	return &client{
		ec2: ec2.NewFromConfig(cfg, func(o *ec2.Options) { o.BaseEndpoint = baseEndpoint("ec2", s, env, o.BaseEndpoint) }),
		iam: iam.NewFromConfig(cfg, func(o *iam.Options) {
			o.BaseEndpoint, o.Region = baseEndpoint("iam", s, env, o.BaseEndpoint), globalRegion(cfg.Region)
		}),
		rds: rds.NewFromConfig(cfg, func(o *rds.Options) { o.BaseEndpoint = baseEndpoint("rds", s, env, o.BaseEndpoint) }),
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) {
			o.BaseEndpoint = baseEndpoint("s3", s, env, o.BaseEndpoint)
			o.UsePathStyle = s.S3UsePathStyle || pathStyle(o.BaseEndpoint)
		}),
		sts:         newSTS(cfg, s, env),
		credentials: cfg.Credentials, region: cfg.Region, settings: s,
	}, nil
}

// verify finds credentials and asks whose they are.
func verify(ctx context.Context, c *client) error {
	if c.credentials == nil {
		return errNoCredentials
	}
	if _, err := c.credentials.Retrieve(ctx); err != nil {
		var answer interface{ ErrorCode() string } // of STS, about a role
		if errors.As(err, &answer) {
			return err
		}
		return fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	if skip := c.settings.SkipRequestingAccountID || c.settings.SkipCredentialsValidation; skip && len(c.settings.AllowedAccountIDs)+len(c.settings.ForbiddenAccountIDs) == 0 {
		return nil
	}
	got, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if v := classify(err); err != nil && v.Kind == providers.Unsent {
		return &providers.CallError{Err: err, Message: fmt.Sprintf("AWS cannot be reached in region %q: check that there is such a region (AWS_REGION, or region in the provider block or the profile) and that the network lets requests out; %s",
			c.region, cmp.Or(v.Message, err.Error()))}
	}
	if err != nil {
		return c.regionOff(ctx, err)
	}
	c.account, c.caller = aws.ToString(got.Account), aws.ToString(got.Arn)
	allowed := c.settings.AllowedAccountIDs
	if (len(allowed) > 0 && !slices.Contains(allowed, c.account)) || slices.Contains(c.settings.ForbiddenAccountIDs, c.account) {
		return fmt.Errorf("the credentials belong to account %s (%s), in which allowed_account_ids and forbidden_account_ids let nothing be done: use other credentials, or change the provider block", c.account, c.caller)
	}
	return nil
}

// identity names account and region: most ids mean something only there, and
// some, such as names of key pairs, mean something else elsewhere.
func identity(c *client) string {
	if c.account == "" {
		return "" // the user did not want it asked for
	}
	return "account " + c.account + ", region " + c.region
}

var errNoCredentials = errors.New("no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws configure; -offline needs none")

// regionOff returns err, or that the region is switched off when the same
// credentials are valid in the first region of all: STS answers the same to
// wrong credentials and in a region that the account has not enabled.
func (c *client) regionOff(ctx context.Context, err error) error {
	if !slices.Contains(credentialCodes, codeOf(err)) || c.region == firstRegion {
		return err
	}
	got, elsewhere := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.Options) { o.Region = firstRegion })
	if elsewhere != nil {
		return err
	}
	return &providers.CallError{Err: err, Message: fmt.Sprintf("region %s is switched off for account %s: enable it under https://console.aws.amazon.com/billing/home#/account, or choose another region; STS says: %s",
		c.region, aws.ToString(got.Account), classify(err).Message)}
}

// firstRegion is where global services are signed for.
const firstRegion = "us-east-1"

// arn returns the name of something of EC2 in this region and account.
func (c *client) arn(kind, id string) string {
	return fmt.Sprintf("arn:%s:ec2:%s:%s:%s/%s", c.partition(), c.region, c.account, kind, id)
}

// globalRegion is where IAM is signed for in the partition of a region.
func globalRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "cn-north-1"
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	}
	return firstRegion
}

func (c *client) partition() string {
	switch {
	case len(c.region) > 3 && c.region[:3] == "cn-":
		return "aws-cn"
	case len(c.region) > 7 && c.region[:7] == "us-gov-":
		return "aws-us-gov"
	}
	return "aws"
}

// paginator is one of the SDK's, of a service with options P.
type paginator[O, P any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, opts ...func(*P)) (O, error)
}

// pages lists a whole collection; fill turns an item into T. What fill says is
// gone is left out.
func pages[O, P, S, T any](ctx context.Context, p paginator[O, P], items func(O) []S, fill func(*T, *S) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				yield(*new(T), err)
				return
			}
			list := items(page)
			for i := range list {
				var x T
				err := fill(&x, &list[i])
				if !errors.Is(err, providers.ErrGone) && !yield(x, err) {
					return
				}
			}
		}
	}
}

// pageSize is the largest that EC2 serves.
const pageSize = 1000

// shown returns what the list of r shows of the object that is meant, so that a
// plan asks for the list once; the zero value when the list does not show it,
// for lists may lag, and outside of a plan.
func shown[T any](ctx context.Context, c *client, r providers.Resource[*client, T], meant func(T) bool) (T, error) {
	var none T
	if !providers.Remembers(ctx) {
		return none, nil
	}
	for x, err := range providers.All(ctx, c, r, none) {
		if err != nil && !errors.Is(err, providers.ErrNotReady) {
			return none, err
		}
		if meant(x) {
			return x, nil
		}
	}
	return none, nil
}

// only returns the item of an answer about one id.
func only[S any](items []S) (*S, error) {
	if len(items) == 0 {
		return nil, providers.ErrGone
	}
	return &items[0], nil
}

// first fills x from the only item of an answer about one id.
func first[S any](items []S, fill func(*S) error) error {
	if len(items) == 0 {
		return providers.ErrGone
	}
	return fill(&items[0])
}

// optional returns nil for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// number returns nil for 0, as the SDK's numbers are.
func number(n int) *int32 {
	if n == 0 {
		return nil
	}
	return aws.Int32(int32(n))
}

func policyARNs(list []string) []ststypes.PolicyDescriptorType {
	var out []ststypes.PolicyDescriptorType
	for _, arn := range list {
		out = append(out, ststypes.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	return out
}

func sessionTags(tags map[string]string) []ststypes.Tag {
	var out []ststypes.Tag
	for _, key := range sortedKeys(tags) {
		out = append(out, ststypes.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return out
}
