package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// The test in this file records each write of real applies, and makes of it what
// a disk may hold after the power has failed at any moment: what was synced, and
// any part of what was not. Each such image must open, hold all commits that had
// been acknowledged, and be the state of some commit, exactly.

// witnessLog is the environment variable that names the file in which
// mlinfra-witness notes its commits: each before it is made, and its serial once
// it is acknowledged.
const witnessLog = "MLINFRA_TEST_WITNESS"

// witnessState opens states whose commits are noted.
func witnessState(path string) func(bolt.Options) (state.Store, error) {
	return func(o bolt.Options) (state.Store, error) {
		s, err := openState(o)
		if err != nil || o.Mode == bolt.Read {
			return s, err
		}
		snap, err := s.Snapshot()
		if err != nil {
			return s, err
		}
		log, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return s, err
		}
		at, err := log.Seek(0, 2)
		return &witness{Store: s, log: log, at: at, serial: snap.Serial}, err
	}
}

type witness struct {
	state.Store
	mu     sync.Mutex
	log    *os.File
	at     int64
	serial uint64
}

func (w *witness) Commit(changes ...state.Change) error { return w.Enqueue(changes...)() }

func (w *witness) Enqueue(changes ...state.Change) func() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	serial := w.serial
	w.note("change", serial, changes)
	wait := w.Store.Enqueue(changes...)
	return sync.OnceValue(func() error {
		err := wait()
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.note("acknowledged", serial, nil)
		}
		return err
	})
}

// note writes a line.
func (w *witness) note(word string, serial uint64, changes []state.Change) {
	raw, err := json.Marshal(changes)
	if err == nil {
		line := fmt.Appendf(nil, "%s %d %s\n", word, serial, raw)
		_, err = w.log.WriteAt(line, w.at)
		w.at += int64(len(line))
	}
	if err != nil {
		panic(err)
	}
}

// world is what a state should hold at one serial.
type world struct {
	Objects map[state.ObjectKey]state.Object
	Outputs map[string]state.Output
	Marks   map[string]string
}

// text returns a world as one text to compare.
func (w world) text() string {
	raw, err := json.Marshal(w)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func worldOf(snap state.Snapshot) world {
	w := world{map[state.ObjectKey]state.Object{}, snap.Outputs, map[string]string{}}
	for _, o := range snap.Objects {
		w.Objects[o.Key] = o
	}
	for _, m := range snap.Marks {
		w.Marks[m.Token] = m.Provider
	}
	return w
}

// change makes one change, as a store should.
func (w *world) change(c state.Change) {
	switch {
	case c.Put != nil:
		w.Objects[c.Put.Key] = *c.Put
	case c.Drop != "":
		delete(w.Objects, c.Drop)
	case c.Mark != nil:
		w.Marks[c.Mark.Token] = c.Mark.Provider
	case c.Unmark != "":
		delete(w.Marks, c.Unmark)
	case c.Run == nil:
		w.Outputs = maps.Clone(c.Outputs)
	}
}

// recording is what applies did, and what their commits should have come to.
type recording struct {
	trace
	worlds []string // by serial
}

// record runs applies of a few configurations, one after the other.
func record(t *testing.T, sources ...string) *recording {
	a := newAccount(t, sources[0], fake.Options{})
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &recording{trace: *newTrace(a.dir, log)}
	for i, src := range sources {
		if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "strace")
		command := strace(t, file, "mlinfra-witness", "apply", "-auto-approve")
		if exit, out := a.code([]string{witnessLog + "=" + log}, command[0], command[1:]...); exit != 0 {
			t.Fatalf("apply %d: exit %d\n%s", i, exit, out)
		}
		if err := r.read(file); err != nil {
			t.Fatal(err)
		}
	}
	r.replay(t, log)
	return r
}

// replay reads what the commits should have come to.
func (r *recording) replay(t *testing.T, log string) {
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	now := worldOf(state.Snapshot{Outputs: map[string]state.Output{}})
	r.worlds = []string{now.text()}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		serial, raw, _ := strings.Cut(rest, " ")
		if word != "change" {
			continue
		}
		if serial != fmt.Sprint(len(r.worlds)) {
			t.Fatalf("commit %s was noted after %d others", serial, len(r.worlds)-1)
		}
		var changes []state.Change
		if err := json.Unmarshal([]byte(raw), &changes); err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			now.change(c)
		}
		r.worlds = append(r.worlds, now.text())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// disk is what a disk holds for certain, and what it may hold beside that.
