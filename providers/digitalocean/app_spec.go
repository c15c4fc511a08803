package digitalocean

import (
	"encoding/json"
	"reflect"

	"github.com/digitalocean/godo"
)

// appSpec is what an app is made of. Its fields bear the names of Terraform and, as
// JSON, those of the API. The tag usual says what the API takes where nothing is
// said: both are then the same; "empty" says so of a block of such values.
type appSpec struct {
	Name                         string              `cty:"name"     is:"required"        json:"name"                  doc:"Name, unique in the account."`
	Region                       string              `cty:"region"   is:"default,replace" json:"region,omitempty"      doc:"Slug of the region, such as fra."`
	DisableEdgeCache             bool                `cty:"disable_edge_cache"              is:"else=false" json:"disable_edge_cache,omitempty"              doc:"Whether nothing is cached at the edge."`
	DisableEmailObfuscation      bool                `cty:"disable_email_obfuscation"       is:"else=false" json:"disable_email_obfuscation,omitempty"       doc:"Whether addresses of mail stand in pages as they are."`
	EnhancedThreatControlEnabled bool                `cty:"enhanced_threat_control_enabled" is:"else=false" json:"enhanced_threat_control_enabled,omitempty" doc:"Whether suspicious requests are refused."`
	Domain                       []appDomain         `cty:"domain"   is:"default"         json:"domains,omitempty"     doc:"Host name of the app."`
	Domains                      []string            `cty:"domains"  is:"optional,set"    json:"-"                     doc:"Host names of the app; domain says more."`
	Features                     []string            `cty:"features" is:"default,set" json:"features,omitempty"    doc:"Features of the app, such as buildpack-stack=ubuntu-22."`
	Service                      []appService        `cty:"service"  is:"optional"        json:"services,omitempty"    doc:"A server of requests over HTTP."`
	StaticSite                   []appSite           `cty:"static_site" is:"optional"     json:"static_sites,omitempty" doc:"Files that are served."`
	Worker                       []appWorker         `cty:"worker"   is:"optional"        json:"workers,omitempty"     doc:"A program that runs all the time and serves nobody."`
	Job                          []appJob            `cty:"job"      is:"optional"        json:"jobs,omitempty"        doc:"A program that runs with deployments."`
	Function                     []appFunction       `cty:"function" is:"optional"        json:"functions,omitempty"   doc:"Functions that run on request."`
	Database                     []appDatabase       `cty:"database" is:"optional"        json:"databases,omitempty"   doc:"A database that components use."`
	Env                          []appEnv            `cty:"env"      is:"optional,set"    json:"envs,omitempty"        doc:"Environment variable of all components."`
	Alert                        []appAlert          `cty:"alert"    is:"optional"        json:"alerts,omitempty"      doc:"What people are told of the app."`
	Ingress                      one[appIngress]     `cty:"ingress"  is:"default,max=1" json:"ingress,omitempty"     doc:"Which requests go to which component."`
	Egress                       one[appEgress]      `cty:"egress"   is:"optional,max=1"  json:"egress,omitempty" usual:"empty" doc:"Which addresses the app calls from."`
	Maintenance                  one[appMaintenance] `cty:"maintenance" is:"optional,max=1" json:"maintenance,omitempty" usual:"empty" doc:"Whether the app is out of service."`
	VPC                          one[appVPC]         `cty:"vpc"      is:"optional,max=1"  json:"vpc,omitempty"         doc:"Network that the app reaches."`
}

// one is a block that stands once, or not: in JSON an object.
type one[T any] []T

// MarshalJSON returns the object in o.
func (o one[T]) MarshalJSON() ([]byte, error) {
	if len(o) == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(o[0])
}

// UnmarshalJSON makes o hold an object.
func (o *one[T]) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*o = nil
		return nil
	}
	*o = make(one[T], 1)
	return json.Unmarshal(text, &(*o)[0])
}

type appDomain struct {
	Name     string `cty:"name"     is:"required" json:"domain"             doc:"Host name."`
	Type     string `cty:"type"     is:"default"  json:"type,omitempty"     doc:"DEFAULT, PRIMARY or ALIAS."`
	Wildcard bool   `cty:"wildcard" is:"optional" json:"wildcard,omitempty" doc:"Whether all names below it are meant, too."`
	Zone     string `cty:"zone"     is:"optional,ref=digitalocean_domain.name" json:"zone,omitempty" doc:"Domain of the account in which its record is kept."`
}

