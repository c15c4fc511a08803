package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// recipe is what a container is made from, without secrets: a label of the
// container has it, so that one which was imported shows all of it.
type recipe struct {
	Image       string            `json:"image"`
	Command     []string          `json:"command,omitempty"`
	Entrypoint  []string          `json:"entrypoint,omitempty"`
	Env         map[string]string `json:"env,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Ports       []string          `json:"ports,omitempty"`
	Volumes     []string          `json:"volumes,omitempty"`
	Networks    []string          `json:"networks,omitempty"`
	Restart     string            `json:"restart"`
	GPUs        string            `json:"gpus,omitempty"`
	User        string            `json:"user,omitempty"`
	WorkingDir  string            `json:"working_dir,omitempty"`
	Memory      string            `json:"memory,omitempty"`
	CPUs        string            `json:"cpus,omitempty"`
	ShmSize     string            `json:"shm_size,omitempty"`
	StopTimeout int               `json:"stop_timeout,omitempty"`
	Options     []string          `json:"options,omitempty"`
	Healthcheck []containerHealth `json:"healthcheck,omitempty"`
}

func (x serverContainer) recipe() recipe {
	sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
	return recipe{
		x.Image, x.Command, x.Entrypoint, x.Env, x.Labels, sorted(x.Ports), sorted(x.Volumes), x.Networks, x.Restart, x.GPUs, x.User,
		x.WorkingDir, x.Memory, x.CPUs, x.ShmSize, x.StopTimeout, x.Options, x.Healthcheck,
	}
}

// recall fills in what the label of a container says that it was made from; of one
// that somebody else has made only the image is known.
func (x *serverContainer) recall(label, image string) {
	var r recipe
	if json.Unmarshal([]byte(label), &r) != nil {
		r = recipe{Image: image}
	}
	x.Image, x.Command, x.Entrypoint, x.Env, x.Labels = r.Image, r.Command, r.Entrypoint, r.Env, r.Labels
	x.Ports, x.Volumes, x.Networks, x.Restart, x.GPUs = r.Ports, r.Volumes, r.Networks, r.Restart, r.GPUs
	x.User, x.WorkingDir, x.Memory, x.CPUs, x.ShmSize = r.User, r.WorkingDir, r.Memory, r.CPUs, r.ShmSize
	x.StopTimeout, x.Options, x.Healthcheck = r.StopTimeout, r.Options, r.Healthcheck
}

// parseSize reads a size of docker, such as 512m.
func parseSize(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimRight(strings.ToLower(text), "bi")
	unit := int64(1)
	for i, letter := range "kmgt" {
		if rest, ok := strings.CutSuffix(number, string(letter)); ok {
			number, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is no size such as 512m or 4g", text)
	}
	return int64(n * float64(unit)), nil
}

// reserved are the options of docker create that have attributes of their own, or
// that would break what mlinfra relies on.
var reserved = []string{"attach", "cidfile", "cpus", "detach", "entrypoint", "env", "env-file", "expose", "gpus", "health-cmd", "health-interval",
	"health-retries", "health-start-period", "health-timeout", "help", "interactive", "label", "label-file", "memory", "name", "net", "network",
	"publish", "pull", "restart", "rm", "shm-size", "stop-timeout", "tty", "user", "volume", "workdir"}

var (
	containerName = providers.NewPattern(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)
	imageName     = providers.NewPattern(`^[a-z0-9A-Z][a-zA-Z0-9._:/@-]*$`)
	portPattern   = providers.NewPattern(`^((\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):)?(\d*(-\d+)?:)?\d+(-\d+)?(/(tcp|udp|sctp))?$`)
	volumePattern = providers.NewPattern(`^(/[^:]*|[a-zA-Z0-9][a-zA-Z0-9_.-]+):/[^:]*(:[a-zA-Z,]+)?$`)
	networkName   = providers.NewPattern(`^[a-zA-Z0-9][a-zA-Z0-9_.:-]*$`)
	restartPolicy = providers.NewPattern(`^(no|always|unless-stopped|on-failure(:[1-9]\d*)?)$`)
	optionPattern = providers.NewPattern(`^--[a-z0-9-]+(=.*)?$`)
)

func checkContainer(_ *serverContainer, x serverContainer) error {
	if !containerName.MatchString(x.Name) {
		return fmt.Errorf("%q is no name of a container such as mlflow: it has two characters or more, letters, digits, _, . and -", x.Name)
	}
	if !imageName.MatchString(x.Image) {
		return fmt.Errorf("image %q is none such as redis:7.4", x.Image)
	}
	for _, rule := range []struct {
		attr, like string
		pattern    providers.Pattern
		values     []string
	}{
		{"ports", "127.0.0.1:5000:5000 or 8080:80/tcp", portPattern, x.Ports},
		{"volumes", "/srv/models:/models:ro or cache:/cache", volumePattern, x.Volumes},
		{"networks", "ml", networkName, x.Networks},
		{"restart", "no, always, unless-stopped, on-failure or on-failure:3", restartPolicy, []string{x.Restart}},
		{"options", "--ulimit=memlock=-1, in one word", optionPattern, x.Options},
	} {
		for _, v := range rule.values {
			if !rule.pattern.MatchString(v) || strings.ContainsAny(v, "\n\x00") {
				return fmt.Errorf("%s: %q is not like %s", rule.attr, v, rule.like)
			}
		}
	}
	if !slices.Contains([]string{"missing", "always", "never"}, x.Pull) {
		return fmt.Errorf("pull is missing, always or never, and not %q", x.Pull)
	}
	for _, o := range x.Options {
		if name, _, _ := strings.Cut(strings.TrimPrefix(o, "--"), "="); slices.Contains(reserved, name) {
			return fmt.Errorf("options: --%s is not for here: it has an attribute of its own, or none because containers here go on running without anybody", name)
		}
	}
	return errors.Join(checkLines("env", x.Env), checkLines("secrets", x.Secrets), checkLines("labels", x.Labels), x.checkSizes())
}

// checkLines refuses what does not fit in a line of a file for docker.
func checkLines(attr string, values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case name == "" || strings.ContainsAny(name, "= \t\n#\x00"):
			return fmt.Errorf("%s: %q is no name", attr, name)
		case strings.ContainsAny(values[name], "\n\r\x00"):
			return fmt.Errorf("%s: the value of %s has more than one line, which docker does not take from files: encode it, or mount a server_file", attr, name)
		case len(values[name]) > 60000:
			return fmt.Errorf("%s: the value of %s is too long for docker: mount a server_file", attr, name)
		case attr == "labels" && strings.HasPrefix(name, "mlinfra."):
			return fmt.Errorf("labels: %s is for mlinfra", name)
		}
	}
	return nil
}

// checkSizes refuses sizes, numbers and times that are none.
func (x serverContainer) checkSizes() error {
	for attr, size := range map[string]string{"memory": x.Memory, "shm_size": x.ShmSize} {
		if _, err := parseSize(size); err != nil {
			return fmt.Errorf("%s: %w", attr, err)
		}
	}
	if n, err := strconv.ParseFloat(x.CPUs, 64); x.CPUs != "" && (err != nil || n <= 0) {
		return fmt.Errorf("cpus: %q is no number such as 1.5", x.CPUs)
	}
	for _, h := range x.Healthcheck {
		for attr, text := range map[string]string{"interval": h.Interval, "timeout": h.Timeout, "start_period": h.StartPeriod, "within": h.Within} {
			if d, err := time.ParseDuration(text); err != nil || d < 0 || d > 0 && d < time.Millisecond {
				return fmt.Errorf("healthcheck: %s %q is no time such as 10s", attr, text)
			}
		}
	}
	return nil
}
