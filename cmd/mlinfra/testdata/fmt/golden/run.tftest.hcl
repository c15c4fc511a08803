variables {
  a = "x"
}
run "one" {
  command = plan
  assert {
    condition     = var.a == "x"
    error_message = "no"
  }
}
mock_provider "aws" {}
