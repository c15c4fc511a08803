package fake

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// ec2State is what EC2 has, all regions together.
type ec2State struct {
	VPCs         table[*vpc]              `json:"vpcs"`
	Subnets      table[*subnet]           `json:"subnets"`
	Gateways     table[*internetGateway]  `json:"internet_gateways"`
	NATs         table[*natGateway]       `json:"nat_gateways"`
	RouteTables  table[*routeTable]       `json:"route_tables"`
	Addresses    table[*address]          `json:"addresses"`
	Groups       table[*securityGroup]    `json:"security_groups"`
	Rules        table[*groupRule]        `json:"security_group_rules"`
	Keys         table[*keyPair]          `json:"key_pairs"`
	Interfaces   table[*networkInterface] `json:"network_interfaces"`
	Instances    table[*instance]         `json:"instances"`
	Spots        table[*spotRequest]      `json:"spot_instance_requests"`
	Volumes      table[*volume]           `json:"volumes"`
	Associations table[*profileUse]       `json:"iam_instance_profile_associations"`
}

func (s *ec2State) kinds() fakecloud.Kinds {
	return fakecloud.Kinds{
		"vpc": &s.VPCs, "subnet": &s.Subnets, "internet_gateway": &s.Gateways, "nat_gateway": &s.NATs,
		"route_table": &s.RouteTables, "eip": &s.Addresses, "security_group": &s.Groups,
		"security_group_rule": &s.Rules, "key_pair": &s.Keys, "network_interface": &s.Interfaces,
		"instance": &s.Instances, "spot_instance_request": &s.Spots, "volume": &s.Volumes,
		"iam_instance_profile_association": &s.Associations,
	}
}

// meta is what every EC2 object has.
type meta struct {
	ID        string            `json:"id"`
	Serial    int               `json:"serial"` // grows: lists are in its order
	Region    string            `json:"region"`
	CreatedAt time.Time         `json:"created_at"`
	Builtin   bool              `json:"builtin"` // made by the cloud, goes with what it was made for
	Tags      map[string]string `json:"tags"`
}

func (m *meta) Key() string   { return m.ID }
func (m *meta) Title() string { return m.Tags["Name"] }
func (m *meta) Hidden() bool  { return m.Builtin }
func (m *meta) common() *meta { return m }

// kind says what a type of objects is called where.
type kind struct {
	prefix    string // of ids
	tagType   string // resource type in tags
	notFound  string // error code
	message   string // its text, with the id for %s
	malformed string // error code for an id without the prefix; "" uses notFound
}

// resource is an EC2 object. Its kind method works on nil.
type resource interface {
	fakecloud.Object
	common() *meta
	kind() kind
}

// newMeta is the meta of an object made now.
func (c *Cloud) newMeta(q *call, k kind, tags map[string]string) meta {
	return meta{ID: c.newID(k.prefix), Serial: c.s.IDs.Number(0), Region: q.region, CreatedAt: q.now, Tags: tags}
}

// seen tells whether the API knows r by now.
func (c *Cloud) seen(q *call, r resource) bool {
	m := r.common()
	return m.Region == q.region && !q.now.Before(m.CreatedAt.Add(c.o.EventualLag))
}

// lookup returns the object with id, or the refusal of its kind.
func lookup[T resource](c *Cloud, q *call, t table[T], id string) (T, error) {
	x, found := t.Find(id)
	if found && c.seen(q, x) {
		return x, nil
	}
	var none T
	return none, none.kind().unknown(id)
}

// unknown is the refusal of ids that nothing has.
func (k kind) unknown(ids ...string) error {
	for _, id := range ids {
		if k.malformed != "" && !strings.HasPrefix(id, k.prefix+"-") {
			return refusal(k.malformed, "Invalid id: \"%s\" (expecting \"%s-...\")", id, k.prefix)
		}
	}
	return refusal(k.notFound, k.message, strings.Join(ids, ", "))
}

// ec2Dialect is the dialect of EC2, alone in its kind.
func ec2Dialect() dialect {
	return dialect{version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", ec2: true,
		missing: missingParameter, deny: denyEC2, denied: deniedEC2}
}

func missingParameter(param string) error {
	return refusal("MissingParameter", "The request must contain the parameter %s", param)
}

// badValue refuses a parameter's value.
func badValue(format string, args ...any) error {
	return refusal("InvalidParameterValue", format, args...)
}

// badMix refuses parameters that do not go together.
func badMix(format string, args ...any) error {
	return refusal("InvalidParameterCombination", format, args...)
}

func denyEC2(why denial) error {
	switch why {
	case unsigned:
		return refusalWith(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	case expiredToken:
		return refusal("RequestExpired", "Request has expired.")
	case badScope:
		return refusalWith(http.StatusForbidden, "SignatureDoesNotMatch", "Credential should be scoped to a valid region and service.")
	}
	// A region that is not enabled does not know the account's keys.
	return refusalWith(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
}

func deniedEC2(action string, who identity) error {
	return refusalWith(http.StatusForbidden, "UnauthorizedOperation",
		"You are not authorized to perform this operation. User: %s is not authorized to perform: %s because no identity-based policy allows the action.", who.arn, action)
}

// ec2Operations are EC2's operations by name.
func (c *Cloud) ec2Operations() map[string]operation {
	all := map[string]operation{}
	for _, family := range []map[string]operation{
		c.catalogueOperations(), c.tagOperations(), c.vpcOperations(), c.aclOperations(), c.subnetOperations(), c.gatewayOperations(),
		c.natOperations(), c.routeTableOperations(), c.addressOperations(), c.groupOperations(), c.keyOperations(),
		c.interfaceOperations(), c.instanceOperations(), c.profileOperations(), c.spotOperations(), c.volumeOperations(),
	} {
		maps.Copy(all, family)
	}
	return all
}

// settleEC2 makes happen what is due.
func (c *Cloud) settleEC2(now time.Time) {
	for _, i := range slices.Clone(c.s.EC2.Instances) {
		c.settleInstance(i, now)
	}
	for _, n := range slices.Clone(c.s.EC2.NATs) {
		c.settleNAT(n, now)
	}
	for _, v := range slices.Clone(c.s.EC2.Volumes) {
		c.settleVolume(v, now)
	}
}

// forget takes away what was only a part of o, which is gone.
func (c *Cloud) forget(o fakecloud.Object) {
	switch o := o.(type) {
	case *instance:
		o.GoneAt = c.Now()
		c.clean(o)
	case *natGateway:
		c.dropInterface(o.Interface)
	case *securityGroup:
		c.dropGroup(o)
		for _, i := range c.s.EC2.Interfaces {
			i.Groups = slices.DeleteFunc(i.Groups, func(id string) bool { return id == o.ID })
		}
	case *subnet:
		c.dropUses(o)
	case *vpc:
		c.dropParts(o)
	}
}

// due tells whether t is set and not in the future.
func due(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }

func (c *Cloud) arn(service, region, rest string) string {
	return "arn:aws:" + service + ":" + region + ":" + c.o.Account + ":" + rest
}

func itoa(n int) string { return strconv.Itoa(n) }
