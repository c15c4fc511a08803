package aws

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// iamSettling is how long IAM, and the services that use what it has, may not
// know what is new.
const iamSettling = time.Minute

// iamPage is the largest page that IAM serves.
const iamPage = 1000

func iamTag(t iamtypes.Tag) (key, value *string) { return t.Key, t.Value }

func newIAMTag(key, value string) iamtypes.Tag {
	return iamtypes.Tag{Key: aws.String(key), Value: aws.String(value)}
}
