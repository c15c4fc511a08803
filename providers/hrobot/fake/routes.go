package fake

import "net/http"

// hourly are the documented limits of endpoints; each counts for itself.
var hourly = map[string]int{
	"GET /server": 200, "GET /server/{number}": 200, "POST /server/{number}": 200,
	"GET /boot/{number}/{kind}": 500, "POST /boot/{number}/{kind}": 500, "DELETE /boot/{number}/{kind}": 500,
	"GET /boot/{number}/{kind}/last": 500, "POST /reset/{number}": 50,
	"GET /firewall/{number}": 500, "POST /firewall/{number}": 500,
	"GET /vswitch": 500, "GET /vswitch/{id}": 500, "POST /vswitch": 100, "POST /vswitch/{id}": 100, "DELETE /vswitch/{id}": 100,
	"POST /vswitch/{id}/server": 100, "DELETE /vswitch/{id}/server": 100,
	"GET /failover": 100, "GET /failover/{ip}": 100, "POST /failover/{ip}": 50,
	"GET /rdns": 500, "GET /rdns/{ip}": 500, "POST /rdns/{ip}": 500, "DELETE /rdns/{ip}": 500,
	"GET /key": 500, "GET /key/{fingerprint}": 500, "POST /key": 200, "POST /key/{fingerprint}": 200, "DELETE /key/{fingerprint}": 200,
}

// routes returns the endpoints. Nothing can be ordered or cancelled but vSwitches.
func (c *Cloud) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /server":                    c.listServers,
		"GET /server/{number}":           c.readServer,
		"POST /server/{number}":          c.renameServer,
		"GET /boot/{number}/{kind}":      c.readBoot,
		"POST /boot/{number}/{kind}":     c.activateBoot,
		"DELETE /boot/{number}/{kind}":   c.deactivateBoot,
		"GET /boot/{number}/{kind}/last": c.lastBoot,
		"POST /reset/{number}":           c.resetServer,
		"GET /firewall/{number}":         c.readFirewall,
		"POST /firewall/{number}":        c.setFirewall,
		"GET /vswitch":                   c.listVSwitches,
		"POST /vswitch":                  c.createVSwitch,
		"GET /vswitch/{id}":              c.readVSwitch,
		"POST /vswitch/{id}":             c.changeVSwitch,
		"DELETE /vswitch/{id}":           c.cancelVSwitch,
		"POST /vswitch/{id}/server":      c.connectServers,
		"DELETE /vswitch/{id}/server":    c.disconnectServers,
		"GET /failover":                  c.listFailovers,
		"GET /failover/{ip}":             c.readFailover,
		"POST /failover/{ip}":            c.leadFailover,
		"GET /rdns":                      c.listRDNS,
		"GET /rdns/{ip}":                 c.readRDNS,
		"POST /rdns/{ip}":                c.setRDNS,
		"DELETE /rdns/{ip}":              c.deleteRDNS,
		"GET /key":                       c.listKeys,
		"POST /key":                      c.createKey,
		"GET /key/{fingerprint}":         c.readKey,
		"POST /key/{fingerprint}":        c.renameKey,
		"DELETE /key/{fingerprint}":      c.deleteKey,
	} {
		mux.HandleFunc(pattern, c.locked(h))
	}
	return mux
}
