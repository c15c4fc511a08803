package config

import "testing"

func TestNetFunctions(t *testing.T) {
	values{
		`cidrhost("10.12.112.0/20", 16)`: `"10.12.112.16"`, `cidrhost("10.12.112.0/20", 268)`: `"10.12.113.12"`, `cidrhost("10.12.112.0/20", -1)`: `"10.12.127.255"`, `cidrhost("10.1.2.3/8", 1)`: `"10.0.0.1"`, `cidrhost("010.0.0.0/8", 1)`: `"10.0.0.1"`,
		`cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)`: `"fd00:fd12:3456:7890::22"`, `cidrhost("fd00::/64", -1)`: `"fd00::ffff:ffff:ffff:ffff"`, `cidrhost("2001:db8::/32", 18446744073709551616)`: `"2001:db8:0:1::"`,
		`cidrnetmask("172.16.0.0/12")`: `"255.240.0.0"`, `cidrnetmask("1.1.1.1/0")`: `"0.0.0.0"`, `cidrnetmask("10.0.0.0/32")`: `"255.255.255.255"`,
		`cidrsubnet("172.16.0.0/12", 4, 2)`: `"172.18.0.0/16"`, `cidrsubnet("10.1.2.0/24", 4, 15)`: `"10.1.2.240/28"`, `cidrsubnet("10.0.0.0/24", 0, 0)`: `"10.0.0.0/24"`, `cidrsubnet("010.0.0.0/8", 8, 1)`: `"10.1.0.0/16"`,
		`cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)`: `"fd00:fd12:3456:7800:a200::/72"`, `cidrsubnet("fe80::/48", 16, 6)`: `"fe80:0:0:6::/64"`, `cidrsubnet("fe80::/48", 80, 4294967296)`: `"fe80::1:0:0/128"`,
		`cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)`: `tolist(["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"])`, `cidrsubnets("fd00::/48", 16, 16, 32)`: `tolist(["fd00::/64", "fd00:0:0:1::/64", "fd00:0:0:2::/80"])`, `length(cidrsubnets("10.0.0.0/24"))`: "0",
		`cidrcontains("192.168.2.0/20", "192.168.2.1")`: "true", `cidrcontains("192.168.2.0/20", "192.168.2.0/22")`: "true", `cidrcontains("192.168.2.0/20", "192.126.2.1")`: "false", `cidrcontains("192.168.2.0/20", "192.126.2.0/18")`: "false",
		`cidrcontains("192.168.2.0/24", "192.168.2.0/20")`: "false", `cidrcontains("fe80::/48", "fe80::1")`: "true", `cidrcontains("fe80::/48", "fe81::1")`: "false",
	}.check(t)
}

func TestNetFunctionsRefuse(t *testing.T) {
	refusals{
		`cidrhost("10.0.0.0", 1)`: "invalid CIDR address: 10.0.0.0", `cidrhost("10.0.0.0/33", 1)`: "invalid CIDR address", `cidrhost("10.0.0.0/24", 300)`: "prefix of 24 does not accommodate a host numbered 300", `cidrhost("10.0.0.0/24", 1.5)`: "whole number",
		`cidrhost("10.0.0.0/24", -257)`: "does not accommodate", `cidrnetmask("fd00::/8")`: "IPv6 addresses cannot have a netmask", `cidrnetmask("x")`: "invalid CIDR address", `cidrsubnet("10.0.0.0/24", 9, 0)`: "insufficient address space",
		`cidrsubnet("10.0.0.0/24", 1, 2)`: "does not accommodate a subnet numbered 2", `cidrsubnet("10.0.0.0/24", 1.5, 0)`: "whole number", `cidrsubnet("2001:db8::/32", 97, 0)`: "insufficient address space", `cidrsubnets("10.0.0.0/24", 0)`: "at least one bit",
		`cidrsubnets("10.0.0.0/24", 1, 1, 1)`: "prefix of 25 bits after 10.0.0.128/25", `cidrsubnets("10.0.0.0/24", 40)`: "more than 32 bits", `cidrsubnets("10.1.0.0/16", 4, 17)`: "too long for an IPv4 address", `cidrsubnets("x", 4)`: "invalid CIDR address",
		`cidrcontains("10.0.0.0/8", "fd00::1")`: "address family mismatch", `cidrcontains("10.0.0.0/8", "x")`: "invalid IP address or prefix", `cidrcontains("x", "10.0.0.1")`: "invalid CIDR address",
	}.check(t)
}
