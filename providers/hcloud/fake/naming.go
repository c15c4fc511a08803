package fake

// naming is what is said of every object when it is made and changed. Nil fields
// were not sent.
type naming struct {
	Name   *string `json:"name"`
	Labels *labels `json:"labels"`
}

// checkNew refuses what is wrong with the name and the labels of a new object of a
// table.
func checkNew[T object](in naming, t table[T], kind string) error {
	if in.Name == nil {
		return invalid("name", "is required")
	}
	return check(in, t, kind, 0)
}

// check refuses what is wrong with a name and labels; id is the object that may keep
// its own.
func check[T object](in naming, t table[T], kind string, id int64) error {
	if in.Name != nil {
		if *in.Name == "" {
			return invalid("name", "can't be blank")
		}
		if x, found := t.named(*in.Name); found && x.key() != id {
			return taken(kind, "name")
		}
	}
	if in.Labels != nil {
		return in.Labels.check()
	}
	return nil
}

// update answers a PUT that changes the name and the labels of an object.
func update[T object](q *request, t table[T], kind string, name func(T) (*string, *labels), show func(T) view) (reply, error) {
	x, err := inPath(q, t, kind)
	if err != nil {
		return fail(err)
	}
	var in naming
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := check(in, t, kind, x.key()); err != nil {
		return fail(err)
	}
	itsName, itsLabels := name(x)
	give(itsName, in.Name)
	give(itsLabels, in.Labels)
	return ok(view{kind: show(x)})
}

// read answers an object of a table.
func read[T object](q *request, t table[T], kind string, show func(T) view) (reply, error) {
	x, err := inPath(q, t, kind)
	if err != nil {
		return fail(err)
	}
	return ok(view{kind: show(x)})
}
