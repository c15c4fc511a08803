package fake

import (
	"testing"
	"time"
)

func poolBody(config, template jsonObject) jsonObject {
	return jsonObject{"name": "pool", "config": config, "droplet_template": merged(jsonObject{
		"region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64", "tags": []string{"ml"},
	}, template)}
}

func TestAutoscalePoolsThatAreRefused(t *testing.T) {
	a := newAccount(t, Options{})
	key := at(a.do(201, "POST", "/v2/account/keys", jsonObject{"name": "k", "public_key": testKey}), "ssh_key", "fingerprint")
	keys := jsonObject{"ssh_keys": []any{key}}
	one := jsonObject{"target_number_instances": 1}
	for name, tt := range map[string]struct {
		body jsonObject
		want string
	}{
		"no template":       {jsonObject{"name": "p", "config": one}, "required"},
		"no config":         {jsonObject{"name": "p", "droplet_template": keys}, "required"},
		"no keys":           {poolBody(one, nil), "ssh_keys"},
		"unknown key":       {poolBody(one, jsonObject{"ssh_keys": []any{"12"}}), "key"},
		"unknown size":      {poolBody(one, merged(keys, jsonObject{"size": "huge"})), "size"},
		"number and range":  {poolBody(jsonObject{"target_number_instances": 1, "max_instances": 2}, keys), "excludes"},
		"too many":          {poolBody(jsonObject{"target_number_instances": 1001}, keys), "1000"},
		"nothing":           {poolBody(jsonObject{}, keys), "min_instances"},
		"range upside down": {poolBody(jsonObject{"min_instances": 2, "max_instances": 1, "target_cpu_utilization": 0.5}, keys), "max_instances"},
		"no target":         {poolBody(jsonObject{"min_instances": 1, "max_instances": 2}, keys), "target"},
		"target of 200 %":   {poolBody(jsonObject{"min_instances": 1, "max_instances": 2, "target_cpu_utilization": 2}, keys), "0.05"},
		"long cooldown":     {poolBody(jsonObject{"min_instances": 1, "max_instances": 2, "target_cpu_utilization": 0.5, "cooldown_minutes": 60}, keys), "cooldown"},
	} {
		t.Run(name, func(t *testing.T) { a.refused(422, tt.want, "POST", "/v2/droplets/autoscale", tt.body) })
	}
	a.expect(a.do(200, "GET", "/v2/droplets/autoscale", nil), 0, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/droplets", nil), 0, "meta", "total")
}

func TestAutoscalePool(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute, Settle: time.Minute})
	key := at(a.do(201, "POST", "/v2/account/keys", jsonObject{"name": "k", "public_key": testKey}), "ssh_key", "fingerprint")
	keys := jsonObject{"ssh_keys": []any{key}}
	out := a.do(202, "POST", "/v2/droplets/autoscale", poolBody(jsonObject{"target_number_instances": 2}, keys))
	a.expect(out, "active", "autoscale_pool", "status")
	path := "/v2/droplets/autoscale/" + at(out, "autoscale_pool", "id").(string)
	a.expect(a.do(200, "GET", path+"/members", nil), "provisioning", "droplets", 0, "status")
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path+"/members", nil), "active", "droplets", 1, "status")
	a.expect(a.do(200, "GET", "/v2/droplets?tag_name=ml", nil), 2, "meta", "total")
	a.expect(a.do(200, "GET", path, nil), 2, "autoscale_pool", "active_resources_count")

	member := number(at(a.do(200, "GET", path+"/members", nil), "droplets", 0, "droplet_id"))
	a.do(204, "DELETE", "/v2/droplets/"+member, nil)
	a.expect(a.do(200, "GET", path+"/members", nil), 2, "meta", "total") // it is replaced
	a.do(200, "PUT", path, poolBody(jsonObject{"min_instances": 1, "max_instances": 1, "target_cpu_utilization": 0.5}, keys))
	a.expect(a.do(200, "GET", path+"/members", nil), 1, "meta", "total")

	a.refused(400, "X-Dangerous", "DELETE", path+"/dangerous", nil)
	a.do(202, "DELETE", path, nil)
	a.expect(a.do(200, "GET", path, nil), "deleting", "autoscale_pool", "status")
	a.clock.Advance(time.Minute)
	a.refused(404, "autoscale group with id", "GET", path, nil)
	a.expect(a.do(200, "GET", "/v2/droplets", nil), 1, "meta", "total") // it is released
}
