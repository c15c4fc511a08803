package fake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDropletsThatAreRefused(t *testing.T) {
	a := newAccount(t, Options{NoStock: map[string]bool{"c-2": true, "gpu-h100x1-80gb@nyc2": true}, Quota: Quota{Droplets: 3}})
	vpc := at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "v", "region": "nyc3"}), "vpc", "id")
	volume := at(a.do(201, "POST", "/v2/volumes", jsonObject{"name": "v", "region": "nyc3", "size_gigabytes": 1}), "volume", "id")
	for _, tt := range []struct {
		name    string
		changes jsonObject
		status  int
		want    string
	}{
		{"no name", jsonObject{"name": ""}, 422, "Name is required"},
		{"not a host name", jsonObject{"name": "a_b"}, 422, "hostname"},
		{"no names", jsonObject{"names": []string{}}, 422, "between 1 and 10"},
		{"eleven names", jsonObject{"names": strings.Fields(strings.Repeat("a ", 11))}, 422, "between 1 and 10"},
		{"over the limit", jsonObject{"names": []string{"a", "b", "c", "d"}}, 422, "droplet limit"},
		{"unknown region", jsonObject{"region": "mars1"}, 422, "region"},
		{"unknown size", jsonObject{"size": "huge"}, 422, "invalid size"},
		{"unknown image", jsonObject{"image": "windows"}, 422, "invalid image"},
		{"image larger than the disk", jsonObject{"size": "s-1vcpu-512mb-10gb", "image": "gpu-amd-base"}, 422, "disk"},
		{"size not in region", jsonObject{"size": "gpu-mi300x1-192gb"}, 422, "not available in this region"},
		{"sold out", jsonObject{"size": "c-2"}, 422, "not available in this region"},
		{"sold out in one region", jsonObject{"size": "gpu-h100x1-80gb", "region": "nyc2"}, 422, "not available in this region"},
		{"unknown key", jsonObject{"ssh_keys": []any{12}}, 422, "12 are invalid key identifiers"},
		{"unknown VPC", jsonObject{"vpc_uuid": "nope"}, 404, "not found"},
		{"VPC of another region", jsonObject{"vpc_uuid": vpc}, 422, "region"},
		{"unknown volume", jsonObject{"volumes": []any{"nope"}}, 422, "not found"},
		{"volume of another region", jsonObject{"volumes": []any{volume}}, 422, "region"},
		{"bad tag", jsonObject{"tags": []any{"a b"}}, 422, "tag"},
		{"user data over 64 KiB", jsonObject{"user_data": strings.Repeat("x", maxUserData+1)}, 422, "user_data"},
		{"bad backup hour", jsonObject{"backups": true, "backup_policy": jsonObject{"plan": "daily", "hour": 3}}, 422, "hour"},
		{"unknown project", jsonObject{"project_id": "nope"}, 422, "project"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := jsonObject{"name": "one", "region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64"}
			for k, v := range tt.changes {
				body[k] = v
			}
			a.refused(tt.status, tt.want, "POST", "/v2/droplets", body)
		})
	}
	a.expect(a.do(200, "GET", "/v2/droplets", nil), 0, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/tags", nil), 0, "meta", "total")
}

func TestDropletBoots(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute})
	key := a.do(201, "POST", "/v2/account/keys", jsonObject{"name": "k", "public_key": testKey})
	out := a.do(202, "POST", "/v2/droplets", jsonObject{"name": "one", "region": "fra1", "size": "s-1vcpu-1gb", "image": 155133621,
		"ssh_keys": []any{at(key, "ssh_key", "fingerprint")}, "ipv6": true, "monitoring": true, "tags": []string{"A", "a"}})
	a.expect(out, "new", "droplet", "status")
	a.expect(out, true, "droplet", "locked")
	a.expect(out, "[]", "droplet", "networks", "v4")
	a.expect(out, "create", "links", "actions", 0, "rel")
	if _, there := at(out, "droplet").(jsonObject)["vpc_uuid"]; there {
		t.Error("the VPC is known at once")
	}
	path := "/v2/droplets/" + number(at(out, "droplet", "id"))
	action := "/v2/actions/" + number(at(out, "links", "actions", 0, "id"))
	a.expect(a.do(200, "GET", action, nil), "in-progress", "action", "status")
	a.refused(422, "pending event", "POST", path+"/actions", jsonObject{"type": "power_off"})
	a.refused(422, "pending event", "DELETE", path, nil)

	a.clock.Advance(30 * time.Second)
	out = a.do(200, "GET", path, nil)
	a.expect(out, "new", "droplet", "status")
	if at(out, "droplet", "vpc_uuid") == nil {
		t.Error("the VPC is not known half-way")
	}
	a.clock.Advance(30 * time.Second)
	out = a.do(200, "GET", path, nil)
	a.expect(out, "active", "droplet", "status")
	a.expect(out, false, "droplet", "locked")
	a.expect(out, "public", "droplet", "networks", "v4", 0, "type")
	a.expect(out, "private", "droplet", "networks", "v4", 1, "type")
	a.expect(out, 64, "droplet", "networks", "v6", 0, "netmask")
	a.expect(out, "[A]", "droplet", "tags")
	a.expect(out, "ubuntu-24-04-x64", "droplet", "image", "slug")
	a.expect(a.do(200, "GET", action, nil), "completed", "action", "status")
	vpc := a.do(200, "GET", fmt.Sprintf("/v2/vpcs/%v", at(out, "droplet", "vpc_uuid")), nil)
	a.expect(vpc, "default-fra1", "vpc", "name")
	a.expect(vpc, true, "vpc", "default")
}

