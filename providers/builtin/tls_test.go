package builtin

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func TestTLSPrivateKey(t *testing.T) {
	chain(t,
		[2]string{"create", resource("tls_private_key", `algorithm = "ED25519"`)},
		[2]string{"no-op", resource("tls_private_key", "algorithm = \"ED25519\"\nrsa_bits = 2048\necdsa_curve = \"P224\"")},
		[2]string{"replace", resource("tls_private_key", `algorithm = "ECDSA"`)},
		[2]string{"replace", resource("tls_private_key", "algorithm = \"ECDSA\"\necdsa_curve = \"P521\"")},
		[2]string{"replace", resource("tls_private_key", "algorithm = \"RSA\"\nrsa_bits = 1024\necdsa_curve = \"P521\"")},
	)
	refused(t, map[string]string{
		resource("tls_private_key", `algorithm = "DSA"`):                             `algorithm is "DSA"`,
		resource("tls_private_key", "algorithm = \"ECDSA\"\necdsa_curve = \"P192\""): `"P192"`,
		resource("tls_private_key", "algorithm = \"RSA\"\nrsa_bits = 512"):           "rsa_bits is 512",
	})
}

func TestAllowedUsesAreThoseOfTheSchema(t *testing.T) {
	want := append(slices.Collect(maps.Keys(keyUses())), slices.Collect(maps.Keys(extendedKeyUses()))...)
	got := slices.Clone(providers.SchemaOf(reflect.TypeFor[certTerms]()).Attr("allowed_uses").In)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses (-known +allowed):\n%s", diff)
	}
}

func TestTLSPrivateKeyForms(t *testing.T) {
	for body, tt := range map[string]struct {
		kind string
		ok   func(key any) bool
	}{
		"algorithm = \"RSA\"\nrsa_bits = 1024":          {"RSA PRIVATE KEY", func(k any) bool { r, ok := k.(*rsa.PrivateKey); return ok && r.N.BitLen() == 1024 }},
		"algorithm = \"ECDSA\"":                         {"EC PRIVATE KEY", func(k any) bool { e, ok := k.(*ecdsa.PrivateKey); return ok && e.Params().Name == "P-224" }},
		"algorithm = \"ECDSA\"\necdsa_curve = \"P384\"": {"EC PRIVATE KEY", func(k any) bool { e, ok := k.(*ecdsa.PrivateKey); return ok && e.Params().Name == "P-384" }},
		"algorithm = \"ED25519\"":                       {"PRIVATE KEY", func(k any) bool { _, ok := k.(ed25519.PrivateKey); return ok }},
	} {
		l := newLab(t)
		_, v := l.apply(resource("tls_private_key", body))
		block, _ := pem.Decode([]byte(text(t, v, "private_key_pem")))
		if block == nil || block.Type != tt.kind {
			t.Errorf("%s: private_key_pem %v, want %s", body, block, tt.kind)
		}
		key, err := parseKey("k", text(t, v, "private_key_pem"))
		if err != nil || !tt.ok(key) {
			t.Errorf("%s: %T, %v", body, key, err)
			continue
		}
		pkcs8, err := parseKey("k", text(t, v, "private_key_pem_pkcs8"))
		if err != nil || publicPEM(t, pkcs8.Public()) != publicPEM(t, key.Public()) {
			t.Errorf("%s: PKCS #8 is another key: %v", body, err)
		}
		if got := text(t, v, "public_key_pem"); got != publicPEM(t, key.Public()) || len(text(t, v, "id")) != 40 {
			t.Errorf("%s: public key %q, id %q", body, got, text(t, v, "id"))
		}
		sshForms(t, body, v, key.Public())
	}
}

func publicPEM(t *testing.T, pub any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM(pemPublicKey, der)
}

