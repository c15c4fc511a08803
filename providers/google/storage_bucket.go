package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"google.golang.org/api/storage/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type storageBucket struct {
	providers.Aside

	ID                       string                `cty:"id"                          is:"computed"            doc:"Name of the bucket."`
	Name                     string                `cty:"name"                        is:"required,replace"    doc:"Name, unique among the buckets of everybody."`
	Location                 string                `cty:"location"                    is:"required,replace"    doc:"Region such as europe-west3, or EU, US or ASIA."`
	Project                  string                `cty:"project"                     is:"default,replace"     doc:"Id of the project; absent means the provider's."`
	ForceDestroy             bool                  `cty:"force_destroy"               is:"else=false,blind"    doc:"Whether destroying it deletes the objects in it, too."`
	StorageClass             string                `cty:"storage_class"               is:"else=STANDARD"       doc:"Class of new objects, such as STANDARD or NEARLINE."`
	UniformBucketLevelAccess bool                  `cty:"uniform_bucket_level_access" is:"default"             doc:"Whether only IAM says who may use it, and no ACL."`
	PublicAccessPrevention   string                `cty:"public_access_prevention"    is:"default"             doc:"enforced, or inherited from the organization."`
	RequesterPays            bool                  `cty:"requester_pays"              is:"optional"            doc:"Whether those who read pay for it."`
	Versioning               []bucketVersioning    `cty:"versioning"                  is:"default,max=1"       doc:"Whether overwritten and deleted objects are kept."`
	LifecycleRule            []bucketLifecycleRule `cty:"lifecycle_rule"              is:"optional,max=100"    doc:"What happens to objects by itself after a time."`
	SoftDeletePolicy         []bucketSoftDelete    `cty:"soft_delete_policy"          is:"default,max=1"       doc:"For how long deleted objects can be brought back."`
	RetentionPolicy          []bucketRetention     `cty:"retention_policy"            is:"optional,max=1"      doc:"For how long no object can be deleted."`
	Autoclass                []bucketAutoclass     `cty:"autoclass"                   is:"optional,max=1"      doc:"Whether objects change their class with their use."`
	CORS                     []bucketCORS          `cty:"cors"                        is:"optional"            doc:"Which web pages may use the bucket from a browser."`
	Website                  []bucketWebsite       `cty:"website"                     is:"default,max=1"       doc:"Pages of the bucket when it serves a web site."`
	Logging                  []bucketLogging       `cty:"logging"                     is:"optional,max=1"      doc:"Where its access logs go."`
	Encryption               []bucketEncryption    `cty:"encryption"                  is:"optional,max=1"      doc:"Key of Cloud KMS for its objects."`
	Labels                   map[string]string     `cty:"labels"                      is:"optional,blind"      doc:"Labels by key."`
	TerraformLabels          map[string]string     `cty:"terraform_labels"            is:"computed,blind"      doc:"Labels with the provider's default_labels."`
	EffectiveLabels          map[string]string     `cty:"effective_labels"            is:"computed"            doc:"All labels that the bucket has."`
	ProjectNumber            int                   `cty:"project_number"              is:"computed"            doc:"Number of the project."`
	TimeCreated              string                `cty:"time_created"                is:"computed"            doc:"When it was made."`
	URL                      string                `cty:"url"                         is:"computed"            doc:"URL for gcloud and libraries: gs://NAME."`
	SelfLink                 string                `cty:"self_link"                   is:"computed"            doc:"URL of the bucket in the API."`
}

