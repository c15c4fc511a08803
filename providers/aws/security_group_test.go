package aws

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// newGroup makes a security group as the engine does, up to its first update.
func newGroup(t *testing.T, a *account, name string) securityGroup {
	t.Helper()
	x := securityGroup{Name: name, Description: "Test."}
	if err := createSecurityGroup(t.Context(), a.client, &x, providers.Attempt{Token: "token-" + name}); !errors.Is(err, providers.ErrAgain) {
		t.Fatalf("create: %v, want %v", err, providers.ErrAgain)
	}
	if err := readSecurityGroup(t.Context(), a.client, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// change updates was to what edit makes of it, and reads the result.
func change(t *testing.T, a *account, was securityGroup, edit func(*securityGroup)) securityGroup {
	t.Helper()
	want := was
	want.TagsAll, want.Ingress = map[string]string{}, slices.Clone(was.Ingress)
	edit(&want)
	normalSecurityGroup(&want)
	if err := updateSecurityGroup(t.Context(), a.client, was, &want); err != nil {
		t.Fatal(err)
	}
	if err := readSecurityGroup(t.Context(), a.client, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

func allOut() groupBlock {
	return groupBlock{Protocol: "-1", CIDRBlocks: []string{"0.0.0.0/0"}}
}

func tcp(port int, ranges ...string) groupBlock {
	return groupBlock{Protocol: "tcp", FromPort: port, ToPort: port, CIDRBlocks: ranges}
}

// The first rule of a group goes unless it is asked for, also when the run that
// made the group has died in between and a plan says what is to be done.
func TestNewSecurityGroupLetsNothingOut(t *testing.T) {
	a := newAccount(t)
	was := newGroup(t, a, "closed")
	if len(was.Egress) != 0 || !was.unfinished() {
		t.Fatalf("a new group shows egress %v and tags %v, want no egress and the mark", was.Egress, was.TagsAll)
	}
	plain := map[string]cty.Value{"tags": cty.NullVal(cty.Map(cty.String))}
	if planned := implied(settings{}, securityGroupType.Erase(), cty.NilVal, cty.NilVal, cty.ObjectVal(plain))["tags_all"]; planned.LengthInt() != 0 {
		t.Errorf("tags_all is planned as %#v: a group with a mark would not be finished", planned)
	}
	now := change(t, a, was, func(*securityGroup) {})
	if rules, _ := rulesOf(t.Context(), a.client, now.ID); len(rules) != 0 || now.unfinished() {
		t.Errorf("the finished group has the rules %v and tags %v, want none", rules, now.TagsAll)
	}

	open := change(t, a, newGroup(t, a, "open"), func(x *securityGroup) { x.Egress = []groupBlock{allOut()} })
	if diff := cmp.Diff([]groupBlock{allOut()}, open.Egress); diff != "" {
		t.Errorf("egress (-want +got):\n%s", diff)
	}
}

// The mark is the last to go, so that a group whose update has failed is seen to
// be unfinished.
func TestUnfinishedSecurityGroup(t *testing.T) {
	a := newAccount(t)
	was := newGroup(t, a, "unlucky")
	a.fail = "RevokeSecurityGroupEgress"
	want := was
	want.TagsAll = nil
	if err := updateSecurityGroup(t.Context(), a.client, was, &want); err == nil {
		t.Fatal("the update does not fail")
	}
	now := securityGroup{ID: was.ID}
	if err := readSecurityGroup(t.Context(), a.client, &now); err != nil || !now.unfinished() {
		t.Errorf("after it, tags %v, %v: want the mark", now.TagsAll, err)
	}
	change(t, a, was, func(*securityGroup) {})
	if rules, _ := rulesOf(t.Context(), a.client, was.ID); len(rules) != 0 {
		t.Errorf("after another one, rules %v, want none", rules)
	}
}

func TestSecurityGroupLeavesTheRulesOfOthersAlone(t *testing.T) {
	a := newAccount(t)
	was := change(t, a, newGroup(t, a, "shared"), func(*securityGroup) {})
	other := permit{protocol: "-1", peer: peer{ipv4: "0.0.0.0/0"}}
	if _, err := egress.authorize(t.Context(), a.client, was.ID, []ec2types.IpPermission{other.permission()}, nil); err != nil {
		t.Fatal(err)
	}
	now := change(t, a, was, func(x *securityGroup) { x.TagsAll = map[string]string{"Name": "shared"} })
	if len(now.Egress) != 1 || now.TagsAll["Name"] != "shared" {
		t.Errorf("egress %v, tags %v: want the rule that somebody else has made, and the new tag", now.Egress, now.TagsAll)
	}
}

func TestSecurityGroupOpensBeforeItShuts(t *testing.T) {
	a := newAccount(t)
	was := change(t, a, newGroup(t, a, "busy"), func(x *securityGroup) {
		x.Ingress = []groupBlock{tcp(22, "192.0.2.0/24", "198.51.100.0/24")}
	})
	before, _ := rulesOf(t.Context(), a.client, was.ID)
	a.changes()
	moved := func(x *securityGroup) { x.Ingress = []groupBlock{tcp(22, "192.0.2.0/24"), tcp(443, "0.0.0.0/0")} }
	now := change(t, a, was, moved)
	if diff := cmp.Diff([]string{"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"}, a.changes()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	after, _ := rulesOf(t.Context(), a.client, was.ID)
	stays := func(list []ec2types.SecurityGroupRule) string {
		for _, r := range list {
			if aws.ToString(r.CidrIpv4) == "192.0.2.0/24" {
				return aws.ToString(r.SecurityGroupRuleId)
			}
		}
		return ""
	}
	if len(after) != 2 || stays(before) != stays(after) {
		t.Errorf("rules %v: want two, the one that both have untouched", after)
	}
	change(t, a, was, moved)
	if list := a.changes(); len(list) != 0 {
		t.Errorf("the same update again calls %v, want nothing", list)
	}
	change(t, a, now, func(x *securityGroup) { x.Ingress[0].Description = "SSH." })
	if diff := cmp.Diff([]string{"ModifySecurityGroupRules"}, a.changes()); diff != "" {
		t.Errorf("calls for another description (-want +got):\n%s", diff)
	}
}

func TestRevokeRulesOnDelete(t *testing.T) {
	a := newAccount(t)
	one := change(t, a, newGroup(t, a, "one"), func(*securityGroup) {})
	two := change(t, a, newGroup(t, a, "two"), func(x *securityGroup) {
		x.Ingress = []groupBlock{{Protocol: "-1", SecurityGroups: []string{one.ID}}}
	})
	if err := deleteSecurityGroup(t.Context(), a.client, one); err == nil || classify(err).Kind != providers.Busy {
		t.Errorf("delete of a group that another one names: %v, want a refusal that is busy", err)
	}
	one.RevokeRulesOnDelete = true
	if err := deleteSecurityGroup(t.Context(), a.client, one); err != nil {
		t.Error(err)
	}
	if rules, _ := rulesOf(t.Context(), a.client, two.ID); len(rules) != 0 {
		t.Errorf("the other group still has %v", rules)
	}
}

func TestMergedBlocks(t *testing.T) {
	got := mergedBlocks([]groupBlock{
		{Protocol: "6", FromPort: 22, ToPort: 22, CIDRBlocks: []string{"192.0.2.0/24"}},
		{Protocol: "TCP", FromPort: 22, ToPort: 22, Self: true, IPv6CIDRBlocks: []string{"2001:DB8::/32"}},
		{Protocol: "tcp", FromPort: 22, ToPort: 22, Description: "Admins.", SecurityGroups: []string{"sg-1"}},
		{Protocol: "all", FromPort: -1, ToPort: -1, CIDRBlocks: []string{"10.0.0.0/8"}},
	})
	want := []groupBlock{
		{Protocol: "tcp", FromPort: 22, ToPort: 22, CIDRBlocks: []string{"192.0.2.0/24"}, IPv6CIDRBlocks: []string{"2001:db8::/32"}, Self: true},
		{Protocol: "tcp", FromPort: 22, ToPort: 22, Description: "Admins.", SecurityGroups: []string{"sg-1"}},
		{Protocol: "-1", CIDRBlocks: []string{"10.0.0.0/8"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
}
