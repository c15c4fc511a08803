package fake

import "net/http"

// routes returns the endpoints of all services.
func (c *Cloud) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for s, family := range map[service][]map[string]handler{
		computeAPI: {c.placeRoutes(), c.operationRoutes(), c.networkRoutes(), c.diskRoutes(), c.instanceRoutes(), c.instanceChangeRoutes()},
		storageAPI: {c.bucketRoutes(), c.objectRoutes()},
		iamAPI:     {c.accountRoutes()},
		crmAPI:     {c.projectRoutes()},
		sqlAPI:     {c.sqlRoutes()},
		oauthAPI:   {{"POST /oauth2/token": c.oauthToken}},
	} {
		for _, routes := range family {
			for pattern, h := range routes {
				mux.HandleFunc(pattern, c.locked(s, h))
			}
		}
	}
	for _, scope := range []string{"global", "regions/{region}", "zones/{zone}"} {
		mux.HandleFunc("POST "+inProject+scope+"/operations/{name}/wait", c.waitOperation)
	}
	return mux
}

// inProject is where Compute's resources are.
const inProject = "/compute/v1/projects/{project}/"

func (c *Cloud) placeRoutes() map[string]handler {
	return map[string]handler{
		"GET /compute/v1/projects/{project}":                        c.compute("projects.get", c.readComputeProject),
		"GET " + inProject + "regions":                              c.compute("regions.list", c.listRegions),
		"GET " + inProject + "regions/{name}":                       c.compute("regions.get", c.readRegion),
		"GET " + inProject + "zones":                                c.compute("zones.list", c.listZones),
		"GET " + inProject + "zones/{name}":                         c.compute("zones.get", c.readZone),
		"GET " + inProject + "zones/{zone}/machineTypes":            c.compute("machineTypes.list", c.listMachineTypes),
		"GET " + inProject + "zones/{zone}/machineTypes/{name}":     c.compute("machineTypes.get", c.readMachineType),
		"GET " + inProject + "aggregated/machineTypes":              c.compute("machineTypes.list", c.aggregateMachineTypes),
		"GET " + inProject + "zones/{zone}/acceleratorTypes":        c.compute("acceleratorTypes.list", c.listAcceleratorTypes),
		"GET " + inProject + "zones/{zone}/acceleratorTypes/{name}": c.compute("acceleratorTypes.get", c.readAcceleratorType),
		"GET " + inProject + "aggregated/acceleratorTypes":          c.compute("acceleratorTypes.list", c.aggregateAcceleratorTypes),
		"GET " + inProject + "zones/{zone}/diskTypes":               c.compute("diskTypes.list", c.listDiskTypes),
		"GET " + inProject + "zones/{zone}/diskTypes/{name}":        c.compute("diskTypes.get", c.readDiskType),
		"GET " + inProject + "aggregated/diskTypes":                 c.compute("diskTypes.list", c.aggregateDiskTypes),
		"GET " + inProject + "global/images":                        c.images("images.list", c.listImages),
		"GET " + inProject + "global/images/{name}":                 c.images("images.get", c.readImage),
		"GET " + inProject + "global/images/family/{name}":          c.images("images.getFromFamily", c.readImageFromFamily),
	}
}

func (c *Cloud) operationRoutes() map[string]handler {
	out := map[string]handler{"GET " + inProject + "aggregated/operations": c.compute("globalOperations.list", c.aggregateOperations)}
	for scope, kind := range map[string]string{
		"global": "globalOperations", "regions/{region}": "regionOperations", "zones/{zone}": "zoneOperations",
	} {
		path := inProject + scope + "/operations"
		out["GET "+path] = c.compute(kind+".list", c.listOperations)
		out["GET "+path+"/{name}"] = c.compute(kind+".get", c.readOperation)
		out["DELETE "+path+"/{name}"] = c.compute(kind+".delete", c.deleteOperation)
	}
	return out
}

// familyRoutes are what every type of resource has.
func familyRoutes[T computeResource](f *family[T], scope string) map[string]handler {
	path := inProject + scope + "/" + f.collection
	one := path + "/{name}"
	return map[string]handler{
		"POST " + path:  f.c.compute(f.collection+".create", f.c.mutation(f.insert)),
		"GET " + path:   f.c.compute(f.collection+".list", f.list),
		"GET " + one:    f.c.compute(f.collection+".get", f.get),
		"DELETE " + one: f.c.compute(f.collection+".delete", f.c.mutation(f.remove)),
	}
}

