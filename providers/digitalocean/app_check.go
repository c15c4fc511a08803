package digitalocean

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

var (
	appName      = providers.NewPattern(`^[a-z][a-z0-9-]{0,30}[a-z0-9]$`)
	envName      = providers.NewPattern(`^[_A-Za-z][_A-Za-z0-9]*$`)
	appRegions   = []string{"atl", "nyc", "sfo", "tor", "ams", "fra", "lon", "blr", "sgp", "syd"}
	envScopes    = []string{"UNSET", "RUN_TIME", "BUILD_TIME", "RUN_AND_BUILD_TIME"}
	envTypes     = []string{"", "GENERAL", "SECRET"}
	imageHosts   = []string{"DOCR", "DOCKER_HUB", "GHCR"}
	jobKinds     = []string{"UNSPECIFIED", "PRE_DEPLOY", "POST_DEPLOY", "FAILED_DEPLOY"}
	egressTypes  = []string{"", "AUTOASSIGN", "DEDICATED_IP"}
	domainKinds  = []string{"", "DEFAULT", "PRIMARY", "ALIAS"}
	appEngines   = []string{"", "UNSET", "MYSQL", "PG", "REDIS", "MONGODB", "KAFKA", "OPENSEARCH", "VALKEY"}
	appRules     = []string{"DEPLOYMENT_FAILED", "DEPLOYMENT_LIVE", "DEPLOYMENT_STARTED", "DEPLOYMENT_CANCELED", "DOMAIN_FAILED", "DOMAIN_LIVE", "AUTOSCALE_FAILED", "AUTOSCALE_SUCCEEDED"}
	limitRules   = []string{"UNSPECIFIED_RULE", "CPU_UTILIZATION", "MEM_UTILIZATION", "RESTART_COUNT"}
	limitSigns   = []string{"UNSPECIFIED_OPERATOR", "GREATER_THAN", "LESS_THAN"}
	limitWindows = []string{"UNSPECIFIED_WINDOW", "FIVE_MINUTES", "TEN_MINUTES", "THIRTY_MINUTES", "ONE_HOUR"}
)

func checkApp(_ *app, x app) error {
	if len(x.Spec) != 1 {
		return errors.New("an app has one spec block")
	}
	spec := &x.Spec[0]
	switch {
	case !appName.MatchString(spec.Name):
		return fmt.Errorf("name %q: only a-z, 0-9 and dashes, starting with a letter, 2 to 32", spec.Name)
	case spec.Region != "" && !slices.Contains(appRegions, strings.ToLower(spec.Region)):
		return fmt.Errorf("region %q is none of %s", spec.Region, strings.Join(appRegions, ", "))
	case len(spec.Domain) > 0 && len(spec.Domains) > 0:
		return errors.New("domain and domains exclude each other: domain says more")
	case len(spec.parts()) == 0:
		return errors.New("the spec needs a component: a service, static_site, worker, job, function or database")
	case len(spec.Egress) > 1 || len(spec.VPC) > 1:
		return errors.New("egress and vpc stand once")
	}
	if err := cmp.Or(checkProjects(x.Project, x.ProjectID), checkEnvs("the app", spec.Env)); err != nil {
		return err
	}
	if err := checkParts(spec); err != nil {
		return err
	}
	return checkAppBlocks(spec)
}

// checkParts refuses components that the API refuses.
func checkParts(spec *appSpec) error {
	names := map[string]bool{}
	for _, p := range spec.parts() {
		what := p.kind + " " + p.name
		switch {
		case !appName.MatchString(p.name):
			return fmt.Errorf("name %q of a %s: only a-z, 0-9 and dashes, starting with a letter, 2 to 32", p.name, p.kind)
		case names[p.name]:
			return fmt.Errorf("two components are called %q: names are unique in the app", p.name)
		case p.kind != "database" && p.sources != 1:
			return fmt.Errorf("%s has %d sources: it needs one of git, github, gitlab, bitbucket and image", what, p.sources)
		case p.count > 1 && len(p.scaling) > 0:
			return fmt.Errorf("%s has instance_count and autoscaling, which exclude each other", what)
		}
		names[p.name] = true
		if err := checkEnvs(what, p.envs); err != nil {
			return err
		}
		if err := checkPart(what, p); err != nil {
			return err
		}
	}
	return nil
}

