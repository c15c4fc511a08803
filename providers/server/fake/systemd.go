package fake

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

func systemdCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"systemctl": systemctl, "journalctl": journalctl}
}

// journals is where the fake keeps what units have printed, a file for each.
const journals = "/var/log/journal/"

// ownUnits is where the files of units are that no package has brought.
const ownUnits = "/etc/systemd/system/"

// unit is what systemd has loaded of one: it forgets those that do nothing.
type unit struct {
	Active   string `json:"active"`
	Sub      string `json:"sub"`
	Loaded   string `json:"loaded"` // its files when they were last read
	Restarts int    `json:"restarts,omitempty"`
}

// unit returns what is loaded of a unit; nil for nothing.
func (h *Host) unit(name string) *unit {
	text, ok := h.kept("systemd")[name]
	if !ok {
		return nil
	}
	var u unit
	if err := json.Unmarshal([]byte(text), &u); err != nil {
		panic(err)
	}
	return &u
}

func (h *Host) keepUnit(name string, u *unit) {
	if u == nil {
		delete(h.kept("systemd"), name)
		return
	}
	b, err := json.Marshal(u)
	if err != nil {
		panic(err)
	}
	h.kept("systemd")[name] = string(b)
}

// unitFile returns the path of the file of a unit; "" for none.
func (h *Host) unitFile(name string) string {
	names := []string{name}
	if at := strings.Index(name, "@"); at >= 0 {
		names = append(names, name[:at+1]+path.Ext(name)) // its template
	}
	for _, name := range names {
		for _, dir := range []string{ownUnits, "/run/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"} {
			if n := h.content.Files[dir+name]; n != nil && !n.Dir {
				return dir + name
			}
		}
	}
	return ""
}

// unitText returns the file of a unit with its drop-ins behind it.
func (h *Host) unitText(name string) string {
	file := h.content.Files[h.unitFile(name)]
	if file == nil {
		return ""
	}
	text := string(file.Content)
	for _, dir := range []string{"/usr/lib/systemd/system/", ownUnits} {
		for _, part := range h.content.children(dir + name + ".d") {
			if strings.HasSuffix(part, ".conf") {
				text += "\n" + string(h.content.Files[dir+name+".d/"+part].Content)
			}
		}
	}
	return text
}

// unitSetting returns the last value of a setting in text.
func unitSetting(text, section, name string) string {
	in, value := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = strings.Trim(line, "[]")
		}
		if v, ok := strings.CutPrefix(line, name+"="); ok && in == section {
			value = v
		}
	}
	return value
}

// masked reports whether nothing may start a unit.
func (h *Host) masked(name string) bool {
	n := h.content.Files[h.unitFile(name)]
	return n != nil && n.Link == "/dev/null"
}

// wants returns the links that starting a unit with the host is.
func (h *Host) wants(name string) []string {
	var links []string
	for setting, dir := range map[string]string{"WantedBy": ".wants/", "RequiredBy": ".requires/"} {
		for target := range strings.FieldsSeq(unitSetting(h.unitText(name), "Install", setting)) {
			links = append(links, ownUnits+target+dir+name)
		}
	}
	slices.Sort(links)
	return links
}

// linked returns the links that are there, whatever the file says now.
func (h *Host) linked(name string) []string {
	var links []string
	for p, n := range h.content.Files {
		if n.Link != "" && strings.HasPrefix(p, ownUnits) && path.Base(p) == name && path.Dir(p)+"/" != ownUnits {
			links = append(links, p)
		}
	}
	return links
}

// enabled says whether a unit starts with the host, in the words of systemd.
func (h *Host) enabled(name string) string {
	switch {
	case h.unitFile(name) == "":
		return ""
	case h.masked(name):
		return "masked"
	case len(h.linked(name)) > 0:
		return "enabled"
	case len(h.wants(name)) > 0:
		return "disabled"
	}
	return "static"
}

