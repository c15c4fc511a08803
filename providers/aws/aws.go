// Package aws holds the resource types of Amazon Web Services, one a file, on
// the SDK's clients of the single services. Facts about the APIs come from
// their public references and the SDK unless a comment says otherwise.
package aws

import (
	"github.com/mlinfra/mlinfra/providers"
)

// Provider returns the aws provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name:     "aws",
		Doc:      "Amazon Web Services: networks, instances, volumes, buckets, databases, roles.",
		Connect:  connect,
		Verify:   verify,
		Identity: identity,
		Marks:    func(s settings) *bool { return s.OwnershipMarks },
		Classify: classify,
		Imply:    implied,

		Operations: operations,
		Resources: []providers.Erasable{
			vpcType,
			subnetType,
			internetGatewayType,
			natGatewayType,
			eipType,
			routeTableType,
			routeType,
			routeTableAssociationType,
			securityGroupType,
			ingressRuleType,
			egressRuleType,
			keyPairType,
			s3BucketType,
			s3BucketVersioningType,
			s3BucketPublicAccessBlockType,
			s3BucketEncryptionType,
			s3BucketLifecycleType,
			s3BucketPolicyType,
			iamRoleType,
			iamPolicyType,
			iamRolePolicyAttachmentType,
			iamInstanceProfileType,
			dbSubnetGroupType,
			dbInstanceType,
			instanceType,
			ebsVolumeType,
			volumeAttachmentType,
		},
		Data: []providers.Erasable{
			vpcData,
			subnetsData,
			amiData,
			availabilityZonesData,
			callerIdentityData,
			regionData,
			policyDocumentData,
		},
	}.Provider()
}
