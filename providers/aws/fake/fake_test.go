package fake

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// machineAccount is an account for calls to EC2 in eu-central-1, with its clock.
type machineAccount struct {
	*queryAccount
	clock *fakecloud.ManualClock
}

var testStart = time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)

func newMachineAccount(t *testing.T, o Options) *machineAccount {
	t.Helper()
	clock := fakecloud.NewManualClock(testStart)
	if o.Clock == nil {
		o.Clock = clock.Now
	}
	a := newQueryAccount(t, "ec2", o).ec2()
	a.region = "eu-central-1"
	return &machineAccount{a, clock}
}

// in is the same account in another region.
func (a *machineAccount) in(region string) *machineAccount {
	q := *a.queryAccount
	q.region = region
	return &machineAccount{&q, a.clock}
}

// wrong makes a call that must fail with "status Code", or with a code and 400,
// in EC2's form of errors. It returns the message.
func (a *machineAccount) wrong(want, action string, params ...string) string {
	a.t.Helper()
	status, text := a.call(action, params...)
	var e struct {
		XMLName xml.Name `xml:"Response"`
		Code    string   `xml:"Errors>Error>Code"`
		Message string   `xml:"Errors>Error>Message"`
		ID      string   `xml:"RequestID"`
	}
	if err := xml.Unmarshal([]byte(text), &e); err != nil {
		a.t.Fatalf("%s %v: %v in %s", action, params, err, text)
	}
	if !strings.Contains(want, " ") {
		want = "400 " + want
	}
	if got := fmt.Sprint(status, " ", e.Code); got != want {
		a.t.Errorf("%s %v: got %s (%s), want %s", action, params, got, e.Message, want)
	}
	if e.Message == "" || e.ID == "" {
		a.t.Errorf("%s %v: error without message or request id: %s", action, params, text)
	}
	return e.Message
}

// one makes a call and returns the first value of an element of its answer.
func (a *machineAccount) one(element, action string, params ...string) string {
	a.t.Helper()
	text := a.do(action, params...)
	found := all(text, element)
	if len(found) == 0 {
		a.t.Fatalf("%s %v: no %s in %s", action, params, element, text)
	}
	return found[0]
}

// want compares the values of an element of a call's answer.
func (a *machineAccount) want(element, values, action string, params ...string) {
	a.t.Helper()
	if got := strings.Join(all(a.do(action, params...), element), " "); got != values {
		a.t.Errorf("%s %v: %s is %q, want %q", action, params, element, got, values)
	}
}

// network makes a VPC with a subnet in zone a and returns their ids.
func (a *machineAccount) network() (vpcID, subnetID string) {
	a.t.Helper()
	vpcID = a.one("vpcId", "CreateVpc", "CidrBlock=10.0.0.0/16")
	a.clock.Advance(a.o.EventualLag)
	return vpcID, a.one("subnetId", "CreateSubnet", "VpcId="+vpcID, "CidrBlock=10.0.0.0/24", "AvailabilityZone=eu-central-1a")
}

// testImage is the newest Ubuntu of a region.
func testImage(region, arch string) string {
	id := ""
	for _, i := range images(region) {
		if i.arch == arch && strings.Contains(i.name, "ubuntu-noble") && strings.Contains(i.name, "server") {
			id = i.id
		}
	}
	return id
}

// launch starts a t3.micro in the default VPC, with changes to its parameters.
func (a *machineAccount) launch(params ...string) string {
	a.t.Helper()
	return a.one("instanceId", "RunInstances", with([]string{"ImageId=" + testImage(a.region, "x86_64"), "InstanceType=t3.micro", "MinCount=1", "MaxCount=1"}, params...)...)
}

// with replaces parameters of the same name and adds the others. An empty value
// takes a parameter away.
func with(params []string, changes ...string) []string {
	out := slices.Clone(params)
	for _, c := range changes {
		name, value, _ := strings.Cut(c, "=")
		out = slices.DeleteFunc(out, func(p string) bool { return strings.HasPrefix(p, name+"=") })
		if value != "" {
			out = append(out, c)
		}
	}
	return out
}

func TestWhoIsLetIn(t *testing.T) {
	a := newMachineAccount(t, Options{AccessKey: "KEY", DisabledRegions: []string{"eu-south-1"}, Denied: []string{"ec2:CreateVpc", "sts:AssumeRole"}})
	a.do("DescribeVpcs")
	a.in("eu-south-1").wrong("401 AuthFailure", "DescribeVpcs")
	a.in("mars-1").wrong("403 SignatureDoesNotMatch", "DescribeVpcs")
	a.wrong("403 UnauthorizedOperation", "CreateVpc", "CidrBlock=10.0.0.0/16")
	a.wrong("InvalidAction", "DescribeNothing")
	old := *a.queryAccount
	old.version = "2014-01-01"
	(&machineAccount{&old, a.clock}).wrong("InvalidAction", "DescribeVpcs")
	a.wrong("UnknownParameter", "DescribeVpcs", "Surprise=1")

	sts := a.sts()
	sts.refused("403 AccessDenied", "AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/x", "RoleSessionName=me")
	sts.region = "eu-south-1"
	sts.refused("403 InvalidClientTokenId", "GetCallerIdentity")
	other := newMachineAccount(t, Options{AccessKey: "ANOTHER"})
	other.wrong("401 AuthFailure", "DescribeVpcs")
	other.sts().refused("403 InvalidClientTokenId", "GetCallerIdentity")
}

