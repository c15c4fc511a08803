package server

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/remote"
)

// plainService is a service as it can run without systemd.
type plainService struct {
	before, start, reload []string // commands of the shell
	env                   []setting
	user, group           string
	directory, umask      string
	restart               string
	pause, patience       time.Duration
	directories           []string // that it needs, absolute
	limits                []string // commands that set them
	ignored               []string // settings that are not heeded
}

// what a service without systemd may say. Of the rest some can be left out, which
// users are told; what is in neither list is refused.
var (
	heeded = []string{"Type", "ExecStartPre", "ExecStart", "ExecReload", "Environment", "EnvironmentFile", "User", "Group", "WorkingDirectory",
		"UMask", "Restart", "RestartSec", "TimeoutStopSec", "StateDirectory", "RuntimeDirectory", "LogsDirectory", "CacheDirectory", "LimitNOFILE",
		"RemainAfterExit", "SyslogIdentifier", "KillSignal", "TimeoutStartSec", "TimeoutSec", "StandardOutput", "StandardError", "StandardInput"}
	ignorable = []string{"Protect", "Private", "Restrict", "Memory", "CPU", "IO", "Nice", "Tasks", "OOM", "Limit", "NoNewPrivileges", "Capability",
		"AmbientCapabilities", "SystemCall", "ReadOnlyPaths", "ReadWritePaths", "InaccessiblePaths", "Lock", "Syslog", "Log", "StartLimit", "WatchdogSec",
		"KillMode", "SendSIGKILL", "Slice", "Delegate", "DevicePolicy", "DeviceAllow", "NotifyAccess", "PAMName", "UtmpIdentifier", "IPAddress", "RemoveIPC",
		"TimeoutAbortSec", "SuccessExitStatus", "FinalKillSignal", "RestartKillSignal"}
)

// plain returns x as it can run without systemd, or why it cannot.
func (x serverUnit) plain() (*plainService, error) {
	switch {
	case !strings.HasSuffix(x.Name, ".service"):
		return nil, errors.New("only services run, and " + x.Name + " is none")
	case x.Content == "":
		return nil, errors.New("the content of " + x.Name + " has to be given")
	case x.Masked:
		return nil, errors.New("nothing is masked")
	}
	settings, err := parseUnit(x.Content)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(x.DropIns)) {
		more, err := parseUnit(x.DropIns[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		settings = append(settings, more...)
	}
	s := &plainService{restart: "no", pause: 100 * time.Millisecond, patience: 90 * time.Second}
	for _, set := range settings {
		if set.section != "Service" {
			continue
		}
		if err := s.take(set, x.Name); err != nil {
			return nil, fmt.Errorf("%s=%s: %w", set.name, set.value, err)
		}
	}
	if len(s.start) != 1 {
		return nil, fmt.Errorf("a service has one ExecStart, and %s has %d", x.Name, len(s.start))
	}
	return s, nil
}

// take heeds one setting.
func (s *plainService) take(set setting, unit string) (err error) {
	if !slices.Contains(heeded, set.name) {
		if !slices.ContainsFunc(ignorable, func(p string) bool { return strings.HasPrefix(set.name, p) }) {
			return errors.New("it is not understood")
		}
		s.ignore(set)
		return nil
	}
	value := set.value
	switch set.name {
	case "ExecStart", "ExecStartPre", "ExecReload":
		return s.command(set, unit)
	case "Environment", "EnvironmentFile":
		return s.environment(set, unit)
	case "StateDirectory", "RuntimeDirectory", "LogsDirectory", "CacheDirectory":
		root := map[string]string{"S": "/var/lib/", "R": "/run/", "L": "/var/log/", "C": "/var/cache/"}[set.name[:1]]
		for _, name := range strings.Fields(value) {
			s.directories = append(s.directories, root+name)
		}
		return nil
	case "RestartSec":
		s.pause, err = span(value)
	case "TimeoutStopSec":
		if s.patience, err = span(value); value == "infinity" {
			s.patience, err = time.Hour, nil
		}
	case "User":
		s.user = value
	case "Group":
		s.group = value
	case "WorkingDirectory":
		s.directory, err = specifiers(value, unit)
	case "Restart":
		if s.restart = value; !slices.Contains([]string{"no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"}, value) {
			err = errors.New("it is not understood")
		}
	case "UMask":
		if s.umask = value; checkMode(octal(value)) != nil {
			err = errors.New("it is no octal number")
		}
	default:
		return s.minor(set)
	}
	return err
}

// minor heeds settings that have to be as they are without them, and such that are
// left out.
func (s *plainService) minor(set setting) error {
	switch value := set.value; set.name {
	case "Type":
		if !slices.Contains([]string{"simple", "exec", "idle", "notify", "notify-reload", ""}, value) {
			return errors.New("only services that go on running and do not leave their process do")
		}
	case "LimitNOFILE":
		n := value[strings.LastIndex(value, ":")+1:]
		if _, err := strconv.Atoi(n); err != nil && n != "infinity" {
			return errors.New("it is no number")
		}
		s.limits = append(s.limits, "ulimit -n "+strings.ReplaceAll(n, "infinity", "unlimited"))
	case "StandardOutput", "StandardError", "StandardInput":
		if !slices.Contains([]string{"journal", "inherit", "syslog", "null", ""}, strings.TrimSuffix(value, "+console")) {
			return errors.New("what it prints goes to its log only")
		}
	case "KillSignal":
		if value != "SIGTERM" && value != "TERM" {
			s.ignore(set)
		}
	}
	return nil
}

func (s *plainService) ignore(set setting) {
	if !slices.Contains(s.ignored, set.name) {
		s.ignored = append(s.ignored, set.name)
	}
}

// command adds a command; an empty one drops those before it.
func (s *plainService) command(set setting, unit string) error {
	list := map[string]*[]string{"ExecStart": &s.start, "ExecStartPre": &s.before, "ExecReload": &s.reload}[set.name]
	if set.value == "" {
		*list = nil
		return nil
	}
	text, tolerant := strings.CutPrefix(set.value, "-")
	if strings.ContainsAny(text[:1], "@:+!|-") {
		return fmt.Errorf("a command that begins with %s is not understood", text[:1])
	}
	text, err := specifiers(text, unit)
	if err != nil {
		return err
	}
	words, err := unitWords(text)
	if err != nil {
		return err
	}
	for i, w := range words {
		words[i] = shellWord(w)
	}
	line := strings.Join(words, " ")
	switch {
	case set.name == "ExecStart" && tolerant:
		line += " || :"
	case set.name == "ExecStart":
		line = "exec " + line
	case tolerant:
		line += " || :"
	default:
		line += " || exit"
	}
	*list = append(*list, line)
	return nil
}

// environment adds variables, or a file of them; an empty one drops those before it.
func (s *plainService) environment(set setting, unit string) error {
	if set.value == "" {
		s.env = slices.DeleteFunc(s.env, func(e setting) bool { return e.section == set.name })
		return nil
	}
	text, err := specifiers(set.value, unit)
	if err != nil {
		return err
	}
	if set.name == "EnvironmentFile" {
		s.env = append(s.env, setting{section: set.name, value: text})
		return nil
	}
	words, err := unitWords(text)
	if err != nil {
		return err
	}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok || !isVariable(name) {
			return fmt.Errorf("%q is no variable such as A=b", w)
		}
		s.env = append(s.env, setting{set.name, name, value})
	}
	return nil
}

