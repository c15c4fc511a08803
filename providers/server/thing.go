package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// thing is a type of what is on hosts and can be put there twice, such as a file:
// one question shows it, one deed brings it about and another one takes it away.
type thing[T any] struct {
	providers.Resource[*client, T] // what is not said below

	at   func(x *T) place                   // which it is
	look func(x T) string                   // the question that shows it
	see  func(x *T, a answer) error         // fills x from the answer; ErrGone
	put  func(was *T, want T) (deed, error) // makes or changes it; was is nil for a new one
	drop func(x T) deed                     // takes it away; no call when nothing is to be done

	// half means that a put that fails leaves something behind: what it was to make
	// is there then, and tainted.
	half bool
	// first is called once before the questions for all of a host, for what they
	// share, such as one look at a database. Nil when they share nothing.
	first func(all []T) string
	// holds says why x must not be taken away, such as that mlinfra itself comes in
	// by it. The host is connected. Nil when nothing does.
	holds func(m *machine, x T) error
}

// place says which thing is meant.
type place struct {
	id   *string
	host *string
	name *string // tells it apart from the others of its type on the host
}

// watched is a type whose things are looked at together.
type watched interface {
	providers.Erasable
	// questions returns those whose answers show what state has on a host, and what
	// comes before them.
	questions(env providers.Env, host string) (first string, all []string)
}

func (t thing[T]) questions(env providers.Env, host string) (first string, all []string) {
	var there []T
	for _, x := range providers.Stored[T](env, t.Type) {
		if *t.at(&x).host == host {
			there = append(there, x)
			all = append(all, t.look(x))
		}
	}
	if t.first != nil && len(there) > 0 {
		first = t.first(there)
	}
	return first, all
}

// Erase returns t as the engine sees it.
func (t thing[T]) Erase() *providers.Type {
	r := t.Resource
	r.Again = true
	r.Settle = 1 // nothing comes late
	r.Named = func(x T) string { p := t.at(&x); return *p.host + ":" + *p.name }
	r.Create = func(ctx context.Context, c *client, x *T, _ providers.Attempt) error {
		err := t.bring(ctx, c, nil, *x)
		var failed *stepError
		if err == nil || t.half && errors.As(err, &failed) {
			p := t.at(x)
			*p.id = *p.host + ":" + *p.name
		}
		return err
	}
	r.Update = func(ctx context.Context, c *client, was T, want *T) error { return t.bring(ctx, c, &was, *want) }
	r.Read = func(ctx context.Context, c *client, x *T) error { return t.read(ctx, c, x) }
	r.Delete = func(ctx context.Context, c *client, x T) error { return t.take(ctx, c, x) }
	r.Find = func(ctx context.Context, c *client, x *T, _ providers.Attempt) (bool, error) {
		return t.find(ctx, c, x)
	}
	r.Check, r.Foresee, r.ForeseeBy = t.check, t.foresee, []string{"host"}
	if r.Import == nil {
		r.Import = t.identify
	}
	return r.Erase()
}

// check refuses a host that is none before the rest.
func (t thing[T]) check(was *T, want T) error {
	if host := *t.at(&want).host; host != "" {
		if err := checkHostID(host); err != nil {
			return err
		}
	}
	if t.Check == nil {
		return nil
	}
	return t.Check(was, want)
}

// foresee refuses a host that nothing declares before the rest.
func (t thing[T]) foresee(ctx context.Context, c *client, was *T, want T) error {
	if _, err := c.machine(*t.at(&want).host); err != nil || t.Foresee == nil {
		return err
	}
	return t.Foresee(ctx, c, was, want)
}

// checkHostID refuses what is no id of a server_host.
func checkHostID(id string) error {
	if user, addr, ok := strings.Cut(id, "@"); !ok || user == "" || addr == "" {
		return fmt.Errorf("host %q is no id of a server_host: refer to it, as in server_host.NAME.id", id)
	}
	return nil
}

func (t thing[T]) bring(ctx context.Context, c *client, was *T, want T) error {
	m, err := c.machine(*t.at(&want).host)
	if err != nil {
		return err
	}
	d, err := t.put(was, want)
	if err != nil {
		return err
	}
	_, err = m.do(ctx, d, t.look(want))
	return err
}

func (t thing[T]) read(ctx context.Context, c *client, x *T) error {
	a, err := c.ask(ctx, *t.at(x).host, t.look(*x))
	if err != nil {
		return err
	}
	if a.status != 0 {
		return fmt.Errorf("look at %s on %s: status %d: %s", *t.at(x).name, *t.at(x).host, a.status, printable(a.text))
	}
	return t.see(x, a)
}

func (t thing[T]) take(ctx context.Context, c *client, x T) error {
	m, err := c.machine(*t.at(&x).host)
	if err != nil {
		return err
	}
	d := t.drop(x)
	if d.call == "" {
		return providers.ErrGone
	}
	if t.holds != nil {
		if _, err := m.connected(ctx); err != nil {
			return err
		}
		if err := t.holds(m, x); err != nil {
			return err
		}
	}
	if _, err = m.do(ctx, d, t.look(x)); err == nil && d.last {
		return providers.ErrGone
	}
	return err
}

// find reports whether what a lost create was to make is there.
func (t thing[T]) find(ctx context.Context, c *client, x *T) (bool, error) {
	want := *x
	err := t.read(ctx, c, &want)
	if errors.Is(err, providers.ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p := t.at(&want)
	*p.id = *p.host + ":" + *p.name
	*x = want
	return true, nil
}

// identify takes an id apart: the host's before the last part that has no colon
// of its own, the name after it.
func (t thing[T]) identify(id string) (T, error) {
	var x T
	host, name, ok := splitID(id)
	if !ok {
		return x, fmt.Errorf("%q is no id of a %s: it is the id of its server_host, a colon and its name, as in root@203.0.113.5:NAME", id, t.Type)
	}
	p := t.at(&x)
	*p.id, *p.host, *p.name = id, host, name
	return x, nil
}

// splitID takes the id of a thing apart. Ids of hosts are user@address, with
// :port after it where that is not 22; IPv6 addresses stand in brackets.
func splitID(id string) (host, name string, ok bool) {
	from := strings.Index(id, "@") + 1
	if strings.HasPrefix(id[from:], "[") {
		from += max(strings.Index(id[from:], "]"), 0)
	}
	i := strings.Index(id[from:], ":")
	if from == 0 || i < 0 {
		return "", "", false
	}
	host, name = id[:from+i], id[from+i+1:]
	if port, rest, more := strings.Cut(name, ":"); more && isPort(port) {
		host, name = host+":"+port, rest
	}
	return host, name, name != ""
}

func isPort(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return text != "" && len(text) <= 5
}
