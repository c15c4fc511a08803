package fake

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// machine is the body of a small instance, with changes; nil removes.
func machine(name string, changes jsonObject) jsonObject {
	body := jsonObject{
		"name": name, "machineType": "zones/europe-west1-b/machineTypes/e2-small",
		"disks":             []any{bootDisk(nil)},
		"networkInterfaces": []any{jsonObject{}},
	}
	for k, v := range changes {
		if v == nil {
			delete(body, k)
			continue
		}
		body[k] = v
	}
	return body
}

// bootDisk is a disk with Debian on it, and changes to its parameters.
func bootDisk(changes jsonObject) jsonObject {
	params := jsonObject{"sourceImage": "projects/debian-cloud/global/images/family/debian-12"}
	maps.Copy(params, changes)
	return jsonObject{"boot": true, "autoDelete": true, "initializeParams": params}
}

func TestInstanceLife(t *testing.T) {
	w := newWorld(t, Options{Boot: 3 * time.Minute, Settle: time.Minute})
	o := w.do(200, "POST", inZone+"instances", machine("vm", nil))
	w.expect(o, "https://www.googleapis.com/compute/v1/projects/offline/zones/europe-west1-b", "zone")
	w.expect(w.get(inZone+"instances/vm"), "PROVISIONING", "status")
	w.expect(w.get(inZone+"disks/vm"), "https://www.googleapis.com/compute/v1/projects/offline/zones/europe-west1-b/instances/vm", "users", 0)
	w.clock.Advance(2 * time.Minute)
	w.expect(w.get(inZone+"instances/vm"), "STAGING", "status")
	w.refused(400, "resourceNotReady", "is not ready", "POST", inZone+"instances/vm/stop", nil)
	w.clock.Advance(time.Minute)
	i := w.get(inZone + "instances/vm")
	w.expect(i, "RUNNING", "status")
	w.expect(w.operation(o), "DONE", "status")
	w.expect(i, "10.132.0.2", "networkInterfaces", 0, "networkIP")
	w.expect(i, "MIGRATE", "scheduling", "onHostMaintenance")
	w.expect(i, "10", "disks", 0, "diskSizeGb")
	w.expect(i, nil, "disks", 0, "initializeParams")

	w.do(200, "POST", inZone+"instances/vm/stop", nil)
	w.expect(w.get(inZone+"instances/vm"), "STOPPING", "status")
	w.clock.Advance(time.Minute)
	w.expect(w.get(inZone+"instances/vm"), "TERMINATED", "status")
	w.change("POST", inZone+"instances/vm/stop", nil) // no effect, no error
	w.change("POST", inZone+"instances/vm/start", nil)
	w.expect(w.get(inZone+"instances/vm"), "RUNNING", "status")

	w.do(200, "DELETE", inZone+"instances/vm", nil)
	w.expect(w.get(inZone+"instances/vm"), "STOPPING", "status")
	w.refused(400, "resourceNotReady", "", "DELETE", inZone+"instances/vm", nil)
	w.clock.Advance(time.Minute)
	w.refused(404, "notFound", "", "GET", inZone+"instances/vm", nil)
	w.inventory()
}

