package fake

import (
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

// lbService is a service of a load balancer, as the API shows it.
type lbService struct {
	Protocol        string   `json:"protocol"`
	ListenPort      int      `json:"listen_port"`
	DestinationPort int      `json:"destination_port"`
	ProxyProtocol   bool     `json:"proxyprotocol"`
	HTTP            *lbHTTP  `json:"http"` // of http and https
	HealthCheck     lbHealth `json:"health_check"`
}

type lbHTTP struct {
	CookieName     string  `json:"cookie_name"`
	CookieLifetime int     `json:"cookie_lifetime"`
	Certificates   []int64 `json:"certificates"`
	RedirectHTTP   bool    `json:"redirect_http"`
	StickySessions bool    `json:"sticky_sessions"`
	TimeoutIdle    int     `json:"timeout_idle"`
}

type lbHealth struct {
	Protocol string        `json:"protocol"`
	Port     int           `json:"port"`
	Interval int           `json:"interval"`
	Timeout  int           `json:"timeout"`
	Retries  int           `json:"retries"`
	HTTP     *lbHealthHTTP `json:"http"` // of http and https
}

type lbHealthHTTP struct {
	Domain      string   `json:"domain"`
	Path        string   `json:"path"`
	Response    string   `json:"response"`
	StatusCodes []string `json:"status_codes"`
	TLS         bool     `json:"tls"`
}

// serviceSpec is what is said of a service; nil fields were not sent.
type serviceSpec struct {
	Protocol        *string     `json:"protocol"`
	ListenPort      *int        `json:"listen_port"`
	DestinationPort *int        `json:"destination_port"`
	ProxyProtocol   *bool       `json:"proxyprotocol"`
	HTTP            *httpSpec   `json:"http"`
	HealthCheck     *healthSpec `json:"health_check"`
}

type httpSpec struct {
	CookieName     *string  `json:"cookie_name"`
	CookieLifetime *int     `json:"cookie_lifetime"`
	Certificates   *[]int64 `json:"certificates"`
	RedirectHTTP   *bool    `json:"redirect_http"`
	StickySessions *bool    `json:"sticky_sessions"`
	TimeoutIdle    *int     `json:"timeout_idle"`
}

type healthSpec struct {
	Protocol *string         `json:"protocol"`
	Port     *int            `json:"port"`
	Interval *int            `json:"interval"`
	Timeout  *int            `json:"timeout"`
	Retries  *int            `json:"retries"`
	HTTP     *healthHTTPSpec `json:"http"`
}

type healthHTTPSpec struct {
	Domain      *string   `json:"domain"`
	Path        *string   `json:"path"`
	Response    *string   `json:"response"`
	StatusCodes *[]string `json:"status_codes"`
	TLS         *bool     `json:"tls"`
}

// usualService is a service of a protocol of which nothing else is said (from
// memory).
func usualService(protocol string) lbService {
	s := lbService{Protocol: protocol}
	switch protocol {
	case "http":
		s.ListenPort, s.DestinationPort = 80, 80
	case "https":
		s.ListenPort, s.DestinationPort = 443, 80
	}
	s.HealthCheck = lbHealth{Protocol: "tcp", Interval: 15, Timeout: 10, Retries: 3}
	if s.isHTTP() {
		s.HTTP = &lbHTTP{CookieName: "HCLBSTICKY", CookieLifetime: 300, Certificates: []int64{}, TimeoutIdle: 50}
		s.HealthCheck.Protocol = "http"
	}
	return s
}

func (s *lbService) isHTTP() bool { return s.Protocol == "http" || s.Protocol == "https" }

// merge applies what is said of s.
func (s *lbService) merge(in *serviceSpec) {
	give(&s.ListenPort, in.ListenPort)
	give(&s.DestinationPort, in.DestinationPort)
	give(&s.ProxyProtocol, in.ProxyProtocol)
	if in.HTTP != nil {
		if s.HTTP == nil {
			s.HTTP = &lbHTTP{} // which is refused later
		}
		give(&s.HTTP.CookieName, in.HTTP.CookieName)
		give(&s.HTTP.CookieLifetime, in.HTTP.CookieLifetime)
		give(&s.HTTP.Certificates, in.HTTP.Certificates)
		give(&s.HTTP.RedirectHTTP, in.HTTP.RedirectHTTP)
		give(&s.HTTP.StickySessions, in.HTTP.StickySessions)
		give(&s.HTTP.TimeoutIdle, in.HTTP.TimeoutIdle)
	}
	if in.HealthCheck != nil {
		s.HealthCheck.merge(in.HealthCheck)
	}
	if s.HealthCheck.Port == 0 {
		s.HealthCheck.Port = s.DestinationPort
	}
	if h := &s.HealthCheck; h.HTTP == nil && h.isHTTP() {
		h.HTTP = &lbHealthHTTP{Path: "/", StatusCodes: []string{"2??", "3??"}}
	}
}

func (h *lbHealth) isHTTP() bool { return h.Protocol == "http" || h.Protocol == "https" }

func (h *lbHealth) merge(in *healthSpec) {
	give(&h.Protocol, in.Protocol)
	give(&h.Port, in.Port)
	give(&h.Interval, in.Interval)
	give(&h.Timeout, in.Timeout)
	give(&h.Retries, in.Retries)
	if !h.isHTTP() {
		h.HTTP = nil
	}
	if in.HTTP == nil {
		return
	}
	if h.HTTP == nil {
		h.HTTP = &lbHealthHTTP{Path: "/", StatusCodes: []string{"2??", "3??"}}
	}
	give(&h.HTTP.Domain, in.HTTP.Domain)
	give(&h.HTTP.Path, in.HTTP.Path)
	give(&h.HTTP.Response, in.HTTP.Response)
	give(&h.HTTP.StatusCodes, in.HTTP.StatusCodes)
	give(&h.HTTP.TLS, in.HTTP.TLS)
}

// newService returns the service that is asked for, unless it is refused.
func (c *Cloud) newService(b *loadBalancer, in *serviceSpec) (lbService, error) {
	if in.Protocol == nil || !slices.Contains([]string{"http", "https", "tcp"}, *in.Protocol) {
		return lbService{}, invalid("protocol", "must be one of http, https, tcp")
	}
	s := usualService(*in.Protocol)
	s.merge(in)
	switch {
	case b.service(s.ListenPort) >= 0:
		return s, refusal("source_port_already_used", "source port %d is already used", s.ListenPort)
	case len(b.Services) >= b.limits().services:
		return s, refusal("resource_limit_exceeded", "load balancer service limit exceeded")
	}
	return s, c.checkService(b, &s)
}

// checkService refuses what is wrong with a service.
func (c *Cloud) checkService(b *loadBalancer, s *lbService) error {
	h := s.HealthCheck
	for _, f := range []struct {
		field            string
		value, low, high int
	}{
		{"listen_port", s.ListenPort, 1, 65535},
		{"destination_port", s.DestinationPort, 1, 65535},
		{"health_check.port", h.Port, 1, 65535},
		{"health_check.interval", h.Interval, 3, 60},
		{"health_check.timeout", h.Timeout, 1, 60},
		{"health_check.retries", h.Retries, 0, 5},
	} {
		if f.value < f.low || f.value > f.high {
			return invalid(f.field, "must be between %d and %d", f.low, f.high)
		}
	}
	switch {
	case !slices.Contains([]string{"http", "https", "tcp"}, h.Protocol):
		return invalid("health_check.protocol", "must be one of http, https, tcp")
	case h.Timeout > h.Interval:
		return invalid("health_check.timeout", "must not be greater than interval")
	case h.HTTP != nil && !h.isHTTP():
		return invalid("health_check.http", "must not be given for protocol %s", h.Protocol)
	case s.HTTP != nil && !s.isHTTP():
		return invalid("http", "must not be given for protocol %s", s.Protocol)
	case s.HTTP != nil:
		return c.checkHTTP(b, s)
	}
	return nil
}

var statusCodes = providers.NewPattern(`^[1-5?][0-9?][0-9?]$`)

// checkHTTP refuses what is wrong with the part of a service that is about HTTP.
func (c *Cloud) checkHTTP(b *loadBalancer, s *lbService) error {
	h := s.HTTP
	switch {
	case s.HealthCheck.HTTP != nil && slices.ContainsFunc(s.HealthCheck.HTTP.StatusCodes, func(code string) bool { return !statusCodes.MatchString(code) }):
		return invalid("health_check.http.status_codes", "must be codes such as 200 or 2??")
	case h.TimeoutIdle < 30 || h.TimeoutIdle > 300:
		return invalid("http.timeout_idle", "must be between 30 and 300")
	case h.CookieName == "" || h.CookieLifetime < 1:
		return invalid("http.cookie_name", "can't be blank, and cookie_lifetime must be positive")
	case s.Protocol == "http" && (len(h.Certificates) > 0 || h.RedirectHTTP):
		return invalid("http.certificates", "certificates and redirect_http are for protocol https")
	case s.Protocol == "https" && len(h.Certificates) == 0:
		return invalid("http.certificates", "is required for protocol https")
	case h.RedirectHTTP && s.ListenPort != 80 && b.service(80) >= 0:
		return refusal("source_port_already_used", "source port 80 is already used")
	case len(h.Certificates) > b.limits().certificates:
		return refusal("resource_limit_exceeded", "load balancer certificate limit exceeded")
	}
	for _, id := range h.Certificates {
		x, found := c.s.Certificates.find(id)
		if !found || c.issuance(x) != "completed" {
			return invalid("http.certificates", "certificate %d does not exist, or is not issued", id)
		}
	}
	return nil
}

// limits are those of the type of b.
func (b *loadBalancer) limits() lbType {
	t, _ := findLBType(b.Type)
	return t
}

// service returns the index of the service on a port; -1 when there is none.
func (b *loadBalancer) service(port int) int {
	return slices.IndexFunc(b.Services, func(s lbService) bool { return s.ListenPort == port })
}

func (b *loadBalancer) replaceService(s lbService) {
	if i := b.service(s.ListenPort); i >= 0 {
		b.Services[i] = s
	}
}

func (b *loadBalancer) dropService(port int) {
	b.Services = slices.DeleteFunc(b.Services, func(s lbService) bool { return s.ListenPort == port })
}

// certificates are those that the services of b use.
func (b *loadBalancer) certificates() []int64 {
	var all []int64
	for _, s := range b.Services {
		if s.HTTP != nil {
			all = append(all, s.HTTP.Certificates...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (c *Cloud) addService(q *request) (reply, error) {
	var in serviceSpec
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	s, err := c.newService(b, &in)
	if err != nil {
		return fail(err)
	}
	return c.start(q, "add_service", c.o.Settle, s, b.subject()).reply()
}

func (c *Cloud) updateService(q *request) (reply, error) {
	var in serviceSpec
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	if in.ListenPort == nil {
		return fail(invalid("listen_port", "is required"))
	}
	i := b.service(*in.ListenPort)
	if i < 0 {
		return fail(refusal("not_found", "service with listen port %d not found", *in.ListenPort))
	}
	s := b.Services[i].clone()
	if in.Protocol != nil && *in.Protocol != s.Protocol {
		s = usualService(*in.Protocol)
	}
	s.merge(&in)
	if err := c.checkService(b, &s); err != nil {
		return fail(err)
	}
	return c.start(q, "update_service", c.o.Settle, s, b.subject()).reply()
}

// clone returns a copy that shares nothing with s.
func (s lbService) clone() lbService {
	if s.HTTP != nil {
		s.HTTP = new(*s.HTTP)
	}
	if s.HealthCheck.HTTP != nil {
		s.HealthCheck.HTTP = new(*s.HealthCheck.HTTP)
	}
	return s
}

func (c *Cloud) deleteService(q *request) (reply, error) {
	var in struct {
		ListenPort int `json:"listen_port"`
	}
	b, err := acted(c, q, c.s.LoadBalancers, "load_balancer", &in)
	if err != nil {
		return fail(err)
	}
	if b.service(in.ListenPort) < 0 {
		return fail(refusal("not_found", "service with listen port %d not found", in.ListenPort))
	}
	return c.start(q, "delete_service", c.o.Settle, in.ListenPort, b.subject()).reply()
}
