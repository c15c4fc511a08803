package modules

import (
	"os"
	"path/filepath"
	"strings"
)

// netrcLogin returns what the user's .netrc says about a host, as curl and
// Terraform use it for archives. Git reads the file itself.
func netrcLogin(host string) (login, password string, ok bool) {
	name := os.Getenv("NETRC")
	if name == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", "", false
		}
		name = filepath.Join(home, ".netrc")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", "", false
	}
	return parseNetrc(string(text), host)
}

// parseNetrc looks a host up: the first entry with its name, else the default.
func parseNetrc(text, host string) (login, password string, ok bool) {
	var words []string
	macro := false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
			macro = false // an empty line ends a macro
		case !macro && fields[0] == "macdef":
			macro = true
		case !macro && !strings.HasPrefix(fields[0], "#"):
			words = append(words, fields...)
		}
	}
	mine := false
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "machine":
			if mine {
				return login, password, true
			}
			mine = strings.EqualFold(value, host)
			i++
		case "default":
			if mine {
				return login, password, true
			}
			mine = true
		case "login":
			if mine {
				login = value
			}
			i++
		case "password":
			if mine {
				password = value
			}
			i++
		case "account":
			i++
		}
	}
	return login, password, mine
}
