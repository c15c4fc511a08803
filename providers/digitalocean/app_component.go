package digitalocean

// appComponent is how a component is called, and what it is built from.
type appComponent struct {
	Name      string       `cty:"name"       is:"required"       json:"name"                           doc:"Name, unique in the app."`
	Git       one[appGit]  `cty:"git"        is:"optional,max=1" json:"git,omitempty"                  doc:"Repository to build from."`
	GitHub    one[appRepo] `cty:"github"     is:"optional,max=1" json:"github,omitempty"               doc:"Repository at GitHub to build from."`
	GitLab    one[appRepo] `cty:"gitlab"     is:"optional,max=1" json:"gitlab,omitempty"               doc:"Repository at GitLab to build from."`
	Bitbucket one[appRepo] `cty:"bitbucket"  is:"optional,max=1" json:"bitbucket,omitempty"            doc:"Repository at Bitbucket to build from."`
	SourceDir string       `cty:"source_dir" is:"optional"       json:"source_dir,omitempty" usual:"/" doc:"Directory of the source in the repository."`
}

// appProgram is a component that runs.
type appProgram struct {
	appComponent
	Image            one[appImage] `cty:"image"              is:"optional,max=1" json:"image,omitempty"                    doc:"Image to run."`
	DockerfilePath   string        `cty:"dockerfile_path"    is:"optional"       json:"dockerfile_path,omitempty"          doc:"Path of a Dockerfile."`
	BuildCommand     string        `cty:"build_command"      is:"optional"       json:"build_command,omitempty"            doc:"Command that builds it."`
	RunCommand       string        `cty:"run_command"        is:"optional"       json:"run_command,omitempty"              doc:"Command that runs it."`
	EnvironmentSlug  string        `cty:"environment_slug"   is:"default"        json:"environment_slug,omitempty"         doc:"Kind of the source, such as python."`
	Env              []appEnv      `cty:"env"                is:"optional,set"   json:"envs,omitempty"                     doc:"Environment variable."`
	InstanceSizeSlug string        `cty:"instance_size_slug" is:"default"        json:"instance_size_slug,omitempty"       doc:"Slug of the size, such as apps-s-1vcpu-1gb."`
	InstanceCount    int           `cty:"instance_count"     is:"optional"       json:"instance_count,omitempty" usual:"1" doc:"Number of instances."`
	Alert            []appLimit    `cty:"alert"              is:"optional"       json:"alerts,omitempty"                   doc:"What people are told of it."`
	LogDestination   []appLog      `cty:"log_destination"    is:"optional"       json:"log_destinations,omitempty"         doc:"Where its log goes."`
}

// appService is a component that serves requests.
type appService struct {
	appProgram
	Autoscaling         one[appAutoscaling] `cty:"autoscaling"           is:"optional,max=1" json:"autoscaling,omitempty"                         doc:"How the number follows the load."`
	HTTPPort            int                 `cty:"http_port"             is:"default"        json:"http_port,omitempty"                           doc:"Port that it listens on."`
	InternalPorts       []int               `cty:"internal_ports"        is:"default,set"    json:"internal_ports,omitempty"                      doc:"Ports that other components reach."`
	Routes              []appRoute          `cty:"routes"                is:"default"        json:"routes,omitempty"                              doc:"Requests that it serves; ingress is the newer way."`
	HealthCheck         one[appHealthCheck] `cty:"health_check"          is:"optional,max=1" json:"health_check,omitempty" usual:"empty"          doc:"Whether an instance is ready."`
	LivenessHealthCheck one[appHealthCheck] `cty:"liveness_health_check" is:"optional,max=1" json:"liveness_health_check,omitempty" usual:"empty" doc:"Whether an instance is alive."`
	CORS                one[appCORS]        `cty:"cors"                  is:"optional,max=1" json:"cors,omitempty"                                doc:"Which pages elsewhere may ask; ingress is newer."`
	Termination         one[appTermination] `cty:"termination"           is:"optional,max=1" json:"termination,omitempty" usual:"empty"           doc:"How an instance ends."`
}

