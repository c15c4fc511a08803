package fake

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

func firewallCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{"nft": nft, "iptables": iptables}
}

// nftLine is what the tables of mlinfra are made of; anything else is refused.
var nftLine = regexp.MustCompile(`^(` +
	`chain [a-z]+ \{|\}|` +
	`type (filter|nat) hook (forward|postrouting|input) priority (-?\d+|mangle|srcnat|filter); policy (accept|drop);|` +
	`[io]ifname (!= )?"[\w.-]+" tcp flags & \(syn \| rst\) == syn tcp option maxseg size set rt mtu|` +
	`ip saddr [\d./]+( ip daddr [\d./]+)?( oifname (!= )?"[\w.-]+")? (masquerade|snat ip to [\d.]+)` +
	`)$`)

var nftTable = regexp.MustCompile(`^(delete )?table (inet|ip|ip6) ([\w.-]+)( \{)?$`)

// nft knows -f, list table, list chains and delete table.
func nft(p *process) int {
	args := p.args[1:]
	switch {
	case len(args) == 2 && args[0] == "-f":
		files := []string{args[1]}
		if args[1] == "-" {
			files = nil
		}
		text, ok := p.input(files)
		if !ok {
			return 1
		}
		p.host.mu.Lock()
		defer p.host.mu.Unlock()
		return p.nftLoad(string(text))
	case len(args) == 4 && args[1] == "table" && (args[0] == "list" || args[0] == "delete"):
		p.host.mu.Lock()
		defer p.host.mu.Unlock()
		text, ok := p.host.kept("nft")[args[2]+" "+args[3]]
		switch {
		case !ok:
			return p.says(1, "Error: No such file or directory\n%s\n", strings.Join(args, " "))
		case args[0] == "list":
			fmt.Fprintf(p.out, "table %s %s {\n%s}\n", args[2], args[3], text)
		default:
			delete(p.host.kept("nft"), args[2]+" "+args[3])
		}
		return 0
	case slices.Equal(args, []string{"list", "chains"}):
		p.host.mu.Lock()
		defer p.host.mu.Unlock()
		p.nftChains()
		return 0
	}
	return p.says(1, "Error: syntax error, unexpected %s", strings.Join(args, " "))
}

// nftLoad carries out a file, all of it or nothing.
func (p *process) nftLoad(text string) int {
	tables := maps.Clone(p.host.kept("nft"))
	inside, depth := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		m := nftTable.FindStringSubmatch(line)
		switch {
		case line == "":
		case inside == "" && m == nil:
			return p.says(1, "/dev/stdin:1:1-1: Error: syntax error, unexpected %s", line)
		case inside == "":
			name := m[2] + " " + m[3]
			if _, ok := tables[name]; m[1] != "" && !ok {
				return p.says(1, "Error: Could not process rule: No such file or directory\n%s", line)
			}
			if m[1] != "" {
				delete(tables, name)
				continue
			}
			tables[name] += ""
			if m[4] != "" {
				inside, depth = name, 1
			}
		case !nftLine.MatchString(line):
			return p.says(1, "/dev/stdin:1:1-1: Error: syntax error, unexpected %s", line)
		default:
			if strings.HasSuffix(line, "{") {
				depth++
			}
			if line == "}" {
				depth--
			}
			if depth == 0 {
				inside = ""
				continue
			}
			tables[inside] += strings.Repeat("\t", depth) + line + "\n"
		}
	}
	if inside != "" {
		return p.says(1, "Error: syntax error, unexpected end of file")
	}
	p.host.content.Kept["nft"] = tables
	return 0
}

// nftChains prints what the chains begin with, that of iptables included.
func (p *process) nftChains() {
	policy, _ := keptAs[string](p.host.content, "iptables", "filter FORWARD")
	fmt.Fprintf(p.out, "table ip filter {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy %s;\n\t}\n}\n", strings.ToLower(policy))
	for _, name := range slices.Sorted(maps.Keys(p.host.kept("nft"))) {
		fmt.Fprintf(p.out, "table %s {\n", name)
		for line := range strings.Lines(p.host.kept("nft")[name]) {
			if word := strings.Fields(line)[0]; word == "chain" || word == "type" || word == "}" {
				fmt.Fprint(p.out, line)
			}
		}
		fmt.Fprintln(p.out, "}")
	}
}

// iptables knows -S, -C, -A, -I, -D, -N, -X and -P. Which rule comes first is not
// kept: those of mlinfra all accept.
func iptables(p *process) int {
	args := slices.DeleteFunc(slices.Clone(p.args[1:]), func(a string) bool { return a == "-w" })
	table := "filter"
	if len(args) > 1 && args[0] == "-t" {
		table, args = args[1], args[2:]
	}
	if len(args) < 2 || len(args[0]) != 2 || args[0][0] != '-' {
		return p.fail("no command specified") + 1
	}
	chain, rule := table+" "+args[1], strings.Join(args[2:], " ")
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	kept := p.host.kept("iptables")
	_, exists := kept[chain]
	if args[0] != "-N" && !exists {
		return p.fail("No chain/target/match by that name.")
	}
	key := chain + " " + rule
	_, has := kept[key]
	switch args[0] {
	case "-S":
		p.rules(args[1], chain)
	case "-N":
		if exists {
			return p.fail("Chain already exists.")
		}
		kept[chain] = `""`
	case "-X":
		used := slices.ContainsFunc(slices.Collect(maps.Keys(kept)), func(k string) bool {
			return strings.HasPrefix(k, chain+" ") || strings.HasPrefix(k, table+" ") && strings.HasSuffix(k, "-j "+args[1])
		})
		if used || kept[chain] != `""` {
			return p.fail("Directory not empty.")
		}
		delete(kept, chain)
	case "-P":
		p.host.content.keep("iptables", chain, rule)
	case "-C", "-A", "-I", "-D":
		if word := p.unknownOption(args[2:]); word != "" {
			return p.fail("unknown option \"%s\"", word) + 1
		}
		if !has && (args[0] == "-C" || args[0] == "-D") {
			return p.fail("Bad rule (does a matching rule exist in that chain?).")
		}
		if args[0] == "-D" {
			delete(kept, key)
		} else if !has {
			kept[key] = `""`
		}
	default:
		return p.fail("unknown option \"%s\"", args[0]) + 1
	}
	return 0
}

// unknownOption returns the first word of a rule that is no option known here, nor
// the value of one.
func (p *process) unknownOption(words []string) string {
	values := map[string]int{"-i": 1, "-o": 1, "-s": 1, "-d": 1, "-p": 1, "-j": 1, "--tcp-flags": 2, "--clamp-mss-to-pmtu": 0, "--to-source": 1, "!": 0}
	for i := 0; i < len(words); i++ {
		n, ok := values[words[i]]
		if !ok || i+n >= len(words) {
			return words[i]
		}
		i += n
	}
	return ""
}

// rules prints a chain as -S does.
func (p *process) rules(name, chain string) {
	if policy, _ := keptAs[string](p.host.content, "iptables", chain); policy != "" {
		fmt.Fprintf(p.out, "-P %s %s\n", name, policy)
	} else {
		fmt.Fprintf(p.out, "-N %s\n", name)
	}
	for _, key := range slices.Sorted(maps.Keys(p.host.kept("iptables"))) {
		if rule, ok := strings.CutPrefix(key, chain+" "); ok {
			fmt.Fprintf(p.out, "-A %s %s\n", name, rule)
		}
	}
}
