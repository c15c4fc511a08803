package modules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxOutput = 32 << 20 // bytes that Git may print
	maxStderr = 4 << 10  // bytes of its messages that are kept
	// protocols are the transports that Git may use, also after the user's own
	// url.*.insteadOf.
	protocols = "https:http:ssh:git:file"
	// remote is the name of the repository asked, unlike any in the user's settings.
	remote = "mlinfra-module-source"
	// graceful is how long Git has to remove its temporary files once it is told to end.
	graceful = 3 * time.Second
)

var commitPattern = pattern(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// isCommit reports whether text is the full id of an object.
func isCommit(text string) bool { return commitPattern().MatchString(text) }

// repo is a bare repository of our own that objects are fetched into. Nothing
// is checked out: the files come from git archive. So neither hooks nor filters
// of what was fetched exist, and a link is never followed.
type repo struct {
	program string // git
	dir     string
	env     []string
	most    int64 // bytes that the repository may take
}

// newRepo makes a repository in dir that fetches from s.
func newRepo(ctx context.Context, program, dir string, s source, most int64) (*repo, error) {
	key := ""
	if s.sshKey != "" {
		var err error
		if key, err = writeKey(dir+".key", s.sshKey); err != nil {
			return nil, err
		}
	}
	r := &repo{program: program, dir: dir, env: gitEnv(os.Environ(), dir, s.url.String(), key), most: most}
	if _, err := r.run(ctx, "init", "--quiet", "--bare", "--template=", dir); err != nil {
		return nil, err
	}
	// Bytes as they were committed, all of them, whatever .gitattributes says and
	// on every system: the hash in the lock file must be the same for everybody.
	attributes := "* -export-ignore -export-subst -text -filter -ident -working-tree-encoding\n"
	if err := os.MkdirAll(filepath.Join(dir, "info"), 0o700); err != nil {
		return nil, err
	}
	return r, os.WriteFile(filepath.Join(dir, "info", "attributes"), []byte(attributes), 0o600)
}

// gitEnv returns the environment for Git: the user's, without what ties it to
// another repository, and with our settings above the user's. The address
// travels here because other users can see the arguments of a process.
func gitEnv(environ []string, dir, address, keyFile string) []string {
	var env []string
	settings, ssh := 0, "ssh"
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		switch name {
		case "GIT_CONFIG_COUNT":
			settings, _ = strconv.Atoi(value)
		case "GIT_SSH_COMMAND":
			ssh = value
			env = append(env, line)
		case "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR",
			"GIT_NAMESPACE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_ATTR_SOURCE", "GIT_TEMPLATE_DIR",
			"GIT_DEFAULT_HASH", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS":
		default:
			env = append(env, line)
		}
	}
	if keyFile != "" {
		env = append(env, "GIT_SSH_COMMAND="+ssh+" -i '"+strings.ReplaceAll(keyFile, "'", `'\''`)+"'")
	}
	env = append(env, "GIT_DIR="+dir, "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL="+protocols, "GIT_LITERAL_PATHSPECS=1", "GIT_NO_REPLACE_OBJECTS=1")
	for _, setting := range [][2]string{
		{"remote." + remote + ".url", address},
		{"core.hooksPath", os.DevNull},
		{"core.attributesFile", os.DevNull},
		{"protocol.ext.allow", "never"},
		{"protocol.fd.allow", "never"},
		{"fetch.recurseSubmodules", "false"},
		{"fetch.unpackLimit", "1"},
		{"gc.auto", "0"},
		{"maintenance.auto", "false"},
		{"advice.detachedHead", "false"},
	} {
		n := strconv.Itoa(settings)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+setting[0], "GIT_CONFIG_VALUE_"+n+"="+setting[1])
		settings++
	}
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(settings))
}

// command prepares a call of Git. Git is asked to end before it is made to: it
// has children and temporary files of its own.
func (r *repo) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.program, args...)
	cmd.Env = r.env
	cmd.Dir = filepath.Dir(r.dir)
	cmd.WaitDelay = graceful
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	return cmd
}

// run calls Git and returns what it prints.
func (r *repo) run(ctx context.Context, args ...string) (string, error) {
	var out, problems bounded
	out.left, problems.left = maxOutput, maxStderr
	cmd := r.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", gitError(ctx, args[0], err, problems.kept.String())
	}
	if out.left == 0 {
		return "", fmt.Errorf("git %s prints more than %d MiB", args[0], maxOutput>>20)
	}
	return out.kept.String(), nil
}

// gitError says why Git failed, in its own words.
func gitError(ctx context.Context, command string, err error, problems string) error {
	switch {
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("modules from Git repositories need the program git, and it is not in the PATH: install it")
	}
	// Servers have a say in these messages, and terminals obey control characters.
	words := strings.FieldsFunc(strings.ToValidUTF8(problems, "?"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return fmt.Errorf("git %s: %w: %s", command, err, strings.Join(words, " "))
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	kept bytes.Buffer
	left int
}

// Write implements io.Writer. It takes everything and keeps what fits.
func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.kept.Write(p[:n])
	return len(p), nil
}

// fetch fetches refspecs. Git has no bound of its own for what it downloads, so
// the size of the repository is watched.
func (r *repo) fetch(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if sizeOf(r.dir) > r.most {
					cancel(r.tooLarge())
				}
			}
		}
	}()
	_, err := r.run(ctx, slices.Concat([]string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"}, args)...)
	cancel(nil)
	<-done
	if err == nil && sizeOf(r.dir) > r.most {
		return r.tooLarge()
	}
	return err
}

var errTooLarge = errors.New("the repository is larger")

func (r *repo) tooLarge() error {
	return fmt.Errorf("%w than the %d MiB that are left for this module", errTooLarge, r.most>>20)
}

func sizeOf(dir string) int64 {
	var sum int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // Git renames and removes files meanwhile
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// archive unpacks the files of a commit.
func (r *repo) archive(ctx context.Context, u *unpacker, commit string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var problems bounded
	problems.left = maxStderr
	cmd := r.command(ctx, "archive", "--format=tar", commit)
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return gitError(ctx, "archive", err, "")
	}
	err = unpackTar(ctx, u, out)
	if err == nil {
		_, err = io.Copy(io.Discard, out) // padding after the last entry
	}
	if err != nil {
		cancel(err)
	}
	if failed := cmd.Wait(); failed != nil && err == nil {
		return gitError(ctx, "archive", failed, problems.kept.String())
	}
	return err
}
