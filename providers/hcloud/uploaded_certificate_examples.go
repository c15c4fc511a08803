package hcloud

// The keys of these certificates were made for the examples and are of no use
// elsewhere.
const (
	exampleCertificate = `  certificate = <<-EOT
    -----BEGIN CERTIFICATE-----
    MIIBQjCB6aADAgECAgEHMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMTD2FwaS5leGFt
    cGxlLmNvbTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGjEYMBYG
    A1UEAxMPYXBpLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    83rkCDkfNvrvpPT4YEG9u2dZZ/Q/XH31Mw2KG9RV1kAuywhQ97/bz9BcxdKDNeg8
    6q7f82TigPCwEPciQxhpvaMeMBwwGgYDVR0RBBMwEYIPYXBpLmV4YW1wbGUuY29t
    MAoGCCqGSM49BAMCA0gAMEUCIQDVLCetLRIW2ZbQuJmCaAiZ6BwFsBfdXievjabm
    POkTvQIgOLPx0BzOe30wuFikP8dJi+yfQDIR7Hmk1+d6COyRR+g=
    -----END CERTIFICATE-----
  EOT
  private_key = <<-EOT
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRyS4GLBi/udbjCNT
    Opg0LRuBnPPRxHbxV1I2irvL1sGhRANCAATzeuQIOR82+u+k9PhgQb27Z1ln9D9c
    ffUzDYob1FXWQC7LCFD3v9vP0FzF0oM16Dzqrt/zZOKA8LAQ9yJDGGm9
    -----END PRIVATE KEY-----
  EOT
}`
	otherCertificate = `  certificate = <<-EOT
    -----BEGIN CERTIFICATE-----
    MIIBQDCB5qADAgECAgEHMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMTDm1sLmV4YW1w
    bGUuY29tMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAZMRcwFQYD
    VQQDEw5tbC5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJl0
    ER+q7i1dw1dh2a0Iy7pYWA9vhXgoeGJiGjhRXuSCrLxM71XVbW3clJXPOzn4p+lp
    yClcentdJVs7mW/SoUqjHTAbMBkGA1UdEQQSMBCCDm1sLmV4YW1wbGUuY29tMAoG
    CCqGSM49BAMCA0kAMEYCIQDUSv4e3UD9Axtf6/7LiWC8cqbjlfqqSPX53PazAHbm
    SwIhAJYQr+69cQp/uN7TwU5D3cTdjY5n+qobJ3yZGwPm7J3/
    -----END CERTIFICATE-----
  EOT
  private_key = <<-EOT
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7e+hObb2HqRtvp6Q
    g7Bm+mtLLPHWT70Cn6SEk6TvT3ShRANCAASZdBEfqu4tXcNXYdmtCMu6WFgPb4V4
    KHhiYho4UV7kgqy8TO9V1W1t3JSVzzs5+KfpacgpXHp7XSVbO5lv0qFK
    -----END PRIVATE KEY-----
  EOT
}`
)

var uploadedCertificateExamples = []string{
	`resource "hcloud_uploaded_certificate" "example" {
  name        = "api"
` + exampleCertificate,
	`resource "hcloud_uploaded_certificate" "example" {
  name        = "api-2026"
  labels      = { team = "ml" }
` + exampleCertificate,
	`resource "hcloud_uploaded_certificate" "example" {
  name        = "api-2027"
` + otherCertificate,
}
