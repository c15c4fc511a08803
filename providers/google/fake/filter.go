package fake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// filter decides which items a list shows.
type filter func(item map[string]any) bool

// parseFilter reads Compute's filter expressions: comparisons with = != < <= >
// >= : or eq and ne, combined with AND, OR, NOT, parentheses and juxtaposition.
func parseFilter(s string) (filter, error) {
	if strings.TrimSpace(s) == "" {
		return func(map[string]any) bool { return true }, nil
	}
	p := &filterParser{tokens: filterTokens(s)}
	f, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = errFilter
	}
	if err != nil {
		return nil, invalidField("filter", s, "Invalid list filter expression.")
	}
	return f, nil
}

var errFilter = fmt.Errorf("invalid filter")

// filterToken matches one token: a quoted text, an operator, a parenthesis or a word.
var filterToken = providers.NewPattern(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|!=|<=|>=|[=<>:()]|[^\s=<>:()!"']+|\S`)

func filterTokens(s string) []string { return filterToken.FindAllString(s, -1) }

// filterParser reads tokens from the left.
type filterParser struct{ tokens []string }

func (p *filterParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *filterParser) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *filterParser) or() (filter, error) {
	left, err := p.and()
	for err == nil && p.peek() == "OR" {
		p.next()
		var right filter
		if right, err = p.and(); err == nil {
			a := left
			left = func(m map[string]any) bool { return a(m) || right(m) }
		}
	}
	return left, err
}

func (p *filterParser) and() (filter, error) {
	left, err := p.term()
	for err == nil && p.peek() != "" && p.peek() != ")" && p.peek() != "OR" {
		if p.peek() == "AND" {
			p.next()
		}
		var right filter
		if right, err = p.term(); err == nil {
			a := left
			left = func(m map[string]any) bool { return a(m) && right(m) }
		}
	}
	return left, err
}

func (p *filterParser) term() (filter, error) {
	switch t := p.next(); {
	case t == "(":
		f, err := p.or()
		if err == nil && p.next() != ")" {
			err = errFilter
		}
		return f, err
	case t == "NOT" || t == "-":
		f, err := p.term()
		return func(m map[string]any) bool { return !f(m) }, err
	case t == "" || !fieldName.MatchString(strings.TrimPrefix(t, "-")):
		return nil, errFilter
	default:
		name, negated := strings.CutPrefix(t, "-")
		f, err := p.comparison(name)
		if err != nil || !negated {
			return f, err
		}
		return func(m map[string]any) bool { return !f(m) }, nil
	}
}

var fieldName = providers.NewPattern(`^[a-zA-Z_][\w.-]*$`)

func (p *filterParser) comparison(field string) (filter, error) {
	op, literal := p.next(), p.next()
	if literal == "" || strings.Contains("=<>:()", literal) {
		return nil, errFilter
	}
	want := unquote(literal)
	// A word may contain colons and slashes, as URLs do.
	for literal == want && (p.peek() == ":" || strings.HasPrefix(p.peek(), "/")) {
		want += p.next()
		if p.peek() != "" && strings.HasPrefix(p.peek(), "/") {
			want += p.next()
		}
	}
	match, err := matcher(op, want)
	if err != nil {
		return nil, err
	}
	return func(m map[string]any) bool {
		got, found := lookup(m, strings.Split(field, "."))
		return match(got, found)
	}, nil
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') {
		return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`).Replace(s[1 : len(s)-1])
	}
	return s
}

// matcher compares a field, as text, with want.
func matcher(op, want string) (func(got string, found bool) bool, error) {
	switch op {
	case "=":
		return func(got string, found bool) bool { return found && same(got, want) }, nil
	case "!=":
		return func(got string, found bool) bool { return !found || !same(got, want) }, nil
	case ":":
		return func(got string, found bool) bool {
			return found && (want == "*" || strings.Contains(strings.ToLower(got), strings.ToLower(strings.Trim(want, "*"))))
		}, nil
	case "eq", "ne":
		re, err := regexp.Compile("^(?:" + want + ")$")
		if err != nil {
			return nil, errFilter
		}
		return func(got string, found bool) bool { return (found && re.MatchString(got)) == (op == "eq") }, nil
	case "<", "<=", ">", ">=":
		return func(got string, found bool) bool { return found && ordered(op, got, want) }, nil
	}
	return nil, errFilter
}

// same compares a value with a literal, which may have wildcards.
func same(got, want string) bool {
	if !strings.Contains(want, "*") {
		return got == want
	}
	re := strings.ReplaceAll(regexp.QuoteMeta(want), `\*`, ".*")
	return regexp.MustCompile("^" + re + "$").MatchString(got)
}

func ordered(op, got, want string) bool {
	cmp := strings.Compare(got, want)
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(want, 64)
	if errA == nil && errB == nil {
		cmp = map[bool]int{true: -1, false: 1}[a < b]
		if a == b {
			cmp = 0
		}
	}
	switch op {
	case "<":
		return cmp < 0
	case "<=":
		return cmp <= 0
	case ">":
		return cmp > 0
	}
	return cmp >= 0
}

// lookup finds a field by its path. Lists match by any of their elements, which
// are joined by newlines here.
func lookup(v any, path []string) (string, bool) {
	if list, isList := v.([]any); isList {
		var all []string
		for _, x := range list {
			if s, found := lookup(x, path); found {
				all = append(all, s)
			}
		}
		return strings.Join(all, "\n"), len(all) > 0
	}
	if len(path) > 0 {
		m, isObject := v.(map[string]any)
		if !isObject {
			return "", false
		}
		x, found := m[path[0]]
		if !found {
			return "", false
		}
		return lookup(x, path[1:])
	}
	switch x := v.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	b, err := json.Marshal(v)
	return string(b), err == nil
}
