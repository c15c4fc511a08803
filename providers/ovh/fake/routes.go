package fake

import "net/http"

// routes returns the endpoints. Nothing can be ordered or terminated.
func (c *Cloud) routes() *http.ServeMux {
	const server, vRack = "/1.0/dedicated/server/{name}", "/1.0/vrack/{vrack}"
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /1.0/auth/time":                               c.readTime,
		"GET /1.0/auth/details":                            c.readDetails,
		"POST /auth/oauth2/token":                          c.giveToken,
		"GET /1.0/dedicated/server":                        c.listServers,
		"GET " + server:                                    c.readServer,
		"PUT " + server:                                    c.changeServer,
		"GET " + server + "/serviceInfos":                  c.readServiceInfos,
		"GET " + server + "/ips":                           c.listIPs,
		"GET " + server + "/boot":                          c.listBoots,
		"GET " + server + "/boot/{boot}":                   c.readBoot,
		"GET " + server + "/install/compatibleTemplates":   c.listTemplates,
		"POST " + server + "/reinstall":                    c.reinstall,
		"GET " + server + "/task":                          c.listTasks,
		"GET " + server + "/task/{task}":                   c.readTask,
		"GET " + server + "/virtualNetworkInterface":       c.listVNIs,
		"GET " + server + "/virtualNetworkInterface/{vni}": c.readVNI,
		"PUT /1.0/services/{service}":                      c.renameService,
		"POST /1.0/ip/{block}/reverse":                     c.setReverse,
		"GET /1.0/vrack":                                   c.listVRacks,
		"GET " + vRack + "/{kind}":                         c.listMembers,
		"POST " + vRack + "/{kind}":                        c.connect,
		"GET " + vRack + "/{kind}/{member}":                c.readMember,
		"DELETE " + vRack + "/{kind}/{member}":             c.disconnect,
		"GET " + vRack + "/task":                           c.listVRackTasks,
		"GET " + vRack + "/task/{task}":                    c.readVRackTask,
	} {
		mux.HandleFunc(pattern, c.locked(h))
	}
	return mux
}
