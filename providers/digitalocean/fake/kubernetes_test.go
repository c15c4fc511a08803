package fake

import (
	"testing"
	"time"
)

func k8sBody(changes jsonObject) jsonObject {
	body := jsonObject{"name": "ml", "region": "fra1", "version": "1.33.4-do.2", "node_pools": []any{poolJSON(nil)}}
	for k, v := range changes {
		body[k] = v
	}
	return body
}

func poolJSON(changes jsonObject) jsonObject {
	body := jsonObject{"name": "system", "size": "s-2vcpu-4gb", "count": 2}
	for k, v := range changes {
		body[k] = v
	}
	return body
}

func TestClusterBodiesAreChecked(t *testing.T) {
	a := newAccount(t, Options{})
	const path = "/v2/kubernetes/clusters"
	for _, tc := range []struct {
		text    string
		changes jsonObject
	}{
		{"invalid region", jsonObject{"region": "nyc2"}},
		{"invalid version", jsonObject{"version": "1.9"}},
		{"at least one node pool", jsonObject{"node_pools": []any{}}},
		{"invalid cluster name", jsonObject{"name": "ML"}},
		{"set together", jsonObject{"cluster_subnet": "10.1.0.0/16"}},
		{"CIDR", jsonObject{"cluster_subnet": "10.1.0.1/16", "service_subnet": "10.2.0.0/16"}},
		{"NAT gateway", jsonObject{"isolated_workers": true}},
		{"vpc_uuid", jsonObject{"worker_subnet_uuid": "x"}},
		{"maintenance policy", jsonObject{"maintenance_policy": jsonObject{"day": "Sunday", "start_time": "03:00"}}},
		{"exclude each other", jsonObject{"nvidia_gpu_device_plugin": jsonObject{"enabled": true}, "nvidia_gpu_dra_driver": jsonObject{"enabled": true}}},
		{"issuer_url", jsonObject{"sso": jsonObject{"enabled": true}}},
		{"invalid expander", jsonObject{"cluster_autoscaler_configuration": jsonObject{"expanders": []string{"least-waste"}}}},
		{"size", jsonObject{"node_pools": []any{poolJSON(jsonObject{"size": "s-1vcpu-1gb"})}}},
		{"at least 1", jsonObject{"node_pools": []any{poolJSON(jsonObject{"count": 0})}}},
		{"count is required", jsonObject{"node_pools": []any{poolJSON(jsonObject{"count": nil})}}},
		{"max_nodes", jsonObject{"node_pools": []any{poolJSON(jsonObject{"auto_scale": true, "min_nodes": 3, "max_nodes": 2})}}},
		{"need auto_scale", jsonObject{"node_pools": []any{poolJSON(jsonObject{"max_nodes": 2})}}},
		{"taint", jsonObject{"node_pools": []any{poolJSON(jsonObject{"taints": []any{jsonObject{"key": "a", "value": "b", "effect": "No"}}})}}},
		{"gpu_partition_mode", jsonObject{"node_pools": []any{poolJSON(jsonObject{"gpu_partition_mode": "HALF"})}}},
		{"must be unique", jsonObject{"node_pools": []any{poolJSON(nil), poolJSON(nil)}}},
	} {
		a.refused(422, tc.text, "POST", path, k8sBody(tc.changes))
	}
	a.do(404, "POST", path, k8sBody(jsonObject{"vpc_uuid": "00000000-0000-4000-8000-000000000000"}))
	out := a.do(201, "POST", path, k8sBody(jsonObject{"version": "latest"}))
	a.expect(out, kubernetesVersions[0], "kubernetes_cluster", "version")
	a.refused(422, "already exists", "POST", path, k8sBody(nil))
	a.expect(a.do(200, "GET", "/v2/kubernetes/options", nil), kubernetesVersions[0], "options", "versions", 0, "slug")
}