type appEnv struct {
	Key   string `cty:"key"   is:"optional"                json:"key"             doc:"Name of the variable."`
	Value string `cty:"value" is:"optional,sensitive"      json:"value,omitempty" doc:"Value of the variable."`
	Scope string `cty:"scope" is:"else=RUN_AND_BUILD_TIME" json:"scope,omitempty" doc:"RUN_TIME, BUILD_TIME or RUN_AND_BUILD_TIME."`
	Type  string `cty:"type"  is:"optional"                json:"type,omitempty" usual:"GENERAL" doc:"SECRET for a value that the API never shows; else GENERAL."`
}

type appGit struct {
	RepoCloneURL string `cty:"repo_clone_url" is:"optional" json:"repo_clone_url,omitempty" doc:"URL to clone."`
	Branch       string `cty:"branch"         is:"optional" json:"branch,omitempty"         doc:"Branch that is built."`
}

// appRepo is a repository at GitHub, GitLab or Bitbucket.
type appRepo struct {
	Repo         string `cty:"repo"           is:"optional" json:"repo,omitempty"           doc:"Repository, as owner/name."`
	Branch       string `cty:"branch"         is:"optional" json:"branch,omitempty"         doc:"Branch that is built."`
	DeployOnPush bool   `cty:"deploy_on_push" is:"optional" json:"deploy_on_push,omitempty" doc:"Whether each push is deployed."`
}

type appImage struct {
	RegistryType        string            `cty:"registry_type"        is:"required"            json:"registry_type,omitempty"        doc:"DOCR, DOCKER_HUB or GHCR."`
	Registry            string            `cty:"registry"             is:"optional"            json:"registry,omitempty"             doc:"Name of the registry; none for DOCR."`
	Repository          string            `cty:"repository"           is:"required"            json:"repository,omitempty"           doc:"Name of the repository."`
	Tag                 string            `cty:"tag"                  is:"optional"            json:"tag,omitempty" usual:"latest"   doc:"Tag of the image; latest if absent."`
	Digest              string            `cty:"digest"               is:"optional"            json:"digest,omitempty"               doc:"Digest of the image, in place of a tag."`
	DeployOnPush        one[appImagePush] `cty:"deploy_on_push"       is:"default,max=1"       json:"deploy_on_push,omitempty"       doc:"Whether each push is deployed."`
	RegistryCredentials string            `cty:"registry_credentials" is:"optional,sensitive"  json:"registry_credentials,omitempty" doc:"Credentials for a registry elsewhere."`
}

type appImagePush struct {
	Enabled bool `cty:"enabled" is:"optional" json:"enabled,omitempty" doc:"Whether each push to DOCR is deployed."`
}

type appRoute struct {
	Path               string `cty:"path"                 is:"optional" json:"path,omitempty"                 doc:"Start of the paths."`
	PreservePathPrefix bool   `cty:"preserve_path_prefix" is:"optional" json:"preserve_path_prefix,omitempty" doc:"Whether the component sees it, too."`
}

// appHealthCheck tells whether an instance is ready, or alive.
type appHealthCheck struct {
	Port                int    `cty:"port"                  is:"optional" json:"port,omitempty"                  doc:"Port to ask; the component's own if absent."`
	HTTPPath            string `cty:"http_path"             is:"optional" json:"http_path,omitempty"             doc:"Path to ask for; a connection is enough if absent."`
	InitialDelaySeconds int    `cty:"initial_delay_seconds" is:"optional" json:"initial_delay_seconds,omitempty" doc:"Seconds until it is first asked."`
	PeriodSeconds       int    `cty:"period_seconds"        is:"optional" json:"period_seconds,omitempty"    usual:"10" doc:"Seconds in between; 10 if absent."`
	TimeoutSeconds      int    `cty:"timeout_seconds"       is:"optional" json:"timeout_seconds,omitempty"   usual:"1"  doc:"Seconds to answer in; 1 if absent."`
	SuccessThreshold    int    `cty:"success_threshold"     is:"optional" json:"success_threshold,omitempty" usual:"1"  doc:"Good answers until it counts as well; 1 if absent."`
	FailureThreshold    int    `cty:"failure_threshold"     is:"optional" json:"failure_threshold,omitempty" usual:"9"  doc:"Bad answers until it counts as ill; 9 if absent."`
}

