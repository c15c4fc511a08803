package fake

import (
	"fmt"
	"strings"
	"testing"
)

func TestSSHKeys(t *testing.T) {
	a := newAccount(t, Options{})
	for _, bad := range []string{"", "ssh-rsa", "ssh-rsa not-base64", "ssh-rsa " + strings.Fields(testKey)[1], testKey + "\nmore"} {
		a.refused(422, "Key invalid", "POST", "/v2/account/keys", jsonObject{"name": "k", "public_key": bad})
	}
	a.refused(422, "Name", "POST", "/v2/account/keys", jsonObject{"public_key": testKey})
	out := a.do(201, "POST", "/v2/account/keys", jsonObject{"name": "k", "public_key": testKey + "\n"})
	a.expect(out, testKey, "ssh_key", "public_key")
	print := at(out, "ssh_key", "fingerprint").(string)
	if strings.Count(print, ":") != 15 {
		t.Errorf("fingerprint %q", print)
	}
	a.refused(422, "SSH Key is already in use on your account", "POST", "/v2/account/keys", jsonObject{"name": "other", "public_key": testKey})
	a.expect(a.do(200, "PUT", "/v2/account/keys/"+print, jsonObject{"name": "new"}), "new", "ssh_key", "name")
	id := number(at(out, "ssh_key", "id"))
	a.expect(a.do(200, "GET", "/v2/account/keys/"+id, nil), "new", "ssh_key", "name")
	a.do(204, "DELETE", "/v2/account/keys/"+id, nil)
	a.do(404, "GET", "/v2/account/keys/"+print, nil)
}

func TestTags(t *testing.T) {
	a := newAccount(t, Options{})
	a.expect(a.do(201, "POST", "/v2/tags", jsonObject{"name": "Env:Prod"}), "Env:Prod", "tag", "name")
	a.expect(a.do(201, "POST", "/v2/tags", jsonObject{"name": "env:prod"}), "Env:Prod", "tag", "name")
	a.do(400, "POST", "/v2/tags", jsonObject{"name": "a b"})
	a.do(400, "POST", "/v2/tags", jsonObject{"name": strings.Repeat("x", 256)})
	id := a.droplet(jsonObject{"tags": []string{"ENV:PROD", "own"}})
	a.expect(a.do(200, "GET", "/v2/droplets/"+id, nil), "[Env:Prod own]", "droplet", "tags")
	volume := at(a.do(201, "POST", "/v2/volumes", jsonObject{"name": "v", "region": "fra1", "size_gigabytes": 1}), "volume", "id")
	body := jsonObject{"resources": []any{jsonObject{"resource_id": volume, "resource_type": "volume"}, jsonObject{"resource_id": id, "resource_type": "droplet"}}}
	a.do(404, "POST", "/v2/tags/env:prod/resources", body)
	a.do(204, "POST", "/v2/tags/Env:Prod/resources", body)
	out := a.do(200, "GET", "/v2/tags/Env:Prod", nil)
	a.expect(out, 2, "tag", "resources", "count")
	a.expect(out, 1, "tag", "resources", "droplets", "count")
	a.do(404, "POST", "/v2/tags/none/resources", body)
	a.do(404, "POST", "/v2/tags/own/resources", jsonObject{"resources": []any{jsonObject{"resource_id": "1", "resource_type": "droplet"}}})
	a.do(204, "DELETE", "/v2/tags/Env:Prod/resources", body)
	a.expect(a.do(200, "GET", "/v2/tags/Env:Prod", nil), 0, "tag", "resources", "count")
	a.do(404, "DELETE", "/v2/tags/OWN", nil)
	a.do(204, "DELETE", "/v2/tags/own", nil)
	a.expect(a.do(200, "GET", "/v2/droplets/"+id, nil), "[]", "droplet", "tags")
}

