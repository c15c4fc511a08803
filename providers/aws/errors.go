package aws

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/mlinfra/mlinfra/providers"
)

// The codes of errors by what they mean. They are EC2's, RDS's, IAM's, STS's
// and S3's; see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
// and the pages of the single calls.
var (
	throttleCodes = []string{"RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
		"RequestThrottled", "RequestThrottledException", "EC2ThrottledException", "BandwidthLimitExceeded", "PriorRequestNotComplete", "SlowDown"}
	busyCodes = []string{"DependencyViolation", "IncorrectState", "IncorrectInstanceState", "VolumeInUse", "InvalidIPAddress.InUse", "InvalidGroup.InUse",
		"OperationAborted", "ConcurrentModification", "DeleteConflict", "InvalidDBInstanceState", "InvalidDBSubnetGroupStateFault", "InvalidDBSubnetGroupState",
		"InvalidNatGatewayState", "ResourceInUse", "EntityTemporarilyUnmodifiable"}
	credentialCodes = []string{"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "IncompleteSignature",
		"ExpiredToken", "ExpiredTokenException", "RequestExpired", "MissingAuthenticationToken", "InvalidToken"}
	permissionCodes = []string{"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"}
	quotaCodes      = []string{"VcpuLimitExceeded", "InstanceLimitExceeded", "MaxSpotInstanceCountExceeded", "SpotMaxPriceTooLow", "VpcLimitExceeded", "AddressLimitExceeded",
		"NatGatewayLimitExceeded", "SubnetLimitExceeded", "SecurityGroupLimitExceeded", "RulesPerSecurityGroupLimitExceeded", "InternetGatewayLimitExceeded",
		"RouteTableLimitExceeded", "RouteLimitExceeded", "VolumeLimitExceeded", "MaxIOPSLimitExceeded", "InstanceQuotaExceeded", "StorageQuotaExceeded",
		"DBSubnetGroupQuotaExceeded", "LimitExceeded", "TooManyBuckets", "KeyPairLimitExceeded"}
	capacityCodes = []string{"InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientReservedInstanceCapacity", "InsufficientCapacity",
		"InsufficientDBInstanceCapacity", "InsufficientFreeAddressesInSubnet", "Unsupported", "InsufficientAddressCapacity"}
	takenCodes = []string{"BucketAlreadyExists", "BucketAlreadyOwnedByYou", "EntityAlreadyExists", "DBInstanceAlreadyExists", "DBSubnetGroupAlreadyExists", "InvalidGroup.Duplicate",
		"InvalidKeyPair.Duplicate", "RouteAlreadyExists", "InvalidPermission.Duplicate"}
	// notFoundCodes are those that do not end in NotFound.
	notFoundCodes = []string{"NoSuchEntity", "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration",
		"NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError",
		"DBInstanceNotFound", "DBInstanceNotFoundFault", "DBSubnetGroupNotFoundFault", "DBParameterGroupNotFound", "NatGatewayNotFound"}
)

// tooNew are refusals of references to what has just been made and is not known
// everywhere yet, by code.
var tooNew = map[string][]string{
	"InvalidParameterValue":   {"iam instance profile", "iam role arn value is invalid", "invalid security group"},
	"InvalidSubnet":           {"are invalid"},
	"MalformedPolicyDocument": {"invalid principal"},
	"MalformedPolicy":         {"invalid principal"},
	"ValidationError":         {"does not exist"},
	"InvalidInput":            {"invalid principal"},
}

// errUnseen marks a refusal because of something that is there and not shown
// yet: the call is made again when it is.
var errUnseen = errors.New("there, and not shown yet")

// classify says what an error of a call means.
func classify(err error) providers.Verdict {
	var api smithy.APIError
	var garbled *smithy.DeserializationError
	var answer *awshttp.ResponseError
	switch {
	case errors.As(err, &garbled):
		return providers.Verdict{Kind: providers.Transient}
	case errors.Is(err, errUnseen) && errors.As(err, &api):
		return providers.Verdict{Kind: providers.Busy, Message: explain(err, api)}
	case errors.As(err, &api):
		return providers.Verdict{Kind: kindOf(err, api), Message: explain(err, api)}
	case errors.As(err, &answer):
		return providers.Verdict{Kind: providers.Transient} // not the API's own words
	}
	return providers.NetworkVerdict(err)
}

