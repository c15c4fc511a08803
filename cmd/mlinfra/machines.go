package main

import (
	"net/url"
	"strconv"

	"github.com/mlinfra/mlinfra/remote"
)

// machines returns what leads to the machines in memory that stand for all hosts
// with -offline; nil without it.
func (s *session) machines() func() (remote.Proxy, error) {
	if !s.flags.offline {
		return nil
	}
	return func() (remote.Proxy, error) {
		f, err := s.clouds.machines()
		if err != nil {
			return remote.Proxy{}, err
		}
		u, err := url.Parse(f.settings["proxy"].AsString())
		if err != nil {
			return remote.Proxy{}, err
		}
		port, err := strconv.Atoi(u.Port())
		return remote.Proxy{Scheme: u.Scheme, Host: u.Hostname(), Port: port}, err
	}
}
