package hcloud

import (
	"context"
	"errors"
	"slices"
	"strings"

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

// startedAll is started for a call that has begun several actions: they are waited
// for together.
func startedAll(actions []*hcloud.Action, _ *hcloud.Response, err error) error {
	if err != nil {
		return err
	}
	var names []string
	for _, a := range actions {
		err := started(a, nil, nil)
		switch name := providers.OperationOf(err); {
		case name != "":
			names = append(names, name)
		case err != nil:
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &providers.Started{Operation: strings.Join(names, ",")}
}

// then is what a call has started when others follow it.
func then(err error) error {
	if err == nil {
		return providers.ErrAgain
	}
	if name := providers.OperationOf(err); name != "" {
		return &providers.Started{Operation: name, Then: providers.ErrAgain}
	}
	return err
}

// more is started for a call that others follow.
func more(action *hcloud.Action, resp *hcloud.Response, err error) error {
	return then(started(action, resp, err))
}

// together is how many actions are asked for at once: each makes the URL longer.
const together = 50

// operations says how actions stand. One that is not known any more has ended long
// ago.
func operations(ctx context.Context, c *client, names []string) ([]error, error) {
	var ids []int64
	for _, name := range names {
		for part := range strings.SplitSeq(name, ",") {
			id, err := number(part)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
	}
	results := map[string]error{}
	for some := range slices.Chunk(ids, together) {
		actions, err := c.Action.AllWithOpts(ctx, hcloud.ActionListOpts{ID: some})
		if err != nil {
			return nil, err
		}
		for _, a := range actions {
			results[text(a.ID)] = outcome(a)
		}
	}
	list := make([]error, len(names))
	for i, name := range names {
		for part := range strings.SplitSeq(name, ",") {
			list[i] = worse(list[i], results[part])
		}
	}
	return list, nil
}

// worse returns which of two outcomes is that of both actions.
func worse(a, b error) error {
	if a == nil || errors.Is(a, providers.ErrNotReady) && b != nil {
		return b
	}
	return a
}

// outcome returns nil for an action that has ended well.
func outcome(a *hcloud.Action) error {
	if a.Status == hcloud.ActionStatusRunning {
		return providers.ErrNotReady
	}
	return a.Error()
}
