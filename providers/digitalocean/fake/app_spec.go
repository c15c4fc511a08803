package fake

import (
	"regexp"
	"slices"
	"strings"
)

var appRegions = []string{"atl", "nyc", "sfo", "tor", "ams", "fra", "lon", "blr", "sgp", "syd"}

// specShape is the spec of an app, by the API's document and its client library.
func specShape() shape {
	any, yes, port, count := text{}, truth{}, whole{1, 65535}, whole{1, 250}
	name := text{pattern: regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}[a-z0-9]$`)}
	repo := shape{"repo": any, "branch": any, "deploy_on_push": yes}
	envs := listOf{shape{"key": text{pattern: regexp.MustCompile(`^[_A-Za-z][_A-Za-z0-9]*$`)}, "value": any,
		"scope": words("UNSET", "RUN_TIME", "BUILD_TIME", "RUN_AND_BUILD_TIME"), "type": words("GENERAL", "SECRET")}}
	cors := shape{"allow_origins": listOf{shape{"exact": any, "prefix": any, "regex": any}}, "allow_methods": listOf{any},
		"allow_headers": listOf{any}, "expose_headers": listOf{any}, "max_age": any, "allow_credentials": yes}
	routes := listOf{shape{"path": text{pattern: regexp.MustCompile(`^/`)}, "preserve_path_prefix": yes}}
	alert := shape{"rule": text{pattern: regexp.MustCompile(`^[A-Z0-9_]+$`)}, "disabled": yes, "value": decimal{},
		"operator": words("UNSPECIFIED_OPERATOR", "GREATER_THAN", "LESS_THAN"),
		"window":   words("UNSPECIFIED_WINDOW", "FIVE_MINUTES", "TEN_MINUTES", "THIRTY_MINUTES", "ONE_HOUR")}
	logs := listOf{shape{"name": any, "papertrail": shape{"endpoint": any}, "datadog": shape{"endpoint": any, "api_key": any},
		"logtail": shape{"token": any}, "open_search": shape{"endpoint": any, "index_name": any, "cluster_name": any,
			"basic_auth": shape{"user": any, "password": any}}}}
	health := shape{"port": port, "http_path": any, "initial_delay_seconds": whole{0, 3600}, "period_seconds": whole{1, 300},
		"timeout_seconds": whole{1, 120}, "success_threshold": whole{1, 50}, "failure_threshold": whole{1, 50}}
	scaling := shape{"min_instance_count": count, "max_instance_count": count,
		"metrics": shape{"cpu": shape{"percent": whole{1, 100}}, "requests_per_second": shape{"per_instance": count}, "request_duration": shape{"p95_milliseconds": whole{1, 1 << 20}}}}
	git := shape{"name": name, "git": shape{"repo_clone_url": any, "branch": any}, "github": repo, "gitlab": repo, "bitbucket": repo,
		"source_dir": any, "envs": envs}
	built := git.with(shape{"dockerfile_path": any, "build_command": any, "run_command": any, "environment_slug": any, "log_destinations": logs,
		"image": shape{"registry": any, "registry_type": words("DOCKER_HUB", "DOCR", "GHCR"), "registry_credentials": any, "repository": any,
			"tag": any, "digest": any, "deploy_on_push": shape{"enabled": yes}}})
	running := built.with(shape{"instance_count": count, "instance_size_slug": any, "alerts": listOf{alert}})
	grace := whole{1, 600}
	match := shape{"prefix": any, "exact": any}
	return shape{
		"name": name, "region": words(appRegions...), "disable_edge_cache": yes, "disable_email_obfuscation": yes,
		"enhanced_threat_control_enabled": yes, "features": listOf{any}, "envs": envs, "alerts": listOf{alert},
		"domains": listOf{shape{"domain": text{pattern: regexp.MustCompile(`^((xn--)?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*\.)+[a-zA-Z]{2,}\.?$`)},
			"type": words("UNSPECIFIED", "DEFAULT", "PRIMARY", "ALIAS"), "wildcard": yes, "zone": any, "minimum_tls_version": words("1.2", "1.3")}},
		"services": listOf{running.with(shape{"autoscaling": scaling, "cors": cors, "health_check": health, "liveness_health_check": health,
			"protocol": words("HTTP", "HTTP2"), "http_port": port, "internal_ports": listOf{port}, "routes": routes,
			"termination": shape{"drain_seconds": whole{1, 110}, "grace_period_seconds": grace}})},
		"static_sites": listOf{built.with(shape{"output_dir": any, "index_document": any, "error_document": any, "catchall_document": any, "cors": cors, "routes": routes})},
		"workers":      listOf{running.with(shape{"autoscaling": scaling, "liveness_health_check": health, "termination": shape{"grace_period_seconds": grace}})},
		"jobs": listOf{running.with(shape{"kind": words("UNSPECIFIED", "PRE_DEPLOY", "POST_DEPLOY", "FAILED_DEPLOY", "SCHEDULED"),
			"schedule": shape{"cron": any, "time_zone": any}, "termination": shape{"grace_period_seconds": grace}})},
		"functions": listOf{git.with(shape{"alerts": listOf{alert}, "log_destinations": logs, "cors": cors, "routes": routes})},
		"databases": listOf{shape{"name": name, "engine": words("UNSET", "MYSQL", "PG", "REDIS", "MONGODB", "KAFKA", "OPENSEARCH", "VALKEY"),
			"version": any, "production": yes, "cluster_name": any, "db_name": any, "db_user": any}},
		"ingress": shape{"secure_header": shape{"key": any, "value": any, "remove_header": yes}, "rules": listOf{shape{
			"match": shape{"path": match, "authority": match}, "cors": cors,
			"component": shape{"name": name, "preserve_path_prefix": yes, "rewrite": any},
			"redirect":  shape{"uri": any, "authority": any, "port": port, "scheme": any, "redirect_code": whole{300, 308}}}}},
		"egress":      shape{"type": words("AUTOASSIGN", "DEDICATED_IP")},
		"maintenance": shape{"enabled": yes, "archive": yes, "offline_page_url": any},
		"vpc":         shape{"id": any},
	}
}

// component is a component of a spec, which it is a part of.
type component struct {
	kind   string
	fields map[string]any
}

func (c component) name() string { s, _ := c.fields["name"].(string); return s }

// componentsOf returns the components of a spec.
func componentsOf(spec map[string]any) []component {
	var out []component
	for _, kind := range []string{"services", "static_sites", "workers", "jobs", "functions", "databases"} {
		for _, fields := range objectsIn(spec, kind) {
			out = append(out, component{kind, fields})
		}
	}
	return out
}

// objectsIn returns the objects of a list in m.
func objectsIn(m map[string]any, key string) []map[string]any {
	list, _ := m[key].([]any)
	var out []map[string]any
	for _, x := range list {
		if fields, ok := x.(map[string]any); ok {
			out = append(out, fields)
		}
	}
	return out
}

func objectIn(m map[string]any, key string) map[string]any { x, _ := m[key].(map[string]any); return x }

func textIn(m map[string]any, key string) string { s, _ := m[key].(string); return s }

// checkSpec refuses what the API refuses.
func (c *Cloud) checkSpec(spec map[string]any) error {
	if err := specShape().check("spec", spec); err != nil {
		return err
	}
	parts := componentsOf(spec)
	switch {
	case textIn(spec, "name") == "":
		return invalid("spec.name is required")
	case len(parts) == 0:
		return invalid("spec: at least one component is required")
	}
	names := map[string]string{}
	for _, p := range parts {
		if names[p.name()] != "" || p.name() == "" {
			return invalid("spec: component names must be unique: %q", p.name())
		}
		names[p.name()] = p.kind
		if err := c.checkComponent(p); err != nil {
			return err
		}
	}
	for _, e := range objectsIn(spec, "envs") {
		if err := c.checkSeal(e); err != nil {
			return err
		}
	}
	for _, r := range objectsIn(objectIn(spec, "ingress"), "rules") {
		to := objectIn(r, "component")
		if (to == nil) == (objectIn(r, "redirect") == nil) {
			return invalid("spec.ingress: a rule needs either component or redirect")
		}
		if to != nil && !slices.Contains([]string{"services", "static_sites", "functions"}, names[textIn(to, "name")]) {
			return invalid("spec.ingress: component %q does not exist or cannot be routed to", textIn(to, "name"))
		}
	}
	if id := textIn(objectIn(spec, "vpc"), "id"); id != "" {
		if _, found := c.s.VPCs.Find(id); !found {
			return invalid("spec.vpc: VPC %s not found", id)
		}
	}
	return nil
}

func (c *Cloud) checkComponent(p component) error {
	at := "spec." + p.kind + "." + p.name()
	if p.kind == "databases" {
		cluster := textIn(p.fields, "cluster_name")
		known := slices.ContainsFunc(c.s.Databases, func(d *database) bool { return d.Name == cluster })
		if production, _ := p.fields["production"].(bool); production && !known {
			return invalid("%s: database cluster %q not found", at, cluster)
		}
		return nil
	}
	sources := 0
	for _, source := range []string{"git", "github", "gitlab", "bitbucket", "image"} {
		if p.fields[source] != nil {
			sources++
		}
	}
	image := objectIn(p.fields, "image")
	scaling := objectIn(p.fields, "autoscaling")
	switch {
	case sources != 1:
		return invalid("%s: exactly one source is required", at)
	case image != nil && textIn(image, "repository") == "":
		return invalid("%s.image: repository is required", at)
	case textIn(image, "registry_type") == "DOCR" && textIn(image, "registry") != "":
		return invalid("%s.image: registry must be empty for DOCR", at)
	case textIn(image, "tag") != "" && textIn(image, "digest") != "":
		return invalid("%s.image: tag and digest exclude each other", at)
	case scaling != nil && p.fields["instance_count"] != nil:
		return invalid("%s: instance_count and autoscaling exclude each other", at)
	case scaling != nil && (scaling["metrics"] == nil || scaling["min_instance_count"] == nil || scaling["max_instance_count"] == nil):
		return invalid("%s.autoscaling: min_instance_count, max_instance_count and metrics are required", at)
	}
	for _, e := range objectsIn(p.fields, "envs") {
		if err := c.checkSeal(e); err != nil {
			return err
		}
	}
	return nil
}

// checkSeal refuses a seal that nobody has put on a value.
func (c *Cloud) checkSeal(env map[string]any) error {
	value := textIn(env, "value")
	if _, known := c.s.AppSeals[value]; strings.HasPrefix(value, "EV[") && !known {
		return invalid("spec: the encrypted value of %s cannot be decrypted", textIn(env, "key"))
	}
	return nil
}

// completeSpec fills in what the API does, seals secrets, and puts variables in its
// own order.
func (c *Cloud) completeSpec(spec map[string]any) {
	setDefault(spec, "region", "nyc")
	c.sealEnvs(spec)
	built := false
	var routed []component
	for _, p := range componentsOf(spec) {
		c.sealEnvs(p.fields)
		if image := objectIn(p.fields, "image"); image != nil {
			setDefault(image, "tag", "latest")
			image["registry_credentials"] = c.seal(textIn(image, "registry_credentials"))
			if image["registry_credentials"] == "" {
				delete(image, "registry_credentials")
			}
		} else if p.kind != "databases" {
			setDefault(p.fields, "source_dir", "/")
			built = built || p.kind != "functions"
		}
		switch p.kind {
		case "services", "workers", "jobs":
			setDefault(p.fields, "instance_size_slug", "apps-s-1vcpu-0.5gb")
			if p.fields["autoscaling"] == nil {
				setDefault(p.fields, "instance_count", 1.0)
			}
		case "databases":
			if textIn(p.fields, "engine") == "PG" {
				setDefault(p.fields, "version", "12")
			}
		}
		if p.kind == "services" {
			setDefault(p.fields, "http_port", 8080.0)
		}
		completeBlocks(p.fields)
		if slices.Contains([]string{"services", "static_sites", "functions"}, p.kind) {
			routed = append(routed, p)
		}
	}
	if built {
		setDefault(spec, "features", []any{"buildpack-stack=ubuntu-22"})
	}
	for i, d := range objectsIn(spec, "domains") {
		setDefault(d, "type", []string{"PRIMARY", "ALIAS"}[min(i, 1)])
	}
	if len(routed) > 0 && spec["ingress"] == nil {
		spec["ingress"] = map[string]any{"rules": defaultRules(routed)}
	}
}

// completeBlocks fills in what a health check and the end of an instance leave open.
func completeBlocks(m map[string]any) {
	for _, name := range []string{"health_check", "liveness_health_check"} {
		if check := objectIn(m, name); check != nil {
			for key, n := range map[string]float64{"period_seconds": 10, "timeout_seconds": 1, "success_threshold": 1, "failure_threshold": 9} {
				setDefault(check, key, n)
			}
		}
	}
	if end := objectIn(m, "termination"); end != nil {
		setDefault(end, "grace_period_seconds", 120.0)
	}
}

// defaultRules lead to each component: the first gets all that no other does.
func defaultRules(parts []component) []any {
	var rules []any
	for i, p := range parts {
		prefix := "/"
		if i > 0 {
			prefix += p.name()
		}
		rules = append(rules, map[string]any{"component": map[string]any{"name": p.name()},
			"match": map[string]any{"path": map[string]any{"prefix": prefix}}})
	}
	slices.Reverse(rules)
	return rules
}

func setDefault(m map[string]any, key string, v any) {
	if m[key] == nil {
		m[key] = v
	}
}

// sealEnvs seals the secrets among the variables in m and sorts them.
func (c *Cloud) sealEnvs(m map[string]any) {
	list, _ := m["envs"].([]any)
	for _, e := range objectsIn(m, "envs") {
		setDefault(e, "scope", "RUN_AND_BUILD_TIME")
		if e["type"] == "SECRET" {
			e["value"] = c.seal(textIn(e, "value"))
		} else {
			delete(e, "type") // GENERAL is not shown
		}
	}
	slices.SortFunc(list, func(a, b any) int {
		return strings.Compare(textIn(b.(map[string]any), "key"), textIn(a.(map[string]any), "key"))
	})
}

// seal returns what the API shows in place of a secret: another seal each time that
// it is written in clear.
func (c *Cloud) seal(value string) string {
	if value == "" || strings.HasPrefix(value, "EV[") {
		return value
	}
	if c.s.AppSeals == nil {
		c.s.AppSeals = map[string]string{}
	}
	sealed := "EV[1:" + c.s.IDs.Text(12) + ":" + c.s.IDs.Text(24) + "]"
	c.s.AppSeals[sealed] = value
	return sealed
}
