terraform {
required_version=">= 1.5"
    backend "local" {
  path="x"
      }
}
resource "a" "b" {
a=1
nested {
b=2
deeper "label" {
c=3
dd = 44
}
}
dynamic "setting" {
for_each=var.x
content {
name=setting.value["name"]
}
}
}
resource a b {}
resource "a" "c" { x = 1 }
resource "a" "d" {x=1}
resource "a" /* inline */ "e" { }
variable x {}
locals { y="${var.x}" }
resource "a"    "f"    {


  x = 1


  y = 2
}



output "o" { value = [for k,v in var.m:  "${k}=${v}" if v!=null] }