// log adds a line to the journal of a unit.
func (h *Host) log(name, format string, args ...any) {
	h.content.mkdirAll(path.Clean(journals))
	n := h.content.Files[journals+name]
	if n == nil {
		n = &node{Mode: 0o640, Owner: "root", Group: "systemd-journal"}
		h.content.Files[journals+name] = n
	}
	n.Content = fmt.Appendf(slices.Clip(n.Content), format+"\n", args...)
}

// systemctl [OPTION...] VERB [--] UNIT...
func systemctl(p *process) int {
	properties, args := option(p.args[1:], "-p")
	bare := slices.Contains(args, "--value")
	args = slices.DeleteFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") })
	if len(args) == 0 {
		return p.fail("no command")
	}
	h := p.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if args[0] == "daemon-reload" {
		for name := range h.kept("systemd") {
			if u := h.unit(name); h.unitFile(name) != "" {
				u.Loaded = h.unitText(name)
				h.keepUnit(name, u)
			}
		}
		return 0
	}
	verb := unitVerbs()[args[0]]
	if verb == nil && args[0] != "show" {
		fmt.Fprintf(p.err, "Unknown command verb %s.\n", args[0])
		return 1
	}
	for _, name := range args[1:] {
		if base := strings.TrimSuffix(name, path.Ext(name)); strings.HasSuffix(base, "@") && verb == nil {
			fmt.Fprintf(p.err, "Failed to get properties: Unit name %s is neither a valid invocation ID nor unit name.\n", name)
			return 1
		}
		if verb == nil {
			p.show(name, strings.Split(properties, ","), bare)
			continue
		}
		if status := verb(p, name); status != 0 {
			return status
		}
	}
	return 0
}

// unitVerbs are what systemctl does to one unit.
func unitVerbs() map[string]func(p *process, name string) int {
	return map[string]func(p *process, name string) int{
		"disable":           disableUnit,
		"enable":            enableUnit,
		"mask":              maskUnit,
		"reenable":          func(p *process, name string) int { return max(disableUnit(p, name), enableUnit(p, name)) },
		"reload-or-restart": reloadUnit,
		"reset-failed":      resetUnit,
		"restart":           restartUnit,
		"start":             startUnit,
		"stop":              stopUnit,
		"unmask":            unmaskUnit,
	}
}

// show prints properties of a unit, in an order of its own.
func (p *process) show(name string, properties []string, bare bool) {
	h := p.host
	u := h.unit(name)
	if u == nil {
		u = &unit{Active: "inactive", Sub: "dead", Loaded: h.unitText(name)}
	}
	load, kind := "loaded", ""
	switch {
	case h.unitFile(name) == "":
		load = "not-found"
	case h.masked(name):
		load = "masked"
	case strings.HasSuffix(name, ".service"):
		if kind = unitSetting(u.Loaded, "Service", "Type"); kind == "" {
			kind = "simple"
		}
		if unitSetting(u.Loaded, "Service", "ExecStart") == "" {
			load = "bad-setting"
		}
	}
	stale := "no"
	if u.Loaded != h.unitText(name) {
		stale = "yes"
	}
	for _, x := range [][2]string{
		{"Type", kind}, {"NRestarts", strconv.Itoa(u.Restarts)}, {"LoadState", load}, {"ActiveState", u.Active}, {"SubState", u.Sub},
		{"UnitFileState", h.enabled(name)}, {"NeedDaemonReload", stale},
	} {
		switch {
		case !slices.Contains(properties, x[0]), x[0] == "Type" && kind == "":
		case bare:
			fmt.Fprintln(p.out, x[1])
		default:
			fmt.Fprintf(p.out, "%s=%s\n", x[0], x[1])
		}
	}
}

