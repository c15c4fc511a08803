variable "s" { type = string }
variable "l" {
  type    = list(string)
  default = []
}
variable "m" {
  type = map(string)
}
variable "l2" { type = list(any) }
variable "m2" { type = map(any) }
variable "s2" { type = set(any) }
variable "st" { type = "set" }
variable "n" { type = "number" }
variable "o" {
  type = object({ a = string, b = optional(number, 3)
  c = list(string) })
  default = var.x
  validation {
    type      = "list"
    condition = length(var.o) > 1
  }
}
resource "r" "x" {
  type = "list"
  a    = var.a
  b    = "${var.a}${var.b}"
  c    = "x${var.a}"
  d    = foo("${var.bar}")
  e    = var.a
  f    = var.a
  g = (var.a ? 1
  : 2)
  h = (
    var.a ? 1
    : 2
  )
  i = ["${var.a}", "${var.b}"]
  j = { k = "${var.a}" }
  k = var.a == "x" ? "y" : "z"
  l = var.a
  m = "%{if true}${var.a}%{endif}"
  n = "$${var.a}"
  o = "literal"
  p = "${var.deep}"
  q = join(",", ["a", "b"])
  r = [for x in var.l : "${x}" if x != "${y}"]
  s = ({
    a = 1
  })
  t = "${var.a} "
  u = (var.a) + (
  1)
  v = <<E
${var.a}
E
  nested { a = each.key }
  w = <<E
hello
E
}
