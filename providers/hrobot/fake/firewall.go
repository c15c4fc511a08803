package fake

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// firewallState is what the switch of a server filters.
type firewallState struct {
	Status       string    `json:"status"` // active or disabled
	FilterIPv6   bool      `json:"filter_ipv6"`
	WhitelistHOS bool      `json:"whitelist_hos"`
	Port         string    `json:"port"`
	Input        []rule    `json:"input"`
	Output       []rule    `json:"output"`
	Until        time.Time `json:"until"` // the switch is changed until then
}

// rule has the fields of one rule that were sent.
type rule map[string]string

var (
	ruleKey    = regexp.MustCompile(`^rules\[(input|output)\]\[([0-9]+)\]\[([a-z_]+)\]$`)
	ruleFields = []string{"name", "ip_version", "dst_ip", "src_ip", "dst_port", "src_port", "protocol", "tcp_flags", "action"}
	ruleNames  = regexp.MustCompile(`^[a-zA-Z0-9.\-+_@ ]*$`)
	rulePorts  = regexp.MustCompile(`^[0-9]{1,5}(-[0-9]{1,5})?$`)
)

func (m *machine) firewallView(now time.Time) map[string]any {
	f := m.Firewall
	status := f.Status
	if now.Before(f.Until) {
		status = "in process"
	}
	return map[string]any{"firewall": map[string]any{
		"server_ip": m.IP, "server_number": m.Number, "status": status, "filter_ipv6": f.FilterIPv6, "whitelist_hos": f.WhitelistHOS,
		"port": f.Port, "rules": map[string]any{"input": rulesView(f.Input), "output": rulesView(f.Output)},
	}}
}

// rulesView shows what was not sent as null. Of a rule for both versions of IP it
// makes one each, as observed.
func rulesView(rules []rule) []map[string]any {
	list := []map[string]any{}
	for _, r := range rules {
		versions := []string{r["ip_version"]}
		if r["ip_version"] == "" {
			versions = []string{"ipv4", "ipv6"}
		}
		for _, version := range versions {
			v := map[string]any{}
			for _, name := range ruleFields {
				v[name] = nil
				if r[name] != "" {
					v[name] = r[name]
				}
			}
			for _, name := range []string{"src_ip", "dst_ip"} {
				if r[name] != "" && !strings.Contains(r[name], "/") {
					v[name] = r[name] + "/32"
				}
			}
			v["ip_version"], v["name"] = version, r["name"] // a name is never null
			list = append(list, v)
		}
	}
	return list
}

func (c *Cloud) readFirewall(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	return ok(m.firewallView(q.now))
}

func (c *Cloud) setFirewall(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	if q.now.Before(m.Firewall.Until) {
		return reply{}, conflict("FIREWALL_IN_PROCESS", "The firewall is currently being configured")
	}
	f := firewallState{Port: m.Firewall.Port, Until: q.now.Add(c.o.Settle)}
	lists := map[string]map[int]rule{"input": {}, "output": {}}
	for key, values := range q.form {
		v := values[len(values)-1]
		switch part := ruleKey.FindStringSubmatch(key); {
		case part != nil && slices.Contains(ruleFields, part[3]):
			n, _ := strconv.Atoi(part[2])
			if lists[part[1]][n] == nil {
				lists[part[1]][n] = rule{}
			}
			lists[part[1]][n][part[3]] = v
		case key == "status" && (v == "active" || v == "disabled"):
			f.Status = v
		case key == "filter_ipv6" && (v == "true" || v == "false"):
			f.FilterIPv6 = v == "true"
		case key == "whitelist_hos" && (v == "true" || v == "false"):
			f.WhitelistHOS = v == "true"
		default:
			return reply{}, invalid(key)
		}
	}
	if f.Status == "" {
		return reply{}, &apiError{status: 400, code: "INVALID_INPUT", message: "invalid input", missing: []string{"status"}}
	}
	for direction, into := range map[string]*[]rule{"input": &f.Input, "output": &f.Output} {
		for n := range len(lists[direction]) {
			r := lists[direction][n]
			if wrong := r.wrong(); wrong != "" {
				return reply{}, invalid("rules[" + direction + "][" + strconv.Itoa(n) + "][" + wrong + "]")
			}
			*into = append(*into, r)
		}
		if len(*into) > 10 {
			return reply{}, conflict("FIREWALL_RULE_LIMIT_EXCEEDED", "The firewall rule limit is exceeded")
		}
	}
	m.Firewall = f
	return ok(m.firewallView(q.now))
}

// wrong names the first field that the API refuses; "" for none.
func (r rule) wrong() string {
	ofIPv4, version := r["ip_version"] == "ipv4", r["ip_version"] != ""
	for _, bad := range []struct {
		field string
		is    bool
	}{
		{"action", r["action"] != "accept" && r["action"] != "discard"},
		{"name", !ruleNames.MatchString(r["name"])},
		{"ip_version", version && !ofIPv4 && r["ip_version"] != "ipv6"},
		{"protocol", r["protocol"] != "" && (!version || !slices.Contains(strings.Fields("tcp udp gre icmp ipip ah esp"), r["protocol"]))},
		{"tcp_flags", r["tcp_flags"] != "" && r["protocol"] != "tcp"},
		{"src_port", r["src_port"] != "" && !rulePorts.MatchString(r["src_port"])},
		{"dst_port", r["dst_port"] != "" && !rulePorts.MatchString(r["dst_port"])},
		{"src_ip", r["src_ip"] != "" && (!ofIPv4 || !isNetwork(r["src_ip"]))},
		{"dst_ip", r["dst_ip"] != "" && (!ofIPv4 || !isNetwork(r["dst_ip"]))},
	} {
		if bad.is {
			return bad.field
		}
	}
	return ""
}

func isNetwork(text string) bool {
	if !strings.Contains(text, "/") {
		text += "/32"
	}
	p, err := netip.ParsePrefix(text)
	return err == nil && p.Addr().Is4()
}
