package provision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
)

func TestLocalExec(t *testing.T) {
	dir := t.TempDir()
	null := cty.NullVal(cty.String)
	for name, c := range map[string]struct {
		set  vals
		want []string // printed, after what is echoed
	}{
		"both outputs in order":       {vals{"command": str("echo a; echo b >&2; echo c")}, []string{"a", "b", "c"}},
		"a last line without its end": {vals{"command": str("printf 'a\\n\\nb'")}, []string{"a", "", "b"}},
		"lines of other systems":      {vals{"command": str("printf 'a\\r\\nb\\r\\n'")}, []string{"a", "b"}},
		"a command of several lines":  {vals{"command": str("echo a\necho b\n")}, []string{"a", "b"}},
		"in another directory":        {vals{"command": str("pwd"), "working_dir": str(dir)}, []string{dir}},
		"an interpreter":              {vals{"command": str("a b"), "interpreter": list("/usr/bin/printf", "<%s>")}, []string{"<a b>"}},
		"an interpreter of no words":  {vals{"command": str("echo a"), "interpreter": list()}, []string{"a"}},
		"an interpreter with a gap":   {vals{"command": str("echo $0"), "interpreter": cty.ListVal([]cty.Value{null, str("/bin/sh"), null, str("-c")})}, []string{"/bin/sh"}},
		"variables":                   {vals{"command": str("echo $A-$B-$HERE"), "environment": cty.MapVal(map[string]cty.Value{"A": str("1"), "B": null, "HERE": str("new")})}, []string{"1--new"}},
		"variables of this process":   {vals{"command": str("echo $HERE")}, []string{"old"}},
		"no input to wait for":        {vals{"command": str("cat; echo end")}, []string{"end"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := run(t, "local-exec", object(t, Schema("local-exec"), c.set), cty.NilVal, "HERE=old")
			if err != nil {
				t.Fatal(err)
			}
			if got := p.lines[1:]; !slices.Equal(got, c.want) {
				t.Errorf("printed %q, want %q", got, c.want)
			}
		})
	}
}

func TestLocalExecFails(t *testing.T) {
	for name, c := range map[string]struct {
		set  vals
		want string
	}{
		"an exit code":      {vals{"command": str("echo hi; exit 3")}, "Error running command 'echo hi; exit 3': exit status 3. Output: hi\n"},
		"a signal":          {vals{"command": str("kill -9 $$")}, "Error running command 'kill -9 $$': signal: killed. Output: "},
		"no such directory": {vals{"command": str("true"), "working_dir": str("/nonexistent")}, "Error running command 'true': chdir /nonexistent: no such file or directory. Output: "},
		"no such program":   {vals{"command": str("x"), "interpreter": list("nosuchprogram")}, `Error running command 'x': exec: "nosuchprogram": executable file not found in $PATH. Output: `},
		"quietly":           {vals{"command": str("echo key=k; exit 1"), "quiet": cty.True}, "Error running command (hidden by quiet): exit status 1. Output: key=k\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, "local-exec", object(t, Schema("local-exec"), c.set), cty.NilVal)
			if err == nil || err.Error() != c.want {
				t.Errorf("error is %q, want %q", err, c.want)
			}
			var failed *CommandError
			if !errors.As(err, &failed) {
				t.Errorf("error is a %T, want a CommandError", err)
			}
		})
	}
}

func TestLocalExecEchoes(t *testing.T) {
	for quiet, want := range map[cty.Value]string{
		cty.False: `Executing: ["/bin/sh" "-c" "echo \"hi\""]`,
		cty.True:  "local-exec: Executing: Suppressed by quiet=true",
	} {
		p, err := run(t, "local-exec", object(t, Schema("local-exec"), vals{"command": str(`echo "hi"`), "quiet": quiet}), cty.NilVal)
		if err != nil || !slices.Equal(p.lines, []string{want, "hi"}) {
			t.Errorf("printed %q, %v; want %q first", p.lines, err, want)
		}
	}
}