type appCORS struct {
	AllowOrigins     []appOrigin `cty:"allow_origins"     is:"optional,max=1" json:"allow_origins,omitempty"     doc:"Origin that may ask."`
	AllowMethods     []string    `cty:"allow_methods"     is:"optional,set"   json:"allow_methods,omitempty"     doc:"Methods that it may use."`
	AllowHeaders     []string    `cty:"allow_headers"     is:"optional,set"   json:"allow_headers,omitempty"     doc:"Headers that it may send."`
	ExposeHeaders    []string    `cty:"expose_headers"    is:"optional,set"   json:"expose_headers,omitempty"    doc:"Headers that it may see."`
	MaxAge           string      `cty:"max_age"           is:"optional"       json:"max_age,omitempty"           doc:"How long browsers remember, such as 5h30m."`
	AllowCredentials bool        `cty:"allow_credentials" is:"optional"       json:"allow_credentials,omitempty" doc:"Whether it may send credentials."`
}

type appOrigin struct {
	Exact  string `cty:"exact"  is:"optional" json:"exact,omitempty"  doc:"The origin."`
	Prefix string `cty:"prefix" is:"optional" json:"prefix,omitempty" doc:"How it starts; regex is the newer way."`
	Regex  string `cty:"regex"  is:"optional" json:"regex,omitempty"  doc:"Regular expression that it matches."`
}

type appAutoscaling struct {
	MinInstanceCount int                    `cty:"min_instance_count" is:"required"       json:"min_instance_count,omitempty" doc:"Least number of instances."`
	MaxInstanceCount int                    `cty:"max_instance_count" is:"required"       json:"max_instance_count,omitempty" doc:"Largest number of instances."`
	Metrics          one[appScalingMetrics] `cty:"metrics"            is:"required,max=1" json:"metrics,omitempty"            doc:"What the number follows."`
}

type appScalingMetrics struct {
	CPU one[appScalingCPU] `cty:"cpu" is:"optional,max=1" json:"cpu,omitempty" doc:"Use of the processors."`
}

type appScalingCPU struct {
	Percent int `cty:"percent" is:"required" json:"percent,omitempty" doc:"Mean use to aim at, 1 to 100."`
}

// appTermination is how an instance of a service ends.
type appTermination struct {
	GracePeriodSeconds int `cty:"grace_period_seconds" is:"optional" json:"grace_period_seconds,omitempty" usual:"120" doc:"Seconds from SIGTERM to SIGKILL; 120 if absent."`
	DrainSeconds       int `cty:"drain_seconds"        is:"optional" json:"drain_seconds,omitempty"        usual:"15"  doc:"Seconds without new requests before; 15 if absent."`
}

// appGrace is how an instance of another component ends.
type appGrace struct {
	GracePeriodSeconds int `cty:"grace_period_seconds" is:"optional" json:"grace_period_seconds,omitempty" usual:"120" doc:"Seconds from SIGTERM to SIGKILL; 120 if absent."`
}

// appAlert tells people of the app.
type appAlert struct {
	Rule         string            `cty:"rule"         is:"required"           json:"rule,omitempty"     doc:"What they are told, such as DEPLOYMENT_FAILED."`
	Disabled     bool              `cty:"disabled"     is:"else=false"         json:"disabled,omitempty" doc:"Whether they are not told now."`
	Destinations []appDestinations `cty:"destinations" is:"optional,set,max=1" json:"-"                  doc:"Whom to tell; the owner of the account if absent."`
}

// appLimit tells people of a component.
type appLimit struct {
	Rule         string            `cty:"rule"         is:"required"           json:"rule,omitempty"     doc:"CPU_UTILIZATION, MEM_UTILIZATION or RESTART_COUNT."`
	Operator     string            `cty:"operator"     is:"required"           json:"operator,omitempty" doc:"GREATER_THAN or LESS_THAN."`
	Window       string            `cty:"window"       is:"required"           json:"window,omitempty"   doc:"FIVE_MINUTES, TEN_MINUTES, THIRTY_MINUTES or ONE_HOUR."`
	Value        float64           `cty:"value"        is:"required"           json:"value,omitempty"    doc:"The limit."`
	Disabled     bool              `cty:"disabled"     is:"else=false"         json:"disabled,omitempty" doc:"Whether they are not told now."`
	Destinations []appDestinations `cty:"destinations" is:"optional,set,max=1" json:"-"                  doc:"Whom to tell; the owner of the account if absent."`
}

