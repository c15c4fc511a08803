package fake

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// queryAccount is a cloud whose query services a test talks to.
type queryAccount struct {
	*Cloud
	t       *testing.T
	url     string
	service string
	version string
	region  string
}

func newQueryAccount(t *testing.T, service string, o Options) *queryAccount {
	t.Helper()
	c := New(o)
	server := httptest.NewServer(c.Handler())
	t.Cleanup(server.Close)
	a := &queryAccount{Cloud: c, t: t, url: server.URL, service: service, version: "2010-05-08", region: "us-east-1"}
	if service == "rds" {
		a.version, a.region = "2014-10-31", "eu-central-1"
	}
	return a
}

// ec2 is the account for calls to EC2 in the same region.
func (a queryAccount) ec2() *queryAccount {
	a.service, a.version = "ec2", "2016-11-15"
	return &a
}

// call makes a call. Parameters are "Name=value".
func (a *queryAccount) call(action string, params ...string) (status int, text string) {
	a.t.Helper()
	form := url.Values{"Action": {action}, "Version": {a.version}}
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		form.Add(name, value)
	}
	req, err := http.NewRequest("POST", a.url, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20261110/"+a.region+"/"+a.service+"/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// do makes a call that must succeed.
func (a *queryAccount) do(action string, params ...string) string {
	a.t.Helper()
	status, text := a.call(action, params...)
	if status != 200 {
		a.t.Fatalf("%s %v: %d %s", action, params, status, text)
	}
	return text
}

// refused makes a call that must fail with "status Code", or with a code and 400.
func (a *queryAccount) refused(want, action string, params ...string) string {
	a.t.Helper()
	status, text := a.call(action, params...)
	var e struct {
		Code string `xml:"Error>Code"`
	}
	xml.Unmarshal([]byte(text), &e) //nolint:errcheck // an empty code says enough
	if !strings.Contains(want, " ") {
		want = "400 " + want
	}
	if got := fmt.Sprint(status, " ", e.Code); got != want {
		a.t.Errorf("%s %v: got %s, want %s\n%s", action, params, got, want, text)
	}
	return text
}

// has wants parts in an answer.
func (a *queryAccount) has(text string, parts ...string) {
	a.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			a.t.Errorf("no %q in %s", p, text)
		}
	}
}

// all returns the contents of every element with a name.
func all(text, name string) (out []string) {
	for _, part := range strings.Split(text, "<"+name+">")[1:] {
		inside, _, _ := strings.Cut(part, "</"+name+">")
		out = append(out, inside)
	}
	return out
}

