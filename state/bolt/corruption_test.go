package bolt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
)

// The suite of the store has a reduced form and, with MLINFRA_CRASH=full, a full
// one. MLINFRA_CRASH_SEED repeats a run.

func form(reduced, whole int) int {
	if os.Getenv("MLINFRA_CRASH") == "full" {
		return whole
	}
	return reduced
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(20261122)
	if os.Getenv("MLINFRA_CRASH") == "full" {
		seed = uint64(time.Now().UnixNano())
	}
	if text := os.Getenv("MLINFRA_CRASH_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat with MLINFRA_CRASH_SEED=%d", seed)
		}
	})
	return seed
}

// victim is the environment variable that makes the test binary open damaged
// states, which may end it: directory, seed, first and last case.
const victim = "MLINFRA_TEST_VICTIM"

func TestMain(m *testing.M) {
	if task := os.Getenv(victim); task != "" {
		if err := openDamaged(task); err != nil {
			fmt.Println("error", err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// original is a state before it was damaged: in a directory of its own, with its
// copies.
type original struct {
	dir  string
	raw  []byte
	old  []byte // of a few commits before
	want string // what it says
}

func (o original) path() string { return filepath.Join(o.dir, "state.db") }

// says returns what a snapshot says, as one text.
func says(snap state.Snapshot) string {
	raw, err := json.Marshal(snap)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// makeOriginal makes a state of two workspaces, with history and secrets, that
// has free pages.
func makeOriginal(dir string) error {
	path := filepath.Join(dir, "state.db")
	var errs []error
	for _, name := range []string{"default", "other"} {
		o := options(path, Write)
		o.Workspace, o.NewLineage = name, func() string { return "lineage of " + name }
		s, err := Open(o)
		if err != nil {
			return err
		}
		errs = append(errs, s.Commit(state.Change{Run: &state.Run{ID: "r" + name, Command: "apply", Config: bytes.Repeat([]byte("config"), 500)}}))
		for i := range 30 {
			one := object(fmt.Sprint("n-", i))
			one.Status, one.Intent, one.Deposed = state.Live, nil, false
			one.Secrets = map[string]json.RawMessage{"/password": json.RawMessage(fmt.Sprintf(`"hunter%d"`, i))}
			errs = append(errs, s.Commit(put(one)))
			if i == 20 && name == "other" {
				errs = append(errs, Take(o, filepath.Join(dir, "old")))
			}
		}
		errs = append(errs, s.Commit(state.Change{Drop: "key-n-3"},
			state.Change{Outputs: map[string]state.Output{"o": {Type: json.RawMessage(`"string"`), Value: json.RawMessage(`"hidden"`), Sensitive: true}}},
			state.Change{Mark: &state.Mark{Token: "t", Provider: "toy"}}), s.Close())
	}
	return errors.Join(errs...)
}

// readOriginal reads what makeOriginal has made.
func readOriginal(dir string) (original, error) {
	o := original{dir: dir}
	var err1, err2 error
	o.raw, err1 = os.ReadFile(o.path())
	o.old, err2 = os.ReadFile(filepath.Join(dir, "old"))
	if err := errors.Join(err1, err2); err != nil {
		return o, err
	}
	snap, err := readOther(o.path())
	o.want = says(snap)
	return o, err
}

// other names the workspace of which there is an older copy.
func other(path string, mode Mode) Options {
	o := options(path, mode)
	o.Workspace = "other"
	return o
}

func readOther(path string) (state.Snapshot, error) {
	s, err := Open(other(path, Read))
	if err != nil {
		return state.Snapshot{}, err
	}
	snap, err := s.Snapshot()
	return snap, errors.Join(err, s.Close())
}

// damage damages raw in one of many ways, and says how.
func (o original) damage(random *rand.Rand) (raw []byte, how string) {
	raw = bytes.Clone(o.raw)
	size := os.Getpagesize()
	page := func() []byte {
		at := random.IntN(len(raw)/size) * size
		return raw[at : at+size]
	}
	ways := []struct {
		name string
		do   func()
	}{
		{"a bit is flipped", func() { raw[random.IntN(len(raw))] ^= 1 << random.IntN(8) }},
		{"four bytes are others", func() {
			for range 4 {
				raw[random.IntN(len(raw))] = byte(random.Uint32())
			}
		}},
		{"a page is zeros", func() { clear(page()) }},
		{"a page is noise", func() { noise(random, page()) }},
		{"a sector is noise", func() { at := random.IntN(len(raw)/512) * 512; noise(random, raw[at:at+512]) }},
		{"a sector is zeros", func() { at := random.IntN(len(raw)/512) * 512; clear(raw[at : at+512]) }},
		{"two pages are swapped", func() {
			a, b := page(), page()
			c := bytes.Clone(a)
			copy(a, b)
			copy(b, c)
		}},
		{"a page is that of an older copy", func() {
			at := random.IntN(len(o.old)/size) * size
			copy(raw[at:at+size], o.old[at:at+size])
		}},
		{"the end is cut off", func() { raw = raw[:random.IntN(len(raw))] }},
		{"some pages are cut off", func() { raw = raw[:random.IntN(len(raw)/size)*size] }},
		{"both heads are damaged", func() {
			for _, at := range []int{0, size} {
				raw[at+pageHeader+random.IntN(metaSize)] ^= 1 << random.IntN(8)
			}
		}},
		{"it is an older copy", func() { raw = bytes.Clone(o.old) }},
		{"two records are swapped", func() { raw = rewrite(o.dir, raw, func(b *bbolt.Bucket) error { return swapRecords(random, b) }) }},
		{"a record is missing", func() {
			raw = rewrite(o.dir, raw, func(b *bbolt.Bucket) error { k, _ := randomRecord(random, b); return b.Delete(k) })
		}},
	}
	way := ways[random.IntN(len(ways))]
	way.do()
	return raw, way.name
}

func noise(random *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(random.Uint32())
	}
}

// rewrite changes the records of objects as another program might, so that all
// pages fit.
func rewrite(dir string, raw []byte, f func(*bbolt.Bucket) error) []byte {
	path := filepath.Join(dir, "rewritten")
	defer os.Remove(path)
	err := os.WriteFile(path, raw, 0o600)
	if err == nil {
		err = update(path, 0, func(tx *bbolt.Tx) error { return f(workspaceOf(tx, "other").Bucket(bucketObjects)) })
	}
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		panic(err)
	}
	return raw
}

func randomRecord(random *rand.Rand, b *bbolt.Bucket) (k, v []byte) {
	c := b.Cursor()
	k, v = c.First()
	for range random.IntN(20) {
		k, v = c.Next()
	}
	return bytes.Clone(k), bytes.Clone(v)
}

func swapRecords(random *rand.Rand, b *bbolt.Bucket) error {
	k1, v1 := randomRecord(random, b)
	k2, v2 := randomRecord(random, b)
	return errors.Join(b.Put(k1, v2), b.Put(k2, v1))
}

// openDamaged is what the victim does: it opens states, each damaged in another
// way, and prints a line before and after each.
func openDamaged(task string) error {
	f := strings.Split(task, " ")
	from, _ := strconv.Atoi(f[2])
	to, _ := strconv.Atoi(f[3])
	seed, err := strconv.ParseUint(f[1], 10, 64)
	if err != nil {
		return err
	}
	o, err := readOriginal(f[0])
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		raw, how := o.damage(rand.New(rand.NewPCG(seed, uint64(i))))
		fmt.Printf("begin %d %s\n", i, how)
		verdict, err := o.judge(raw, i%10 == 0)
		if err != nil {
			verdict = "wrong " + strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Printf("end %s\n", verdict)
	}
	return nil
}

// judge opens a damaged state in all ways: it is refused in all of them, or none
// notices.
func (o original) judge(raw []byte, restores bool) (verdict string, err error) {
	if err := os.WriteFile(o.path(), raw, 0o600); err != nil {
		return "", err
	}
	snap, err := readOther(o.path())
	s, err2 := Open(other(o.path(), Write))
	if err != nil {
		if err2 == nil {
			return "", errors.Join(fmt.Errorf("read: %w; but writing is allowed", err), s.Close())
		}
		return "detected", o.judgeRefusal(raw, err, err2, restores)
	}
	if err2 != nil {
		return "", fmt.Errorf("it is read, but not written: %w", err2)
	}
	if got := says(snap); got != o.want {
		return "", errors.Join(fmt.Errorf("it is read as\n%s\nwant\n%s", got, o.want), s.Close())
	}
	one := object("new")
	if err := errors.Join(s.Commit(put(one)), s.Close(), Verify(other(o.path(), Read))); err != nil {
		return "", fmt.Errorf("after a commit: %w", err)
	}
	if bytes.Equal(raw, o.raw) {
		return "unchanged", o.putBack()
	}
	return "harmless", o.putBack()
}

// putBack removes what a commit has changed beside the state.
func (o original) putBack() error {
	for _, c := range Copies(o.path()) {
		if c.At.Before(time.Now().Add(-time.Hour)) {
			continue
		}
		if err := os.Remove(c.Path); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(o.dir, "state.db.d", "heads.json"), must(os.ReadFile(filepath.Join(o.dir, "heads"))), 0o600)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// judgeRefusal demands errors that name the file and what to do, a file that is
// as it was and, if restores, a copy that brings all of it back.
func (o original) judgeRefusal(raw []byte, read, write error, restores bool) error {
	for _, err := range []error{read, write} {
		if text := err.Error(); !strings.Contains(text, o.path()) || !strings.Contains(text, "restore") {
			return fmt.Errorf("%w: it does not name the file, or does not say what to do", err)
		}
	}
	after, err := os.ReadFile(o.path())
	if err != nil || !bytes.Equal(after, raw) {
		return fmt.Errorf("opening has changed the file: %w", err)
	}
	if !restores {
		return nil
	}
	kept, err := Restore(other(o.path(), Write), Copies(o.path())[0].Path)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	snap, err := readOther(o.path())
	if err != nil {
		return fmt.Errorf("restored: %w", err)
	}
	var want state.Snapshot
	if err := json.Unmarshal([]byte(o.want), &want); err != nil {
		return err
	}
	snap.Serial = want.Serial
	if got := says(snap); got != o.want {
		return fmt.Errorf("restored as\n%s\nwant\n%s", got, o.want)
	}
	return os.Remove(kept)
}

func TestCorruption(t *testing.T) {
	seed, n := seedOf(t), form(200, 5000)
	dir := t.TempDir()
	if err := makeOriginal(dir); err != nil {
		t.Fatal(err)
	}
	if err := keepOriginal(dir); err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]map[string]int{}
	for at := 0; at < n; {
		last, how, dead := attack(t, dir, seed, at, n, func(how, verdict string) {
			word, why, _ := strings.Cut(verdict, " ")
			if word == "wrong" {
				t.Errorf("%s: %s", how, why)
			}
			if verdicts[how] == nil {
				verdicts[how] = map[string]int{}
			}
			verdicts[how][word]++
		})
		if dead != nil {
			t.Errorf("case %d: %s: it ended the process: %v", last, how, dead)
		}
		at = last + 1
		if t.Failed() && n > 1000 {
			break
		}
	}
	for how, counts := range verdicts {
		t.Logf("%s: %v", how, counts)
	}
}

// keepOriginal makes the copy of the original older, and keeps the head.
func keepOriginal(dir string) error {
	path := filepath.Join(dir, "state.db")
	var errs []error
	for i, c := range Copies(path) {
		at := time.Now().UTC().Add(-time.Duration(i+2) * time.Hour).Format(copyTime)
		errs = append(errs, os.Rename(c.Path, filepath.Join(filepath.Dir(c.Path), at+".db")))
	}
	raw, err := os.ReadFile(path + ".d/heads.json")
	return errors.Join(append(errs, err, os.WriteFile(filepath.Join(dir, "heads"), raw, 0o600))...)
}

// attack lets a victim open cases, and reports each. It returns the last case
// that was begun; dead is nil when the victim has done all.
func attack(t *testing.T, dir string, seed uint64, from, to int, report func(how, verdict string)) (last int, how string, dead error) {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(copied, "state.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d %d", victim, copied, seed, from, to))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	hangs := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<24)
	last = from
	for lines.Scan() {
		hangs.Reset(patience)
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "begin":
			number, name, _ := strings.Cut(rest, " ")
			last, _ = strconv.Atoi(number)
			how = name
		case "end":
			report(how, rest)
		default:
			t.Error(lines.Text())
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if err := c.Wait(); err != nil {
		text := stderr.String()
		return last, how, fmt.Errorf("%w: %s", err, text[:min(len(text), 2000)])
	}
	return to - 1, how, nil
}

// patience is how long a case may take: lockPatience passes in some.
const patience = 2*lockPatience + 10*time.Second
