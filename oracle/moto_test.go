package oracle

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// moto is a server with one account, which the tests have one after the other.
type moto struct {
	endpoint *url.URL
	turn     sync.Mutex
	turns    sync.Map // testing.TB that has or had its turn

	mu     sync.Mutex
	counts map[string]int // requests by action
}

// images are those that the examples look for. The thousand that moto has by
// itself are old, not Canonical's, and cost seconds in each new account. They
// have no dates: moto reads those of a file once and fails the second time.
const images = `[
  {"ami_id": "ami-0ab1c2d3e4f500001", "owner_id": "099720109477", "name": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261016", "architecture": "x86_64",
   "public": true, "state": "available", "image_type": "machine", "image_location": "amazon/a", "root_device_type": "ebs", "root_device_name": "/dev/sda1", "virtualization_type": "hvm", "hypervisor": "xen"},
  {"ami_id": "ami-0ab1c2d3e4f500003", "owner_id": "137112412989", "name": "al2023-ami-2023.9.20261020.0-kernel-6.1-x86_64", "architecture": "x86_64",
   "public": true, "state": "available", "image_type": "machine", "image_location": "amazon/c", "root_device_type": "ebs", "root_device_name": "/dev/xvda", "virtualization_type": "hvm", "hypervisor": "xen"},
  {"ami_id": "ami-0ab1c2d3e4f500004", "owner_id": "898082745236", "name": "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20261021", "architecture": "x86_64",
   "public": true, "state": "available", "image_type": "machine", "image_location": "amazon/d", "root_device_type": "ebs", "root_device_name": "/dev/sda1", "virtualization_type": "hvm", "hypervisor": "xen"},
  {"ami_id": "ami-0ab1c2d3e4f500005", "owner_id": "898082745236", "name": "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20261021", "architecture": "arm64",
   "public": true, "state": "available", "image_type": "machine", "image_location": "amazon/e", "root_device_type": "ebs", "root_device_name": "/dev/sda1", "virtualization_type": "hvm", "hypervisor": "xen"}
]`

// startMoto serves moto until the test ends; without moto the test is skipped.
func startMoto(t *testing.T) *moto {
	program, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("no moto_server: pip install 'moto[server]'")
	}
	list := filepath.Join(t.TempDir(), "images.json")
	if err := os.WriteFile(list, []byte(images), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close() // for moto to take
	// A run that times out or is interrupted leaves no server behind.
	ctx, cancel := t.Context(), context.CancelFunc(func() {})
	if end, ok := t.Deadline(); ok {
		ctx, cancel = context.WithDeadline(ctx, end.Add(-5*time.Second))
	}
	cmd := exec.CommandContext(ctx, program, "-H", "127.0.0.1", "-p", strconv.Itoa(port))
	cmd.Env = append(os.Environ(), "MOTO_AMIS_PATH="+list, "MOTO_ENABLE_AMI_VALIDATION=1", "MOTO_ENABLE_KEYPAIR_VALIDATION=1", "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION=1")
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	m := &moto{endpoint: &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(port)}, counts: map[string]int{}}
	for range 300 {
		if _, err := m.ask("", "POST", "/moto-api/reset", ""); err == nil {
			return m
		}
		time.Sleep(100 * time.Millisecond) // a real server in its own time
	}
	t.Fatal("moto_server does not answer")
	return nil
}

// ask sends a request that is not the provider's and returns the answer.
func (m *moto) ask(service, method, path, form string) (string, error) {
	r, err := http.NewRequest(method, m.endpoint.String()+path, strings.NewReader(form))
	if err != nil {
		return "", err
	}
	if service != "s3" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if service != "" {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261122/eu-central-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s %s: status %d: %s", method, path, form, resp.StatusCode, body)
	}
	return string(body), err
}

// patience is how many requests an account answers. The suite's clock moves when
// somebody waits, moto's does not: what does not become true at once would be
// waited for without end.
const patience = 1000

// account returns an empty account, when the tests before t are done with it.
func (m *moto) account(t testing.TB) http.Handler {
	if _, again := m.turns.LoadOrStore(t, true); !again {
		m.turn.Lock()
		t.Cleanup(m.turn.Unlock)
	}
	if _, err := m.ask("", "POST", "/moto-api/reset", ""); err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(m.endpoint)
	proxy.ModifyResponse = ownedRules
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		t.Errorf("moto: %v", err)
		w.WriteHeader(http.StatusBadGateway)
	}
	left := patience
	var one sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What has arrived has its effect, also when the client has died, and
		// before the requests of the next process.
		one.Lock()
		defer one.Unlock()
		r = r.WithContext(context.WithoutCancel(r.Context()))
		m.mu.Lock()
		m.counts[kindOf(r)]++
		left--
		n := left
		m.mu.Unlock()
		if n == 0 {
			t.Errorf("%d requests, the last a %s: something is waited for that moto does not do", patience, kindOf(r))
		}
		if n <= 0 {
			answerError(w, r, http.StatusBadRequest, "OutOfPatience")
			return
		}
		if err := m.keyPairByName(r); err != nil {
			t.Error(err)
		}
		if tags := tagsOfNewBucket(r); tags == "" {
			proxy.ServeHTTP(w, r)
		} else if err := m.createTagged(proxy, w, r, tags); err != nil {
			t.Error(err)
		}
	})
}