func enableUnit(p *process, name string) int {
	h := p.host
	switch {
	case h.masked(name):
		fmt.Fprintf(p.err, "Failed to enable unit: Unit file %s%s is masked.\n", ownUnits, name)
		return 1
	case h.unitFile(name) == "":
		fmt.Fprintf(p.err, "Failed to enable unit: Unit file %s does not exist.\n", name)
		return 1
	}
	for _, link := range h.wants(name) {
		h.content.mkdirAll(path.Dir(link))
		h.content.Files[link] = &node{Mode: 0o777, Owner: "root", Group: "root", Link: h.unitFile(name)}
		fmt.Fprintf(p.err, "Created symlink %s -> %s.\n", link, h.unitFile(name))
	}
	return 0
}

func disableUnit(p *process, name string) int {
	h := p.host
	if h.unitFile(name) == "" && len(h.linked(name)) == 0 {
		fmt.Fprintf(p.err, "Failed to disable unit: Unit file %s does not exist.\n", name)
		return 1
	}
	for _, link := range h.linked(name) {
		delete(h.content.Files, link)
		fmt.Fprintf(p.err, "Removed \"%s\".\n", link)
	}
	return 0
}

func maskUnit(p *process, name string) int {
	h := p.host
	switch n := h.content.Files[ownUnits+name]; {
	case h.masked(name):
	case n != nil:
		fmt.Fprintf(p.err, "Failed to mask unit: File %s%s already exists.\n", ownUnits, name)
		return 1
	default:
		h.content.Files[ownUnits+name] = &node{Mode: 0o777, Owner: "root", Group: "root", Link: "/dev/null"}
	}
	return 0
}

func unmaskUnit(p *process, name string) int {
	if p.host.masked(name) {
		delete(p.host.content.Files, ownUnits+name)
	}
	return 0
}

func resetUnit(p *process, name string) int {
	u := p.host.unit(name)
	if u == nil {
		fmt.Fprintf(p.err, "Failed to reset failed state of unit %s: Unit %s not loaded.\n", name, name)
		return 1
	}
	if u.Active == "failed" {
		p.host.keepUnit(name, nil)
	}
	return 0
}

func stopUnit(p *process, name string) int {
	h := p.host
	u := h.unit(name)
	switch {
	case u == nil && h.unitFile(name) == "":
		fmt.Fprintf(p.err, "Failed to stop %s: Unit %s not loaded.\n", name, name)
		return 5
	case u != nil && u.Active == "active":
		_ = p.runOnce(name, u.Loaded, "ExecStop") // one that fails to stop has stopped all the same
		h.log(name, "Stopped %s.", name)
	}
	h.keepUnit(name, nil)
	return 0
}

func restartUnit(p *process, name string) int {
	h := p.host
	u := h.unit(name)
	if u != nil && u.Active == "active" {
		_ = p.runOnce(name, u.Loaded, "ExecStop")
		h.log(name, "Stopped %s.", name)
		// What is loaded counts, and not what its files say now.
		return bringUp(p, name, u.Loaded)
	}
	return startUnit(p, name)
}

func reloadUnit(p *process, name string) int {
	h := p.host
	if u := h.unit(name); u != nil && u.Active == "active" && unitSetting(u.Loaded, "Service", "ExecReload") != "" {
		h.log(name, "Reloaded %s.", name)
		return 0
	}
	return restartUnit(p, name)
}

func startUnit(p *process, name string) int {
	h := p.host
	u := h.unit(name)
	switch {
	case u != nil && u.Active == "active":
		return 0
	case h.unitFile(name) == "":
		fmt.Fprintf(p.err, "Failed to start %s: Unit %s not found.\n", name, name)
		return 5
	case h.masked(name):
		fmt.Fprintf(p.err, "Failed to start %s: Unit %s is masked.\n", name, name)
		return 1
	}
	return bringUp(p, name, h.unitText(name))
}