type disk struct {
	files   map[int][]byte
	names   map[string]map[string]int // by directory and name
	pending []change                  // in order
	index   []int                     // of the pending ones in the recording
	acked   uint64
}

func newDisk(root string) *disk {
	return &disk{files: map[int][]byte{}, names: map[string]map[string]int{root: {}}}
}

// clone copies a disk to change it.
func (d *disk) clone() *disk {
	c := &disk{files: maps.Clone(d.files), names: map[string]map[string]int{}, acked: d.acked}
	for dir, names := range d.names {
		c.names[dir] = maps.Clone(names)
	}
	for inode, b := range c.files {
		c.files[inode] = slices.Clone(b)
	}
	return c
}

// step takes in the next change.
func (d *disk) step(i int, c change) {
	switch {
	case c.mark != "":
		var serial uint64
		if _, err := fmt.Sscanf(c.mark, "acknowledged %d", &serial); err == nil {
			d.acked = max(d.acked, serial)
		}
	case c.sync:
		d.settle(c)
	default:
		d.pending, d.index = append(d.pending, c), append(d.index, i)
	}
}

// settle makes durable what a sync has waited for.
func (d *disk) settle(sync change) {
	var pending []change
	var index []int
	for i, c := range d.pending {
		mine := c.inode == sync.inode && c.dir == ""
		if sync.inode == 0 {
			mine = c.dir != "" && c.dir == sync.dir
		}
		if mine && d.index[i] < sync.until {
			d.do(c)
			continue
		}
		pending, index = append(pending, c), append(index, d.index[i])
	}
	d.pending, d.index = pending, index
}

// do makes a change.
func (d *disk) do(c change) {
	if c.dir != "" {
		if d.names[c.dir] == nil {
			d.names[c.dir] = map[string]int{}
		}
		if c.inode == 0 {
			delete(d.names[c.dir], c.name)
		} else {
			d.names[c.dir][c.name] = c.inode
		}
		return
	}
	b := d.files[c.inode]
	size := max(len(b), int(c.at)+len(c.write))
	if c.cut {
		size = int(c.at)
	}
	if size > len(b) {
		b = append(b, make([]byte, size-len(b))...)
	}
	b = b[:size]
	copy(b[min(int(c.at), size):], c.write)
	d.files[c.inode] = b
}

// The ways in which a disk may keep what was not synced.
const (
	keepNothing = iota
	keepAll
	keepSome     // in order
	keepShuffled // some, in any order
	keepTorn     // some, and of writes only some sectors
	ways
)

const sector = 512

// crash returns what may be left after a loss of power now. Changes of names are
// lost from the end only, in each directory: file systems log them in order.
func (d *disk) crash(random *rand.Rand) *disk {
	image := d.clone()
	way := random.IntN(ways)
	if way == keepNothing {
		return image
	}
	kept := slices.Clone(d.pending)
	lost := map[string]bool{}
	if way != keepAll {
		kept = slices.DeleteFunc(kept, func(c change) bool {
			gone := random.IntN(2) == 0
			if c.dir == "" {
				return gone
			}
			lost[c.dir] = lost[c.dir] || random.IntN(8) == 0
			return lost[c.dir]
		})
	}
	if way == keepShuffled {
		image.shuffle(random, kept)
		return image
	}
	for _, c := range kept {
		if way == keepTorn && len(c.write) > sector {
			image.tear(random, c)
			continue
		}
		image.do(c)
	}
	return image
}

// shuffle makes changes, those of files in any order.
func (d *disk) shuffle(random *rand.Rand, changes []change) {
	var writes []change
	for _, c := range changes {
		if c.dir != "" {
			d.do(c)
		} else {
			writes = append(writes, c)
		}
	}
	random.Shuffle(len(writes), func(i, j int) { writes[i], writes[j] = writes[j], writes[i] })
	for _, c := range writes {
		if c.cut && int(c.at) < len(d.files[c.inode]) {
			continue // growing late must not cut off
		}
		d.do(c)
	}
}

