package builtin

import (
	"context"
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"golang.org/x/crypto/bcrypt"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/providertest"
)

// TestMain runs the tests in a directory of their own: examples write files.
func TestMain(m *testing.M) {
	os.Exit(inDirectory(m.Run))
}

func inDirectory(run func() int) int {
	dir, err := os.MkdirTemp("", "mlinfra-builtin-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chdir(dir); err != nil {
		panic(err)
	}
	return run()
}

// clock moves when somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

func TestConformance(t *testing.T) {
	read := func(string, string) (map[string]Output, error) {
		return map[string]Output{"cidr": {Value: cty.StringVal("10.0.0.0/8"), Sensitive: true}}, nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	t.Cleanup(server.Close)
	for _, p := range []*providers.Provider{
		terraformProvider(read), randomProvider(hashCost(bcrypt.MinCost)), tlsProvider(newClock()), localProvider(), nullProvider(),
		timeProvider(newClock()), httpProvider(), externalProvider(), cloudinitProvider(),
	} {
		for _, typ := range p.Data.All() {
			typ.Examples = slices.Clone(typ.Examples)
			for i, src := range typ.Examples {
				typ.Examples[i] = strings.ReplaceAll(src, "https://example.com", server.URL)
			}
		}
		t.Run(p.Name, func(t *testing.T) {
			providertest.Run(t, providertest.Suite{Provider: p, ImportID: importIDs, Terraform: oldTLS})
		})
	}
}

// oldTLS spells attributes as Terraform's provider did before version 4.
var oldTLS = map[string]func(map[string]any){
	"tls_cert_request":        hashes("private_key_pem"),
	"tls_self_signed_cert":    hashes("private_key_pem"),
	"tls_locally_signed_cert": hashes("cert_request_pem", "ca_private_key_pem", "ca_cert_pem"),
}

// hashes writes hashes in the place of texts.
func hashes(names ...string) func(map[string]any) {
	return func(attrs map[string]any) {
		for _, name := range names {
			attrs[name] = fmt.Sprintf("%x", sha1.Sum([]byte(strings.TrimSpace(attrs[name].(string)))))
		}
	}
}

// importIDs are the ids of Terraform's imports that are not the attribute id.
var importIDs = map[string]func(cty.Value) string{
	"random_bytes":    func(v cty.Value) string { return v.GetAttr("base64").AsString() },
	"random_integer":  func(v cty.Value) string { return joined(v, "result", "min", "max") },
	"random_password": func(v cty.Value) string { return v.GetAttr("result").AsString() },
	"time_offset": func(v cty.Value) string {
		return joined(v, "base_rfc3339", "offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds")
	},
	"time_rotating": func(v cty.Value) string {
		if v.GetAttr("rotation_days").IsNull() && v.GetAttr("rotation_hours").IsNull() {
			return joined(v, "rfc3339", "rotation_rfc3339")
		}
		return joined(v, "rfc3339", "rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes")
	},
	"time_sleep": func(v cty.Value) string { return v.GetAttr("create_duration").AsString() + "," },

	"local_file": nil, "local_sensitive_file": nil, "null_resource": nil, "random_pet": nil, "random_shuffle": nil,
	"tls_cert_request": nil, "tls_locally_signed_cert": nil, "tls_private_key": nil, "tls_self_signed_cert": nil,
}

// joined returns attributes with commas in between; null is 0.
func joined(v cty.Value, names ...string) string {
	var parts []string
	for _, name := range names {
		text, err := convert.Convert(v.GetAttr(name), cty.String)
		if err != nil || text.IsNull() {
			text = cty.StringVal("0")
		}
		parts = append(parts, text.AsString())
	}
	return strings.Join(parts, ",")
}

// TestProviders holds the list to the names that configurations use.
func TestProviders(t *testing.T) {
	want := "terraform random tls local null time http external cloudinit"
	var got []string
	for _, p := range Providers(nil) {
		got = append(got, p.Name)
		for name := range p.Resources {
			if first, _, _ := strings.Cut(name, "_"); first != p.Name {
				t.Errorf("%s is a type of %s: it is looked for at %s", name, p.Name, first)
			}
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("providers %s, want %s", got, want)
	}
}
