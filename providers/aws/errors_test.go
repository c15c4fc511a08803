package aws

import (
	"fmt"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/mlinfra/mlinfra/providers"
)

func TestClassify(t *testing.T) {
	for _, tc := range []struct {
		code, message string
		want          providers.Kind
	}{
		{"Throttling", "Rate exceeded", providers.Throttled},
		{"InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist", providers.Fatal},
		{"NoSuchBucket", "The specified bucket does not exist", providers.Missing},
		{"NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", providers.Missing},
		{"DBSubnetGroupNotFoundFault", "DB subnet group 'ml' does not exist.", providers.Missing},
		{"InvalidParameterValue", "Value (ml) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", providers.Missing},
		{"InvalidParameterValue", "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING", providers.Missing},
		{"InvalidParameterValue", "The parameter MasterUserPassword is not a valid password", providers.Fatal},
		{"InvalidSubnet", "Some input subnets in :[subnet-1] are invalid.", providers.Missing},
		{"InvalidSubnet", "Subnets must be in the same VPC.", providers.Fatal},
		{"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/ml"`, providers.Missing},
		{"MalformedPolicyDocument", "Syntax errors in policy.", providers.Fatal},
		{"DeleteConflict", "Cannot delete entity, must detach all policies first.", providers.Busy},
		{"EntityTemporarilyUnmodifiable", "Please wait and try again.", providers.Busy},
		{"InvalidDBInstanceState", "Instance ml is not available.", providers.Busy},
		{"BucketNotEmpty", "The bucket you tried to delete is not empty", providers.Fatal},
		{"BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", providers.Fatal},
		{"NotImplemented", "A header you provided implies functionality that is not implemented", providers.Fatal},
		{"InsufficientDBInstanceCapacity", "The DB instance class db.t4g.micro is not available.", providers.Fatal},
	} {
		err := fmt.Errorf("call: %w", &smithy.GenericAPIError{Code: tc.code, Message: tc.message})
		if got := classify(err).Kind; got != tc.want {
			t.Errorf("%s: %s is of kind %d, want %d", tc.code, tc.message, got, tc.want)
		}
	}
}
