// Package google holds the resource types of Google Cloud, one a file, on the
// REST clients of cloud.google.com/go/compute and google.golang.org/api. Facts
// about the APIs come from their discovery documents and the public reference
// unless a comment says otherwise.
package google

import (
	"github.com/mlinfra/mlinfra/providers"
)

// Provider returns the google provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name:    "google",
		Doc:     "Google Cloud: networks, instances, disks, buckets, databases, service accounts.",
		Sources: []string{"hashicorp/google", "hashicorp/google-beta"},
		Connect: connect,
		// No Identity: an id, or the attribute project beside it, says where an
		// object is, and it is read there whatever project the settings name.
		Verify:     verify,
		Marks:      func(s settings) *bool { return s.OwnershipMarks },
		Classify:   classify,
		Operations: operations,
		Imply:      implied,
		Resources: []providers.Erasable{
			networkType,
			subnetworkType,
			firewallType,
			addressType,
			routerType,
			routerNATType,
			diskType,
			attachedDiskType,
			instanceType,
			storageBucketType,
			bucketIAMMemberType,
			sqlInstanceType,
			sqlDatabaseType,
			sqlUserType,
			serviceAccountType,
			projectIAMMemberType,
		},
		Data: []providers.Erasable{
			networkData,
			zonesData,
			imageData,
			clientConfigData,
			projectData,
		},
	}.Provider()
}
