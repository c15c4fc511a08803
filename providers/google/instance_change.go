package google

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
	"github.com/google/uuid"
	"google.golang.org/api/iterator"
	"google.golang.org/protobuf/proto"

	"github.com/mlinfra/mlinfra/providers"
)

// instanceChange is an update of an instance on its way.
type instanceChange struct {
	got  *computepb.Instance
	was  instance
	now  instance // got, in the spelling of want
	want instance
}

// updateInstance starts the first operation that the instance, as it is now,
// still needs. What needs it stopped comes last: it is stopped, changed, and
// brought into the state that it is to have.
func updateInstance(ctx context.Context, c *client, was instance, x *instance) error {
	x.ID = was.ID
	got, err := c.instance(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	u := instanceChange{got: got, was: was, now: *x, want: *x}
	if u.now.fill(got) != nil {
		return providers.ErrAgain
	}
	spellInstance(*x, &u.now)
	for _, step := range []func(context.Context, *client, instanceChange) error{
		updateFields, setMetadata, setTags, setInstanceLabels, changePolicies, setScheduling,
		changeAccess, changeAliases, changeBootDisk, moveDisks, protectInstance,
	} {
		if err := step(ctx, c, u); err != nil {
			return more(err)
		}
	}
	goal, err := c.goalOf(ctx, u)
	if err != nil {
		return err
	}
	switch cold := coldChanges(was, u.now, *x); {
	case len(cold) == 0 && goal == u.now.CurrentStatus:
		*x = u.now
		return nil
	case len(cold) == 0:
		return more(c.bring(ctx, got, goal))
	case u.now.CurrentStatus != terminated:
		return more(c.stop(ctx, got, goal))
	default:
		return more(c.changeStopped(ctx, u, cold[0], goal))
	}
}

func updateFields(ctx context.Context, c *client, u instanceChange) error {
	if u.now.Description == u.want.Description && u.now.CanIPForward == u.want.CanIPForward {
		return nil
	}
	return c.put(ctx, u.got, func(i *computepb.Instance) {
		i.Description, i.CanIpForward = text(u.want.Description), ptr(u.want.CanIPForward)
	})
}

// put replaces an instance by itself, edited. It is never restarted by that.
func (c *client) put(ctx context.Context, got *computepb.Instance, edit func(*computepb.Instance)) error {
	project, zone, name := placeOf(got)
	edited := proto.Clone(got).(*computepb.Instance)
	edit(edited)
	return started(c.instances.Update(ctx, &computepb.UpdateInstanceRequest{
		Project: project, Zone: zone, Instance: name, InstanceResource: edited, MostDisruptiveAllowedAction: ptr("REFRESH"),
	}))
}

func setMetadata(ctx context.Context, c *client, u instanceChange) error {
	if maps.Equal(u.now.allMetadata(), u.want.allMetadata()) {
		return nil
	}
	project, zone, name := placeOf(u.got)
	return started(c.instances.SetMetadata(ctx, &computepb.SetMetadataInstanceRequest{
		Project: project, Zone: zone, Instance: name,
		MetadataResource: &computepb.Metadata{Fingerprint: ptr(u.now.MetadataFingerprint), Items: metadataItems(u.want.allMetadata())},
	}))
}

func setTags(ctx context.Context, c *client, u instanceChange) error {
	if sameSet(u.now.Tags, u.want.Tags) {
		return nil
	}
	project, zone, name := placeOf(u.got)
	return started(c.instances.SetTags(ctx, &computepb.SetTagsInstanceRequest{
		Project: project, Zone: zone, Instance: name,
		TagsResource: &computepb.Tags{Fingerprint: ptr(u.now.TagsFingerprint), Items: u.want.Tags},
	}))
}

func setInstanceLabels(ctx context.Context, c *client, u instanceChange) error {
	if maps.Equal(u.now.EffectiveLabels, u.want.EffectiveLabels) {
		return nil
	}
	project, zone, name := placeOf(u.got)
	return started(c.instances.SetLabels(ctx, &computepb.SetLabelsInstanceRequest{
		Project: project, Zone: zone, Instance: name,
		InstancesSetLabelsRequestResource: &computepb.InstancesSetLabelsRequest{
			Labels: withForeign(u.want.EffectiveLabels, u.got.GetLabels()), LabelFingerprint: u.got.LabelFingerprint,
		},
	}))
}

// changePolicies removes before it adds: an instance has one policy at most.
func changePolicies(ctx context.Context, c *client, u instanceChange) error {
	project, zone, name := placeOf(u.got)
	for _, p := range u.now.ResourcePolicies {
		if !slices.Contains(u.want.ResourcePolicies, p) {
			return started(c.instances.RemoveResourcePolicies(ctx, &computepb.RemoveResourcePoliciesInstanceRequest{
				Project: project, Zone: zone, Instance: name,
				InstancesRemoveResourcePoliciesRequestResource: &computepb.InstancesRemoveResourcePoliciesRequest{ResourcePolicies: u.now.policyLinks(project, zone)},
			}))
		}
	}
	if len(u.now.ResourcePolicies) >= len(u.want.ResourcePolicies) {
		return nil
	}
	return started(c.instances.AddResourcePolicies(ctx, &computepb.AddResourcePoliciesInstanceRequest{
		Project: project, Zone: zone, Instance: name,
		InstancesAddResourcePoliciesRequestResource: &computepb.InstancesAddResourcePoliciesRequest{ResourcePolicies: u.want.policyLinks(project, zone)},
	}))
}

func setScheduling(ctx context.Context, c *client, u instanceChange) error {
	if len(u.want.Scheduling) == 0 {
		return nil
	}
	now, want := u.now.Scheduling[0], u.want.Scheduling[0]
	if want.OnHostMaintenance == "" {
		want.OnHostMaintenance = now.OnHostMaintenance
	}
	if want.InstanceTerminationAction == "" {
		want.InstanceTerminationAction = now.InstanceTerminationAction
	}
	if now.AutomaticRestart == want.AutomaticRestart && now.OnHostMaintenance == want.OnHostMaintenance && now.InstanceTerminationAction == want.InstanceTerminationAction {
		return nil
	}
	project, zone, name := placeOf(u.got)
	s := proto.Clone(u.got.GetScheduling()).(*computepb.Scheduling)
	s.AutomaticRestart, s.OnHostMaintenance, s.InstanceTerminationAction = ptr(want.AutomaticRestart), text(want.OnHostMaintenance), text(want.InstanceTerminationAction)
	return started(c.instances.SetScheduling(ctx, &computepb.SetSchedulingInstanceRequest{Project: project, Zone: zone, Instance: name, SchedulingResource: s}))
}

func protectInstance(ctx context.Context, c *client, u instanceChange) error {
	if u.now.DeletionProtection == u.want.DeletionProtection {
		return nil
	}
	project, zone, name := placeOf(u.got)
	return started(c.instances.SetDeletionProtection(ctx, &computepb.SetDeletionProtectionInstanceRequest{
		Project: project, Zone: zone, Resource: name, DeletionProtection: ptr(u.want.DeletionProtection),
	}))
}

// changeStopped makes one change of a stopped instance. One that is refused
// must not leave it off.
func (c *client) changeStopped(ctx context.Context, u instanceChange, what, goal string) error {
	err := coldSteps[what](ctx, c, u)
	if err != nil && providers.OperationOf(err) == "" && classify(err).Kind == providers.Fatal && goal == running {
		onErr := c.bring(ctx, u.got, running)
		if providers.OperationOf(onErr) != "" {
			return fmt.Errorf("%w; the instance starts again", err)
		}
		return errors.Join(err, onErr)
	}
	return err
}

// bring starts the operation that leads from the state of an instance towards
// goal.
func (c *client) bring(ctx context.Context, got *computepb.Instance, goal string) error {
	project, zone, name := placeOf(got)
	switch {
	case goal == terminated:
		return c.stop(ctx, got, goal)
	case goal == suspended && got.GetStatus() == running:
		return started(c.instances.Suspend(ctx, &computepb.SuspendInstanceRequest{Project: project, Zone: zone, Instance: name}))
	case got.GetStatus() == suspended:
		return started(c.instances.Resume(ctx, &computepb.ResumeInstanceRequest{Project: project, Zone: zone, Instance: name}))
	}
	return started(c.instances.Start(ctx, &computepb.StartInstanceRequest{Project: project, Zone: zone, Instance: name}))
}

// stop stops an instance. One that is to run again is stopped by a request
// that a later run recognises, should this one end in between.
func (c *client) stop(ctx context.Context, got *computepb.Instance, goal string) error {
	project, zone, name := placeOf(got)
	req := &computepb.StopInstanceRequest{Project: project, Zone: zone, Instance: name}
	if goal == running {
		req.RequestId = ptr(pauseID(got))
	}
	return started(c.instances.Stop(ctx, req))
}

// pauseID is the id of the request that stops an instance, since its last
// start, in order to change it.
func pauseID(got *computepb.Instance) string {
	text := "stopped for a change: " + number(got.GetId()) + " " + got.GetLastStartTimestamp()
	return uuid.NewHash(sha256.New(), uuid.Nil, []byte(text), 8).String()
}

// goalOf returns the state that an instance is to be in after the change. One
// that was found stopped stays so, unless an earlier run has stopped it for a
// change; one that runs again since is left alone.
func (c *client) goalOf(ctx context.Context, u instanceChange) (string, error) {
	found := u.was.DesiredStatus == terminated && u.want.DesiredStatus == terminated
	switch {
	case u.want.DesiredStatus == "":
		return u.was.CurrentStatus, nil
	case found && u.now.CurrentStatus != terminated:
		return u.now.CurrentStatus, nil
	case !found:
		return u.want.DesiredStatus, nil
	}
	project, zone, _ := placeOf(u.got)
	it := c.zoneOperations.List(ctx, &computepb.ListZoneOperationsRequest{
		Project: project, Zone: zone, OrderBy: ptr("creationTimestamp desc"), MaxResults: ptr(uint32(1)),
		Filter: ptr(fmt.Sprintf(`(targetId = %d) AND (operationType = "stop")`, u.got.GetId())),
	})
	op, err := it.Next()
	switch {
	case errors.Is(err, iterator.Done):
		return terminated, nil
	case err != nil:
		return "", err
	case op.GetClientOperationId() == pauseID(u.got):
		return running, nil
	}
	return terminated, nil
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