type appDestinations struct {
	Emails        []string   `cty:"emails"         is:"optional" json:"-" doc:"Addresses of members of the team."`
	SlackWebhooks []appSlack `cty:"slack_webhooks" is:"optional" json:"-" doc:"Channels in Slack."`
}

type appSlack struct {
	Channel string `cty:"channel" is:"required"           json:"-" doc:"Name of the channel."`
	URL     string `cty:"url"     is:"required,sensitive" json:"-" doc:"URL of the webhook."`
}

type appLog struct {
	Name       string             `cty:"name"        is:"required"       json:"name"                  doc:"Name of the destination."`
	OpenSearch one[appOpenSearch] `cty:"open_search" is:"optional,max=1" json:"open_search,omitempty" doc:"OpenSearch, managed here or elsewhere."`
	Papertrail one[appPapertrail] `cty:"papertrail"  is:"optional,max=1" json:"papertrail,omitempty"  doc:"Papertrail."`
	Datadog    one[appDatadog]    `cty:"datadog"     is:"optional,max=1" json:"datadog,omitempty"     doc:"Datadog."`
	Logtail    one[appLogtail]    `cty:"logtail"     is:"optional,max=1" json:"logtail,omitempty"     doc:"Logtail."`
}

type appOpenSearch struct {
	Endpoint    string            `cty:"endpoint"     is:"optional"       json:"endpoint,omitempty"     doc:"URL with port."`
	BasicAuth   one[appBasicAuth] `cty:"basic_auth"   is:"required,max=1" json:"basic_auth,omitempty"   doc:"User and password."`
	IndexName   string            `cty:"index_name"   is:"optional"       json:"index_name,omitempty" usual:"logs" doc:"Index; logs if absent."`
	ClusterName string            `cty:"cluster_name" is:"optional,ref=digitalocean_database_cluster.name" json:"cluster_name,omitempty" doc:"Name of a managed cluster, in place of endpoint."`
}

type appBasicAuth struct {
	User     string `cty:"user"     is:"optional"           json:"user,omitempty"     doc:"Name of the user."`
	Password string `cty:"password" is:"optional,sensitive" json:"password,omitempty" doc:"Password of the user."`
}

type appPapertrail struct {
	Endpoint string `cty:"endpoint" is:"required" json:"endpoint" doc:"Host and port for syslog."`
}

type appDatadog struct {
	Endpoint string `cty:"endpoint" is:"else=https://http-intake.logs.datadoghq.com" json:"endpoint,omitempty" doc:"URL of the intake."`
	APIKey   string `cty:"api_key"  is:"required,sensitive" json:"api_key"            doc:"Key of the API."`
}

type appLogtail struct {
	Token string `cty:"token" is:"required,sensitive" json:"token" doc:"Token of the source."`
}

type appDatabase struct {
	Name        string `cty:"name"         is:"optional" json:"name"                                   doc:"Name in the app."`
	Engine      string `cty:"engine"       is:"optional" json:"engine,omitempty" usual:"UNSET"         doc:"Engine, such as PG, MYSQL or VALKEY."`
	Version     string `cty:"version"      is:"default"  json:"version,omitempty"                      doc:"Version of the engine."`
	Production  bool   `cty:"production"   is:"optional" json:"production,omitempty"                   doc:"Whether it is a managed cluster, not one to try with."`
	ClusterName string `cty:"cluster_name" is:"default,ref=digitalocean_database_cluster.name"  json:"cluster_name,omitempty" doc:"Name of the managed cluster."`
	DBName      string `cty:"db_name"      is:"default,ref=digitalocean_database_db.name"       json:"db_name,omitempty"      doc:"Name of the database in it."`
	DBUser      string `cty:"db_user"      is:"default,ref=digitalocean_database_user.name"     json:"db_user,omitempty"      doc:"Name of the user in it."`
}

type appIngress struct {
	Rule         []appRule      `cty:"rule"          is:"optional"       json:"rules,omitempty"         doc:"Where requests go; the first that matches counts."`
	SecureHeader one[appHeader] `cty:"secure_header" is:"optional,max=1" json:"secure_header,omitempty" doc:"Header that requests get."`
}