func TestClusterLife(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute, Settle: 20 * time.Second, DBReady: time.Minute, DeleteLag: time.Minute, MemberLag: time.Minute})
	vpc := at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "net", "region": "fra1"}), "vpc", "id").(string)
	out := a.do(201, "POST", "/v2/kubernetes/clusters", k8sBody(jsonObject{"vpc_uuid": vpc, "tags": []string{"ml"}, "ha": true}))
	path := "/v2/kubernetes/clusters/" + at(out, "kubernetes_cluster", "id").(string)
	a.expect(out, "provisioning", "kubernetes_cluster", "status", "state")
	a.expect(out, "provisioning", "kubernetes_cluster", "node_pools", 0, "nodes", 0, "status", "state")
	a.clock.Advance(time.Minute)
	out = a.do(200, "GET", path, nil)
	a.expect(out, "running", "kubernetes_cluster", "status", "state")
	a.expect(out, "provisioning", "kubernetes_cluster", "node_pools", 0, "nodes", 0, "status", "state")
	a.clock.Advance(time.Minute)
	pool := path + "/node_pools/" + at(out, "kubernetes_cluster", "node_pools", 0, "id").(string)
	a.expect(a.do(200, "GET", pool, nil), "running", "node_pool", "nodes", 1, "status", "state")

	// Upgrades go one minor version up, and nothing else changes meanwhile.
	a.expect(a.do(200, "GET", path+"/upgrades", nil), "1.34.1-do.1", "available_upgrade_versions", 0, "slug")
	a.refused(422, "cannot upgrade", "POST", path+"/upgrade", jsonObject{"version": "1.32.10-do.0"})
	a.do(202, "POST", path+"/upgrade", jsonObject{"version": "1.34.1-do.1"})
	a.expect(a.do(200, "GET", path, nil), "upgrading", "kubernetes_cluster", "status", "state")
	a.refused(412, "currently", "PUT", path, jsonObject{"name": "ml"})
	a.refused(412, "currently", "POST", path+"/node_pools", poolJSON(jsonObject{"name": "more"}))
	a.clock.Advance(20 * time.Second)
	a.expect(a.do(200, "GET", path, nil), "1.34.1-do.1", "kubernetes_cluster", "version")
	a.refused(422, "cannot be disabled", "PUT", path, jsonObject{"name": "ml", "ha": false})
	a.refused(422, "invalid cluster name", "PUT", path, jsonObject{})

	// A pool shrinks by draining; the last one stays.
	a.do(202, "PUT", pool, jsonObject{"name": "system", "count": 1})
	a.expect(a.do(200, "GET", pool, nil), "draining", "node_pool", "nodes", 1, "status", "state")
	a.clock.Advance(10 * time.Second)
	a.expect(a.do(200, "GET", pool, nil), "deleting", "node_pool", "nodes", 1, "status", "state")
	a.clock.Advance(10 * time.Second)
	a.expect(a.do(200, "GET", pool, nil), nil, "node_pool", "nodes", 1)
	a.refused(422, "last node pool", "DELETE", pool, nil)
	a.refused(422, "already exists", "POST", path+"/node_pools", poolJSON(nil))
	more := path + "/node_pools/" + at(a.do(201, "POST", path+"/node_pools", poolJSON(jsonObject{"name": "more"})), "node_pool", "id").(string)
	node := at(a.do(200, "GET", more, nil), "node_pool", "nodes", 0, "id").(string)
	a.do(202, "DELETE", more+"/nodes/"+node+"?replace=1&skip_drain=1", nil)
	a.do(404, "DELETE", more+"/nodes/none", nil)
	a.do(204, "DELETE", more, nil)
	a.clock.Advance(20 * time.Second)
	a.do(404, "GET", more, nil)

	// The registry has to be there.
	in := jsonObject{"cluster_uuids": []any{at(out, "kubernetes_cluster", "id")}}
	a.refused(412, "no container registry", "POST", "/v2/kubernetes/registry", in)
	a.do(201, "POST", "/v2/registries", jsonObject{"name": "ml", "subscription_tier_slug": "basic"})
	a.do(204, "POST", "/v2/kubernetes/registries", in)
	a.expect(a.do(200, "GET", path, nil), true, "kubernetes_cluster", "registry_enabled")
	a.do(204, "DELETE", "/v2/kubernetes/registry", in)
	a.do(404, "POST", "/v2/kubernetes/registry", jsonObject{"cluster_uuids": []string{"none"}})

	// Deleted, it can be read for a while, and is in its VPC for longer.
	a.do(204, "DELETE", path, nil)
	a.expect(a.do(200, "GET", path, nil), "deleting", "kubernetes_cluster", "status", "state")
	a.clock.Advance(time.Minute)
	a.do(404, "GET", path, nil)
	a.refused(409, "members", "DELETE", "/v2/vpcs/"+vpc, nil)
	a.clock.Advance(time.Minute)
	a.do(204, "DELETE", "/v2/vpcs/"+vpc, nil)
}

func TestClusterTakesAlongWhatIsNamed(t *testing.T) {
	a := newAccount(t, Options{})
	id := at(a.do(201, "POST", "/v2/kubernetes/clusters", k8sBody(nil)), "kubernetes_cluster", "id").(string)
	path := "/v2/kubernetes/clusters/" + id + "/destroy_with_associated_resources"
	volume := func(name string) string {
		out := a.do(201, "POST", "/v2/volumes", jsonObject{"name": name, "region": "fra1", "size_gigabytes": 10, "tags": []string{"k8s:" + id}})
		return at(out, "volume", "id").(string)
	}
	first, second := volume("pvc-1"), volume("pvc-2")
	a.expect(a.do(200, "GET", path, nil), "pvc-2", "volumes", 1, "name")
	a.refused(422, "not associated", "DELETE", path+"/selective", jsonObject{"volumes": []string{"none"}})
	a.do(204, "DELETE", path+"/selective", jsonObject{"volumes": []string{first}, "load_balancers": []string{}})
	a.do(404, "GET", "/v2/volumes/"+first, nil)
	a.do(200, "GET", "/v2/volumes/"+second, nil)
}
