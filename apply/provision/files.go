package provision

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/mlinfra/mlinfra/remote"
	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// files is the file system of a host.
type files interface {
	// put writes a file that may be there already. Its permissions are mode
	// before anything is in it; 0 leaves them to the host.
	put(path string, mode fs.FileMode, r io.Reader) error
	// mkdir makes a directory that may be there already, in one that is.
	mkdir(path string) error
	isDir(path string) (bool, error)
	close()
}

// files returns the file system of h: by SFTP or, where that is missing, as on
// small systems, by commands of its shell. Terraform needs scp on the host.
func (h *host) files() files {
	c, err := sftp.NewClient(h.Client(), sftp.UseConcurrentWrites(true))
	if err != nil {
		return byShell{h}
	}
	return bySFTP{c}
}

// put writes a file, and says what to do when that is not allowed.
func put(to files, path string, r io.Reader) error {
	err := to.put(path, 0, r)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w: send it to /tmp, and move it with sudo in a remote-exec", path, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

type bySFTP struct{ c *sftp.Client }

func (s bySFTP) close() { _ = s.c.Close() }

func (s bySFTP) put(path string, mode fs.FileMode, r io.Reader) error {
	f, err := s.c.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if mode != 0 {
		err = f.Chmod(mode)
	}
	if err == nil {
		_, err = f.ReadFrom(r)
	}
	return errors.Join(err, f.Close())
}

func (s bySFTP) mkdir(path string) error {
	err := s.c.Mkdir(path)
	if there, statErr := s.isDir(path); statErr == nil && there {
		return nil
	}
	return err
}

func (s bySFTP) isDir(path string) (bool, error) {
	info, err := s.c.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

type byShell struct{ h *host }

func (byShell) close() {}

func (s byShell) put(path string, mode fs.FileMode, r io.Reader) error {
	do := `cat > "$1"`
	if mode != 0 {
		do = fmt.Sprintf(`: > "$1" && chmod %o "$1" && cat > "$1"`, mode)
	}
	return s.run(do, path, r)
}

func (s byShell) mkdir(path string) error { return s.run(`test -d "$1" || mkdir "$1"`, path, nil) }

func (s byShell) isDir(path string) (bool, error) {
	err := s.run(`test -d "$1"`, path, nil)
	var exit *ssh.ExitError
	if errors.As(err, &exit) && exit.ExitStatus() == 1 {
		return false, nil
	}
	return err == nil, err
}

// run runs do, in which $1 is path, with r as its input.
func (s byShell) run(do, path string, r io.Reader) error {
	return s.h.plain(remote.Shell("/bin/sh", "-c", do, "sh", path), r)
}
