package fake

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// network makes a custom mode network.
func (w *world) network(name string) {
	w.t.Helper()
	w.change("POST", inGlobal+"networks", jsonObject{"name": name, "autoCreateSubnetworks": false})
}

// subnetwork makes a subnetwork of it in europe-west1.
func (w *world) subnetwork(name, network, cidr string) {
	w.t.Helper()
	w.change("POST", inRegion+"subnetworks", jsonObject{"name": name, "network": "global/networks/" + network, "ipCidrRange": cidr})
}

func TestNetwork(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	body := jsonObject{"name": "n", "autoCreateSubnetworks": false}
	o := w.do(200, "POST", inGlobal+"networks", body)
	w.expect(o, "insert", "operationType")
	w.expect(o, "PENDING", "status")
	w.expect(o, "https://www.googleapis.com/compute/v1/projects/offline/global/networks/n", "targetLink")

	// It is there at once, but nobody can refer to it.
	n := w.get(inGlobal + "networks/n")
	w.expect(n, false, "autoCreateSubnetworks")
	w.expect(n, "REGIONAL", "routingConfig", "routingMode")
	w.expect(n, o["targetId"], "id")
	sub := jsonObject{"name": "s", "network": "global/networks/n", "ipCidrRange": "10.0.0.0/24"}
	w.refused(400, "resourceNotReady", "The resource 'projects/offline/global/networks/n' is not ready", "POST", inRegion+"subnetworks", sub)
	w.refused(400, "resourceNotReady", "is not ready", "DELETE", inGlobal+"networks/n", nil)
	w.refused(409, "alreadyExists", "The resource 'projects/offline/global/networks/n' already exists", "POST", inGlobal+"networks", body)

	w.clock.Advance(30 * time.Second)
	w.expect(w.operation(o), "RUNNING", "status")
	w.clock.Advance(30 * time.Second)
	w.expect(w.operation(o), 100, "progress")
	w.change("POST", inRegion+"subnetworks", sub)
	w.expect(w.get(inGlobal+"networks/n"), "https://www.googleapis.com/compute/v1/projects/offline/regions/europe-west1/subnetworks/s", "subnetworks", 0)
	w.refused(400, "resourceInUseByAnotherResource",
		"The network resource 'projects/offline/global/networks/n' is already being used by 'projects/offline/regions/europe-west1/subnetworks/s'",
		"DELETE", inGlobal+"networks/n", nil)

	w.change("PATCH", inGlobal+"networks/n", jsonObject{"routingConfig": jsonObject{"routingMode": "GLOBAL"}})
	w.expect(w.get(inGlobal+"networks/n"), "GLOBAL", "routingConfig", "routingMode")
	w.refused(400, "invalid", "cannot be changed", "PATCH", inGlobal+"networks/n", jsonObject{"autoCreateSubnetworks": true})

	w.do(200, "DELETE", inRegion+"subnetworks/s", nil)
	w.refused(400, "resourceInUseByAnotherResource", "", "DELETE", inGlobal+"networks/n", nil)
	w.clock.Advance(time.Minute)
	w.change("DELETE", inGlobal+"networks/n", nil)
	w.refused(404, "notFound", "The resource 'projects/offline/global/networks/n' was not found", "GET", inGlobal+"networks/n", nil)
	w.inventory()
}

func TestNetworkRefusals(t *testing.T) {
	w := newWorld(t, Options{Quota: Quota{Networks: 1}})
	for _, c := range []struct {
		name         string
		status       int
		reason, want string
		body         jsonObject
	}{
		{"no name", 400, "required", "Required field 'resource.name'", jsonObject{"autoCreateSubnetworks": false}},
		{"a name in capitals", 400, "invalid", "Must be a match of regex", jsonObject{"name": "Net", "autoCreateSubnetworks": false}},
		{"a name with a hyphen at the end", 400, "invalid", "Must be a match of regex", jsonObject{"name": "net-", "autoCreateSubnetworks": false}},
		{"neither mode", 400, "required", "autoCreateSubnetworks", jsonObject{"name": "net"}},
		{"a small MTU", 400, "invalid", "1300", jsonObject{"name": "net", "autoCreateSubnetworks": false, "mtu": 1000}},
		{"one too many, with the default one", 403, "quotaExceeded", "Quota 'NETWORKS' exceeded.  Limit: 1.0 globally.",
			jsonObject{"name": "net", "autoCreateSubnetworks": false}},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(c.status, c.reason, c.want, "POST", inGlobal+"networks", c.body) })
	}
}

