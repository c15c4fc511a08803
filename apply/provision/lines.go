package provision

import (
	"bytes"
	"sync"
)

const (
	maxLine = 64 << 10 // a longer line is passed on in pieces
	maxTail = 8 << 10  // of output, kept for the error
)

// lines is a writer that passes on what is written to it line by line, without
// "\n" or "\r\n".
type lines struct {
	mu   *sync.Mutex // held during emit; writers that share an emit share it
	emit func(string)
	part []byte // of a line, not yet ended
}

func newLines(emit func(string)) *lines { return &lines{mu: &sync.Mutex{}, emit: emit} }

// beside returns another writer of the same lines.
func (l *lines) beside() *lines { return &lines{mu: l.mu, emit: l.emit} }

// Write never fails.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		head, rest, ended := bytes.Cut(p, []byte("\n"))
		if room := maxLine - len(l.part); len(head) > room {
			head, rest, ended = p[:room], p[room:], true
		}
		l.part = append(l.part, head...)
		p = rest
		if ended {
			l.end()
		}
	}
	return n, nil
}

// Flush passes on a last line that nothing has ended.
func (l *lines) Flush() {
	if len(l.part) > 0 {
		l.end()
	}
}

func (l *lines) end() {
	line := string(bytes.TrimSuffix(l.part, []byte("\r")))
	l.part = l.part[:0]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit(line)
}

// tail is a writer that keeps the last maxTail bytes.
type tail struct{ buf []byte }

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p[max(0, len(p)-maxTail):]...)
	if drop := len(t.buf) - maxTail; drop > 0 {
		t.buf = append(t.buf[:0], t.buf[drop:]...)
	}
	return len(p), nil
}

// String returns what is kept.
func (t *tail) String() string { return string(t.buf) }
