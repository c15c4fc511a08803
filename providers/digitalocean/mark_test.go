package digitalocean

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

func TestOwnerOf(t *testing.T) {
	for name, tc := range map[string]struct {
		tags []string
		want string
	}{
		"none":                      {[]string{"ml", "mlinfra-run-1"}, ""},
		"one":                       {[]string{"ml", "mlinfra-workspace-a", "mlinfra-run-1"}, "a"},
		"two, nobody's":             {[]string{"mlinfra-workspace-a", "mlinfra-workspace-b"}, ""},
		"a worker is its cluster's": {[]string{"mlinfra-workspace-a", "k8s", "k8s:worker"}, ""},
		"a name like a mark's":      {[]string{"my-mlinfra-workspace-a"}, ""},
	} {
		if got := ownerOf(tc.tags); got != tc.want {
			t.Errorf("%s: ownerOf(%q) is %q, want %q", name, tc.tags, got, tc.want)
		}
	}
}

// TestDescriptionKeepsTheMark changes names and descriptions: the mark in a
// description goes only for another text.
func TestDescriptionKeepsTheMark(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	a := providers.Attempt{Owner: "a1"}
	v := vpc{Name: "net", Region: "fra1"}
	p := project{Name: "p", Purpose: "x"}
	if err := createVPC(ctx, c, &v, a); err != nil {
		t.Fatal(err)
	}
	if err := createProject(ctx, c, &p, a); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ name, description, owner string }{
		{"new-name", "", "a1"},
		{"new-name", "ours", ""},
		{"newer-name", "", ""},
	} {
		was, wasProject := v, p
		v.Name, v.Description = step.name, step.description
		p.Name, p.Description = step.name, step.description
		if err := updateVPC(ctx, c, was, &v); err != nil {
			t.Fatal(err)
		}
		if err := updateProject(ctx, c, wasProject, &p); err != nil {
			t.Fatal(err)
		}
		if v.Owner != step.owner || v.Description != step.description {
			t.Errorf("%+v: the network has owner %q, description %q", step, v.Owner, v.Description)
		}
		if p.Owner != step.owner || p.Description != step.description {
			t.Errorf("%+v: the project has owner %q, description %q", step, p.Owner, p.Description)
		}
	}
}

func TestVerifyAsksWhoseTheTokenIs(t *testing.T) {
	for name, tc := range map[string]struct {
		status     int
		body, want string
		fails      bool
	}{
		"a member of a team":            {200, `{"account":{"uuid":"u1","team":{"uuid":"t1","name":"ML"}}}`, "team t1", false},
		"without a team":                {200, `{"account":{"uuid":"u1"}}`, "account u1", false},
		"a token without account:read":  {403, `{"id":"forbidden","message":"You are not authorized"}`, "", false},
		"an emulator without the call":  {404, `<html>`, "", false},
		"a wrong token":                 {401, `{"id":"unauthorized","message":"Unable to authenticate you"}`, "", true},
		"an API that does not work now": {503, `{"id":"unavailable","message":"later"}`, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			}))
			defer server.Close()
			c, err := connect(context.Background(), settings{Token: "t", APIEndpoint: server.URL}, providers.Env{
				Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(t.Context(), c); (err != nil) != tc.fails {
				t.Errorf("error %v, want one: %t", err, tc.fails)
			}
			if got := identity(c); got != tc.want {
				t.Errorf("identity %q, want %q", got, tc.want)
			}
		})
	}
}

func TestGPUDropletsAreSweptToo(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	for _, size := range []string{"s-1vcpu-1gb", "gpu-h100x1-80gb"} {
		d := droplet{Name: "d", Region: "tor1", Size: size, Image: "debian-12-x64"}
		if err := createDroplet(ctx, c, &d, providers.Attempt{Owner: "a1"}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	for _, in := range dropletType.Collections {
		for d, err := range listDroplets(ctx, c, in) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Owner == "a1" && d.Monthly > 0 {
				seen = append(seen, d.Size)
			}
		}
	}
	if got := strings.Join(seen, " "); got != "s-1vcpu-1gb gpu-h100x1-80gb" {
		t.Errorf("the lists show marked droplets with a price of sizes %q, want both", got)
	}
}