// bringUp starts a unit whose files are text.
func bringUp(p *process, name, text string) int {
	h := p.host
	if !strings.HasSuffix(name, ".service") {
		sub := map[string]string{".timer": "waiting", ".path": "waiting", ".socket": "listening", ".target": "active"}[path.Ext(name)]
		h.log(name, "Started %s.", name)
		h.keepUnit(name, &unit{Active: "active", Sub: sub, Loaded: text})
		return 0
	}
	command := strings.Fields(unitSetting(text, "Service", "ExecStart"))
	if len(command) == 0 {
		fmt.Fprintf(p.err, "Failed to start %s: Unit %s has a bad unit file setting.\nSee system logs and 'systemctl status %s' for details.\n", name, name, name)
		return 1
	}
	oneshot := unitSetting(text, "Service", "Type") == "oneshot"
	why := h.unstartable(name, text, strings.TrimLeft(command[0], "-@:+!"))
	if why == "" && p.runOnce(name, text, "ExecStart") != 0 {
		why = "Main process exited, code=exited, status=1/FAILURE"
	}
	if !oneshot || why == "" {
		h.log(name, "Started %s.", name)
	}
	if why == "" {
		u := &unit{Active: "active", Sub: "running", Loaded: text}
		if oneshot {
			u.Sub = "exited"
			if unitSetting(text, "Service", "RemainAfterExit") != "yes" {
				u = nil
			}
		}
		h.keepUnit(name, u)
		return 0
	}
	h.log(name, "%s", why)
	h.log(name, "%s: Failed with result 'exit-code'.", name)
	u := &unit{Active: "failed", Sub: "failed", Loaded: text}
	if r := unitSetting(text, "Service", "Restart"); r == "always" || r == "on-failure" {
		u.Active, u.Sub, u.Restarts = "activating", "auto-restart", 1
	}
	h.keepUnit(name, u)
	if oneshot {
		fmt.Fprintf(p.err, "Job for %s failed because the control process exited with error code.\nSee \"systemctl status %s\" and \"journalctl -xeu %s\" for details.\n", name, name, name)
		return 1
	}
	return 0
}

// unstartable says why the program of a service does not run; "" when it does.
// Whatever is there goes on for ever, but for false.
func (h *Host) unstartable(name, text, program string) string {
	if !strings.HasPrefix(program, "/") {
		program = "/usr/bin/" + program
	}
	if rest, ok := strings.CutPrefix(program, "/bin/"); ok {
		program = "/usr/bin/" + rest
	}
	user := unitSetting(text, "Service", "User")
	dir := unitSetting(text, "Service", "WorkingDirectory")
	env := unitSetting(text, "Service", "EnvironmentFile")
	passwd := h.content.Files["/etc/passwd"]
	switch {
	case env != "" && !strings.HasPrefix(env, "-") && h.content.Files[h.content.resolve(env)] == nil:
		return fmt.Sprintf("%s: Failed to load environment files: No such file or directory", name)
	case user != "" && user != "root" && (passwd == nil || !strings.Contains("\n"+string(passwd.Content), "\n"+user+":")):
		return fmt.Sprintf("%s: Failed to determine user credentials: No such process\n%s: Main process exited, code=exited, status=217/USER", name, name)
	case dir != "" && h.content.Files[h.content.resolve(dir)] == nil:
		return fmt.Sprintf("%s: Changing to the requested working directory failed: No such file or directory\n%s: Main process exited, code=exited, status=200/CHDIR", name, name)
	case h.content.Files[h.content.resolve(program)] == nil:
		return fmt.Sprintf("%s: Failed to locate executable %s: No such file or directory\n%s: Main process exited, code=exited, status=203/EXEC", name, program, name)
	case program == "/usr/bin/false":
		return fmt.Sprintf("%s: Main process exited, code=exited, status=1/FAILURE", name)
	}
	return ""
}

// journalctl -u UNIT -n LINES
func journalctl(p *process) int {
	name, args := option(p.args[1:], "-u")
	lines, _ := option(args, "-n")
	n, err := strconv.Atoi(lines)
	if err != nil {
		n = 1000
	}
	if name == "" {
		return 0
	}
	text, ok := p.host.ReadFile(journals + name)
	if !ok {
		fmt.Fprintln(p.out, "-- No entries --")
		return 0
	}
	all := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	fmt.Fprintln(p.out, strings.Join(all[max(0, len(all)-n):], ""))
	return 0
}