// sts is the account for calls to STS in the same region.
func (a *machineAccount) sts() *queryAccount {
	q := *a.queryAccount
	q.service, q.version = "sts", "2011-06-15"
	return &q
}

func TestUnsignedFormIsRefused(t *testing.T) {
	a := newMachineAccount(t, Options{})
	resp, err := http.Post(a.url, "application/x-www-form-urlencoded", strings.NewReader("Action=DescribeVpcs&Version=2016-11-15"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var e struct {
		Code string `xml:"Error>Code"`
	}
	if err := xml.NewDecoder(resp.Body).Decode(&e); err != nil || resp.StatusCode != 403 || e.Code != "MissingAuthenticationToken" {
		t.Errorf("got %d %s %v, want 403 MissingAuthenticationToken", resp.StatusCode, e.Code, err)
	}
}

func TestSessions(t *testing.T) {
	a := newMachineAccount(t, Options{AccessKey: "KEY"})
	sts := a.sts()
	a.has(sts.do("GetCallerIdentity"), "<Account>123456789012</Account>", ":user/mlinfra</Arn>")
	sts.refused("ValidationError", "AssumeRole", "RoleArn=nonsense", "RoleSessionName=me")
	sts.refused("ValidationError", "AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/x")
	sts.refused("ValidationError", "AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/x", "RoleSessionName=a b")
	sts.refused("ValidationError", "AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/x", "RoleSessionName=me", "DurationSeconds=60")
	text := sts.do("AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/path/deploy", "RoleSessionName=me")
	a.has(text, "<AssumeRoleResult>", ":assumed-role/deploy/me</Arn>")
	key, token := all(text, "AccessKeyId")[0], all(text, "SessionToken")[0]
	if !strings.HasPrefix(key, "ASIA") {
		t.Errorf("access key %s, want ASIA…", key)
	}
	as := func(token string) string {
		req, err := http.NewRequest("POST", a.url, strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261110/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0")
		req.Header.Set("X-Amz-Security-Token", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var doc struct {
			Arn  string `xml:"GetCallerIdentityResult>Arn"`
			Code string `xml:"Error>Code"`
		}
		if err := xml.NewDecoder(resp.Body).Decode(&doc); err != nil {
			t.Fatal(err)
		}
		return doc.Arn + doc.Code
	}
	for token, want := range map[string]string{token: "arn:aws:sts::123456789012:assumed-role/deploy/me", "": "InvalidClientTokenId"} {
		if got := as(token); got != want {
			t.Errorf("token %q: got %s, want %s", token, got, want)
		}
	}
	a.clock.Advance(time.Hour)
	if got := as(token); got != "ExpiredToken" {
		t.Errorf("after an hour: got %s, want ExpiredToken", got)
	}
}

// blindly makes a call whose answer cannot be read.
func (a *machineAccount) blindly(action string, params ...string) {
	a.t.Helper()
	body := "Version=" + a.version + "&Action=" + action
	for _, p := range params {
		body += "&" + p
	}
	req, err := http.NewRequest("POST", a.url, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20261110/"+a.region+"/ec2/aws4_request, SignedHeaders=host, Signature=0")
	// A connection of its own: a cut one would be tried again on the next.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.Header.Get("Content-Type") != "text/html" {
		a.t.Errorf("%s: got the whole answer: %s", action, text)
	}
}

func TestEveryFault(t *testing.T) {
	for _, tt := range []struct {
		fault    fakecloud.Fault
		ec2, sts string // status and code; "" without a readable answer
		effect   bool
	}{
		{fakecloud.FailBefore, "500 InternalError", "500 InternalError", false},
		{fakecloud.FailAfter, "500 InternalError", "500 InternalError", true},
		{fakecloud.Throttle, "503 RequestLimitExceeded", "400 Throttling", false},
		{fakecloud.CutBefore, "", "", false},
		{fakecloud.CutAfter, "", "", true},
		{fakecloud.Truncate, "", "", true},
		{fakecloud.HTML, "", "", true},
		{fakecloud.HTMLBefore, "", "", false},
	} {
		t.Run(tt.fault.String(), func(t *testing.T) {
			a := newMachineAccount(t, Options{Decide: func(n int64, _ *http.Request) fakecloud.Fault {
				if n <= 2 {
					return tt.fault
				}
				return fakecloud.None
			}})
			if tt.ec2 != "" {
				a.wrong(tt.ec2, "CreateVpc", "CidrBlock=10.9.0.0/16")
				a.sts().refused(tt.sts, "GetCallerIdentity")
			} else {
				a.blindly("CreateVpc", "CidrBlock=10.9.0.0/16")
				a.blindly("DescribeSubnets")
			}
			found := len(all(a.do("DescribeVpcs", "Filter.1.Name=cidr", "Filter.1.Value.1=10.9.0.0/16"), "vpcId")) > 0
			if found != tt.effect {
				t.Errorf("VPC made: %v, want %v", found, tt.effect)
			}
			if got := a.Requests(); got != 3 {
				t.Errorf("counted %d requests, want 3", got)
			}
			if got := a.Counts()["ec2:DescribeVpcs"]; got != 1 {
				t.Errorf("counted %d DescribeVpcs, want 1", got)
			}
		})
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	a := newMachineAccount(t, Options{})
	before := a.Inventory()
	a.wrong("412 DryRunOperation", "CreateVpc", "CidrBlock=10.0.0.0/16", "DryRun=true")
	a.wrong("InvalidVpc.Range", "CreateVpc", "CidrBlock=10.0.0.0/8", "DryRun=true")
	a.wrong("InvalidParameterValue", "CreateVpc", "CidrBlock=10.0.0.0/16", "DryRun=perhaps")
	if after := a.Inventory(); !slices.Equal(before, after) {
		t.Errorf("got %v, want %v", after, before)
	}
	a.do("CreateVpc", "CidrBlock=10.0.0.0/16", "DryRun=false")
	if got := len(a.Inventory()); got != 1 {
		t.Errorf("after a real run: %d objects, want 1", got)
	}
}

func TestNewObjectsAreUnknownForAWhile(t *testing.T) {
	a := newMachineAccount(t, Options{EventualLag: 10 * time.Second})
	v := a.one("vpcId", "CreateVpc", "CidrBlock=10.0.0.0/16")
	a.wrong("InvalidVpcID.NotFound", "DescribeVpcs", "VpcId.1="+v)
	a.wrong("InvalidVpcID.NotFound", "CreateSubnet", "VpcId="+v, "CidrBlock=10.0.0.0/24")
	a.wrong("InvalidVpcID.NotFound", "CreateTags", "ResourceId.1="+v, "Tag.1.Key=a", "Tag.1.Value=b")
	a.want("vpcId", "", "DescribeVpcs", "Filter.1.Name=vpc-id", "Filter.1.Value.1="+v)
	a.clock.Advance(10 * time.Second)
	a.want("vpcId", v, "DescribeVpcs", "VpcId.1="+v)
	i := a.launch()
	a.wrong("InvalidInstanceID.NotFound", "DescribeInstances", "InstanceId.1="+i)
	a.clock.Advance(10 * time.Second)
	a.want("instanceId", i, "DescribeInstances", "InstanceId.1="+i)
}

func TestContentSurvives(t *testing.T) {
	o := Options{Dir: t.TempDir(), Seed: 7}
	a := newMachineAccount(t, o)
	def := a.one("vpcId", "DescribeVpcs")
	a.network()
	a.launch("ClientToken=once")
	before := a.Inventory()
	again := newMachineAccount(t, o)
	if after := again.Inventory(); !slices.Equal(before, after) || len(before) != 4 {
		t.Errorf("got %v, want %v: a VPC, a subnet, an instance and its volume", after, before)
	}
	again.launch("ClientToken=once")
	if after := again.Inventory(); len(after) != 4 {
		t.Errorf("a repeated launch made something: %v", after)
	}
	if got := again.one("vpcId", "DescribeVpcs", "Filter.1.Name=is-default", "Filter.1.Value.1=true"); got != def {
		t.Errorf("the default VPC was %s and is %s", def, got)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestEditAndRemove(t *testing.T) {
	a := newMachineAccount(t, Options{})
	v, s := a.network()
	if err := a.Edit("vpc", v, func(m map[string]any) { m["tags"] = map[string]any{"Name": "edited"} }); err != nil {
		t.Fatal(err)
	}
	if lines := a.Inventory(); !slices.Contains(lines, "vpc "+v+" edited") {
		t.Errorf("got %v, want the edited name", lines)
	}
	if a.Edit("vpc", "vpc-none", func(map[string]any) {}) == nil || a.Edit("nothing", v, func(map[string]any) {}) == nil {
		t.Error("edited what is not there")
	}
	i := a.launch("SubnetId=" + s)
	if !a.Remove("instance", i) || a.Remove("instance", i) || a.Remove("nothing", i) {
		t.Error("Remove is not true once")
	}
	a.do("DeleteSubnet", "SubnetId="+s)
	if !a.Remove("vpc", v) {
		t.Error("cannot remove a VPC")
	}
	if lines := a.Inventory(); len(lines) != 0 {
		t.Errorf("left: %v", lines)
	}
}
