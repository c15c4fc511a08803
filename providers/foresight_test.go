package providers

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
)

type machine struct {
	ID      string    `cty:"id"       is:"computed"`
	Size    string    `cty:"size"     is:"required"`
	Image   string    `cty:"image"    is:"required,replace"`
	IP      string    `cty:"ip"       is:"computed"`
	WaitFor []WaitFor `cty:"wait_for" is:"optional,blind,max=1"`
}

func machineType() *Type {
	return Resource[string, machine]{
		Type: "toy_machine",
		Foresee: func(_ context.Context, c string, was *machine, want machine) error {
			if was != nil && was.Size == want.Size {
				return nil
			}
			return errors.New(c + " has no " + want.Size)
		},
		Probe:   func(x machine) *Probe { return ProbeOf(x.WaitFor, x.IP, "") },
		Explain: map[string]string{"image": "it starts from it once"},
	}.Erase()
}

func TestForesightAndProbe(t *testing.T) {
	typ := machineType()
	c := newCodec[machine]()
	none := cty.NullVal(typ.ImpliedType())
	large := c.encode(&machine{Size: "large"})
	look := func(was cty.Value) error {
		_, err := calls{client: "the cloud"}.Read(t.Context(), typ.Foresight(was), large)
		return err
	}
	if err := look(none); err == nil || err.Error() != "the cloud has no large" {
		t.Errorf("a new one: %v, want the finding", err)
	}
	if err := look(large); err != nil {
		t.Errorf("one that stays: %v", err)
	}
	if got := typ.Probe(large); got != nil {
		t.Errorf("it is asked %+v, want nothing", got)
	}
	waits := c.encode(&machine{IP: "192.0.2.1", WaitFor: []WaitFor{{SSH: true, Port: 22, Timeout: "1m"}}})
	if got := typ.Probe(waits); got == nil || got.Host != "192.0.2.1" || got.Timeout != time.Minute {
		t.Errorf("it is asked %+v, want its SSH server", got)
	}
	plain := Resource[string, machine]{Type: "toy_plain"}.Erase()
	if plain.Foresight(none) != nil || plain.Probe(waits) != nil {
		t.Error("a type without either has them")
	}
}

func TestExplainedAttributesReplace(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("size is explained, which does not replace")
		}
	}()
	Resource[string, machine]{Type: "toy_machine", Explain: map[string]string{"size": "it cannot grow"}}.Erase()
}
