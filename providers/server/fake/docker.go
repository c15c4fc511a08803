package fake

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func dockerCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"docker": docker}
}

// container is what docker knows of one.
type container struct {
	ID       string            `json:"id"`
	Image    string            `json:"image"`
	Status   string            `json:"status"`
	Exit     int               `json:"exit"`
	Labels   map[string]string `json:"labels"`
	Env      []string          `json:"env"`
	Options  []string          `json:"options"` // of docker create, as --name=value
	Command  []string          `json:"command"`
	Networks []string          `json:"networks"`
	Log      string            `json:"log"`
}

// option returns the last value of an option that a container was made with.
func (c *container) option(name string) string {
	value := ""
	for _, o := range c.Options {
		if v, ok := strings.CutPrefix(o, "--"+name+"="); ok {
			value = v
		}
	}
	return value
}

// health says how the container is, "" when nothing looks after it.
func (c *container) health() string {
	switch command := c.option("health-cmd"); {
	case command == "" || c.Status != "running":
		return ""
	case command == "false":
		return "unhealthy"
	}
	return "healthy"
}

func (h *Host) container(name string) *container {
	text, ok := h.kept("docker")[name]
	if !ok {
		return nil
	}
	var c container
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	return &c
}

func (h *Host) keepContainer(name string, c *container) {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	h.kept("docker")[name] = string(b)
}

// Container returns the environment of a container, and whether it runs.
func (h *Host) Container(name string) (env []string, running bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.container(name)
	if c == nil {
		return nil, false
	}
	return c.Env, c.Status == "running"
}

// dockerError prints an error as the daemon gives it.
func (p *process) dockerError(format string, args ...any) int {
	fmt.Fprintf(p.err, "Error response from daemon: "+format+"\n", args...)
	return 1
}

// docker is the client with its daemon.
func docker(p *process) int {
	args := p.args[1:]
	for len(args) > 1 && (args[0] == "container" || args[0] == "image" || args[0] == "network") {
		args = append([]string{args[0] + " " + args[1]}, args[2:]...)
		if verb, ok := strings.CutPrefix(args[0], "container "); ok {
			args[0] = verb
		}
	}
	if len(args) == 0 {
		return p.fail("no command")
	}
	if args[0] == "create" {
		return dockerCreate(p, args[1:]) // it reads files first
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if p.host.content.Files["/var/run/docker.off"] != nil {
		fmt.Fprintln(p.err, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?")
		return 1
	}
	verb := map[string]func(p *process, args []string) int{
		"image inspect":   dockerImageInspect,
		"inspect":         dockerInspect,
		"logs":            dockerLogs,
		"network connect": dockerConnect,
		"network create":  dockerNetwork,
		"network rm":      dockerNetworkRemove,
		"pull":            dockerPull,
		"rename":          dockerRename,
		"rm":              dockerRemove,
		"start":           dockerStart,
		"stop":            dockerStop,
		"update":          dockerUpdate,
		"version":         func(*process, []string) int { return 0 },
	}[args[0]]
	if verb == nil {
		fmt.Fprintf(p.err, "docker: '%s' is not a docker command.\n", args[0])
		return 1
	}
	return verb(p, args[1:])
}

// createOptions are those that docker create takes with a value.
var createOptions = strings.Fields(`add-host annotation blkio-weight cap-add cap-drop cgroup-parent cgroupns cpu-period cpu-quota cpu-shares cpus cpuset-cpus
	cpuset-mems device device-cgroup-rule dns dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd health-interval
	health-retries health-start-interval health-start-period health-timeout hostname ip ip6 ipc isolation label label-file link log-driver log-opt mac-address memory
	memory-reservation memory-swap memory-swappiness mount name network network-alias oom-score-adj pid pids-limit platform publish pull restart runtime
	security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user userns uts volume volume-driver volumes-from workdir`)

// createSwitches are those that it takes without one.
var createSwitches = []string{"init", "no-healthcheck", "oom-kill-disable", "privileged", "publish-all", "quiet", "read-only"}

// dockerCreate takes options as --name=value only.
func dockerCreate(p *process, args []string) int {
	c := &container{Status: "created", Labels: map[string]string{}, Networks: []string{"bridge"}}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, _, valued := strings.Cut(strings.TrimPrefix(args[0], "--"), "=")
		switch {
		case valued && slices.Contains(createOptions, name), !valued && slices.Contains(createSwitches, name):
		default:
			fmt.Fprintf(p.err, "unknown flag: --%s\n\nUsage:  docker create [OPTIONS] IMAGE [COMMAND] [ARG...]\n", name)
			return 125
		}
		c.Options = append(c.Options, args[0])
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(p.err, `docker: "docker create" requires at least 1 argument.`)
		return 1
	}
	c.Image, c.Command = args[0], args[1:]
	env, ok := p.input([]string{c.option("env-file")})
	labels, also := p.input([]string{c.option("label-file")})
	if !ok || !also {
		return 125
	}
	c.Env = strings.Split(strings.TrimSpace(string(env)), "\n")
	for line := range strings.Lines(string(labels)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		c.Labels[name] = value
	}
	c.Options = slices.DeleteFunc(c.Options, func(o string) bool {
		return strings.HasPrefix(o, "--env-file=") || strings.HasPrefix(o, "--label-file=")
	})
	if n := c.option("network"); n != "" {
		c.Networks = []string{n}
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	return p.create(c)
}

// create makes a container, if docker takes it.
func (p *process) create(c *container) int {
	h, name := p.host, c.option("name")
	switch other := h.container(name); {
	case h.kept("image")[c.Image] == "":
		return p.dockerError("No such image: %s", c.Image)
	case other != nil:
		return p.dockerError("Conflict. The container name %q is already in use by container %q. You have to remove (or rename) that container to be able to reuse that name.", "/"+name, other.ID)
	case c.option("memory") != "" && bytesOf(c.option("memory")) < 6<<20:
		return p.dockerError("Minimum memory limit allowed is 6MB")
	}
	c.ID = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, name, h.addr, len(h.kept("docker")), c.Labels)))
	h.keepContainer(name, c)
	fmt.Fprintln(p.out, c.ID)
	return 0
}

