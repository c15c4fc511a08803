package ovh

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// connection is a kind of what a vRack connects, by the API's name for it.
type connection string

const (
	wholeServer     connection = "dedicatedServer"
	serverInterface connection = "dedicatedServerInterface"
)

// id returns the id of a connection as Terraform's provider writes it.
func (k connection) id(vRack, member string) string {
	return "vrack_" + vRack + "-" + strings.ToLower(string(k)) + "_" + member
}

// look returns nil when a member is connected, or ErrGone.
func (k connection) look(ctx context.Context, c *client, vRack, member string) error {
	return gone(call(ctx, c, http.MethodGet, at("vrack", vRack, string(k), member), nil, nil))
}

// connect connects a member, unless it is, or is being. What goes on comes first:
// what is being taken out is connected still.
func (k connection) connect(ctx context.Context, c *client, vRack, member string) error {
	now, going, err := pending(ctx, c, vRack, member)
	switch {
	case err != nil:
		return err
	case going && leaves(now):
		return busyError(fmt.Sprintf("%s is being taken out of vRack %s", member, vRack))
	case going:
		return started(at("vrack", vRack), now, nil)
	}
	if err := k.look(ctx, c, vRack, member); !errors.Is(err, providers.ErrGone) {
		return err
	}
	if err := call(ctx, c, http.MethodPost, at("vrack", vRack, string(k)), map[connection]string{k: member}, &now); err != nil {
		return err
	}
	return started(at("vrack", vRack), now, nil)
}

// disconnect takes a member out.
func (k connection) disconnect(ctx context.Context, c *client, vRack, member string) error {
	now, going, err := pending(ctx, c, vRack, member)
	switch {
	case isNotFound(err):
		return providers.ErrGone // the vRack itself
	case err != nil:
		return err
	case going && !leaves(now):
		return busyError(fmt.Sprintf("%s is being connected to vRack %s", member, vRack))
	case !going:
		if err := call(ctx, c, http.MethodDelete, at("vrack", vRack, string(k), member), nil, &now); err != nil {
			return gone(err)
		}
	}
	return started(at("vrack", vRack), now, nil)
}

// leaves reports whether a task takes something out of a vRack.
func leaves(t task) bool { return strings.HasPrefix(t.Function, "remove") }

// pending returns the task of a vRack that goes on with a member; false for none.
func pending(ctx context.Context, c *client, vRack, member string) (task, bool, error) {
	var ids []int
	if err := call(ctx, c, http.MethodGet, at("vrack", vRack, "task"), nil, &ids); err != nil {
		return task{}, false, err
	}
	for _, id := range ids {
		var t task
		err := call(ctx, c, http.MethodGet, fmt.Sprintf("%s/%d", at("vrack", vRack, "task"), id), nil, &t)
		switch {
		case isNotFound(err):
			continue // done since
		case err != nil:
			return task{}, false, err
		case t.Target == member && slices.Contains(underWay, t.Status):
			return t, true, nil
		}
	}
	return task{}, false, nil
}

// all yields what is connected, vRack by vRack.
func (k connection) all(ctx context.Context, c *client) iter.Seq2[[2]string, error] {
	return func(yield func([2]string, error) bool) {
		var vRacks []string
		if err := call(ctx, c, http.MethodGet, "/vrack", nil, &vRacks); err != nil {
			yield([2]string{}, err)
			return
		}
		for _, vRack := range vRacks {
			var members []string
			if err := call(ctx, c, http.MethodGet, at("vrack", vRack, string(k)), nil, &members); err != nil {
				yield([2]string{}, err)
				return
			}
			for _, member := range members {
				if !yield([2]string{vRack, member}, nil) {
					return
				}
			}
		}
	}
}

// twoParts splits the id of an import; form says in words what it is.
func twoParts(id, form string) (vRack, member string, err error) {
	vRack, member, ok := strings.Cut(id, "/")
	if !ok || vRack == "" || member == "" {
		return "", "", fmt.Errorf("%q is not %s", id, form)
	}
	return vRack, member, nil
}

func checkVRack(name string) error {
	if !strings.HasPrefix(name, "pn-") {
		return fmt.Errorf("service_name %q is not that of a vRack, such as pn-123456", name)
	}
	return nil
}
