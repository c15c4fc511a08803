package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// spacesKeys is what opens the buckets: the pair that is configured, else one
// that is made when the first bucket is touched, kept in memory, and deleted by
// the last call of the run.
type spacesKeys struct {
	id, secret string // as configured
	api        godo.SpacesKeysService
	name       string // of keys made for the runs on one state

	mu    sync.Mutex
	made  *godo.SpacesKey
	swept bool            // keys that earlier runs have left behind are gone
	works map[string]bool // regions that have accepted made
}

// pair returns the access key and its secret.
func (k *spacesKeys) pair(ctx context.Context) (id, secret string, err error) {
	switch {
	case k.id != "" && k.secret != "":
		return k.id, k.secret, nil
	case k.id != "" || k.secret != "":
		return "", "", errors.New("half of a Spaces key: set both spaces_access_id and spaces_secret_key in the provider block, or SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY; without either, mlinfra makes a key for each run")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made == nil {
		if err := k.make(ctx); err != nil {
			return "", "", &noKeyError{err}
		}
	}
	return k.made.AccessKey, k.made.SecretKey, nil
}

// make makes a key. k.mu is held.
func (k *spacesKeys) make(ctx context.Context) error {
	if err := k.sweep(ctx); err != nil {
		return err
	}
	got, _, err := k.api.Create(ctx, &godo.SpacesKeyCreateRequest{
		Name: k.name, Grants: []*godo.Grant{{Permission: godo.SpacesKeyFullAccess}},
	})
	if err != nil {
		k.swept = false // it may be there all the same
		return err
	}
	k.made, k.works = got, map[string]bool{}
	return nil
}

// sweep deletes the keys of runs on this state that were killed, once. One of a
// run that goes on makes itself another. k.mu is held.
func (k *spacesKeys) sweep(ctx context.Context) error {
	if k.swept {
		return nil
	}
	for key, err := range pages(ctx, k.api.List, (*spacesKey).fill) {
		if err != nil {
			return err
		}
		if key.Name != k.name {
			continue
		}
		if _, err := k.api.Delete(ctx, key.ID); gone(err) != nil && gone(err) != providers.ErrGone {
			return err
		}
	}
	k.swept = true
	return nil
}

// close deletes the key that was made.
func (k *spacesKeys) close(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made == nil {
		return nil
	}
	if _, err := k.api.Delete(ctx, k.made.AccessKey); gone(err) != nil && gone(err) != providers.ErrGone {
		return fmt.Errorf("key %s to Spaces: %w", k.made.Name, err)
	}
	k.made = nil
	return nil
}

// closeSpaces ends a connection.
func closeSpaces(ctx context.Context, c *client) error { return c.spaces.keys.close(ctx) }

// noKeyError is why no key could be made: nothing has been asked of Spaces.
type noKeyError struct{ err error }

func (e *noKeyError) Error() string {
	text := e.err.Error()
	if v := classify(e.err); v.Message != "" {
		text = v.Message
	}
	return "no key to Spaces could be made for this run: " + text + "; the token needs the scopes of Spaces keys, or set SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY"
}

// Unwrap returns the reason.
func (e *noKeyError) Unwrap() error { return e.err }

// verdict says what it means for a call to Spaces, which was not made.
func (e *noKeyError) verdict() providers.Verdict {
	v := classify(e.err)
	v.Message = e.Error()
	switch v.Kind {
	case providers.Transient:
		v.Kind = providers.Busy
	case providers.Gone:
		v.Kind = providers.Fatal
	}
	return v
}

// newKeyError is the refusal of a key that was made for this run: it is not
// known everywhere yet, or was deleted and another one is made.
type newKeyError struct{ error }

// Unwrap returns the refusal.
func (e *newKeyError) Unwrap() error { return e.error }

// watching notices how a region takes the key id, if it was made for this run.
func (k *spacesKeys) watching(id, region string) func(*middleware.Stack) error {
	if id == k.id {
		return func(*middleware.Stack) error { return nil }
	}
	notice := func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleInitialize(ctx, in)
		return out, meta, k.taken(id, region, err)
	}
	return func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("mlinfraMadeKey", notice), middleware.Before)
	}
}

// taken returns err, which a region has answered to the key id, as it is to be
// understood. An answer to HEAD only says that it is forbidden.
func (k *spacesKeys) taken(id, region string, err error) error {
	var answer *smithyhttp.ResponseError
	answered := errors.As(err, &answer)
	unknown := spacesCode(err) == "InvalidAccessKeyId"
	k.mu.Lock()
	defer k.mu.Unlock()
	mine := k.made != nil && k.made.AccessKey == id
	switch {
	case unknown && mine && k.works[region]:
		k.made = nil // deleted
	case unknown, answered && answer.HTTPStatusCode() == http.StatusForbidden && mine && !k.works[region] && spacesCode(err) == "Forbidden":
	case mine && (err == nil || answered):
		k.works[region] = true
		return err
	default:
		return err
	}
	return &newKeyError{err}
}
