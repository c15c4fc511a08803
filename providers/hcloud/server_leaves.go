package hcloud

import (
	"context"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

// serverLeaves returns what a server has and leaves behind: its volumes, and addresses
// that do not go with it.
func serverLeaves(ctx context.Context, c *client, x server) ([]providers.Leftover, error) {
	id, err := strconv.Atoi(x.ID)
	if err != nil {
		return nil, err
	}
	var left []providers.Leftover
	volumes, err := gathered(providers.All(ctx, c, volumeType, volume{}))
	if err != nil {
		return nil, err
	}
	for _, v := range volumes {
		if v.ServerID == id {
			left = append(left, providers.Leftover{Kind: "volume", ID: v.ID, Name: v.Name})
		}
	}
	ips, err := gathered(providers.All(ctx, c, primaryIPType, primaryIP{}))
	if err != nil {
		return nil, err
	}
	for _, p := range ips {
		if p.AssigneeID == id && !p.AutoDelete {
			left = append(left, providers.Leftover{Kind: "primary IP", ID: p.ID, Name: p.IPAddress})
		}
	}
	floating, err := gathered(providers.All(ctx, c, floatingIPType, floatingIP{}))
	for _, f := range floating {
		if f.ServerID == id {
			left = append(left, providers.Leftover{Kind: "floating IP", ID: f.ID, Name: f.IPAddress})
		}
	}
	return left, err
}