// tear makes a write of which only some sectors have got through.
func (d *disk) tear(random *rand.Rand, c change) {
	for at := 0; at < len(c.write); at += sector {
		if random.IntN(2) == 0 {
			part := c.write[at:min(at+sector, len(c.write))]
			d.do(change{inode: c.inode, write: part, at: c.at + int64(at)})
		}
	}
}

// put writes what the disk holds of a directory and of those in it.
func (d *disk) put(t *testing.T, from, to string) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, inode := range d.names[from] {
		if inode == directory {
			d.put(t, filepath.Join(from, name), filepath.Join(to, name))
			continue
		}
		if err := os.WriteFile(filepath.Join(to, name), d.files[inode], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// images makes n images of the time before the change number end, and judges
// them.
func (r *recording) images(t *testing.T, random *rand.Rand, n, end int) {
	t.Helper()
	cuts := make([]int, n)
	for i := range cuts {
		cuts[i] = random.IntN(end)
	}
	slices.Sort(cuts)
	d, done, bad, absent := newDisk(r.root), 0, 0, 0
	for _, cut := range cuts {
		for ; done <= cut; done++ {
			d.step(done, r.changes[done])
		}
		image := d.crash(random)
		err := r.judge(t, image)
		if err == errAbsent {
			absent++
			err = nil
		}
		if err != nil {
			t.Errorf("after change %d of %d, %d commits acknowledged: %v", cut, len(r.changes), image.acked, err)
			if bad++; bad > 5 {
				break
			}
		}
	}
	t.Logf("%d images of %d changes and %d commits: %d bad, %d of before there was a state", n, end, len(r.worlds)-1, bad, absent)
}

var errAbsent = fmt.Errorf("there is no state")

// judge opens an image, and compares it with what it may hold.
func (r *recording) judge(t *testing.T, image *disk) error {
	dir, err := os.MkdirTemp(fastDir(t), "image-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	image.put(t, r.root, dir)
	o := bolt.Options{Path: filepath.Join(dir, "mlinfra.db"), Keys: newApp([]string{"MLINFRA_KEY=" + testKey}).keys, NewLineage: newID}
	_, missing := os.Lstat(o.Path)
	for _, mode := range []bolt.Mode{bolt.Read, bolt.Write} {
		o.Mode = mode
		s, err := bolt.Open(o)
		if err != nil {
			return err
		}
		snap, err := s.Snapshot()
		if err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
		switch {
		case snap.Serial < image.acked:
			return fmt.Errorf("serial %d: commits are lost", snap.Serial)
		case snap.Serial >= uint64(len(r.worlds)):
			return fmt.Errorf("serial %d: nobody has made so many commits", snap.Serial)
		}
		if got, want := worldOf(snap).text(), r.worlds[snap.Serial]; got != want {
			return fmt.Errorf("serial %d is not what was committed:\n got %s\nwant %s", snap.Serial, got, want)
		}
	}
	if missing != nil {
		return errAbsent
	}
	return bolt.Verify(o)
}

// fastDir is where files are written to that need not last.
func fastDir(t *testing.T) string {
	const memory = "/dev/shm"
	if f, err := os.CreateTemp(memory, ".mlinfra-"); err == nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return memory
	}
	return t.TempDir()
}

// someDroplets makes n droplets and a secret.
func someDroplets(n int, name string) string {
	return fmt.Sprintf(`
resource "digitalocean_droplet" "node" {
  count  = %d
  name   = "%s-${count.index}"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "terraform_data" "secret" {
  input = sensitive("secret of %s")
}

output "secret" {
  value     = terraform_data.secret.output
  sensitive = true
}
`, n, name, name)
}

func TestPowerLoss(t *testing.T) {
	if slowed {
		t.Skip("it takes minutes with -race: make test runs it without")
	}
	random := seeded(t)
	n := form(10, 60)
	r := record(t, someDroplets(n, "a"), someDroplets(n/2, "b"))
	first := slices.IndexFunc(r.changes, func(c change) bool { return strings.HasPrefix(c.mark, "acknowledged 2 ") })
	if first < 0 {
		t.Fatal("no commit was acknowledged: what was recorded is not all")
	}
	t.Run("while the state is made", func(t *testing.T) { r.images(t, random, form(60, 500), first) })
	t.Run("during applies", func(t *testing.T) { r.images(t, random, form(240, 10_000), len(r.changes)) })
}
