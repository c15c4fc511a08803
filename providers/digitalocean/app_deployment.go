package digitalocean

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// deployed returns ErrNotReady while the app is being deployed, and ErrBroken with
// the reason when the last deployment has failed.
func deployed(ctx context.Context, c *client, got *godo.App) error {
	if got.PendingDeployment != nil || got.InProgressDeployment != nil {
		return providers.ErrNotReady
	}
	last, err := lastDeployment(ctx, c, got)
	if err != nil {
		return gone(err)
	}
	if why := failureOf(last); why != "" {
		return fmt.Errorf("%s: %w", why, providers.ErrBroken)
	}
	if got.ActiveDeployment == nil && last == nil {
		return providers.ErrNotReady
	}
	return nil
}

// lastDeployment returns the newest deployment where it may be another than the
// active one; else nil. Times are in seconds, so the spec is compared, too.
func lastDeployment(ctx context.Context, c *client, got *godo.App) (*godo.Deployment, error) {
	if a := got.ActiveDeployment; a != nil && !got.LastDeploymentCreatedAt.After(a.CreatedAt) && reflect.DeepEqual(a.Spec, got.Spec) {
		return nil, nil
	}
	all, _, err := c.Apps.ListDeployments(ctx, got.ID, &godo.ListOptions{Page: 1, PerPage: 1})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// failureOf returns why a deployment has failed, "" when it has not.
func failureOf(d *godo.Deployment) string {
	switch {
	case d == nil:
		return ""
	case d.Phase == godo.DeploymentPhase_Canceled:
		return fmt.Sprintf("the deployment %s was canceled", d.ID)
	case d.Phase != godo.DeploymentPhase_Error:
		return ""
	}
	text := fmt.Sprintf("the deployment %s has failed", d.ID)
	if d.Progress == nil {
		return text
	}
	if s := failedStep(d.Progress.Steps); s != nil {
		text += " at the step " + s.Name
		if s.ComponentName != "" {
			text += " of " + s.ComponentName
		}
		if r := s.Reason; r != nil {
			text += ": " + sentence(strings.TrimPrefix(r.Code+": "+r.Message, ": "))
		}
	}
	return text
}

// failedStep returns the innermost step that has failed, nil for none.
func failedStep(steps []*godo.DeploymentProgressStep) *godo.DeploymentProgressStep {
	for _, s := range steps {
		if s.Status != godo.DeploymentProgressStepStatus_Error {
			continue
		}
		if inner := failedStep(s.Steps); inner != nil {
			return inner
		}
		return s
	}
	return nil
}

// redeploy deploys the spec that the app has once more, when that has failed.
func redeploy(ctx context.Context, c *client, now *godo.App) error {
	if now.PendingDeployment != nil || now.InProgressDeployment != nil {
		return nil
	}
	last, err := lastDeployment(ctx, c, now)
	if err != nil || failureOf(last) == "" {
		return err
	}
	_, _, err = c.Apps.CreateDeployment(ctx, now.ID, &godo.DeploymentCreateRequest{})
	return err
}
