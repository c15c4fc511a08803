package observe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

type server struct {
	ID   string `cty:"id" is:"computed"`
	Name string `cty:"name" is:"required"`
	Size string `cty:"size" is:"optional"`
	Seat string `cty:"seat" is:"optional,sole"`
}

// toy is a cloud in memory that counts its calls.
type toy struct {
	mu      sync.Mutex
	objects map[string]server // by id
	tokens  map[string]string // token → id
	booting map[string]bool
	hidden  map[string]bool // from lists
	appears map[string]time.Time
	account string
	fail    error
	calls   []string
}

func (c *toy) call(format string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, fmt.Sprintf(format, args...))
	return c.fail
}

func (c *toy) look(x *server) error {
	o, ok := c.objects[x.ID]
	if !ok || time.Now().Before(c.appears[x.ID]) {
		return providers.ErrGone
	}
	*x = o
	if c.booting[x.ID] {
		return providers.ErrNotReady
	}
	return nil
}

func (c *toy) read(x *server) error {
	if err := c.call("read %s", x.ID); err != nil {
		return err
	}
	return c.look(x)
}

func (c *toy) find(x *server, a providers.Attempt) (bool, error) {
	if err := c.call("find %s", x.Name); err != nil {
		return false, err
	}
	id := c.tokens[a.Token]
	o := server{ID: id}
	if id == "" || a.Known(id) || errors.Is(c.look(&o), providers.ErrGone) || o.Name != x.Name {
		return false, nil
	}
	*x = o
	return true, nil
}

func (c *toy) list() iter.Seq2[server, error] {
	return func(yield func(server, error) bool) {
		if err := c.call("list"); err != nil {
			yield(server{}, err)
			return
		}
		for id := range c.objects {
			x := server{ID: id}
			if err := c.look(&x); !c.hidden[id] && !errors.Is(err, providers.ErrGone) && !yield(x, err) {
				return
			}
		}
	}
}

func (c *toy) provider() *providers.Provider {
	full := providers.Resource[*toy, server]{
		Type: "toy_token",
		Read: func(_ context.Context, c *toy, x *server) error { return c.read(x) },
		Find: func(_ context.Context, c *toy, x *server, a providers.Attempt) (bool, error) { return c.find(x, a) },
		List: func(_ context.Context, c *toy, _ server) iter.Seq2[server, error] { return c.list() },
	}
	birth, none, again, lagging, broken := full, full, full, full, full
	lagging.Type, lagging.Grace = "toy_lagging", time.Minute
	broken.Type = "toy_broken"
	broken.Read = func(_ context.Context, c *toy, x *server) error {
		if err := c.read(x); err != nil {
			return err
		}
		return fmt.Errorf("%w: no space", providers.ErrBroken)
	}
	useless := broken
	useless.Type, useless.Find, useless.Shallow = "toy_useless", nil, true
	birth.Type, birth.Find = "toy_birth", nil
	none.Type, none.Find, none.List = "toy_none", nil, nil
	again.Type, again.Again = "toy_again", true
	return providers.Cloud[*toy, struct{}]{
		Name:      "toy",
		Connect:   func(context.Context, struct{}, providers.Env) (*toy, error) { return c, nil },
		Resources: []providers.Erasable{full, birth, none, again, lagging, broken, useless},
		Identity:  func(c *toy) string { return c.account },
	}.Provider()
}

func newToy(names ...string) *toy {
	c := &toy{objects: map[string]server{}, tokens: map[string]string{}, booting: map[string]bool{}, hidden: map[string]bool{}, appears: map[string]time.Time{}}
	for _, n := range names {
		c.objects["id-"+n] = server{ID: "id-" + n, Name: n}
	}
	return c
}

