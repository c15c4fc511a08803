package server

import (
	"context"
	"errors"

	"github.com/mlinfra/mlinfra/providers"
)

// settings are the attributes of the provider block.
type settings struct {
	PrivateKey      string   `cty:"private_key"      is:"optional,sensitive" doc:"Content of the private key for hosts that name none."`
	PrivateKeyFile  string   `cty:"private_key_file" is:"optional"           doc:"Path of the private key for hosts that name none."`
	KnownHosts      string   `cty:"known_hosts"      is:"optional"           doc:"File of known host keys; ~/.ssh/known_hosts if absent."`
	HostAuthorities []string `cty:"host_authorities" is:"optional,set"       doc:"Public keys whose certificates hosts are trusted by."`
	Proxy           string   `cty:"proxy"            is:"optional"           doc:"URL of a proxy to hosts: http://, https:// or socks5://."`
}

// Provider returns the provider.
func Provider() *providers.Provider {
	return providers.Cloud[*client, settings]{
		Name: "server", Sources: []string{"mlinfra/server"},
		Doc:       "Hosts reached over SSH, such as rented dedicated servers, and what is on them.",
		Connect:   connect,
		Close:     func(ctx context.Context, c *client) error { c.tidy(ctx); c.close(); return nil },
		Classify:  classify,
		Diagnose:  diagnose,
		Imply:     imply,
		Resources: resources(),
	}.Provider()
}

// things returns the types of what is on hosts, but those with a life of their own.
func things() []watched {
	return []watched{
		aptRepositoryType,
		authorizedKeyType,
		containerType,
		directoryType,
		fileType,
		mountType,
		packageType,
		routeType,
		sysctlType,
		unitType,
		userType,
		wireguardInterfaceType,
		wireguardKeyType,
	}
}

func resources() []providers.Erasable {
	all := []providers.Erasable{hostType, commandType}
	for _, t := range things() {
		all = append(all, t)
	}
	return all
}

// classify reads the errors of this package.
func classify(err error) providers.Verdict {
	var lost *lostError
	var away *awayError
	var step *stepError
	switch {
	case errors.Is(err, errCrowded):
		return providers.Verdict{Kind: providers.Throttled}
	case errors.As(err, &lost):
		return providers.Verdict{Kind: providers.Transient}
	case errors.As(err, &away) && !away.final:
		return providers.Verdict{Kind: providers.Unsent}
	case errors.As(err, &step) && step.status == inTheWay:
		return providers.Verdict{Kind: providers.Busy}
	case errors.As(err, &away), errors.As(err, &step):
		return providers.Verdict{Kind: providers.Fatal}
	}
	return providers.Verdict{Kind: providers.NetworkVerdict(err).Kind}
}
