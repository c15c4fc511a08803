package fake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	pemfile "encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// certificate makes one of Let's Encrypt and returns its id.
func (a *account) certificate(name string) string {
	a.t.Helper()
	body := jsonObject{"name": name, "type": "lets_encrypt", "dns_names": []string{name + ".example.com"}}
	return at(a.do(201, "POST", "/v2/certificates", body), "certificate", "id").(string)
}

// keyPair returns a certificate that is valid until a time, and its key, in PEM.
func keyPair(t *testing.T, until time.Time) (leaf, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: testStart.AddDate(-1, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pemfile.EncodeToMemory(&pemfile.Block{Type: "CERTIFICATE", Bytes: der})), string(pemfile.EncodeToMemory(&pemfile.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

func TestCertificates(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	leaf, key := keyPair(t, testStart.AddDate(1, 0, 0))
	old, oldKey := keyPair(t, testStart.AddDate(0, 0, -1))
	for _, tt := range []struct {
		body jsonObject
		want string
	}{
		{jsonObject{"type": "custom", "private_key": key, "leaf_certificate": leaf}, "name"},
		{jsonObject{"name": "a", "type": "paper"}, "type"},
		{jsonObject{"name": "a", "private_key": key}, "leaf_certificate"},
		{jsonObject{"name": "a", "private_key": oldKey, "leaf_certificate": leaf}, "do not belong together"},
		{jsonObject{"name": "a", "private_key": oldKey, "leaf_certificate": old}, "expired"},
		{jsonObject{"name": "a", "private_key": key, "leaf_certificate": leaf, "certificate_chain": "x"}, "certificate_chain"},
		{jsonObject{"name": "a", "type": "lets_encrypt"}, "dns_names"},
		{jsonObject{"name": "a", "type": "lets_encrypt", "dns_names": []string{"no domain"}}, "no domain"},
		{jsonObject{"name": "a", "type": "lets_encrypt", "dns_names": []string{"a.example.com"}, "private_key": key}, "custom"},
	} {
		a.refused(422, tt.want, "POST", "/v2/certificates", tt.body)
	}
	custom := a.do(201, "POST", "/v2/certificates", jsonObject{"name": "own", "private_key": key, "leaf_certificate": leaf})
	a.expect(custom, "verified", "certificate", "state")
	a.expect(custom, "custom", "certificate", "type")
	a.refused(422, "already in use", "POST", "/v2/certificates", jsonObject{"name": "own", "private_key": key, "leaf_certificate": leaf})

	one := "/v2/certificates/" + a.certificate("one")
	a.expect(a.do(200, "GET", one, nil), "pending", "certificate", "state")
	failing := a.do(201, "POST", "/v2/certificates", jsonObject{"name": "failing", "type": "lets_encrypt", "dns_names": []string{"a.invalid"}})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", one, nil), "verified", "certificate", "state")
	a.expect(a.do(200, "GET", "/v2/certificates/"+at(failing, "certificate", "id").(string), nil), "error", "certificate", "state")
	a.expect(a.do(200, "GET", "/v2/certificates?name=one", nil), 1, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/certificates", nil), 3, "meta", "total")

	if !a.Renew("one") || a.Renew("nobody") {
		t.Error("a renewal tells wrong whether there is such a certificate")
	}
	a.do(404, "GET", one, nil)
	renewed := at(a.do(200, "GET", "/v2/certificates?name=one", nil), "certificates", 0, "id").(string)
	a.do(204, "DELETE", "/v2/certificates/"+renewed, nil)
	a.do(404, "DELETE", "/v2/certificates/"+renewed, nil)
}