func TestProjects(t *testing.T) {
	a := newAccount(t, Options{})
	first := a.do(200, "GET", "/v2/projects/default", nil)
	a.expect(first, true, "project", "is_default")
	a.refused(422, "required", "POST", "/v2/projects", jsonObject{"name": "p"})
	a.do(422, "POST", "/v2/projects", jsonObject{"name": "p", "purpose": "x", "environment": "moon"})
	out := a.do(201, "POST", "/v2/projects", jsonObject{"name": "p", "purpose": "Testing", "environment": "production"})
	a.expect(out, "Other: Testing", "project", "purpose")
	a.expect(out, "Production", "project", "environment")
	a.do(409, "POST", "/v2/projects", jsonObject{"name": "p", "purpose": "x"})
	path := fmt.Sprintf("/v2/projects/%v", at(out, "project", "id"))

	id := a.droplet(nil)
	a.expect(a.do(200, "GET", "/v2/projects/default/resources", nil), "do:droplet:"+id, "resources", 0, "urn")
	if status, _ := s3Do(a, "PUT", "/pile", "", "fra1"); status != 200 {
		t.Fatalf("create bucket: %d", status)
	}
	moved := a.do(200, "POST", path+"/resources", jsonObject{"resources": []string{"do:droplet:" + id, "do:space:pile", "do:volume:none"}})
	for i, want := range []string{"assigned", "assigned", "not_found"} {
		a.expect(moved, want, "resources", i, "status")
	}
	a.expect(a.do(200, "POST", path+"/resources", jsonObject{"resources": []string{"do:droplet:" + id}}), "already_assigned", "resources", 0, "status")
	a.do(422, "POST", path+"/resources", jsonObject{"resources": []string{"droplet 5"}})
	a.expect(a.do(200, "GET", "/v2/projects/default/resources", nil), 1, "meta", "total") // the network
	a.refused(412, "cannot delete a project with resources", "DELETE", path, nil)
	in := a.droplet(jsonObject{"project_id": at(out, "project", "id")})
	a.expect(a.do(200, "GET", path+"/resources", nil), 3, "meta", "total")
	a.do(204, "DELETE", "/v2/droplets/"+in, nil)
	a.do(204, "DELETE", "/v2/droplets/"+id, nil)
	a.do(200, "POST", "/v2/projects/default/resources", jsonObject{"resources": []string{"do:space:pile"}})
	a.refused(422, "description is required", "PUT", path, jsonObject{"name": "q"})
	a.expect(a.do(200, "PATCH", path, jsonObject{"name": "q"}), "q", "project", "name")
	a.expect(a.do(200, "PATCH", path, jsonObject{"is_default": true}), true, "project", "is_default")
	a.do(412, "DELETE", path, nil)
	a.do(200, "PATCH", fmt.Sprintf("/v2/projects/%v", at(first, "project", "id")), jsonObject{"is_default": true})
	a.do(204, "DELETE", path, nil)
}

func TestAddressesFollowTheirDropletIntoProjects(t *testing.T) {
	a := newAccount(t, Options{})
	out := a.do(201, "POST", "/v2/projects", jsonObject{"name": "p", "purpose": "x"})
	path := fmt.Sprintf("/v2/projects/%v/resources", at(out, "project", "id"))
	id := a.droplet(nil)
	ip := at(a.do(202, "POST", "/v2/reserved_ips", jsonObject{"region": "fra1"}), "reserved_ip", "ip").(string)
	move := func(status int, path string, urns ...string) {
		t.Helper()
		a.do(status, "POST", path, jsonObject{"resources": urns})
	}
	// Either name will do; the old one comes back.
	move(200, path, "do:reservedip:"+ip)
	a.expect(a.do(200, "GET", path, nil), "do:floatingip:"+ip, "resources", 0, "urn")
	a.do(201, "POST", "/v2/reserved_ips/"+ip+"/actions", jsonObject{"type": "assign", "droplet_id": intOf(id)})
	a.expect(a.do(200, "GET", path, nil), 0, "meta", "total")
	a.refused(412, "Move the Droplet instead", "POST", path, jsonObject{"resources": []string{"do:floatingip:" + ip}})
	move(200, "/v2/projects/default/resources", "do:floatingip:"+ip) // it is there already
	move(200, path, "do:droplet:"+id)
	a.expect(a.do(200, "GET", path, nil), 2, "meta", "total")
	move(200, "/v2/projects/default/resources", "do:floatingip:"+ip, "do:droplet:"+id)
	a.expect(a.do(200, "GET", path, nil), 0, "meta", "total")
}
