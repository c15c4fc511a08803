package fake

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"slices"
	"strings"
)

// keyPair is a public key for logging in. Its private half is never here: only
// imported keys are supported.
type keyPair struct {
	meta
	Name        string `json:"key_name"`
	Type        string `json:"key_type"` // rsa, ed25519
	Fingerprint string `json:"fingerprint"`
	Public      string `json:"public_key"`
}

func (*keyPair) kind() kind {
	return kind{prefix: "key", tagType: "key-pair", notFound: "InvalidKeyPair.NotFound", message: "The key pair '%s' does not exist"}
}

func (k *keyPair) Title() string { return k.Name }

// keyView is a key pair in an answer.
type keyView struct {
	ID          string       `xml:"keyPairId"`
	Name        string       `xml:"keyName"`
	Fingerprint string       `xml:"keyFingerprint"`
	Type        string       `xml:"keyType,omitempty"`
	Public      string       `xml:"publicKey,omitempty"`
	Created     string       `xml:"createTime,omitempty"`
	Tags        set[tagView] `xml:"tagSet"`
}

func (c *Cloud) keyOperations() map[string]operation {
	return map[string]operation{"ImportKeyPair": c.importKey, "DescribeKeyPairs": c.describeKeys, "DeleteKeyPair": c.deleteKey}
}

// maxKeyName is the longest name of a key pair.
const maxKeyName = 255

func (c *Cloud) importKey(q *call) (any, error) {
	var in struct {
		KeyName           string `q:",required"`
		PublicKeyMaterial string `q:",required"`
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := in.forType("key-pair")
	if err != nil {
		return nil, err
	}
	if len(in.KeyName) > maxKeyName || strings.ContainsFunc(in.KeyName, func(r rune) bool { return r < ' ' || r > '~' }) || strings.TrimSpace(in.KeyName) != in.KeyName {
		return nil, badValue("Value (%s) for parameter KeyName is invalid.", in.KeyName)
	}
	material, err := base64.StdEncoding.DecodeString(in.PublicKeyMaterial)
	if err != nil {
		return nil, badFormat()
	}
	k, err := parseKey(string(material))
	if err != nil {
		return nil, err
	}
	own := c.s.EC2.Keys.Where(func(k *keyPair) bool { return k.Region == q.region })
	if slices.ContainsFunc(own, func(k *keyPair) bool { return k.Name == in.KeyName }) {
		return nil, refusal("InvalidKeyPair.Duplicate", "The keypair already exists")
	}
	if len(own) >= c.o.Quota.KeyPairs {
		return nil, refusal("KeyPairLimitExceeded", "The maximum number of key pairs has been reached.")
	}
	k.meta, k.Name = c.newMeta(q, k.kind(), tags), in.KeyName
	c.s.EC2.Keys.Add(k)
	return keyView{ID: k.ID, Name: k.Name, Fingerprint: k.Fingerprint, Tags: tagViews(k.Tags)}, nil
}

func badFormat() error {
	return refusal("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
}

// parseKey reads a line as in authorized_keys. The fingerprint is the MD5 of the
// DER form for RSA and the SHA-256 of OpenSSH for Ed25519.
func parseKey(line string) (*keyPair, error) {
	parts := strings.Fields(line)
	if len(parts) < 2 {
		return nil, badFormat()
	}
	blob, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, badFormat()
	}
	fields, ok := sshFields(blob)
	if !ok || len(fields) == 0 || string(fields[0]) != parts[0] {
		return nil, badFormat()
	}
	k := &keyPair{Public: strings.TrimSpace(line)}
	switch {
	case parts[0] == "ssh-ed25519" && len(fields) == 2 && len(fields[1]) == 32:
		sum := sha256.Sum256(blob)
		k.Type, k.Fingerprint = "ed25519", base64.StdEncoding.EncodeToString(sum[:])
	case parts[0] == "ssh-rsa" && len(fields) == 3:
		public := &rsa.PublicKey{E: int(new(big.Int).SetBytes(fields[1]).Int64()), N: new(big.Int).SetBytes(fields[2])}
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil || !slices.Contains([]int{1024, 2048, 4096}, public.N.BitLen()) {
			return nil, refusal("InvalidKey.Format", "RSA keys must have 1024, 2048 or 4096 bits")
		}
		sum := md5.Sum(der)
		var pairs []string
		for _, b := range sum {
			pairs = append(pairs, hexByte(b))
		}
		k.Type, k.Fingerprint = "rsa", strings.Join(pairs, ":")
	default:
		return nil, badFormat()
	}
	return k, nil
}

func hexByte(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// sshFields cuts the wire form of a key into its fields.
func sshFields(blob []byte) ([][]byte, bool) {
	var out [][]byte
	for len(blob) > 0 {
		if len(blob) < 4 {
			return nil, false
		}
		n := uint64(binary.BigEndian.Uint32(blob))
		if uint64(len(blob)-4) < n {
			return nil, false
		}
		out, blob = append(out, blob[4:4+n]), blob[4+n:]
	}
	return out, true
}

func (c *Cloud) describeKeys(q *call) (any, error) {
	var in struct {
		Names            []string `q:"KeyName"`
		IDs              []string `q:"KeyPairId"`
		IncludePublicKey bool
		Filters          []filter `q:"Filter"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	ids := in.IDs
	for _, name := range in.Names {
		k, err := c.keyNamed(q, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, k.ID)
	}
	found, err := byID(c, q, c.s.EC2.Keys, ids)
	if err != nil {
		return nil, err
	}
	found, err = match(found, in.Filters, fields[*keyPair]{
		"key-pair-id": one((*keyPair).Key), "key-name": one(func(k *keyPair) string { return k.Name }),
		"fingerprint": one(func(k *keyPair) string { return k.Fingerprint }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Keys set[keyView] `xml:"keySet"`
	}{setOf(found, func(k *keyPair) keyView {
		view := keyView{ID: k.ID, Name: k.Name, Fingerprint: k.Fingerprint, Type: k.Type, Created: stamp(k.CreatedAt), Tags: tagViews(k.Tags)}
		if in.IncludePublicKey {
			view.Public = k.Public
		}
		return view
	})}, nil
}

func (c *Cloud) keyNamed(q *call, name string) (*keyPair, error) {
	for _, k := range c.s.EC2.Keys {
		if k.Name == name && c.seen(q, k) {
			return k, nil
		}
	}
	return nil, (*keyPair)(nil).kind().unknown(name)
}

// deleteKey succeeds for keys that do not exist.
func (c *Cloud) deleteKey(q *call) (any, error) {
	var in struct {
		Name string `q:"KeyName"`
		ID   string `q:"KeyPairId"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.Name == "" && in.ID == "" {
		return nil, refusal("MissingParameter", "The request must contain the parameter KeyName or KeyPairId")
	}
	answer := struct {
		Return bool   `xml:"return"`
		ID     string `xml:"keyPairId,omitempty"`
	}{Return: true}
	for _, k := range slices.Clone(c.s.EC2.Keys) {
		if k.Region == q.region && (k.Name == in.Name || k.ID == in.ID) {
			c.s.EC2.Keys.Drop(k.ID)
			answer.ID = k.ID
		}
	}
	return answer, nil
}
