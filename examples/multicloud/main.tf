# Training where GPUs are cheap, artifacts and the public side elsewhere: spot
# instances on AWS write to a bucket on DigitalOcean, and Google Cloud has a
# place for copies with an identity that may add to it and nothing else.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = "~> 2.60"
    }
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "aws" {
  region = var.aws_region
}

provider "digitalocean" {}

provider "google" {
  region = var.google_region
}

# --- artifacts: DigitalOcean -------------------------------------------------

resource "digitalocean_spaces_bucket" "artifacts" {
  name   = "${var.name}-artifacts"
  region = var.digitalocean_region

  versioning {
    enabled = true
  }
}

# --- the copy: Google Cloud --------------------------------------------------

resource "google_storage_bucket" "copy" {
  name                        = "${digitalocean_spaces_bucket.artifacts.name}-copy"
  location                    = var.google_region
  storage_class               = "NEARLINE"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

resource "google_service_account" "copy" {
  account_id   = "${var.name}-copy"
  display_name = "Copies artifacts"
}

resource "google_storage_bucket_iam_member" "copy" {
  bucket = google_storage_bucket.copy.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.copy.member
}

# --- training: AWS -----------------------------------------------------------

data "aws_ami" "gpu" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)*"]
  }
}

data "aws_vpc" "default" {
  default = true
}

resource "aws_security_group" "trainer" {
  name        = "${var.name}-trainer"
  description = "Trainers: SSH from administrators, everything out."
  vpc_id      = data.aws_vpc.default.id
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  for_each = toset(var.admin_ranges)

  security_group_id = aws_security_group.trainer.id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.trainer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_key_pair" "admin" {
  key_name   = "${var.name}-admin"
  public_key = var.ssh_public_key
}

resource "aws_instance" "trainer" {
  count = var.trainers

  ami                    = data.aws_ami.gpu.id
  instance_type          = var.trainer_type
  key_name               = aws_key_pair.admin.key_name
  vpc_security_group_ids = [aws_security_group.trainer.id]

  instance_market_options {
    market_type = "spot"
  }

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 100
  }

  # Where to write; the key of the bucket is brought by whoever starts a
  # training, so that it is in no user data.
  user_data = <<-EOT
    #cloud-config
    write_files:
      - path: /etc/profile.d/artifacts.sh
        content: |
          export MLFLOW_S3_ENDPOINT_URL=https://${digitalocean_spaces_bucket.artifacts.endpoint}
          export ARTIFACTS=s3://${digitalocean_spaces_bucket.artifacts.name}
  EOT

  tags = {
    Name = "${var.name}-trainer-${count.index}"
  }

  lifecycle {
    ignore_changes = [ami]
  }
}
