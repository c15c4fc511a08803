package openapi

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
)

// formats are those of the document's that the validator does not know itself.
func formats() map[string]openapi3.StringFormatValidator {
	is := func(what string, parse func(string) error) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if parse(s) != nil {
				return fmt.Errorf("is no %s", what)
			}
			return nil
		})
	}
	return map[string]openapi3.StringFormatValidator{
		"uuid":     openapi3.NewRegexpFormatValidator(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
		"hostname": openapi3.NewRegexpFormatValidator(`^[a-zA-Z0-9*_]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?\.?$`),
		"ipv4":     is("IPv4 address", func(s string) error { return ofFamily(s, netip.Addr.Is4) }),
		"ipv6":     is("IPv6 address", func(s string) error { return ofFamily(s, netip.Addr.Is6) }),
		"cidr":     is("range", func(s string) error { _, err := netip.ParsePrefix(s); return err }),
		"email":    is("mail address", func(s string) error { _, err := mail.ParseAddress(s); return err }),
		"uri":      is("URI", func(s string) error { _, err := url.ParseRequestURI(s); return err }),
		"url":      is("URL", func(s string) error { _, err := url.ParseRequestURI(s); return err }),
	}
}

func ofFamily(s string, family func(netip.Addr) bool) error {
	a, err := netip.ParseAddr(s)
	if err == nil && !family(a) {
		return fmt.Errorf("%s is of the other family", s)
	}
	return err
}
