package aws

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

// operations says how far what has been started has come. A name is the id of
// what changes: a gateway that is made, a volume that is modified.
func operations(ctx context.Context, c *client, names []string) ([]error, error) {
	var gateways, volumes []string
	for _, name := range names {
		if strings.HasPrefix(name, "vol-") {
			volumes = append(volumes, name)
			continue
		}
		gateways = append(gateways, name)
	}
	outcomes := map[string]error{}
	for _, kind := range []struct {
		names []string
		ask   func(context.Context, *client, []string) ([]error, error)
	}{{gateways, natGatewayOperations}, {volumes, volumeOperations}} {
		if len(kind.names) == 0 {
			continue
		}
		results, err := kind.ask(ctx, c, kind.names)
		if err != nil {
			return nil, err
		}
		for i, name := range kind.names {
			outcomes[name] = results[i]
		}
	}
	results := make([]error, len(names))
	for i, name := range names {
		results[i] = outcomes[name]
	}
	return results, nil
}

// volumeOperations says how far the last modifications of volumes have come. A
// volume has its new size when it is optimized, which may take hours and is
// not waited for.
func volumeOperations(ctx context.Context, c *client, ids []string) ([]error, error) {
	results := make([]error, len(ids))
	p := ec2.NewDescribeVolumesModificationsPaginator(c.ec2, &ec2.DescribeVolumesModificationsInput{Filters: []ec2types.Filter{filter("volume-id", ids...)}})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range page.VolumesModifications {
			for i, id := range ids {
				if id != aws.ToString(m.VolumeId) {
					continue
				}
				switch m.ModificationState {
				case ec2types.VolumeModificationStateModifying:
					results[i] = providers.ErrNotReady
				case ec2types.VolumeModificationStateFailed:
					results[i] = fmt.Errorf("the modification of %s has failed: %s", id, aws.ToString(m.StatusMessage))
				}
			}
		}
	}
	return results, nil
}
