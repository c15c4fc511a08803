package oracle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/google"
)

// storage is fake-gcs-server with a connected provider.
type storage struct {
	*fakestorage.Server
	conn    providers.Conn
	bucket  *providers.Type
	deletes []string // the objects that were deleted, as NAME of GENERATION
	lists   int      // pages of objects that were listed
}

func newStorage(t *testing.T) *storage {
	gcs, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gcs.Stop)
	p := google.Provider()
	s := &storage{Server: gcs, bucket: p.Resources.Of("google_storage_bucket")}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	settings := googleSettings(server.URL)
	s.conn, err = p.Connect(t.Context(), object(p.Config.Attrs, settings), providers.Env{
		Getenv: func(string) string { return "" }, Transport: server.Client().Transport,
		Pace: func(float64) {}, Isolated: true, UserAgent: "oracle",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// object returns an object with attributes, null where vals has none.
func object(attrs []*providers.Attr, vals map[string]cty.Value) cty.Value {
	all := map[string]cty.Value{}
	for _, a := range attrs {
		all[a.Name] = cty.NullVal(a.Type)
		if v, ok := vals[a.Name]; ok {
			all[a.Name] = v
		}
	}
	return cty.ObjectVal(all)
}

// ServeHTTP counts what empties a bucket. Where fake-gcs-server answers 412 to
// the deletion of a bucket that is not empty, the real one answers 409:
// https://cloud.google.com/storage/docs/json_api/v1/status-codes#409-conflict
func (s *storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, name, ofObject := strings.Cut(r.URL.Path, "/o/")
	switch {
	case r.Method == http.MethodDelete && ofObject:
		s.deletes = append(s.deletes, name+" of "+r.URL.Query().Get("generation"))
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/o"):
		s.lists++
	case r.Method == http.MethodDelete:
		rec := httptest.NewRecorder()
		s.HTTPHandler().ServeHTTP(rec, r)
		if rec.Code == http.StatusPreconditionFailed {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"error":{"code":409,"message":"The bucket you tried to delete is not empty.","errors":[{"domain":"global","reason":"conflict","message":"The bucket you tried to delete is not empty."}]}}`)
			return
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // the client may be gone
		return
	}
	s.HTTPHandler().ServeHTTP(w, r)
}

// want returns a bucket as a configuration asks for it.
func (s *storage) want(name string, vals map[string]cty.Value) cty.Value {
	all := map[string]cty.Value{"name": cty.StringVal(name), "location": cty.StringVal("US-CENTRAL1"), "storage_class": cty.StringVal("STANDARD")}
	for key, v := range vals {
		all[key] = v
	}
	return object(s.bucket.Schema.Attrs, all)
}

func (s *storage) create(t *testing.T, want cty.Value) cty.Value {
	t.Helper()
	v, err := s.conn.Ops.Create(t.Context(), s.bucket, want, providers.Attempt{Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// destroy deletes until the bucket is gone and returns how many calls it took.
func (s *storage) destroy(t *testing.T, v cty.Value) int {
	t.Helper()
	for n := 1; n < 20; n++ {
		err := s.conn.Ops.Delete(t.Context(), s.bucket, v)
		if err == nil || errors.Is(err, providers.ErrGone) {
			return n
		}
		if !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	t.Fatal("the bucket does not go")
	return 0
}

// TestFakeGCS calls the operations of buckets on fake-gcs-server. It models
// names, versioning, objects and pages, but not the rest of a bucket, so that
// the suite cannot run there.
func TestFakeGCS(t *testing.T) {
	t.Run("a bucket is made, read, listed and deleted twice", func(t *testing.T) {
		s := newStorage(t)
		v := s.create(t, s.want("mlinfra-models", nil))
		for name, want := range map[string]string{"id": "mlinfra-models", "url": "gs://mlinfra-models", "project": "offline"} {
			if got := v.GetAttr(name); got.IsNull() || got.AsString() != want {
				t.Errorf("%s is %#v, want %q", name, got, want)
			}
		}
		read, err := s.conn.Ops.Read(t.Context(), s.bucket, v)
		if err != nil || !read.GetAttr("time_created").RawEquals(v.GetAttr("time_created")) || providers.ID(read) != "mlinfra-models" {
			t.Errorf("read: %v: %#v", err, read)
		}
		s.destroy(t, v)
		if err := s.conn.Ops.Delete(t.Context(), s.bucket, v); !errors.Is(err, providers.ErrGone) {
			t.Errorf("deleted again: %v, want ErrGone", err)
		}
		if _, err := s.conn.Ops.Read(t.Context(), s.bucket, v); !errors.Is(err, providers.ErrGone) {
			t.Errorf("read when it is gone: %v, want ErrGone", err)
		}
	})
	t.Run("a list has all buckets, page by page", func(t *testing.T) {
		s := newStorage(t)
		var want []string
		for i := range 1100 { // a page has 1000
			name := fmt.Sprintf("mlinfra-%04d", i)
			s.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: name})
			want = append(want, name)
		}
		all, err := s.conn.Ops.List(t.Context(), s.bucket, s.want("", nil))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range all {
			got = append(got, providers.ID(l.Value))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d buckets listed, want %d", len(got), len(want))
		}
	})
	t.Run("a taken name is refused for good", func(t *testing.T) {
		s := newStorage(t)
		s.create(t, s.want("mlinfra-models", nil))
		v, err := s.conn.Ops.Create(t.Context(), s.bucket, s.want("mlinfra-models", nil), providers.Attempt{Token: "u"})
		if err == nil || providers.ID(v) != "" {
			t.Fatalf("created again: %v, id %q", err, providers.ID(v))
		}
		if verdict := s.conn.Classify(err); verdict.Kind != providers.Fatal || !strings.Contains(verdict.Message, "already exists") {
			t.Errorf("the refusal is %v: %q", verdict.Kind, verdict.Message)
		}
	})
	t.Run("versioning is switched on and off", func(t *testing.T) {
		s := newStorage(t)
		was := s.create(t, s.want("mlinfra-models", nil))
		for _, enabled := range []bool{true, false} {
			want := s.want("mlinfra-models", map[string]cty.Value{"versioning": versioning(s.bucket, enabled)})
			if _, err := s.conn.Ops.Update(t.Context(), s.bucket, was, want); err != nil {
				t.Fatal(err)
			}
			got, err := s.conn.Ops.Read(t.Context(), s.bucket, was)
			if err != nil {
				t.Fatal(err)
			}
			on := got.GetAttr("versioning").LengthInt() > 0 && got.GetAttr("versioning").AsValueSlice()[0].GetAttr("enabled").True()
			if on != enabled {
				t.Errorf("versioning is %t, want %t", on, enabled)
			}
			was = got
		}
	})
	t.Run("a bucket with objects stays without force_destroy", func(t *testing.T) {
		s := newStorage(t)
		v := s.create(t, s.want("mlinfra-models", nil))
		s.put("mlinfra-models", "model")
		err := s.conn.Ops.Delete(t.Context(), s.bucket, v)
		if err == nil || !strings.Contains(err.Error(), "force_destroy = true") || s.conn.Classify(err).Kind != providers.Fatal {
			t.Errorf("delete: %v", err)
		}
		if _, err := s.GetObject("mlinfra-models", "model"); err != nil {
			t.Errorf("the object: %v", err)
		}
	})
	t.Run("force_destroy deletes objects and versions page by page", func(t *testing.T) { emptied(t) })
	t.Run("a cancelled context sends nothing", func(t *testing.T) {
		s := newStorage(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.conn.Ops.Create(ctx, s.bucket, s.want("mlinfra-models", nil), providers.Attempt{}); err == nil {
			t.Error("create with a cancelled context succeeds")
		}
		if all, _ := s.conn.Ops.List(t.Context(), s.bucket, s.want("", nil)); len(all) > 0 {
			t.Errorf("%d buckets were made", len(all))
		}
	})
}

// emptied destroys a bucket with 130 objects of two versions each, and with
// names that URLs have to escape.
func emptied(t *testing.T) {
	s := newStorage(t)
	vals := map[string]cty.Value{"force_destroy": cty.True, "versioning": versioning(s.bucket, true)}
	v := s.create(t, s.want("mlinfra-models", vals))
	for i := range 128 {
		for range 2 {
			s.put("mlinfra-models", fmt.Sprintf("runs/%03d/model", i))
		}
	}
	for _, name := range []string{"a b/ä?#%25+", "a b/ä?#%25+", "../up", "../up"} {
		s.put("mlinfra-models", name)
	}
	other := s.create(t, s.want("mlinfra-other", nil))
	s.put("mlinfra-other", "model")
	calls := s.destroy(t, force(v))
	slices.Sort(s.deletes)
	if twice := len(s.deletes) - len(slices.Compact(slices.Clone(s.deletes))); len(s.deletes) != 260 || twice != 0 {
		t.Errorf("%d objects and versions deleted, %d of them twice, want 260 once", len(s.deletes), twice)
	}
	// Two pages of 100, one of 60, and the call that deletes the bucket.
	if s.lists != 3 || calls != 4 {
		t.Errorf("%d pages listed in %d calls, want 3 in 4", s.lists, calls)
	}
	if _, err := s.conn.Ops.Read(t.Context(), s.bucket, other); err != nil {
		t.Errorf("the other bucket: %v", err)
	}
}

// put makes an object, or a new version of it.
func (s *storage) put(bucket, name string) {
	s.CreateObject(fakestorage.Object{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: bucket, Name: name}, Content: []byte("x")})
}

func versioning(typ *providers.Type, enabled bool) cty.Value {
	attr := typ.Schema.Attr("versioning")
	return cty.ListVal([]cty.Value{object(attr.Block.Attrs, map[string]cty.Value{"enabled": cty.BoolVal(enabled)})})
}

// force returns v with force_destroy, which no API shows.
func force(v cty.Value) cty.Value {
	all := v.AsValueMap()
	all["force_destroy"] = cty.True
	return cty.ObjectVal(all)
}
