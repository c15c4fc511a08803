package fake

import (
	"crypto/ed25519"
	"crypto/sha1" //nolint:gosec // the API's fingerprint
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"time"
)

// certificate is the server's certificate authority: the same for the same
// instance, and valid for ten years.
func (i *sqlInstance) certificate() *sqlCertificate {
	seed := sha256.Sum256([]byte(i.ConnectionName))
	key := ed25519.NewKeyFromSeed(seed[:])
	name := "C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier=" + fingerprint(i.ConnectionName)
	start := i.CreatedAt.Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(seed[:8]), IsCA: true, BasicConstraintsValid: true,
		Subject:   pkix.Name{Country: []string{"US"}, Organization: []string{"Google, Inc"}, CommonName: "Google Cloud SQL Server CA"},
		NotBefore: start, NotAfter: start.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		panic(err) // our own template
	}
	sum := sha1.Sum(der) //nolint:gosec // the API's fingerprint
	return &sqlCertificate{
		Kind: "sql#sslCert", CertSerialNumber: "0", CommonName: name, Instance: i.Name, Sha1Fingerprint: hex.EncodeToString(sum[:]),
		CreateTime: zulu(template.NotBefore), ExpirationTime: zulu(template.NotAfter),
		Cert: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
	}
}
