package aws

import (
	"strings"
	"testing"

	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestCheckIAMName(t *testing.T) {
	for name, tc := range map[string]struct{ name, path, want string }{
		"plain":              {"ml-worker", "/", ""},
		"absent":             {"", "/ml/training/", ""},
		"all characters":     {"a_+=,.@-", "/", ""},
		"space":              {"ml worker", "/", "name"},
		"too long":           {strings.Repeat("a", 65), "/", "at most 64"},
		"path without end":   {"a", "/ml", "path"},
		"path without start": {"a", "ml/", "path"},
		"two slashes":        {"a", "/ml//x/", "path"},
	} {
		err := checkIAMName(tc.name, tc.path, 64)
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %q, want %q", name, got, tc.want)
		}
	}
}

func TestCheckIAMRole(t *testing.T) {
	good := iamRole{Path: "/", AssumeRolePolicy: `{"Statement":[]}`, MaxSessionDuration: 3600}
	for name, tc := range map[string]struct {
		edit func(*iamRole)
		want string
	}{
		"good":          {func(*iamRole) {}, ""},
		"short session": {func(x *iamRole) { x.MaxSessionDuration = 900 }, "max_session_duration 900"},
		"long session":  {func(x *iamRole) { x.MaxSessionDuration = 43201 }, "max_session_duration 43201"},
		"no policy":     {func(x *iamRole) { x.AssumeRolePolicy = "ec2" }, "assume_role_policy"},
		"description":   {func(x *iamRole) { x.Description = strings.Repeat("ü", 1001) }, "1001 characters"},
	} {
		x := good
		tc.edit(&x)
		err := checkIAMRole(nil, x)
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %q, want %q", name, got, tc.want)
		}
	}
}

func TestCheckIAMRolePolicyAttachment(t *testing.T) {
	for name, tc := range map[string]struct{ role, arn, want string }{
		"good":              {"ml", "arn:aws:iam::aws:policy/ReadOnlyAccess", ""},
		"the role's ARN":    {"arn:aws:iam::123456789012:role/ml", "arn:aws:iam::aws:policy/ReadOnlyAccess", "role's name"},
		"the policy's name": {"ml", "ReadOnlyAccess", "policy_arn"},
	} {
		err := checkIAMRolePolicyAttachment(nil, iamRolePolicyAttachment{Role: tc.role, PolicyARN: tc.arn})
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %q, want %q", name, got, tc.want)
		}
	}
}

func TestBears(t *testing.T) {
	a := providers.Attempt{Token: "t1"}
	for name, tc := range map[string]struct {
		tags []iamtypes.Tag
		want bool
	}{
		"ours":               {marked(map[string]string{"team": "ml"}, a, newIAMTag), true},
		"of another attempt": {marked(nil, providers.Attempt{Token: "t2"}, newIAMTag), false},
		"a stranger's":       {marked(map[string]string{"team": "t1"}, providers.Attempt{}, newIAMTag), false},
		"without tags":       {nil, false},
	} {
		if got := bears(tc.tags, iamTag, a); got != tc.want {
			t.Errorf("%s: it bears the mark: %t, want %t", name, got, tc.want)
		}
	}
}

func TestRetagBy(t *testing.T) {
	var calls []string
	drop := func(keys []string) error { calls = append(calls, "drop "+strings.Join(keys, " ")); return nil }
	put := func(tags []iamtypes.Tag) error {
		for key, value := range tagsOf(tags, iamTag) {
			calls = append(calls, "put "+key+"="+value)
		}
		return nil
	}
	for _, pair := range [][2]map[string]string{
		{{"a": "1", "b": "1"}, {"a": "2"}},
		{{"a": "2"}, {"a": "2"}},
		{{"a": "2"}, nil},
	} {
		if err := retagBy(pair[0], pair[1], newIAMTag, drop, put); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"drop b", "put a=2", "drop a"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
