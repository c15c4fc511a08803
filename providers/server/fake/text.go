package fake

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func textCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{
		"base64":    base64Command,
		"cat":       cat,
		"cut":       cut,
		"grep":      grep,
		"head":      head,
		"sha256sum": sha256sum,
		"sort":      sortCommand,
		"tail":      tailCommand,
		"tee":       tee,
		"tr":        tr,
		"wc":        wc,
	}
}

// input returns what files hold, or the standard input without any.
func (p *process) input(files []string) ([]byte, bool) {
	if len(files) == 0 {
		b, err := io.ReadAll(p.in)
		return b, err == nil
	}
	var all []byte
	for _, name := range files {
		if name == "-" {
			b, err := io.ReadAll(p.in)
			if err != nil {
				return nil, false
			}
			all = append(all, b...)
			continue
		}
		text, ok := p.host.ReadFile(p.host.resolved(p.path(name)))
		if !ok && name != "/dev/null" {
			p.fail("%s: No such file or directory", name)
			return nil, false
		}
		all = append(all, text...)
	}
	return all, true
}

func (h *Host) resolved(p string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.content.resolve(p)
}

func (p *process) print(b []byte) int {
	if _, err := p.out.Write(b); err != nil {
		return p.fail("write error: %v", err)
	}
	return 0
}

// base64 [-d] [-w0] [FILE]
func base64Command(p *process) int {
	options, files := p.operands()
	in, ok := p.input(files)
	if !ok {
		return 1
	}
	if strings.Contains(options, "d") {
		out, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(in)), ""))
		if err != nil {
			return p.fail("invalid input")
		}
		return p.print(out)
	}
	var out bytes.Buffer
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(in)), 76) {
		out.Write(line)
		out.WriteByte('\n')
	}
	return p.print(out.Bytes())
}

func cat(p *process) int {
	_, files := p.operands()
	if len(files) == 0 {
		if _, err := io.Copy(p.out, p.in); err != nil {
			return p.fail("%v", err)
		}
		return 0
	}
	in, ok := p.input(files)
	if !ok {
		return 1
	}
	return p.print(in)
}

// cut -d X -f N
func cut(p *process) int {
	delimiter, field := "\t", 1
	args := p.args[1:]
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-d":
			i++
			delimiter = args[i]
		case strings.HasPrefix(args[i], "-d"):
			delimiter = args[i][2:]
		case args[i] == "-f":
			i++
			field, _ = strconv.Atoi(args[i])
		case strings.HasPrefix(args[i], "-f"):
			field, _ = strconv.Atoi(args[i][2:])
		}
	}
	in, _ := p.input(nil)
	for line := range strings.Lines(string(in)) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), delimiter)
		if len(parts) >= field && field > 0 {
			fmt.Fprintln(p.out, parts[field-1])
		}
	}
	return 0
}

// grep [-qcvxFEihs] PATTERN [FILE...]
func grep(p *process) int {
	options, args := p.operands()
	if len(args) == 0 {
		return p.fail("no pattern") + 1
	}
	pattern := args[0]
	if strings.Contains(options, "F") {
		pattern = regexp.QuoteMeta(pattern)
	}
	if strings.Contains(options, "x") {
		pattern = "^(?:" + pattern + ")$"
	}
	if strings.Contains(options, "i") {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return p.fail("%v", err) + 1
	}
	if strings.Contains(options, "s") {
		p.err = io.Discard
	}
	in, ok := p.input(args[1:])
	if !ok {
		return 2
	}
	found := 0
	for line := range strings.Lines(string(in)) {
		if re.MatchString(strings.TrimSuffix(line, "\n")) == strings.Contains(options, "v") {
			continue
		}
		if found++; !strings.ContainsAny(options, "qc") {
			fmt.Fprintln(p.out, strings.TrimSuffix(line, "\n"))
		}
	}
	if strings.Contains(options, "c") {
		fmt.Fprintln(p.out, found)
	}
	if found == 0 {
		return 1
	}
	return 0
}

