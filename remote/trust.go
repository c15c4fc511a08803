package remote

import (
	"bytes"
	"fmt"
	"net"

	"golang.org/x/crypto/ssh"
)

// Trust makes a configuration accept only hosts that show who they are.
type Trust func(config *ssh.ClientConfig) error

// Pinned trusts a host that has the key in line, or a certificate signed by it;
// an empty line trusts any host.
func Pinned(line string) Trust {
	return func(config *ssh.ClientConfig) error {
		want, err := ParseHostKey(line)
		if err != nil || want == nil {
			return err
		}
		same := func(key ssh.PublicKey) bool { return bytes.Equal(key.Marshal(), want.Marshal()) }
		checker := ssh.CertChecker{
			IsHostAuthority: func(authority ssh.PublicKey, _ string) bool { return same(authority) },
			HostKeyFallback: func(_ string, _ net.Addr, got ssh.PublicKey) error {
				if same(got) {
					return nil
				}
				return fmt.Errorf("the host shows the key %s, and host_key is %s: if the host is yours, correct host_key",
					ssh.FingerprintSHA256(got), ssh.FingerprintSHA256(want))
			},
		}
		config.HostKeyCallback = checker.CheckHostKey
		config.HostKeyAlgorithms = algorithms(want)
		return nil
	}
}

// ParseHostKey returns the key in a line of authorized_keys; nil when text is empty.
func ParseHostKey(text string) (ssh.PublicKey, error) {
	if text == "" {
		return nil, nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q is no public key: give one line such as ssh-ed25519 AAAA…", text)
	}
	return key, nil
}

// algorithms asks a host that has keys of several kinds for the one that is known,
// or a certificate by it; Terraform takes what comes, and refuses it.
func algorithms(known ssh.PublicKey) []string {
	certificates := []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
		ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
	if known.Type() == ssh.KeyAlgoRSA {
		return append(certificates, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
	}
	return append(certificates, known.Type())
}
