package aws

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// uncover fills in what takes a call for each instance to see. An import asks
// for it once; later state knows it.
func (x *instance) uncover(ctx context.Context, c *client) error {
	look := func(name ec2types.InstanceAttributeName) (*ec2.DescribeInstanceAttributeOutput, error) {
		return c.ec2.DescribeInstanceAttribute(ctx, &ec2.DescribeInstanceAttributeInput{InstanceId: aws.String(x.ID), Attribute: name})
	}
	got, err := look(ec2types.InstanceAttributeNameUserData)
	if err != nil {
		return gone(err)
	}
	if got.UserData != nil {
		x.setUserData(aws.ToString(got.UserData.Value))
	}
	if got, err = look(ec2types.InstanceAttributeNameDisableApiTermination); err != nil {
		return gone(err)
	}
	if got.DisableApiTermination != nil {
		x.DisableAPITermination = aws.ToBool(got.DisableApiTermination.Value)
	}
	if got, err = look(ec2types.InstanceAttributeNameInstanceInitiatedShutdownBehavior); err != nil {
		return gone(err)
	}
	if got.InstanceInitiatedShutdownBehavior != nil {
		x.ShutdownBehavior = aws.ToString(got.InstanceInitiatedShutdownBehavior.Value)
	}
	return x.uncoverSpot(ctx, c)
}

// setUserData takes base64, and shows text as text.
func (x *instance) setUserData(encoded string) {
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !utf8.Valid(text) {
		x.UserDataBase64 = encoded
		return
	}
	x.UserData = string(text)
}

// uncoverSpot fills in how a spot instance was asked for, as far as it is not
// the usual way.
func (x *instance) uncoverSpot(ctx context.Context, c *client) error {
	if x.SpotRequestID == "" || len(x.MarketOptions) == 0 {
		return nil
	}
	got, err := c.ec2.DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{SpotInstanceRequestIds: []string{x.SpotRequestID}})
	if err != nil || len(got.SpotInstanceRequests) == 0 {
		return err
	}
	r := got.SpotInstanceRequests[0]
	o := spotOptions{MaxPrice: aws.ToString(r.SpotPrice), ValidUntil: stamp(r.ValidUntil)}
	if r.Type != ec2types.SpotInstanceTypeOneTime {
		o.SpotInstanceType = string(r.Type)
	}
	if r.InstanceInterruptionBehavior != ec2types.InstanceInterruptionBehaviorTerminate {
		o.InterruptionBehavior = string(r.InstanceInterruptionBehavior)
	}
	x.MarketOptions[0].SpotOptions = []spotOptions{o}
	return nil
}
