package google

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"net/http"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"
	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/api/iam/v1"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/api/sqladmin/v1"
	"google.golang.org/api/storage/v1"

	"github.com/mlinfra/mlinfra/providers"
)

// client talks to Google Cloud on behalf of one project.
type client struct {
	settings settings
	tokens   oauth2.TokenSource

	addresses   *compute.AddressesClient
	disks       *compute.DisksClient
	firewalls   *compute.FirewallsClient
	images      *compute.ImagesClient
	instances   *compute.InstancesClient
	networks    *compute.NetworksClient
	projects    *compute.ProjectsClient
	routers     *compute.RoutersClient
	subnetworks *compute.SubnetworksClient
	zones       *compute.ZonesClient

	globalOperations *compute.GlobalOperationsClient
	regionOperations *compute.RegionOperationsClient
	zoneOperations   *compute.ZoneOperationsClient

	iam     *iam.Service
	manager *cloudresourcemanager.Service
	sql     *sqladmin.Service
	storage *storage.Service
}

func connect(ctx context.Context, s settings, env providers.Env) (*client, error) {
	s = s.withEnvironment(env)
	env.Pace(s.RequestsPerSecond)
	source, err := tokens(ctx, s, env)
	if err != nil {
		return nil, err
	}
	c := &client{settings: s, tokens: source}
	hc := httpClient(source, s, env)
	return c, errors.Join(c.connectCompute(ctx, hc, env), c.connectOthers(ctx, hc, env))
}

// connectCompute makes the clients of Compute Engine. Their own retries are
// off: the engine knows which calls can be sent twice.
func (c *client) connectCompute(ctx context.Context, hc *http.Client, env providers.Env) error {
	opts, err := options(hc, env, c.settings.ComputeEndpoint, "/compute/v1")
	if err != nil {
		return err
	}
	var errs []error
	made := func(err error) { errs = append(errs, err) }
	c.addresses, err = compute.NewAddressesRESTClient(ctx, opts...)
	made(err)
	c.disks, err = compute.NewDisksRESTClient(ctx, opts...)
	made(err)
	c.firewalls, err = compute.NewFirewallsRESTClient(ctx, opts...)
	made(err)
	c.images, err = compute.NewImagesRESTClient(ctx, opts...)
	made(err)
	c.instances, err = compute.NewInstancesRESTClient(ctx, opts...)
	made(err)
	c.networks, err = compute.NewNetworksRESTClient(ctx, opts...)
	made(err)
	c.projects, err = compute.NewProjectsRESTClient(ctx, opts...)
	made(err)
	c.routers, err = compute.NewRoutersRESTClient(ctx, opts...)
	made(err)
	c.subnetworks, err = compute.NewSubnetworksRESTClient(ctx, opts...)
	made(err)
	c.zones, err = compute.NewZonesRESTClient(ctx, opts...)
	made(err)
	c.globalOperations, err = compute.NewGlobalOperationsRESTClient(ctx, opts...)
	made(err)
	c.regionOperations, err = compute.NewRegionOperationsRESTClient(ctx, opts...)
	made(err)
	c.zoneOperations, err = compute.NewZoneOperationsRESTClient(ctx, opts...)
	made(err)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c.addresses.CallOptions = &compute.AddressesCallOptions{}
	c.disks.CallOptions = &compute.DisksCallOptions{}
	c.firewalls.CallOptions = &compute.FirewallsCallOptions{}
	c.images.CallOptions = &compute.ImagesCallOptions{}
	c.instances.CallOptions = &compute.InstancesCallOptions{}
	c.networks.CallOptions = &compute.NetworksCallOptions{}
	c.projects.CallOptions = &compute.ProjectsCallOptions{}
	c.routers.CallOptions = &compute.RoutersCallOptions{}
	c.subnetworks.CallOptions = &compute.SubnetworksCallOptions{}
	c.zones.CallOptions = &compute.ZonesCallOptions{}
	c.globalOperations.CallOptions = &compute.GlobalOperationsCallOptions{}
	c.regionOperations.CallOptions = &compute.RegionOperationsCallOptions{}
	c.zoneOperations.CallOptions = &compute.ZoneOperationsCallOptions{}
	return nil
}

