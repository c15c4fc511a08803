package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stateDir is where a host keeps the results of steps.
const stateDir = "/var/lib/mlinfra"

// runner is the script that carries out steps.
var runner = sync.OnceValue(func() []byte {
	b, err := scripts.ReadFile("sh/step.sh")
	if err != nil {
		panic(err)
	}
	return b
})

// runnerPath is where it is put: another version has another path.
var runnerPath = sync.OnceValue(func() string {
	sum := sha256.Sum256(runner())
	return stateDir + "/step-" + hex.EncodeToString(sum[:4]) + ".sh"
})

// install puts the runner there, and removes what steps have left that nobody
// will ask for.
const install = `umask 077
mkdir -p "${1%/*}" && cat >"$1.$2" && [ "$(wc -c <"$1.$2")" -eq "$3" ] && mv -f "$1.$2" "$1" || exit
find "${1%/*}/steps" -mindepth 1 -maxdepth 1 \( -name 'once-*' -o -name 'cmd-*-end' -o -name '.up-*' \) -mtime +1 -exec rm -rf {} + 2>/dev/null
exit 0`

// deed is a change of a host.
type deed struct {
	what string // in words, for errors: "writing /etc/motd"
	call string // of the shell, which calls a function in sh/
	data []byte // its standard input: secrets come here, never in call
	id   string // "" for one that can be done twice
	last bool   // what a look shows after it is not ours
}

// once returns the id of a step that nobody will ask for later.
func once() string { return oncePrefix + strings.ToLower(rand.Text()) }

const oncePrefix = "once-"

// do carries out d, exactly once, and remembers the answer to question.
func (m *machine) do(ctx context.Context, d deed, question string) (output string, err error) {
	if d.id == "" {
		d.id = once()
	}
	end := endOf(d.id)
	script := library() + "{\n" + d.call + "\n} || exit\nprintf '\\n" + end + "\\n'\n" + question + "\n"
	m.steps.Lock()
	defer m.steps.Unlock()
	m.show("", answer{})
	f, err := m.carryOut(ctx, d, []byte(script))
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(d.id, oncePrefix) {
		m.done(d.id)
	}
	output, rest, whole := strings.Cut(f.out.String(), "\n"+end+"\n")
	switch {
	case f.unknown != "":
		return output, &unknownError{m.String(), d.what, f.unknown}
	case !whole:
		return output, &stepError{host: m.String(), what: d.what, status: f.status, output: output}
	}
	if question != "" {
		m.show(question, answer{rest, f.status})
	}
	return output, nil
}

// endOf returns the line behind what a step prints. It follows from the id, as a
// later run may have to find it.
func endOf(id string) string {
	sum := sha256.Sum256([]byte("end of " + id))
	return "--" + hex.EncodeToString(sum[:])
}

// patience is how long a connection that was lost may take to come back.
const patience = 3 * time.Minute

