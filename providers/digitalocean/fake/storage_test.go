package fake

import (
	"strings"
	"testing"
	"time"
)

func TestVolumesThatAreRefused(t *testing.T) {
	a := newAccount(t, Options{Quota: Quota{Volumes: 1}})
	good := jsonObject{"name": "data", "region": "fra1", "size_gigabytes": 10}
	for name, tt := range map[string]struct {
		changes jsonObject
		want    string
	}{
		"capital letters":     {jsonObject{"name": "Data"}, "name"},
		"name too long":       {jsonObject{"name": strings.Repeat("a", 65)}, "name"},
		"unknown region":      {jsonObject{"region": "mars1"}, "region"},
		"no size":             {jsonObject{"size_gigabytes": 0}, "size"},
		"too large":           {jsonObject{"size_gigabytes": 16385}, "size"},
		"unknown file system": {jsonObject{"filesystem_type": "zfs"}, "filesystem_type"},
		"label too long":      {jsonObject{"filesystem_type": "xfs", "filesystem_label": strings.Repeat("x", 13)}, "label"},
		"label alone":         {jsonObject{"filesystem_label": "x"}, "filesystem_label"},
		"unknown snapshot":    {jsonObject{"snapshot_id": "x"}, "snapshot"},
		"bad tag":             {jsonObject{"tags": []string{"a b"}}, "tag"},
	} {
		t.Run(name, func(t *testing.T) {
			body := jsonObject{}
			for _, m := range []jsonObject{good, tt.changes} {
				for k, v := range m {
					body[k] = v
				}
			}
			a.refused(422, tt.want, "POST", "/v2/volumes", body)
		})
	}
	a.do(201, "POST", "/v2/volumes", good)
	a.refused(422, "limit", "POST", "/v2/volumes", jsonObject{"name": "more", "region": "fra1", "size_gigabytes": 10})
}

func TestVolume(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	make := func(name, region string) string {
		return at(a.do(201, "POST", "/v2/volumes", jsonObject{"name": name, "region": region, "size_gigabytes": 10, "tags": []string{"t"}}), "volume", "id").(string)
	}
	id := make("data", "fra1")
	make("data", "ams3")
	a.refused(409, "already exists", "POST", "/v2/volumes", jsonObject{"name": "data", "region": "fra1", "size_gigabytes": 10})
	a.expect(a.do(200, "GET", "/v2/volumes?name=data", nil), 2, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/volumes?name=data&region=ams3", nil), 1, "meta", "total")
	one, far := intOf(a.droplet(nil)), intOf(a.droplet(jsonObject{"region": "nyc3"}))
	path := "/v2/volumes/" + id
	act := func(body jsonObject) string {
		t.Helper()
		return number(at(a.do(202, "POST", path+"/actions", body), "action", "id"))
	}
	a.refused(422, "same region", "POST", path+"/actions", jsonObject{"type": "attach", "droplet_id": far})
	a.do(404, "POST", path+"/actions", jsonObject{"type": "attach", "droplet_id": 1})
	a.refused(422, "Attachment not found", "POST", path+"/actions", jsonObject{"type": "detach", "droplet_id": one})
	a.refused(422, "larger", "POST", path+"/actions", jsonObject{"type": "resize", "size_gigabytes": 10})
	action := act(jsonObject{"type": "attach", "droplet_id": one, "region": "fra1"})
	a.refused(422, "pending event", "POST", path+"/actions", jsonObject{"type": "attach", "droplet_id": one})
	a.refused(422, "pending event", "POST", "/v2/droplets/"+one.String()+"/actions", jsonObject{"type": "power_off"})
	a.refused(409, "attached", "DELETE", path, nil)
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path+"/actions/"+action, nil), "completed", "action", "status")
	a.expect(a.do(200, "GET", path, nil), one, "volume", "droplet_ids", 0)
	a.expect(a.do(200, "GET", "/v2/droplets/"+one.String(), nil), id, "droplet", "volume_ids", 0)
	a.refused(422, "already attached", "POST", path+"/actions", jsonObject{"type": "attach", "droplet_id": one})
	a.refused(409, "attached volume cannot be deleted", "DELETE", path, nil)

	act(jsonObject{"type": "resize", "size_gigabytes": 20})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), 20, "volume", "size_gigabytes")
	a.do(202, "POST", "/v2/volumes/actions", jsonObject{"type": "detach", "volume_name": "data", "region": "fra1", "droplet_id": one})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path+"/actions", nil), 3, "meta", "total")
	a.do(204, "DELETE", path, nil)
	a.do(204, "DELETE", "/v2/volumes?name=data&region=ams3", nil)
	a.do(404, "GET", path, nil)
}

func TestReservedIP(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	a.refused(422, "required", "POST", "/v2/reserved_ips", jsonObject{})
	a.do(422, "POST", "/v2/reserved_ips", jsonObject{"region": "mars1"})
	ip := at(a.do(202, "POST", "/v2/reserved_ips", jsonObject{"region": "fra1"}), "reserved_ip", "ip").(string)
	path := "/v2/reserved_ips/" + ip
	one, far := intOf(a.droplet(nil)), intOf(a.droplet(jsonObject{"region": "nyc3"}))
	a.refused(422, "region", "POST", path+"/actions", jsonObject{"type": "assign", "droplet_id": far})
	a.refused(422, "not assigned", "POST", path+"/actions", jsonObject{"type": "unassign"})
	out := a.do(201, "POST", path+"/actions", jsonObject{"type": "assign", "droplet_id": one})
	a.expect(out, "assign_ip", "action", "type")
	a.refused(422, "pending event", "DELETE", path, nil)
	a.expect(a.do(200, "GET", path, nil), true, "reserved_ip", "locked")
	a.clock.Advance(time.Minute)
	out = a.do(200, "GET", path, nil)
	a.expect(out, one, "reserved_ip", "droplet", "id")
	a.expect(out, false, "reserved_ip", "locked")
	second := a.do(202, "POST", "/v2/reserved_ips", jsonObject{"droplet_id": far})
	a.expect(second, "nyc3", "reserved_ip", "region", "slug")
	a.expect(second, "assign_ip", "links", "actions", 0, "rel")
	a.refused(422, "already has a reserved IP", "POST", "/v2/reserved_ips", jsonObject{"droplet_id": one})
	a.do(201, "POST", path+"/actions", jsonObject{"type": "unassign"})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), nil, "reserved_ip", "droplet")
	a.expect(a.do(200, "GET", path+"/actions", nil), 2, "meta", "total")
	a.do(204, "DELETE", path, nil)
	// An assigned address can be released too.
	a.do(204, "DELETE", "/v2/reserved_ips/"+at(second, "reserved_ip", "ip").(string), nil)
}
