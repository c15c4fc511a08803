package fake

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"testing"
)

func TestManagedCertificates(t *testing.T) {
	p := newProject(t)
	for _, names := range [][]string{nil, {"no name"}, {"a.example.com", "a.example.com"}} {
		p.refused("invalid_input", "POST", "/certificates", fields{"name": "c", "type": "managed", "domain_names": names})
	}
	p.refused("invalid_input", "POST", "/certificates", fields{"name": "c", "type": "bought"})
	out := p.do("POST", "/certificates", fields{"name": "c", "type": "managed", "domain_names": []string{"*.example.com"}})
	c := fmt.Sprintf("/certificates/%d", id(out, "certificate"))
	p.expect(out, "pending", "certificate", "status", "issuance")
	p.expect(out, nil, "certificate", "certificate")
	p.clock.Advance(settle)
	out = p.do("GET", c, nil)
	p.expect(out, "completed", "certificate", "status", "issuance")
	block, _ := pem.Decode([]byte(at(out, "certificate", "certificate").(string)))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil || leaf.VerifyHostname("api.example.com") != nil {
		t.Errorf("the certificate is not for the names: %v", err)
	}

	b := p.balancer()
	p.done("POST", b+"/actions/add_service", fields{"protocol": "https", "http": fields{"certificates": []int64{id(out, "certificate")}}})
	p.expect(p.do("GET", c, nil), "load_balancer", "certificate", "used_by", 0, "type")
	p.refused("resource_in_use", "DELETE", c, nil)
	p.done("DELETE", b, nil)
	p.do("DELETE", c, nil)
}

func TestCertificateThatIsNotIssued(t *testing.T) {
	p := newProject(t)
	out := p.done("POST", "/certificates", fields{"name": "c", "type": "managed", "domain_names": []string{"a.invalid"}})
	action := int64(at(out, "action", "id").(float64))
	p.expect(p.do("GET", fmt.Sprintf("/actions/%d", action), nil), "dns_zone_not_found", "action", "error", "code")
	out = p.do("GET", fmt.Sprintf("/certificates/%d", id(out, "certificate")), nil)
	p.expect(out, "failed", "certificate", "status", "issuance")
	p.expect(out, "dns_zone_not_found", "certificate", "status", "error", "code")
}

func TestUploadedCertificatesThatAreRefused(t *testing.T) {
	p := newProject(t)
	p.refused("invalid_input", "POST", "/certificates", fields{"name": "c", "certificate": "x", "private_key": "y"})
	p.refused("invalid_input", "POST", "/certificates", fields{"name": "c", "type": "uploaded", "domain_names": []string{"a.example.com"}})
}
