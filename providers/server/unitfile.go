package server

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/remote"
)

// setting is one assignment of a unit file.
type setting struct{ section, name, value string }

// parseUnit reads a unit file as systemd.syntax(7) has it.
func parseUnit(text string) ([]setting, error) {
	var all []setting
	section, open := "", ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" && open == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue // also between the lines of one assignment
		}
		line = open + line
		if open = ""; strings.HasSuffix(line, `\`) {
			open = strings.TrimSuffix(line, `\`) + " "
			continue
		}
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = line[1 : len(line)-1]
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || section == "" {
			return nil, fmt.Errorf("line %d is neither a section such as [Service] nor an assignment in one: %s", i+1, line)
		}
		all = append(all, setting{section, strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	if open != "" {
		return nil, errors.New(`it ends with a \`)
	}
	return all, nil
}

// last returns the last value of a setting; "" when it is not set.
func last(settings []setting, section, name string) string {
	value := ""
	for _, s := range settings {
		if s.section == section && s.name == name {
			value = s.value
		}
	}
	return value
}

// isYes reports whether a value is one of those that systemd takes for true.
func isYes(value string) bool {
	switch strings.ToLower(value) {
	case "1", "yes", "y", "true", "t", "on":
		return true
	}
	return false
}

// unitWords splits a value at spaces, as systemd does for command lines: quotes
// keep a word together, and a backslash keeps or stands for a character.
func unitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quote := false, rune(0)
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\\' && quote != '\'':
			if i++; i == len(runes) {
				return nil, errors.New(`it ends with a \`)
			}
			c, ok := map[rune]rune{'n': '\n', 't': '\t', 's': ' ', '\\': '\\', '"': '"', '\'': '\'', 'r': '\r', '$': '$', ';': ';'}[runes[i]]
			if !ok {
				return nil, fmt.Errorf(`\%c is not understood`, runes[i])
			}
			in = true
			word.WriteRune(c)
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			in, quote = true, r
		case r == ' ' || r == '\t':
			if in {
				words = append(words, word.String())
				word.Reset()
			}
			in = false
		case r == ';' && !in && (i+1 == len(runes) || runes[i+1] == ' '):
			return nil, errors.New("several commands in one line are not understood: write a line for each")
		default:
			in = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

// shellWord returns a word of a command line for the shell, with its variables:
// ${NAME} anywhere, and $NAME as a word of its own, which is split at spaces.
func shellWord(word string) string {
	if name, ok := strings.CutPrefix(word, "$"); ok && isVariable(name) {
		return "${" + name + "-}"
	}
	var b strings.Builder
	for word != "" {
		i := strings.Index(word, "$")
		if i < 0 {
			i = len(word)
		}
		if i > 0 {
			b.WriteString(remote.Shell(word[:i]))
		}
		word = word[i:]
		end := strings.Index(word, "}")
		switch {
		case strings.HasPrefix(word, "$$"):
			b.WriteString(remote.Shell("$"))
			word = word[2:]
		case strings.HasPrefix(word, "${") && end > 0 && isVariable(word[2:end]):
			b.WriteString(`"${` + word[2:end] + `-}"`)
			word = word[end+1:]
		case word != "":
			b.WriteString(remote.Shell(word[:1]))
			word = word[1:]
		}
	}
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}

// specifiers returns text with what systemd puts in the place of %n and the like.
func specifiers(text, unit string) (string, error) {
	base := unit[:strings.LastIndex(unit, ".")]
	prefix, instance, _ := strings.Cut(base, "@")
	known := map[byte]string{'%': "%", 'n': unit, 'N': base, 'p': prefix, 'i': instance, 't': "/run", 'S': "/var/lib", 'C': "/var/cache", 'L': "/var/log", 'T': "/tmp"}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i++; i == len(text) {
			return "", errors.New("it ends with a %")
		}
		v, ok := known[text[i]]
		if !ok {
			return "", fmt.Errorf("%%%c is not understood", text[i])
		}
		b.WriteString(v)
	}
	return b.String(), nil
}

// span reads a time of systemd, such as 5, 100ms or 1min 30s.
func span(text string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(strings.NewReplacer(" ", "", "min", "m", "sec", "s").Replace(text))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no time such as 5s", text)
	}
	return d, nil
}
