package hcloud

import (
	"context"
	"slices"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// started turns an action, of which there is none when all is done, into what the
// engine waits for.
func started(action *hcloud.Action, _ *hcloud.Response, err error) error {
	switch {
	case err != nil:
		return err
	case action == nil:
		return nil
	case action.Error() != nil:
		return action.Error()
	}
	return &providers.Started{Operation: text(action.ID)}
}

// more is started for a call that others follow.
func more(action *hcloud.Action, resp *hcloud.Response, err error) error {
	if err = started(action, resp, err); providers.OperationOf(err) != "" {
		return &providers.Started{Operation: providers.OperationOf(err), Then: providers.ErrAgain}
	}
	if err == nil {
		err = providers.ErrAgain
	}
	return err
}

// together is how many actions are asked for at once: each makes the URL longer.
const together = 50

// operations says how actions stand. One that is not known any more has ended long
// ago.
func operations(ctx context.Context, c *client, names []string) ([]error, error) {
	results := map[string]error{}
	for part := range slices.Chunk(names, together) {
		var ids []int64
		for _, name := range part {
			id, err := number(name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		actions, err := c.Action.AllWithOpts(ctx, hcloud.ActionListOpts{ID: ids})
		if err != nil {
			return nil, err
		}
		for _, a := range actions {
			results[text(a.ID)] = outcome(a)
		}
	}
	list := make([]error, len(names))
	for i, name := range names {
		list[i] = results[name]
	}
	return list, nil
}

// outcome returns nil for an action that has ended well.
func outcome(a *hcloud.Action) error {
	if a.Status == hcloud.ActionStatusRunning {
		return providers.ErrNotReady
	}
	return a.Error()
}
