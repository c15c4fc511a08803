// Package digitalocean holds DigitalOcean's resource types, one a file, on its
// own SDK godo, and on the S3 API for Spaces. Facts about the API come from
// its public OpenAPI document and godo unless a comment says otherwise.
package digitalocean

import (
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
		Resources: []providers.Erasable{
			databaseClusterType,
			databaseDBType,
			databaseFirewallType,
			databaseUserType,
			dropletType,
			firewallType,
			functionNamespaceType,
			agentKnowledgeBaseType,
			agentRouteType,
			gradientAgentType,
			gradientFunctionType,
			knowledgeBaseSourceType,
			knowledgeBaseType,
			monitorAlertType,
			openAIKeyType,
			projectResourcesType,
			projectType,
			reservedIPAssignmentType,
			reservedIPType,
			spacesBucketType,
			sshKeyType,
			tagType,
			uptimeAlertType,
			uptimeCheckType,
			volumeAttachmentType,
			volumeType,
			vpcType,
		},
		Data: []providers.Erasable{
			accountData,
			agentData,
			agentsByOpenAIKeyData,
			agentsData,
			databaseClusterData,
			gradientRegionsData,
			imageData,
			knowledgeBaseData,
			knowledgeBasesData,
			knowledgeSourcesData,
			modelsData,
			openAIKeyData,
			openAIKeysData,
			projectData,
			projectsData,
			regionsData,
			sizesData,
			sshKeyData,
			vpcData,
		},
	}.Provider()
}
