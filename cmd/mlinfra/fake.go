package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

func (a *app) fakeCommand() *cobra.Command {
	var listen string
	var lose float64
	var o fakeOptions
	names := slices.Sorted(maps.Keys(a.fakes))
	c := &cobra.Command{
		Use:   "fake [" + strings.Join(names, "|") + "]",
		Short: "Serve a fake cloud to other clients",
		Long: `Serves an in-memory cloud on loopback until it is interrupted, DigitalOcean
when none is named, and prints the environment variables that point clients to it.`,
		Args:      atMost(1),
		ValidArgs: names,
		RunE: func(c *cobra.Command, args []string) error {
			name := "digitalocean"
			if len(args) > 0 {
				name = args[0]
			}
			maker, ok := a.fakes[name]
			if !ok {
				return fmt.Errorf("%q has no fake: choose one of %s", name, strings.Join(names, ", "))
			}
			tells := name == "digitalocean" || name == "hcloud"
			if o.Limits && !tells {
				return fmt.Errorf("-limits: %s does not announce its limits; only digitalocean and hcloud do", name)
			}
			if o.Release > 0 && name != "digitalocean" {
				return fmt.Errorf("-release: %s lets go at once; only digitalocean does not", name)
			}
			if (o.NoCredentials || o.ReplicaLag > 0) && name != "digitalocean" {
				return fmt.Errorf("-no-credentials and -replica-lag are for digitalocean, not for %s", name)
			}
			if len(o.SoldOut) > 0 && !tells {
				return fmt.Errorf("-sold-out: only digitalocean and hcloud have it, not %s", name)
			}
			host, _, err := net.SplitHostPort(listen)
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				return fmt.Errorf("-listen %q: the fake is for this machine: it listens on loopback only, such as 127.0.0.1:8080", listen)
			}
			if o.Dir != "" {
				if err := os.MkdirAll(o.Dir, 0o700); err != nil {
					return err
				}
			}
			if lose > 0 {
				o.Decide = fakecloud.RandomFaults(o.Seed, lose, fakecloud.CutAfter)
			}
			return a.serveFake(c.Context(), maker, listen, o)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "loopback `address` to listen on; port 0 takes a free one")
	c.Flags().StringVar(&o.Dir, "dir", "", "keep the content in this `directory`")
	c.Flags().StringVar(&o.Token, "token", "", "the only `token` or access key that is accepted; without it any is")
	c.Flags().DurationVar(&o.Latency, "latency", 0, "of every request")
	c.Flags().DurationVar(&o.Boot, "boot", 0, "time until a machine runs")
	c.Flags().DurationVar(&o.Settle, "settle", 0, "time that actions take")
	c.Flags().DurationVar(&o.DBReady, "db-ready", 0, "time until a database is online")
	c.Flags().DurationVar(&o.Release, "release", 0, "time until DigitalOcean's networks, volumes and certificates are free of what is deleted")
	c.Flags().Float64Var(&lose, "lose", 0, "share of answers lost after the effect, 0 to 1")
	c.Flags().IntVar(&o.PerHour, "per-hour", 0, "with -limits, allow `N` requests an hour instead of what the API allows")
	c.Flags().StringSliceVar(&o.SoldOut, "sold-out", nil, "sizes of DigitalOcean's droplets, or types of Hetzner's servers, that are out of stock: `SIZE` or SIZE@REGION")
	c.Flags().BoolVar(&o.Limits, "limits", false, "keep the limits of DigitalOcean or Hetzner Cloud on requests, and announce them in headers")
	c.Flags().BoolVar(&o.NoCredentials, "no-credentials", false, "tokens lack DigitalOcean's scope database:view_credentials")
	c.Flags().DurationVar(&o.ReplicaLag, "replica-lag", 0, "time for which a new replica of DigitalOcean is not found, not even by its create")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "of ids and of lost answers")
	return c
}

func (a *app) serveFake(ctx context.Context, maker fakeMaker, listen string, o fakeOptions) error {
	cloud, err := maker.open(o)
	if err != nil {
		return err
	}
	defer cloud.Close()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	for _, v := range maker.environ("http://"+l.Addr().String(), o.Token) {
		fmt.Fprintf(a.asked(), "export %s=%s\n", v[0], v[1])
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: cloud.Handler(), ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
