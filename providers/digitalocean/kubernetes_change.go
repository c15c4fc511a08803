package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// updateKubernetesCluster starts the first change that the cluster does not show
// yet and asks to be called again: an upgrade, then the cluster's own settings, the
// registry, and the first pool.
func updateKubernetesCluster(ctx context.Context, c *client, was kubernetesCluster, x *kubernetesCluster) error {
	x.ID = was.ID
	got, _, err := getCluster(ctx, c, was.ID)
	if err != nil {
		return err
	}
	now := was
	now.fill(got)
	if err := got.settled(); errors.Is(err, providers.ErrNotReady) {
		return providers.ErrAgain
	} else if err != nil {
		return err
	}
	for _, change := range []func(context.Context, *client, *kubernetesAnswer, kubernetesCluster, kubernetesCluster, *kubernetesCluster) (bool, error){
		upgradeCluster, changeCluster, changeRegistry, changePool,
	} {
		if started, err := change(ctx, c, got, was, now, x); started || err != nil {
			return cmp.Or(err, providers.ErrAgain)
		}
	}
	return readKubernetesCluster(ctx, c, x)
}

// upgradeCluster reports whether it has started an upgrade.
func upgradeCluster(ctx context.Context, c *client, got *kubernetesAnswer, _, now kubernetesCluster, x *kubernetesCluster) (bool, error) {
	if sameVersion(x.Version, now.Version) || x.AutoUpgrade && patched(x.Version, now.Version) {
		return false, nil
	}
	version, err := upgradeTo(ctx, c, got.ID, x.Version, now.Version)
	if err != nil {
		return false, err
	}
	_, err = c.Kubernetes.Upgrade(ctx, got.ID, &godo.KubernetesClusterUpgradeRequest{VersionSlug: version})
	return true, err
}

// changeCluster sends all settings when one that x says differs.
func changeCluster(ctx context.Context, c *client, got *kubernetesAnswer, _, now kubernetesCluster, x *kubernetesCluster) (bool, error) {
	marks := slices.DeleteFunc(slices.Clone(got.Tags), func(t string) bool { return !isMark(t) })
	want := clusterBody(x.over(now), marks)
	if len(x.ClusterAutoscaler) == 0 && len(now.ClusterAutoscaler) > 0 {
		want.ClusterAutoscalerConfiguration = autoscalerBody(clusterAutoscaler{}) // back to what is usual
	}
	if reflect.DeepEqual(want, clusterBody(now, marks)) {
		return false, nil
	}
	_, err := sendCluster(ctx, c, "PUT", clustersPath+"/"+got.ID, want)
	return true, err
}

// over returns x with the settings of now where the cloud decides and x says
// nothing, as of a cluster that has just been made.
func (x kubernetesCluster) over(now kubernetesCluster) kubernetesCluster {
	if x.HA == nil {
		x.HA = now.HA
	}
	x.MaintenancePolicy = x.windowOver(now)
	x.SSO, x.ControlPlaneFirewall = orElse(x.SSO, now.SSO), orElse(x.ControlPlaneFirewall, now.ControlPlaneFirewall)
	plugins := now.plugins()
	for i, p := range x.plugins() {
		*p = orElse(*p, *plugins[i])
	}
	return x
}

func (x kubernetesCluster) windowOver(now kubernetesCluster) []maintenancePolicy {
	if len(x.MaintenancePolicy) == 0 || len(now.MaintenancePolicy) == 0 {
		return orElse(x.MaintenancePolicy, now.MaintenancePolicy)
	}
	want, have := x.MaintenancePolicy[0], now.MaintenancePolicy[0]
	return []maintenancePolicy{{Day: cmp.Or(want.Day, have.Day), StartTime: cmp.Or(want.StartTime, have.StartTime)}}
}

// plugins are the blocks of x that switch a part of the cluster on.
func (x *kubernetesCluster) plugins() []*[]clusterPlugin {
	return []*[]clusterPlugin{
		&x.RoutingAgent, &x.P2POCIRegistryPlugin, &x.AMDGPUDevicePlugin, &x.AMDGPUMetricsExporterPlugin, &x.NvidiaGPUDevicePlugin,
		&x.NvidiaGPUDRADriver, &x.AMDGPUDRADriver, &x.RDMASharedDevicePlugin, &x.CoreDNSAutoscaler,
	}
}