func TestInstanceRefusals(t *testing.T) {
	w := newWorld(t, Options{})
	w.network("custom")
	gpu := func(kind string, n int) []any {
		return []any{jsonObject{"acceleratorType": "zones/europe-west1-b/acceleratorTypes/" + kind, "acceleratorCount": n}}
	}
	for _, c := range []struct {
		name         string
		status       int
		reason, want string
		change       jsonObject
	}{
		{"no machine type", 400, "required", "machineType", jsonObject{"machineType": nil}},
		{"an unknown machine type", 400, "invalid", "Machine type with name 'x9' does not exist in zone 'europe-west1-b'.",
			jsonObject{"machineType": "zones/europe-west1-b/machineTypes/x9"}},
		{"a machine type of another zone", 400, "invalid", "must be in zone", jsonObject{"machineType": "zones/us-east1-b/machineTypes/e2-small"}},
		{"a bare machine type", 400, "invalid", "malformed", jsonObject{"machineType": "e2-small"}},
		{"no disks", 400, "invalid", "No disks", jsonObject{"disks": nil}},
		{"no boot disk", 400, "invalid", "Boot disk must be the first", jsonObject{"disks": []any{jsonObject{"initializeParams": jsonObject{}}}}},
		{"an unknown image", 404, "notFound", "family/debian-99", jsonObject{"disks": []any{bootDisk(jsonObject{"sourceImage": "projects/debian-cloud/global/images/family/debian-99"})}}},
		{"a disk smaller than its image", 400, "invalid", "smaller than the image size (10 GB)", jsonObject{"disks": []any{bootDisk(jsonObject{"diskSizeGb": "5"})}}},
		{"an Arm image on x86", 400, "invalid", "architecture", jsonObject{"disks": []any{bootDisk(jsonObject{"sourceImage": "projects/debian-cloud/global/images/family/debian-12-arm64"})}}},
		{"Hyperdisk on E2", 400, "invalid", "[e2-small, hyperdisk-balanced] features are not compatible",
			jsonObject{"disks": []any{bootDisk(jsonObject{"diskType": "zones/europe-west1-b/diskTypes/hyperdisk-balanced"})}}},
		{"a disk that is not there", 404, "notFound", "disks/none", jsonObject{"disks": []any{jsonObject{"boot": true, "source": "zones/europe-west1-b/disks/none"}}}},
		{"no interfaces", 400, "invalid", "At least one network interface", jsonObject{"networkInterfaces": nil}},
		{"a custom network without subnetwork", 400, "invalid", "Subnetwork should be specified for custom subnetmode network",
			jsonObject{"networkInterfaces": []any{jsonObject{"network": "global/networks/custom"}}}},
		{"a subnetwork of another region", 400, "invalid", "same region", jsonObject{"networkInterfaces": []any{jsonObject{"subnetwork": "regions/us-east1/subnetworks/default"}}}},
		{"two interfaces in a network", 400, "invalid", "Networks must be distinct", jsonObject{"networkInterfaces": []any{jsonObject{}, jsonObject{}}}},
		{"an address nobody has", 400, "invalid", "'1.2.3.4' was not found in region 'europe-west1'",
			jsonObject{"networkInterfaces": []any{jsonObject{"accessConfigs": []any{jsonObject{"natIP": "1.2.3.4"}}}}}},
		{"an unknown service account", 400, "externalResourceNotFound", "of type 'serviceAccount' was not found",
			jsonObject{"serviceAccounts": []any{jsonObject{"email": "no@offline.iam.gserviceaccount.com", "scopes": []string{"https://www.googleapis.com/auth/cloud-platform"}}}}},
		{"a service account without scopes", 400, "required", "scopes", jsonObject{"serviceAccounts": []any{jsonObject{"email": "default"}}}},
		{"spot with automatic restart", 400, "invalid", "AutomaticRestart", jsonObject{"scheduling": jsonObject{"provisioningModel": "SPOT", "automaticRestart": true}}},
		{"a termination action without an end", 400, "invalid", "termination action", jsonObject{"scheduling": jsonObject{"instanceTerminationAction": "DELETE"}}},
		{"GPUs that migrate", 400, "invalid", "do not support live migration",
			jsonObject{"machineType": "zones/europe-west1-b/machineTypes/n1-standard-4", "guestAccelerators": gpu("nvidia-tesla-t4", 1)}},
		{"GPUs on E2", 400, "invalid", "not compatible", jsonObject{"guestAccelerators": gpu("nvidia-tesla-t4", 1)}},
		{"three GPUs", 400, "invalid", "number of accelerators", jsonObject{"machineType": "zones/europe-west1-b/machineTypes/n1-standard-4",
			"guestAccelerators": gpu("nvidia-tesla-t4", 3), "scheduling": jsonObject{"onHostMaintenance": "TERMINATE"}}},
		{"a GPU the zone has not", 404, "notFound", "nvidia-tesla-v100", jsonObject{"machineType": "zones/europe-west1-b/machineTypes/n1-standard-4", "guestAccelerators": gpu("nvidia-tesla-v100", 1)}},
		{"a metadata key twice", 400, "invalid", "duplicate keys", jsonObject{"metadata": jsonObject{"items": []any{jsonObject{"key": "a", "value": "1"}, jsonObject{"key": "a", "value": "2"}}}}},
		{"metadata that is too large", 400, "invalid", "too large", jsonObject{"metadata": jsonObject{"items": []any{jsonObject{"key": "a", "value": strings.Repeat("x", 262145)}}}}},
		{"a tag twice", 400, "invalid", "Duplicate", jsonObject{"tags": jsonObject{"items": []string{"web", "web"}}}},
		{"a label in capitals", 400, "invalid", "Label key 'A'", jsonObject{"labels": jsonObject{"A": "b"}}},
		{"a host name without dots", 400, "invalid", "fully qualified", jsonObject{"hostname": "host"}},
		{"an unknown CPU platform", 400, "invalid", "CPU platform", jsonObject{"minCpuPlatform": "Intel 486"}},
		{"Confidential VM on E2", 400, "invalid", "Confidential", jsonObject{"confidentialInstanceConfig": jsonObject{"enableConfidentialCompute": true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.refused(c.status, c.reason, c.want, "POST", inZone+"instances", machine("vm", c.change))
		})
	}
	w.inventory("network projects/offline/global/networks/custom custom")
	w.refused(400, "invalid", "Unknown zone", "POST", "/compute/v1/projects/offline/zones/europe-west1-z/instances", machine("vm", nil))
}

func TestInstanceThatCannotStart(t *testing.T) {
	l4 := jsonObject{"machineType": "zones/europe-west1-b/machineTypes/g2-standard-4",
		"disks": []any{bootDisk(jsonObject{"diskType": "zones/europe-west1-b/diskTypes/pd-ssd"})}}
	for _, c := range []struct {
		name, code string
		status     int
		o          Options
		change     jsonObject
	}{
		{"no stock of the machine type", "ZONE_RESOURCE_POOL_EXHAUSTED", 503, Options{NoStock: map[string]bool{"e2-small@europe-west1-b": true}}, nil},
		{"no stock of the accelerator", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", 503, Options{NoStock: map[string]bool{"nvidia-l4@europe-west1-b": true}}, l4},
		{"no quota for GPUs", "QUOTA_EXCEEDED", 403, Options{Quota: Quota{GPUs: -1}}, l4},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Boot = time.Minute
			w := newWorld(t, c.o)
			o := w.do(200, "POST", inZone+"instances", machine("vm", c.change))
			w.expect(w.operation(o), nil, "error")
			w.clock.Advance(time.Minute)
			o = w.operation(o)
			w.expect(o, c.code, "error", "errors", 0, "code")
			w.expect(o, c.status, "httpErrorStatusCode")
			w.inventory()
		})
	}
	w := newWorld(t, Options{Quota: Quota{CPUs: 3}})
	w.change("POST", inZone+"instances", machine("vm", nil))
	w.refused(403, "quotaExceeded", "Quota 'CPUS' exceeded.  Limit: 3.0 in region europe-west1.", "POST", inZone+"instances", machine("two", nil))
}

