package digitalocean

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

var (
	kubernetesName = providers.NewPattern(`^[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?$`)
	clockTime      = providers.NewPattern(`^([01]\d|2[0-3]):[0-5]\d$`)
	expanders      = []string{"random", "priority", "least_waste"}
)

func checkKubernetesCluster(was *kubernetesCluster, x kubernetesCluster) error {
	normalKubernetesCluster(&x)
	on := func(p []clusterPlugin) bool { return len(p) > 0 && p[0].Enabled }
	switch {
	case !kubernetesName.MatchString(x.Name):
		return fmt.Errorf("name %q: only a-z, 0-9, dots and dashes, at most 255", x.Name)
	case len(x.NodePool) != 1:
		return errors.New("a cluster has one node_pool block; more pools are digitalocean_kubernetes_node_pool")
	case (x.ClusterSubnet == "") != (x.ServiceSubnet == ""):
		return errors.New("cluster_subnet and service_subnet go together: set both or none")
	case x.WorkerSubnetUUID != "" && x.VPCUUID == "":
		return errors.New("worker_subnet_uuid needs vpc_uuid, the network it is in")
	case on(x.NvidiaGPUDevicePlugin) && on(x.NvidiaGPUDRADriver):
		return errors.New("nvidia_gpu_device_plugin and nvidia_gpu_dra_driver exclude each other: enable one")
	case on(x.AMDGPUDevicePlugin) && on(x.AMDGPUDRADriver):
		return errors.New("amd_gpu_device_plugin and amd_gpu_dra_driver exclude each other: enable one")
	case x.KubeconfigExpireSeconds < 0:
		return fmt.Errorf("kubeconfig_expire_seconds is %d, at least 0, a week, is needed", x.KubeconfigExpireSeconds)
	}
	if err := checkClusterBlocks(x); err != nil {
		return err
	}
	if err := x.NodePool[0].check(); err != nil {
		return err
	}
	if was != nil && x.Region == was.Region {
		if err := checkOneWay(*was, x); err != nil {
			return err
		}
	}
	return checkOwnTags(x.Tags)
}

func checkClusterBlocks(x kubernetesCluster) error {
	for _, subnet := range []string{x.ClusterSubnet, x.ServiceSubnet} {
		if _, err := netip.ParsePrefix(subnet); subnet != "" && err != nil {
			return fmt.Errorf("%q is no range in CIDR notation, such as 10.244.0.0/16", subnet)
		}
	}
	for _, m := range x.MaintenancePolicy {
		if m.Day != "" && m.Day != "any" && !slices.Contains(weekdays, m.Day) {
			return fmt.Errorf("day %q of the maintenance_policy is neither a day of the week nor any", m.Day)
		}
		if m.StartTime != "" && !clockTime.MatchString(m.StartTime) {
			return fmt.Errorf("start_time %q of the maintenance_policy is no time such as 03:00", m.StartTime)
		}
	}
	for _, a := range x.ClusterAutoscaler {
		for _, e := range a.Expanders {
			if !slices.Contains(expanders, e) {
				return fmt.Errorf("expander %q is none of %s", e, strings.Join(expanders, ", "))
			}
		}
	}
	return nil
}

// checkOneWay refuses what a cluster that stays cannot do.
func checkOneWay(was, x kubernetesCluster) error {
	spellKubernetesCluster(was, &x)
	if was.HA != nil && *was.HA && x.HA != nil && !*x.HA {
		return errors.New("ha cannot be disabled: write ha = true, or make a new cluster")
	}
	if x.Version != was.Version && x.Version != "latest" && slices.Compare(versionNumbers(x.Version), versionNumbers(was.Version)) < 0 {
		return fmt.Errorf("version %s: the cluster runs %s, which cannot go back; write version = %q", x.Version, was.Version, was.Version)
	}
	return nil
}
