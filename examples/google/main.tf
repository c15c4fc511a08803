# A small MLOps platform on Google Cloud: MLflow with PostgreSQL and a bucket, a
# spot GPU machine for training, and an identity for each that may do no more
# than it has to.

terraform {
  required_version = ">= 1.5"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

# Credentials come from gcloud auth application-default login, or from
# GOOGLE_APPLICATION_CREDENTIALS; the project from GOOGLE_PROJECT.
provider "google" {
  region = var.region
  zone   = var.zone

  default_labels = {
    stack = var.name
  }
}

data "google_project" "this" {}

data "google_compute_image" "ubuntu" {
  family  = "ubuntu-2404-lts-amd64"
  project = "ubuntu-os-cloud"
}

# The image with the NVIDIA driver, CUDA and PyTorch.
data "google_compute_image" "gpu" {
  family  = var.trainer_image_family
  project = "deeplearning-platform-release"
}

locals {
  project = data.google_project.this.project_id

  # Names of buckets are shared with all other customers of Google.
  bucket = "${var.name}-artifacts-${data.google_project.this.number}"
}

# --- network -----------------------------------------------------------------

resource "google_compute_network" "ml" {
  name                    = var.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "ml" {
  name                     = var.name
  network                  = google_compute_network.ml.id
  ip_cidr_range            = var.network_range
  private_ip_google_access = true
}

# MLflow has no login of its own: only the machines and an SSH tunnel reach it.
resource "google_compute_firewall" "ssh" {
  name          = "${var.name}-ssh"
  network       = google_compute_network.ml.name
  source_ranges = var.admin_ranges

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_compute_firewall" "internal" {
  name                    = "${var.name}-internal"
  network                 = google_compute_network.ml.name
  source_service_accounts = [google_service_account.mlflow.email, google_service_account.trainer.email]
  target_service_accounts = [google_service_account.mlflow.email, google_service_account.trainer.email]

  allow {
    protocol = "tcp"
  }

  allow {
    protocol = "icmp"
  }
}

# Trainers have no public address: they reach the internet through this.
resource "google_compute_router" "ml" {
  name    = var.name
  network = google_compute_network.ml.id
}

resource "google_compute_router_nat" "ml" {
  name                               = var.name
  router                             = google_compute_router.ml.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}

# --- identities --------------------------------------------------------------

resource "google_service_account" "mlflow" {
  account_id   = "${var.name}-mlflow"
  display_name = "MLflow server"
}

resource "google_service_account" "trainer" {
  account_id   = "${var.name}-trainer"
  display_name = "Training"
}

resource "google_storage_bucket_iam_member" "mlflow" {
  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.mlflow.member
}

resource "google_storage_bucket_iam_member" "trainer" {
  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.trainer.member
}

# To connect to the database, and to log in there.
resource "google_project_iam_member" "mlflow" {
  for_each = toset(["roles/cloudsql.client", "roles/cloudsql.instanceUser"])

  project = local.project
  role    = each.value
  member  = google_service_account.mlflow.member
}

# --- artifacts ---------------------------------------------------------------

resource "google_storage_bucket" "artifacts" {
  name                        = local.bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  # What is deleted is billed for seven days more unless this says otherwise.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = 30
    }
  }
}

# --- database ----------------------------------------------------------------

resource "google_sql_database_instance" "metadata" {
  name                = "${var.name}-metadata"
  database_version    = "POSTGRES_16"
  deletion_protection = var.protect

  settings {
    edition   = "ENTERPRISE"
    tier      = var.database_tier
    disk_size = 10

    backup_configuration {
      enabled = true
    }

    # No network is let in: MLflow comes through Cloud SQL's proxy.
    ip_configuration {
      ipv4_enabled = true
      ssl_mode     = "ENCRYPTED_ONLY"
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
  }
}

resource "google_sql_database" "mlflow" {
  name     = "mlflow"
  instance = google_sql_database_instance.metadata.name
}

# It logs in by its identity: there is no password to lose.
resource "google_sql_user" "mlflow" {
  name           = trimsuffix(google_service_account.mlflow.email, ".gserviceaccount.com")
  instance       = google_sql_database_instance.metadata.name
  type           = "CLOUD_IAM_SERVICE_ACCOUNT"
  database_roles = ["cloudsqlsuperuser"]
}

# --- machines ----------------------------------------------------------------

resource "google_compute_address" "mlflow" {
  name = "${var.name}-mlflow"
}

resource "google_compute_instance" "mlflow" {
  name                      = "${var.name}-mlflow"
  machine_type              = var.mlflow_type
  allow_stopping_for_update = true

  boot_disk {
    initialize_params {
      image = data.google_compute_image.ubuntu.self_link
      size  = 20
      type  = "pd-balanced"
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.ml.id

    access_config {
      nat_ip = google_compute_address.mlflow.address
    }
  }

  service_account {
    email  = google_service_account.mlflow.email
    scopes = ["cloud-platform"]
  }

  metadata = {
    enable-oslogin = "TRUE"

    user-data = templatefile("${path.module}/cloud-init/mlflow.yaml.tftpl", {
      mlflow_version = var.mlflow_version
      bucket         = google_storage_bucket.artifacts.name
      connection     = google_sql_database_instance.metadata.connection_name
      database       = google_sql_database.mlflow.name
      user           = google_sql_user.mlflow.name
    })
  }

  lifecycle {
    ignore_changes = [boot_disk] # a newer image is no reason for a new machine
  }
}

resource "google_compute_instance" "trainer" {
  count = var.trainers

  name                      = "${var.name}-trainer-${count.index}"
  machine_type              = var.trainer_type
  allow_stopping_for_update = true

  boot_disk {
    initialize_params {
      image = data.google_compute_image.gpu.self_link
      size  = 100
      type  = "pd-balanced"
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.ml.id
  }

  # A third of the price; Google takes it back with 30 seconds' notice and keeps
  # its disk.
  scheduling {
    provisioning_model          = "SPOT"
    preemptible                 = true
    automatic_restart           = false
    on_host_maintenance         = "TERMINATE"
    instance_termination_action = "STOP"
  }

  service_account {
    email  = google_service_account.trainer.email
    scopes = ["cloud-platform"]
  }

  metadata = {
    enable-oslogin        = "TRUE"
    install-nvidia-driver = "True"
  }

  lifecycle {
    ignore_changes = [boot_disk]
  }
}

# Data sets outlive the trainers.
resource "google_compute_disk" "data" {
  name = "${var.name}-data"
  type = "pd-balanced"
  size = var.data_disk_gb
}

resource "google_compute_attached_disk" "data" {
  count = min(var.trainers, 1)

  disk     = google_compute_disk.data.id
  instance = google_compute_instance.trainer[0].id
}