// carryOut starts the step and follows it to its end, over as many connections
// as that takes.
func (m *machine) carryOut(ctx context.Context, d deed, script []byte) (*frames, error) {
	f := &frames{}
	var lost error
	since := time.Time{}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := m.advance(ctx, d, script, f, lost != nil)
		var cut *lostError
		var away *awayError
		switch {
		case f.refused != "":
			return f, &stepError{host: m.String(), what: d.what, status: 1, output: f.refused}
		case f.ended || f.unknown != "":
			return f, nil
		case err == nil || errors.As(err, &cut):
			if lost = err; err == nil {
				lost = errors.New("it ended without a result")
			}
		case lost == nil || ctx.Err() != nil || errors.As(err, &away) && away.final:
			return f, err // nothing was sent, or nobody waits
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) > patience {
			return f, &lostError{m.String(), lost}
		}
		select {
		case <-ctx.Done():
			return f, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// advance starts the step, or goes on with one that may have been started.
func (m *machine) advance(ctx context.Context, d deed, script []byte, f *frames, begun bool) error {
	if begun {
		f.begin()
		err := m.run(ctx, nil, f, "follow", d.id, strconv.Itoa(f.out.Len()))
		if err != nil || !f.absent {
			return err
		}
	}
	if err := m.prepare(ctx); err != nil {
		return err
	}
	f.begin()
	lengths := []string{strconv.Itoa(len(script)), strconv.Itoa(len(d.data))}
	f.out.Reset()
	return m.run(ctx, append(bytes.Clone(script), d.data...), f, "start", d.id, lengths[0], lengths[1])
}

// resume follows a step of an earlier run to its end; false when it was never
// started.
func (m *machine) resume(ctx context.Context, id, what string) (output string, begun bool, err error) {
	f := &frames{}
	if err := m.prepare(ctx); err != nil {
		return "", false, err
	}
	f.begin()
	err = m.run(ctx, nil, f, "follow", id, "0")
	switch {
	case err != nil:
		return "", false, err
	case f.absent:
		return "", false, nil
	case f.unknown != "":
		return "", true, &unknownError{m.String(), what, f.unknown}
	case !f.ended:
		return "", false, &lostError{m.String(), errors.New("it answered half")}
	}
	output, _, whole := strings.Cut(f.out.String(), "\n"+endOf(id)+"\n")
	if whole {
		return output, true, nil
	}
	return output, true, &stepError{host: m.String(), what: what, status: f.status, output: output}
}

// run calls the runner. Another run may have removed it, when nothing else of
// mlinfra was on the host: then it is put there anew.
func (m *machine) run(ctx context.Context, stdin []byte, f *frames, words ...string) error {
	line := m.shell(append([]string{"sh", runnerPath()}, words...)...)
	err := m.exec(ctx, line, stdin, f)
	var failed *stepError
	if !errors.As(err, &failed) || failed.status != 127 && failed.status != 2 || !strings.Contains(failed.output, runnerPath()) {
		return err
	}
	m.mu.Lock()
	m.ready = false
	m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	return m.exec(ctx, line, stdin, f)
}

// forget removes the results of steps; the end of an id may be *.
func (m *machine) forget(ctx context.Context, ids ...string) error {
	return m.run(ctx, []byte(strings.Join(ids, "\n")+"\n"), &frames{}, "forget")
}

// prepare puts the runner on the host, once for each connection.
func (m *machine) prepare(ctx context.Context) error {
	m.mu.Lock()
	ready := m.ready && m.host != nil
	m.mu.Unlock()
	if ready {
		return nil
	}
	var out tail
	err := m.exec(ctx, m.shell("sh", "-c", install, "mlinfra", runnerPath(), rand.Text(), strconv.Itoa(len(runner()))), runner(), &out)
	var failed *stepError
	if errors.As(err, &failed) {
		failed.what = "writing to " + stateDir
	}
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.ready = m.host != nil
	m.mu.Unlock()
	return nil
}

// frames is what the runner says.
type frames struct {
	out     bytes.Buffer // what the step has printed
	ended   bool
	status  int
	absent  bool   // it was never started
	unknown string // why it is not known how it ended
	refused string // why it was not taken in

	line    []byte // the part of a line that has come
	pending int    // of the step's output still to come
}

// begin is called before each connection.
func (f *frames) begin() { f.line, f.pending, f.absent = nil, 0, false }

// Write takes in what the runner prints. An error ends the session.
func (f *frames) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if f.pending > 0 {
			k := min(f.pending, len(p))
			f.out.Write(p[:k])
			f.pending -= k
			p = p[k:]
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			f.line = append(f.line, p...)
			break
		}
		line := string(append(f.line, p[:i]...))
		f.line, p = nil, p[i+1:]
		if err := f.take(line); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// take understands one line.
func (f *frames) take(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	var err error
	switch word {
	case "out":
		f.pending, err = strconv.Atoi(rest)
	case "end":
		f.status, err = strconv.Atoi(rest)
		f.ended = err == nil
	case "absent":
		f.absent = true
	case "unknown":
		f.unknown = rest
	case "refused":
		f.refused = rest
	default:
		err = errors.New("no such word")
	}
	if err != nil {
		return fmt.Errorf("the runner says %q: %w", printable(line), err)
	}
	return nil
}
