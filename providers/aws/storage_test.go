package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/aws/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// inRegion returns a client of a new account, whose databases take a minute
// for a change, and its clock.
func inRegion(t *testing.T, region string) (*client, *fakecloud.ManualClock) {
	t.Helper()
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	cloud := fake.New(fake.Options{Clock: clock.Now, Settle: time.Minute, DeleteLag: time.Minute})
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(server.Close)
	u := server.URL
	c, err := connect(t.Context(), settings{
		AccessKey: "AKIAEXAMPLE", SecretKey: "secret", Region: region, Endpoints: []endpoints{{EC2: u, IAM: u, RDS: u, S3: u, STS: u}},
	}, providers.Env{Getenv: func(string) string { return "" }, Transport: server.Client().Transport, Pace: func(float64) {}, Isolated: true, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

// token is the attempt of all objects of these tests.
var token = providers.Attempt{Token: "ABC123"}

// made creates x as the engine does, and reads it.
func made[T any](t *testing.T, c *client, r providers.Resource[*client, T], x T) T {
	t.Helper()
	err := r.Create(t.Context(), c, &x, token)
	if err != nil && !errors.Is(err, providers.ErrAgain) {
		t.Fatalf("create: %v", err)
	}
	if err := r.Read(t.Context(), c, &x); err != nil {
		t.Fatalf("read: %v", err)
	}
	return x
}

// updated changes was to what edit makes of it, and reads the result.
func updated[T any](t *testing.T, c *client, r providers.Resource[*client, T], was T, edit func(*T)) T {
	t.Helper()
	want := was
	edit(&want)
	if err := r.Update(t.Context(), c, was, &want); err != nil {
		t.Fatalf("update: %v", err)
	}
	if err := r.Read(t.Context(), c, &want); err != nil && !errors.Is(err, providers.ErrNotReady) {
		t.Fatalf("read: %v", err)
	}
	return want
}

// deleted calls Delete as long as it has more to do, and returns its last word.
func deleted[T any](t *testing.T, c *client, r providers.Resource[*client, T], x T) error {
	t.Helper()
	for range 20 {
		if err := r.Delete(t.Context(), c, x); !errors.Is(err, providers.ErrAgain) {
			return err
		}
	}
	return errors.New("there is always more to do")
}

func TestNamesAreMadeUp(t *testing.T) {
	c, _ := inRegion(t, "eu-central-1")
	const name = "mlinfra-abc123"
	names := map[string]string{
		"bucket":  made(t, c, s3BucketType, s3Bucket{}).ID,
		"role":    made(t, c, iamRoleType, iamRole{Path: "/", MaxSessionDuration: 3600, AssumeRolePolicy: ec2Trust}).Name,
		"policy":  made(t, c, iamPolicyType, iamPolicy{Path: "/", Policy: readAll}).Name,
		"profile": made(t, c, iamInstanceProfileType, iamInstanceProfile{Path: "/"}).Name,
		"db":      made(t, c, dbInstanceType, newDB(func(x *dbInstance) { x.Identifier = "" })).Identifier,
	}
	for what, got := range names {
		if got != name {
			t.Errorf("the %s is called %q, want %q", what, got, name)
		}
	}
	x := s3Bucket{}
	if found, err := findS3Bucket(t.Context(), c, &x, token); !found || err != nil || x.ID != name {
		t.Errorf("find: %t %v, bucket %q", found, err, x.ID)
	}
}

const (
	ec2Trust = `{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}`
	readAll  = `{"Statement":[{"Action":"s3:GetObject","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`
)

func newDB(edit func(*dbInstance)) dbInstance {
	x := dbInstance{Identifier: "ml", Engine: "postgres", EngineVersion: "16", InstanceClass: "db.t4g.micro", AllocatedStorage: 20, Username: "mlflow",
		Password: "correct-horse", AutoMinorUpgrade: true, DeleteAutomatedBackups: true, SkipFinalSnapshot: true, BackupRetentionPeriod: new(0)}
	edit(&x)
	return x
}

func TestFirstRegionDoesNotTakeABucketOver(t *testing.T) {
	c, _ := inRegion(t, "us-east-1")
	x := s3Bucket{Bucket: "ml-artifacts"}
	made(t, c, s3BucketType, x)
	err := createS3Bucket(t.Context(), c, &x, providers.Attempt{Token: "other"})
	if err == nil || x.ID != "" || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("creating a bucket that is there: id %q, error %v", x.ID, err)
	}
}

func TestBucketTagsKeepTheMark(t *testing.T) {
	c, _ := inRegion(t, "eu-central-1")
	x := made(t, c, s3BucketType, s3Bucket{Bucket: "ml-artifacts", tagging: tagging{TagsAll: map[string]string{"team": "ml"}}})
	for _, tags := range []map[string]string{{"team": "ai", "stage": "dev"}, {}} {
		x = updated(t, c, s3BucketType, x, func(x *s3Bucket) { x.TagsAll = tags })
		if diff := cmp.Diff(tags, x.TagsAll); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
		for a, want := range map[string]bool{token.Token: true, "other": false} {
			other := s3Bucket{Bucket: "ml-artifacts"}
			if found, err := findS3Bucket(t.Context(), c, &other, providers.Attempt{Token: a}); found != want || err != nil {
				t.Errorf("found by %s: %t %v, want %t", a, found, err, want)
			}
		}
	}
}

func TestForceDestroyEmptiesABucket(t *testing.T) {
	c, _ := inRegion(t, "eu-central-1")
	ctx := t.Context()
	x := made(t, c, s3BucketType, s3Bucket{Bucket: "ml-artifacts"})
	made(t, c, s3BucketVersioningType, s3BucketVersioning{Bucket: x.ID, Configuration: []s3Versioning{{Status: "Enabled"}}})
	for n := range 3 {
		_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &x.ID, Key: aws.String("model"), Body: strings.NewReader(fmt.Sprint(n))})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &x.ID, Key: aws.String("model")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &x.ID, Key: aws.String("half")}); err != nil {
		t.Fatal(err)
	}
	err := deleted(t, c, s3BucketType, x)
	if v := classify(err); codeOf(err) != "BucketNotEmpty" || v.Kind != providers.Fatal || !strings.Contains(v.Message, "force_destroy = true") {
		t.Errorf("deleting a full bucket: %v, %+v", err, v)
	}
	x.ForceDestroy = true
	if err := deleted(t, c, s3BucketType, x); err != nil {
		t.Errorf("with force_destroy: %v", err)
	}
	if err := readS3Bucket(ctx, c, &x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("after it: %v, want %v", err, providers.ErrGone)
	}
}

