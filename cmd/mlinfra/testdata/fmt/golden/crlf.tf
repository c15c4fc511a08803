resource "r" "x" {
  a  = 1
  bb = x
  c  = <<E
hi
E
}