const (
	testTrust  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
	testPolicy = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}]}`
	readOnly3  = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
)

func TestRoleLifeCycle(t *testing.T) {
	a := newQueryAccount(t, "iam", Options{})
	text := a.do("CreateRole", "RoleName=app", "Path=/web/", "AssumeRolePolicyDocument="+testTrust, "Description=old", "MaxSessionDuration=7200",
		"Tags.member.1.Key=Team", "Tags.member.1.Value=a")
	a.has(text, "<Arn>arn:aws:iam::123456789012:role/web/app</Arn>", "<RoleId>AROA", "%22Version%22%3A%20%222012-10-17%22", "<Key>Team</Key>")
	a.refused("409 EntityAlreadyExists", "CreateRole", "RoleName=APP", "AssumeRolePolicyDocument="+testTrust)
	text = a.do("GetRole", "RoleName=app")
	document, err := url.QueryUnescape(all(text, "AssumeRolePolicyDocument")[0])
	if err != nil || document != testTrust {
		t.Errorf("document %s (%v)", document, err)
	}
	a.has(text, "<MaxSessionDuration>7200</MaxSessionDuration>", "<Description>old</Description>")
	a.do("UpdateRole", "RoleName=app", "MaxSessionDuration=3600")
	a.do("UpdateRoleDescription", "RoleName=app", "Description=new")
	a.do("UpdateAssumeRolePolicy", "RoleName=app", "PolicyDocument="+strings.Replace(testTrust, "ec2", "rds", 1))
	a.do("TagRole", "RoleName=app", "Tags.member.1.Key=team", "Tags.member.1.Value=b", "Tags.member.2.Key=env", "Tags.member.2.Value=")
	text = a.do("GetRole", "RoleName=app")
	a.has(text, "<MaxSessionDuration>3600</MaxSessionDuration>", "<Description>new</Description>", "rds.amazonaws.com")
	if got := fmt.Sprint(all(a.do("ListRoleTags", "RoleName=app"), "Key")); got != "[env team]" {
		t.Errorf("tags: %s", got)
	}
	a.do("UntagRole", "RoleName=app", "TagKeys.member.1=TEAM")
	if got := fmt.Sprint(all(a.do("ListRoleTags", "RoleName=app"), "Key")); got != "[env]" {
		t.Errorf("tags: %s", got)
	}
	a.do("DeleteRole", "RoleName=app")
	a.refused("404 NoSuchEntity", "GetRole", "RoleName=app")
	a.refused("404 NoSuchEntity", "DeleteRole", "RoleName=app")
}

func TestRoleParameters(t *testing.T) {
	trust := func(statement string) string {
		return `AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [` + statement + `]}`
	}
	good := "AssumeRolePolicyDocument=" + testTrust
	for _, tt := range []struct {
		name, want string
		params     []string
	}{
		{"no name", "ValidationError", []string{good}},
		{"no document", "ValidationError", []string{"RoleName=r"}},
		{"a bad name", "ValidationError", []string{"RoleName=a b", good}},
		{"a long name", "ValidationError", []string{"RoleName=" + strings.Repeat("r", 65), good}},
		{"a bad path", "ValidationError", []string{"RoleName=r", "Path=x", good}},
		{"a short session", "ValidationError", []string{"RoleName=r", "MaxSessionDuration=60", good}},
		{"an unknown parameter", "UnknownParameter", []string{"RoleName=r", "Colour=red", good}},
		{"a tag of AWS", "InvalidInput", []string{"RoleName=r", "Tags.member.1.Key=aws:x", "Tags.member.1.Value=", good}},
		{"tags that differ in case", "InvalidInput", []string{"RoleName=r", "Tags.member.1.Key=a", "Tags.member.1.Value=", "Tags.member.2.Key=A", "Tags.member.2.Value=", good}},
		{"no JSON", "MalformedPolicyDocument", []string{"RoleName=r", "AssumeRolePolicyDocument=x"}},
		{"no principal", "MalformedPolicyDocument", []string{"RoleName=r", trust(`{"Effect": "Allow", "Action": "sts:AssumeRole"}`)}},
		{"a resource", "MalformedPolicyDocument", []string{"RoleName=r", trust(`{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", "Resource": "*"}`)}},
		{"another action", "MalformedPolicyDocument", []string{"RoleName=r", trust(`{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "s3:GetObject"}`)}},
		{"an unknown service", "MalformedPolicyDocument", []string{"RoleName=r", trust(`{"Effect": "Allow", "Principal": {"Service": "ec2"}, "Action": "sts:AssumeRole"}`)}},
		{"a role that does not exist", "MalformedPolicyDocument", []string{"RoleName=r", trust(`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/none"}, "Action": "sts:AssumeRole"}`)}},
		{"a huge document", "409 LimitExceeded", []string{"RoleName=r", trust(`{"Sid": "` + strings.Repeat("x", maxTrustPolicy) + `"}`)}},
		{"a boundary that does not exist", "404 NoSuchEntity", []string{"RoleName=r", good, "PermissionsBoundary=arn:aws:iam::123456789012:policy/none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newQueryAccount(t, "iam", Options{})
			a.refused(tt.want, "CreateRole", tt.params...)
			if len(a.Inventory()) != 0 {
				t.Errorf("made %v", a.Inventory())
			}
		})
	}
}