func TestInstanceWithBuiltInGPU(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inZone+"instances", machine("vm", jsonObject{"machineType": "zones/europe-west1-b/machineTypes/g2-standard-24",
		"disks": []any{bootDisk(jsonObject{"diskType": "zones/europe-west1-b/diskTypes/pd-balanced"})}}))
	i := w.get(inZone + "instances/vm")
	w.expect(i, 2, "guestAccelerators", 0, "acceleratorCount")
	w.expect(i, "TERMINATE", "scheduling", "onHostMaintenance")
}

func TestSpotAndTimeLimit(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inZone+"instances", machine("spot", jsonObject{"scheduling": jsonObject{"provisioningModel": "SPOT"}}))
	s := w.get(inZone + "instances/spot")["scheduling"]
	for k, want := range map[string]any{"preemptible": true, "automaticRestart": false, "onHostMaintenance": "TERMINATE", "instanceTerminationAction": "STOP"} {
		w.expect(s, want, k)
	}
	w.change("POST", inZone+"instances", machine("job", jsonObject{"scheduling": jsonObject{
		"maxRunDuration": jsonObject{"seconds": "3600"}, "instanceTerminationAction": "DELETE"}}))
	w.clock.Advance(time.Hour)
	w.refused(404, "notFound", "", "GET", inZone+"instances/job", nil)
	w.refused(404, "notFound", "", "GET", inZone+"disks/job", nil)
}

