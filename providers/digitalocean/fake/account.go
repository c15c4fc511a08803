package fake

import "cmp"

// accountUUID is the one account's (and team's) id.
const accountUUID = "b6f489dbf6d9156cace5f3c78dc9851d957381ef"

// ownerID is the number in database host names and project owners.
const ownerID = 258992

func (c *Cloud) readAccount(*request) (reply, error) {
	return ok(map[string]any{"account": map[string]any{
		"droplet_limit": c.o.Quota.Droplets, "floating_ip_limit": c.o.Quota.ReservedIPs,
		"reserved_ip_limit": c.o.Quota.ReservedIPs, "volume_limit": c.o.Quota.Volumes,
		"email": "sammy@example.com", "name": "Sammy the Shark", "uuid": accountUUID,
		"email_verified": true, "status": "active", "status_message": "",
		"team": map[string]any{"uuid": cmp.Or(c.o.Team, accountUUID), "name": "My Team"},
	}})
}
