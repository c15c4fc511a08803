package provision

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// file puts a file or a directory on a host.
type file struct {
	Source      string  `cty:"source"      is:"optional" doc:"Path here of a file or directory; with / at the end, only what is in it."`
	Content     *string `cty:"content"     is:"optional" doc:"Content of the file, instead of source."`
	Destination string  `cty:"destination" is:"required" doc:"Path there: of the file, or of a directory for a directory."`
}

func checkFile(config cty.Value) error {
	if err := oneOf(config, "source", "content"); err != nil {
		return err
	}
	if !attr(config, "source").IsNull() {
		if err := notEmpty(config, "source"); err != nil {
			return err
		}
	}
	return notEmpty(config, "destination")
}

func runFile(ctx context.Context, j Job) error {
	var x file
	if err := providers.Decode(j.Config, &x); err != nil {
		return fmt.Errorf("file: %w", err)
	}
	c, err := connectionOf(j)
	if err != nil {
		return err
	}
	if x.Source, err = expand(x.Source, j.Environ); err != nil {
		return fmt.Errorf("file: source: %w", err)
	}
	h, err := dial(ctx, c, j, j.Output)
	if err != nil {
		return err
	}
	defer h.Close()
	to := h.files()
	defer to.close()
	if err := x.send(to); err != nil {
		return interrupted(ctx, fmt.Errorf("file: to %s: %w", h, err))
	}
	return nil
}

// expand returns source with a ~ at its start replaced by the home directory,
// and refuses one that is not there.
func expand(source string, environ []string) (string, error) {
	if source == "" {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(source, "~"); ok && (rest == "" || rest[0] == '/') {
		source = lookup(environ, "HOME") + rest
	}
	_, err := os.Stat(source)
	return source, err
}

func (x file) send(to files) error {
	if x.Content != nil {
		return put(to, x.Destination, strings.NewReader(*x.Content))
	}
	info, err := os.Stat(x.Source)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return sendFile(to, x.Source, x.Destination)
	}
	dst := x.Destination
	// As scp: the directory goes into one that is there, and becomes one that
	// is not. With a / at its end, what is in it does.
	if there, err := to.isDir(dst); err != nil {
		return fmt.Errorf("%s: %w", dst, err)
	} else if there && !strings.HasSuffix(x.Source, "/") {
		dst = path.Join(dst, filepath.Base(x.Source))
	}
	return sendDir(to, x.Source, dst, nil)
}

// sendDir sends the directory src, following links as Terraform does. above
// holds the directories that it is in: a link to one of them has no end.
func sendDir(to files, src, dst string, above []string) error {
	self, err := filepath.EvalSymlinks(src)
	if err != nil {
		return err
	}
	if slices.Contains(above, self) {
		return fmt.Errorf("%s links to %s, which it is in: remove the link", src, self)
	}
	if err := to.mkdir(dst); err != nil {
		return fmt.Errorf("make directory %s: %w", dst, err)
	}
	entries, err := os.ReadDir(src)
	if err != nil {
		return err
	}
	for _, e := range entries {
		from, dst := filepath.Join(src, e.Name()), path.Join(dst, e.Name())
		info, err := os.Stat(from)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			err = sendDir(to, from, dst, append(slices.Clip(above), self))
		default:
			err = sendFile(to, from, dst)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sendFile(to files, src, dst string) error {
	info, err := os.Stat(src)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: only those and directories can be sent", src)
	}
	f, err := os.Open(src)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return put(to, dst, f)
}