// with adds routes to others.
func with(routes ...map[string]handler) map[string]handler {
	out := map[string]handler{}
	for _, m := range routes {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func (c *Cloud) networkRoutes() map[string]handler {
	const (
		net      = inProject + "global/networks/{name}"
		subnet   = inProject + "regions/{region}/subnetworks/{name}"
		firewall = inProject + "global/firewalls/{name}"
		address  = inProject + "regions/{region}/addresses/{name}"
		router   = inProject + "regions/{region}/routers/{name}"
	)
	return with(
		familyRoutes(c.networks(), "global"),
		familyRoutes(c.subnetworks(), "regions/{region}"),
		familyRoutes(c.firewalls(), "global"),
		familyRoutes(c.addresses(), "regions/{region}"),
		familyRoutes(c.routers(), "regions/{region}"),
		map[string]handler{
			"PATCH " + net:                                 c.compute("networks.update", c.mutation(c.patchNetwork)),
			"POST " + net + "/switchToCustomMode":          c.compute("networks.switchToCustomMode", c.mutation(c.switchToCustomMode)),
			"PATCH " + subnet:                              c.compute("subnetworks.update", c.mutation(c.patchSubnetwork)),
			"POST " + subnet + "/expandIpCidrRange":        c.compute("subnetworks.expandIpCidrRange", c.mutation(c.expandIPCidrRange)),
			"POST " + subnet + "/setPrivateIpGoogleAccess": c.compute("subnetworks.setPrivateIpGoogleAccess", c.mutation(c.setPrivateIPGoogleAccess)),
			"GET " + inProject + "aggregated/subnetworks":  c.compute("subnetworks.list", c.subnetworks().aggregated),
			"PATCH " + firewall:                            c.compute("firewalls.update", c.mutation(c.patchFirewall)),
			"PUT " + firewall:                              c.compute("firewalls.update", c.mutation(c.updateFirewall)),
			"POST " + address + "/setLabels":               c.compute("addresses.setLabels", c.mutation(c.setAddressLabels)),
			"GET " + inProject + "aggregated/addresses":    c.compute("addresses.list", c.addresses().aggregated),
			"PATCH " + router:                              c.compute("routers.update", c.mutation(c.patchRouter)),
			"PUT " + router:                                c.compute("routers.update", c.mutation(c.updateRouter)),
			"GET " + router + "/getRouterStatus":           c.compute("routers.get", c.routerStatus),
			"GET " + inProject + "aggregated/routers":      c.compute("routers.list", c.routers().aggregated),
		},
	)
}

func (c *Cloud) diskRoutes() map[string]handler {
	const disk = inProject + "zones/{zone}/disks/{name}"
	return with(familyRoutes(c.disks(), "zones/{zone}"), map[string]handler{
		"POST " + disk + "/resize":              c.compute("disks.resize", c.mutation(c.resizeDisk)),
		"POST " + disk + "/setLabels":           c.compute("disks.setLabels", c.mutation(c.setDiskLabels)),
		"PATCH " + disk:                         c.compute("disks.update", c.mutation(c.updateDisk)),
		"GET " + inProject + "aggregated/disks": c.compute("disks.list", c.disks().aggregated),
	})
}

// oneInstance is the path of an instance.
const oneInstance = inProject + "zones/{zone}/instances/{name}"

func (c *Cloud) instanceRoutes() map[string]handler {
	return with(familyRoutes(c.instances(), "zones/{zone}"), map[string]handler{
		"GET " + inProject + "aggregated/instances":  c.compute("instances.list", c.instances().aggregated),
		"PUT " + oneInstance:                         c.compute("instances.update", c.mutation(c.updateInstance)),
		"POST " + oneInstance + "/start":             c.compute("instances.start", c.mutation(c.startInstance)),
		"POST " + oneInstance + "/stop":              c.compute("instances.stop", c.mutation(c.stopInstance)),
		"POST " + oneInstance + "/reset":             c.compute("instances.reset", c.mutation(c.resetInstance)),
		"POST " + oneInstance + "/suspend":           c.compute("instances.suspend", c.mutation(c.suspendInstance)),
		"POST " + oneInstance + "/resume":            c.compute("instances.resume", c.mutation(c.resumeInstance)),
		"POST " + oneInstance + "/attachDisk":        c.compute("instances.attachDisk", c.mutation(c.attachDisk)),
		"POST " + oneInstance + "/detachDisk":        c.compute("instances.detachDisk", c.mutation(c.detachDisk)),
		"POST " + oneInstance + "/setDiskAutoDelete": c.compute("instances.setDiskAutoDelete", c.mutation(c.setDiskAutoDelete)),
		"GET " + oneInstance + "/serialPort":         c.compute("instances.getSerialPortOutput", c.serialPort),
	})
}

func (c *Cloud) instanceChangeRoutes() map[string]handler {
	return map[string]handler{
		"POST " + oneInstance + "/setMachineType":                c.compute("instances.setMachineType", c.mutation(c.setMachineType)),
		"POST " + oneInstance + "/setMetadata":                   c.compute("instances.setMetadata", c.mutation(c.setMetadata)),
		"POST " + oneInstance + "/setTags":                       c.compute("instances.setTags", c.mutation(c.setTags)),
		"POST " + oneInstance + "/setLabels":                     c.compute("instances.setLabels", c.mutation(c.setInstanceLabels)),
		"POST " + oneInstance + "/setServiceAccount":             c.compute("instances.setServiceAccount", c.mutation(c.setServiceAccount)),
		"POST " + oneInstance + "/setScheduling":                 c.compute("instances.setScheduling", c.mutation(c.setScheduling)),
		"POST " + oneInstance + "/setMinCpuPlatform":             c.compute("instances.setMinCpuPlatform", c.mutation(c.setMinCPUPlatform)),
		"POST " + oneInstance + "/setMachineResources":           c.compute("instances.setMachineResources", c.mutation(c.setMachineResources)),
		"POST " + oneInstance + "/setDeletionProtection":         c.compute("instances.setDeletionProtection", c.mutation(c.setDeletionProtection)),
		"POST " + oneInstance + "/addAccessConfig":               c.compute("instances.addAccessConfig", c.mutation(c.addAccessConfig)),
		"POST " + oneInstance + "/deleteAccessConfig":            c.compute("instances.deleteAccessConfig", c.mutation(c.deleteAccessConfig)),
		"POST " + oneInstance + "/updateAccessConfig":            c.compute("instances.updateAccessConfig", c.mutation(c.updateAccessConfig)),
		"PATCH " + oneInstance + "/updateNetworkInterface":       c.compute("instances.updateNetworkInterface", c.mutation(c.updateNetworkInterface)),
		"PATCH " + oneInstance + "/updateDisplayDevice":          c.compute("instances.updateDisplayDevice", c.mutation(c.updateDisplayDevice)),
		"PATCH " + oneInstance + "/updateShieldedInstanceConfig": c.compute("instances.updateShieldedInstanceConfig", c.mutation(c.updateShieldedConfig)),
	}
}
