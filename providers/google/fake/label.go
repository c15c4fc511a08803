package fake

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isLabel tells whether s can be a label's key or value.
func isLabel(s string, key bool) bool {
	if utf8.RuneCountInString(s) > 63 || key && s == "" {
		return false
	}
	for i, r := range s {
		lower := unicode.IsLetter(r) && !unicode.IsUpper(r)
		if key && i == 0 && !lower {
			return false
		}
		if !lower && !unicode.IsDigit(r) && r != '_' && r != '-' {
			return false
		}
	}
	return true
}

// labelChange is the body of setLabels.
type labelChange struct {
	Labels           map[string]string `json:"labels"`
	LabelFingerprint string            `json:"labelFingerprint"`
}

// newLabels reads the body of setLabels for a resource that has current labels.
func (q *request) newLabels(current map[string]string) (map[string]string, error) {
	var in labelChange
	if err := q.decode("resource", &in); err != nil {
		return nil, err
	}
	if in.LabelFingerprint == "" {
		return nil, required("resource.labelFingerprint")
	}
	if in.LabelFingerprint != fingerprint(current) {
		return nil, conditionNotMet("Labels fingerprint either invalid or resource labels have changed")
	}
	return in.Labels, checkLabels(in.Labels)
}

func checkLabels(labels map[string]string) error {
	if len(labels) > 64 {
		return invalidField("resource.labels", len(labels), "At most 64 labels can be specified.")
	}
	for _, k := range sortedKeys(labels) {
		if !isLabel(k, true) {
			return invalidField("resource.labels", labelText(labels), "Label key '%s' violates format constraints. The key must start with a "+
				"lowercase character, can only contain lowercase letters, numeric characters, underscores and dashes. The key can be at most 63 "+
				"characters long. International characters are allowed.", k)
		}
		if !isLabel(labels[k], false) {
			return invalidField("resource.labels", labelText(labels), "Label value '%s' violates format constraints. The value can only contain "+
				"lowercase letters, numeric characters, underscores and dashes. The value can be at most 63 characters long. "+
				"International characters are allowed.", labels[k])
		}
	}
	return nil
}

func labelText(labels map[string]string) string {
	var out []string
	for _, k := range sortedKeys(labels) {
		out = append(out, fmt.Sprintf("%s=%s", k, labels[k]))
	}
	return strings.Join(out, ",")
}
