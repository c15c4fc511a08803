# What runs on the dedicated server.

locals {
  database_uri = join("", [
    "postgresql://", digitalocean_database_user.mlflow.name, ":", urlencode(digitalocean_database_user.mlflow.password),
    "@", digitalocean_database_cluster.metadata.private_host, ":", digitalocean_database_cluster.metadata.port,
    "/", digitalocean_database_db.mlflow.name, "?sslmode=require",
  ])
  bucket   = digitalocean_spaces_bucket.artifacts.name
  endpoint = "https://${var.region}.digitaloceanspaces.com"
}

# --- MLflow ------------------------------------------------------------------

resource "server_user" "mlflow" {
  host   = server_host.gpu.id
  name   = "mlflow"
  system = true
  home   = "/var/lib/mlflow"
  shell  = "/usr/sbin/nologin"
}

resource "server_package" "venv" {
  host = server_host.gpu.id
  name = "python3-venv"
}

# To look at the database from here, and to grant rights in it.
resource "server_package" "psql" {
  host = server_host.gpu.id
  name = "postgresql-client"
}

resource "server_command" "mlflow" {
  host   = server_host.gpu.id
  create = <<-EOT
    set -e
    [ -x /opt/mlflow/bin/mlflow ] || {
      python3 -m venv /opt/mlflow
      /opt/mlflow/bin/pip install --quiet "mlflow==$VERSION" psycopg2-binary boto3
    }
  EOT
  update = "/opt/mlflow/bin/pip install --quiet \"mlflow==$VERSION\""
  delete = "rm -rf /opt/mlflow"
  input = {
    VERSION = var.mlflow_version
  }

  depends_on = [server_package.venv]
}

# The password and the key go through the connection to a file that only root
# reads, and are sealed in state.
resource "server_file" "mlflow" {
  host = server_host.gpu.id
  path = "/etc/mlflow/environment"
  mode = "0600"

  sensitive_content = <<-EOT
    MLFLOW_BACKEND_STORE_URI=${local.database_uri}
    MLFLOW_ARTIFACTS_DESTINATION=s3://${local.bucket}/mlflow
    MLFLOW_S3_ENDPOINT_URL=${local.endpoint}
    AWS_ACCESS_KEY_ID=${digitalocean_spaces_key.artifacts.access_key}
    AWS_SECRET_ACCESS_KEY=${digitalocean_spaces_key.artifacts.secret_key}
  EOT
}

# MLflow listens in the tunnel only: who is not in it does not see it.
resource "server_systemd_unit" "mlflow" {
  host = server_host.gpu.id
  name = "mlflow.service"

  content = <<-EOT
    [Unit]
    Description=MLflow tracking server
    After=network-online.target wg-quick@wg0.service

    [Service]
    User=${server_user.mlflow.name}
    EnvironmentFile=${server_file.mlflow.path}
    ExecStart=/opt/mlflow/bin/mlflow server --host ${module.vpn.tunnel_addresses["gpu"]} --port 5000
    Restart=always
    RestartSec=5

    [Install]
    WantedBy=multi-user.target
  EOT

  enabled    = true
  running    = true
  restart_on = [server_file.mlflow.sha256, server_command.mlflow.output]

  depends_on = [module.vpn]
}

# --- training ----------------------------------------------------------------

resource "server_directory" "queue" {
  host  = server_host.gpu.id
  path  = "/srv/train/queue"
  owner = "root"
  mode  = "0750"
}

resource "server_file" "train" {
  host    = server_host.gpu.id
  path    = "/srv/train/worker.sh"
  mode    = "0755"
  content = file("${path.module}/worker.sh")
}

# Runs what is put into the queue, one job after the other.
resource "server_systemd_unit" "train" {
  host = server_host.gpu.id
  name = "train.service"

  content = <<-EOT
    [Unit]
    Description=Training jobs

    [Service]
    Environment=MLFLOW_TRACKING_URI=http://${module.vpn.tunnel_addresses["gpu"]}:5000
    EnvironmentFile=${server_file.mlflow.path}
    ExecStart=${server_file.train.path} ${server_directory.queue.path}
    Restart=always

    [Install]
    WantedBy=multi-user.target
  EOT

  enabled    = true
  running    = true
  restart_on = [server_file.train.sha256]
}

# The remote of DVC for everybody on the server: dvc push finds it.
resource "server_file" "dvc" {
  host    = server_host.gpu.id
  path    = "/etc/xdg/dvc/config"
  content = <<-EOT
    [core]
        remote = spaces
    ['remote "spaces"']
        url = s3://${local.bucket}/dvc
        endpointurl = ${local.endpoint}
  EOT
}