// bytesOf reads a size as docker does.
func bytesOf(text string) int64 {
	text = strings.TrimSuffix(strings.ToLower(text), "b")
	unit := int64(1)
	if i := strings.IndexByte("kmgt", text[len(text)-1]); i >= 0 {
		text, unit = text[:len(text)-1], 1<<(10*(i+1))
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n * unit
}

// known returns the container that is named last in args; it says so when there is none.
func (p *process) known(args []string) (string, *container) {
	name := args[len(args)-1]
	c := p.host.container(name)
	if c == nil {
		p.dockerError("No such container: %s", name)
	}
	return name, c
}

// dockerInspect -f FORMAT NAME
func dockerInspect(p *process, args []string) int {
	format, args := option(args, "-f")
	_, c := p.known(args)
	if c == nil {
		return 1
	}
	restart, retries := c.option("restart"), 0
	if kind, n, ok := strings.Cut(restart, ":"); ok {
		restart = kind
		retries, _ = strconv.Atoi(n)
	}
	var memory int64
	if text := c.option("memory"); text != "" {
		memory = bytesOf(text)
	}
	cpus, _ := strconv.ParseFloat(c.option("cpus"), 64)
	networks := map[string]any{}
	for _, n := range c.Networks {
		networks[n] = map[string]any{}
	}
	state := map[string]any{"Status": c.Status, "ExitCode": c.Exit, "Error": "", "Health": nil}
	if health := c.health(); health != "" {
		state["Health"] = map[string]any{"Status": health, "Log": []any{map[string]any{"Output": "checked\n"}}}
	}
	shown := map[string]any{
		"State": state, "Image": h256(c.Image), "RestartCount": 0,
		"Config":          map[string]any{"Image": c.Image, "Labels": c.Labels},
		"HostConfig":      map[string]any{"RestartPolicy": map[string]any{"Name": restart, "MaximumRetryCount": retries}, "Memory": memory, "NanoCpus": int64(cpus * 1e9)},
		"NetworkSettings": map[string]any{"Networks": networks},
	}
	f, err := parseFormat(format, p.out)
	if err == nil {
		err = f.show(shown)
	}
	if err != nil {
		fmt.Fprintf(p.err, "template parsing error: %v\n", err)
		return 64
	}
	fmt.Fprintln(p.out)
	return 0
}

// h256 is the digest of what a name stands for.
func h256(name string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name))) }

func dockerImageInspect(p *process, args []string) int {
	if name := args[len(args)-1]; p.host.kept("image")[name] == "" {
		return p.dockerError("No such image: %s", name)
	}
	return 0
}

// dockerPull gets any image that is not called missing.
func dockerPull(p *process, args []string) int {
	name := args[len(args)-1]
	repository, tag, ok := strings.Cut(name, ":")
	if !ok {
		tag = "latest"
	}
	if strings.Contains(repository, "missing") || tag == "missing" {
		return p.dockerError("manifest for %s not found: manifest unknown: manifest unknown", name)
	}
	p.host.kept("image")[name] = h256(name)
	fmt.Fprintln(p.out, name)
	return 0
}