// storagePath is where Cloud Storage has its JSON API.
const storagePath = "/storage/v1"

// connectOthers makes the clients of the other services.
func (c *client) connectOthers(ctx context.Context, hc *http.Client, env providers.Env) error {
	service := func(custom string, paths []string, connect func([]option.ClientOption) error) error {
		opts, err := options(hc, env, custom, paths...)
		if err != nil {
			return err
		}
		return connect(opts)
	}
	s := c.settings
	return errors.Join(
		service(s.IAMEndpoint, []string{"/v1"}, func(o []option.ClientOption) (err error) {
			c.iam, err = iam.NewService(ctx, o...)
			return err
		}),
		service(s.ResourceManagerEndpoint, []string{"/v1"}, func(o []option.ClientOption) (err error) {
			c.manager, err = cloudresourcemanager.NewService(ctx, o...)
			return err
		}),
		service(s.SQLEndpoint, []string{"/sql/v1beta4", "/v1"}, func(o []option.ClientOption) (err error) {
			c.sql, err = sqladmin.NewService(ctx, o...)
			return err
		}),
		service(s.StorageEndpoint, []string{storagePath}, func(o []option.ClientOption) (err error) {
			c.storage, err = storage.NewService(ctx, o...)
			if err == nil && s.StorageEndpoint != "" {
				c.storage.BasePath += storagePath + "/" // an endpoint replaces the path of this client, too
			}
			return err
		}),
	)
}

// verify gets a token and looks for the project.
func verify(ctx context.Context, c *client) error {
	if _, err := c.tokens.Token(); err != nil {
		return fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	if c.settings.Project == "" {
		return nil // resources may name theirs; see project
	}
	_, err := c.projects.Get(ctx, &computepb.GetProjectRequest{Project: c.settings.Project})
	// Credentials for storage alone need not see Compute Engine.
	if reason := reasonOf(err); reason == "accessNotConfigured" || reason == "SERVICE_DISABLED" || isPermission(err) {
		return nil
	}
	if notFound(err) {
		return &providers.CallError{Err: err, Message: fmt.Sprintf("project %q does not exist, or these credentials may not see it: check project in the provider block and GOOGLE_PROJECT; Compute Engine says: %s",
			c.settings.Project, classify(err).Message)}
	}
	return err
}

// project returns the project of an object: its own or the provider's.
func (c *client) project(own string) (string, error) {
	return orSetting("project", own, c.settings.Project, "GOOGLE_PROJECT")
}

// region returns the region of an object: its own or the provider's.
func (c *client) region(own string) (string, error) {
	return orSetting("region", own, c.settings.Region, "GOOGLE_REGION")
}

// zone returns the zone of an object: its own or the provider's.
func (c *client) zone(own string) (string, error) {
	return orSetting("zone", own, c.settings.Zone, "GOOGLE_ZONE")
}

func orSetting(name, own, setting, variable string) (string, error) {
	switch {
	case own != "":
		return lastPart(own), nil
	case setting != "":
		return setting, nil
	}
	return "", fmt.Errorf("no %s: set %s here, in the provider block or in the environment variable %s", name, name, variable)
}

// requestID returns the UUID under which the API takes a request only once.
func requestID(a providers.Attempt) *string {
	if a.Token == "" {
		return nil
	}
	id := uuid.NewHash(sha256.New(), uuid.Nil, []byte(a.Token), 8).String()
	return &id
}

// each lists a whole collection; fill turns an item into T.
func each[S, T any](next func() (S, error), fill func(*T, S) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			item, err := next()
			if errors.Is(err, iterator.Done) {
				return
			}
			if err != nil {
				yield(*new(T), err)
				return
			}
			var x T
			if err := fill(&x, item); !yield(x, err) {
				return
			}
		}
	}
}

// failed is a list that cannot be asked for.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}

// pageSize is the largest that Compute Engine serves.
const pageSize = 500

func ptr[T any](v T) *T { return &v }

// text returns nil for "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
