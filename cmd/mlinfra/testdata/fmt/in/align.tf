resource "r" "x" {
  a = 1
  bbb = 2

  cc = 3
  multi = [
    1
  ]
  dddddd = 4
  e = 5 # one
  fff = 66666 # two
  g = { # open
  h = 1 # in
  }
  i = 1
  # between
  jjj = 2
  kkkk = <<X
x
X
  l = 1
  mm = { a = 1 }
  block {
  }
  nnnnn = 2
  o = "é" # accents
  pp = "日本" # wide
  q = 1 /* x */ # y
}
