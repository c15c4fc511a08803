package ovh

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// Tasks are what the API goes on with: of a server, or of a vRack. The engine
// knows them by their paths. There is none for a new name of a server, which is
// waited for all the same.

// task is one of either.
type task struct {
	TaskID   int    `json:"taskId"` // of a server
	ID       int    `json:"id"`     // of a vRack
	Function string `json:"function"`
	Status   string `json:"status"`
	Comment  string `json:"comment"`
	Target   string `json:"targetDomain"` // of a vRack: what is connected
}

// started returns what the engine waits for: the task of a server or of a vRack.
func started(of string, t task, then error) error {
	return &providers.Started{Operation: of + "/task/" + strconv.Itoa(cmp.Or(t.TaskID, t.ID)), Then: then}
}

// underWay are the states of a task that goes on.
var underWay = []string{"init", "todo", "doing"}

// operations says how tasks stand.
func operations(ctx context.Context, c *client, names []string) ([]error, error) {
	results := make([]error, len(names))
	for i, path := range names {
		var err error
		if results[i], err = outcome(ctx, c, path); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// outcome returns nil for a task that has been done, ErrNotReady for one that goes
// on, or why it has failed. Those of a vRack are forgotten when they are done.
// One of a server may be unknown for a while where it is carried out: then the
// list of the tasks tells whether there is one.
func outcome(ctx context.Context, c *client, path string) (result, err error) {
	if server, name, ok := strings.Cut(path, nameWord); ok {
		return named(ctx, c, server, name)
	}
	var t task
	err = call(ctx, c, http.MethodGet, path, nil, &t)
	switch {
	case isNotFound(err) && strings.HasPrefix(path, "/vrack/"):
		return nil, nil
	case isNotFound(err):
		all, id := path[:strings.LastIndex(path, "/")], path[strings.LastIndex(path, "/")+1:]
		var ids []int
		if err := call(ctx, c, http.MethodGet, all, nil, &ids); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(ids, func(n int) bool { return strconv.Itoa(n) == id }) {
			return providers.ErrNotReady, nil
		}
		return nil, nil
	case err != nil:
		return nil, err
	case slices.Contains(underWay, t.Status):
		return providers.ErrNotReady, nil
	case t.Status == "done":
		return nil, nil
	}
	return &taskError{strings.TrimPrefix(path, "/"), t.Status, t.Comment}, nil
}

// reinstalling returns the installation that goes on on a server; false for none.
func reinstalling(ctx context.Context, c *client, server string) (task, bool, error) {
	for _, status := range underWay {
		var ids []int
		path := fmt.Sprintf("%s/task?function=reinstallServer&status=%s", serverPath(server), status)
		if err := call(ctx, c, http.MethodGet, path, nil, &ids); err != nil {
			return task{}, false, err
		}
		if len(ids) > 0 {
			return task{TaskID: ids[0]}, true, nil
		}
	}
	return task{}, false, nil
}