func TestVersioningStaysUnderObjectLock(t *testing.T) {
	c, _ := inRegion(t, "eu-central-1")
	b := made(t, c, s3BucketType, s3Bucket{Bucket: "ml-artifacts", ObjectLockEnabled: true})
	imported := s3Bucket{ID: b.ID}
	if err := readS3Bucket(t.Context(), c, &imported); err != nil || !imported.ObjectLockEnabled {
		t.Errorf("read by the name alone: %v, object lock %t", err, imported.ObjectLockEnabled)
	}
	v := made(t, c, s3BucketVersioningType, s3BucketVersioning{Bucket: b.ID, Configuration: []s3Versioning{{Status: "Enabled"}}})
	if err := deleted(t, c, s3BucketVersioningType, v); !errors.Is(err, providers.ErrGone) {
		t.Errorf("delete: %v, want %v", err, providers.ErrGone)
	}
}

func TestDeleteRole(t *testing.T) {
	c, _ := inRegion(t, "eu-central-1")
	ctx := t.Context()
	role := made(t, c, iamRoleType, iamRole{Name: "ml", Path: "/", MaxSessionDuration: 3600, AssumeRolePolicy: ec2Trust})
	profile := made(t, c, iamInstanceProfileType, iamInstanceProfile{Name: "ml", Path: "/"})
	updated(t, c, iamInstanceProfileType, profile, func(x *iamInstanceProfile) { x.Role = role.ID })
	made(t, c, iamRolePolicyAttachmentType, iamRolePolicyAttachment{Role: role.ID, PolicyARN: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"})
	if _, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role.ID, PolicyName: aws.String("inline"), PolicyDocument: aws.String(readAll)}); err != nil {
		t.Fatal(err)
	}
	if err := deleted(t, c, iamRoleType, role); classify(err).Kind != providers.Busy {
		t.Errorf("deleting a role with policies: %v, want it to be busy", err)
	}
	if err := readIAMInstanceProfile(ctx, c, &profile); err != nil || profile.Role != "" {
		t.Errorf("the profile still has role %q (%v)", profile.Role, err)
	}
	role.ForceDetachPolicies = true
	if err := deleted(t, c, iamRoleType, role); err != nil {
		t.Errorf("with force_detach_policies: %v", err)
	}
	if err := readIAMRole(ctx, c, &role); !errors.Is(err, providers.ErrGone) {
		t.Errorf("after it: %v, want %v", err, providers.ErrGone)
	}
}

