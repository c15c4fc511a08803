package digitalocean

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mlinfra/mlinfra/providers"
)

// history does things to a bucket and its objects, and says which.
type history struct {
	t   *testing.T
	c   *client
	s3  *s3.Client
	x   spacesBucket
	log []string
}

func newHistory(t *testing.T, c *client, name string, force bool) *history {
	x := spacesBucket{Name: name, Region: "fra1", ACL: "private", ForceDestroy: force}
	if err := spacesBucketType.Create(t.Context(), c, &x, providers.Attempt{}); err != nil && !errors.Is(err, providers.ErrAgain) {
		t.Fatal(err)
	}
	s, err := c.spaces.in(t.Context(), x.Region)
	if err != nil {
		t.Fatal(err)
	}
	return &history{t: t, c: c, s3: s, x: x}
}

func (h *history) versioned(on bool) {
	was := h.x
	h.x.Versioning = []bucketVersioning{{Enabled: on}}
	h.did(fmt.Sprint("versioned ", on), spacesBucketType.Update(h.t.Context(), h.c, was, &h.x))
}

func (h *history) put(key, text string) {
	_, err := h.s3.PutObject(h.t.Context(), &s3.PutObjectInput{Bucket: &h.x.Name, Key: &key, Body: strings.NewReader(text)})
	h.did("put "+key, err)
}

func (h *history) drop(key string) {
	_, err := h.s3.DeleteObject(h.t.Context(), &s3.DeleteObjectInput{Bucket: &h.x.Name, Key: &key})
	h.did("drop "+key, err)
}

func (h *history) did(what string, err error) {
	h.t.Helper()
	if h.log = append(h.log, what); err != nil {
		h.t.Fatalf("%s: %v", h.log, err)
	}
}

// delete deletes the bucket as the engine does and demands that it is gone.
func (h *history) delete() {
	h.t.Helper()
	err := providers.ErrAgain
	for range 5 {
		if err = spacesBucketType.Delete(h.t.Context(), h.c, h.x); !errors.Is(err, providers.ErrAgain) {
			break
		}
	}
	if err != nil && !errors.Is(err, providers.ErrGone) {
		h.t.Fatalf("%s: %v", h.log, err)
	}
	if err := readSpacesBucket(h.t.Context(), h.c, &h.x); !errors.Is(err, providers.ErrGone) {
		h.t.Fatalf("%s: the bucket is still there: %v", h.log, err)
	}
}

// Whatever has happened in a bucket, force_destroy deletes it.
func TestForcedBucketsGo(t *testing.T) {
	c := fakeClient(t)
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		h := newHistory(t, c, fmt.Sprintf("bucket-%d", seed), true)
		for range 10 {
			switch key := fmt.Sprint("k", r.IntN(2)); r.IntN(4) {
			case 0:
				h.versioned(r.IntN(2) == 0)
			case 1:
				h.drop(key)
			default:
				h.put(key, fmt.Sprint(r.Int()))
			}
		}
		h.delete()
	}
}

// An object takes what it has been along, also when its last version was written
// after versions were suspended: then an empty bucket goes without force_destroy.
func TestObjectsTakeTheirVersionsAlong(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	h := newHistory(t, c, "suspended", false)
	h.versioned(true)
	h.put("k", "one")
	h.put("other", "one")
	h.versioned(false)
	h.put("k", "two")
	if err := spacesBucketType.Delete(ctx, c, h.x); err == nil || !strings.Contains(err.Error(), "force_destroy = true") {
		t.Errorf("error %v, want what to do", err)
	}
	for _, x := range []spacesObject{{ID: "k", Key: "k", Bucket: "suspended", Region: "fra1"}, {ID: "other", Key: "other", Bucket: "suspended", Region: "fra1", VersionID: "x"}} {
		if err := spacesObjectType.Delete(ctx, c, x); err != nil {
			t.Fatal(err)
		}
	}
	h.delete()
}
