package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type keyPair struct {
	providers.Aside

	ID            string `cty:"id"              is:"computed"         doc:"Name of the key pair."`
	KeyName       string `cty:"key_name"        is:"default,replace"  doc:"Name, unique in the region; a new one is made up if absent."`
	KeyNamePrefix string `cty:"key_name_prefix" is:"optional,blind,replace" doc:"Start of a name that is made up."`
	PublicKey     string `cty:"public_key"      is:"required,replace" doc:"Public key in OpenSSH format; its comment does not count."`
	KeyPairID     string `cty:"key_pair_id"     is:"computed"         doc:"Id of the key pair."`
	KeyType       string `cty:"key_type"        is:"computed"         doc:"rsa or ed25519."`
	Fingerprint   string `cty:"fingerprint"     is:"computed"         doc:"MD5 of an RSA key, SHA-256 of an ED25519 key."`
	tagging
	ARN string `cty:"arn" is:"computed" doc:"ARN of the key pair."`
}

var keyPairType = providers.Resource[*client, keyPair]{
	Type:   "aws_key_pair",
	Doc:    "A public key that instances let in.",
	Create: createKeyPair,
	Read:   withTags(readKeyPair),
	Update: updateKeyPair,
	Delete: deleteKeyPair,
	Find:   findKeyPair,
	List:   listKeyPairs,
	Mark:   providers.InTags,
	Normal: normalKeyPair,
	Check:  checkKeyPair,
	Grace:  settling,
	Examples: []string{
		`resource "aws_key_pair" "example" {
  key_name   = "laptop"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@laptop"
}`,
		`resource "aws_key_pair" "example" {
  key_name   = "laptop"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home"

  tags = {
    Owner = "me"
  }
}`,
		`resource "aws_key_pair" "example" {
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home"
}`,
	},
}

func createKeyPair(ctx context.Context, c *client, x *keyPair, a providers.Attempt) error {
	got, err := c.ec2.ImportKeyPair(ctx, &ec2.ImportKeyPairInput{
		KeyName:           aws.String(madeUp(x.KeyName, x.KeyNamePrefix, a)),
		PublicKeyMaterial: []byte(x.PublicKey),
		TagSpecifications: tagSpec(ec2types.ResourceTypeKeyPair, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.KeyName)
	return nil
}

// madeUp returns name, or when there is none a name that only this attempt has.
func madeUp(name, prefix string, a providers.Attempt) string {
	return cmp.Or(name, cmp.Or(prefix, "mlinfra-")+a.Token)
}

func readKeyPair(ctx context.Context, c *client, x *keyPair) error {
	got, err := c.ec2.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{KeyNames: []string{x.ID}, IncludePublicKey: aws.Bool(true)})
	if err != nil {
		return gone(err)
	}
	return first(got.KeyPairs, func(k *ec2types.KeyPairInfo) error { return x.fill(c, k) })
}

func updateKeyPair(ctx context.Context, c *client, was keyPair, x *keyPair) error {
	x.ID = was.ID
	return retag(ctx, c, was.KeyPairID, was.TagsAll, x.TagsAll)
}

// deleteKeyPair goes by the id: somebody may have made another one by the name.
func deleteKeyPair(ctx context.Context, c *client, x keyPair) error {
	in := &ec2.DeleteKeyPairInput{KeyPairId: optional(x.KeyPairID)}
	if x.KeyPairID == "" {
		in.KeyName = aws.String(x.ID)
	}
	_, err := c.ec2.DeleteKeyPair(ctx, in)
	return gone(err)
}

func findKeyPair(ctx context.Context, c *client, x *keyPair, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{Filters: tagged(a), IncludePublicKey: aws.Bool(true)})
	if err != nil {
		return false, err
	}
	return found(got.KeyPairs, func(k *ec2types.KeyPairInfo) error { return x.fill(c, k) })
}

func listKeyPairs(ctx context.Context, c *client, _ keyPair) iter.Seq2[keyPair, error] {
	return onePage(func() ([]ec2types.KeyPairInfo, error) {
		got, err := c.ec2.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{IncludePublicKey: aws.Bool(true)})
		if err != nil {
			return nil, err
		}
		return got.KeyPairs, nil
	}, func(x *keyPair, got *ec2types.KeyPairInfo) error { return x.fill(c, got) })
}

func (x *keyPair) fill(c *client, got *ec2types.KeyPairInfo) error {
	x.ID, x.KeyName = aws.ToString(got.KeyName), aws.ToString(got.KeyName)
	x.KeyPairID, x.KeyType, x.Fingerprint = aws.ToString(got.KeyPairId), string(got.KeyType), aws.ToString(got.KeyFingerprint)
	x.PublicKey = keyMaterial(aws.ToString(got.PublicKey))
	x.ARN = c.arn("key-pair", x.ID)
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	return nil
}

func normalKeyPair(x *keyPair) { x.PublicKey = keyMaterial(x.PublicKey) }

// keyMaterial returns the type and the key of a line, without its comment: the
// API puts the name of the pair there.
func keyMaterial(line string) string {
	if parts := strings.Fields(line); len(parts) >= 2 && strings.HasPrefix(parts[1], "AAAA") {
		return parts[0] + " " + parts[1]
	}
	return strings.TrimSpace(line)
}

func checkKeyPair(was *keyPair, want keyPair) error {
	kind, key, _ := strings.Cut(keyMaterial(want.PublicKey), " ")
	switch {
	case was == nil && want.KeyName != "" && want.KeyNamePrefix != "":
		return errors.New("key_name and key_name_prefix exclude each other: set one of them")
	case strings.Contains(want.PublicKey, "PRIVATE KEY"):
		return errors.New("public_key is a private key: give the file that ends in .pub, and take this one out of the configuration")
	case (kind != "ssh-rsa" && kind != "ssh-ed25519") || key == "":
		return fmt.Errorf("public_key begins with %q and is not a line that begins with ssh-rsa or ssh-ed25519, which is what EC2 takes", kind)
	}
	return nil
}
