package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/mlinfra/mlinfra/providers"
)

// rdsPage is the largest page that RDS serves.
const rdsPage = 100

func rdsTag(t rdstypes.Tag) (key, value *string) { return t.Key, t.Value }

func newRDSTag(key, value string) rdstypes.Tag {
	return rdstypes.Tag{Key: aws.String(key), Value: aws.String(value)}
}

// retagRDS changes the tags of something of RDS.
func retagRDS(ctx context.Context, c *client, arn string, was, want map[string]string) error {
	return retagBy(was, want, newRDSTag,
		func(keys []string) error {
			_, err := c.rds.RemoveTagsFromResource(ctx, &rds.RemoveTagsFromResourceInput{ResourceName: &arn, TagKeys: keys})
			return err
		},
		func(tags []rdstypes.Tag) error {
			_, err := c.rds.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: &arn, Tags: tags})
			return err
		})
}

var rdsName = providers.NewPattern(`^[a-z](-?[a-z0-9])*$`)

// checkRDSName refuses an identifier that RDS refuses; an absent one is made up.
func checkRDSName(attr, name string, most int) error {
	if name != "" && (len(name) > most || !rdsName.MatchString(name)) {
		return fmt.Errorf("%s %q: a letter, then at most %d letters, digits and single dashes, and no dash at the end", attr, name, most-1)
	}
	return nil
}