func TestDropletListFilters(t *testing.T) {
	a := newAccount(t, Options{})
	a.do(202, "POST", "/v2/droplets", jsonObject{"names": []string{"a", "b"}, "region": "tor1", "size": "s-1vcpu-1gb",
		"image": "ubuntu-24-04-x64", "tags": []string{"mine"}})
	a.droplet(jsonObject{"name": "gpu", "region": "tor1", "size": "gpu-h100x1-80gb", "image": "gpu-h100x1-base", "tags": []string{"mine"}})
	for query, want := range map[string]string{
		"": "[a b]", "?type=gpus": "[gpu]", "?type=droplets": "[a b]", "?tag_name=MINE": "[a b gpu]", "?tag_name=no": "[]",
		"?name=B": "[b]", "?name=gpu": "[]", "?name=gpu&type=gpus": "[gpu]",
	} {
		names := []any{}
		for _, d := range at(a.do(200, "GET", "/v2/droplets"+query, nil), "droplets").([]any) {
			names = append(names, at(d, "name"))
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("droplets%s: got %s, want %s", query, got, want)
		}
	}
	a.do(422, "GET", "/v2/droplets?tag_name=mine&type=gpus", nil)
	a.do(204, "DELETE", "/v2/droplets?tag_name=mine", nil)
	a.expect(a.do(200, "GET", "/v2/droplets?tag_name=mine", nil), 0, "meta", "total")
	a.expect(a.Inventory(), "[tag mine]")
}

func TestRegionPrefix(t *testing.T) {
	a := newAccount(t, Options{})
	id := a.droplet(jsonObject{"region": "nyc", "size": "gpu-h100x1-80gb"})
	a.expect(a.do(200, "GET", "/v2/droplets/"+id, nil), "nyc2", "droplet", "region", "slug")
}