func TestLocalExecHidesSecrets(t *testing.T) {
	for name, set := range map[string]vals{
		"in the command":     {"command": str("echo tops; exit 1").Mark("sensitive")},
		"in the environment": {"command": str("echo $K; exit 1"), "environment": cty.MapVal(map[string]cty.Value{"K": str("tops").Mark("sensitive")})},
		"in the directory":   {"command": str("true"), "working_dir": str("/tops").Mark("sensitive")},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := run(t, "local-exec", object(t, Schema("local-exec"), set), cty.NilVal)
			wantError(t, err, "Error running command")
			wantNoSecret(t, p, err, "tops")
			if want := []string{"(output suppressed due to sensitive value in config)"}; !slices.Equal(p.lines, want) {
				t.Errorf("printed %q, want %q", p.lines, want)
			}
		})
	}
}

func TestLocalExecIsInterrupted(t *testing.T) {
	p, err := cancelWhen(t, "ready", nil, `trap 'echo cleaned; exit 0' TERM; echo ready; sleep 60 & wait`)
	wantError(t, err, "interrupted")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v is not context.Canceled", err)
	}
	if !p.has("cleaned") {
		t.Errorf("printed %q: the command was given no time to clean up", p.lines)
	}
}

func TestLocalExecIsKilledWhenItGoesOn(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	// The child ignores the interrupt as well, and holds the output.
	_, err := cancelWhen(t, "ready", &quickClock{}, `trap '' TERM; sleep 60 & echo $! >`+pidFile+`; echo ready; wait; sleep 60`)
	wantError(t, err, "interrupted", "signal: killed")
	text, _ := os.ReadFile(pidFile)
	pid, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if convErr != nil {
		t.Fatal(convErr)
	}
	for range 100 {
		if state := processState(pid); state == "" || state == "Z" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the child %d still runs", pid)
}

func TestLocalExecLeavesWhatHasLeftTheGroup(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid here")
	}
	pidFile := filepath.Join(t.TempDir(), "pid")
	start := time.Now()
	_, err := cancelWhen(t, "ready", &quickClock{}, `setsid sh -c 'echo $$ >`+pidFile+`; echo ready; exec sleep 60'`)
	wantError(t, err, "interrupted")
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %s: waited for a process that is not ours to end", d)
	}
	text, _ := os.ReadFile(pidFile)
	if pid, _ := strconv.Atoi(strings.TrimSpace(string(text))); pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// processState returns the state of a process as Linux shows it; "" when it is gone.
func processState(pid int) string {
	if syscall.Kill(pid, 0) != nil {
		return ""
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	return string(bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])[0])
}

// cancelWhen runs a command and cancels it when it has printed line.
func cancelWhen(t *testing.T, line string, clock *quickClock, command string) (*printed, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &printed{on: func(got string) {
		if got == line {
			cancel()
		}
	}}
	j := Job{Type: "local-exec", Config: object(t, Schema("local-exec"), vals{"command": str(command)}), Output: p.add}
	if clock != nil {
		j.Clock = clock
	}
	return p, Run(ctx, j)
}

func TestLocalExecOutputIsBounded(t *testing.T) {
	// 100 MB in lines, then one line of 10 MB, then the end that errors show.
	const command = `yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 100000000; head -c 10000000 /dev/zero | tr '\0' b; echo; echo last; exit 1`
	w := &weigher{every: 400_000}
	err := Run(t.Context(), Job{Type: "local-exec", Config: object(t, Schema("local-exec"), vals{"command": str(command)}), Output: w.add})
	wantError(t, err, "exit status 1", "last\n")
	if len(err.Error()) > 10_000 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
	if w.bytes < 98_000_000+10_000_000 { // without the ends of the lines
		t.Errorf("%d bytes were passed on, want all", w.bytes)
	}
	if w.longest > maxLine {
		t.Errorf("a line of %d bytes was passed on", w.longest)
	}
	w.check(t)
}

// weigher counts lines and looks at the memory in use now and then.
type weigher struct {
	every, lines, bytes, longest int
	heap                         []uint64
}

func (w *weigher) add(line string) {
	if w.lines%w.every == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.heap = append(w.heap, m.HeapAlloc)
	}
	w.lines++
	w.bytes += len(line)
	w.longest = max(w.longest, len(line))
}

func (w *weigher) check(t *testing.T) {
	t.Helper()
	if len(w.heap) < 3 {
		t.Fatalf("memory was looked at %d times only", len(w.heap))
	}
	if grown := int64(slices.Max(w.heap)) - int64(w.heap[0]); grown > 6<<20 {
		t.Errorf("memory grew by %d bytes: %d", grown, w.heap)
	}
}
