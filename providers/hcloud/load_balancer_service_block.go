package hcloud

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

func (h lbHTTP) request() *hcloud.LoadBalancerUpdateServiceOptsHTTP {
	o := &hcloud.LoadBalancerUpdateServiceOptsHTTP{
		CookieName: some(h.CookieName), CookieLifetime: some(seconds(h.CookieLifetime)), RedirectHTTP: &h.RedirectHTTP,
		StickySessions: &h.StickySessions, TimeoutIdle: some(seconds(h.TimeoutIdle)),
	}
	for _, id := range h.Certificates {
		o.Certificates = append(o.Certificates, &hcloud.Certificate{ID: int64(id)})
	}
	return o
}

func lbHTTPOf(got hcloud.LoadBalancerServiceHTTP) lbHTTP {
	h := lbHTTP{
		StickySessions: got.StickySessions, CookieName: got.CookieName, CookieLifetime: int(got.CookieLifetime.Seconds()),
		RedirectHTTP: got.RedirectHTTP, TimeoutIdle: int(got.TimeoutIdle.Seconds()),
	}
	for _, c := range got.Certificates {
		h.Certificates = append(h.Certificates, int(c.ID))
	}
	return h
}

func (h lbHealth) newRequest() *hcloud.LoadBalancerAddServiceOptsHealthCheck {
	o := &hcloud.LoadBalancerAddServiceOptsHealthCheck{
		Protocol: hcloud.LoadBalancerServiceProtocol(h.Protocol), Port: &h.Port,
		Interval: new(seconds(h.Interval)), Timeout: new(seconds(h.Timeout)), Retries: &h.Retries,
	}
	for _, p := range h.HTTP {
		o.HTTP = (*hcloud.LoadBalancerAddServiceOptsHealthCheckHTTP)(p.request())
	}
	return o
}

func (h lbHealth) changeRequest() *hcloud.LoadBalancerUpdateServiceOptsHealthCheck {
	o := &hcloud.LoadBalancerUpdateServiceOptsHealthCheck{
		Protocol: hcloud.LoadBalancerServiceProtocol(h.Protocol), Port: &h.Port,
		Interval: new(seconds(h.Interval)), Timeout: new(seconds(h.Timeout)), Retries: &h.Retries,
	}
	for _, p := range h.HTTP {
		o.HTTP = p.request()
	}
	return o
}

func (p lbHealthHTTP) request() *hcloud.LoadBalancerUpdateServiceOptsHealthCheckHTTP {
	return &hcloud.LoadBalancerUpdateServiceOptsHealthCheckHTTP{
		Domain: &p.Domain, Path: some(p.Path), Response: &p.Response, TLS: &p.TLS, StatusCodes: p.StatusCodes,
	}
}

func lbHealthOf(got hcloud.LoadBalancerServiceHealthCheck) lbHealth {
	h := lbHealth{
		Protocol: string(got.Protocol), Port: got.Port, Interval: int(got.Interval.Seconds()), Timeout: int(got.Timeout.Seconds()), Retries: got.Retries,
	}
	if p := got.HTTP; p != nil {
		h.HTTP = []lbHealthHTTP{{Domain: p.Domain, Path: p.Path, Response: p.Response, TLS: p.TLS, StatusCodes: p.StatusCodes}}
	}
	return h
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// lbProtocols are those of services and of health checks.
var lbProtocols = []string{"http", "https", "tcp"}

func checkLBService(was *lbService, want lbService) error {
	for _, f := range []struct {
		name string
		port int
	}{{"listen_port", want.ListenPort}, {"destination_port", want.DestinationPort}} {
		if f.port < 0 || f.port > 65535 {
			return fmt.Errorf("%s is %d, it goes from 1 to 65535", f.name, f.port)
		}
	}
	tcp := want.Protocol == string(hcloud.LoadBalancerServiceProtocolTCP)
	switch {
	case !slices.Contains(lbProtocols, want.Protocol):
		return fmt.Errorf("protocol %q is none of http, https and tcp", want.Protocol)
	case was == nil && tcp && len(want.HTTP) > 0:
		return errors.New("http is for protocol http and https: drop the block")
	}
	for _, h := range want.HTTP {
		if err := h.check(want.Protocol); err != nil {
			return fmt.Errorf("http: %w", err)
		}
	}
	for _, h := range want.HealthCheck {
		if err := h.check(); err != nil {
			return fmt.Errorf("health_check: %w", err)
		}
	}
	return nil
}

func (h lbHTTP) check(protocol string) error {
	switch {
	case protocol == "http" && len(h.Certificates) > 0:
		return errors.New("certificates are for protocol https")
	case protocol == "http" && h.RedirectHTTP:
		return errors.New("redirect_http is for protocol https")
	case h.TimeoutIdle != 0 && (h.TimeoutIdle < 30 || h.TimeoutIdle > 300):
		return fmt.Errorf("timeout_idle is %d, it goes from 30 to 300", h.TimeoutIdle)
	case h.CookieLifetime < 0:
		return fmt.Errorf("cookie_lifetime is %d, it cannot be negative", h.CookieLifetime)
	}
	return nil
}

var statusCode = providers.NewPattern(`^[1-5?][0-9?][0-9?]$`)

func (h lbHealth) check() error {
	switch {
	case !slices.Contains(lbProtocols, h.Protocol):
		return fmt.Errorf("protocol %q is none of http, https and tcp", h.Protocol)
	case h.Timeout > h.Interval:
		return fmt.Errorf("timeout is %d and interval %d: an answer has to come before the next question", h.Timeout, h.Interval)
	}
	for _, f := range []struct {
		name             string
		value, low, high int
	}{
		{"port", h.Port, 1, 65535},
		{"interval", h.Interval, 3, 60},
		{"timeout", h.Timeout, 1, 60},
		{"retries", h.Retries, 0, 5},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("%s is %d, it goes from %d to %d", f.name, f.value, f.low, f.high)
		}
	}
	for _, p := range h.HTTP {
		if i := slices.IndexFunc(p.StatusCodes, func(code string) bool { return !statusCode.MatchString(code) }); i >= 0 {
			return fmt.Errorf("status_codes: %q is neither a code such as 200 nor a pattern such as 2??", p.StatusCodes[i])
		}
		if h.Protocol == "tcp" {
			return errors.New("http is for protocol http and https: drop the block")
		}
	}
	return nil
}
