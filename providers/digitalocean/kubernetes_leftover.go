package digitalocean

import (
	"context"
	"math"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// Prices in USD a month, from DigitalOcean's list.
const (
	balancerNodePrice = 12
	volumeGiBPrice    = 0.10
	snapshotGiBPrice  = 0.06
)

// leavesOfCluster returns what has been made from within the cluster and outlives it.
func leavesOfCluster(ctx context.Context, c *client, x kubernetesCluster) ([]providers.Leftover, error) {
	if x.DestroyAllAssociatedResources {
		return nil, nil
	}
	all, _, err := c.Kubernetes.ListAssociatedResourcesForDeletion(ctx, x.ID)
	if err != nil {
		if gone(err) == providers.ErrGone {
			return nil, nil
		}
		return nil, err
	}
	var out []providers.Leftover
	for _, kind := range []struct {
		name  string
		items []*godo.AssociatedResource
		price func(ctx context.Context, c *client, id string) (float64, error)
	}{
		{"load balancer", all.LoadBalancers, priceOfBalancer},
		{"volume", all.Volumes, priceOfVolume},
		{"volume snapshot", all.VolumeSnapshots, priceOfSnapshot},
	} {
		for _, item := range kind.items {
			price, err := kind.price(ctx, c, item.ID)
			if err != nil && gone(err) != providers.ErrGone {
				return nil, err
			}
			out = append(out, providers.Leftover{Kind: kind.name, ID: item.ID, Name: item.Name, Monthly: price})
		}
	}
	return out, nil
}

// priceOfBalancer is that of one node at least, also when only its name is known.
func priceOfBalancer(ctx context.Context, c *client, id string) (float64, error) {
	got, _, err := c.LoadBalancers.Get(ctx, id)
	if err != nil {
		return balancerNodePrice, err
	}
	return balancerNodePrice * float64(max(got.SizeUnit, 1)), nil
}

func priceOfVolume(ctx context.Context, c *client, id string) (float64, error) {
	got, _, err := c.Storage.GetVolume(ctx, id)
	if err != nil {
		return 0, err
	}
	return cents(float64(got.SizeGigaBytes) * volumeGiBPrice), nil
}

func priceOfSnapshot(ctx context.Context, c *client, id string) (float64, error) {
	got, _, err := c.Snapshots.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	return cents(got.SizeGigaBytes * snapshotGiBPrice), nil
}

// cents rounds a price to whole cents.
func cents(usd float64) float64 { return math.Round(usd*100) / 100 }