func TestDeleteConflicts(t *testing.T) {
	a := newQueryAccount(t, "iam", Options{})
	a.do("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+testTrust)
	own := all(a.do("CreatePolicy", "PolicyName=p", "PolicyDocument="+testPolicy), "Arn")[0]
	a.do("AttachRolePolicy", "RoleName=r", "PolicyArn="+own)
	a.do("AttachRolePolicy", "RoleName=r", "PolicyArn="+own)
	a.do("AttachRolePolicy", "RoleName=r", "PolicyArn="+readOnly3)
	a.do("PutRolePolicy", "RoleName=r", "PolicyName=in", "PolicyDocument="+testPolicy)
	a.do("CreateInstanceProfile", "InstanceProfileName=ip")
	a.do("AddRoleToInstanceProfile", "InstanceProfileName=ip", "RoleName=r")
	a.refused("409 LimitExceeded", "AddRoleToInstanceProfile", "InstanceProfileName=ip", "RoleName=r")
	a.has(a.do("ListEntitiesForPolicy", "PolicyArn="+own), "<RoleName>r</RoleName>")
	a.has(a.do("GetPolicy", "PolicyArn="+own), "<AttachmentCount>1</AttachmentCount>")
	if got := fmt.Sprint(all(a.do("ListAttachedRolePolicies", "RoleName=r"), "PolicyName")); got != "[AmazonS3ReadOnlyAccess p]" {
		t.Errorf("attached: %s", got)
	}
	a.has(a.do("ListInstanceProfilesForRole", "RoleName=r"), "<InstanceProfileName>ip</InstanceProfileName>")
	a.refused("409 DeleteConflict", "DeletePolicy", "PolicyArn="+own)
	a.refused("409 DeleteConflict", "DeleteInstanceProfile", "InstanceProfileName=ip")
	for _, step := range [][]string{{"RemoveRoleFromInstanceProfile", "InstanceProfileName=ip"}, {"DetachRolePolicy", "PolicyArn=" + own},
		{"DetachRolePolicy", "PolicyArn=" + readOnly3}, {"DeleteRolePolicy", "PolicyName=in"}} {
		a.refused("409 DeleteConflict", "DeleteRole", "RoleName=r")
		a.do(step[0], append(step[1:], "RoleName=r")...)
		a.refused("404 NoSuchEntity", step[0], append(step[1:], "RoleName=r")...)
	}
	a.do("DeleteRole", "RoleName=r")
	a.do("DeleteInstanceProfile", "InstanceProfileName=ip")
	a.do("DeletePolicy", "PolicyArn="+own)
	if len(a.Inventory()) != 0 {
		t.Errorf("left: %v", a.Inventory())
	}
}

func TestEachConflictAloneKeepsARole(t *testing.T) {
	for _, step := range [][]string{{"AttachRolePolicy", "PolicyArn=" + readOnly3}, {"AddRoleToInstanceProfile", "InstanceProfileName=ip"},
		{"PutRolePolicy", "PolicyName=in", "PolicyDocument=" + testPolicy}} {
		a := newQueryAccount(t, "iam", Options{})
		a.do("CreateInstanceProfile", "InstanceProfileName=ip")
		a.do("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+testTrust)
		a.do(step[0], append(step[1:], "RoleName=r")...)
		a.refused("409 DeleteConflict", "DeleteRole", "RoleName=r")
	}
}

func TestInlinePolicies(t *testing.T) {
	a := newQueryAccount(t, "iam", Options{})
	a.do("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+testTrust)
	a.do("PutRolePolicy", "RoleName=r", "PolicyName=b", "PolicyDocument="+testPolicy)
	a.do("PutRolePolicy", "RoleName=r", "PolicyName=a", "PolicyDocument="+testPolicy)
	a.has(a.do("GetRolePolicy", "RoleName=r", "PolicyName=a"), "<PolicyDocument>%7B%22Version%22")
	if got := fmt.Sprint(all(all(a.do("ListRolePolicies", "RoleName=r"), "PolicyNames")[0], "member")); got != "[a b]" {
		t.Errorf("names: %s", got)
	}
	a.refused("MalformedPolicyDocument", "PutRolePolicy", "RoleName=r", "PolicyName=c", "PolicyDocument="+testTrust)
	a.refused("404 NoSuchEntity", "PutRolePolicy", "RoleName=none", "PolicyName=c", "PolicyDocument="+testPolicy)
	big := strings.Replace(testPolicy, "s3:Get*", "s3:"+strings.Repeat("x", maxInline), 1)
	a.refused("409 LimitExceeded", "PutRolePolicy", "RoleName=r", "PolicyName=c", "PolicyDocument="+big)
	a.refused("404 NoSuchEntity", "GetRolePolicy", "RoleName=r", "PolicyName=c")
}

func TestPolicyVersions(t *testing.T) {
	a := newQueryAccount(t, "iam", Options{})
	arn := all(a.do("CreatePolicy", "PolicyName=p", "PolicyDocument="+testPolicy, "Description=words"), "Arn")[0]
	a.refused("409 EntityAlreadyExists", "CreatePolicy", "PolicyName=P", "PolicyDocument="+testPolicy)
	a.refused("MalformedPolicyDocument", "CreatePolicyVersion", "PolicyArn="+arn, "PolicyDocument={}")
	for n := 2; n <= 5; n++ {
		a.has(a.do("CreatePolicyVersion", "PolicyArn="+arn, "PolicyDocument="+testPolicy, "SetAsDefault=true"), fmt.Sprintf("<VersionId>v%d</VersionId>", n))
	}
	a.refused("409 LimitExceeded", "CreatePolicyVersion", "PolicyArn="+arn, "PolicyDocument="+testPolicy)
	a.has(a.do("GetPolicy", "PolicyArn="+arn), "<DefaultVersionId>v5</DefaultVersionId>", "<Description>words</Description>")
	a.refused("409 DeleteConflict", "DeletePolicyVersion", "PolicyArn="+arn, "VersionId=v5")
	a.do("SetDefaultPolicyVersion", "PolicyArn="+arn, "VersionId=v2")
	a.do("DeletePolicyVersion", "PolicyArn="+arn, "VersionId=v5")
	a.has(a.do("CreatePolicyVersion", "PolicyArn="+arn, "PolicyDocument="+testPolicy), "<VersionId>v6</VersionId>", "<IsDefaultVersion>false</IsDefaultVersion>")
	if got := fmt.Sprint(all(a.do("ListPolicyVersions", "PolicyArn="+arn), "VersionId")); got != "[v6 v4 v3 v2 v1]" {
		t.Errorf("versions: %s", got)
	}
	a.refused("404 NoSuchEntity", "GetPolicyVersion", "PolicyArn="+arn, "VersionId=v5")
	a.refused("409 DeleteConflict", "DeletePolicy", "PolicyArn="+arn)
	for _, v := range []string{"v1", "v3", "v4", "v6"} {
		a.do("DeletePolicyVersion", "PolicyArn="+arn, "VersionId="+v)
	}
	a.do("DeletePolicy", "PolicyArn="+arn)
	a.refused("404 NoSuchEntity", "GetPolicy", "PolicyArn="+arn)
}

func TestPoliciesOfAWS(t *testing.T) {
	a := newQueryAccount(t, "iam", Options{})
	a.has(a.do("GetPolicy", "PolicyArn="+readOnly3), "<PolicyName>AmazonS3ReadOnlyAccess</PolicyName>", "<DefaultVersionId>v3</DefaultVersionId>")
	a.has(a.do("GetPolicyVersion", "PolicyArn="+readOnly3, "VersionId=v3"), "s3%3AGet%2A")
	a.do("GetPolicy", "PolicyArn=arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole")
	a.refused("404 NoSuchEntity", "GetPolicy", "PolicyArn=arn:aws:iam::aws:policy/Imaginary")
	a.refused("403 AccessDenied", "DeletePolicy", "PolicyArn="+readOnly3)
	a.refused("403 AccessDenied", "CreatePolicyVersion", "PolicyArn="+readOnly3, "PolicyDocument="+testPolicy)
	a.do("CreatePolicy", "PolicyName=own", "PolicyDocument="+testPolicy)
	if got := fmt.Sprint(all(a.do("ListPolicies", "Scope=Local"), "PolicyName")); got != "[own]" {
		t.Errorf("local: %s", got)
	}
	if got := len(all(a.do("ListPolicies", "Scope=AWS"), "PolicyName")); got != len(managed) {
		t.Errorf("%d of AWS", got)
	}
	a.do("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+testTrust)
	a.do("AttachRolePolicy", "RoleName=r", "PolicyArn="+readOnly3)
	if got := fmt.Sprint(all(a.do("ListPolicies", "OnlyAttached=true"), "PolicyName")); got != "[AmazonS3ReadOnlyAccess]" {
		t.Errorf("attached: %s", got)
	}
	for _, m := range managed[:10] {
		if m.name != "AmazonS3ReadOnlyAccess" {
			a.call("AttachRolePolicy", "RoleName=r", "PolicyArn="+strings.TrimSuffix(managedPrefix, "/")+m.path+m.name)
		}
	}
	a.refused("409 LimitExceeded", "AttachRolePolicy", "RoleName=r", "PolicyArn=arn:aws:iam::123456789012:policy/own")
}

// TestManagedDocuments reads the table with the grammar that users' policies obey.
func TestManagedDocuments(t *testing.T) {
	for _, m := range managed {
		if _, err := parsePolicy(m.document, identityPolicy); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

func TestIAMLists(t *testing.T) {
	a := newQueryAccount(t, "iam", Options{})
	for _, name := range []string{"c", "a", "e", "b", "d"} {
		a.do("CreateRole", "RoleName="+name, "AssumeRolePolicyDocument="+testTrust)
	}
	var names []string
	for marker := ""; ; {
		text := a.do("ListRoles", "MaxItems=2", "Marker="+marker)
		names = append(names, all(text, "RoleName")...)
		if slices.Equal(all(text, "IsTruncated"), []string{"false"}) {
			break
		}
		marker = all(text, "Marker")[0]
	}
	if !slices.Equal(names, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("names: %v", names)
	}
	a.refused("ValidationError", "ListRoles", "MaxItems=0")
	a.refused("ValidationError", "ListRoles", "Marker=!")
}

func TestIAMIsSeenLate(t *testing.T) {
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	a := newQueryAccount(t, "iam", Options{Clock: clock.Now, EventualLag: time.Second, IAMLag: 10 * time.Second})
	a.do("CreateRole", "RoleName=r", "AssumeRolePolicyDocument="+testTrust)
	a.do("CreateInstanceProfile", "InstanceProfileName=ip")
	a.refused("404 NoSuchEntity", "GetRole", "RoleName=r")
	if got := all(a.do("ListRoles"), "RoleName"); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
	clock.Advance(time.Second)
	a.do("GetRole", "RoleName=r")
	arn := "arn:aws:iam::123456789012:role/r"
	if _, _, found := a.instanceProfile(clock.Now(), "ip"); found || a.roleVisible(arn) {
		t.Error("other services know them at once")
	}
	clock.Advance(9 * time.Second)
	if profile, id, found := a.instanceProfile(clock.Now(), "ip"); !found || !strings.HasSuffix(profile, ":instance-profile/ip") || id == "" || !a.roleVisible(arn) {
		t.Error("other services never know them")
	}
}
