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
		Close:    closeSpaces,
		Marks:    func(s settings) *bool { return s.OwnershipMarks },
		Classify: classify,
		Filters: map[string]func(context.Context, *client, string) (func(cty.Value) bool, error){
			"tag": taggedWith, "project": inNamedProject,
		},
		Imply: implied,
		Resources: []providers.Erasable{
			cdnType,
			certificateType,
			appType,
			containerRegistriesType,
			containerRegistryType,
			customImageType,
			databaseClusterType,
			databaseDBType,
			databaseFirewallRuleType,
			databaseFirewallType,
			databaseMigrationType,
			databasePoolType,
			databaseReplicaType,
			databaseTopicType,
			databaseUserType,
			dockerCredentialsType,
			domainType,
			dropletAutoscaleType,
			dropletSnapshotType,
			dropletType,
			firewallType,
			functionNamespaceType,
			kafkaConfigType,
			kubernetesClusterType,
			kubernetesNodePoolType,
			loadBalancerType,
			mongodbConfigType,
			monitorAlertType,
			mysqlConfigType,
			natGatewayType,
			opensearchConfigType,
			postgresConfigType,
			projectResourcesType,
			projectType,
			recordType,
			redisConfigType,
			reservedIPAssignmentType,
			reservedIPType,
			reservedIPv6AssignmentType,
			reservedIPv6Type,
			spacesBucketType,
			spacesCORSType,
			spacesKeyType,
			spacesLoggingType,
			spacesObjectType,
			spacesPolicyType,
			sshKeyType,
			tagType,
			uptimeAlertType,
			uptimeCheckType,
			valkeyConfigType,
			volumeAttachmentType,
			volumeSnapshotType,
			volumeType,
			vpcPeeringType,
			vpcType,
		},
		Data: []providers.Erasable{
			accountData,
			certificateData,
			appData,
			containerRegistriesData,
			containerRegistryData,
			databaseCAData,
			databaseClusterData,
			databaseMetricsCredentialsData,
			databasePoolData,
			databaseReplicaData,
			databaseUserData,
			domainData,
			domainsData,
			dropletAutoscaleData,
			dropletData,
			dropletsData,
			dropletSnapshotData,
			firewallData,
			imageData,
			imagesData,
			kubernetesClusterData,
			kubernetesVersionsData,
			loadBalancerData,
			natGatewayData,
			recordData,
			recordsData,
			regionData,
			regionsData,
			reservedIPData,
			reservedIPv6Data,
			sizesData,
			spacesBucketData,
			spacesBucketsData,
			spacesKeyData,
			spacesObjectData,
			spacesObjectsData,
			sshKeyData,
			sshKeysData,
			tagData,
			tagsData,
			volumeData,
			volumeSnapshotData,
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
