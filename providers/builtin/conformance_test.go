package builtin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
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
		for _, typ := range p.Data {
			typ.Examples = slices.Clone(typ.Examples)
			for i, src := range typ.Examples {
				typ.Examples[i] = strings.ReplaceAll(src, "https://example.com", server.URL)
			}
		}
		t.Run(p.Name, func(t *testing.T) { providertest.Run(t, providertest.Suite{Provider: p}) })
	}
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