func TestAutoModeNetwork(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inGlobal+"networks", jsonObject{"name": "n", "autoCreateSubnetworks": true})
	s := w.get(inRegion + "subnetworks/n")
	w.expect(s, "10.132.0.0/20", "ipCidrRange")
	w.expect(s, "10.132.0.1", "gatewayAddress")
	w.inventory("network projects/offline/global/networks/n n")
	w.refused(400, "invalid", "auto", "DELETE", inRegion+"subnetworks/n", nil)
	w.change("POST", inGlobal+"networks/n/switchToCustomMode", nil)
	w.change("DELETE", inRegion+"subnetworks/n", nil)
	w.refused(400, "resourceInUseByAnotherResource", "", "DELETE", inGlobal+"networks/n", nil)
}

func TestRequestID(t *testing.T) {
	w := newWorld(t, Options{})
	const id = "?requestId=123e4567-e89b-42d3-a456-426614174000"
	body := jsonObject{"name": "n", "autoCreateSubnetworks": false}
	first := w.do(200, "POST", inGlobal+"networks"+id, body)
	again := w.do(200, "POST", inGlobal+"networks"+id, body)
	w.expect(again, first["name"], "name")
	w.expect(again, "123e4567-e89b-42d3-a456-426614174000", "clientOperationId")
	w.refused(400, "invalid", "requestId", "DELETE", inGlobal+"networks/n"+id, nil)
	w.refused(400, "invalid", "UUID", "POST", inGlobal+"networks?requestId=7", body)
	w.clock.Advance(time.Hour)
	w.refused(409, "alreadyExists", "", "POST", inGlobal+"networks"+id, body)
}

func TestOperations(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	first := w.do(200, "POST", inGlobal+"networks", jsonObject{"name": "a", "autoCreateSubnetworks": false})
	path := inGlobal + "operations/" + fmt.Sprint(first["name"])
	w.refused(400, "resourceNotReady", "", "DELETE", path, nil)
	w.clock.Advance(time.Minute)
	second := w.do(200, "POST", inGlobal+"networks", jsonObject{"name": "b", "autoCreateSubnetworks": false})
	list := w.get(inGlobal + "operations?orderBy=creationTimestamp%20desc&maxResults=1")
	w.expect(list, second["name"], "items", 0, "name")
	token := fmt.Sprint(list["nextPageToken"])
	list = w.get(inGlobal + "operations?orderBy=creationTimestamp%20desc&maxResults=1&pageToken=" + token)
	w.expect(list, first["name"], "items", 0, "name")
	w.expect(list, nil, "nextPageToken")
	list = w.get(inGlobal + "operations?filter=status%3DDONE")
	if items := list["items"].([]any); len(items) != 1 {
		t.Errorf("done operations: got %d, want 1", len(items))
	}
	w.expect(w.get("/compute/v1/projects/offline/aggregated/operations"), first["name"], "items", "global", "operations", 0, "name")
	w.expect(w.do(200, "POST", path+"/wait", nil), "DONE", "status")
	w.do(204, "DELETE", path, nil)
	w.refused(404, "notFound", "", "GET", path, nil)
}