var storageBucketType = providers.Resource[*client, storageBucket]{
	Type:    "google_storage_bucket",
	Doc:     "A bucket for objects in Cloud Storage.",
	Holds:   "the objects in it",
	Create:  createStorageBucket,
	Read:    readStorageBucket,
	Migrate: func(x *storageBucket) { migrateLabels(x.Labels, &x.TerraformLabels) },
	Import: func(id string) (storageBucket, error) {
		project, name, ok := strings.Cut(id, "/")
		if !ok {
			project, name = "", id
		}
		if name == "" || strings.Contains(name, "/") {
			return storageBucket{}, fmt.Errorf("%q is neither NAME nor PROJECT/NAME of a bucket", id)
		}
		return storageBucket{ID: name, Project: project}, nil
	},
	Update:   updateStorageBucket,
	Delete:   deleteStorageBucket,
	List:     listStorageBuckets,
	Mark:     providers.InLabels,
	Within:   func(x storageBucket) string { return x.Project },
	Spell:    spellStorageBucket,
	Check:    checkStorageBucket,
	Replaces: storageBucketReplaces,
	Examples: []string{
		`resource "google_storage_bucket" "example" {
  name                        = "mlinfra-example-artifacts"
  location                    = "europe-west3"
  uniform_bucket_level_access = true
}`,
		`resource "google_storage_bucket" "example" {
  name                        = "mlinfra-example-artifacts"
  location                    = "europe-west3"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions = 3
      with_state         = "ARCHIVED"
    }
  }

  lifecycle_rule {
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }
    condition {
      age            = 30
      matches_prefix = ["checkpoints/"]
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  labels = {
    team = "ml"
  }
}`,
		`resource "google_storage_bucket" "example" {
  name          = "mlinfra-example-models"
  location      = "EU"
  force_destroy = true
  storage_class = "NEARLINE"

  cors {
    origin          = ["https://models.example.com"]
    method          = ["GET"]
    max_age_seconds = 3600
  }
}`,
	},
}

func createStorageBucket(ctx context.Context, c *client, x *storageBucket, a providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	b := x.changes(storageBucket{}, nil)
	b.Name, b.Location, b.Labels = x.Name, x.Location, withOwner(b.Labels, a.Owner)
	got, err := c.storage.Buckets.Insert(project, b).Context(ctx).Do()
	if err != nil {
		return err
	}
	lock := x.locked()
	x.Project = project
	x.fill(got)
	if lock {
		return providers.ErrAgain // a policy can only be locked when it is there
	}
	return nil
}

func readStorageBucket(ctx context.Context, c *client, x *storageBucket) error {
	got, err := c.storage.Buckets.Get(x.ID).Context(ctx).Do()
	if err != nil {
		return gone(err)
	}
	if x.Project == "" {
		x.Project = c.settings.Project // the API tells only the number
	}
	x.fill(got)
	return nil
}

// updateStorageBucket sends what differs from the bucket as it is now, unless
// somebody changes it meanwhile: that is answered by 412, and asked again.
func updateStorageBucket(ctx context.Context, c *client, was storageBucket, x *storageBucket) error {
	x.ID = was.ID
	got, err := c.storage.Buckets.Get(x.ID).Context(ctx).Do()
	if err != nil {
		return gone(err)
	}
	now := storageBucket{}
	now.fill(got)
	spellStorageBucket(*x, &now)
	b := x.changes(now, was.EffectiveLabels)
	if !reflect.DeepEqual(b, &storage.Bucket{}) {
		if got, err = c.storage.Buckets.Patch(x.ID, b).IfMetagenerationMatch(got.Metageneration).Context(ctx).Do(); err != nil {
			return err
		}
	}
	if x.locked() && !now.locked() {
		_, err = c.storage.Buckets.LockRetentionPolicy(x.ID, got.Metageneration).Context(ctx).Do()
	}
	return err
}

// deleteStorageBucket empties the bucket bit by bit if it may.
func deleteStorageBucket(ctx context.Context, c *client, x storageBucket) error {
	err := c.storage.Buckets.Delete(x.ID).Context(ctx).Do()
	switch {
	case statusOf(err) != http.StatusConflict || !strings.Contains(err.Error(), "not empty"):
		return gone(err)
	case !x.ForceDestroy:
		return fmt.Errorf("bucket %s is not empty: delete its objects, or set force_destroy = true, apply, and destroy then: %w", x.ID, err)
	}
	if err := deleteObjects(ctx, c, x.ID); err != nil {
		return gone(err)
	}
	return providers.ErrAgain
}

