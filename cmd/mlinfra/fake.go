package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

func (a *app) fakeCommand() *cobra.Command {
	var listen, dir string
	var lose float64
	var seed uint64
	var limits bool
	var o dofake.Options
	c := &cobra.Command{
		Use:   "fake",
		Short: "Serve a fake DigitalOcean to other clients",
		Long: `Serves an in-memory DigitalOcean (API and Spaces) on loopback until it is
interrupted, and prints the environment variables that point clients to it.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			host, _, err := net.SplitHostPort(listen)
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				return fmt.Errorf("-listen %q: the fake is for this machine: it listens on loopback only, such as 127.0.0.1:8080", listen)
			}
			if dir != "" {
				if err := os.MkdirAll(dir, 0o700); err != nil {
					return err
				}
			}
			o.Dir, o.Seed = dir, seed
			if limits {
				o.Limits = dofake.RealLimits()
			}
			if lose > 0 {
				o.Decide = fakecloud.RandomFaults(seed, lose, fakecloud.CutAfter)
			}
			return a.serveFake(c.Context(), listen, o)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "loopback `address` to listen on; port 0 takes a free one")
	c.Flags().StringVar(&dir, "dir", "", "keep the content in this `directory`")
	c.Flags().StringVar(&o.Token, "token", "", "the only `token` that is accepted; without it any is")
	c.Flags().DurationVar(&o.Latency, "latency", 0, "of every request")
	c.Flags().DurationVar(&o.Boot, "boot", 0, "time until a droplet is active")
	c.Flags().DurationVar(&o.Settle, "settle", 0, "time that actions take")
	c.Flags().DurationVar(&o.DBReady, "db-ready", 0, "time until a database cluster is online")
	c.Flags().Float64Var(&lose, "lose", 0, "share of answers lost after the effect, 0 to 1")
	c.Flags().BoolVar(&limits, "limits", false, "keep DigitalOcean's limits on requests, and announce them in headers")
	c.Flags().Uint64Var(&seed, "seed", 1, "of ids and of lost answers")
	return c
}

func (a *app) serveFake(ctx context.Context, listen string, o dofake.Options) error {
	cloud, err := dofake.Open(o)
	if err != nil {
		return err
	}
	defer cloud.Close()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	fmt.Fprintf(a.stdout, `export DIGITALOCEAN_API_URL=%[1]s
export DIGITALOCEAN_TOKEN=%[2]s
export SPACES_ENDPOINT_URL=%[1]s
export SPACES_ACCESS_KEY_ID=fake
export SPACES_SECRET_ACCESS_KEY=fake
`, url, cmp.Or(o.Token, "fake"))
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: cloud.Handler(), ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
