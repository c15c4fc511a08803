package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	awsfake "github.com/mlinfra/mlinfra/providers/aws/fake"
	googlefake "github.com/mlinfra/mlinfra/providers/google/fake"
)

const oneEC2 = `
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}

resource "aws_instance" "gpu" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "g5.xlarge"
}
`

const oneGCE = `
resource "google_compute_instance" "gpu" {
  name         = "gpu"
  zone         = "us-central1-a"
  machine_type = "g2-standard-4"

  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
      type  = "pd-balanced"
    }
  }

  network_interface {
    network = "default"
  }

  scheduling {
    on_host_maintenance = "TERMINATE"
  }
}
`

const oneS3 = `resource "aws_s3_bucket" "b" { bucket = "taken-by-a-stranger" }`

const oneGCS = `
resource "google_storage_bucket" "b" {
  name     = "taken-by-a-stranger"
  location = "EU"
}
`

// TestRefusals holds what people see when a cloud says no: its words, its code
// and request id, and what to do.
func TestRefusals(t *testing.T) {
	// The request ids of AWS and what Google calls its operations.
	const request, operation = `request [0-9a-zA-Z-]{16,}`, `operation operation-[0-9a-z-]+`
	tests := []struct {
		name   string
		aws    *awsfake.Options
		google *googlefake.Options
		env    []string
		src    string
		plan   bool // whether plan says it already
		want   []string
	}{
		{
			name: "AWS without credentials", aws: &awsfake.Options{}, src: oneS3, plan: true,
			env:  []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_EC2_METADATA_DISABLED=true"},
			want: []string{`no AWS credentials: set AWS_PROFILE`},
		},
		{
			name: "AWS with wrong credentials", aws: &awsfake.Options{AccessKey: "AKIAOTHER"}, src: oneS3, plan: true,
			want: []string{`InvalidClientTokenId`, request, `check AWS_PROFILE`},
		},
		{
			name: "AWS without a region", aws: &awsfake.Options{}, src: oneS3, plan: true, env: []string{"AWS_REGION="},
			want: []string{`no AWS region: set region in the provider block`},
		},
		{
			name: "an account that is not allowed", aws: &awsfake.Options{}, plan: true,
			src:  `provider "aws" { allowed_account_ids = ["999999999999"] }` + "\n" + oneS3,
			want: []string{`belong to account 123456789012`, `allowed_account_ids`},
		},
		{
			name: "a region that is switched off", aws: &awsfake.Options{DisabledRegions: []string{"ap-east-1"}}, plan: true, env: []string{"AWS_REGION=ap-east-1"},
			src: oneS3, want: []string{`region ap-east-1 is switched off for account 123456789012: enable it`, request},
		},
		{
			name: "a permission that AWS misses", aws: &awsfake.Options{Denied: []string{"ec2:RunInstances"}}, src: oneEC2,
			want: []string{`UnauthorizedOperation`, `ec2:RunInstances`, request, `allow the action in a policy`},
		},
		{
			name: "a quota of AWS", aws: &awsfake.Options{Quota: awsfake.Quota{GCPUs: -1}}, src: oneEC2,
			want: []string{`VcpuLimitExceeded`, request, `ask for a higher quota`},
		},
		{
			name: "no GPU left at AWS", aws: &awsfake.Options{NoStock: map[string]bool{"g5.xlarge": true}}, src: oneEC2,
			want: []string{`InsufficientInstanceCapacity`, request, `try another availability_zone`},
		},
		{
			name: "a bucket of somebody else at AWS", aws: &awsfake.Options{TakenBuckets: []string{"taken-by-a-stranger"}}, src: oneS3,
			want: []string{`BucketAlreadyExists`, `another account has a bucket of this name`},
		},
		{
			name: "Google with wrong credentials", google: &googlefake.Options{Token: "other"}, src: oneGCS, plan: true,
			want: []string{`HTTP 401`, `run gcloud auth application-default login`},
		},
		{
			name: "a project that Google does not have", google: &googlefake.Options{}, src: oneGCS, plan: true, env: []string{"GOOGLE_PROJECT=nobodys"},
			want: []string{`project "nobodys" does not exist, or these credentials may not see it`, `GOOGLE_PROJECT`},
		},
		{
			name: "Google without a project", google: &googlefake.Options{}, src: oneGCS, env: []string{"GOOGLE_PROJECT="},
			want: []string{`no project: set project here, in the provider block or in the environment variable GOOGLE_PROJECT`},
		},
		{
			name: "a permission that Google misses", google: &googlefake.Options{Denied: []string{"compute.instances.create"}}, src: oneGCE,
			want: []string{`HTTP 403 forbidden`, `compute.instances.create`, `grant a role with this permission`},
		},
		{
			name: "an API that is switched off", google: &googlefake.Options{DisabledAPIs: []string{"compute.googleapis.com"}}, src: oneGCE,
			want: []string{`HTTP 403`, `enable the API with gcloud services enable`},
		},
		{
			name: "a quota of Google", google: &googlefake.Options{Quota: googlefake.Quota{GPUs: -1}}, src: oneGCE,
			want: []string{`QUOTA_EXCEEDED`, operation, `ask for a higher quota`},
		},
		{
			name: "no GPU left at Google", google: &googlefake.Options{NoStock: map[string]bool{"g2-standard-4@us-central1-a": true}}, src: oneGCE,
			want: []string{`ZONE_RESOURCE_POOL_EXHAUSTED`, operation, `try another zone`},
		},
		{
			name: "a bucket of somebody else at Google", google: &googlefake.Options{TakenBuckets: []string{"taken-by-a-stranger"}}, src: oneGCS,
			want: []string{`HTTP 409 conflict`, `choose another one`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider, cloud := "aws", counted(nil)
			if tt.aws != nil {
				cloud = awsfake.New(*tt.aws)
			} else {
				provider, cloud = "google", googlefake.New(*tt.google)
			}
			server := httptest.NewServer(cloud.Handler())
			defer server.Close()
			a := &account{t: t, dir: t.TempDir(), env: append(os.Environ(), quickExit, "HOME="+t.TempDir())}
			for _, v := range fakes()[provider].environ(server.URL, "") {
				a.env = append(a.env, v[0]+"="+v[1])
			}
			if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(tt.src), 0o600); err != nil {
				t.Fatal(err)
			}
			was := cloud.Inventory()
			command := []string{"apply", "-auto-approve", "-no-color"}
			if tt.plan {
				command = []string{"plan", "-no-color"}
			}
			out, ok := a.run(tt.env, "mlinfra", command...)
			if ok {
				t.Fatalf("it went well:\n%s", out)
			}
			// As one line: the box around errors breaks them.
			text := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
			for _, want := range tt.want {
				if !regexp.MustCompile("(?i)" + want).MatchString(text) {
					t.Errorf("%q is missing in:\n%s", want, out)
				}
			}
			// Nothing is asked before it is known whose credentials they are; where
			// a region is off, the next question is whether they are valid at all.
			if n := cloud.Requests(); tt.plan && n > 2 {
				t.Errorf("%d requests before the refusal, want at most 2", n)
			}
			if left := cloud.Inventory(); len(left) != len(was) {
				t.Errorf("the account had %v and has %v", was, left)
			}
			if list, _ := a.run(nil, "mlinfra", "state", "list"); strings.TrimSpace(list) != "" && !strings.HasPrefix(list, "data.") && !tt.plan {
				t.Errorf("state holds %s", list)
			}
		})
	}
}
