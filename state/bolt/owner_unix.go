//go:build unix

package bolt

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkOwner refuses files of other users: they could change them at any time.
// Root reads everybody's.
func checkOwner(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if me := os.Geteuid(); ok && me != 0 && int(st.Uid) != me {
		return fmt.Errorf("%s belongs to user %d, and this is user %d: chown it, or work as its owner", path, st.Uid, me)
	}
	return nil
}
