// Package hcloud holds the resource types of Hetzner Cloud, one a file, on its own
// SDK hcloud-go. Facts about the API come from its public reference, the SDK and
// Terraform's provider unless a comment says otherwise.
package hcloud

import (
	"github.com/mlinfra/mlinfra/providers"
)

// Provider returns the hcloud provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name:    "hcloud",
		Doc:     "Hetzner Cloud: servers, networks, volumes, load balancers, addresses.",
		Sources: []string{"hetznercloud/hcloud"},
		// 3600 an hour come back one a second.
		Limits:  providers.Limits{Remaining: "RateLimit-Remaining", Reset: "RateLimit-Reset", Size: "RateLimit-Limit"},
		Connect: connect,
		// No Identity: a token leads to one project, and the API does not say which.
		Verify:     verify,
		Marks:      func(s settings) *bool { return s.OwnershipMarks },
		Classify:   classify,
		Operations: operations,
		Resources: []providers.Erasable{
			certificateType(),
			firewallAttachmentType,
			firewallType,
			floatingIPAssignmentType,
			floatingIPType,
			lbNetworkType,
			lbServiceType,
			lbTargetType,
			loadBalancerType,
			managedCertificateType,
			networkRouteType,
			networkSubnetType,
			networkType,
			placementGroupType,
			primaryIPType,
			rdnsType,
			serverNetworkType,
			serverType,
			snapshotType,
			sshKeyType,
			uploadedCertificateType,
			volumeAttachmentType,
			volumeType,
		},
		Data: []providers.Erasable{
			certificateData,
			certificatesData,
			datacenterData,
			datacentersData,
			firewallData,
			firewallsData,
			floatingIPData,
			floatingIPsData,
			imageData,
			imagesData,
			loadBalancerData,
			loadBalancerTypeData,
			loadBalancerTypesData,
			loadBalancersData,
			locationData,
			locationsData,
			networkData,
			networksData,
			placementGroupData,
			placementGroupsData,
			primaryIPData,
			primaryIPsData,
			serverData,
			serversData,
			serverTypeData,
			serverTypesData,
			sshKeyData,
			sshKeysData,
			volumeData,
			volumesData,
		},
	}.Provider()
}
