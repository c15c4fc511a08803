package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/mlinfra/mlinfra/providers"
)

// settings is the provider block.
type settings struct {
	AccessKey                 string        `cty:"access_key"                  is:"optional,sensitive" doc:"Access key; else the standard chain: AWS_ACCESS_KEY_ID, profiles, SSO, roles."`
	SecretKey                 string        `cty:"secret_key"                  is:"optional,sensitive" doc:"Secret key of access_key."`
	Token                     string        `cty:"token"                       is:"optional,sensitive" doc:"Session token of access_key."`
	Profile                   string        `cty:"profile"                     is:"optional" doc:"Profile of the shared files; else AWS_PROFILE."`
	Region                    string        `cty:"region"                      is:"optional" doc:"Region such as eu-central-1; else AWS_REGION or that of the profile."`
	SharedConfigFiles         []string      `cty:"shared_config_files"         is:"optional" doc:"Files with profiles; else AWS_CONFIG_FILE or ~/.aws/config."`
	SharedCredentialsFiles    []string      `cty:"shared_credentials_files"    is:"optional" doc:"Files with keys; else AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials."`
	AssumeRole                []assumeRole  `cty:"assume_role"                 is:"optional,max=1" doc:"Role to take on with these credentials."`
	DefaultTags               []defaultTags `cty:"default_tags"                is:"optional,max=1" doc:"Tags that all objects get."`
	Endpoints                 []endpoints   `cty:"endpoints"                   is:"optional,max=1" doc:"URLs of services; else AWS_ENDPOINT_URL_EC2 and so on, AWS_ENDPOINT_URL."`
	AllowedAccountIDs         []string      `cty:"allowed_account_ids"         is:"optional,set" doc:"The only accounts in which anything is done."`
	ForbiddenAccountIDs       []string      `cty:"forbidden_account_ids"       is:"optional,set" doc:"Accounts in which nothing is done."`
	S3UsePathStyle            bool          `cty:"s3_use_path_style"           is:"optional" doc:"Whether buckets stand in the path of URLs, as S3 lookalikes want it."`
	SkipCredentialsValidation bool          `cty:"skip_credentials_validation" is:"optional" doc:"Whether STS is not asked about the credentials."`
	SkipRequestingAccountID   bool          `cty:"skip_requesting_account_id"  is:"optional" doc:"Whether STS is not asked for the account."`
	SkipMetadataAPICheck      bool          `cty:"skip_metadata_api_check"     is:"optional" doc:"Whether the metadata service of EC2 gives no credentials."`
	SkipRegionValidation      bool          `cty:"skip_region_validation"      is:"optional" doc:"Whether any name of a region is taken."`
	UseFIPSEndpoint           bool          `cty:"use_fips_endpoint"           is:"optional" doc:"Whether endpoints are those that conform to FIPS."`
	UseDualstackEndpoint      bool          `cty:"use_dualstack_endpoint"      is:"optional" doc:"Whether endpoints are those with IPv6."`
	RequestsPerSecond         float64       `cty:"requests_per_second"         is:"optional" doc:"Bound on requests a second; absent means what the API allows."`
	OwnershipMarks            *bool         `cty:"ownership_marks"             is:"optional" doc:"Whether objects bear a mark of their state, for mlinfra sweep; else true."`
}

type assumeRole struct {
	RoleARN     string            `cty:"role_arn"     is:"required" doc:"ARN of the role."`
	SessionName string            `cty:"session_name" is:"optional" doc:"Name of the session in logs."`
	ExternalID  string            `cty:"external_id"  is:"optional" doc:"Secret that the role's owner asks for."`
	Duration    string            `cty:"duration"     is:"optional" doc:"Life of a session, such as 1h."`
	Policy      string            `cty:"policy"       is:"optional" doc:"JSON policy that narrows what the session may do."`
	PolicyARNs  []string          `cty:"policy_arns"  is:"optional,set" doc:"ARNs of policies that narrow it."`
	Tags        map[string]string `cty:"tags"         is:"optional" doc:"Tags of the session."`
}

type defaultTags struct {
	Tags map[string]string `cty:"tags" is:"optional" doc:"Tags by key."`
}

type endpoints struct {
	EC2 string `cty:"ec2" is:"optional" doc:"URL of EC2."`
	IAM string `cty:"iam" is:"optional" doc:"URL of IAM."`
	RDS string `cty:"rds" is:"optional" doc:"URL of RDS."`
	S3  string `cty:"s3"  is:"optional" doc:"URL of S3."`
	STS string `cty:"sts" is:"optional" doc:"URL of STS."`
}

// of returns the URL of a service; "" for the one that AWS has.
func (e endpoints) of(service string, env providers.Env) string {
	set := map[string]string{"ec2": e.EC2, "iam": e.IAM, "rds": e.RDS, "s3": e.S3, "sts": e.STS}[service]
	if set != "" || env.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true" {
		return set
	}
	return cmp.Or(env.Getenv("AWS_ENDPOINT_URL_"+strings.ToUpper(service)), env.Getenv("AWS_ENDPOINT_URL"))
}

