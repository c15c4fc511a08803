package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// attended reports whether there may be somebody to ask: at a terminal, or at
// the other end of a pipe. A file holds the answers.
func (a *app) attended() bool {
	if a.ci() || a.forbids("INPUT") {
		return false
	}
	info, err := a.stdin.Stat()
	return err == nil && (info.Mode()&os.ModeCharDevice == 0 || term.IsTerminal(int(a.stdin.Fd())))
}

// nobody is the error of a command that has to ask, and cannot. instead is the
// flag that answers.
func (a *app) nobody(instead string) error {
	return errorOf("Approval is needed, and there is nobody to ask", fmt.Sprintf("mlinfra %s asks before it changes anything. Run it at a terminal, or with %s.", a.command, instead))
}

// ask puts a question to the user; only yes is a yes. When there is nobody to
// ask, the error names the flag that answers; a no is exit code 1.
func (a *app) ask(question, flag string) error {
	if !a.attended() {
		return a.nobody(flag)
	}
	yes, err := a.yes(question+"\n  Only 'yes' will be accepted to confirm.", flag)
	if yes || err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%s cancelled.\n", sentence(a.command))
	return exitFailed
}

// yes asks whoever there is. Only yes is a yes, and the end of the input no
// answer.
func (a *app) yes(question, flag string) (bool, error) {
	fmt.Fprintf(a.stdout, "\n%s\n\n  Enter a value: ", question)
	line, ok := a.answer()
	if !ok {
		return false, a.nobody(flag)
	}
	return line == "yes", nil
}

// answer returns the line that is typed next; false when the input has ended.
func (a *app) answer() (string, bool) {
	a.flush()
	if a.answers == nil {
		a.answers = bufio.NewReader(a.stdin)
	}
	line, err := a.answers.ReadString('\n')
	fmt.Fprintln(a.stdout)
	return strings.TrimRight(line, "\r\n"), err == nil || line != "" || term.IsTerminal(int(a.stdin.Fd()))
}
