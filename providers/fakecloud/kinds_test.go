package fakecloud

import (
	"strings"
	"testing"
)

// animal is an Object.
type animal struct {
	ID, Name string
	Tags     map[string]string
	Shy      bool
}

func (a *animal) Key() string   { return a.ID }
func (a *animal) Title() string { return a.Name }
func (a *animal) Hidden() bool  { return a.Shy }

func TestKinds(t *testing.T) {
	var cats, dogs Table[*animal]
	cats.Add(&animal{ID: "2", Name: "tom", Tags: map[string]string{"old": "yes"}})
	cats.Add(&animal{ID: "1"})
	dogs.Add(&animal{ID: "1", Name: "rex"})
	dogs.Add(&animal{ID: "3", Shy: true})
	kinds := Kinds{"cat": &cats, "dog": &dogs}
	if got, want := strings.Join(kinds.Lines(), ", "), "cat 1, cat 2 tom, dog 1 rex"; got != want {
		t.Errorf("lines are %q, want %q", got, want)
	}
	err := kinds.Edit("cat", "2", func(m map[string]any) {
		m["Tags"] = map[string]any{"new": "yes"}
		delete(m, "Name")
	})
	if tom, found := cats.Find("2"); err != nil || !found || tom.Name != "" || len(tom.Tags) != 1 || tom.Tags["new"] == "" {
		t.Errorf("edited to %+v: %v", tom, err)
	}
	for _, none := range [][2]string{{"cat", "3"}, {"bird", "1"}} {
		if kinds.Edit(none[0], none[1], func(map[string]any) {}) == nil {
			t.Errorf("edited %v, which is not there", none)
		}
	}
	if !kinds["cat"].Drop("2") || kinds["cat"].Drop("2") || len(cats) != 1 || cats[0].ID != "1" {
		t.Errorf("cats are %v after one was dropped", cats.Objects())
	}
	if shy := dogs.Where((*animal).Hidden); len(shy) != 1 || shy[0].ID != "3" {
		t.Errorf("hidden dogs are %v", shy)
	}
}