// appSite is a component of files.
type appSite struct {
	appComponent
	DockerfilePath   string       `cty:"dockerfile_path"   is:"optional"       json:"dockerfile_path,omitempty"                   doc:"Path of a Dockerfile."`
	BuildCommand     string       `cty:"build_command"     is:"optional"       json:"build_command,omitempty"                     doc:"Command that builds it."`
	EnvironmentSlug  string       `cty:"environment_slug"  is:"default"        json:"environment_slug,omitempty"                  doc:"Kind of the source, such as html."`
	Env              []appEnv     `cty:"env"               is:"optional,set"   json:"envs,omitempty"                              doc:"Environment variable of the build."`
	OutputDir        string       `cty:"output_dir"        is:"optional"       json:"output_dir,omitempty"                        doc:"Directory of what is built."`
	IndexDocument    string       `cty:"index_document"    is:"optional"       json:"index_document,omitempty" usual:"index.html" doc:"Page of a directory."`
	ErrorDocument    string       `cty:"error_document"    is:"optional"       json:"error_document,omitempty" usual:"404.html"   doc:"Page of what is not there."`
	CatchallDocument string       `cty:"catchall_document" is:"optional"       json:"catchall_document,omitempty"                 doc:"Page in place of what is not there."`
	Routes           []appRoute   `cty:"routes"            is:"default"        json:"routes,omitempty"                            doc:"Requests that it serves; ingress is the newer way."`
	CORS             one[appCORS] `cty:"cors"              is:"optional,max=1" json:"cors,omitempty"                              doc:"Which pages elsewhere may ask; ingress is newer."`
}

// appWorker is a component that serves nobody.
type appWorker struct {
	appProgram
	Autoscaling         one[appAutoscaling] `cty:"autoscaling"           is:"optional,max=1" json:"autoscaling,omitempty"                         doc:"How the number follows the load."`
	LivenessHealthCheck one[appHealthCheck] `cty:"liveness_health_check" is:"optional,max=1" json:"liveness_health_check,omitempty" usual:"empty" doc:"Whether an instance is alive."`
	Termination         one[appGrace]       `cty:"termination"           is:"optional,max=1" json:"termination,omitempty" usual:"empty"           doc:"How an instance ends."`
}

// appJob is a component that runs with deployments.
type appJob struct {
	appProgram
	Kind        string        `cty:"kind"        is:"else=UNSPECIFIED" json:"kind,omitempty"                      doc:"When it runs: PRE_DEPLOY, POST_DEPLOY or FAILED_DEPLOY."`
	Termination one[appGrace] `cty:"termination" is:"optional,max=1"   json:"termination,omitempty" usual:"empty" doc:"How an instance ends."`
}

// appFunction is a component of functions.
type appFunction struct {
	appComponent
	Env            []appEnv     `cty:"env"             is:"optional,set"   json:"envs,omitempty"             doc:"Environment variable."`
	Routes         []appRoute   `cty:"routes"          is:"default"        json:"routes,omitempty"           doc:"Requests that it serves; ingress is the newer way."`
	CORS           one[appCORS] `cty:"cors"            is:"optional,max=1" json:"cors,omitempty"             doc:"Which pages elsewhere may ask; ingress is newer."`
	Alert          []appLimit   `cty:"alert"           is:"optional"       json:"alerts,omitempty"           doc:"What people are told of it."`
	LogDestination []appLog     `cty:"log_destination" is:"optional"       json:"log_destinations,omitempty" doc:"Where its log goes."`
}

// appPart is what the components of all kinds have in common.
type appPart struct {
	kind, name string
	sources    int
	envs       []appEnv
	image      one[appImage]
	limits     []appLimit
	count      int
	scaling    one[appAutoscaling]
	routable   bool
}

// parts returns the components of x. Their slices are those of x.
func (x *appSpec) parts() []appPart {
	var out []appPart
	for _, s := range x.Service {
		p := s.part("service")
		p.scaling, p.routable = s.Autoscaling, true
		out = append(out, p)
	}
	for _, s := range x.StaticSite {
		out = append(out, appPart{kind: "static_site", name: s.Name, sources: s.sources(), envs: s.Env, routable: true})
	}
	for _, w := range x.Worker {
		p := w.part("worker")
		p.scaling = w.Autoscaling
		out = append(out, p)
	}
	for _, j := range x.Job {
		out = append(out, j.part("job"))
	}
	for _, f := range x.Function {
		out = append(out, appPart{kind: "function", name: f.Name, sources: f.sources(), envs: f.Env, limits: f.Alert, routable: true})
	}
	for _, d := range x.Database {
		out = append(out, appPart{kind: "database", name: d.Name})
	}
	return out
}

func (p appProgram) part(kind string) appPart {
	return appPart{
		kind: kind, name: p.Name, sources: p.sources() + len(p.Image), envs: p.Env, image: p.Image, limits: p.Alert, count: p.InstanceCount,
	}
}

// sources counts the repositories that a component is built from.
func (c appComponent) sources() int {
	return len(c.Git) + len(c.GitHub) + len(c.GitLab) + len(c.Bitbucket)
}
