package fake

import (
	"testing"
	"time"
)

func TestCustomImage(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute, Settle: time.Minute})
	good := jsonObject{"name": "flatcar", "url": "https://example.com/flatcar.qcow2", "region": "fra1", "tags": []string{"ml"}}
	for name, tt := range map[string]struct {
		changes jsonObject
		want    string
	}{
		"no name":              {jsonObject{"name": ""}, "Name"},
		"no URL":               {jsonObject{"url": ""}, "Url"},
		"unknown region":       {jsonObject{"region": "mars1"}, "Region"},
		"unknown distribution": {jsonObject{"distribution": "Windows"}, "Distribution"},
		"bad tag":              {jsonObject{"tags": []string{"a b"}}, "tag"},
	} {
		t.Run(name, func(t *testing.T) { a.refused(422, tt.want, "POST", "/v2/images", merged(good, tt.changes)) })
	}
	out := a.do(202, "POST", "/v2/images", good)
	a.expect(out, "NEW", "image", "status")
	path := "/v2/images/" + number(at(out, "image", "id"))
	a.refused(422, "unavailable", "POST", path+"/actions", jsonObject{"type": "transfer", "region": "ams3"})
	boot := jsonObject{"name": "one", "region": "fra1", "size": "s-1vcpu-1gb", "image": at(out, "image", "id")}
	a.refused(422, "invalid image", "POST", "/v2/droplets", boot)

	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), "available", "image", "status")
	a.expect(a.do(200, "GET", "/v2/images?tag_name=ml", nil), 1, "meta", "total")
	a.do(202, "POST", "/v2/droplets", boot)
	out = a.do(201, "POST", path+"/actions", jsonObject{"type": "transfer", "region": "ams3"})
	a.refused(422, "pending event", "POST", path+"/actions", jsonObject{"type": "transfer", "region": "nyc3"})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path+"/actions/"+number(at(out, "action", "id")), nil), "completed", "action", "status")
	a.expect(a.do(200, "GET", path, nil), "[fra1 ams3]", "image", "regions")
	a.refused(422, "already available", "POST", path+"/actions", jsonObject{"type": "transfer", "region": "ams3"})

	a.do(200, "PUT", path, jsonObject{"description": "For workers."})
	out = a.do(200, "PUT", path, jsonObject{"name": "flatcar-1"})
	a.expect(out, "For workers.", "image", "description")
	a.expect(out, "flatcar-1", "image", "name")
	a.do(403, "PUT", "/v2/images/155133621", jsonObject{"name": "mine"})
	a.do(204, "DELETE", path, nil)
	a.do(404, "GET", path, nil)
}

func TestCustomImageThatIsNone(t *testing.T) {
	a := newAccount(t, Options{})
	out := a.do(202, "POST", "/v2/images", jsonObject{"name": "none", "url": "https://example.com/", "region": "fra1"})
	out = a.do(200, "GET", "/v2/images/"+number(at(out, "image", "id")), nil)
	a.expect(out, "deleted", "image", "status")
	a.expect(out, "Image could not be retrieved from https://example.com/", "image", "error_message")
}

func TestVolumeSnapshot(t *testing.T) {
	a := newAccount(t, Options{})
	volume := at(a.do(201, "POST", "/v2/volumes", jsonObject{"name": "data", "region": "fra1", "size_gigabytes": 10, "filesystem_type": "ext4"}), "volume", "id").(string)
	of := "/v2/volumes/" + volume + "/snapshots"
	a.refused(400, "name", "POST", of, jsonObject{})
	a.refused(422, "tag", "POST", of, jsonObject{"name": "s", "tags": []string{"a b"}})
	a.do(404, "POST", "/v2/volumes/none/snapshots", jsonObject{"name": "s"})
	out := a.do(201, "POST", of, jsonObject{"name": "s", "tags": []string{"ml"}})
	id := at(out, "snapshot", "id").(string)
	a.expect(out, volume, "snapshot", "resource_id")
	a.do(204, "DELETE", "/v2/volumes/"+volume, nil)
	a.expect(a.do(200, "GET", "/v2/snapshots?resource_type=volume", nil), id, "snapshots", 0, "id")
	a.expect(a.do(200, "GET", "/v2/snapshots?resource_type=droplet", nil), 0, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/volumes/snapshots/"+id, nil), "s", "snapshot", "name")
	a.expect(a.do(200, "GET", "/v2/tags/ml", nil), 1, "tag", "resources", "volume_snapshots", "count")

	restored := jsonObject{"name": "again", "region": "fra1", "snapshot_id": id}
	a.refused(422, "region", "POST", "/v2/volumes", merged(restored, jsonObject{"region": "nyc3", "size_gigabytes": 20}))
	a.refused(422, "at least 10", "POST", "/v2/volumes", merged(restored, jsonObject{"size_gigabytes": 5}))
	out = a.do(201, "POST", "/v2/volumes", merged(restored, jsonObject{"size_gigabytes": 20}))
	a.expect(out, "ext4", "volume", "filesystem_type")
	a.do(204, "DELETE", "/v2/snapshots/"+id, nil)
	a.do(404, "GET", "/v2/snapshots/"+id, nil)
}

// merged returns the fields of all.
func merged(all ...jsonObject) jsonObject {
	out := jsonObject{}
	for _, m := range all {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}
