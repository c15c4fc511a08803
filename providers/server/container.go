package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type serverContainer struct {
	ID      string            `cty:"id"       is:"computed"                         doc:"Id of the host, a colon and the name."`
	Host    string            `cty:"host"     is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Name    string            `cty:"name"     is:"required,replace"                 doc:"Name, unique on the host."`
	Image   string            `cty:"image"    is:"required"                         doc:"Image, best with a version or digest, such as redis:7.4."`
	Pull    string            `cty:"pull"     is:"else=missing"                     doc:"Whether to pull the image first: missing, always or never."`
	Secrets map[string]string `cty:"secrets"  is:"optional,sensitive,blind"         doc:"More variables of its environment, which are never shown."`
	Running bool              `cty:"running"  is:"else=true"                        doc:"Whether it runs."`

	Command     []string `cty:"command"      is:"optional"            doc:"What it runs in place of the image's command."`
	Entrypoint  []string `cty:"entrypoint"   is:"optional"            doc:"What comes before the command in place of the image's entrypoint."`
	Ports       []string `cty:"ports"        is:"optional,set"        doc:"Published ports, such as 127.0.0.1:5000:5000 or 8080:80/tcp."`
	Volumes     []string `cty:"volumes"      is:"optional,set"        doc:"What is mounted in it, such as /srv/models:/models:ro or cache:/cache."`
	Networks    []string `cty:"networks"     is:"optional"            doc:"Docker networks that it is in, which have to be there."`
	Restart     string   `cty:"restart"      is:"else=unless-stopped" doc:"When docker starts it again: no, always, unless-stopped, on-failure[:N]."`
	GPUs        string   `cty:"gpus"         is:"optional"            doc:"GPUs that it gets: all, a number, or device=0,1."`
	User        string   `cty:"user"         is:"optional"            doc:"User, and group, that it runs as, such as 1000:1000."`
	WorkingDir  string   `cty:"working_dir"  is:"optional"            doc:"Directory that it begins in."`
	Memory      string   `cty:"memory"       is:"optional"            doc:"Memory that it may use, such as 512m or 4g."`
	CPUs        string   `cty:"cpus"         is:"optional"            doc:"Processors that it may use, such as 1.5."`
	ShmSize     string   `cty:"shm_size"     is:"optional"            doc:"Size of its /dev/shm, such as 8g: data loaders need much."`
	StopTimeout int      `cty:"stop_timeout" is:"optional"            doc:"Seconds that it has to end before it is killed; 10 if absent."`
	Options     []string `cty:"options"      is:"optional"            doc:"More options of docker create, such as --ulimit=memlock=-1."`

	Env         map[string]string `cty:"env"         is:"optional"       doc:"Variables of its environment."`
	Labels      map[string]string `cty:"labels"      is:"optional"       doc:"Labels of the container."`
	Healthcheck []containerHealth `cty:"healthcheck" is:"optional,max=1" doc:"What shows that it is well; an apply waits for that."`

	MadeFrom string `cty:"made_from" is:"computed"                 doc:"Sum of what it was made from; another one makes it anew."`
	ImageID  string `cty:"image_id"  is:"computed,after=made_from" doc:"Digest of the image that it runs."`
}

// containerHealth is what shows that a container is well.
type containerHealth struct {
	Command     string `cty:"command"      is:"required" doc:"Command in the container that succeeds when it is well."`
	Interval    string `cty:"interval"     is:"else=10s" doc:"Time from one run of it to the next."`
	Timeout     string `cty:"timeout"      is:"else=5s"  doc:"How long a run may take."`
	StartPeriod string `cty:"start_period" is:"else=0s"  doc:"How long failures do not count after the start."`
	Retries     int    `cty:"retries"      is:"else=3"   doc:"Failures in a row that make it unwell."`
	Within      string `cty:"within"       is:"else=2m"  doc:"How long it may take to be well before it is taken for failed."`
}

const (
	madeFromLabel = "mlinfra.made_from"
	recipeLabel   = "mlinfra.recipe"
)

var containerType = thing[serverContainer]{
	Resource: providers.Resource[*client, serverContainer]{
		Type: "server_docker_container",
		Doc: "A container of docker. A change makes it anew; when the new one does not run, the old one does again. " +
			"Volumes and images stay when it is destroyed.",
		Check: checkContainer,
		Examples: []string{exampleHost + `
resource "server_docker_container" "cache" {
  host  = server_host.gpu.id
  name  = "cache"
  image = "redis:7.4"
}`, exampleHost + `
resource "server_docker_container" "cache" {
  host    = server_host.gpu.id
  name    = "cache"
  image   = "redis:7.4"
  command = ["redis-server", "--maxmemory", "1gb"]
  ports   = ["127.0.0.1:6379:6379"]
  volumes = ["cache:/data"]
  env = {
    TZ = "UTC"
  }
  secrets = {
    REDIS_PASSWORD = "not shown"
  }
  memory = "2g"
  cpus   = "1.5"
  healthcheck {
    command = "redis-cli ping"
  }
}`, exampleHost + `
resource "server_docker_container" "cache" {
  host    = server_host.gpu.id
  name    = "features"
  image   = "redis:7.4"
  restart = "on-failure:3"
  running = false
}`},
	},
	at:   func(x *serverContainer) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverContainer) string { return call("container_look", x.Name) },
	see:  seeContainer,
	put:  func(was *serverContainer, x serverContainer) (deed, error) { return x.deed(was) },
	drop: func(x serverContainer) deed {
		return deed{what: "removing container " + x.Name, call: call("container_drop", x.Name)}
	},
}

// deed returns the step that makes x, anew if docker shows that it was changed.
// All variables and labels come on stdin: arguments are for everybody to see.
func (x serverContainer) deed(was *serverContainer) (deed, error) {
	recipe, err := json.Marshal(x.recipe())
	if err != nil {
		return deed{}, err
	}
	anew := "no"
	if was != nil {
		old, err := json.Marshal(was.recipe())
		if err != nil {
			return deed{}, err
		}
		if string(old) != string(recipe) {
			anew = "yes"
		}
	}
	var data strings.Builder
	env := merged(x.Env, x.Secrets)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&data, "env %s=%s\n", name, env[name])
	}
	labels := merged(x.Labels, map[string]string{madeFromLabel: x.MadeFrom, recipeLabel: string(recipe)})
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&data, "label %s=%s\n", name, labels[name])
	}
	within := 0
	for _, h := range x.Healthcheck {
		d, _ := time.ParseDuration(h.Within) // checkContainer has
		within = max(int(d.Seconds()), 1)
	}
	args := []string{x.Name, x.MadeFrom, anew, strconv.FormatBool(x.Running), x.Image, x.Pull, strconv.Itoa(within), strings.Join(x.Networks, " ")}
	return deed{what: "making container " + x.Name, call: call("container_put", append(args, x.words()...)...), data: []byte(data.String())}, nil
}

// words returns the arguments of docker create, but the variables and labels.
func (x serverContainer) words() []string {
	words := []string{"--restart=" + x.Restart}
	one := func(name, value string) {
		if value != "" {
			words = append(words, "--"+name+"="+value)
		}
	}
	for _, p := range slices.Sorted(slices.Values(x.Ports)) {
		one("publish", p)
	}
	for _, v := range slices.Sorted(slices.Values(x.Volumes)) {
		one("volume", v)
	}
	if len(x.Networks) > 0 {
		one("network", x.Networks[0]) // the others are joined before it starts
	}
	gpus := x.GPUs
	if strings.Contains(gpus, ",") {
		gpus = `"` + gpus + `"` // else the comma would end the value
	}
	one("gpus", gpus)
	one("user", x.User)
	one("workdir", x.WorkingDir)
	one("memory", x.Memory)
	one("cpus", x.CPUs)
	one("shm-size", x.ShmSize)
	if x.StopTimeout > 0 {
		one("stop-timeout", strconv.Itoa(x.StopTimeout))
	}
	for _, h := range x.Healthcheck {
		one("health-cmd", h.Command)
		one("health-interval", h.Interval)
		one("health-timeout", h.Timeout)
		one("health-start-period", h.StartPeriod)
		one("health-retries", strconv.Itoa(h.Retries))
	}
	words = append(words, x.Options...)
	command := x.Command
	if len(x.Entrypoint) > 0 {
		one("entrypoint", x.Entrypoint[0])
		command = slices.Concat(x.Entrypoint[1:], command)
	}
	return append(append(words, x.Image), command...)
}

// implyContainer returns the sum of what a container is made from.
func implyContainer(want cty.Value) map[string]cty.Value {
	sum := sumOf(want, "image", "command", "entrypoint", "env", "secrets", "ports", "volumes", "networks", "restart", "gpus", "labels", "user",
		"working_dir", "memory", "cpus", "shm_size", "stop_timeout", "options", "healthcheck")
	if sum == "" {
		return map[string]cty.Value{"made_from": cty.UnknownVal(cty.String)}
	}
	return map[string]cty.Value{"made_from": cty.StringVal(sum)}
}

// seeContainer fills in what docker says. What the container was made from is in
// its labels: state is not read anew while they say the same as it.
func seeContainer(x *serverContainer, a answer) error {
	known := x.ImageID != ""
	switch kind := a.fact("kind"); {
	case kind == "none":
		return providers.ErrGone
	case kind == "unreachable" && known:
		x.Running = false // nothing runs, or nobody knows of it
		return nil
	case kind != "container":
		return fmt.Errorf("docker on %s does not answer: %s", x.Host, printable(a.text))
	}
	var labels map[string]string
	if err := json.Unmarshal([]byte(a.fact("labels")), &labels); err != nil {
		return fmt.Errorf("labels of container %s: %w", x.Name, err)
	}
	if from := labels[madeFromLabel]; x.Image == "" || from != x.MadeFrom {
		x.MadeFrom = from
		x.recall(labels[recipeLabel], a.fact("image"))
	}
	x.ImageID = a.fact("image_id")
	x.Running = a.fact("status") == "running"
	if x.Pull == "" {
		x.Pull = "missing" // as it is when nobody says anything
	}
	return x.look(a)
}

// look fills in what docker lets people change of a container that is there.
func (x *serverContainer) look(a answer) error {
	var host struct {
		RestartPolicy struct {
			Name              string
			MaximumRetryCount int
		}
		Memory, NanoCpus int64
	}
	var networks map[string]any
	for fact, to := range map[string]any{"host": &host, "networks": &networks} {
		if err := json.Unmarshal([]byte(a.fact(fact)), to); err != nil {
			return fmt.Errorf("what docker says of container %s: %w", x.Name, err)
		}
	}
	restart := host.RestartPolicy.Name
	switch n := host.RestartPolicy.MaximumRetryCount; {
	case restart == "":
		restart = "no"
	case n > 0:
		restart += ":" + strconv.Itoa(n)
	}
	x.Restart = restart
	if size, _ := parseSize(x.Memory); size != host.Memory {
		x.Memory = ""
		if host.Memory > 0 {
			x.Memory = strconv.FormatInt(host.Memory, 10)
		}
	}
	if cpus, _ := strconv.ParseFloat(x.CPUs, 64); int64(cpus*1e9+0.5) != host.NanoCpus {
		x.CPUs = ""
		if host.NanoCpus > 0 {
			x.CPUs = strconv.FormatFloat(float64(host.NanoCpus)/1e9, 'f', -1, 64)
		}
	}
	x.Networks = slices.DeleteFunc(x.Networks, func(n string) bool {
		_, in := networks[n]
		return !in && !strings.Contains(n, ":") // that of another container has no name
	})
	return nil
}
