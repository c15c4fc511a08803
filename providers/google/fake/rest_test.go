package fake

import (
	"fmt"
	"testing"
	"time"
)

func TestAnyProject(t *testing.T) {
	w := newWorld(t, Options{AnyProject: true})
	w.expect(w.get("/v1/projects/other"), "other", "projectId")
	w.expect(w.get("/compute/v1/projects/another/global/networks"), "default", "items", 0, "name")
}

func TestSuspend(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	w.change("POST", inZone+"instances", machine("vm", nil))
	one := inZone + "instances/vm"
	w.refused(400, "invalid", "not suspended", "POST", one+"/resume", nil)
	w.do(200, "POST", one+"/suspend", nil)
	w.expect(w.get(one), "SUSPENDING", "status")
	w.clock.Advance(time.Minute)
	w.expect(w.get(one), "SUSPENDED", "status")
	w.refused(400, "resourceNotReady", "", "POST", one+"/suspend", nil)
	w.change("POST", one+"/resume", nil)
	w.expect(w.get(one), "RUNNING", "status")
	w.refused(400, "", "must be stopped", "PATCH", one+"/updateDisplayDevice", jsonObject{"enableDisplay": true})
	w.change("POST", one+"/stop", nil)
	w.change("PATCH", one+"/updateDisplayDevice", jsonObject{"enableDisplay": true})
	w.expect(w.get(one), true, "displayDevice", "enableDisplay")
}

func TestScratchDisks(t *testing.T) {
	w := newWorld(t, Options{})
	local := func(change jsonObject) jsonObject {
		d := jsonObject{"type": "SCRATCH", "autoDelete": true, "interface": "NVME",
			"initializeParams": jsonObject{"diskType": "zones/europe-west1-b/diskTypes/local-ssd"}}
		for k, v := range change {
			d[k] = v
		}
		return jsonObject{"machineType": "zones/europe-west1-b/machineTypes/n2-standard-2", "disks": []any{bootDisk(nil), d}}
	}
	for _, c := range []struct {
		name, want string
		change     jsonObject
	}{
		{"another type", "local-ssd", jsonObject{"initializeParams": jsonObject{}}},
		{"one that stays", "must be deleted", jsonObject{"autoDelete": false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.refused(400, "invalid", c.want, "POST", inZone+"instances", machine("vm", local(c.change)))
		})
	}
	w.change("POST", inZone+"instances", machine("vm", local(nil)))
	i := w.get(inZone + "instances/vm")
	w.expect(i, "375", "disks", 1, "diskSizeGb")
	w.expect(i, "local-ssd-disk-1", "disks", 1, "deviceName")
	w.inventory("disk projects/offline/zones/europe-west1-b/disks/vm vm", "instance projects/offline/zones/europe-west1-b/instances/vm vm")
}

func TestUpdateAccessConfig(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inZone+"instances", machine("vm", jsonObject{"networkInterfaces": []any{jsonObject{"accessConfigs": []any{jsonObject{}}}}}))
	path := inZone + "instances/vm/updateAccessConfig?networkInterface=nic0"
	w.change("POST", path, jsonObject{"name": "External NAT", "setPublicPtr": true, "publicPtrDomainName": "x.example.com."})
	w.expect(w.get(inZone+"instances/vm"), "x.example.com.", "networkInterfaces", 0, "accessConfigs", 0, "publicPtrDomainName")
	w.refused(400, "invalid", "cannot be changed", "POST", path, jsonObject{"natIP": "1.2.3.4"})
	w.refused(400, "invalid", "no such access config", "POST", path, jsonObject{"name": "other"})
	w.refused(400, "invalid", "no such network interface", "POST", inZone+"instances/vm/updateAccessConfig?networkInterface=nic7", jsonObject{})
}

func TestReadOnlyDisksAreShared(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inZone+"disks", jsonObject{"name": "d"})
	for _, name := range []string{"a", "b"} {
		w.change("POST", inZone+"instances", machine(name, nil))
		w.change("POST", inZone+"instances/"+name+"/attachDisk", jsonObject{"source": "zones/europe-west1-b/disks/d", "mode": "READ_ONLY"})
	}
	w.change("POST", inZone+"instances", machine("c", nil))
	w.refused(400, "resourceInUseByAnotherResource", "", "POST", inZone+"instances/c/attachDisk", jsonObject{"source": "zones/europe-west1-b/disks/d"})
	if users := w.get(inZone + "disks/d")["users"].([]any); len(users) != 2 {
		t.Errorf("users: got %v, want two", users)
	}
}

