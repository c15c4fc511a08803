// Package hrobot holds the resource types of Hetzner Robot, which leads dedicated
// servers, one a file, on a small client of its own over net/http: of the Go
// clients of the webservice, syself/hrobot-go takes no context and knows neither
// firewalls nor vSwitches, and none can be had from the module proxy. Facts about
// the API come from its documentation (robot.hetzner.com/doc/webservice) and
// from what other clients have observed unless a comment says otherwise.
//
// A server is rented by hand. Nothing here orders or cancels one: the package
// knows no such call.
package hrobot

import "github.com/mlinfra/mlinfra/providers"

// Provider returns the hrobot provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name:    "hrobot",
		Doc:     "Hetzner Robot: dedicated servers that are there, their firewalls, addresses and vSwitches.",
		Sources: []string{"mlinfra/hrobot"}, // Hetzner has none in Terraform's registry
		// The API answers no faster for more, and shuts out who errs often.
		Limits:     providers.Limits{Concurrent: 4},
		Connect:    connect,
		Verify:     verify,
		Classify:   classify,
		Operations: operations,
		Resources: []providers.Erasable{
			failoverIPType,
			firewallType,
			rdnsType,
			serverType,
			sshKeyType,
			vSwitchType,
		},
		Data: []providers.Erasable{
			providers.LookUp[*client, server]{Of: serverType, By: []string{"server_number", "server_name", "server_ip"}},
			serversData,
		},
	}.Provider()
}
