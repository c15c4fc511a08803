package modules

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// formats are the endings of archives, the longer ones first.
func formats() []string {
	return []string{"tar.gz", "tgz", "tar.bz2", "tbz2", "tar.xz", "txz", "tar.zst", "tzst", "tar", "zip"}
}

// archiveOf returns the format that the name of a file promises, "" for none.
func archiveOf(name string) string {
	for _, format := range formats() {
		if strings.HasSuffix(strings.ToLower(name), "."+format) {
			return format
		}
	}
	return ""
}

// checkFormat refuses the formats that mlinfra cannot unpack.
func checkFormat(format string) error {
	switch format {
	case "zip", "tar", "tar.gz", "tgz", "tar.bz2", "tbz2":
		return nil
	case "tar.xz", "txz", "xz", "tar.zst", "tzst", "zst":
		return fmt.Errorf("mlinfra does not unpack %s archives: serve the module as .zip or .tar.gz", format)
	}
	return fmt.Errorf("%q is not a format of archives that mlinfra unpacks: use zip, tar, tar.gz, tgz, tar.bz2 or tbz2", format)
}

// unpack unpacks an archive.
func unpack(ctx context.Context, u *unpacker, f *os.File, format string) error {
	switch format {
	case "zip":
		info, err := f.Stat()
		if err != nil {
			return err
		}
		return unpackZip(ctx, u, f, info.Size())
	case "tar":
		return unpackTar(ctx, u, f)
	case "tar.gz", "tgz":
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("not a gzip file: %w", err)
		}
		return unpackTar(ctx, u, z)
	case "tar.bz2", "tbz2":
		return unpackTar(ctx, u, bzip2.NewReader(f))
	}
	return checkFormat(format)
}

// unpackTar reads r to the end of the archive. Headers and padding count as
// unpacked bytes too: they compress as well as files do.
func unpackTar(ctx context.Context, u *unpacker, r io.Reader) error {
	most := &io.LimitedReader{R: r, N: u.limits.unpacked + int64(u.limits.entries)*4096}
	t := tar.NewReader(most)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if most.N <= 0 {
			return fmt.Errorf("the package takes more than %d MiB unpacked", u.limits.unpacked>>20)
		}
		if err != nil {
			return fmt.Errorf("not a complete tar archive: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tarEntry(u, h, t); err != nil {
			return err
		}
	}
}

func tarEntry(u *unpacker, h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeReg:
		return u.file(h.Name, h.FileInfo().Mode(), content)
	case tar.TypeDir:
		return u.folder(h.Name)
	case tar.TypeSymlink:
		return u.symlink(h.Name, h.Linkname)
	case tar.TypeLink:
		return u.hardlink(h.Name, h.Linkname)
	case tar.TypeXGlobalHeader: // git archive notes the commit in it
		return nil
	}
	return fmt.Errorf("%q is neither a file nor a folder nor a link (type %q)", h.Name, h.Typeflag)
}

func unpackZip(ctx context.Context, u *unpacker, r io.ReaderAt, size int64) error {
	directory := &boundedReaderAt{r: r, left: maxDir}
	z, err := zip.NewReader(directory, size)
	if err != nil {
		return fmt.Errorf("not a complete zip archive: %w", err)
	}
	directory.left = -1
	for _, f := range z.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := zipEntry(u, f); err != nil {
			return err
		}
	}
	return nil
}

func zipEntry(u *unpacker, f *zip.File) error {
	mode := f.Mode()
	switch {
	case strings.HasSuffix(f.Name, "/"):
		return u.folder(f.Name)
	case mode.Type() != 0 && mode.Type() != fs.ModeSymlink:
		return fmt.Errorf("%q is neither a file nor a folder nor a link (%s)", f.Name, mode)
	}
	content, err := f.Open()
	if err != nil {
		return fmt.Errorf("%q: %w", f.Name, err)
	}
	defer content.Close()
	if mode.Type() == 0 {
		return u.file(f.Name, mode, content)
	}
	target, err := io.ReadAll(io.LimitReader(content, maxLink+1))
	if err != nil {
		return fmt.Errorf("%q: %w", f.Name, err)
	}
	return u.symlink(f.Name, string(target))
}

// boundedReaderAt bounds how much is read: the reader of zip archives takes
// memory for every entry that their directory lists. A negative left is no bound.
type boundedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (b *boundedReaderAt) ReadAt(p []byte, at int64) (int, error) {
	if b.left < 0 {
		return b.r.ReadAt(p, at)
	}
	if int64(len(p)) > b.left {
		return 0, errors.New("its directory is too large")
	}
	b.left -= int64(len(p))
	return b.r.ReadAt(p, at)
}
