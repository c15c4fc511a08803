package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// withRemedy adds to an error of the system what can be done about it.
func withRemedy(err error) error {
	for _, r := range []struct {
		is   error
		then string
	}{
		{syscall.ENOSPC, "make room there"},
		{syscall.EDQUOT, "make room there, or ask for a larger quota"},
		{syscall.EIO, "the disk fails: copy what is on it, and bring back a copy of the state with mlinfra state restore"},
		{syscall.EROFS, "its file system is read-only: name a state elsewhere with -state"},
		{syscall.EMFILE, "let this process open more files: ulimit -n 1024"},
		{syscall.ENFILE, "close other programs: the system has too many open files"},
		{syscall.ENAMETOOLONG, "name another file with -state"},
		{syscall.ENOTDIR, "name a state elsewhere with -state, or move away the file that is in the way"},
		{syscall.EISDIR, "move away the directory that is in the way"},
		{fs.ErrPermission, "let this user read and write there (chown, chmod; chattr -i if it is immutable), or name a state elsewhere with -state"},
	} {
		if errors.Is(err, r.is) {
			return fmt.Errorf("%w: %s", err, r.then)
		}
	}
	return err
}
