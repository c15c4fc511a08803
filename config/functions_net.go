package config

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

func parseCIDR(v cty.Value) (*net.IPNet, error) {
	_, n, err := net.ParseCIDR(withoutLeadingZeros(v.AsString()))
	if err != nil {
		return nil, function.NewArgErrorf(0, "invalid CIDR expression: invalid CIDR address: %s; write it like 10.0.0.0/16 or fd00::/48", v.AsString())
	}
	return n, nil
}

// withoutLeadingZeros makes 10.1.2.3 of 010.001.002.003: the standard library
// stopped taking what may mean octal, Terraform goes on reading it as decimal.
func withoutLeadingZeros(addr string) string {
	start := strings.LastIndexByte(addr, ':') + 1
	if !strings.Contains(addr[start:], ".") {
		return addr
	}
	parts := strings.Split(addr[start:], ".")
	for i, part := range parts {
		for len(part) > 1 && part[0] == '0' && part[1] >= '0' && part[1] <= '9' {
			part = part[1:]
		}
		parts[i] = part
	}
	return addr[:start] + strings.Join(parts, ".")
}

var prefixParam = function.Parameter{Name: "prefix", Type: cty.String}

var cidrHostFunc = function.New(&function.Spec{
	Params: []function.Parameter{prefixParam, {Name: "hostnum", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		n, err := parseCIDR(args[0])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		var host *big.Int
		if err := gocty.FromCtyValue(args[1], &host); err != nil {
			return cty.UnknownVal(cty.String), err
		}
		ip, err := cidr.HostBig(n, host)
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		return cty.StringVal(ip.String()), nil
	},
})

var cidrNetmaskFunc = function.New(&function.Spec{
	Params: []function.Parameter{prefixParam},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		n, err := parseCIDR(args[0])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		if n.IP.To4() == nil {
			return cty.UnknownVal(cty.String), fmt.Errorf("IPv6 addresses cannot have a netmask: %s", args[0].AsString())
		}
		return cty.StringVal(net.IP(n.Mask).String()), nil
	},
})

var cidrSubnetFunc = function.New(&function.Spec{
	Params: []function.Parameter{prefixParam, {Name: "newbits", Type: cty.Number}, {Name: "netnum", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		n, err := parseCIDR(args[0])
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		var bits int
		var num *big.Int
		if err := gocty.FromCtyValue(args[1], &bits); err != nil {
			return cty.UnknownVal(cty.String), err
		}
		if err := gocty.FromCtyValue(args[2], &num); err != nil {
			return cty.UnknownVal(cty.String), err
		}
		sub, err := cidr.SubnetBig(n, bits, num)
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		return cty.StringVal(sub.String()), nil
	},
})

var cidrSubnetsFunc = function.New(&function.Spec{
	Params:   []function.Parameter{prefixParam},
	VarParam: &function.Parameter{Name: "newbits", Type: cty.Number},
	Type:     function.StaticReturnType(cty.List(cty.String)), RefineResult: notNull,
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		n, err := parseCIDR(args[0])
		if err != nil {
			return cty.UnknownVal(ty), err
		}
		var list []cty.Value
		var last *net.IPNet
		for i, arg := range args[1:] {
			next, err := nextSubnet(n, last, arg)
			if err != nil {
				return cty.UnknownVal(ty), function.NewArgError(i+1, err)
			}
			list = append(list, cty.StringVal(next.String()))
			last = next
		}
		if len(list) == 0 {
			return cty.ListValEmpty(cty.String), nil
		}
		return cty.ListVal(list), nil
	},
})

// nextSubnet returns the part of n behind last, the first one when that is
// nil, with a prefix longer by newBits.
func nextSubnet(n, last *net.IPNet, newBits cty.Value) (*net.IPNet, error) {
	var bits int
	if err := gocty.FromCtyValue(newBits, &bits); err != nil {
		return nil, err
	}
	ones, size := n.Mask.Size()
	length := ones + bits
	switch {
	case bits < 1:
		return nil, errors.New("must extend prefix by at least one bit")
	case bits > 32:
		return nil, errors.New("may not extend prefix by more than 32 bits")
	case length > size:
		protocol := "IPv4"
		if size == 128 {
			protocol = "IPv6"
		}
		return nil, fmt.Errorf("would extend prefix to %d bits, which is too long for an %s address", length, protocol)
	case last == nil:
		return cidr.Subnet(n, bits, 0)
	}
	next, exceeded := cidr.NextSubnet(last, length)
	if exceeded || !n.Contains(next.IP) {
		return nil, fmt.Errorf("not enough remaining address space for a subnet with a prefix of %d bits after %s", length, last)
	}
	return next, nil
}

// cidrContainsFunc reports whether a prefix holds an address, or the whole of
// another prefix.
var cidrContainsFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "containing_prefix", Type: cty.String}, {Name: "contained_ip_or_prefix", Type: cty.String}},
	Type:   function.StaticReturnType(cty.Bool), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		n, err := parseCIDR(args[0])
		if err != nil {
			return cty.UnknownVal(cty.Bool), err
		}
		first, last, err := addressRange(args[1].AsString())
		if err != nil {
			return cty.UnknownVal(cty.Bool), function.NewArgError(1, err)
		}
		if (n.IP.To4() == nil) != (first.To4() == nil) {
			return cty.UnknownVal(cty.Bool), fmt.Errorf("address family mismatch: %s vs. %s", args[0].AsString(), args[1].AsString())
		}
		return cty.BoolVal(n.Contains(first) && n.Contains(last)), nil
	},
})

// addressRange returns the first and the last address of a prefix; those of
// an address are itself.
func addressRange(s string) (first, last net.IP, err error) {
	s = withoutLeadingZeros(s)
	if ip := net.ParseIP(s); ip != nil {
		return ip, ip, nil
	}
	_, n, err := net.ParseCIDR(s)
	if err != nil {
		return nil, nil, fmt.Errorf("invalid IP address or prefix: %s; write it like 10.0.0.1 or 10.0.0.0/16", s)
	}
	first, last = cidr.AddressRange(n)
	return first, last, nil
}
