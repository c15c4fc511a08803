locals {
  a=[1,2,3]
  b = [ 1,2 , 3 ]
  c = [
  "a","b",
     "c",
# comment
      "d" , // tail
  ]
  d = {a=1,b=2}
  e = { a:1, "b" : 2
  long_key = 3
  x=4 }
  f = [ {
    a = 1
  }, {
    b = 2
  } ]
  g = [[1,2],[3,
  4]]
  hh = tolist([ for  i  in range( 3 ) :i*2+1 ])
  i = {for k , v in var.m:k=>v...}
  j = a?b:c
  k = !a&&b||-c>=d
  l = var.list[ 0 ] . name
  m = var.list[*].id
  n = var.list.*.id
  o = f( a , b... )
  p = (  1+2  )*3
  q = -1
  r = a-1
  s = a - -1
  t = "a" == "b"?1:2
  u = null
  v = []
  w = {}
  x = [
  ]
  y = {
  }
  z = var.m["a"]["b"][  "c" ]
  aa = {
    (var.k) = 1
    "${var.k}" = 2
    long.key = 3
  }
  bb = a %  b
  cc = provider::x::f( 1 )
  dd = 1<2&&3>2
}