// deleteObjects deletes some objects of a bucket, with their old versions.
func deleteObjects(ctx context.Context, c *client, bucket string) error {
	got, err := c.storage.Objects.List(bucket).Versions(true).MaxResults(100).Context(ctx).Do()
	if err != nil {
		return err
	}
	for _, o := range got.Items {
		err := c.storage.Objects.Delete(bucket, o.Name).Generation(o.Generation).Context(ctx).Do()
		if err != nil && !notFound(err) {
			return err
		}
	}
	return nil
}

func listStorageBuckets(ctx context.Context, c *client, in storageBucket) iter.Seq2[storageBucket, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[storageBucket](err)
	}
	call := c.storage.Buckets.List(project).MaxResults(1000)
	return pages(ctx, call.Pages, func(p *storage.Buckets) []*storage.Bucket { return p.Items },
		func(x *storageBucket, got *storage.Bucket) error {
			x.Project = project
			x.fill(got)
			return nil
		})
}

// errEnough ends a list that nobody reads any further.
var errEnough = errors.New("enough")

// pages lists a whole collection of an API that answers in pages.
func pages[P, S, T any](ctx context.Context, call func(context.Context, func(P) error) error, items func(P) []S, fill func(*T, S) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := call(ctx, func(p P) error {
			for _, item := range items(p) {
				var x T
				if err := fill(&x, item); !yield(x, err) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(*new(T), err)
		}
	}
}

// fill leaves the project: the API tells only its number.
func (x *storageBucket) fill(got *storage.Bucket) {
	x.ID, x.Name, x.Location, x.StorageClass = got.Name, got.Name, got.Location, got.StorageClass
	x.UniformBucketLevelAccess, x.PublicAccessPrevention = false, ""
	if i := got.IamConfiguration; i != nil {
		x.PublicAccessPrevention = i.PublicAccessPrevention
		x.UniformBucketLevelAccess = i.UniformBucketLevelAccess != nil && i.UniformBucketLevelAccess.Enabled
	}
	x.RequesterPays = got.Billing != nil && got.Billing.RequesterPays
	x.EffectiveLabels, x.Owner = userLabels(got.Labels), got.Labels[ownerLabel]
	x.ProjectNumber, x.TimeCreated = int(got.ProjectNumber), got.TimeCreated
	x.URL, x.SelfLink = "gs://"+got.Name, got.SelfLink
	x.fillParts(got)
}

// changes returns what turns now into x; a new bucket is changed from nothing.
// Of the labels that are not wanted only those in had, which are ours, go.
func (x *storageBucket) changes(now storageBucket, had map[string]string) *storage.Bucket {
	b := &storage.Bucket{}
	if x.StorageClass != now.StorageClass {
		b.StorageClass = x.StorageClass
	}
	if x.RequesterPays != now.RequesterPays {
		b.Billing = &storage.BucketBilling{RequesterPays: x.RequesterPays, ForceSendFields: []string{"RequesterPays"}}
	}
	if x.UniformBucketLevelAccess != now.UniformBucketLevelAccess || x.PublicAccessPrevention != now.PublicAccessPrevention {
		b.IamConfiguration = &storage.BucketIamConfiguration{
			PublicAccessPrevention: x.PublicAccessPrevention,
			UniformBucketLevelAccess: &storage.BucketIamConfigurationUniformBucketLevelAccess{
				Enabled: x.UniformBucketLevelAccess, ForceSendFields: []string{"Enabled"},
			},
		}
	}
	for key := range had {
		_, wanted := x.EffectiveLabels[key]
		if _, there := now.EffectiveLabels[key]; there && !wanted {
			b.NullFields, b.ForceSendFields = append(b.NullFields, "Labels."+key), []string{"Labels"}
		}
	}
	if !maps.Equal(x.EffectiveLabels, now.EffectiveLabels) {
		b.Labels = maps.Clone(x.EffectiveLabels)
	}
	x.changeParts(now, b)
	return b
}

func (x *storageBucket) locked() bool {
	return len(x.RetentionPolicy) > 0 && x.RetentionPolicy[0].IsLocked
}