// configuration returns what all clients share. It makes no call.
func configuration(ctx context.Context, s settings, env providers.Env) (aws.Config, error) {
	if (s.AccessKey == "") != (s.SecretKey == "") {
		return aws.Config{}, errors.New("access_key and secret_key stand together: set both, or neither and use AWS_PROFILE or AWS_ACCESS_KEY_ID")
	}
	cfg, err := machineConfig(ctx, s, env)
	if err != nil {
		return cfg, err
	}
	if s.AccessKey != "" {
		cfg.Credentials = credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, s.Token)
	}
	cfg.Region = cmp.Or(s.Region, cfg.Region)
	if cfg.Region == "" {
		return cfg, errors.New("no AWS region: set region in the provider block, the environment variable AWS_REGION, or region in the profile")
	}
	if !s.SkipRegionValidation && !regionName.MatchString(cfg.Region) {
		return cfg, fmt.Errorf("region %q is not the name of a region such as eu-central-1; skip_region_validation = true takes it as it is", cfg.Region)
	}
	// The engine knows which calls can be sent twice.
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	cfg.HTTPClient = &http.Client{Transport: closingOnce{env.Transport}}
	name, version, _ := strings.Cut(env.UserAgent, "/")
	cfg.APIOptions = append(cfg.APIOptions, []func(*middleware.Stack) error{awsmiddleware.AddUserAgentKeyValue(name, version)}...)
	if len(s.AssumeRole) > 0 {
		return takeOn(cfg, s, env)
	}
	return cfg, nil
}

// machineConfig is what variables and files of the machine say.
func machineConfig(ctx context.Context, s settings, env providers.Env) (aws.Config, error) {
	if env.Isolated {
		cfg := aws.Config{Region: cmp.Or(env.Getenv("AWS_REGION"), env.Getenv("AWS_DEFAULT_REGION"))}
		if key := env.Getenv("AWS_ACCESS_KEY_ID"); key != "" {
			cfg.Credentials = credentials.NewStaticCredentialsProvider(key, env.Getenv("AWS_SECRET_ACCESS_KEY"), env.Getenv("AWS_SESSION_TOKEN"))
		}
		return cfg, nil
	}
	options := []func(*config.LoadOptions) error{
		config.WithDefaultRegion(env.Getenv("AWS_DEFAULT_REGION")),
		config.WithLogger(logging.Nop{}), // what goes wrong is in the errors
	}
	if s.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(s.Profile))
	}
	if len(s.SharedConfigFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(s.SharedConfigFiles))
	}
	if len(s.SharedCredentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(s.SharedCredentialsFiles))
	}
	if s.SkipMetadataAPICheck {
		options = append(options, config.WithEC2IMDSClientEnableState(metadataDisabled))
	}
	if s.UseFIPSEndpoint {
		options = append(options, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	if s.UseDualstackEndpoint {
		options = append(options, config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, fmt.Errorf("AWS configuration of this machine: %w: look at AWS_PROFILE, or profile in the provider block, and at ~/.aws/config and ~/.aws/credentials", err)
	}
	return cfg, nil
}

// takeOn returns cfg with the credentials of a role.
func takeOn(cfg aws.Config, s settings, env providers.Env) (aws.Config, error) {
	role := s.AssumeRole[0]
	life := time.Duration(0)
	if role.Duration != "" {
		d, err := time.ParseDuration(role.Duration)
		if err != nil {
			return cfg, fmt.Errorf("duration %q of assume_role is not a time such as 1h", role.Duration)
		}
		life = d
	}
	provider := stscreds.NewAssumeRoleProvider(newSTS(cfg, s, env), role.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cmp.Or(role.SessionName, "mlinfra")
		o.Duration = life
		o.Policy = optional(role.Policy)
		o.ExternalID = optional(role.ExternalID)
		o.PolicyARNs = policyARNs(role.PolicyARNs)
		o.Tags = sessionTags(role.Tags)
	})
	cfg.Credentials = aws.NewCredentialsCache(provider)
	return cfg, nil
}

func newSTS(cfg aws.Config, s settings, env providers.Env) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) { o.BaseEndpoint = baseEndpoint("sts", s, env, o.BaseEndpoint) })
}

// baseEndpoint returns the URL that is configured for a service, else what the
// SDK has found.
func baseEndpoint(service string, s settings, env providers.Env, found *string) *string {
	var e endpoints
	if len(s.Endpoints) > 0 {
		e = s.Endpoints[0]
	}
	if u := e.of(service, env); u != "" {
		return &u
	}
	return found
}

// pathStyle reports whether buckets cannot stand in the host's name of an
// endpoint: that of an address would not resolve.
func pathStyle(endpoint *string) bool {
	if endpoint == nil {
		return false
	}
	u, err := url.Parse(*endpoint)
	return err == nil && (net.ParseIP(u.Hostname()) != nil || u.Hostname() == "localhost")
}
