package hcloud

import (
	"errors"
	"testing"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

func TestSeveralActionsAreOneOperation(t *testing.T) {
	going := func(id int64) *hcloud.Action { return &hcloud.Action{ID: id, Status: hcloud.ActionStatusRunning} }
	err := startedAll([]*hcloud.Action{going(7), nil, going(8)}, nil, nil)
	if name := providers.OperationOf(err); name != "7,8" {
		t.Errorf("the operation is %q, want 7,8", name)
	}
	if err := then(err); !errors.Is(err, providers.ErrAgain) || providers.OperationOf(err) != "7,8" {
		t.Errorf("what follows is %v", err)
	}
	if err := startedAll(nil, nil, nil); err != nil {
		t.Errorf("no actions are %v", err)
	}
	failed := &hcloud.Action{ID: 9, Status: hcloud.ActionStatusError, ErrorCode: "locked"}
	if err := startedAll([]*hcloud.Action{going(7), failed}, nil, nil); err == nil || providers.OperationOf(err) != "" {
		t.Errorf("one that has failed among others is %v", err)
	}
}

func TestWorseOutcome(t *testing.T) {
	failure := errors.New("failed")
	for _, tt := range []struct{ a, b, want error }{
		{nil, nil, nil},
		{nil, failure, failure},
		{failure, nil, failure},
		{providers.ErrNotReady, nil, providers.ErrNotReady},
		{providers.ErrNotReady, failure, failure},
		{failure, providers.ErrNotReady, failure},
	} {
		if got := worse(tt.a, tt.b); !errors.Is(got, tt.want) || (got == nil) != (tt.want == nil) {
			t.Errorf("of %v and %v the worse is %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