// sshForms demands that the forms for OpenSSH are of the key, or empty for P224.
func sshForms(t *testing.T, body string, v cty.Value, pub any) {
	t.Helper()
	want, err := ssh.NewPublicKey(pub)
	if err != nil {
		for _, name := range []string{"private_key_openssh", "public_key_openssh", "public_key_fingerprint_md5", "public_key_fingerprint_sha256"} {
			if got := text(t, v, name); got != "" {
				t.Errorf("%s: %s is %q for a key that OpenSSH does not know", body, name, got)
			}
		}
		return
	}
	key, err := ssh.ParsePrivateKey([]byte(text(t, v, "private_key_openssh")))
	if err != nil || string(key.PublicKey().Marshal()) != string(want.Marshal()) {
		t.Errorf("%s: private_key_openssh is another key: %v", body, err)
	}
	if got := text(t, v, "public_key_openssh"); got != string(ssh.MarshalAuthorizedKey(want)) {
		t.Errorf("%s: public_key_openssh %q", body, got)
	}
	if text(t, v, "public_key_fingerprint_md5") != ssh.FingerprintLegacyMD5(want) || text(t, v, "public_key_fingerprint_sha256") != ssh.FingerprintSHA256(want) {
		t.Errorf("%s: fingerprints %#v", body, v)
	}
}