// readEnv is the function of the shell that exports what a file of variables says.
const readEnv = `read_env() {
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line#"${line%%[! 	]*}"}
		case $line in '' | '#'* | ';'*) continue ;; *=*) ;; *) continue ;; esac
		key=${line%%=*} value=${line#*=}
		case $value in
		\"*\") value=${value#\"} value=${value%\"} ;;
		\'*\') value=${value#\'} value=${value%\'} ;;
		esac
		export "$key=$value"
	done <"$1"
}
`

// script returns the script that becomes the process of the service.
func (s *plainService) script() string {
	var b strings.Builder
	b.WriteString("set -f\n")
	for _, dir := range s.directories {
		fmt.Fprintf(&b, "mkdir -p %s && chown %s %s || exit\n", remote.Shell(dir), remote.Shell(s.owner()), remote.Shell(dir))
	}
	for _, limit := range s.limits {
		b.WriteString(limit + " || exit\n")
	}
	// Files come last: they override.
	files := ""
	for _, e := range s.env {
		if e.section == "Environment" {
			fmt.Fprintf(&b, "export %s=%s\n", e.name, remote.Shell(e.value))
			continue
		}
		path, tolerant := strings.CutPrefix(e.value, "-")
		if quoted := remote.Shell(path); tolerant {
			files += "[ ! -r " + quoted + " ] || read_env " + quoted + "\n"
		} else {
			files += "read_env " + quoted + " || exit\n"
		}
	}
	if files != "" {
		b.WriteString(readEnv + files)
	}
	if s.umask != "" {
		b.WriteString("umask " + s.umask + "\n")
	}
	rest := s.commands()
	if s.user == "" && s.group == "" {
		return b.String() + rest
	}
	user := remote.Shell(s.owner())
	fmt.Fprintf(&b, "user=%s\nuser=${user%%%%:*}\ngroup=%s\ngroup=${group:-$(id -g \"$user\")} || exit\n", user, remote.Shell(s.group))
	b.WriteString(`while IFS=: read -r name _ _ _ _ home shell; do
	if [ "$name" = "$user" ]; then export HOME="$home" SHELL="$shell" USER="$user" LOGNAME="$user"; fi
done </etc/passwd
`)
	fmt.Fprintf(&b, "exec setpriv --reuid \"$user\" --regid \"$group\" --init-groups sh -fc %s\n", remote.Shell(rest))
	return b.String()
}

// owner returns the user and group of what the service needs, as for chown.
func (s *plainService) owner() string {
	owner := s.user
	if owner == "" {
		owner = "root"
	}
	if s.group != "" {
		owner += ":" + s.group
	}
	return owner
}

// commands returns what the user of the service runs.
func (s *plainService) commands() string {
	lines := ""
	switch dir, tolerant := strings.CutPrefix(s.directory, "-"); {
	case dir == "":
		lines += "cd /\n"
	case dir == "~":
		lines += "cd \"${HOME:-/root}\" || exit\n"
	case tolerant:
		lines += "cd " + remote.Shell(dir) + " || cd /\n"
	default:
		lines += "cd " + remote.Shell(dir) + " || exit\n"
	}
	return lines + strings.Join(append(slices.Clone(s.before), s.start...), "\n") + "\n"
}

// reloadScript returns the script that reloads the service; "" when it has none.
func (s *plainService) reloadScript() string {
	if len(s.reload) == 0 {
		return ""
	}
	return "set -f\nexport MAINPID\n" + strings.Join(s.reload, "\n") + "\n"
}

// policy returns when to start the service again, after how many seconds, and how
// many it has to end.
func (s *plainService) policy() string {
	return fmt.Sprintf("%s %s %d\n", s.restart, strconv.FormatFloat(s.pause.Seconds(), 'f', -1, 64), int(s.patience.Seconds()))
}
