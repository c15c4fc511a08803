package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// normalPolicy returns a policy in the one spelling that is sent and compared:
// without white space, keys sorted, and as a string what a list of one says.
// What is no policy stays as it is, for checkPolicy to refuse.
func normalPolicy(text string) string {
	doc, err := parsePolicy(text)
	if err != nil {
		return text
	}
	if one, ok := doc["Statement"].(map[string]any); ok {
		doc["Statement"] = []any{one}
	}
	statements, _ := doc["Statement"].([]any)
	for _, s := range statements {
		if s, ok := s.(map[string]any); ok {
			normalStatement(s)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return text
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func parsePolicy(text string) (map[string]any, error) {
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if d.More() || doc == nil {
		return nil, errors.New("it is not one object")
	}
	return doc, nil
}

func normalStatement(s map[string]any) {
	for key, value := range s {
		switch key {
		case "Action", "NotAction", "Resource", "NotResource":
			s[key] = oneOrSorted(value)
		case "Principal", "NotPrincipal":
			s[key] = normalPrincipal(value)
		case "Condition":
			operators, _ := value.(map[string]any)
			for _, conditions := range operators {
				values, _ := conditions.(map[string]any)
				for k, v := range values {
					values[k] = oneOrSorted(v)
				}
			}
		}
	}
}

// accountRoot is an account as AWS answers it; its number means the same.
var accountRoot = providers.NewPattern(`^arn:[a-z-]+:iam::(\d{12}):root$`)

func normalPrincipal(value any) any {
	if value == "*" {
		return map[string]any{"AWS": "*"}
	}
	kinds, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for kind, names := range kinds {
		if list, ok := names.([]any); ok {
			for i, name := range list {
				list[i] = shortAccount(name)
			}
		}
		kinds[kind] = oneOrSorted(shortAccount(names))
	}
	return kinds
}

func shortAccount(name any) any {
	text, ok := name.(string)
	if m := accountRoot.FindStringSubmatch(text); ok && m != nil {
		return m[1]
	}
	return name
}

// oneOrSorted spells a string, or a list of strings whose order says nothing.
// Numbers and booleans mean the same as their texts.
func oneOrSorted(value any) any {
	list, ok := value.([]any)
	if !ok {
		return plain(value)
	}
	var texts []string
	for _, item := range list {
		text, ok := plain(item).(string)
		if !ok {
			return value
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	if len(texts) == 1 {
		return texts[0]
	}
	return texts
}

func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	}
	return value
}

// answeredPolicy spells a policy that IAM has answered, which encodes it.
func answeredPolicy(text *string) string {
	if text == nil {
		return ""
	}
	plain, err := url.PathUnescape(*text)
	if err != nil {
		plain = *text
	}
	return normalPolicy(plain)
}

// checkPolicy refuses what is no policy, or has more than most characters.
func checkPolicy(name, text string, most int) error {
	doc, err := parsePolicy(text)
	if err != nil {
		return fmt.Errorf("%s is not a JSON object, as jsonencode makes it: %w", name, err)
	}
	if doc["Statement"] == nil {
		return fmt.Errorf("%s has no Statement", name)
	}
	if n := len(text); n > most {
		return fmt.Errorf("%s has %d characters; AWS takes %d", name, n, most)
	}
	return nil
}
