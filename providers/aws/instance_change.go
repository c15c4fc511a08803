package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

// updateInstance changes what it can while the instance runs. Type, user data
// and EBS optimisation need it stopped: it is stopped, changed in the next
// call, and started again if it was running.
func updateInstance(ctx context.Context, c *client, was instance, x *instance) error {
	x.ID = was.ID
	now := instance{ID: was.ID}
	if err := lookAtInstance(ctx, c, &now); errors.Is(err, providers.ErrNotReady) {
		return providers.ErrAgain // starting or stopping
	} else if err != nil {
		return err
	}
	if err := retag(ctx, c, x.ID, now.TagsAll, x.TagsAll); err != nil {
		return err
	}
	for _, change := range []func(context.Context, *client, instance, *instance) error{updateAttributes, updateProfile, updateDevices} {
		before := was
		before.IAMInstanceProfile, before.RootBlockDevice = now.IAMInstanceProfile, now.RootBlockDevice
		if err := change(ctx, c, before, x); err != nil {
			return err
		}
	}
	stopped := now.InstanceState == string(ec2types.InstanceStateNameStopped)
	needsStop := now.InstanceType != x.InstanceType || was.userData() != x.userData() ||
		(x.EBSOptimized != nil && aws.ToBool(now.EBSOptimized) != *x.EBSOptimized)
	switch {
	case needsStop && !stopped:
		if _, err := c.ec2.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: []string{x.ID}}); err != nil {
			return err
		}
		return providers.ErrAgain
	case needsStop:
		if err := updateStopped(ctx, c, was, now, x); err != nil {
			return err
		}
	}
	if stopped && was.InstanceState == string(ec2types.InstanceStateNameRunning) {
		_, err := c.ec2.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: []string{x.ID}})
		return err
	}
	return nil
}

// updateAttributes changes what has a call of its own for each.
func updateAttributes(ctx context.Context, c *client, was instance, x *instance) error {
	id := aws.String(x.ID)
	var changes []*ec2.ModifyInstanceAttributeInput
	if len(x.VPCSecurityGroupIDs) > 0 && !sameSet(was.VPCSecurityGroupIDs, x.VPCSecurityGroupIDs) {
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{Groups: x.VPCSecurityGroupIDs})
	}
	if was.SourceDestCheck != x.SourceDestCheck {
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{SourceDestCheck: &ec2types.AttributeBooleanValue{Value: aws.Bool(x.SourceDestCheck)}})
	}
	if was.DisableAPITermination != x.DisableAPITermination {
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{DisableApiTermination: &ec2types.AttributeBooleanValue{Value: aws.Bool(x.DisableAPITermination)}})
	}
	if was.ShutdownBehavior != x.ShutdownBehavior {
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{InstanceInitiatedShutdownBehavior: &ec2types.AttributeValue{Value: aws.String(x.ShutdownBehavior)}})
	}
	for _, in := range changes {
		in.InstanceId = id
		if _, err := c.ec2.ModifyInstanceAttribute(ctx, in); err != nil {
			return err
		}
	}
	return updateServices(ctx, c, was, x)
}

// updateServices changes monitoring, the metadata service and CPU credits.
func updateServices(ctx context.Context, c *client, was instance, x *instance) (err error) {
	ids := []string{x.ID}
	switch {
	case x.Monitoring && !was.Monitoring:
		_, err = c.ec2.MonitorInstances(ctx, &ec2.MonitorInstancesInput{InstanceIds: ids})
	case !x.Monitoring && was.Monitoring:
		_, err = c.ec2.UnmonitorInstances(ctx, &ec2.UnmonitorInstancesInput{InstanceIds: ids})
	}
	if err != nil {
		return err
	}
	if m := x.metadata(); m != nil && !slices.Equal(was.MetadataOptions, x.MetadataOptions) {
		_, err = c.ec2.ModifyInstanceMetadataOptions(ctx, &ec2.ModifyInstanceMetadataOptionsInput{
			InstanceId: aws.String(x.ID), HttpEndpoint: m.HttpEndpoint, HttpTokens: m.HttpTokens, HttpPutResponseHopLimit: m.HttpPutResponseHopLimit,
			HttpProtocolIpv6: m.HttpProtocolIpv6, InstanceMetadataTags: m.InstanceMetadataTags,
		})
		if err != nil {
			return err
		}
	}
	if len(x.CreditSpecification) > 0 && !slices.Equal(was.CreditSpecification, x.CreditSpecification) {
		_, err = c.ec2.ModifyInstanceCreditSpecification(ctx, &ec2.ModifyInstanceCreditSpecificationInput{
			InstanceCreditSpecifications: []ec2types.InstanceCreditSpecificationRequest{{InstanceId: aws.String(x.ID), CpuCredits: aws.String(x.CreditSpecification[0].CPUCredits)}},
		})
	}
	return err
}

// updateProfile gives the instance another profile, a first one, or none. The
// association has an id of its own.
func updateProfile(ctx context.Context, c *client, was instance, x *instance) error {
	if was.IAMInstanceProfile == x.IAMInstanceProfile {
		return nil
	}
	want := &ec2types.IamInstanceProfileSpecification{Name: aws.String(x.IAMInstanceProfile)}
	if was.IAMInstanceProfile == "" {
		_, err := c.ec2.AssociateIamInstanceProfile(ctx, &ec2.AssociateIamInstanceProfileInput{InstanceId: aws.String(x.ID), IamInstanceProfile: want})
		return err
	}
	got, err := c.ec2.DescribeIamInstanceProfileAssociations(ctx, &ec2.DescribeIamInstanceProfileAssociationsInput{
		Filters: []ec2types.Filter{filter("instance-id", x.ID), filter("state", "associating", "associated")},
	})
	if err != nil || len(got.IamInstanceProfileAssociations) == 0 {
		return err
	}
	id := got.IamInstanceProfileAssociations[0].AssociationId
	if x.IAMInstanceProfile == "" {
		_, err = c.ec2.DisassociateIamInstanceProfile(ctx, &ec2.DisassociateIamInstanceProfileInput{AssociationId: id})
		return err
	}
	_, err = c.ec2.ReplaceIamInstanceProfileAssociation(ctx, &ec2.ReplaceIamInstanceProfileAssociationInput{AssociationId: id, IamInstanceProfile: want})
	return err
}

// updateStopped changes a stopped instance; now is how it is.
func updateStopped(ctx context.Context, c *client, was, now instance, x *instance) error {
	var changes []*ec2.ModifyInstanceAttributeInput
	if now.InstanceType != x.InstanceType {
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{InstanceType: &ec2types.AttributeValue{Value: aws.String(x.InstanceType)}})
	}
	if was.userData() != x.userData() {
		// The SDK encodes this one by itself.
		data, err := base64.StdEncoding.DecodeString(x.userData())
		if err != nil {
			return err
		}
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{UserData: &ec2types.SecureBlobAttributeValue{Value: data}})
	}
	if x.EBSOptimized != nil && aws.ToBool(now.EBSOptimized) != *x.EBSOptimized {
		changes = append(changes, &ec2.ModifyInstanceAttributeInput{EbsOptimized: &ec2types.AttributeBooleanValue{Value: x.EBSOptimized}})
	}
	for _, in := range changes {
		in.InstanceId = aws.String(x.ID)
		if _, err := c.ec2.ModifyInstanceAttribute(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// sameSet reports whether two lists have the same members.
func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
