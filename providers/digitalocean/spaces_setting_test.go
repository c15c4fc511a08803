package digitalocean

import (
	"strings"
	"testing"
)

const goodPolicy = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}`

func TestCheckSpacesPolicy(t *testing.T) {
	for name, tc := range map[string]struct{ policy, want string }{
		"good":                 {goodPolicy, ""},
		"one statement":        {strings.NewReplacer("[", "", "]", "").Replace(goodPolicy), ""},
		"no JSON":              {"{", "JSON"},
		"a list":               {"[]", "JSON"},
		"the date of today":    {strings.Replace(goodPolicy, "2012-10-17", "2025-04-29", 1), `"2025-04-29"`},
		"no version":           {strings.Replace(goodPolicy, "Version", "version_", 1), `version ""`},
		"no statement":         {`{"Version": "2012-10-17", "Statement": []}`, "Statement"},
		"another effect":       {strings.Replace(goodPolicy, "Allow", "Permit", 1), `"Permit"`},
		"nobody":               {strings.Replace(goodPolicy, "Principal", "Who", 1), "Principal"},
		"all but one":          {strings.Replace(goodPolicy, "Principal", "NotPrincipal", 1), ""},
		"nothing":              {strings.Replace(goodPolicy, "Action", "Do", 1), "Action"},
		"nowhere":              {strings.Replace(goodPolicy, "Resource", "On", 1), "Resource"},
		"more than Spaces has": {strings.Replace(goodPolicy, "arn", strings.Repeat("a", maxPolicy), 1), "bytes"},
	} {
		checkError(t, name, checkSpacesPolicy(nil, spacesPolicy{Region: "fra1", Policy: tc.policy}), tc.want)
	}
	checkError(t, "region", checkSpacesPolicy(nil, spacesPolicy{Region: "nyc1", Policy: goodPolicy}), "nyc1")
}

func TestPolicyKeepsItsSpelling(t *testing.T) {
	for name, tc := range map[string]struct {
		with string
		same bool
	}{
		"spaces":                {strings.ReplaceAll(goodPolicy, " ", ""), true},
		"a list of one":         {strings.Replace(goodPolicy, `"s3:GetObject"`, `["s3:GetObject"]`, 1), true},
		"everybody in AWS":      {strings.Replace(goodPolicy, `"Principal": "*"`, `"Principal": {"AWS": ["*"]}`, 1), true},
		"a statement by itself": {strings.NewReplacer("[", "", "]", "").Replace(goodPolicy), true},
		"another action":        {strings.Replace(goodPolicy, "GetObject", "PutObject", 1), false},
		"another effect":        {strings.Replace(goodPolicy, "Allow", "Deny", 1), false},
		"a condition more":      {strings.Replace(goodPolicy, `"Effect"`, `"Condition": {"Bool": {"aws:SecureTransport": true}}, "Effect"`, 1), false},
		"no JSON":               {"{", false},
	} {
		x := spacesPolicy{Policy: tc.with, Region: "fra1"}
		spellSpacesPolicy(spacesPolicy{Policy: goodPolicy, Region: "FRA1"}, &x)
		if same := x.Policy == goodPolicy; same != tc.same || x.Region != "FRA1" {
			t.Errorf("%s: the same is %t, want %t; region %s", name, same, tc.same, x.Region)
		}
	}
}

func TestCheckSpacesCORS(t *testing.T) {
	get := []string{"GET"}
	for name, tc := range map[string]struct {
		rule spacesCORSRule
		want string
	}{
		"good":           {spacesCORSRule{Methods: get, Origins: []string{"*"}}, ""},
		"no origin":      {spacesCORSRule{Methods: get}, "allowed_origins"},
		"no method":      {spacesCORSRule{Origins: []string{"*"}}, "allowed_methods"},
		"another method": {spacesCORSRule{Methods: []string{"PATCH"}, Origins: []string{"*"}}, `"PATCH"`},
		"a long id":      {spacesCORSRule{ID: strings.Repeat("i", 256), Methods: get, Origins: []string{"*"}}, "256"},
	} {
		checkError(t, name, checkSpacesCORS(nil, spacesCORS{Region: "fra1", CORSRule: []spacesCORSRule{tc.rule}}), tc.want)
	}
}

func TestImportSetting(t *testing.T) {
	for id, want := range map[string]string{"fra1,b": "", "b": "comma", ",b": "comma", "fra1,": "comma"} {
		_, _, err := importSetting(id)
		checkError(t, id, err, want)
	}
}
