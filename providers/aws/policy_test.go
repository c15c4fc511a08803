package aws

import (
	"strings"
	"testing"
)

func TestNormalPolicy(t *testing.T) {
	// Each group is one policy in several spellings.
	for name, spellings := range map[string][]string{
		"white space and the order of keys": {
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`,
			"{\n \"Statement\": [{\"Resource\": \"*\", \"Action\": \"s3:*\", \"Effect\": \"Allow\"}],\n \"Version\": \"2012-10-17\"\n}",
		},
		"one statement without a list": {
			`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
			`{"Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}`,
		},
		"the order of actions and their doubles": {
			`{"Statement":[{"Action":["s3:PutObject","s3:GetObject"]}]}`,
			`{"Statement":[{"Action":["s3:GetObject","s3:PutObject","s3:GetObject"]}]}`,
		},
		"everybody": {
			`{"Statement":[{"Principal":"*"}]}`,
			`{"Statement":[{"Principal":{"AWS":"*"}}]}`,
			`{"Statement":[{"Principal":{"AWS":["*"]}}]}`,
		},
		"an account": {
			`{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}`,
			`{"Statement":[{"Principal":{"AWS":["123456789012"]}}]}`,
			`{"Statement":[{"Principal":{"AWS":["arn:aws:iam::123456789012:root","123456789012"]}}]}`,
		},
		"values of conditions": {
			`{"Statement":[{"Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":10}}}]}`,
			`{"Statement":[{"Condition":{"NumericLessThan":{"s3:max-keys":["10"]},"Bool":{"aws:SecureTransport":"false"}}}]}`,
		},
		"characters that jsonencode escapes": {
			`{"Statement":[{"Resource":"arn:aws:s3:::b/<a>&c"}]}`,
			`{"Statement":[{"Resource":"arn:aws:s3:::b/\u003ca\u003e\u0026c"}]}`,
		},
	} {
		want := normalPolicy(spellings[0])
		for _, text := range spellings {
			got := normalPolicy(text)
			if got != want {
				t.Errorf("%s: %s is spelled %s, want %s", name, text, got, want)
			}
			if again := normalPolicy(got); again != got {
				t.Errorf("%s: %s is spelled %s when it is spelled again", name, got, again)
			}
		}
	}
}

func TestNormalPolicyKeepsApart(t *testing.T) {
	for name, pair := range map[string][2]string{
		"the order of statements": {`{"Statement":[{"Sid":"a"},{"Sid":"b"}]}`, `{"Statement":[{"Sid":"b"},{"Sid":"a"}]}`},
		"effects":                 {`{"Statement":[{"Effect":"Allow"}]}`, `{"Statement":[{"Effect":"Deny"}]}`},
		"action and not action":   {`{"Statement":[{"Action":"s3:*"}]}`, `{"Statement":[{"NotAction":"s3:*"}]}`},
		"a role and its account":  {`{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:role/a"}}]}`, `{"Statement":[{"Principal":{"AWS":"123456789012"}}]}`},
		"a user called root":      {`{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:user/root"}}]}`, `{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}`},
	} {
		if a, b := normalPolicy(pair[0]), normalPolicy(pair[1]); a == b {
			t.Errorf("%s: %s and %s are both spelled %s", name, pair[0], pair[1], a)
		}
	}
	for _, text := range []string{"", "not json", `"text"`, "[]", "null", `{"Statement":[]} x`} {
		if got := normalPolicy(text); got != text {
			t.Errorf("%q, which is no policy, is spelled %q", text, got)
		}
	}
}

func TestAnsweredPolicy(t *testing.T) {
	encoded := "%7B%22Statement%22%3A%5B%7B%22Resource%22%3A%22a%2Bb%20c%22%7D%5D%7D"
	if got, want := answeredPolicy(&encoded), `{"Statement":[{"Resource":"a+b c"}]}`; got != want {
		t.Errorf("%s is %s, want %s", encoded, got, want)
	}
	if got := answeredPolicy(nil); got != "" {
		t.Errorf("no policy is %q", got)
	}
}

func TestCheckPolicy(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want string // of the error; "" for none
	}{
		"a policy":              {`{"Statement":[]}`, ""},
		"no JSON":               {`{"Statement":`, "not a JSON object"},
		"a text":                {`"s3:*"`, "not a JSON object"},
		"two objects":           {`{"Statement":[]}{}`, "not a JSON object"},
		"nothing in it":         {`{"Version":"2012-10-17"}`, "no Statement"},
		"more than AWS accepts": {`{"Statement":["` + strings.Repeat("a", 100) + `"]}`, "AWS takes 64"},
	} {
		err := checkPolicy("policy", tc.text, 64)
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %q, want %q", name, got, tc.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