func TestInstanceSettings(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	w.change("POST", inZone+"instances", machine("vm", nil))
	one := inZone + "instances/vm"
	print := func(path ...any) any { return walk(w.get(one), path...) }

	w.refused(412, "conditionNotMet", "", "POST", one+"/setTags", jsonObject{"items": []string{"web"}, "fingerprint": "x"})
	w.change("POST", one+"/setTags", jsonObject{"items": []string{"web"}, "fingerprint": print("tags", "fingerprint")})
	w.expect(print("tags", "items", 0), "web")
	w.refused(400, "required", "fingerprint", "POST", one+"/setMetadata", jsonObject{"items": []any{}})
	w.change("POST", one+"/setMetadata", jsonObject{"items": []any{jsonObject{"key": "a", "value": ""}}, "fingerprint": print("metadata", "fingerprint")})
	w.expect(print("metadata", "items", 0, "key"), "a")
	w.change("POST", one+"/setLabels", jsonObject{"labels": jsonObject{"k": "v"}, "labelFingerprint": print("labelFingerprint")})
	w.expect(print("labels", "k"), "v")
	w.change("POST", one+"/setScheduling", jsonObject{"automaticRestart": false})
	w.expect(print("scheduling", "automaticRestart"), false)
	w.refused(400, "", "stopped", "POST", one+"/setScheduling", jsonObject{"provisioningModel": "SPOT"})

	w.change("POST", one+"/setDeletionProtection?deletionProtection=true", nil)
	w.refused(400, "invalidResourceUsage", "protected against deletion", "DELETE", one, nil)
	w.change("POST", one+"/setDeletionProtection?deletionProtection=false", nil)

	n2 := jsonObject{"machineType": "zones/europe-west1-b/machineTypes/n2-standard-2"}
	account := jsonObject{"email": "default", "scopes": []string{"https://www.googleapis.com/auth/cloud-platform"}}
	platform := jsonObject{"minCpuPlatform": "Intel Ice Lake"}
	for path, body := range map[string]jsonObject{"setMachineType": n2, "setServiceAccount": account, "setMinCpuPlatform": platform,
		"setMachineResources": {"guestAccelerators": []any{}}} {
		w.refused(400, "", "must be stopped", "POST", one+"/"+path, body)
	}
	w.refused(400, "", "must be stopped", "PATCH", one+"/updateShieldedInstanceConfig", jsonObject{"enableSecureBoot": true})
	w.change("POST", one+"/stop", nil)
	w.change("POST", one+"/setMachineType", n2)
	w.change("POST", one+"/setServiceAccount", account)
	w.change("POST", one+"/setMinCpuPlatform", platform)
	w.change("PATCH", one+"/updateShieldedInstanceConfig", jsonObject{"enableSecureBoot": true})
	w.expect(print("serviceAccounts", 0, "email"), defaultAccount("offline"))
	w.expect(print("shieldedInstanceConfig", "enableVtpm"), true)
	w.expect(strings.HasSuffix(fmt.Sprint(print("machineType")), "/n2-standard-2"), true)
	w.refused(400, "resourceNotReady", "", "POST", one+"/reset", nil)
}

func TestInstanceUpdate(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inZone+"instances", machine("vm", jsonObject{"labels": jsonObject{"a": "b"}}))
	one := inZone + "instances/vm"
	i := w.get(one)
	i["canIpForward"] = true
	w.change("PUT", one, i)
	after := w.get(one)
	w.expect(after, true, "canIpForward")
	w.expect(after, "b", "labels", "a")
	w.refused(412, "conditionNotMet", "", "PUT", one, i)
	after["machineType"] = "zones/europe-west1-b/machineTypes/n2-standard-2"
	w.refused(400, "invalid", "cannot be changed", "PUT", one, after)
}

func TestAccessConfigs(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inRegion+"addresses", jsonObject{"name": "ip"})
	ip := w.get(inRegion + "addresses/ip")["address"]
	one := inZone + "instances/vm"
	w.change("POST", inZone+"instances", machine("vm", jsonObject{"networkInterfaces": []any{jsonObject{"accessConfigs": []any{jsonObject{}}}}}))
	ephemeral := walk(w.get(one), "networkInterfaces", 0, "accessConfigs", 0, "natIP")
	w.refused(400, "invalid", "At most one", "POST", one+"/addAccessConfig?networkInterface=nic0", jsonObject{"natIP": ip})
	w.change("POST", one+"/deleteAccessConfig?networkInterface=nic0&accessConfig=External%20NAT", nil)
	w.change("POST", one+"/addAccessConfig?networkInterface=nic0", jsonObject{"natIP": ip})
	a := w.get(inRegion + "addresses/ip")
	w.expect(a, "IN_USE", "status")
	w.expect(walk(a, "users", 0), "https://www.googleapis.com/compute/v1/projects/offline/zones/europe-west1-b/instances/vm")
	w.refused(400, "resourceInUseByAnotherResource", "instances/vm", "DELETE", inRegion+"addresses/ip", nil)
	w.refused(400, "resourceInUseByAnotherResource", "already in-use", "POST", inZone+"instances",
		machine("two", jsonObject{"networkInterfaces": []any{jsonObject{"accessConfigs": []any{jsonObject{"natIP": ip}}}}}))
	w.change("POST", one+"/stop", nil)
	w.expect(w.get(one), ip, "networkInterfaces", 0, "accessConfigs", 0, "natIP")
	if ephemeral == nil || ephemeral == ip {
		t.Errorf("the ephemeral address was %v", ephemeral)
	}
}