func (m *moto) total() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, count := range m.counts {
		n += count
	}
	return n
}

// kindOf names what a request does: its action, or of S3 the method, whether it
// is about the account or a bucket, and the setting of the bucket.
func kindOf(r *http.Request) string {
	if action := formOf(r).Get("Action"); action != "" {
		return action
	}
	what := "account"
	if r.URL.Path != "/" {
		what = "bucket"
	}
	setting, _, _ := strings.Cut(r.URL.RawQuery, "=")
	return r.Method + " " + what + " " + setting
}

// keyPairByName makes up for moto's DeleteKeyPair, which knows names only and
// says yes to ids: it puts the name of the id into the request.
func (m *moto) keyPairByName(r *http.Request) error {
	form := formOf(r)
	if form.Get("Action") != "DeleteKeyPair" || form.Get("KeyPairId") == "" {
		return nil
	}
	answer, err := m.ask("ec2", "POST", "/", "Action=DescribeKeyPairs&Version=2016-11-15&Filter.1.Name=key-pair-id&Filter.1.Value.1="+form.Get("KeyPairId"))
	if err != nil {
		return err
	}
	if name := regexp.MustCompile(`<keyName>([^<]+)</keyName>`).FindStringSubmatch(answer); name != nil {
		form.Set("KeyName", name[1])
	}
	body := form.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return nil
}

var tagsOfConfiguration = regexp.MustCompile(`(?s)<Tags>(.*)</Tags>`)

// tagsOfNewBucket returns the tags in a CreateBucket; "" when there are none.
func tagsOfNewBucket(r *http.Request) string {
	if serviceOf(r) != "s3" || r.Method != http.MethodPut || (r.URL.RawQuery != "" && !strings.HasPrefix(r.URL.RawQuery, "x-id=")) {
		return ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if found := tagsOfConfiguration.FindSubmatch(body); err == nil && found != nil {
		return string(found[1])
	}
	return ""
}

// createTagged makes up for moto's CreateBucket, which drops the tags that S3
// has taken since 2025: it sets them before the answer is sent.
func (m *moto) createTagged(next http.Handler, w http.ResponseWriter, r *http.Request, tags string) error {
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	var err error
	if rec.Code == http.StatusOK {
		_, err = m.ask("s3", http.MethodPut, r.URL.Path+"?tagging", "<Tagging><TagSet>"+tags+"</TagSet></Tagging>")
	}
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()) // the client may be gone
	return err
}

var ruleOfGroup = regexp.MustCompile(`</securityGroupRuleId><groupId>[^<]*</groupId>`)

// ownedRules makes up for the owner that rules of security groups lack in
// moto's answers.
func ownedRules(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	body = ruleOfGroup.ReplaceAll(body, []byte("$0<groupOwnerId>123456789012</groupOwnerId>"))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.ContentLength >= 0 {
		resp.ContentLength = int64(len(body))
		resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return err
}

// kept are the questions whose answers name what an account can hold, but for
// network interfaces: moto keeps those of instances and NAT gateways that have
// gone.
var kept = []struct{ service, action, id string }{
	{"ec2", "DescribeVpcs", "vpcId"},
	{"ec2", "DescribeSubnets", "subnetId"},
	{"ec2", "DescribeInternetGateways", "internetGatewayId"},
	{"ec2", "DescribeNatGateways&Filter.1.Name=state&Filter.1.Value.1=available", "natGatewayId"},
	{"ec2", "DescribeAddresses", "allocationId"},
	{"ec2", "DescribeRouteTables", "routeTableId"},
	{"ec2", "DescribeSecurityGroups", "groupId"},
	{"ec2", "DescribeSecurityGroupRules", "securityGroupRuleId"},
	{"ec2", "DescribeKeyPairs", "keyName"},
	{"ec2", "DescribeVolumes", "volumeId"},
	{"ec2", "DescribeInstances&Filter.1.Name=instance-state-name&Filter.1.Value.1=running&Filter.1.Value.2=stopped", "instanceId"},
	{"iam", "ListRoles", "RoleName"},
	{"iam", "ListPolicies&Scope=Local", "Arn"},
	{"iam", "ListInstanceProfiles", "InstanceProfileName"},
	{"rds", "DescribeDBInstances", "DBInstanceIdentifier"},
	{"rds", "DescribeDBSubnetGroups", "DBSubnetGroupName"},
}

var versions = map[string]string{"ec2": "2016-11-15", "iam": "2010-05-08", "rds": "2014-10-31"}

// inventory returns what the account holds.
func (m *moto) inventory(t testing.TB) []string {
	var all []string
	for _, k := range kept {
		answer, err := m.ask(k.service, "POST", "/", "Version="+versions[k.service]+"&Action="+k.action)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, namesIn(answer, k.id)...)
	}
	answer, err := m.ask("s3", "GET", "/", "")
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, namesIn(answer, "Name")...)
	slices.Sort(all)
	return slices.Compact(all)
}

// namesIn returns the texts of an element, wherever it is.
func namesIn(answer, element string) []string {
	var list []string
	for _, found := range regexp.MustCompile("<"+element+">([^<]+)</").FindAllStringSubmatch(answer, -1) {
		list = append(list, element+" "+found[1])
	}
	return list
}
