resource "r" "x" {
  a = 1
}