func TestMovingANetworkInterface(t *testing.T) {
	w := newWorld(t, Options{})
	w.network("n")
	w.subnetwork("s", "n", "10.0.0.0/24")
	w.change("POST", inZone+"instances", machine("vm", nil))
	one := inZone + "instances/vm"
	move := func() jsonObject {
		return jsonObject{"subnetwork": "regions/europe-west1/subnetworks/s", "fingerprint": walk(w.get(one), "networkInterfaces", 0, "fingerprint")}
	}
	w.refused(400, "", "must be stopped", "PATCH", one+"/updateNetworkInterface?networkInterface=nic0", move())
	w.refused(412, "conditionNotMet", "", "PATCH", one+"/updateNetworkInterface?networkInterface=nic0", jsonObject{"fingerprint": "x"})
	w.change("POST", one+"/stop", nil)
	w.change("PATCH", one+"/updateNetworkInterface?networkInterface=nic0", move())
	w.expect(w.get(one), "10.0.0.2", "networkInterfaces", 0, "networkIP")
	w.refused(400, "resourceInUseByAnotherResource", "instances/vm", "DELETE", inRegion+"subnetworks/s", nil)
}

func TestListsAndFilters(t *testing.T) {
	w := newWorld(t, Options{})
	for i := range 5 {
		w.change("POST", inZone+"instances", machine(fmt.Sprintf("vm-%d", i), jsonObject{"labels": jsonObject{"n": fmt.Sprint(i), "all": "yes"}}))
	}
	names := func(filter string) string {
		var out []string
		token := ""
		for {
			l := w.get(inZone + "instances?maxResults=2&filter=" + strings.NewReplacer(" ", "%20", "\"", "%22", "=", "%3D").Replace(filter) + token)
			items, _ := l["items"].([]any)
			for _, i := range items {
				out = append(out, fmt.Sprint(walk(i, "name")))
			}
			if l["nextPageToken"] == nil {
				return strings.Join(out, " ")
			}
			token = "&pageToken=" + fmt.Sprint(l["nextPageToken"])
		}
	}
	for filter, want := range map[string]string{
		"":                                   "vm-0 vm-1 vm-2 vm-3 vm-4",
		"name=vm-1":                          "vm-1",
		`name="vm-1"`:                        "vm-1",
		"(name eq vm-[12])":                  "vm-1 vm-2",
		"(name ne vm-[12]) (name ne vm-4)":   "vm-0 vm-3",
		"labels.n=3":                         "vm-3",
		"labels.all:*":                       "vm-0 vm-1 vm-2 vm-3 vm-4",
		"labels.none:*":                      "",
		"status=RUNNING AND labels.n=2":      "vm-2",
		"(status = RUNNING) AND (name=vm-0)": "vm-0",
		"name=vm-0 OR name=vm-4":             "vm-0 vm-4",
		"NOT name=vm-0":                      "vm-1 vm-2 vm-3 vm-4",
		"name!=vm-0 labels.n>2":              "vm-3 vm-4",
		"name=vm-*":                          "vm-0 vm-1 vm-2 vm-3 vm-4",
		"status=TERMINATED":                  "",
	} {
		if got := names(filter); got != want {
			t.Errorf("filter %q: got %q, want %q", filter, got, want)
		}
	}
	for _, filter := range []string{"name", "name=", "(name=x", "name==x", "name%20is%20x", "=x"} {
		w.refused(400, "invalid", "Invalid list filter expression", "GET", inZone+"instances?filter="+strings.ReplaceAll(filter, "=", "%3D"), nil)
	}
	w.refused(400, "invalid", "maxResults", "GET", inZone+"instances?maxResults=501", nil)
	w.refused(400, "invalid", "pageToken", "GET", inZone+"instances?pageToken=x", nil)
	agg := w.get("/compute/v1/projects/offline/aggregated/instances?filter=labels.n%3D4")
	w.expect(agg, "vm-4", "items", "zones/europe-west1-b", "instances", 0, "name")
	w.expect(agg, "NO_RESULTS_ON_PAGE", "items", "zones/us-east1-b", "warning", "code")
}