func checkPart(what string, p appPart) error {
	for _, s := range p.scaling {
		if s.MinInstanceCount < 1 || s.MaxInstanceCount <= s.MinInstanceCount {
			return fmt.Errorf("%s scales from %d to %d instances: max_instance_count is more than min_instance_count, which is at least 1", what, s.MinInstanceCount, s.MaxInstanceCount)
		}
	}
	for _, i := range p.image {
		switch {
		case !slices.Contains(imageHosts, i.RegistryType):
			return fmt.Errorf("registry_type %q of %s is none of %s", i.RegistryType, what, strings.Join(imageHosts, ", "))
		case i.RegistryType == "DOCR" && i.Registry != "":
			return fmt.Errorf("%s names the registry %q: with DOCR it is the account's own, leave it out", what, i.Registry)
		case i.Tag != "" && i.Digest != "":
			return fmt.Errorf("%s has a tag and a digest, which exclude each other", what)
		}
	}
	for _, l := range p.limits {
		switch {
		case !slices.Contains(limitRules, l.Rule):
			return fmt.Errorf("alert %q of %s is none of %s", l.Rule, what, strings.Join(limitRules, ", "))
		case !slices.Contains(limitSigns, l.Operator):
			return fmt.Errorf("operator %q of the alert %s of %s is none of %s", l.Operator, l.Rule, what, strings.Join(limitSigns, ", "))
		case !slices.Contains(limitWindows, l.Window):
			return fmt.Errorf("window %q of the alert %s of %s is none of %s", l.Window, l.Rule, what, strings.Join(limitWindows, ", "))
		}
	}
	return nil
}

func checkEnvs(what string, envs []appEnv) error {
	keys := map[string]bool{}
	for _, e := range envs {
		switch {
		case !envName.MatchString(e.Key):
			return fmt.Errorf("key %q of an env of %s: only letters, digits and underscores, not starting with a digit", e.Key, what)
		case keys[e.Key]:
			return fmt.Errorf("%s has the env %s twice", what, e.Key)
		case !slices.Contains(envScopes, e.Scope):
			return fmt.Errorf("scope %q of the env %s of %s is none of %s", e.Scope, e.Key, what, strings.Join(envScopes, ", "))
		case !slices.Contains(envTypes, e.Type):
			return fmt.Errorf("type %q of the env %s of %s is neither GENERAL nor SECRET", e.Type, e.Key, what)
		}
		keys[e.Key] = true
	}
	return nil
}

func checkAppBlocks(spec *appSpec) error {
	for _, d := range spec.Domain {
		if !slices.Contains(domainKinds, d.Type) {
			return fmt.Errorf("type %q of the domain %s is none of %s", d.Type, d.Name, strings.Join(domainKinds[1:], ", "))
		}
	}
	for _, e := range spec.Egress {
		if !slices.Contains(egressTypes, e.Type) {
			return fmt.Errorf("type %q of the egress is neither %s", e.Type, strings.Join(egressTypes[1:], " nor "))
		}
	}
	for _, j := range spec.Job {
		if !slices.Contains(jobKinds, j.Kind) {
			return fmt.Errorf("kind %q of the job %s is none of %s", j.Kind, j.Name, strings.Join(jobKinds, ", "))
		}
	}
	for _, d := range spec.Database {
		switch {
		case !slices.Contains(appEngines, d.Engine):
			return fmt.Errorf("engine %q of the database %s is none of %s", d.Engine, d.Name, strings.Join(appEngines[2:], ", "))
		case d.Production && d.ClusterName == "":
			return fmt.Errorf("the database %s is for production: it needs the cluster_name of a managed cluster", d.Name)
		}
	}
	for _, a := range spec.Alert {
		if !slices.Contains(appRules, a.Rule) {
			return fmt.Errorf("alert %q of the app is none of %s", a.Rule, strings.Join(appRules, ", "))
		}
	}
	return checkIngress(spec)
}

// checkIngress demands that each rule leads to a component that serves, or elsewhere.
func checkIngress(spec *appSpec) error {
	var served []string
	for _, p := range spec.parts() {
		if p.routable {
			served = append(served, p.name)
		}
	}
	for _, in := range spec.Ingress {
		for i, r := range in.Rule {
			if len(r.Component)+len(r.Redirect) != 1 {
				return fmt.Errorf("rule %d of the ingress needs either component or redirect", i+1)
			}
			for _, t := range r.Component {
				if !slices.Contains(served, t.Name) {
					return fmt.Errorf("rule %d of the ingress leads to %q, which is no service, static_site or function of the app", i+1, t.Name)
				}
			}
		}
	}
	return nil
}