func object(typ, name string, status state.Status) state.Object {
	o := state.Object{
		Key: state.ObjectKey("key-" + name), Addr: state.Addr{Type: typ, Name: name}, Provider: "toy", Status: status,
		Attrs: []byte(fmt.Sprintf(`{"id":"id-%s","name":%q,"size":null,"seat":null}`, name, name)),
	}
	if status == state.Intended {
		o.Attrs = []byte(fmt.Sprintf(`{"id":null,"name":%q,"size":null,"seat":null}`, name))
		o.Intent = &state.Intent{Token: "t-" + name, Before: []string{"id-before"}}
	}
	return o
}

// observe looks at objects and returns what was found, one line each.
func observe(t *testing.T, c *toy, refresh bool, objects ...state.Object) ([]string, error) {
	t.Helper()
	p := c.provider()
	o := Observer{
		Catalog: config.NewCatalog(p), Clock: providers.WallClock{}, Refresh: refresh,
		Connect: func(ctx context.Context, _ string) (providers.Conn, bool, error) {
			conn, err := p.Connect(ctx, cty.EmptyObjectVal, providers.Env{})
			return conn, true, err
		},
		Provider: func(state.Addr) string { return "toy" },
		Window:   func(*providers.Type) time.Duration { return time.Minute },
		Waiting:  func(list []state.Addr) { _ = c.call("waiting for %d", len(list)) },
	}
	priors, err := o.Run(t.Context(), state.Snapshot{Objects: objects})
	var list []string
	for _, p := range priors {
		list = append(list, line(p))
	}
	return list, err
}

func line(p planner.Prior) string {
	words := []string{p.Object.Addr.Name, string(p.Object.Status)}
	switch {
	case p.Value.IsNull():
		words = append(words, "gone")
	default:
		words = append(words, providers.ID(p.Value))
		if size := p.Value.GetAttr("size"); !size.IsNull() {
			words = append(words, size.AsString())
		}
	}
	if !p.Ready {
		words = append(words, "not ready")
	}
	if p.Settled {
		words = append(words, "settled")
	}
	return strings.Join(words, " ")
}