type appHeader struct {
	Key   string `cty:"key"   is:"optional"           json:"key,omitempty"   doc:"Name of the header."`
	Value string `cty:"value" is:"optional,sensitive" json:"value,omitempty" doc:"Value of the header."`
}

type appRule struct {
	Match     one[appMatch]    `cty:"match"     is:"optional,max=1" json:"match,omitempty"     doc:"Which requests."`
	CORS      one[appCORS]     `cty:"cors"      is:"optional,max=1" json:"cors,omitempty"      doc:"Which pages elsewhere may ask."`
	Component one[appTarget]   `cty:"component" is:"optional,max=1" json:"component,omitempty" doc:"Component that they go to."`
	Redirect  one[appRedirect] `cty:"redirect"  is:"optional,max=1" json:"redirect,omitempty"  doc:"Where they are sent instead."`
}

type appMatch struct {
	Path      one[appPath]      `cty:"path"      is:"optional,max=1" json:"path,omitempty"      doc:"By their path."`
	Authority one[appAuthority] `cty:"authority" is:"optional,max=1" json:"authority,omitempty" doc:"By their host name."`
}

type appPath struct {
	Prefix string `cty:"prefix" is:"optional" json:"prefix,omitempty" doc:"How the path starts."`
}

type appAuthority struct {
	Exact string `cty:"exact" is:"optional" json:"exact,omitempty" doc:"The host name."`
}

type appTarget struct {
	Name               string `cty:"name"                 is:"optional" json:"name,omitempty"                 doc:"Name of the component."`
	PreservePathPrefix bool   `cty:"preserve_path_prefix" is:"optional" json:"preserve_path_prefix,omitempty" doc:"Whether it sees the whole path."`
	Rewrite            string `cty:"rewrite"              is:"optional" json:"rewrite,omitempty"              doc:"What takes the place of the matched start."`
}

type appRedirect struct {
	URI          string `cty:"uri"           is:"optional" json:"uri,omitempty"           doc:"Path to go to."`
	Authority    string `cty:"authority"     is:"optional" json:"authority,omitempty"     doc:"Host name to go to."`
	Port         int    `cty:"port"          is:"optional" json:"port,omitempty"          doc:"Port to go to."`
	Scheme       string `cty:"scheme"        is:"optional" json:"scheme,omitempty"        doc:"http or https."`
	RedirectCode int    `cty:"redirect_code" is:"else=302" json:"redirect_code,omitempty" doc:"Code of the answer."`
}

type appEgress struct {
	Type string `cty:"type" is:"optional" json:"type,omitempty" usual:"AUTOASSIGN" doc:"AUTOASSIGN or DEDICATED_IP."`
}

type appMaintenance struct {
	Enabled        bool   `cty:"enabled"          is:"optional" json:"enabled,omitempty"          doc:"Whether a page says that it is out of service."`
	Archive        bool   `cty:"archive"          is:"optional" json:"archive,omitempty"          doc:"Whether nothing of it runs."`
	OfflinePageURL string `cty:"offline_page_url" is:"optional" json:"offline_page_url,omitempty" doc:"The page."`
}

type appVPC struct {
	ID string `cty:"id" is:"required,ref=digitalocean_vpc" json:"id,omitempty" doc:"UUID of the network."`
}

// godo returns x for the API. Both know the same fields: a test says so.
func (x *appSpec) godo() (*godo.AppSpec, error) {
	text, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	out := &godo.AppSpec{}
	if err := json.Unmarshal(text, out); err != nil {
		return nil, err
	}
	for _, name := range x.Domains {
		out.Domains = append(out.Domains, &godo.AppDomainSpec{Domain: name})
	}
	return out, nil
}

// specOf returns what the API shows, without what is usual. The domains are a list of names where have has
// them so.
func specOf(got *godo.AppSpec, have *appSpec) (appSpec, error) {
	var x appSpec
	text, err := json.Marshal(got)
	if err == nil {
		err = json.Unmarshal(text, &x)
	}
	if have != nil && len(have.Domains) > 0 && len(have.Domain) == 0 {
		for _, d := range x.Domain {
			x.Domains = append(x.Domains, d.Name)
		}
		x.Domain = nil
	}
	stripUsual(reflect.ValueOf(&x).Elem())
	if x.routesItself(x.Ingress) {
		x.Ingress = nil
	}
	return x, err
}