func kindOf(err error, api smithy.APIError) providers.Kind {
	code := api.ErrorCode()
	text := strings.ToLower(api.ErrorMessage())
	switch {
	case slices.Contains(throttleCodes, code), statusOf(err) == http.StatusTooManyRequests:
		return providers.Throttled
	case slices.Contains(capacityCodes, code), code == "NotImplemented":
		return providers.Fatal // with status 500, and surely without effect
	case statusOf(err) >= http.StatusInternalServerError, code == "UnknownError":
		return providers.Transient
	case code == "InvalidAMIID.NotFound":
		return providers.Fatal // no resource here makes images: none is too new to be seen
	case notFound(code):
		return providers.Missing
	case slices.Contains(busyCodes, code):
		return providers.Busy
	case slices.ContainsFunc(tooNew[code], func(words string) bool { return strings.Contains(text, words) }):
		return providers.Missing
	}
	return providers.Fatal
}

// notFound reports whether a code means that something does not exist.
func notFound(code string) bool {
	return strings.HasSuffix(code, ".NotFound") || strings.HasSuffix(code, "ID.NotFound") || code == "NotFound" || slices.Contains(notFoundCodes, code)
}

// codeOf returns the API's code of err; "" when it is not the API's.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func statusOf(err error) int {
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

// gone turns the API's "not found" into ErrGone.
func gone(err error) error {
	if err != nil && notFound(codeOf(err)) {
		return providers.ErrGone
	}
	return err
}

// explain returns an error of the API for people: its own words first.
func explain(err error, api smithy.APIError) string {
	code := api.ErrorCode()
	text, _, _ := strings.Cut(api.ErrorMessage(), " Encoded authorization failure message:")
	text = strings.TrimRight(strings.TrimSpace(text), ".")
	if text == "" {
		text = code
	}
	operation := ""
	var op *smithy.OperationError
	if errors.As(err, &op) {
		operation = fmt.Sprintf("%s %s: ", op.ServiceID, op.OperationName)
		if slices.Contains(permissionCodes, code) {
			text += " (" + strings.ToLower(op.ServiceID) + ":" + op.OperationName + ")"
		}
	}
	text += fmt.Sprintf(" (%s%s, HTTP %d", operation, code, statusOf(err))
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.RequestID != "" {
		text += ", request " + answer.RequestID
	}
	return text + ")" + advice(code)
}

// advice says what to do about a code; "" when its message says enough.
func advice(code string) string {
	switch {
	case slices.Contains(credentialCodes, code):
		return ": check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or access_key in the provider block, and that the region is enabled for the account"
	case slices.Contains(permissionCodes, code):
		return ": allow the action in a policy of the identity that mlinfra uses"
	case code == "Unsupported":
		return ": choose another availability_zone or instance_type"
	case slices.Contains(capacityCodes, code):
		return ": AWS has none left there now; try another availability_zone (subnet_id) or instance_type, or later"
	case slices.Contains(quotaCodes, code):
		return ": ask for a higher quota at https://console.aws.amazon.com/servicequotas, or use less"
	case code == "OptInRequired" || code == "Blocked" || code == "PendingVerification":
		return ": the account is not ready for this; see https://console.aws.amazon.com/billing/home#/account"
	case code == "BucketAlreadyExists":
		return ": another account has a bucket of this name, and names are global; choose another one"
	case code == "BucketAlreadyOwnedByYou":
		return ": the account has it already, and it is not in this state; choose another name, or remove it"
	case code == "BucketNotEmpty":
		return ": delete its objects, or set force_destroy = true, apply, and destroy then"
	case code == "DeleteConflict":
		return ": remove what is in the way; of roles, force_detach_policies = true detaches policies"
	case code == "DBSnapshotAlreadyExists":
		return ": choose another final_snapshot_identifier"
	case slices.Contains(takenCodes, code):
		return ": somebody else has made it; choose another name, or remove it"
	}
	return ""
}
