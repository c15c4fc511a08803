package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

type machine struct {
	ID string `cty:"id" is:"computed"`
}

type host struct {
	ID      string `cty:"id" is:"computed"`
	Machine string `cty:"machine" is:"optional,within,ref=*"`
}

type file struct {
	ID   string `cty:"id" is:"computed"`
	Host string `cty:"host" is:"required,within,ref=yard_host"`
}

// yard has machines, hosts that they are, and files on those.
type yard struct {
	mu     sync.Mutex
	gone   []string // ids
	silent []string // hosts
	read   []string
}

var errSilent = errors.New("no answer")

// look reads what is on a host, or the host itself.
func (y *yard) look(id, host string) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.read = append(y.read, id)
	switch {
	case slices.Contains(y.gone, id):
		return providers.ErrGone
	case slices.Contains(y.silent, host):
		return fmt.Errorf("%s: %w", host, errSilent)
	}
	return nil
}

func (y *yard) observer() Observer {
	p := providers.Cloud[*yard, struct{}]{
		Name: "yard", Connect: func(context.Context, struct{}, providers.Env) (*yard, error) { return y, nil },
		Resources: []providers.Erasable{
			providers.Resource[*yard, machine]{Type: "yard_machine", Read: func(_ context.Context, y *yard, x *machine) error { return y.look(x.ID, "") }},
			providers.Resource[*yard, host]{Type: "yard_host", Read: func(_ context.Context, y *yard, x *host) error { return y.look(x.ID, x.ID) }},
			providers.Resource[*yard, file]{
				Type: "yard_file", Read: func(_ context.Context, y *yard, x *file) error { return y.look(x.ID, x.Host) },
				Find: func(_ context.Context, y *yard, x *file, _ providers.Attempt) (bool, error) {
					return true, y.look("lost", x.Host)
				},
			},
		},
	}.Provider()
	return Observer{
		Window:  func(*providers.Type) time.Duration { return 0 },
		Catalog: config.NewCatalog(p), Clock: providers.WallClock{}, Refresh: true, Provider: func(state.Addr) string { return "yard" },
		Connect: func(ctx context.Context, _ string) (providers.Conn, bool, error) {
			conn, err := p.Connect(ctx, cty.EmptyObjectVal, providers.Env{})
			return conn, true, err
		},
	}
}

// has returns an object of state as "type id", which is also its name; where is the
// rest of its attributes.
func has(typ, id, where string, deps ...string) state.Object {
	o := state.Object{
		Key: state.ObjectKey("key-" + id), Addr: state.Addr{Type: typ, Name: id}, Provider: "yard", Status: state.Live,
		Attrs: []byte(fmt.Sprintf(`{"id":%q%s}`, id, where)),
	}
	for _, d := range deps {
		o.Deps = append(o.Deps, state.Addr{Type: "yard_machine", Name: d})
	}
	return o
}

func TestWithin(t *testing.T) {
	all := []state.Object{
		has("yard_machine", "m", ""), has("yard_host", "h", `,"machine":"m"`, "m"),
		has("yard_file", "f", `,"host":"h"`), has("yard_file", "g", `,"host":"h"`),
	}
	lost := has("yard_file", "l", `,"host":"h"`)
	lost.Attrs, lost.Status, lost.Intent = []byte(`{"id":null,"host":"h"}`), state.Intended, &state.Intent{Token: "t"}
	tests := []struct {
		name    string
		yard    *yard
		objects []state.Object
		gone    []string
		unread  string
		read    []string
	}{
		{"all is there", &yard{}, all, nil, "", []string{"f", "g", "h", "m"}},
		{"what is in a machine that is gone is gone, and not looked at", &yard{gone: []string{"m"}, silent: []string{"h"}}, append(all, lost), []string{"m", "h", "f", "g", "l"}, "", []string{"m"}},
		{"a host that does not answer is not", &yard{silent: []string{"h"}}, all, nil, "read yard_file.f and 2 others: h: no answer", []string{"f", "g", "h", "m"}},
		{"nor can be found out whether something was made there", &yard{silent: []string{"h"}}, []state.Object{all[1], lost}, nil, "read yard_file.l and yard_host.h: h: no answer", []string{"h", "lost"}},
		{"nor one whose machine is not in state", &yard{silent: []string{"h"}}, all[1:2], nil, "read yard_host.h: h: no answer", []string{"h"}},
		{"nor one that has the id of something else", &yard{gone: []string{"m"}}, []state.Object{all[0], has("yard_host", "h", `,"machine":"m"`, "other")}, []string{"m"}, "", []string{"h", "m"}},
		{"what is on a host that is gone is gone", &yard{gone: []string{"h"}}, []state.Object{has("yard_host", "h", ""), all[2]}, []string{"h", "f"}, "", []string{"f", "h"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.yard.observer()
			priors, err := o.Run(t.Context(), state.Snapshot{Objects: tt.objects})
			var gone []string
			for _, p := range priors {
				if p.Value.IsNull() {
					gone = append(gone, p.Object.Addr.Name)
				}
			}
			if diff := cmp.Diff(tt.gone, gone); diff != "" {
				t.Errorf("gone (-want +got):\n%s", diff)
			}
			slices.Sort(tt.yard.read)
			if diff := cmp.Diff(tt.read, tt.yard.read); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != tt.unread {
				t.Errorf("error %q, want %q", text, tt.unread)
			}
		})
	}
}

func TestWhatIsForgottenIsNotLookedAt(t *testing.T) {
	y := &yard{gone: []string{"old"}, silent: []string{"h"}}
	o := y.observer()
	o.Forgets = func(a state.Addr) bool { return a.Name == "h" || a.Name == "old" }
	old := has("yard_machine", "old", "")
	old.Deposed = true // which is deleted nevertheless
	priors, err := o.Run(t.Context(), state.Snapshot{Objects: []state.Object{has("yard_host", "h", ""), has("yard_machine", "m", ""), old}})
	if err != nil {
		t.Fatal(err)
	}
	if priors[0].Value.IsNull() || !priors[2].Value.IsNull() {
		t.Errorf("the forgotten one is gone: %v, the deposed one: %v", priors[0].Value.IsNull(), priors[2].Value.IsNull())
	}
	slices.Sort(y.read)
	if diff := cmp.Diff([]string{"m", "old"}, y.read); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
}

func TestUnreadErrorNames(t *testing.T) {
	y := &yard{silent: []string{"h", "i"}}
	o := y.observer()
	_, err := o.Run(t.Context(), state.Snapshot{Objects: []state.Object{
		has("yard_host", "i", ""), has("yard_host", "h", ""), has("yard_file", "f", `,"host":"h"`), has("yard_machine", "m", ""),
	}})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v, want two", err)
	}
	var got []string
	for _, e := range joined.Unwrap() {
		var unread *UnreadError
		if !errors.As(e, &unread) || !unread.Inside || !errors.Is(e, errSilent) {
			t.Fatalf("error %v, want that a host does not answer", e)
		}
		var names []string
		for _, a := range unread.Addrs {
			names = append(names, a.String())
		}
		got = append(got, strings.Join(names, " "))
	}
	if diff := cmp.Diff([]string{"yard_host.i", "yard_file.f yard_host.h"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}