// dockerStart starts a container. One of a command that is false, or of an image
// that is called crash, ends at once.
func dockerStart(p *process, args []string) int {
	name, c := p.known(args)
	if c == nil {
		return 1
	}
	for _, o := range c.Options {
		port, ok := strings.CutPrefix(o, "--publish=")
		if ok && c.Status != "running" && p.host.allocated(hostPort(port)) {
			p.dockerError("failed to set up container networking: driver failed programming external connectivity on endpoint %s: Bind for %s failed: port is already allocated", name, hostPort(port))
			return 1
		}
	}
	if c.option("gpus") != "" && p.host.content.Files["/usr/bin/nvidia-smi"] == nil {
		return p.dockerError("could not select device driver %q with capabilities: [[gpu]]", "")
	}
	for _, n := range c.Networks {
		if !p.host.hasNetwork(n) {
			return p.dockerError("failed to set up container networking: network %s not found", n)
		}
	}
	command := append([]string{c.option("entrypoint")}, c.Command...)
	c.Status, c.Exit, c.Log = "running", 0, c.Log+"ready\n"
	if slices.Contains(command, "false") || strings.Contains(c.Image, "crash") {
		c.Status, c.Exit, c.Log = "exited", 1, c.Log+"cannot go on\n"
	}
	p.host.keepContainer(name, c)
	fmt.Fprintln(p.out, name)
	return 0
}

// hostPort returns the address and port of the host that are published.
func hostPort(port string) string {
	port, _, _ = strings.Cut(port, "/")
	i := strings.LastIndex(port, ":")
	if i < 0 {
		return "" // docker chooses one
	}
	if port = port[:i]; !strings.Contains(port, ":") {
		port = "0.0.0.0:" + port
	}
	return port
}

// allocated reports whether a container that runs has a port.
func (h *Host) allocated(port string) bool {
	for name := range h.kept("docker") {
		c := h.container(name)
		if c.Status == "running" && port != "" && slices.ContainsFunc(c.Options, func(o string) bool {
			p, ok := strings.CutPrefix(o, "--publish=")
			return ok && hostPort(p) == port
		}) {
			return true
		}
	}
	return false
}

func (h *Host) hasNetwork(name string) bool {
	return slices.Contains([]string{"bridge", "host", "none"}, name) || h.kept("docker-network")[name] != ""
}

func dockerStop(p *process, args []string) int {
	name, c := p.known(args)
	if c == nil {
		return 1
	}
	if c.Status == "running" {
		c.Status, c.Exit = "exited", 143
		p.host.keepContainer(name, c)
	}
	fmt.Fprintln(p.out, name)
	return 0
}

func dockerRename(p *process, args []string) int {
	_, c := p.known(args[:1])
	switch {
	case c == nil:
		return 1
	case p.host.container(args[1]) != nil:
		return p.dockerError("Error when allocating new name: Conflict. The container name %q is already in use.", "/"+args[1])
	}
	delete(p.host.kept("docker"), args[0])
	p.host.keepContainer(args[1], c)
	return 0
}

// dockerRemove [-f] NAME
func dockerRemove(p *process, args []string) int {
	name, c := p.known(args)
	switch {
	case c == nil:
		return 1
	case c.Status == "running" && args[0] != "-f":
		return p.dockerError("cannot remove container %q: container is running: stop the container before removing or force remove", name)
	}
	delete(p.host.kept("docker"), name)
	fmt.Fprintln(p.out, name)
	return 0
}

// dockerUpdate changes options of a container that is there, as --name=value.
func dockerUpdate(p *process, args []string) int {
	name, c := p.known(args)
	if c == nil {
		return 1
	}
	c.Options = append(c.Options, args[:len(args)-1]...)
	p.host.keepContainer(name, c)
	return 0
}

// dockerLogs --tail LINES NAME
func dockerLogs(p *process, args []string) int {
	_, c := p.known(args)
	if c == nil {
		return 1
	}
	fmt.Fprint(p.out, c.Log)
	return 0
}

// dockerConnect NETWORK NAME
func dockerConnect(p *process, args []string) int {
	name, c := p.known(args)
	switch {
	case c == nil:
		return 1
	case !p.host.hasNetwork(args[0]):
		return p.dockerError("network %s not found", args[0])
	}
	c.Networks = append(c.Networks, args[0])
	p.host.keepContainer(name, c)
	return 0
}

// dockerNetwork NAME makes a network.
func dockerNetwork(p *process, args []string) int {
	name := args[len(args)-1]
	if p.host.hasNetwork(name) {
		return p.dockerError("network with name %s already exists", name)
	}
	p.host.kept("docker-network")[name] = h256(name)
	return 0
}

// dockerNetworkRemove NAME removes a network that no container is in.
func dockerNetworkRemove(p *process, args []string) int {
	name := args[len(args)-1]
	if p.host.kept("docker-network")[name] == "" {
		return p.dockerError("network %s not found", name)
	}
	for _, other := range slices.Sorted(maps.Keys(p.host.kept("docker"))) {
		if c := p.host.container(other); slices.Contains(c.Networks, name) && c.Status == "running" {
			return p.dockerError("error while removing network: network %s has active endpoints (name:%q)", name, other)
		}
	}
	delete(p.host.kept("docker-network"), name)
	return 0
}
