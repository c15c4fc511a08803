package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/mlinfra/mlinfra/providers"
)

type callerIdentity struct {
	ID        string `cty:"id"         is:"computed" doc:"Number of the account."`
	AccountID string `cty:"account_id" is:"computed" doc:"Number of the account."`
	ARN       string `cty:"arn"        is:"computed" doc:"ARN of who the credentials belong to."`
	UserID    string `cty:"user_id"    is:"computed" doc:"Unique id of who the credentials belong to."`
}

var callerIdentityData = providers.DataSource[*client, callerIdentity]{
	Type:     "aws_caller_identity",
	Doc:      "Whose the credentials are.",
	Read:     lookUpCaller,
	Examples: []string{`data "aws_caller_identity" "example" {}`},
}

func lookUpCaller(ctx context.Context, c *client, x *callerIdentity) error {
	got, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	x.AccountID, x.ARN, x.UserID = aws.ToString(got.Account), aws.ToString(got.Arn), aws.ToString(got.UserId)
	x.ID = x.AccountID
	return nil
}