func TestPolicyVersions(t *testing.T) {
	c, clock := inRegion(t, "eu-central-1")
	x := made(t, c, iamPolicyType, iamPolicy{Name: "ml", Path: "/", Policy: readAll})
	for n := range 7 {
		clock.Advance(time.Minute)
		text := normalPolicy(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-%d/*"}]}`, n))
		x = updated(t, c, iamPolicyType, x, func(x *iamPolicy) { x.Policy = text })
		if x.Policy != text {
			t.Errorf("change %d: the policy says %s, want %s", n, x.Policy, text)
		}
	}
	before := versionIDs(t.Context(), t, c, x.ID)
	if want := []string{"v4", "v5", "v6", "v7", "v8"}; !slices.Equal(before, want) {
		t.Errorf("versions %v, want the newest %v", before, want)
	}
	updated(t, c, iamPolicyType, x, func(*iamPolicy) {})
	if after := versionIDs(t.Context(), t, c, x.ID); !slices.Equal(before, after) {
		t.Errorf("versions %v after a change to the same, want %v", after, before)
	}
	if err := deleted(t, c, iamPolicyType, x); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func versionIDs(ctx context.Context, t *testing.T, c *client, arn string) []string {
	t.Helper()
	list, err := policyVersions(ctx, c, arn)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, v := range list {
		ids = append(ids, aws.ToString(v.VersionId))
	}
	slices.Sort(ids)
	return ids
}

func TestChangesWaitForTheWindow(t *testing.T) {
	c, clock := inRegion(t, "eu-central-1")
	x := made(t, c, dbInstanceType, newDB(func(*dbInstance) {}))
	x = updated(t, c, dbInstanceType, x, func(x *dbInstance) { x.InstanceClass = "db.t4g.large" })
	if x.InstanceClass != "db.t4g.large" {
		t.Errorf("a change that waits is a difference: the class is %s", x.InstanceClass)
	}
	if now := classOf(t, c, x); now != "db.t4g.micro" {
		t.Errorf("it did not wait: the class is %s", now)
	}
	was := x
	x = updated(t, c, dbInstanceType, was, func(x *dbInstance) { x.ApplyImmediately = true })
	if err := readDBInstance(t.Context(), c, &x); !errors.Is(err, providers.ErrNotReady) {
		t.Errorf("while it is changed: %v, want %v", err, providers.ErrNotReady)
	}
	want := x
	if err := updateDBInstance(t.Context(), c, was, &want); !errors.Is(err, providers.ErrAgain) {
		t.Errorf("a second change meanwhile: %v, want %v", err, providers.ErrAgain)
	}
	clock.Advance(time.Hour)
	if err := readDBInstance(t.Context(), c, &x); err != nil || classOf(t, c, x) != "db.t4g.large" {
		t.Errorf("after it: %v, the class is %s", err, classOf(t, c, x))
	}
}

func classOf(t *testing.T, c *client, x dbInstance) string {
	t.Helper()
	got, err := describeDB(t.Context(), c, x.ID)
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(got.DBInstanceClass)
}

func TestRenamedDatabaseKeepsItsID(t *testing.T) {
	c, clock := inRegion(t, "eu-central-1")
	was := made(t, c, dbInstanceType, newDB(func(x *dbInstance) { x.ApplyImmediately = true }))
	x := updated(t, c, dbInstanceType, was, func(x *dbInstance) { x.Identifier = "ml-2" })
	clock.Advance(time.Hour)
	if err := readDBInstance(t.Context(), c, &x); err != nil || x.ID != was.ID || x.Identifier != "ml-2" || x.ARN == was.ARN {
		t.Errorf("read: %v, %s called %s with %s", err, x.ID, x.Identifier, x.ARN)
	}
	// State may still have the old name.
	if err := deleteDBInstance(t.Context(), c, was); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestDeleteDatabase(t *testing.T) {
	c, clock := inRegion(t, "eu-central-1")
	ctx := t.Context()
	x := made(t, c, dbInstanceType, newDB(func(x *dbInstance) { x.DeletionProtection, x.ApplyImmediately = true, true }))
	if err := deleteDBInstance(ctx, c, x); err == nil || !strings.Contains(err.Error(), "set it to false") {
		t.Errorf("a protected one: %v", err)
	}
	x = updated(t, c, dbInstanceType, x, func(x *dbInstance) { x.DeletionProtection, x.SkipFinalSnapshot = false, false })
	if err := deleteDBInstance(ctx, c, x); err == nil || !strings.Contains(err.Error(), "final_snapshot_identifier") {
		t.Errorf("one without a last snapshot: %v", err)
	}
	x.FinalSnapshotIdentifier = "ml-last"
	for range 2 {
		if err := deleteDBInstance(ctx, c, x); err != nil && !errors.Is(err, providers.ErrGone) {
			t.Errorf("delete: %v", err)
		}
	}
	clock.Advance(time.Hour)
	if err := readDBInstance(ctx, c, &x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("after it: %v, want %v", err, providers.ErrGone)
	}
	if _, err := c.rds.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: aws.String("ml-last")}); err != nil {
		t.Errorf("the last snapshot: %v", err)
	}
}
