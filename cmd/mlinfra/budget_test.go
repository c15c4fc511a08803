package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	awsfake "github.com/mlinfra/mlinfra/providers/aws/fake"
	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	googlefake "github.com/mlinfra/mlinfra/providers/google/fake"
)

// counted is a fake that counts what it is asked.
type counted interface {
	Handler() http.Handler
	Requests() int64
	Inventory() []string
}

// TestCallBudget bounds the calls of a run: creating is one an object and a few
// looks, planning is one list a type, whatever the number of objects.
func TestCallBudget(t *testing.T) {
	tests := []struct {
		name                  string
		provider              string
		cloud                 counted
		src                   string
		create, plan, destroy int64
	}{
		// The plan asks whose token it is, and for the droplets.
		{"100 droplets", "digitalocean", dofake.New(dofake.Options{}), strings.Replace(twentyDroplets, "20", "100", 1), 130, 2, 130},
		// The plan of 500 instances and 200 groups: whose credentials they are,
		// the network, its switches, instances, volumes, groups.
		{
			"500 EC2 instances and 200 security groups", "aws",
			awsfake.New(awsfake.Options{Quota: awsfake.Quota{StandardCPUs: 1000}}), manyEC2, 1800, 10, 1500,
		},
		{
			"500 Compute Engine instances in 5 zones", "google",
			googlefake.New(googlefake.Options{Quota: googlefake.Quota{CPUs: 1000, DisksGB: 100_000}}), manyGCE, 1500, 6, 1500,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tt.cloud.Handler())
			defer server.Close()
			a := &account{t: t, dir: t.TempDir(), env: append(os.Environ(), quickExit, "MLINFRA_SETTLE_WINDOW=300ms")}
			for _, v := range fakes()[tt.provider].environ(server.URL, "") {
				a.env = append(a.env, v[0]+"="+v[1])
			}
			if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(tt.src), 0o600); err != nil {
				t.Fatal(err)
			}
			was := tt.cloud.Inventory()
			for _, step := range []struct {
				most int64
				args []string
			}{
				{tt.create, []string{"apply", "-auto-approve"}},
				{tt.plan, []string{"plan", "-detailed-exitcode"}},
				{tt.destroy, []string{"destroy", "-auto-approve"}},
			} {
				at := tt.cloud.Requests()
				a.must(step.args...)
				n := tt.cloud.Requests() - at
				t.Logf("%s: %d calls", step.args[0], n)
				if n > step.most {
					t.Errorf("%s took %d calls, want at most %d", step.args[0], n, step.most)
				}
			}
			if left := madeOf(tt.cloud.Inventory()); !slices.Equal(left, was) {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestListsAreShared plans resources, and data sources that choose from the same
// collections: each is listed once.
func TestListsAreShared(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	log := func(e fakecloud.Entry) {
		mu.Lock()
		defer mu.Unlock()
		path, _, _ := strings.Cut(e.URL, "?")
		asked = append(asked, e.Method+" "+path+" "+e.Pattern)
	}
	tests := []struct {
		provider, src string
		cloud         counted
		want          map[string]int // by a part of the line in asked
	}{
		{"aws", sharedVPCs, awsfake.New(awsfake.Options{Log: log}), map[string]int{
			"DescribeVpcs": 1, "DescribeSubnets": 1, "DescribeRouteTables": 1, "DescribeVpcAttribute": 8,
		}},
		{"google", sharedNetworks, googlefake.New(googlefake.Options{Log: log}), map[string]int{"/networks": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.provider, func(t *testing.T) {
			server := httptest.NewServer(tt.cloud.Handler())
			defer server.Close()
			a := &account{t: t, dir: t.TempDir(), env: append(os.Environ(), quickExit)}
			for _, v := range fakes()[tt.provider].environ(server.URL, "") {
				a.env = append(a.env, v[0]+"="+v[1])
			}
			if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(tt.src), 0o600); err != nil {
				t.Fatal(err)
			}
			a.must("apply", "-auto-approve")
			mu.Lock()
			asked = nil
			mu.Unlock()
			a.must("plan", "-detailed-exitcode")
			mu.Lock()
			defer mu.Unlock()
			for part, want := range tt.want {
				n := 0
				for _, line := range asked {
					if strings.Contains(line, part) {
						n++
					}
				}
				if n != want {
					t.Errorf("%s: %d calls, want %d; all: %s", part, n, want, strings.Join(asked, "\n"))
				}
			}
		})
	}
}

// sharedVPCs has one network and one subnet: fewer than the engine lists.
const sharedVPCs = `
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"

  tags = {
    Name = "ml"
  }
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/20"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_vpc" "named" {
  tags       = { Name = "m?" }
  depends_on = [aws_vpc.main]
}

data "aws_vpc" "by_id" {
  id = aws_vpc.main.id
}

data "aws_subnets" "of" {
  for_each   = { main = aws_vpc.main.id, default = data.aws_vpc.default.id }
  depends_on = [aws_subnet.main]

  filter {
    name   = "vpc-id"
    values = [each.value]
  }
}

output "subnets" {
  value = { for name, s in data.aws_subnets.of : name => s.ids }
}
`

const sharedNetworks = `
resource "google_compute_network" "main" {
  name                    = "ml"
  auto_create_subnetworks = false
}

data "google_compute_network" "default" {
  name = "default"
}

data "google_compute_network" "main" {
  name = google_compute_network.main.name
}

data "google_compute_network" "other" {
  name    = "default"
  project = data.google_compute_network.default.project
}
`

const manyEC2 = `
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/20"
}

resource "aws_security_group" "team" {
  count  = 200
  name   = "team-${count.index}"
  vpc_id = aws_vpc.main.id

  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["192.0.2.0/24"]
  }
}

data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}

resource "aws_instance" "node" {
  count                  = 500
  ami                    = data.aws_ami.ubuntu.id
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.main.id
  vpc_security_group_ids = [aws_security_group.team[count.index % 200].id]
}
`

const manyGCE = `
provider "google" {
  region = "us-central1"
}

resource "google_compute_instance" "node" {
  count        = 500
  name         = "node-${count.index}"
  zone         = ["us-central1-a", "us-central1-b", "us-central1-c", "us-east1-b", "us-east1-c"][count.index % 5]
  machine_type = "e2-micro"

  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }

  network_interface {
    network = "default"
  }
}
`