func TestTLSPublicKey(t *testing.T) {
	l := newLab(t)
	_, key := l.apply(resource("tls_private_key", "algorithm = \"ECDSA\"\necdsa_curve = \"P256\""))
	typ, ops := l.typeOf(state.Addr{Data: true, Type: "tls_public_key"})
	ask := func(vals map[string]string) (cty.Value, error) {
		all := map[string]cty.Value{}
		for name, ty := range typ.ImpliedType().AttributeTypes() {
			all[name] = cty.NullVal(ty)
			if v, ok := vals[name]; ok {
				all[name] = cty.StringVal(v)
			}
		}
		return ops.Read(t.Context(), typ, cty.ObjectVal(all))
	}
	for _, name := range []string{"private_key_pem", "private_key_openssh"} {
		v, err := ask(map[string]string{name: text(t, key, name)})
		if err != nil {
			t.Fatal(err)
		}
		for _, same := range []string{"id", "public_key_pem", "public_key_openssh", "public_key_fingerprint_md5", "public_key_fingerprint_sha256"} {
			if text(t, v, same) != text(t, key, same) {
				t.Errorf("%s of %s is %q, want %q", same, name, text(t, v, same), text(t, key, same))
			}
		}
		if text(t, v, "algorithm") != "ECDSA" {
			t.Errorf("algorithm %s", text(t, v, "algorithm"))
		}
	}
	for name, vals := range map[string]map[string]string{
		"nothing": {}, "both": {"private_key_pem": "x", "private_key_openssh": "x"}, "no key": {"private_key_pem": "x"},
		"a public key": {"private_key_pem": text(t, key, "public_key_pem")}, "no OpenSSH key": {"private_key_openssh": "x"},
	} {
		if _, err := ask(vals); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// hcl writes a text of several lines as an argument.
func hcl(name, text string) string { return name + " = <<EOT\n" + strings.TrimSpace(text) + "\nEOT\n" }

func parseCert(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("no certificate in %q", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// signed makes a key with l, which is then ready for what is made of it.
func keyOf(t *testing.T, body string) string {
	t.Helper()
	_, v := newLab(t).apply(resource("tls_private_key", body))
	return text(t, v, "private_key_pem")
}

func TestTLSSelfSignedCert(t *testing.T) {
	for _, key := range []string{"algorithm = \"RSA\"\nrsa_bits = 1024", "algorithm = \"ECDSA\"\necdsa_curve = \"P256\"", `algorithm = "ED25519"`} {
		l := newLab(t)
		_, v := l.apply(resource("tls_self_signed_cert", hcl("private_key_pem", keyOf(t, key))+`
			validity_period_hours = 24
			allowed_uses = ["cert_signing", "server_auth", "client_auth", "digital_signature"]
			is_ca_certificate = true
			max_path_length = 0
			set_authority_key_id = true
			dns_names = ["a.example.com", "b.example.com"]
			ip_addresses = ["192.0.2.1", "2001:db8::1"]
			uris = ["spiffe://example.com/a"]
			subject {
				common_name = "a.example.com"
				organization = "Example"
				organizational_unit = "ML"
				street_address = ["1 Road", "Town"]
				locality = "L"
				province = "P"
				country = "DE"
				postal_code = "1"
				serial_number = "2"
				email_address = "a@example.com"
			}`))
		cert := parseCert(t, text(t, v, "cert_pem"))
		if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		const want = "SERIALNUMBER=2,CN=a.example.com,OU=ML,O=Example,POSTALCODE=1,STREET=Town+STREET=1 Road,L=L,ST=P,C=DE,1.2.840.113549.1.9.1=#0c0d61406578616d706c652e636f6d"
		if got := cert.Subject.String(); got != want {
			t.Errorf("subject %s, want %s", got, want)
		}
		if cert.SerialNumber.String() != text(t, v, "id") || !cert.IsCA || !cert.MaxPathLenZero || len(cert.SubjectKeyId) != 20 || string(cert.AuthorityKeyId) != string(cert.SubjectKeyId) {
			t.Errorf("%s: certificate %+v", key, cert)
		}
		if cert.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature || len(cert.ExtKeyUsage) != 2 {
			t.Errorf("uses %b, %v", cert.KeyUsage, cert.ExtKeyUsage)
		}
		if len(cert.DNSNames) != 2 || len(cert.IPAddresses) != 2 || len(cert.URIs) != 1 {
			t.Errorf("names %v %v %v", cert.DNSNames, cert.IPAddresses, cert.URIs)
		}
		if !cert.NotBefore.Equal(l.clock.Now()) || cert.NotAfter.Sub(cert.NotBefore) != 24*time.Hour || text(t, v, "validity_end_time") != "2026-11-23T12:00:00Z" {
			t.Errorf("from %s to %s, %s", cert.NotBefore, cert.NotAfter, text(t, v, "validity_end_time"))
		}
	}
}

func TestTLSCertChanges(t *testing.T) {
	key := hcl("private_key_pem", keyOf(t, `algorithm = "ED25519"`))
	cert := func(body string) string {
		return resource("tls_self_signed_cert", key+"allowed_uses = [\"server_auth\"]\n"+body)
	}
	chain(t,
		[2]string{"create", cert(`validity_period_hours = 24`)},
		[2]string{"no-op", cert("validity_period_hours = 24\nearly_renewal_hours = 0\nis_ca_certificate = false")},
		[2]string{"update", cert("validity_period_hours = 24\nearly_renewal_hours = 1")},
		[2]string{"replace", cert("validity_period_hours = 25\nearly_renewal_hours = 1")},
		[2]string{"replace", cert("validity_period_hours = 25\nsubject {\ncommon_name = \"a\"\n}")},
		[2]string{"replace", cert("validity_period_hours = 25\nsubject {\ncommon_name = \"b\"\n}")},
		[2]string{"replace", cert("validity_period_hours = 25\ndns_names = [\"b\"]")},
	)
	l := newLab(t)
	src := cert("validity_period_hours = 24\nearly_renewal_hours = 1")
	_, v := l.apply(src)
	typ, ops := l.typeOf(state.Addr{Type: "tls_self_signed_cert"})
	_ = l.clock.Sleep(t.Context(), 23*time.Hour-time.Second)
	l.look(typ, ops)
	if c, err := l.plan(src); err != nil || c.Action != planner.NoOp {
		t.Errorf("before its time: %s, %v", c.Action, err)
	}
	_ = l.clock.Sleep(t.Context(), time.Second)
	l.look(typ, ops)
	if action, now := l.apply(src); action != planner.Replace || text(t, now, "id") == text(t, v, "id") || now.GetAttr("ready_for_renewal").True() {
		t.Errorf("at its time: %s to %#v", action, now)
	}
	refused(t, map[string]string{
		cert("validity_period_hours = -1"):                                                          "validity_period_hours is -1",
		cert("validity_period_hours = 1\nearly_renewal_hours = -1"):                                 "early_renewal_hours is -1",
		cert("validity_period_hours = 1\nmax_path_length = -2"):                                     "max_path_length is -2",
		resource("tls_self_signed_cert", key+"allowed_uses = [\"fun\"]\nvalidity_period_hours = 1"): `"fun"`,
	})
}

func TestTLSCertRefusals(t *testing.T) {
	key := hcl("private_key_pem", keyOf(t, `algorithm = "ED25519"`))
	for body, want := range map[string]string{
		"private_key_pem = \"x\"":           "private_key_pem",
		key + `ip_addresses = ["x"]`:        `ip_addresses holds "x"`,
		key + `uris = [""]`:                 `uris holds ""`,
		key + `is_ca_certificate = true`:    "subject",
		key + `set_authority_key_id = true`: "set_subject_key_id",
	} {
		l := newLab(t)
		c, err := l.plan(resource("tls_self_signed_cert", body+"\nallowed_uses = []\nvalidity_period_hours = 1"))
		if err != nil {
			t.Fatal(err)
		}
		typ, ops := l.typeOf(c.Addr)
		if _, err := ops.Create(t.Context(), typ, planner.Known(c.After), providers.Attempt{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", body, err, want)
		}
	}
}

func TestTLSLocallySignedCert(t *testing.T) {
	caKey, key := keyOf(t, "algorithm = \"ECDSA\"\necdsa_curve = \"P256\""), keyOf(t, `algorithm = "ED25519"`)
	_, ca := newLab(t).apply(resource("tls_self_signed_cert", hcl("private_key_pem", caKey)+`
		validity_period_hours = 1000
		is_ca_certificate = true
		allowed_uses = ["cert_signing"]
		subject {
			common_name = "authority"
		}`))
	_, req := newLab(t).apply(resource("tls_cert_request", hcl("private_key_pem", key)+`
		dns_names = ["ml.example.com"]
		ip_addresses = ["192.0.2.1"]
		subject {
			common_name = "ml.example.com"
		}`))
	if text(t, req, "key_algorithm") != "ED25519" || len(text(t, req, "id")) != 40 {
		t.Errorf("request %#v", req)
	}
	body := hcl("ca_private_key_pem", caKey) + hcl("ca_cert_pem", text(t, ca, "cert_pem")) + hcl("cert_request_pem", text(t, req, "cert_request_pem")) + `
		validity_period_hours = 24
		allowed_uses = ["server_auth"]
`
	l := newLab(t)
	_, v := l.apply(resource("tls_locally_signed_cert", body))
	roots := x509.NewCertPool()
	roots.AddCert(parseCert(t, text(t, ca, "cert_pem")))
	cert := parseCert(t, text(t, v, "cert_pem"))
	for name, ok := range map[string]bool{"ml.example.com": true, "192.0.2.1": true, "other.example.com": false} {
		_, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: l.clock.Now().Add(time.Minute)})
		if (err == nil) != ok {
			t.Errorf("certificate for %s: %v", name, err)
		}
	}
	if _, ok := cert.PublicKey.(ed25519.PublicKey); !ok || text(t, v, "ca_key_algorithm") != "ECDSA" {
		t.Errorf("key %T, algorithm of the authority %s", cert.PublicKey, text(t, v, "ca_key_algorithm"))
	}
	if action, _ := l.apply(resource("tls_locally_signed_cert", body+"early_renewal_hours = 2")); action != planner.Update {
		t.Errorf("early renewal: %s", action)
	}
	if action, _ := l.apply(resource("tls_locally_signed_cert", body+"is_ca_certificate = true")); action != planner.Replace {
		t.Errorf("authority: %s", action)
	}
	x := tlsLocallySignedCert{CAPrivateKeyPEM: caKey, CACertPEM: text(t, ca, "cert_pem"), CertRequestPEM: text(t, ca, "cert_pem")}
	if err := createLocallySigned(context.Background(), l.clock, &x, providers.Attempt{}); err == nil || !strings.Contains(err.Error(), "cert_request_pem") {
		t.Errorf("a certificate as request: %v", err)
	}
	x.CertRequestPEM, x.CACertPEM = text(t, req, "cert_request_pem"), text(t, req, "cert_request_pem")
	if err := createLocallySigned(context.Background(), l.clock, &x, providers.Attempt{}); err == nil || !strings.Contains(err.Error(), "ca_cert_pem") {
		t.Errorf("a request as certificate: %v", err)
	}
}