func TestWaitEndsWithTheOperation(t *testing.T) {
	c := New(Options{Settle: 50 * time.Millisecond})
	start := time.Now()
	call := func(path, body string) jsonObject {
		req := httptest.NewRequest("POST", path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer x")
		rec := httptest.NewRecorder()
		c.Handler().ServeHTTP(rec, req)
		var out jsonObject
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != 200 {
			t.Fatalf("POST %s: %d %s", path, rec.Code, rec.Body)
		}
		return out
	}
	o := call(inGlobal+"networks", `{"name": "n", "autoCreateSubnetworks": false}`)
	o = call(inGlobal+"operations/"+fmt.Sprint(o["name"])+"/wait", "")
	if o["status"] != "DONE" || time.Since(start) < 50*time.Millisecond {
		t.Errorf("after %v: got %v, want DONE after 50 ms", time.Since(start), o["status"])
	}
}

func TestSubnetwork(t *testing.T) {
	w := newWorld(t, Options{})
	w.network("n")
	w.subnetwork("s", "n", "10.0.0.0/24")
	one := inRegion + "subnetworks/s"
	for _, c := range []struct {
		name, reason, want string
		body               jsonObject
	}{
		{"no network", "required", "resource.network", jsonObject{"ipCidrRange": "10.1.0.0/24"}},
		{"no range", "required", "resource.ipCidrRange", jsonObject{"network": "global/networks/n"}},
		{"the bare name of a network", "invalid", "The URL is malformed", jsonObject{"network": "n", "ipCidrRange": "10.1.0.0/24"}},
		{"a network that is not there", "invalid", "cannot be found", jsonObject{"network": "global/networks/x", "ipCidrRange": "10.1.0.0/24"}},
		{"host bits", "invalid", "CIDR", jsonObject{"network": "global/networks/n", "ipCidrRange": "10.1.0.1/24"}},
		{"a range that is too small", "invalid", "between 4 and 29", jsonObject{"network": "global/networks/n", "ipCidrRange": "10.1.0.0/30"}},
		{"a prohibited range", "invalid", "prohibited", jsonObject{"network": "global/networks/n", "ipCidrRange": "169.254.0.0/24"}},
		{"an overlap", "invalid", "Invalid IPCidrRange: 10.0.0.128/25 conflicts with existing subnetwork 's' in region 'europe-west1'.",
			jsonObject{"network": "global/networks/n", "ipCidrRange": "10.0.0.128/25"}},
		{"an overlap with itself", "invalid", "same subnetwork", jsonObject{"network": "global/networks/n", "ipCidrRange": "10.1.0.0/24",
			"secondaryIpRanges": []any{jsonObject{"rangeName": "x", "ipCidrRange": "10.1.0.0/25"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.body["name"] = "other"
			w.refused(400, c.reason, c.want, "POST", inRegion+"subnetworks", c.body)
		})
	}
	w.change("POST", one+"/expandIpCidrRange", jsonObject{"ipCidrRange": "10.0.0.0/20"})
	w.expect(w.get(one), "10.0.0.0/20", "ipCidrRange")
	for _, cidr := range []string{"10.0.0.0/24", "10.0.0.0/20", "10.8.0.0/16"} {
		w.refused(400, "invalid", "must be larger", "POST", one+"/expandIpCidrRange", jsonObject{"ipCidrRange": cidr})
	}
	w.change("POST", one+"/setPrivateIpGoogleAccess", jsonObject{"privateIpGoogleAccess": true})
	w.expect(w.get(one), true, "privateIpGoogleAccess")
}

func TestSubnetworkPatch(t *testing.T) {
	w := newWorld(t, Options{})
	w.network("n")
	w.subnetwork("s", "n", "10.0.0.0/24")
	one := inRegion + "subnetworks/s"
	ranges := []any{jsonObject{"rangeName": "pods", "ipCidrRange": "10.8.0.0/16"}}
	w.refused(400, "required", "fingerprint", "PATCH", one, jsonObject{"secondaryIpRanges": ranges})
	w.refused(412, "conditionNotMet", "", "PATCH", one, jsonObject{"secondaryIpRanges": ranges, "fingerprint": "old"})
	print := w.get(one)["fingerprint"]
	w.refused(400, "invalid", "cannot be changed", "PATCH", one, jsonObject{"ipCidrRange": "10.0.0.0/20", "fingerprint": print})
	w.change("PATCH", one, jsonObject{"secondaryIpRanges": ranges, "fingerprint": print})
	s := w.get(one)
	w.expect(s, "pods", "secondaryIpRanges", 0, "rangeName")
	if s["fingerprint"] == print {
		t.Error("the fingerprint did not change")
	}
	others := []any{jsonObject{"rangeName": "more", "ipCidrRange": "10.9.0.0/16"}}
	w.refused(400, "invalid", "Cannot add and remove", "PATCH", one, jsonObject{"secondaryIpRanges": others, "fingerprint": s["fingerprint"]})
	w.change("PATCH", one, jsonObject{"logConfig": jsonObject{"enable": true}, "fingerprint": s["fingerprint"]})
	w.expect(w.get(one), 0.5, "logConfig", "flowSampling")
	w.expect(w.get("/compute/v1/projects/offline/aggregated/subnetworks"), "default", "items", "regions/us-east1", "subnetworks", 0, "name")
}

func TestFirewall(t *testing.T) {
	w := newWorld(t, Options{})
	w.network("n")
	ssh := []any{jsonObject{"IPProtocol": "TCP", "ports": []string{"22", "8000-8080"}}}
	w.change("POST", inGlobal+"firewalls", jsonObject{"name": "f", "network": "global/networks/n", "allowed": ssh})
	f := w.get(inGlobal + "firewalls/f")
	w.expect(f, 1000, "priority")
	w.expect(f, "INGRESS", "direction")
	w.expect(f, "0.0.0.0/0", "sourceRanges", 0)
	w.expect(f, "tcp", "allowed", 0, "IPProtocol")
	for _, c := range []struct {
		name, reason, want string
		change             jsonObject
	}{
		{"neither allowed nor denied", "required", "allowed", jsonObject{"allowed": nil}},
		{"both", "invalid", "Only one of", jsonObject{"denied": ssh}},
		{"ports of ICMP", "invalid", "Ports can only", jsonObject{"allowed": []any{jsonObject{"IPProtocol": "icmp", "ports": []string{"1"}}}}},
		{"an unknown protocol", "invalid", "protocol", jsonObject{"allowed": []any{jsonObject{"IPProtocol": "smtp"}}}},
		{"a port range upside down", "invalid", "port", jsonObject{"allowed": []any{jsonObject{"IPProtocol": "tcp", "ports": []string{"9-8"}}}}},
		{"a range with host bits", "invalid", "address range", jsonObject{"sourceRanges": []string{"10.0.0.1/8"}}},
		{"a priority that is too high", "invalid", "65535", jsonObject{"priority": 65536}},
		{"sources of an egress rule", "invalid", "EGRESS", jsonObject{"direction": "EGRESS", "sourceTags": []string{"a"}}},
		{"tags with service accounts", "invalid", "together", jsonObject{"targetTags": []string{"a"}, "targetServiceAccounts": []string{"a@b"}}},
		{"metadata without logs", "invalid", "logging", jsonObject{"logConfig": jsonObject{"enable": false, "metadata": "INCLUDE_ALL_METADATA"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := jsonObject{"name": "g", "network": "global/networks/n", "allowed": ssh}
			for k, v := range c.change {
				body[k] = v
			}
			w.refused(400, c.reason, c.want, "POST", inGlobal+"firewalls", body)
		})
	}
	w.refused(404, "notFound", "networks/none", "POST", inGlobal+"firewalls", jsonObject{"name": "g", "network": "global/networks/none", "allowed": ssh})
	w.change("PATCH", inGlobal+"firewalls/f", jsonObject{"priority": 0, "sourceRanges": []string{"10.0.0.0/8"}})
	w.expect(w.get(inGlobal+"firewalls/f"), 0, "priority")
	w.change("PUT", inGlobal+"firewalls/f", jsonObject{"name": "f", "network": "global/networks/n", "allowed": ssh})
	w.expect(w.get(inGlobal+"firewalls/f"), "0.0.0.0/0", "sourceRanges", 0)
	w.refused(400, "invalid", "cannot be changed", "PATCH", inGlobal+"firewalls/f", jsonObject{"direction": "EGRESS"})
	w.refused(400, "resourceInUseByAnotherResource", "firewalls/f", "DELETE", inGlobal+"networks/n", nil)
}

func TestAddress(t *testing.T) {
	w := newWorld(t, Options{Quota: Quota{Addresses: 1}})
	w.change("POST", inRegion+"addresses", jsonObject{"name": "a"})
	a := w.get(inRegion + "addresses/a")
	w.expect(a, "RESERVED", "status")
	w.expect(a, "PREMIUM", "networkTier")
	w.expect(a, "EXTERNAL", "addressType")
	w.refused(403, "quotaExceeded", "STATIC_ADDRESSES", "POST", inRegion+"addresses", jsonObject{"name": "b"})
	w.network("n")
	w.subnetwork("s", "n", "10.0.0.0/29")
	internal := jsonObject{"name": "i", "addressType": "INTERNAL", "subnetwork": "regions/europe-west1/subnetworks/s"}
	w.change("POST", inRegion+"addresses", internal)
	w.expect(w.get(inRegion+"addresses/i"), "10.0.0.2", "address")
	internal["name"] = "j"
	for ip, reason := range map[string]string{"10.0.0.1": "invalid", "10.0.1.1": "invalid", "10.0.0.2": "resourceInUseByAnotherResource"} {
		internal["address"] = ip
		w.refused(400, reason, ip, "POST", inRegion+"addresses", internal)
	}
	labels := jsonObject{"labels": jsonObject{"k": "v"}, "labelFingerprint": "x"}
	w.refused(412, "conditionNotMet", "Labels fingerprint", "POST", inRegion+"addresses/a/setLabels", labels)
	labels["labelFingerprint"] = a["labelFingerprint"]
	w.change("POST", inRegion+"addresses/a/setLabels", labels)
	w.expect(w.get("/compute/v1/projects/offline/aggregated/addresses?filter=labels.k%3Dv"), "a", "items", "regions/europe-west1", "addresses", 0, "name")
	w.refused(400, "resourceInUseByAnotherResource", "addresses/i", "DELETE", inRegion+"subnetworks/s", nil)
}

func TestRouterNat(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	w.network("n")
	w.subnetwork("s", "n", "10.0.0.0/24")
	w.change("POST", inRegion+"addresses", jsonObject{"name": "a"})
	w.change("POST", inRegion+"routers", jsonObject{"name": "r", "network": "global/networks/n"})
	one := inRegion + "routers/r"
	nat := func(change jsonObject) jsonObject {
		n := jsonObject{"name": "nat", "natIpAllocateOption": "AUTO_ONLY", "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
		for k, v := range change {
			n[k] = v
		}
		return n
	}
	ip := "regions/europe-west1/addresses/a"
	for _, c := range []struct {
		name, want string
		nats       []any
	}{
		{"no name", "name", []any{nat(jsonObject{"name": nil})}},
		{"no sources", "sourceSubnetworkIpRangesToNat", []any{nat(jsonObject{"sourceSubnetworkIpRangesToNat": nil})}},
		{"no option", "natIpAllocateOption", []any{nat(jsonObject{"natIpAllocateOption": nil})}},
		{"addresses with AUTO_ONLY", "must be empty", []any{nat(jsonObject{"natIps": []string{ip}})}},
		{"no addresses with MANUAL_ONLY", "At least one", []any{nat(jsonObject{"natIpAllocateOption": "MANUAL_ONLY"})}},
		{"no subnetworks in the list", "LIST_OF_SUBNETWORKS", []any{nat(jsonObject{"sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"})}},
		{"two for all subnetworks", "already serves", []any{nat(nil), nat(jsonObject{"name": "other"})}},
		{"the same name twice", "unique", []any{nat(nil), nat(nil)}},
		{"most ports without dynamic allocation", "dynamic", []any{nat(jsonObject{"maxPortsPerVm": 128})}},
	} {
		t.Run(c.name, func(t *testing.T) { w.refused(400, "", c.want, "PATCH", one, jsonObject{"nats": c.nats}) })
	}
	w.do(200, "PATCH", one, jsonObject{"nats": []any{nat(jsonObject{"natIpAllocateOption": "MANUAL_ONLY", "natIps": []string{ip}})}})
	w.refused(400, "resourceNotReady", "routers/r' is not ready", "PATCH", one, jsonObject{"nats": []any{}})
	w.clock.Advance(time.Minute)
	w.expect(w.get(one), "ENDPOINT_TYPE_VM", "nats", 0, "endpointTypes", 0)
	w.expect(w.get(inRegion+"addresses/a"), "IN_USE", "status")
	w.refused(400, "resourceInUseByAnotherResource", "routers/r", "DELETE", inRegion+"addresses/a", nil)
	if got := strings.Join(w.Inventory(), "\n"); !strings.Contains(got, "router_nat projects/offline/regions/europe-west1/routers/r/nat nat") {
		t.Errorf("the NAT is not in the inventory:\n%s", got)
	}
	w.change("PATCH", one, jsonObject{"nats": []any{}})
	w.change("DELETE", inRegion+"addresses/a", nil)
	w.refused(400, "resourceInUseByAnotherResource", "", "DELETE", inGlobal+"networks/n", nil)
}
