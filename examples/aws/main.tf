# A small MLOps platform on AWS: MLflow with PostgreSQL and a bucket, a spot GPU
# instance for training, and an identity for each that may do no more than it has to.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

# Credentials come from the environment: AWS_PROFILE, or AWS_ACCESS_KEY_ID and
# AWS_SECRET_ACCESS_KEY.
provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project = var.name
    }
  }
}

data "aws_caller_identity" "me" {}

data "aws_availability_zones" "here" {
  state = "available"
}

data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"] # Canonical

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
  }
}

# The image with the NVIDIA driver and CUDA.
data "aws_ami" "gpu" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)*"]
  }
}

locals {
  # Names of buckets are shared with all other customers of AWS.
  bucket = "${var.name}-artifacts-${data.aws_caller_identity.me.account_id}"
  zones  = slice(data.aws_availability_zones.here.names, 0, 2)
}

# --- network -----------------------------------------------------------------

resource "aws_vpc" "ml" {
  cidr_block           = var.vpc_range
  enable_dns_hostnames = true

  tags = {
    Name = var.name
  }
}

# Both subnets are public: a NAT gateway would cost more than the server. What
# may come in is up to the security groups.
resource "aws_subnet" "public" {
  count = 2

  vpc_id                  = aws_vpc.ml.id
  cidr_block              = cidrsubnet(var.vpc_range, 4, count.index)
  availability_zone       = local.zones[count.index]
  map_public_ip_on_launch = true

  tags = {
    Name = "${var.name}-${local.zones[count.index]}"
  }
}

resource "aws_internet_gateway" "ml" {
  vpc_id = aws_vpc.ml.id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.ml.id
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.ml.id
}

resource "aws_route_table_association" "public" {
  count = 2

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "servers" {
  name        = "${var.name}-servers"
  description = "MLflow and training: SSH from administrators, all among themselves."
  vpc_id      = aws_vpc.ml.id
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  for_each = toset(var.admin_ranges)

  security_group_id = aws_security_group.servers.id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}

# MLflow has no login of its own: only the servers and an SSH tunnel reach it.
resource "aws_vpc_security_group_ingress_rule" "among" {
  security_group_id            = aws_security_group.servers.id
  referenced_security_group_id = aws_security_group.servers.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.servers.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "PostgreSQL: from the servers only."
  vpc_id      = aws_vpc.ml.id
}

resource "aws_vpc_security_group_ingress_rule" "postgres" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.servers.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

# --- artifacts ---------------------------------------------------------------

resource "aws_s3_bucket" "artifacts" {
  bucket = local.bucket
}

resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.artifacts]
}

data "aws_iam_policy_document" "tls" {
  statement {
    sid       = "OnlyTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.artifacts.arn, "${aws_s3_bucket.artifacts.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id
  policy = data.aws_iam_policy_document.tls.json

  depends_on = [aws_s3_bucket_public_access_block.artifacts]
}

# --- database ----------------------------------------------------------------

resource "aws_db_subnet_group" "metadata" {
  name       = "${var.name}-metadata"
  subnet_ids = aws_subnet.public[*].id
}

# RDS makes the password and keeps it in Secrets Manager: it is in no state, no
# plan and no user data.
resource "aws_db_instance" "metadata" {
  identifier     = "${var.name}-metadata"
  engine         = "postgres"
  engine_version = "16"
  instance_class = var.database_class

  allocated_storage     = 20
  max_allocated_storage = 100
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name                     = "mlflow"
  username                    = "mlflow"
  manage_master_user_password = true

  db_subnet_group_name    = aws_db_subnet_group.metadata.name
  vpc_security_group_ids  = [aws_security_group.database.id]
  backup_retention_period = 7
  deletion_protection     = var.protect
  skip_final_snapshot     = !var.protect

  final_snapshot_identifier = var.protect ? "${var.name}-metadata-last" : null
}

# --- identities --------------------------------------------------------------

data "aws_iam_policy_document" "ec2" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "artifacts" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.artifacts.arn]
  }

  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.artifacts.arn}/*"]
  }
}

data "aws_iam_policy_document" "password" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_db_instance.metadata.master_user_secret[0].secret_arn]
  }
}

resource "aws_iam_policy" "artifacts" {
  name        = "${var.name}-artifacts"
  description = "Read and write the artifacts."
  policy      = data.aws_iam_policy_document.artifacts.json
}

resource "aws_iam_policy" "password" {
  name        = "${var.name}-password"
  description = "Read the password of MLflow's database."
  policy      = data.aws_iam_policy_document.password.json
}

resource "aws_iam_role" "server" {
  for_each = toset(["mlflow", "trainer"])

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

resource "aws_iam_role_policy_attachment" "artifacts" {
  for_each = aws_iam_role.server

  role       = each.value.name
  policy_arn = aws_iam_policy.artifacts.arn
}

resource "aws_iam_role_policy_attachment" "password" {
  role       = aws_iam_role.server["mlflow"].name
  policy_arn = aws_iam_policy.password.arn
}

resource "aws_iam_instance_profile" "server" {
  for_each = aws_iam_role.server

  name = each.value.name
  role = each.value.name
}

# --- servers -----------------------------------------------------------------

resource "aws_key_pair" "admin" {
  key_name   = "${var.name}-admin"
  public_key = var.ssh_public_key
}

resource "aws_instance" "mlflow" {
  ami                    = data.aws_ami.ubuntu.id
  instance_type          = var.mlflow_type
  subnet_id              = aws_subnet.public[0].id
  vpc_security_group_ids = [aws_security_group.servers.id]
  key_name               = aws_key_pair.admin.key_name
  iam_instance_profile   = aws_iam_instance_profile.server["mlflow"].name

  # All state of MLflow is in the database and the bucket.
  user_data_replace_on_change = true

  user_data = templatefile("${path.module}/cloud-init/mlflow.yaml.tftpl", {
    mlflow_version = var.mlflow_version
    region         = var.region
    bucket         = aws_s3_bucket.artifacts.bucket
    database       = aws_db_instance.metadata.address
    secret         = aws_db_instance.metadata.master_user_secret[0].secret_arn
  })

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
    encrypted   = true
  }

  tags = {
    Name = "${var.name}-mlflow"
  }

  lifecycle {
    ignore_changes = [ami] # a newer image is no reason for a new server
  }
}

resource "aws_eip" "mlflow" {
  domain   = "vpc"
  instance = aws_instance.mlflow.id

  depends_on = [aws_internet_gateway.ml]
}

resource "aws_instance" "trainer" {
  count = var.trainers

  ami                    = data.aws_ami.gpu.id
  instance_type          = var.trainer_type
  subnet_id              = aws_subnet.public[0].id
  vpc_security_group_ids = [aws_security_group.servers.id]
  key_name               = aws_key_pair.admin.key_name
  iam_instance_profile   = aws_iam_instance_profile.server["trainer"].name

  # A third of the price; AWS takes it back with two minutes' notice.
  instance_market_options {
    market_type = "spot"
  }

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 100
    encrypted   = true
  }

  tags = {
    Name = "${var.name}-trainer-${count.index}"
  }

  lifecycle {
    ignore_changes = [ami]
  }
}

# Data sets outlive the trainers.
resource "aws_ebs_volume" "data" {
  availability_zone = local.zones[0]
  size              = var.data_volume_gib
  type              = "gp3"
  encrypted         = true

  tags = {
    Name = "${var.name}-data"
  }
}

resource "aws_volume_attachment" "data" {
  count = min(var.trainers, 1)

  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.data.id
  instance_id = aws_instance.trainer[0].id
}
