package fake

// Quota is how much the account may have in a region. Zero fields get the
// default of a new account, negative ones allow nothing.
type Quota struct {
	VPCs             int // 5
	Subnets          int // 200, per VPC
	InternetGateways int // 5
	NATGateways      int // 5, per zone
	Addresses        int // 5
	RouteTables      int // 200, per VPC
	Routes           int // 500, per route table
	SecurityGroups   int // 2500
	Rules            int // 60, per security group and direction
	GroupsPerENI     int // 5
	KeyPairs         int // 5000
	Volumes          int // 5000

	StandardCPUs int // 32: vCPUs of running on-demand A, C, D, H, I, M, R, T and Z instances
	GCPUs        int // 8: of G and VT
	PCPUs        int // 8: of P
	InfCPUs      int // 8: of Inf
	SpotCPUs     int // 32: of spot instances, each of the classes above alone

	Buckets   int // 10000, in all regions
	Databases int // 40
}

func (q Quota) withDefaults() Quota {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&q.VPCs, 5}, {&q.Subnets, 200}, {&q.InternetGateways, 5}, {&q.NATGateways, 5}, {&q.Addresses, 5},
		{&q.RouteTables, 200}, {&q.Routes, 500}, {&q.SecurityGroups, 2500}, {&q.Rules, 60}, {&q.GroupsPerENI, 5},
		{&q.KeyPairs, 5000}, {&q.Volumes, 5000}, {&q.StandardCPUs, 32}, {&q.GCPUs, 8}, {&q.PCPUs, 8},
		{&q.InfCPUs, 8}, {&q.SpotCPUs, 32}, {&q.Buckets, 10000}, {&q.Databases, 40},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return q
}