// orElse returns list, or other when list is empty.
func orElse[T any](list, other []T) []T {
	if len(list) == 0 {
		return other
	}
	return list
}

// changeRegistry lets the nodes pull from the account's registry, or no longer.
func changeRegistry(ctx context.Context, c *client, got *kubernetesAnswer, _, now kubernetesCluster, x *kubernetesCluster) (bool, error) {
	req := &godo.KubernetesClusterRegistryRequest{ClusterUUIDs: []string{got.ID}}
	var err error
	switch {
	case x.RegistryIntegration == now.RegistryIntegration:
		return false, nil
	case x.RegistryIntegration:
		_, err = c.Kubernetes.AddRegistry(ctx, req)
	default:
		_, err = c.Kubernetes.RemoveRegistry(ctx, req)
	}
	return true, err
}

// changePool changes the first pool, or has another take its place when the size of
// its nodes is to change: the old one steps aside, a new one is made, and when its
// nodes run the old one is deleted, which drains its nodes.
func changePool(ctx context.Context, c *client, got *kubernetesAnswer, was, _ kubernetesCluster, x *kubernetesCluster) (bool, error) {
	want := x.NodePool[0]
	var fits, others []*godo.KubernetesNodePool
	for _, p := range got.NodePools {
		switch {
		case !belongsToCluster(p, got.NodePools):
		case p.Size == want.Size && p.GPUPartitionMode == want.GPUPartitionMode && !slices.Contains(p.Tags, leavingPoolTag):
			fits = append(fits, p)
		default:
			others = append(others, p)
		}
	}
	switch {
	case len(fits) == 0:
		return replacePool(ctx, c, got.ID, others, want)
	case settledPool(fits[0]) != nil:
		return true, nil
	}
	for _, p := range append(others, fits[1:]...) {
		if _, err := c.Kubernetes.DeleteNodePool(ctx, got.ID, p.ID); err != nil {
			return true, err
		}
	}
	if len(others)+len(fits) > 1 {
		return true, nil
	}
	return reshapePool(ctx, c, got.ID, fits[0], was, want)
}

// replacePool makes a pool like want when the others have stepped aside.
func replacePool(ctx context.Context, c *client, id string, others []*godo.KubernetesNodePool, want clusterPool) (bool, error) {
	for _, p := range others {
		if slices.Contains(p.Tags, leavingPoolTag) {
			continue
		}
		var aside clusterPool
		aside.fill(p)
		aside.Name = "leaving-" + p.ID
		body := aside.body(p.Count, defaultPoolTag, leavingPoolTag)
		body.Size, body.GPUPartitionMode = "", ""
		_, err := sendPool(ctx, c, "PUT", poolsPath(id)+"/"+p.ID, body)
		return true, err
	}
	_, err := sendPool(ctx, c, "POST", poolsPath(id), want.body(want.startCount(), defaultPoolTag))
	return true, err
}

// reshapePool makes the pool that stays like want.
func reshapePool(ctx context.Context, c *client, id string, p *godo.KubernetesNodePool, was kubernetesCluster, want clusterPool) (bool, error) {
	var now, old clusterPool
	now.fill(p)
	if len(was.NodePool) > 0 && was.NodePool[0].ID == p.ID {
		old = was.NodePool[0]
	} else {
		old.NodeCount = want.NodeCount // it was just made with that
	}
	body := want.body(want.nextCount(old, p.Count), defaultPoolTag)
	if reflect.DeepEqual(body, now.body(p.Count, defaultPoolTag)) && slices.Contains(p.Tags, defaultPoolTag) {
		return false, nil
	}
	body.Size, body.GPUPartitionMode = "", ""
	_, err := sendPool(ctx, c, "PUT", poolsPath(id)+"/"+p.ID, body)
	return true, err
}