func TestRun(t *testing.T) {
	larger := func(c *toy, name string) { c.objects["id-"+name] = server{ID: "id-" + name, Name: name, Size: "large"} }
	live := func(names ...string) []state.Object {
		var list []state.Object
		for _, n := range names {
			list = append(list, object("toy_token", n, state.Live))
		}
		return list
	}
	seat := func(name string) func(*toy) {
		return func(c *toy) { c.objects["id-other"] = server{ID: "id-other", Name: name, Seat: "s1"} }
	}
	tests := []struct {
		name    string
		cloud   []string // objects that are there
		edit    func(*toy)
		objects []state.Object
		still   bool // without refresh
		want    []string
		calls   []string
	}{
		{"nothing", nil, nil, nil, false, nil, nil},
		{"few are read", []string{"a", "b"}, func(c *toy) { larger(c, "a") }, live("a", "b"), false,
			[]string{"a live id-a large", "b live id-b"}, []string{"read id-a", "read id-b"}},
		{"many are listed", []string{"a", "b", "c"}, func(c *toy) { larger(c, "a") }, live("a", "b", "c"), false,
			[]string{"a live id-a large", "b live id-b", "c live id-c"}, []string{"list"}},
		{"what a list does not show is read", []string{"a", "b"}, func(c *toy) { c.hidden["id-b"] = true }, live("a", "b", "c"), false,
			[]string{"a live id-a", "b live id-b", "c live gone"}, []string{"list", "read id-b", "read id-c"}},
		{"what is gone", nil, nil, live("a"), false, []string{"a live gone"}, []string{"read id-a"}},
		{"what is still changing", []string{"a"}, func(c *toy) { c.booting["id-a"] = true }, []state.Object{object("toy_token", "a", state.Pending)}, false,
			[]string{"a pending id-a not ready"}, []string{"read id-a"}},
		{"an interrupted update keeps the values from before it", []string{"a"}, func(c *toy) { larger(c, "a") }, []state.Object{object("toy_token", "a", state.Updating)}, false,
			[]string{"a updating id-a"}, []string{"read id-a"}},
		{"what lags is asked for once more before it is forgotten", nil, func(c *toy) {
			c.objects["id-a"], c.appears["id-a"] = server{ID: "id-a", Name: "a"}, time.Now().Add(time.Second)
		}, []state.Object{object("toy_lagging", "a", state.Live)}, false,
			[]string{"a live id-a"}, []string{"read id-a", "read id-a"}},
		{"what is not there either then is gone", nil, nil, []state.Object{object("toy_lagging", "a", state.Live)}, false,
			[]string{"a live gone"}, []string{"read id-a", "read id-a"}},
		{"what is broken from the beginning is tainted", []string{"a"}, nil, []state.Object{object("toy_broken", "a", state.Pending)}, false,
			[]string{"a tainted id-a not ready settled"}, []string{"read id-a"}},
		{"what has worked is not, whatever its state", []string{"a"}, nil, []state.Object{object("toy_broken", "a", state.Live)}, false,
			[]string{"a live id-a"}, []string{"read id-a"}},
		{"without refresh nothing is looked at", nil, nil, live("a", "b", "c"), true, []string{"a live id-a", "b live id-b", "c live id-c"}, nil},

		{"a lost create that its token finds", []string{"a"}, func(c *toy) { c.tokens["t-a"] = "id-a" }, []state.Object{object("toy_token", "a", state.Intended)}, false,
			[]string{"a pending id-a not ready settled"}, []string{"find a"}},
		{"also without refresh", []string{"a"}, func(c *toy) { c.tokens["t-a"] = "id-a" }, []state.Object{object("toy_token", "a", state.Intended)}, true,
			[]string{"a pending id-a not ready settled"}, []string{"find a"}},
		{"a lost create that appears within the window", []string{"a"}, func(c *toy) {
			c.tokens["t-a"], c.appears["id-a"] = "id-a", time.Now().Add(30*time.Second)
		}, []state.Object{object("toy_token", "a", state.Intended)}, false,
			[]string{"a pending id-a not ready settled"}, []string{"find a", "waiting for 1", "find a"}},
		{"a lost create that was never made", []string{"a"}, nil, []state.Object{object("toy_token", "a", state.Intended)}, false,
			[]string{"a intended gone"}, []string{"find a", "waiting for 1", "find a"}},
		{"a lost create that the list shows as new", []string{"a", "before", "b"}, nil, []state.Object{object("toy_birth", "a", state.Intended)}, false,
			[]string{"a pending id-a not ready settled"}, []string{"list"}},
		{"a lost create beside one of the same name that was there before", []string{"before"}, func(c *toy) { c.objects["id-before"] = server{ID: "id-before", Name: "a"} },
			[]state.Object{object("toy_birth", "a", state.Intended)}, false, []string{"a intended gone"}, []string{"list", "list", "waiting for 1"}},
		{"a lost create beside one of the same name that is another object's", []string{"a"}, nil,
			[]state.Object{object("toy_birth", "a", state.Live), edited(object("toy_birth", "a", state.Intended), func(o *state.Object) { o.Key = "lost" })}, true,
			[]string{"a live id-a", "a intended gone"}, []string{"list", "list", "waiting for 1"}},
		{"of two that look alike, the one with what only one can have", []string{"a"}, seat("a"), []state.Object{seated}, false,
			[]string{"a pending id-other not ready settled"}, []string{"list"}},
		{"a lost create whose object is of no use is tainted", []string{"a", "b"}, nil, []state.Object{object("toy_useless", "a", state.Intended)}, false,
			[]string{"a tainted id-a not ready settled"}, []string{"list", "read id-a", "read id-b"}},
		{"of what can be sent again there is only one, whoever made it", []string{"a", "b"}, nil, []state.Object{object("toy_again", "a", state.Intended)}, false,
			[]string{"a pending id-a not ready settled"}, []string{"list"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newToy(tt.cloud...)
				if tt.edit != nil {
					tt.edit(c)
				}
				got, err := observe(t, c, !tt.still, tt.objects...)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("objects (-want +got):\n%s", diff)
				}
				slices.Sort(c.calls) // reads are parallel
				slices.Sort(tt.calls)
				if diff := cmp.Diff(tt.calls, c.calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func edited(o state.Object, f func(*state.Object)) state.Object {
	f(&o)
	return o
}

func TestRunFails(t *testing.T) {
	failure := errors.New("the cloud is down")
	for _, objects := range [][]state.Object{
		{object("toy_token", "a", state.Live)},
		{object("toy_token", "a", state.Live), object("toy_token", "b", state.Live), object("toy_token", "c", state.Live)},
		{object("toy_token", "a", state.Intended)},
		{object("toy_birth", "a", state.Intended)},
	} {
		c := newToy("a", "b", "c")
		c.fail = failure
		if _, err := observe(t, c, true, objects...); !errors.Is(err, failure) {
			t.Errorf("%d objects, first %s: %v, want %v", len(objects), objects[0].Status, err, failure)
		}
	}
	if _, err := observe(t, newToy(), true, object("toy_unheard", "a", state.Live)); err == nil {
		t.Error("an object of a type that does not exist was observed")
	}
}

// seated is a create that was cut off, of something with what only one can have.
var seated = edited(object("toy_birth", "a", state.Intended), func(o *state.Object) {
	o.Attrs = []byte(`{"id":null,"name":"a","size":null,"seat":"s1"}`)
})

func TestUndecided(t *testing.T) {
	alike := func() *toy {
		c := newToy("a")
		c.objects["id-other"] = server{ID: "id-other", Name: "a"}
		return c
	}
	tests := []struct {
		name       string
		lost       state.Object
		cloud      *toy
		candidates []string
	}{
		{"no way to find out", object("toy_none", "a", state.Intended), newToy(), nil},
		{"two that look alike", object("toy_birth", "a", state.Intended), alike(), []string{"id-a", "id-other"}},
		{"what only one can have does not show yet", seated, func() *toy {
			c := alike()
			c.objects["id-other"] = server{ID: "id-other", Name: "a", Seat: "s1"}
			c.booting["id-other"] = true
			return c
		}(), []string{"id-a", "id-other"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := observe(t, tt.cloud, true, tt.lost)
				var undecided *UndecidedError
				if !errors.As(err, &undecided) {
					t.Fatalf("error %v, want an UndecidedError", err)
				}
				slices.Sort(undecided.Candidates)
				if diff := cmp.Diff(tt.candidates, undecided.Candidates); diff != "" {
					t.Errorf("candidates (-want +got):\n%s", diff)
				}
				for _, word := range append(tt.candidates, tt.lost.Addr.String(), "recover -adopt", "recover -discard") {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("the error does not name %q: %v", word, err)
					}
				}
			})
		})
	}
}

// TestRunElsewhere holds that nothing is forgotten because the settings lead to
// another account.
func TestRunElsewhere(t *testing.T) {
	here := func(o *state.Object) { o.Identity = "account 1" }
	for _, o := range []state.Object{
		edited(object("toy_token", "a", state.Live), here),
		edited(object("toy_birth", "a", state.Pending), here),
		edited(object("toy_token", "a", state.Intended), here),
	} {
		c := newToy()
		c.account = "account 2"
		_, err := observe(t, c, true, o)
		if err == nil || !strings.Contains(err.Error(), "toy_") || !strings.Contains(err.Error(), "is in account 1") || !strings.Contains(err.Error(), "leads to account 2") {
			t.Errorf("%s: error %v, want one that names both accounts", o.Status, err)
		}
		if len(c.calls) > 0 {
			t.Errorf("%s: calls %v in the wrong account", o.Status, c.calls)
		}
		c.account = "account 1"
		c.objects["id-a"], c.tokens["t-a"] = server{ID: "id-a", Name: "a"}, "id-a"
		if _, err := observe(t, c, true, o); err != nil {
			t.Errorf("%s: %v in the right account", o.Status, err)
		}
	}
}
