package fake

import "net/http"

// routes returns the API's endpoints.
func (c *Cloud) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, family := range []map[string]handler{
		c.actionRoutes(),
		c.certificateRoutes(),
		c.datacenterRoutes(),
		c.firewallRoutes(),
		c.floatingIPRoutes(),
		c.imageRoutes(),
		c.isoRoutes(),
		c.lbTypeRoutes(),
		c.loadBalancerRoutes(),
		c.locationRoutes(),
		c.networkRoutes(),
		c.placementGroupRoutes(),
		c.primaryIPRoutes(),
		c.serverRoutes(),
		c.serverTypeRoutes(),
		c.sshKeyRoutes(),
		c.volumeRoutes(),
	} {
		for pattern, h := range family {
			mux.HandleFunc(pattern, c.alone(h))
		}
	}
	return mux
}
