package server

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// daemon is as much of the API of docker as its client needs for containers that
// do nothing.
type daemon struct {
	mu         sync.Mutex
	containers map[string]map[string]any // by id
	images     map[string]bool
	made       map[string]any // the last request to make one
}

func (d *daemon) find(name string) map[string]any {
	for id, c := range d.containers {
		if id == name || c["Name"] == "/"+name {
			return c
		}
	}
	return nil
}

// count returns how many containers there are.
func (d *daemon) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.containers)
}

func (d *daemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Api-Version", "1.43")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	refuse := func(status int, format string, args ...any) {
		answer(status, map[string]string{"message": fmt.Sprintf(format, args...)})
	}
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/v1."); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	switch {
	case path == "/_ping", path == "/version", path == "/info":
		answer(200, map[string]string{"Version": "24", "ApiVersion": "1.43", "MinAPIVersion": "1.24"})
	case path == "/images/create":
		if strings.Contains(r.URL.Query().Get("fromImage"), "missing") {
			refuse(404, "manifest unknown")
			return
		}
		name := strings.TrimPrefix(r.URL.Query().Get("fromImage"), "docker.io/library/") + ":" + r.URL.Query().Get("tag")
		d.images[name] = true
		answer(200, map[string]string{"status": "pulled"})
	case parts[0] == "images":
		if name := strings.Join(parts[1:len(parts)-1], "/"); !d.images[name] {
			refuse(404, "No such image: %s", name)
			return
		}
		answer(200, map[string]string{"Id": "sha256:1"})
	case path == "/containers/create":
		d.create(r.URL.Query().Get("name"), body, answer, refuse)
	case parts[0] == "networks":
		c := d.find(body["Container"].(string))
		c["NetworkSettings"].(map[string]any)["Networks"].(map[string]any)[parts[1]] = map[string]any{}
		answer(200, nil)
	case parts[0] == "containers" && d.find(parts[1]) == nil:
		refuse(404, "No such container: %s", parts[1])
	case parts[0] == "containers":
		d.container(r, append(parts, "")[2], d.find(parts[1]), w, answer)
	default:
		refuse(501, "%s is not known here", path)
	}
}

func (d *daemon) create(name string, body map[string]any, answer func(int, any), refuse func(int, string, ...any)) {
	switch image := body["Image"].(string); {
	case !d.images[image]:
		refuse(404, "No such image: %s", image)
		return
	case d.find(name) != nil:
		refuse(409, "Conflict. The container name %q is already in use", "/"+name)
		return
	}
	d.made = body
	host := body["HostConfig"].(map[string]any)
	id := fmt.Sprintf("%064x", len(d.containers)+len(d.images)*100)
	d.containers[id] = map[string]any{
		"Id": id, "Name": "/" + name, "Image": "sha256:1", "Config": body, "HostConfig": host, "State": map[string]any{"Status": "created"},
		"NetworkSettings": map[string]any{"Networks": map[string]any{host["NetworkMode"].(string): map[string]any{}}},
	}
	answer(201, map[string]any{"Id": id, "Warnings": []string{}})
}

// container does what is asked of one.
func (d *daemon) container(r *http.Request, what string, c map[string]any, w http.ResponseWriter, answer func(int, any)) {
	switch what {
	case "json":
		answer(200, c)
		return
	case "start":
		state := map[string]any{"Status": "running", "Running": true, "Health": map[string]any{"Status": "healthy"}}
		if strings.HasPrefix(c["Config"].(map[string]any)["Image"].(string), "crash") {
			state = map[string]any{"Status": "exited", "ExitCode": 1}
		}
		c["State"] = state
	case "stop":
		c["State"] = map[string]any{"Status": "exited", "ExitCode": 143}
	case "rename":
		c["Name"] = "/" + r.URL.Query().Get("name")
	case "logs":
		w.Header().Set("Content-Type", "application/vnd.docker.multiplexed-stream")
		_, _ = w.Write([]byte("\x01\x00\x00\x00\x00\x00\x00\x0dcannot go on\n"))
		return
	case "":
		delete(d.containers, c["Id"].(string))
	}
	w.WriteHeader(204)
}

