package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) consoleCommand() *cobra.Command {
	var flags planFlags
	var plan bool
	c := &cobra.Command{
		Use:   "console",
		Short: "Try out expressions",
		Long: `Reads expressions and prints their values, on the state and the configuration
in the working directory. An expression goes on in the next line while a
bracket or a heredoc is open, or after a \ at the end of the line.

At a terminal each value is printed. Otherwise, as of terraform console, only
the value of the last expression is, and the first error ends it with 1.
type(VALUE) prints a type; it exists only here.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if plan {
				return errorOf("The console works on the state", "-plan is not supported: run the console after mlinfra apply.")
			}
			s, err := a.newSession(flags)
			if err != nil {
				return err
			}
			defer s.close()
			return s.console(c.Context())
		},
	}
	flags.stateFlags.register(c)
	registerVars(c, &flags.args)
	c.Flags().BoolVar(&plan, "plan", false, "not supported")
	c.Flags().BoolVar(&flags.compact, "compact-warnings", false, "print only the summaries of warnings")
	registerLock(c, &flags.stateFlags)
	return c
}

const consoleHelp = `The mlinfra console allows you to experiment with expressions.
You may access resources in the state (if you have one) just as you would
from a configuration. For example: "digitalocean_vpc.main.id" would evaluate
to the ID of "digitalocean_vpc.main" if it exists in your state.

Type in the expression to test and hit <enter> to see the result.

To exit the console, type "exit" and hit <enter>, or use Control-C or
Control-D.`

func (s *session) console(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	if err := s.open(bolt.Read); err != nil {
		return err
	}
	s.env.Time = s.timestamp()
	s.warn()
	c := &calculator{session: s}
	if term.IsTerminal(int(s.stdin.Fd())) {
		return s.converse(ctx, c)
	}
	return s.compute(ctx, c)
}

// compute evaluates the expressions of the standard input and prints the value
// of the last one.
func (s *session) compute(ctx context.Context, c *calculator) error {
	in := bufio.NewScanner(s.stdin)
	in.Buffer(nil, 1<<20)
	var lines entries
	last := ""
	for more := true; more; {
		var list []string
		if more = in.Scan(); more {
			list = lines.add(in.Text())
		} else {
			list = lines.flush()
		}
		for _, entry := range list {
			if isExit(entry) {
				return nil
			}
			text, diags := c.answer(ctx, entry)
			if err := s.check(diags); err != nil {
				return err
			}
			last = text
		}
	}
	fmt.Fprintln(s.asked(), last)
	return in.Err()
}

// converse reads expressions from a terminal until its user has enough.
func (s *session) converse(ctx context.Context, c *calculator) error {
	fd := int(s.stdin.Fd())
	entry := ""
	lines := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{s.stdin, s.asked()}, "")
	for {
		line, err := s.readLine(fd, lines, entry != "")
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		entry += line + "\n"
		switch {
		case unfinished(entry):
			continue
		case isExit(entry):
			return nil
		}
		text, diags := c.answer(ctx, entry)
		entry = ""
		if len(diags) > 0 {
			s.printDiags(s.prog.Sources, diags)
		}
		if text != "" {
			fmt.Fprintln(s.asked(), text)
		}
	}
}

// readLine reads one line with editing and history. The terminal is raw only
// meanwhile, so that what is printed and what is interrupted behave as ever.
func (s *session) readLine(fd int, lines *term.Terminal, more bool) (string, error) {
	old, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(fd, old) }()
	lines.SetPrompt("> ")
	if more {
		lines.SetPrompt(": ")
	}
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		_ = lines.SetSize(width, height)
	}
	return lines.ReadLine()
}