// head [-c N | -n N]
func head(p *process) int {
	what, n, _, files := p.counted()
	if what == 'c' && len(files) == 0 {
		if _, err := io.CopyN(p.out, p.in, int64(n)); err != nil && err != io.EOF {
			return p.fail("%v", err)
		}
		return 0
	}
	in, ok := p.input(files)
	if !ok {
		return 1
	}
	if what == 'c' {
		return p.print(in[:min(n, len(in))])
	}
	lines := bytes.SplitAfter(in, []byte("\n"))
	return p.print(bytes.Join(lines[:min(n, len(lines))], nil))
}

// tail [-c [+]N | -n [+]N]
func tailCommand(p *process) int {
	what, n, from, files := p.counted()
	in, ok := p.input(files)
	if !ok {
		return 1
	}
	if what == 'c' {
		if from {
			return p.print(in[min(max(n-1, 0), len(in)):])
		}
		return p.print(in[max(len(in)-n, 0):])
	}
	lines := bytes.SplitAfter(in, []byte("\n"))
	if len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	if from {
		return p.print(bytes.Join(lines[min(max(n-1, 0), len(lines)):], nil))
	}
	return p.print(bytes.Join(lines[max(len(lines)-n, 0):], nil))
}

// counted takes the options of head and tail apart: characters or lines, how
// many, and whether that is where to begin.
func (p *process) counted() (what byte, n int, from bool, files []string) {
	what, n = 'n', 10
	args := p.args[1:]
	for i := 0; i < len(args); i++ {
		a := args[i]
		if len(a) < 2 || a[0] != '-' {
			files = append(files, a)
			continue
		}
		number := a[2:]
		if what = a[1]; number == "" && i+1 < len(args) {
			i++
			number = args[i]
		}
		if what >= '0' && what <= '9' {
			what, number = 'n', a[1:]
		}
		number, from = strings.CutPrefix(number, "+")
		n, _ = strconv.Atoi(number)
	}
	return what, n, from, files
}

func sha256sum(p *process) int {
	_, files := p.operands()
	if len(files) == 0 {
		in, ok := p.input(nil)
		if !ok {
			return 1
		}
		fmt.Fprintf(p.out, "%x  -\n", sha256.Sum256(in))
		return 0
	}
	for _, name := range files {
		in, ok := p.input([]string{name})
		if !ok {
			return 1
		}
		fmt.Fprintf(p.out, "%x  %s\n", sha256.Sum256(in), name)
	}
	return 0
}

func sortCommand(p *process) int {
	options, files := p.operands()
	in, ok := p.input(files)
	if !ok {
		return 1
	}
	lines := slices.Sorted(strings.Lines(string(in)))
	if strings.Contains(options, "u") {
		lines = slices.Compact(lines)
	}
	return p.print([]byte(strings.Join(lines, "")))
}

// tee [-a] FILE
func tee(p *process) int {
	_, files := p.operands()
	in, ok := p.input(nil)
	if !ok {
		return 1
	}
	for _, name := range files {
		p.host.WriteFile(p.path(name), string(in))
	}
	return p.print(in)
}

// tr -d SET
func tr(p *process) int {
	in, ok := p.input(nil)
	if !ok {
		return 1
	}
	if len(p.args) != 3 {
		return p.fail("missing operand")
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00")
	if p.args[1] == "-d" {
		set := unescape.Replace(p.args[2])
		return p.print(bytes.Map(func(r rune) rune {
			if strings.ContainsRune(set, r) {
				return -1
			}
			return r
		}, in))
	}
	from, to := unescape.Replace(p.args[1]), unescape.Replace(p.args[2])
	if len(from) != len(to) {
		return p.fail("sets of different lengths are not known here")
	}
	return p.print(bytes.Map(func(r rune) rune {
		if i := strings.IndexRune(from, r); i >= 0 {
			return rune(to[i])
		}
		return r
	}, in))
}

// wc -c or -l
func wc(p *process) int {
	options, files := p.operands()
	in, ok := p.input(files)
	if !ok {
		return 1
	}
	n := len(in)
	if strings.Contains(options, "l") {
		n = bytes.Count(in, []byte("\n"))
	}
	fmt.Fprintln(p.out, n)
	return 0
}