func TestRouterUpdateAndStatus(t *testing.T) {
	w := newWorld(t, Options{})
	w.network("n")
	w.subnetwork("s", "n", "10.0.0.0/24")
	one := inRegion + "routers/r"
	nat := jsonObject{"name": "nat", "natIpAllocateOption": "AUTO_ONLY", "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
		"subnetworks":                 []any{jsonObject{"name": "regions/europe-west1/subnetworks/s", "sourceIpRangesToNat": []string{"ALL_IP_RANGES"}}},
		"enableDynamicPortAllocation": true, "minPortsPerVm": 64, "maxPortsPerVm": 256}
	w.refused(400, "invalid", "private ASN", "POST", inRegion+"routers", jsonObject{"name": "r", "network": "global/networks/n", "bgp": jsonObject{"asn": 1}})
	w.change("POST", inRegion+"routers", jsonObject{"name": "r", "network": "global/networks/n", "nats": []any{nat}, "bgp": jsonObject{"asn": 64512}})
	w.expect(w.get(one), 64512, "bgp", "asn")
	w.refused(400, "resourceInUseByAnotherResource", "routers/r", "DELETE", inRegion+"subnetworks/s", nil)
	w.change("POST", inZone+"instances", machine("vm", jsonObject{"networkInterfaces": []any{jsonObject{"subnetwork": "regions/europe-west1/subnetworks/s"}}}))
	w.expect(w.get(one+"/getRouterStatus"), 1, "result", "natStatus", 0, "numVmEndpointsWithNatMappings")
	nat["maxPortsPerVm"] = 100
	w.refused(400, "invalid", "power of two", "PATCH", one, jsonObject{"nats": []any{nat}})
	w.change("PUT", one, jsonObject{"name": "r", "network": "global/networks/n"})
	w.expect(w.get(one), nil, "nats")
	w.expect(w.get("/compute/v1/projects/offline/aggregated/routers"), "r", "items", "regions/europe-west1", "routers", 0, "name")
}

func TestPatchObject(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allBuckets, jsonObject{"name": "bucket"})
	w.upload("a", "1")
	o := w.do(200, "PATCH", oneBucket+"/o/a", jsonObject{"temporaryHold": true, "size": "7"})
	w.expect(o, "1", "size")
	w.expect(o, "2", "metageneration")
	w.refused(403, "objectUnderActiveHold", "active hold", "DELETE", oneBucket+"/o/a", nil)
	w.expect(w.get(oneBucket+"?projection=full"), "bucket", "id")
}

func TestListsOfTypes(t *testing.T) {
	w := newWorld(t, Options{})
	for path, first := range map[string]string{
		inZone + "machineTypes": "a3-highgpu-1g", inZone + "diskTypes": "hyperdisk-balanced", inZone + "acceleratorTypes": "nvidia-h100-80gb",
		"/compute/v1/projects/offline/regions": "asia-east1",
	} {
		w.expect(w.get(path+"?maxResults=1"), first, "items", 0, "name")
	}
	for kind, name := range map[string]string{"machineTypes": "e2-small", "diskTypes": "pd-ssd"} {
		w.expect(w.get("/compute/v1/projects/offline/aggregated/"+kind+"?filter=name%3D"+name), name, "items", "zones/europe-west1-b", kind, 0, "name")
	}
	w.expect(w.get("/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261014"), "debian-12", "family")
	w.change("POST", inZone+"instances", machine("vm", nil))
	w.expect(fmt.Sprint(w.get(inZone + "instances/vm/serialPort?port=1")["contents"]) != "", true)
}

func TestAccountExtras(t *testing.T) {
	w := newWorld(t, Options{Denied: []string{"compute.instances.get"}})
	w.do(200, "POST", allAccounts, jsonObject{"accountId": "worker"})
	w.do(200, "POST", allAccounts+"/"+worker+":disable", nil)
	w.do(200, "POST", allAccounts+"/"+worker+":enable", nil)
	a := w.do(200, "PUT", allAccounts+"/"+worker, jsonObject{"displayName": "X"})
	w.expect(a, nil, "disabled")
	w.expect(a, "X", "displayName")
	out := w.do(200, "POST", "/v1/projects/offline:testIamPermissions", jsonObject{"permissions": []string{"compute.instances.get", "compute.instances.list"}})
	w.expect(out, "[compute.instances.list]", "permissions")
	w.expect(w.get("/v1/projects"), "offline", "projects", 0, "projectId")
}

func TestSQLDatabasePatch(t *testing.T) {
	w := newWorld(t, Options{})
	w.sqlDo("POST", allSQL, sqlBody("MYSQL_8_0", nil))
	w.sqlDo("POST", allSQL+"/db/databases", jsonObject{"name": "app"})
	w.sqlDo("PATCH", allSQL+"/db/databases/app", jsonObject{"charset": "latin1", "collation": "latin1_swedish_ci"})
	w.expect(w.get(allSQL+"/db/databases/app"), "latin1", "charset")
}

func TestCountsAndClose(t *testing.T) {
	w := newWorld(t, Options{Dir: t.TempDir()})
	w.get("/projects/offline/global/networks")
	if n := w.Counts()["GET /compute/v1/projects/{project}/global/networks"]; n != 1 || w.Requests() != 1 {
		t.Errorf("counts: got %v", w.Counts())
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestOldOperationsAreForgotten(t *testing.T) {
	w := newWorld(t, Options{})
	o := w.change("POST", inGlobal+"networks", jsonObject{"name": "n", "autoCreateSubnetworks": false})
	w.clock.Advance(15 * 24 * time.Hour)
	w.refused(404, "notFound", "", "GET", inGlobal+"operations/"+fmt.Sprint(o["name"]), nil)
}
