package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

// A question is a call of the shell, mostly of a function in sh/, that prints
// facts: a line for each, its name before the first space. It changes nothing.

//go:embed sh
var scripts embed.FS

// library is the functions that questions and steps call.
var library = sync.OnceValue(func() string {
	names, err := fs.Glob(scripts, "sh/*.sh")
	if err != nil {
		panic(err)
	}
	var text strings.Builder
	text.WriteString("LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\nexport LC_ALL PATH\n")
	for _, name := range names {
		if name == "sh/step.sh" {
			continue
		}
		b, err := scripts.ReadFile(name)
		if err != nil {
			panic(err)
		}
		text.Write(b)
	}
	return text.String()
})

// call returns a call of a function of the shell.
func call(function string, args ...string) string {
	if len(args) == 0 {
		return function
	}
	return function + " " + remote.Shell(args...)
}

// answer is what a question has printed.
type answer struct {
	text   string
	status int
}

// fact returns the first fact with a name; "" when there is none.
func (a answer) fact(name string) string {
	for _, v := range a.facts(name) {
		return v
	}
	return ""
}

// facts returns the facts with a name.
func (a answer) facts(name string) []string {
	var all []string
	for line := range strings.Lines(a.text) {
		if v, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), name+" "); ok {
			all = append(all, v)
		}
	}
	return all
}

// number returns a fact that is a number; 0 when it is none.
func (a answer) number(name string) int {
	n, _ := strconv.Atoi(a.fact(name))
	return n
}

// bytes returns a fact that is in base64.
func (a answer) bytes(name string) (string, bool) {
	for _, v := range a.facts(name) {
		b, err := base64.StdEncoding.DecodeString(v)
		return string(b), err == nil
	}
	return "", false
}

// ask returns the answer to a question to a host. In a look at everything the
// host is asked once for all that state has on it.
func (c *client) ask(ctx context.Context, host, question string) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, err
	}
	m, err := c.machine(host)
	if err != nil {
		return answer{}, err
	}
	if a, ok := m.shown(question); ok {
		return a, nil
	}
	if providers.Remembers(ctx) {
		all, err := providers.Recall(ctx, m, "everything", func() (map[string]answer, error) {
			first, questions := c.questions(host)
			return m.askAll(ctx, first, questions)
		})
		if err != nil {
			return answer{}, err
		}
		if a, ok := all[question]; ok {
			return a, nil
		}
	}
	all, err := providers.Recall(ctx, m, question, func() (map[string]answer, error) { return m.askAll(ctx, "", []string{question}) })
	return all[question], err
}

// questions returns what is to be asked of a host to know all that state has on
// it, and the calls that come before.
func (c *client) questions(host string) (first string, all []string) {
	for _, t := range c.things {
		before, questions := t.questions(c.env, host)
		first += before + "\n"
		all = append(all, questions...)
	}
	slices.Sort(all)
	return first, slices.Compact(all)
}

// askAll puts questions to the host in one script. What is called first prints
// nothing: it sets variables for the questions.
func (m *machine) askAll(ctx context.Context, first string, questions []string) (map[string]answer, error) {
	end := "--" + rand.Text()
	var script strings.Builder
	script.WriteString("{\n" + library()) // in braces: nothing runs unless all has come
	fmt.Fprintf(&script, "{ :\n%s\n} </dev/null >/dev/null 2>&1\n", first)
	for _, q := range questions {
		fmt.Fprintf(&script, "(\n%s\n) </dev/null\nprintf '\\n%s %%d\\n' $?\n", q, end)
	}
	script.WriteString("exit 0\n}\n")
	var out bytes.Buffer
	if err := m.exec(ctx, m.shell("sh", "-s"), []byte(script.String()), &out); err != nil {
		return nil, err
	}
	parts := strings.Split(out.String(), "\n"+end+" ")
	if len(parts) != len(questions)+1 {
		return nil, &lostError{m.String(), fmt.Errorf("it answers %d of %d questions", len(parts)-1, len(questions))}
	}
	all := make(map[string]answer, len(questions))
	for i, q := range questions {
		status, rest, _ := strings.Cut(parts[i+1], "\n")
		n, err := strconv.Atoi(status)
		if err != nil {
			return nil, &lostError{m.String(), fmt.Errorf("it answers %q", printable(status))}
		}
		all[q] = answer{parts[i], n}
		parts[i+1] = rest
	}
	return all, nil
}

// shown returns, once, what the last step has shown.
func (m *machine) shown(question string) (answer, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.fresh[question]
	delete(m.fresh, question)
	return a, ok
}

// show remembers what a step has shown, in place of what the ones before did.
func (m *machine) show(question string, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.fresh)
	if question != "" {
		m.fresh[question] = a
	}
}
