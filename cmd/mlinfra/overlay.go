package main

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// overlay is a directory with some files of its root as they are to become.
type overlay struct {
	fs.FS
	files map[string][]byte
}

// Open opens a file.
func (o overlay) Open(name string) (fs.File, error) {
	if content, ok := o.files[name]; ok {
		return &draft{draftInfo{name, int64(len(content))}, bytes.NewReader(content)}, nil
	}
	return o.FS.Open(name)
}

// ReadDir lists a directory.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(o.FS, name)
	if name != "." || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return list, err
	}
	for file, content := range o.files {
		list = slices.DeleteFunc(list, func(e fs.DirEntry) bool { return e.Name() == file })
		list = append(list, fs.FileInfoToDirEntry(draftInfo{file, int64(len(content))}))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// draft is a file of an overlay.
type draft struct {
	info draftInfo
	*bytes.Reader
}

// Stat describes the file.
func (d *draft) Stat() (fs.FileInfo, error) { return d.info, nil }

// Close does nothing.
func (d *draft) Close() error { return nil }

// draftInfo describes a draft.
type draftInfo struct {
	name string
	size int64
}

// Name returns the name of the file.
func (d draftInfo) Name() string { return d.name }

// Size returns its size in bytes.
func (d draftInfo) Size() int64 { return d.size }

// Mode returns that of a plain file.
func (d draftInfo) Mode() fs.FileMode { return 0o644 }

// ModTime is not known.
func (d draftInfo) ModTime() time.Time { return time.Time{} }

// IsDir is false.
func (d draftInfo) IsDir() bool { return false }

// Sys is nil.
func (d draftInfo) Sys() any { return nil }