func TestDropletActions(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	id := a.droplet(nil)
	path := "/v2/droplets/" + id
	act := func(body jsonObject) {
		t.Helper()
		out := a.do(201, "POST", path+"/actions", body)
		a.expect(out, "in-progress", "action", "status")
		a.expect(out, body["type"], "action", "type")
		a.refused(422, "pending event", "POST", path+"/actions", body)
		a.expect(a.do(200, "GET", path, nil), true, "droplet", "locked")
		a.clock.Advance(time.Minute)
		a.expect(a.do(200, "GET", path+"/actions/"+number(at(out, "action", "id")), nil), "completed", "action", "status")
	}
	a.refused(422, "already powered on", "POST", path+"/actions", jsonObject{"type": "power_on"})
	a.refused(422, "powered off to resize", "POST", path+"/actions", jsonObject{"type": "resize", "size": "s-2vcpu-2gb"})
	a.refused(422, "action type", "POST", path+"/actions", jsonObject{"type": "dance"})
	act(jsonObject{"type": "power_off"})
	a.expect(a.do(200, "GET", path, nil), "off", "droplet", "status")
	a.refused(422, "already powered off", "POST", path+"/actions", jsonObject{"type": "shutdown"})

	act(jsonObject{"type": "resize", "size": "s-2vcpu-2gb", "disk": false})
	a.expect(a.do(200, "GET", path, nil), 25, "droplet", "disk")
	a.expect(a.do(200, "GET", path, nil), 2, "droplet", "vcpus")
	act(jsonObject{"type": "resize", "size": "s-1vcpu-1gb"})
	act(jsonObject{"type": "resize", "size": "s-2vcpu-2gb", "disk": true})
	a.expect(a.do(200, "GET", path, nil), 60, "droplet", "disk")
	a.refused(422, "smaller", "POST", path+"/actions", jsonObject{"type": "resize", "size": "s-1vcpu-1gb"})
	a.refused(422, "already has this size", "POST", path+"/actions", jsonObject{"type": "resize", "size": "s-2vcpu-2gb"})
	a.refused(422, "invalid size", "POST", path+"/actions", jsonObject{"type": "resize", "size": "huge"})

	act(jsonObject{"type": "power_on"})
	act(jsonObject{"type": "rename", "name": "two"})
	act(jsonObject{"type": "enable_ipv6"})
	act(jsonObject{"type": "enable_backups", "backup_policy": jsonObject{"plan": "weekly", "weekday": "MON", "hour": 8}})
	act(jsonObject{"type": "change_backup_policy", "backup_policy": jsonObject{"plan": "daily", "hour": 4}})
	out := a.do(200, "GET", path, nil)
	a.expect(out, "two", "droplet", "name")
	a.expect(out, "[backups droplet_agent ipv6 private_networking]", "droplet", "features")
	a.expect(a.do(200, "GET", path+"/backups/policy", nil), "daily", "policy", "backup_policy", "plan")
	a.refused(422, "hour", "POST", path+"/actions", jsonObject{"type": "change_backup_policy", "backup_policy": jsonObject{"plan": "daily", "hour": 5}})
	act(jsonObject{"type": "disable_backups"})
	act(jsonObject{"type": "snapshot", "name": "snap"})
	a.expect(a.do(200, "GET", "/v2/images?private=true", nil), "snap", "images", 0, "name")
	if !slices.ContainsFunc(a.Inventory(), func(l string) bool { return strings.HasPrefix(l, "snapshot ") }) {
		t.Error("the snapshot is not in the inventory")
	}
	image := number(at(a.do(200, "GET", path, nil), "droplet", "snapshot_ids", 0))
	a.expect(a.do(200, "GET", "/v2/snapshots?resource_type=droplet", nil), image, "snapshots", 0, "id")
	a.expect(a.do(200, "GET", "/v2/snapshots/"+image, nil), "snap", "snapshot", "name")
	a.expect(a.do(200, "GET", "/v2/snapshots?resource_type=volume", nil), 0, "meta", "total")
	a.refused(422, "requested region", "POST", "/v2/droplets", jsonObject{"name": "x", "region": "nyc1", "size": "s-2vcpu-2gb", "image": intOf(image)})
	a.do(204, "DELETE", "/v2/images/"+image, nil)
	a.do(403, "DELETE", "/v2/images/debian-12-x64", nil)
	a.expect(a.do(200, "GET", path+"/actions", nil), "snapshot", "actions", 0, "type")
}

func TestDeletedDropletLingers(t *testing.T) {
	a := newAccount(t, Options{DeleteLag: time.Minute, MemberLag: time.Minute})
	vpc := at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "v", "region": "fra1"}), "vpc", "id").(string)
	volume := at(a.do(201, "POST", "/v2/volumes", jsonObject{"name": "d", "region": "fra1", "size_gigabytes": 1}), "volume", "id").(string)
	id := a.droplet(jsonObject{"vpc_uuid": vpc, "volumes": []string{volume}})
	path := "/v2/droplets/" + id
	a.do(204, "DELETE", path, nil)
	a.do(200, "GET", path, nil)
	a.do(204, "DELETE", path, nil)
	a.refused(422, "pending event", "POST", path+"/actions", jsonObject{"type": "power_off"})
	a.clock.Advance(time.Minute)
	a.do(404, "GET", path, nil)
	a.refused(409, "Can not delete VPC with members", "DELETE", "/v2/vpcs/"+vpc, nil)
	a.refused(409, "attached volume cannot be deleted", "DELETE", "/v2/volumes/"+volume, nil)
	a.clock.Advance(time.Minute)
	a.do(204, "DELETE", "/v2/vpcs/"+vpc, nil)
	a.do(204, "DELETE", "/v2/volumes/"+volume, nil)
	a.expect(a.Inventory(), "[]")
}

func TestNewKeysAreUnknownToDropletsForAWhile(t *testing.T) {
	a := newAccount(t, Options{KeyLag: time.Second})
	key := at(a.do(201, "POST", "/v2/account/keys", jsonObject{"name": "k", "public_key": testKey}), "ssh_key", "id")
	a.refused(422, "invalid key identifiers", "POST", "/v2/droplets", jsonObject{"name": "x", "region": "fra1", "size": "s-1vcpu-1gb",
		"image": "debian-12-x64", "ssh_keys": []any{key}})
	a.clock.Advance(time.Second)
	a.droplet(jsonObject{"ssh_keys": []any{key}})
}
