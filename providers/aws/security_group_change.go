package aws

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// changeRules makes the rules of a group those that are wanted. It touches only
// what differs between was and want: other rules may have a resource of their
// own. All that is to be open is opened before anything is closed.
func changeRules(ctx context.Context, c *client, now, was, want securityGroup) error {
	in := ruleChange{ingress, permits(was.Ingress, now.ID), permits(want.Ingress, now.ID)}
	out := ruleChange{egress, permits(was.Egress, now.ID), permits(want.Egress, now.ID)}
	if in.none() && out.none() && !now.unfinished() {
		return nil
	}
	there, err := rulesOf(ctx, c, now.ID)
	if err != nil {
		return err
	}
	if now.unfinished() {
		out.was = append(out.was, firstOf(there)...)
	}
	for _, change := range []ruleChange{in, out} {
		if err := change.open(ctx, c, now.ID, there); err != nil {
			return err
		}
	}
	for _, change := range []ruleChange{in, out} {
		if err := change.shut(ctx, c, now.ID, there); err != nil {
			return err
		}
	}
	return nil
}

// rulesOf returns the rules of a group that are there.
func rulesOf(ctx context.Context, c *client, id string) ([]ec2types.SecurityGroupRule, error) {
	var all []ec2types.SecurityGroupRule
	p := ec2.NewDescribeSecurityGroupRulesPaginator(c.ec2, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{filter("group-id", id)}, MaxResults: aws.Int32(pageSize),
	})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.SecurityGroupRules...)
	}
	return all, nil
}

// firstOf returns those rules of a new group that it came with.
func firstOf(there []ec2types.SecurityGroupRule) []permit {
	var list []permit
	for i := range there {
		if p := permitOf(&there[i]); directionOf(&there[i]) == egress && slices.Contains(firstRules(), p) {
			list = append(list, p)
		}
	}
	return list
}

// ruleChange is what is to become of the rules of one direction.
type ruleChange struct {
	way       direction
	was, want []permit
}

// byKey returns descriptions by what a rule lets through.
func byKey(list []permit) map[permit]string {
	out := map[permit]string{}
	for _, p := range list {
		out[p.key()] = p.description
	}
	return out
}

func (d ruleChange) none() bool {
	was, want := byKey(d.was), byKey(d.want)
	for key, text := range want {
		if old, ok := was[key]; !ok || old != text {
			return false
		}
	}
	return len(was) == len(want)
}

// ids returns the ids of the rules there are of the direction, and their
// descriptions, by what they let through.
func (d ruleChange) ids(there []ec2types.SecurityGroupRule) (ids, texts map[permit]string) {
	ids, texts = map[permit]string{}, map[permit]string{}
	for i := range there {
		if directionOf(&there[i]) == d.way {
			p := permitOf(&there[i])
			ids[p.key()], texts[p.key()] = aws.ToString(there[i].SecurityGroupRuleId), p.description
		}
	}
	return ids, texts
}

// open adds the rules that are missing, in one call, and gives others their new
// description.
func (d ruleChange) open(ctx context.Context, c *client, group string, there []ec2types.SecurityGroupRule) error {
	ids, texts := d.ids(there)
	was := byKey(d.was)
	var missing []ec2types.IpPermission
	for _, p := range d.want {
		old, had := was[p.key()]
		id, has := ids[p.key()]
		switch {
		case had && old == p.description:
		case !has && !had:
			missing = append(missing, p.permission())
		case has && texts[p.key()] != p.description:
			if err := changeRule(ctx, c, group, id, p); err != nil {
				return err
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err := d.way.authorize(ctx, c, group, missing, nil)
	if codeOf(err) == "InvalidPermission.Duplicate" {
		// A run that was cut off has sent it, and the list does not show it yet.
		return fmt.Errorf("%w: %w", errUnseen, err)
	}
	return err
}

// shut takes the rules away that are not wanted any more, in one call.
func (d ruleChange) shut(ctx context.Context, c *client, group string, there []ec2types.SecurityGroupRule) error {
	ids, _ := d.ids(there)
	want := byKey(d.want)
	var drop []string
	for key := range byKey(d.was) {
		_, stays := want[key]
		if id, has := ids[key]; has && !stays {
			drop = append(drop, id)
		}
	}
	if len(drop) == 0 {
		return nil
	}
	return d.way.revoke(ctx, c, group, drop...)
}

// revokeAll takes away the rules of a group and those of others that name it.
func revokeAll(ctx context.Context, c *client, id string) error {
	p := ec2.NewDescribeSecurityGroupRulesPaginator(c.ec2, &ec2.DescribeSecurityGroupRulesInput{MaxResults: aws.Int32(pageSize)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		for i := range page.SecurityGroupRules {
			r := &page.SecurityGroupRules[i]
			named := r.ReferencedGroupInfo != nil && aws.ToString(r.ReferencedGroupInfo.GroupId) == id
			if aws.ToString(r.GroupId) != id && !named {
				continue
			}
			err := directionOf(r).revoke(ctx, c, aws.ToString(r.GroupId), aws.ToString(r.SecurityGroupRuleId))
			if err != nil && !notFound(codeOf(err)) {
				return err
			}
		}
	}
	return nil
}
