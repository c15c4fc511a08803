module "m" {
source="./m"
providers={
aws=aws.west
aws.x = aws.east
}
for_each=toset(["a","b"])
depends_on=[ aws_vpc.x,
aws_subnet.y ]
}
import {
to=aws_vpc.x
id="vpc-1"
}
moved {
from=a.b
to=a.c
}
check "c" {
data "http" "x" { url="https://x" }
assert {
condition=data.http.x.status_code==200
error_message="bad: ${data.http.x.status_code}"
}
}
resource "x" "y" {
lifecycle {
ignore_changes=[tags,
name]
precondition {
condition="${var.a}"
error_message="${var.b}"
}
}
provisioner "local-exec" { command="echo ${self.id} > \"x y\"" }
connection { host="${self.ip}" }
}
