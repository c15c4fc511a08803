// Package digitalocean holds DigitalOcean's resource types, one a file, on its
// own SDK godo, and on the S3 API for Spaces. Facts about the API come from
// its public OpenAPI document and godo unless a comment says otherwise.
package digitalocean

import (
	"context"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// Provider returns the digitalocean provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name:    "digitalocean",
		Doc:     "DigitalOcean: droplets, networks, volumes, Spaces, managed databases.",
		Sources: []string{"digitalocean/digitalocean"},
		Limits: providers.Limits{
			Remaining: "ratelimit-remaining",
			Reset:     "ratelimit-reset",
			PerMinute: 250,
			Windows:   windows,
		},
		Connect:  connect,
		Verify:   verify,
		Identity: identity,
		Unmark:   unmark,
		Marks:    func(s settings) *bool { return s.OwnershipMarks },
		Classify: classify,
		Filters: map[string]func(context.Context, *client, string) (func(cty.Value) bool, error){
			"tag": taggedWith, "project": inNamedProject,
		},
		Imply: implied,
		Resources: []providers.Erasable{
			certificateType,
			databaseClusterType,
			databaseDBType,
			databaseFirewallType,
			databaseUserType,
			dropletType,
			firewallType,
			functionNamespaceType,
			loadBalancerType,
			monitorAlertType,
			natGatewayType,
			projectResourcesType,
			projectType,
			reservedIPAssignmentType,
			reservedIPType,
			reservedIPv6AssignmentType,
			reservedIPv6Type,
			spacesBucketType,
			sshKeyType,
			tagType,
			uptimeAlertType,
			uptimeCheckType,
			volumeAttachmentType,
			volumeType,
			vpcPeeringType,
			vpcType,
		},
		Data: []providers.Erasable{
			accountData,
			certificateData,
			databaseClusterData,
			firewallData,
			imageData,
			loadBalancerData,
			natGatewayData,
			regionsData,
			reservedIPData,
			reservedIPv6Data,
			sizesData,
			sshKeyData,
			vpcData,
			vpcPeeringData,
			vpcsData,
		},
	}.Provider()
}

// implied returns what plans know before the API has answered.
func implied(_ settings, t *providers.Type, config, _, want cty.Value) map[string]cty.Value {
	if t.Name == certificateType.Type {
		return implyCertificate(config, want)
	}
	return nil
}
