// Package builtin holds the providers that every configuration may need and that
// reach no cloud: terraform, random, tls, local, null, time, http, external and
// cloudinit. Names, defaults and rules are those of HashiCorp's providers; a
// comment says where a type differs.
package builtin

import (
	"context"

	"golang.org/x/crypto/bcrypt"

	"github.com/mlinfra/mlinfra/providers"
)

// Providers returns the built-in providers. read gives the outputs of the state
// in a file to terraform_remote_state.
func Providers(read ReadOutputs) []*providers.Provider {
	return []*providers.Provider{
		terraformProvider(read), randomProvider(hashCost(bcrypt.DefaultCost)), tlsProvider(providers.WallClock{}), localProvider(), nullProvider(),
		timeProvider(providers.WallClock{}), httpProvider(), externalProvider(), cloudinitProvider(),
	}
}

// none is the client, and the settings, of providers that need none.
type none struct{}

func connectNone(context.Context, none, providers.Env) (none, error) { return none{}, nil }

// connectTo returns a Connect that always gives c.
func connectTo[C any](c C) func(context.Context, none, providers.Env) (C, error) {
	return func(context.Context, none, providers.Env) (C, error) { return c, nil }
}

// refuse is the reading of all errors here: asking again gives the same answer.
func refuse(error) providers.Verdict { return providers.Verdict{Kind: providers.Fatal} }

// sleep waits for d. It ends early when the run is to stop.
func sleep(ctx context.Context, c providers.Clock, d string) error {
	if d == "" {
		return ctx.Err()
	}
	wait, err := duration(d)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		select {
		case <-providers.Stop(ctx):
			cancel(providers.ErrStopped)
		case <-ctx.Done():
		}
	}()
	err = c.Sleep(ctx, wait)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	cancel(nil)
	<-watching
	return err
}

// sameButNulls returns was when now differs from it only by elements that are
// null, which trigger nothing, else now.
func sameButNulls(was, now map[string]*string) map[string]*string {
	for _, pair := range [][2]map[string]*string{{was, now}, {now, was}} {
		for k, v := range pair[0] {
			if other := pair[1][k]; v != nil && (other == nil || *other != *v) {
				return now
			}
		}
	}
	return was
}