// TestDockerClient holds that the real client of docker takes what the scripts say
// to it, and means the same by it.
func TestDockerClient(t *testing.T) {
	if _, err := exec.LookPath("docker"); err != nil || os.Getuid() != 0 {
		t.Skip("needs root and docker, of which only the client is used")
	}
	d := &daemon{containers: map[string]map[string]any{}, images: map[string]bool{}}
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: d}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	sh := func(script string, data []byte) (string, error) {
		cmd := exec.Command("sh", "-c", library()+script)
		cmd.Stdin = strings.NewReader(string(data))
		cmd.Env = append(os.Environ(), "DOCKER_HOST=unix://"+socket, "DOCKER_CONFIG="+t.TempDir())
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	look := func(x serverContainer) (serverContainer, error) {
		out, err := sh(containerType.look(x), nil)
		if err != nil {
			t.Fatal(out)
		}
		return x, seeContainer(&x, answer{text: out})
	}
	x := serverContainer{
		Name: "web", Image: "nginx:1", Pull: "missing", Running: true, Restart: "on-failure:3", Command: []string{"-x", "a b"}, Entrypoint: []string{"sh", "-c"},
		Ports: []string{"127.0.0.1:6379:6379", "8080:80/tcp"}, Volumes: []string{"/data:/data:ro", "cache:/cache"}, Networks: []string{"ml", "two"},
		GPUs: "device=0,1", User: "1:1", WorkingDir: "/w", Memory: "4g", CPUs: "1.5", ShmSize: "8g", StopTimeout: 30, Options: []string{"--ulimit=memlock=-1", "--init"},
		Env: map[string]string{"A": ` x "y" 'z' $HOME `}, Labels: map[string]string{"team": "ml ops"}, MadeFrom: "1",
		Healthcheck: []containerHealth{{Command: "ping || exit 1", Interval: "10s", Timeout: "5s", StartPeriod: "0s", Retries: 3, Within: "5s"}},
	}
	with := x
	with.Secrets = map[string]string{"B": "s#=1"}
	put, err := with.deed(nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := sh(put.call, put.data); err != nil || out != "" {
		t.Fatalf("%v: %s", err, out)
	}
	d.mu.Lock()
	host := d.made["HostConfig"].(map[string]any)
	binds := host["Binds"].([]any) // in any order
	slices.SortFunc(binds, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	got := map[string]any{
		"env": d.made["Env"], "cmd": d.made["Cmd"], "entrypoint": d.made["Entrypoint"], "ports": host["PortBindings"], "binds": binds, "gpus": host["DeviceRequests"],
		"restart": host["RestartPolicy"], "memory": host["Memory"], "cpus": host["NanoCpus"], "shm": host["ShmSize"], "init": host["Init"], "ulimits": host["Ulimits"],
		"stop": d.made["StopTimeout"], "health": d.made["Healthcheck"].(map[string]any)["Test"], "dir": d.made["WorkingDir"],
	}
	d.mu.Unlock()
	port := func(ip, port string) []any { return []any{map[string]any{"HostIp": ip, "HostPort": port}} }
	if diff := cmp.Diff(map[string]any{
		"env": []any{`A= x "y" 'z' $HOME `, "B=s#=1"}, "cmd": []any{"-c", "-x", "a b"}, "entrypoint": []any{"sh"},
		"ports": map[string]any{"6379/tcp": port("127.0.0.1", "6379"), "80/tcp": port("", "8080")}, "binds": []any{"/data:/data:ro", "cache:/cache"},
		"gpus":    []any{map[string]any{"Driver": "", "Count": 0.0, "DeviceIDs": []any{"0", "1"}, "Capabilities": []any{[]any{"gpu"}}, "Options": map[string]any{}}},
		"restart": map[string]any{"Name": "on-failure", "MaximumRetryCount": 3.0}, "memory": float64(4 << 30), "cpus": 1.5e9, "shm": float64(8 << 30), "init": true,
		"ulimits": []any{map[string]any{"Name": "memlock", "Hard": -1.0, "Soft": -1.0}}, "stop": 30.0, "health": []any{"CMD-SHELL", "ping || exit 1"}, "dir": "/w",
	}, got); diff != "" {
		t.Errorf("the client asks for (-want +got):\n%s", diff)
	}
	x.ImageID = "sha256:1"
	if seen, err := look(serverContainer{Name: "web"}); err != nil || !cmp.Equal(x, seen) {
		t.Errorf("an import shows %v (-made +seen):\n%s", err, cmp.Diff(x, seen))
	}
	bad := x
	bad.Image, bad.MadeFrom = "crash:1", "2"
	if put, err = bad.deed(&x); err != nil {
		t.Fatal(err)
	}
	out, err := sh(put.call, put.data)
	if err == nil || !strings.Contains(out, "web is exited, with exit code 1") || !strings.Contains(out, "cannot go on") || !strings.Contains(out, "the container of before runs again") {
		t.Errorf("a container that ends: %v: %s", err, out)
	}
	if seen, err := look(x); err != nil || !cmp.Equal(x, seen) || d.count() != 1 {
		t.Errorf("after it %v, %d containers (-made +seen):\n%s", err, d.count(), cmp.Diff(x, seen))
	}
	for range 2 {
		if out, err := sh(containerType.drop(x).call, nil); err != nil {
			t.Errorf("the removal: %v: %s", err, out)
		}
	}
	if _, err := look(x); err == nil || err.Error() != "does not exist" {
		t.Errorf("after the removal a look says %v", err)
	}
}
