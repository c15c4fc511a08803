package fake

import "net/http"

// routes returns the API's endpoints.
func (c *Cloud) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, family := range []map[string]handler{
		c.catalogueRoutes(),
		c.dropletRoutes(),
		c.networkRoutes(),
		c.storageRoutes(),
		c.accountRoutes(),
		c.databaseRoutes(),
		c.functionRoutes(),
		c.gradientRoutes(),
		c.monitoringRoutes(),
		c.uptimeRoutes(),
		c.certificateRoutes(),
		c.loadBalancerRoutes(),
		c.natGatewayRoutes(),
		c.peeringRoutes(),
		c.reservedIPv6Routes(),
		c.databasePartRoutes(),
		c.domainRoutes(),
		c.spacesKeyRoutes(),
		c.cdnRoutes(),
		c.customImageRoutes(),
		c.snapshotRoutes(),
		c.appRoutes(),
		c.kubernetesRoutes(),
		c.registryRoutes(),
	} {
		for pattern, h := range family {
			mux.HandleFunc(pattern, c.locked(h))
		}
	}
	return mux
}

func (c *Cloud) catalogueRoutes() map[string]handler {
	return map[string]handler{
		"GET /v2/account":     c.readAccount,
		"GET /v2/regions":     c.listRegions,
		"GET /v2/sizes":       c.listSizes,
		"GET /v2/images":      c.listImages,
		"GET /v2/images/{id}": c.readImage,
		// A snapshot is an image to the API; only one's own can be deleted.
		"DELETE /v2/images/{id}": c.deleteImage,
	}
}

func (c *Cloud) dropletRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/droplets":                                       c.createDroplets,
		"GET /v2/droplets":                                        c.listDroplets,
		"DELETE /v2/droplets":                                     c.deleteDropletsByTag,
		"GET /v2/droplets/{id}":                                   c.readDroplet,
		"DELETE /v2/droplets/{id}":                                c.deleteDroplet,
		"GET /v2/droplets/{id}/backups/policy":                    c.readBackupPolicy,
		"GET /v2/droplets/{id}/snapshots":                         c.listDropletSnapshots,
		"GET /v2/droplets/{id}/destroy_with_associated_resources": c.listLeftovers,
		"GET /v2/droplets/{id}/firewalls":                         c.listDropletFirewalls,
		"POST /v2/droplets/{id}/actions":                          c.createDropletAction,
		"GET /v2/droplets/{id}/actions":                           c.listDropletActions,
		"GET /v2/droplets/{id}/actions/{aid}":                     c.readDropletAction,
		"POST /v2/droplets/actions":                               c.createDropletActionsByTag,
		"GET /v2/actions":                                         c.listActions,
		"GET /v2/actions/{aid}":                                   c.readAction,
		"POST /v2/reserved_ips":                                   c.createReservedIP,
		"GET /v2/reserved_ips":                                    c.listReservedIPs,
		"GET /v2/reserved_ips/{ip}":                               c.readReservedIP,
		"DELETE /v2/reserved_ips/{ip}":                            c.deleteReservedIP,
		"POST /v2/reserved_ips/{ip}/actions":                      c.createReservedIPAction,
		"GET /v2/reserved_ips/{ip}/actions":                       c.listReservedIPActions,
		"GET /v2/reserved_ips/{ip}/actions/{aid}":                 c.readReservedIPAction,
	}
}

func (c *Cloud) networkRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/vpcs":                      c.createVPC,
		"GET /v2/vpcs":                       c.listVPCs,
		"GET /v2/vpcs/{id}":                  c.readVPC,
		"PUT /v2/vpcs/{id}":                  c.replaceVPC,
		"PATCH /v2/vpcs/{id}":                c.patchVPC,
		"DELETE /v2/vpcs/{id}":               c.deleteVPC,
		"GET /v2/vpcs/{id}/members":          c.listVPCMembers,
		"POST /v2/firewalls":                 c.createFirewall,
		"GET /v2/firewalls":                  c.listFirewalls,
		"GET /v2/firewalls/{id}":             c.readFirewall,
		"PUT /v2/firewalls/{id}":             c.replaceFirewall,
		"DELETE /v2/firewalls/{id}":          c.deleteFirewall,
		"POST /v2/firewalls/{id}/droplets":   c.addFirewallDroplets,
		"DELETE /v2/firewalls/{id}/droplets": c.removeFirewallDroplets,
		"POST /v2/firewalls/{id}/tags":       c.addFirewallTags,
		"DELETE /v2/firewalls/{id}/tags":     c.removeFirewallTags,
		"POST /v2/firewalls/{id}/rules":      c.addFirewallRules,
		"DELETE /v2/firewalls/{id}/rules":    c.removeFirewallRules,
	}
}

func (c *Cloud) storageRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/volumes":                   c.createVolume,
		"GET /v2/volumes":                    c.listVolumes,
		"DELETE /v2/volumes":                 c.deleteVolumeByName,
		"GET /v2/volumes/{id}":               c.readVolume,
		"DELETE /v2/volumes/{id}":            c.deleteVolume,
		"POST /v2/volumes/{id}/actions":      c.createVolumeAction,
		"GET /v2/volumes/{id}/actions":       c.listVolumeActions,
		"GET /v2/volumes/{id}/actions/{aid}": c.readVolumeAction,
		"POST /v2/volumes/actions":           c.createVolumeActionByName,
	}
}

