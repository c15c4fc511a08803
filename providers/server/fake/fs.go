package fake

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// node is a file, a directory or a symbolic link.
type node struct {
	Mode    fs.FileMode `json:"mode"` // permissions
	Owner   string      `json:"owner"`
	Group   string      `json:"group"`
	Content []byte      `json:"content,omitempty"`
	Dir     bool        `json:"dir,omitempty"`
	Link    string      `json:"link,omitempty"` // where it leads
}

// resolve returns the path that p stands for, its links followed.
func (c *content) resolve(p string) string {
	p = path.Clean("/" + p)
	for range 10 {
		n := c.Files[p]
		if n == nil || n.Link == "" {
			return p
		}
		if p = path.Join(path.Dir(p), n.Link); path.IsAbs(n.Link) {
			p = n.Link
		}
	}
	return p
}

func (c *content) mkdirAll(p string) {
	for p = path.Clean(p); c.Files[p] == nil; p = path.Dir(p) {
		c.Files[p] = &node{Mode: 0o755, Owner: "root", Group: "root", Dir: true}
		if p == "/" {
			return
		}
	}
}

// children returns the names in a directory, sorted.
func (c *content) children(dir string) []string {
	var names []string
	for p := range c.Files {
		if p != "/" && path.Dir(p) == dir {
			names = append(names, path.Base(p))
		}
	}
	slices.Sort(names)
	return names
}

// removeAll removes what is at p and below it.
func (c *content) removeAll(p string) {
	for f := range c.Files {
		if f == p || strings.HasPrefix(f, p+"/") {
			delete(c.Files, f)
		}
	}
}

// rename moves what is at from and below it.
func (c *content) rename(from, to string) {
	c.removeAll(to)
	for f, n := range c.Files {
		if f == from || strings.HasPrefix(f, from+"/") {
			delete(c.Files, f)
			c.Files[to+strings.TrimPrefix(f, from)] = n
		}
	}
}

// open opens a file as the shell does for a redirection.
func (h *Host) open(p string, flag int, umask fs.FileMode) (io.ReadWriteCloser, error) {
	if p == "/dev/null" {
		return null{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p = h.content.resolve(p)
	n := h.content.Files[p]
	fail := func(err error) error { return &os.PathError{Op: "open", Path: p, Err: err} }
	switch dir := h.content.Files[path.Dir(p)]; {
	case n != nil && n.Dir:
		return nil, fail(syscall.EISDIR)
	case n == nil && flag&os.O_CREATE == 0, n == nil && (dir == nil || !dir.Dir):
		return nil, fail(fs.ErrNotExist)
	case h.Full && flag&(os.O_WRONLY|os.O_RDWR) != 0:
		return nil, fail(syscall.ENOSPC)
	case n != nil && strings.HasPrefix(p, knobs) && flag&os.O_WRONLY != 0:
		return &knob{h: h, n: n}, nil
	case n == nil:
		n = &node{Mode: 0o666 &^ umask, Owner: "root", Group: "root"}
		h.content.Files[p] = n
	}
	if flag&os.O_TRUNC != 0 {
		n.Content = nil
	}
	f := &file{h: h, n: n}
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		f.in = bytes.NewReader(n.Content)
	}
	return f, nil
}

// file is an open file: what is read is as it was when it was opened, what is
// written goes to its end.
type file struct {
	h  *Host
	n  *node
	in *bytes.Reader
}

func (f *file) Read(p []byte) (int, error) {
	if f.in == nil {
		return 0, errors.New("not open for reading")
	}
	return f.in.Read(p)
}

func (f *file) Write(p []byte) (int, error) {
	f.h.mu.Lock()
	defer f.h.mu.Unlock()
	f.n.Content = append(slices.Clip(f.n.Content), p...)
	return len(p), nil
}

// Close does nothing: all is written.
func (f *file) Close() error { return nil }

// null is /dev/null.
type null struct{}

func (null) Read([]byte) (int, error)    { return 0, io.EOF }
func (null) Write(p []byte) (int, error) { return len(p), nil }
func (null) Close() error                { return nil }

// info is what stat shows of a node.
type info struct {
	name string
	n    *node
}

func (i info) Name() string { return path.Base(i.name) }
func (i info) Size() int64  { return int64(len(i.n.Content)) }
func (i info) Mode() fs.FileMode {
	switch {
	case i.n.Link != "":
		return i.n.Mode | fs.ModeSymlink
	case i.n.Dir:
		return i.n.Mode | fs.ModeDir
	}
	return i.n.Mode
}
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.n.Dir }
func (i info) Sys() any           { return nil }

// stat returns what is at p.
func (h *Host) stat(p string, follow bool) (fs.FileInfo, error) {
	if p == "/dev/null" {
		return info{p, &node{Mode: 0o666}}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p = path.Clean("/" + p)
	h.attach(p)
	if follow {
		p = h.content.resolve(p)
	}
	n := h.content.Files[p]
	if n == nil {
		return nil, &os.PathError{Op: "stat", Path: p, Err: fs.ErrNotExist}
	}
	copied := *n
	return info{p, &copied}, nil
}
