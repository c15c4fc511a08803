package main

import (
	"bufio"
	"fmt"
	"strings"

	"golang.org/x/term"
)

// ask puts a question to the user; only yes is a yes. When there is nobody to
// ask, the error names the flag that answers; a no is exit code 1.
func (a *app) ask(question, flag string) error {
	if a.ci() || a.forbids("INPUT") || !term.IsTerminal(int(a.stdin.Fd())) {
		return errorOf("Approval is needed, and there is nobody to ask", fmt.Sprintf("mlinfra %s asks before it changes anything. Run it at a terminal, or with %s.", a.command, flag))
	}
	if a.yes(question + "\n  Only 'yes' will be accepted to confirm.") {
		return nil
	}
	fmt.Fprintf(a.stdout, "\n%s cancelled.\n", sentence(a.command))
	return exitFailed
}

// yes asks at the terminal. Only yes is a yes.
func (a *app) yes(question string) bool {
	fmt.Fprintf(a.stdout, "\n%s\n\n  Enter a value: ", question)
	a.flush()
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	fmt.Fprintln(a.stdout)
	return strings.TrimRight(line, "\r\n") == "yes"
}
