package main

import (
	"cmp"

	"github.com/zclconf/go-cty/cty"

	hrobotfake "github.com/mlinfra/mlinfra/providers/hrobot/fake"
	ovhfake "github.com/mlinfra/mlinfra/providers/ovh/fake"
)

// Hosters of dedicated servers. Offline, an account has every server that a
// configuration names: nobody orders one by mlinfra.

func openHRobot(o fakeOptions) (fakeContent, error) {
	return hrobotfake.Open(hrobotfake.Options{
		Dir: o.Dir, Seed: o.Seed, Latency: o.Latency, Boot: o.Boot, Settle: o.Settle, Password: o.Token, AnyServer: o.Offline, Decide: o.Decide,
	})
}

func hRobotSettings(url string) map[string]cty.Value {
	return map[string]cty.Value{"username": cty.StringVal("offline"), "password": cty.StringVal("offline"), "endpoint": cty.StringVal(url)}
}

func hRobotEnviron(url, token string) [][2]string {
	return [][2]string{{"HROBOT_ENDPOINT", url}, {"HROBOT_USERNAME", "fake"}, {"HROBOT_PASSWORD", cmp.Or(token, "fake")}}
}

func openOVH(o fakeOptions) (fakeContent, error) {
	return ovhfake.Open(ovhfake.Options{
		Dir: o.Dir, Seed: o.Seed, Latency: o.Latency, Boot: o.Boot, Settle: o.Settle, Secret: o.Token, AnyServer: o.Offline, Decide: o.Decide,
	})
}

func ovhSettings(url string) map[string]cty.Value {
	none := cty.NullVal(cty.String)
	return map[string]cty.Value{
		"endpoint": cty.StringVal(url + "/1.0"), "application_key": cty.StringVal("fake"), "application_secret": cty.StringVal("fake"), "consumer_key": cty.StringVal("fake"),
		"client_id": none, "client_secret": none, "access_token": none,
	}
}

func ovhEnviron(url, token string) [][2]string {
	return [][2]string{
		{"OVH_ENDPOINT", url + "/1.0"}, {"OVH_APPLICATION_KEY", "fake"}, {"OVH_APPLICATION_SECRET", cmp.Or(token, "fake")}, {"OVH_CONSUMER_KEY", "fake"},
	}
}
