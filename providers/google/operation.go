package google

import (
	"context"
	"errors"
	"fmt"
	"strings"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/sqladmin/v1"

	"github.com/mlinfra/mlinfra/providers"
)

// sqlPrefix starts the engine's names of operations of Cloud SQL.
const sqlPrefix = "sql:"

// started turns an operation of Compute Engine into what the engine waits for.
func started(op *compute.Operation, err error) error {
	if err != nil {
		return err
	}
	if failed := outcomeOf(op.Proto()); failed != nil && !errors.Is(failed, providers.ErrNotReady) {
		return failed
	}
	return &providers.Started{Operation: path(op.Proto().GetSelfLink())}
}

// startedSQL does the same for Cloud SQL.
func startedSQL(op *sqladmin.Operation, err error) error {
	if err != nil {
		return err
	}
	return &providers.Started{Operation: sqlPrefix + "projects/" + op.TargetProject + "/operations/" + op.Name}
}

// isAnswer reports whether a call has begun what it was to do.
func isAnswer(err error) bool { return err == nil || providers.OperationOf(err) != "" }

// more turns what has been started into ErrAgain for when it is done.
func more(err error) error {
	var s *providers.Started
	if errors.As(err, &s) {
		return &providers.Started{Operation: s.Operation, Then: providers.ErrAgain}
	}
	return err
}

// listFrom is from how many operations of one place on a list costs less than
// asking for each.
const listFrom = 3

// operations says how operations stand. Those of one zone, region or project
// are asked for together.
func operations(ctx context.Context, c *client, names []string) ([]error, error) {
	places := map[string][]int{}
	var order []string
	for i, name := range names {
		place := name[:strings.LastIndex(name, "/")]
		if places[place] == nil {
			order = append(order, place)
		}
		places[place] = append(places[place], i)
	}
	results := make([]error, len(names))
	for _, place := range order {
		members := places[place]
		seen := map[string]*computepb.Operation{}
		if len(members) >= listFrom && !strings.HasPrefix(place, sqlPrefix) {
			var err error
			if seen, err = c.listOperations(ctx, place, len(members)); err != nil {
				return nil, err
			}
		}
		for _, i := range members {
			op, ok := seen[lastPart(names[i])]
			if !ok {
				var err error
				if results[i], err = c.operation(ctx, names[i]); err != nil {
					return nil, err
				}
				continue
			}
			results[i] = outcomeOf(op)
		}
	}
	return results, nil
}

// operation asks for one operation. One that is not known any more has ended
// long ago.
func (c *client) operation(ctx context.Context, name string) (result, err error) {
	if sql, ok := strings.CutPrefix(name, sqlPrefix); ok {
		got, err := c.sql.Operations.Get(part(sql, "projects"), lastPart(sql)).Context(ctx).Do()
		if err != nil {
			return nil, known(err)
		}
		return outcomeOfSQL(got), nil
	}
	var op *computepb.Operation
	project, id := part(name, "projects"), lastPart(name)
	switch {
	case part(name, "zones") != "":
		op, err = c.zoneOperations.Get(ctx, &computepb.GetZoneOperationRequest{Project: project, Zone: part(name, "zones"), Operation: id})
	case part(name, "regions") != "":
		op, err = c.regionOperations.Get(ctx, &computepb.GetRegionOperationRequest{Project: project, Region: part(name, "regions"), Operation: id})
	default:
		op, err = c.globalOperations.Get(ctx, &computepb.GetGlobalOperationRequest{Project: project, Operation: id})
	}
	if err != nil {
		return nil, known(err)
	}
	return outcomeOf(op), nil
}

func known(err error) error {
	if notFound(err) {
		return nil
	}
	return err
}

// listOperations returns the newest operations of a place, by name: a page of
// them, which holds n that have just been started unless others start many.
func (c *client) listOperations(ctx context.Context, place string, n int) (map[string]*computepb.Operation, error) {
	project, newest := part(place, "projects"), ptr("creationTimestamp desc")
	size := ptr(uint32(min(n+20, pageSize)))
	var it *compute.OperationIterator
	switch {
	case part(place, "zones") != "":
		it = c.zoneOperations.List(ctx, &computepb.ListZoneOperationsRequest{Project: project, Zone: part(place, "zones"), OrderBy: newest, MaxResults: size})
	case part(place, "regions") != "":
		it = c.regionOperations.List(ctx, &computepb.ListRegionOperationsRequest{Project: project, Region: part(place, "regions"), OrderBy: newest, MaxResults: size})
	default:
		it = c.globalOperations.List(ctx, &computepb.ListGlobalOperationsRequest{Project: project, OrderBy: newest, MaxResults: size})
	}
	seen := map[string]*computepb.Operation{}
	for range *size {
		op, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, err
		}
		seen[op.GetName()] = op
	}
	return seen, nil
}

// outcomeOf returns nil for an operation that has ended well.
func outcomeOf(op *computepb.Operation) error {
	if op.GetStatus() != computepb.Operation_DONE {
		return providers.ErrNotReady
	}
	var errs []error
	for _, e := range op.GetError().GetErrors() {
		errs = append(errs, &operationError{op.GetName(), e.GetCode(), e.GetMessage()})
	}
	if len(errs) == 0 && op.GetHttpErrorStatusCode() >= 400 {
		return &operationError{op.GetName(), fmt.Sprint("HTTP ", op.GetHttpErrorStatusCode()), op.GetHttpErrorMessage()}
	}
	return errors.Join(errs...)
}

func outcomeOfSQL(op *sqladmin.Operation) error {
	if op.Status != "DONE" {
		return providers.ErrNotReady
	}
	if op.Error == nil {
		return nil
	}
	var errs []error
	for _, e := range op.Error.Errors {
		errs = append(errs, &operationError{op.Name, e.Code, e.Message})
	}
	return errors.Join(errs...)
}
