package fake

import (
	"strings"
	"testing"
)

func TestSpacesSettingsAreChecked(t *testing.T) {
	a := newAccount(t, Options{})
	for _, bucket := range []string{"one", "logs"} {
		s3Do(a, "PUT", "/"+bucket, "", "fra1")
	}
	s3Do(a, "PUT", "/far", "", "nyc3")
	cors := func(rule string) string {
		return "<CORSConfiguration><CORSRule>" + rule + "</CORSRule></CORSConfiguration>"
	}
	policy := func(version, statement string) string {
		return `{"Version":"` + version + `","Statement":` + statement + `}`
	}
	const statement = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`
	logging := func(to string) string {
		return "<BucketLoggingStatus><LoggingEnabled><TargetBucket>" + to + "</TargetBucket><TargetPrefix>p/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
	}
	for _, tt := range []struct {
		method, setting, body string
		status                int
		code                  string
	}{
		{"PUT", "cors", cors("<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"), 200, ""},
		{"PUT", "cors", cors("<AllowedMethod>GET</AllowedMethod>"), 400, "MalformedXML"},
		{"PUT", "cors", cors("<AllowedMethod>PATCH</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"), 400, "MalformedXML"},
		{"PUT", "cors", cors("<AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://*.*</AllowedOrigin>"), 400, "wildcard"},
		{"PUT", "cors", cors("<ID>" + strings.Repeat("i", 256) + "</ID><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"), 400, "255"},
		{"PUT", "policy", policy("2012-10-17", "["+statement+"]"), 200, ""},
		{"PUT", "policy", policy("2012-10-17", statement), 200, ""},
		{"PUT", "policy", policy("2025-01-01", "["+statement+"]"), 400, "MalformedPolicy"},
		{"PUT", "policy", policy("2012-10-17", "[]"), 400, "MalformedPolicy"},
		{"PUT", "policy", policy("2012-10-17", strings.Replace(statement, "Deny", "No", 1)), 400, "MalformedPolicy"},
		{"PUT", "policy", policy("2012-10-17", strings.Replace(statement, "Principal", "Who", 1)), 400, "principal"},
		{"PUT", "policy", policy("2012-10-17", strings.Replace(statement, "s3:*", "ec2:Run", 1)), 400, "no Action"},
		{"PUT", "policy", policy("2012-10-17", strings.Replace(statement, `"Resource":"*"`, `"Resource":["one"]`, 1)), 400, "no Resource"},
		{"GET", "logging", "", 200, "<BucketLoggingStatus"},
		{"PUT", "logging", logging("none"), 400, "InvalidTargetBucketForLogging"},
		{"PUT", "logging", logging("far"), 400, "InvalidTargetBucketForLogging"},
		{"PUT", "logging", strings.Replace(logging("logs"), "<TargetPrefix>p/</TargetPrefix>", "", 1), 400, "MalformedXML"},
		{"PUT", "logging", logging("logs"), 200, ""},
		{"GET", "logging", "", 200, "<TargetBucket>logs<"},
		{"DELETE", "logging", "", 405, "MethodNotAllowed"},
		{"PUT", "logging", "<BucketLoggingStatus/>", 200, ""},
		{"GET", "logging", "", 200, "BucketLoggingStatus xmlns"},
		{"GET", "website", "", 501, "NotImplemented"},
	} {
		if status, body := s3Do(a, tt.method, "/one?"+tt.setting, tt.body, "fra1"); status != tt.status || !strings.Contains(body, tt.code) {
			t.Errorf("%s ?%s %s: %d %s, want %d %s", tt.method, tt.setting, tt.body, status, body, tt.status, tt.code)
		}
	}
}