func (c *Cloud) accountRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/account/keys":            c.createKey,
		"GET /v2/account/keys":             c.listKeys,
		"GET /v2/account/keys/{id}":        c.readKey,
		"PUT /v2/account/keys/{id}":        c.renameKey,
		"DELETE /v2/account/keys/{id}":     c.deleteKey,
		"POST /v2/tags":                    c.createTag,
		"GET /v2/tags":                     c.listTags,
		"GET /v2/tags/{name}":              c.readTag,
		"DELETE /v2/tags/{name}":           c.deleteTag,
		"POST /v2/tags/{name}/resources":   c.tagResources,
		"DELETE /v2/tags/{name}/resources": c.untagResources,
		"POST /v2/projects":                c.createProject,
		"GET /v2/projects":                 c.listProjects,
		"GET /v2/projects/{id}":            c.readProject,
		"PUT /v2/projects/{id}":            c.replaceProject,
		"PATCH /v2/projects/{id}":          c.patchProject,
		"DELETE /v2/projects/{id}":         c.deleteProject,
		"GET /v2/projects/{id}/resources":  c.listProjectResources,
		"POST /v2/projects/{id}/resources": c.assignResources,
	}
}

func (c *Cloud) databaseRoutes() map[string]handler {
	const cluster = "/v2/databases/{id}"
	return map[string]handler{
		"POST /v2/databases":                    c.createDatabase,
		"GET /v2/databases":                     c.listDatabases,
		"GET /v2/databases/options":             c.databaseOptions,
		"GET " + cluster:                        c.readDatabase,
		"DELETE " + cluster:                     c.deleteDatabase,
		"PUT " + cluster + "/resize":            c.resizeDatabase,
		"PUT " + cluster + "/migrate":           c.migrateDatabase,
		"PUT " + cluster + "/maintenance":       c.setMaintenance,
		"PUT " + cluster + "/upgrade":           c.upgradeDatabase,
		"GET " + cluster + "/eviction_policy":   c.readEvictionPolicy,
		"PUT " + cluster + "/eviction_policy":   c.setEvictionPolicy,
		"GET " + cluster + "/autoscale":         c.readAutoscale,
		"PUT " + cluster + "/autoscale":         c.setAutoscale,
		"GET " + cluster + "/sql_mode":          c.readSQLMode,
		"PUT " + cluster + "/sql_mode":          c.setSQLMode,
		"GET " + cluster + "/ca":                c.readCA,
		"GET " + cluster + "/config":            c.readConfig,
		"PATCH " + cluster + "/config":          c.patchConfig,
		"GET " + cluster + "/backups":           c.listBackups,
		"GET /v2/databases/metrics/credentials": c.readMetricsCredentials,
		"PUT /v2/databases/metrics/credentials": c.setMetricsCredentials,
		"GET " + cluster + "/firewall":          c.readDatabaseFirewall,
		"PUT " + cluster + "/firewall":          c.setDatabaseFirewall,
	}
}

func (c *Cloud) databasePartRoutes() map[string]handler {
	const cluster = "/v2/databases/{id}"
	return map[string]handler{
		"POST " + cluster + "/dbs":                       c.createDB,
		"GET " + cluster + "/dbs":                        c.listDBs,
		"GET " + cluster + "/dbs/{name}":                 c.readDB,
		"DELETE " + cluster + "/dbs/{name}":              c.deleteDB,
		"POST " + cluster + "/users":                     c.createDBUser,
		"GET " + cluster + "/users":                      c.listDBUsers,
		"GET " + cluster + "/users/{name}":               c.readDBUser,
		"PUT " + cluster + "/users/{name}":               c.updateDBUser,
		"DELETE " + cluster + "/users/{name}":            c.deleteDBUser,
		"POST " + cluster + "/users/{name}/reset_auth":   c.resetDBUser,
		"PUT " + cluster + "/online-migration":           c.startMigration,
		"GET " + cluster + "/online-migration":           c.readMigration,
		"DELETE " + cluster + "/online-migration/{name}": c.stopMigration,
		"POST " + cluster + "/pools":                     c.createPool,
		"GET " + cluster + "/pools":                      c.listPools,
		"GET " + cluster + "/pools/{name}":               c.readPool,
		"PUT " + cluster + "/pools/{name}":               c.updatePool,
		"DELETE " + cluster + "/pools/{name}":            c.deletePool,
		"POST " + cluster + "/replicas":                  c.createReplica,
		"GET " + cluster + "/replicas":                   c.listReplicas,
		"GET " + cluster + "/replicas/{name}":            c.readReplica,
		"DELETE " + cluster + "/replicas/{name}":         c.deleteReplica,
		"POST " + cluster + "/topics":                    c.createTopic,
		"GET " + cluster + "/topics":                     c.listTopics,
		"GET " + cluster + "/topics/{name}":              c.readTopic,
		"PUT " + cluster + "/topics/{name}":              c.updateTopic,
		"DELETE " + cluster + "/topics/{name}":           c.deleteTopic,
	}
}
