package hcloud

var lbServiceExamples = []string{
	lbServiceExample,
	`resource "hcloud_load_balancer" "example" {
  name               = "api"
  load_balancer_type = "lb11"
  location           = "fsn1"
}

resource "hcloud_load_balancer_service" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  protocol         = "http"
  destination_port = 8000

  http {
    sticky_sessions = true
    cookie_name     = "MODEL"
    timeout_idle    = 120
  }

  health_check {
    protocol = "http"
    port     = 8000
    interval = 10
    timeout  = 5
    retries  = 3

    http {
      path         = "/healthz"
      status_codes = ["200"]
    }
  }
}`,
	`resource "hcloud_load_balancer" "example" {
  name               = "api"
  load_balancer_type = "lb11"
  location           = "fsn1"
}

resource "hcloud_managed_certificate" "example" {
  name         = "api"
  domain_names = ["api.example.com"]
}

resource "hcloud_load_balancer_service" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  protocol         = "https"
  destination_port = 8000

  http {
    certificates  = [hcloud_managed_certificate.example.id]
    redirect_http = true
  }

  health_check {
    protocol = "tcp"
    port     = 8000
    interval = 15
    timeout  = 10
    retries  = 3
  }
}`,
	`resource "hcloud_load_balancer" "example" {
  name               = "api"
  load_balancer_type = "lb11"
  location           = "fsn1"
}

resource "hcloud_load_balancer_service" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  protocol         = "tcp"
  listen_port      = 6443
  destination_port = 6443
  proxyprotocol    = true
}`,
}
