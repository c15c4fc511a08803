package openapi

import (
	"slices"
	"strings"
)

// fault is a place where the document is wrong, and not we.
type fault struct {
	why   string
	lines []string // how the lines begin that the judge would print
	aside []string // more of them, which only sessions and the fake's own tests meet
}

// lineOf returns the known line that f is.
func lineOf(known []fault, f finding) (string, bool) {
	text := f.String()
	for _, k := range known {
		for _, line := range slices.Concat(k.lines, k.aside) {
			if strings.HasPrefix(text, line) {
				return line, true
			}
		}
	}
	return "", false
}

// knownFaults are those of the document of 2026. Each line is met by the
// conformance suite.
func knownFaults() []fault {
	return []fault{
		{why: "godo decodes these limits", lines: []string{
			"GET /v2/account: answer 200: account.reserved_ip_limit: is not in the document",
			"GET /v2/account: answer 200: account.volume_limit: is not in the document",
		}},
		{why: "a misspelling, imgages; the document's own example has images", lines: []string{
			"GET /v2/tags/{tag_id}: answer 200: tag.resources.images: is not in the document",
			"GET /v2/tags: answer 200: tags[].resources.images: is not in the document",
			"POST /v2/tags: answer 201: tag.resources.images: is not in the document",
		}},
		{why: "databases can be tagged, as godo does it and as the document has it in the answers", lines: []string{
			`POST /v2/tags/{tag_id}/resources: request: resources[].resource_type: "database": value is not one of`,
		}},
		{why: "a list of regions older than the region, which the document has in the answer of GET /v2/databases/options", lines: []string{
			`GET /v2/droplets/{droplet_id}: answer 200: droplet.image.regions[]: "atl1": value is not one of`,
			`GET /v2/droplets/{droplet_id}: answer 200: droplet.image.regions[]: "ric1": value is not one of`,
			`GET /v2/droplets: answer 200: droplets[].image.regions[]: "atl1": value is not one of`,
			`GET /v2/droplets: answer 200: droplets[].image.regions[]: "ric1": value is not one of`,
			`GET /v2/images: answer 200: images[].regions[]: "atl1": value is not one of`,
			`GET /v2/images: answer 200: images[].regions[]: "ric1": value is not one of`,
			`GET /v2/images/{image_id}: answer 200: image.regions[]: "atl1": value is not one of`,
			`GET /v2/images/{image_id}: answer 200: image.regions[]: "ric1": value is not one of`,
			`POST /v2/droplets: answer 202: droplet.image.regions[]: "atl1": value is not one of`,
			`POST /v2/droplets: answer 202: droplet.image.regions[]: "ric1": value is not one of`,
		}, aside: []string{
			`POST /v2/droplets: answer 202: droplets[].image.regions[]: "atl1": value is not one of`,
			`POST /v2/droplets: answer 202: droplets[].image.regions[]: "ric1": value is not one of`,
		}},
		{why: "godo reads storage as it is, and not inside of autoscale: the fake answers both", aside: []string{
			"GET /v2/databases/{database_cluster_uuid}/autoscale: answer 200: storage: is not in the document",
		}},
		{why: "lists without pages; godo and Terraform's provider ask for them nevertheless, and what has pages must be asked for all", lines: []string{
			"GET /v2/databases: request: query parameter page: is not in the document",
			"GET /v2/databases: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/dbs: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/dbs: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/users: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/users: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/pools: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/pools: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/replicas: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/replicas: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/topics: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/topics: request: query parameter per_page: is not in the document",
		}},
		{why: "no environment is an empty one: godo always sends the field, and Terraform's provider keeps what is answered", lines: []string{
			`POST /v2/projects: request: environment: "": value is not one of`,
			`POST /v2/projects: answer 201: project.environment: "": value is not one of`,
			`GET /v2/projects/{project_id}: answer 200: project.environment: "": value is not one of`,
			`GET /v2/projects: answer 200: projects[].environment: "": value is not one of`,
		}},
		{why: "apps can be in projects: godo names them so, and Terraform's provider says it", lines: []string{
			`GET /v2/projects/{project_id}/resources: answer 200: resources[].urn: "do:app:`,
			`POST /v2/projects/{project_id}/resources: answer 200: resources[].urn: "do:app:`,
			`POST /v2/projects/{project_id}/resources: request: resources[]: "do:app:`,
		}},
		{why: "the default project is an empty one: godo always sends the field", lines: []string{
			`POST /v2/databases: request: project_id: "": string doesn't match the format "uuid"`,
		}},
		{why: "godo sends objects with ids, and so does everybody who uses it", lines: []string{
			"POST /v2/droplets: request: volumes[]: value must be a string",
		}},
		{why: "credentials inside of credentials; the document's own example has them once, as godo", lines: []string{
			"GET /v2/databases/metrics/credentials: answer 200: credentials.basic_auth_username: is not in the document",
			"GET /v2/databases/metrics/credentials: answer 200: credentials.basic_auth_password: is not in the document",
		}},
		{why: "godo and Terraform's provider have these settings of topics", lines: []string{
			"GET /v2/databases/{database_cluster_uuid}/topics/{topic_name}: answer 200: topic.config.message_timestamp_difference_max_ms: is not in",
			"GET /v2/databases/{database_cluster_uuid}/topics/{topic_name}: answer 200: topic.config.segment_index_bytes: is not in",
			"POST /v2/databases/{database_cluster_uuid}/topics: answer 201: topic.config.message_timestamp_difference_max_ms: is not in",
			"POST /v2/databases/{database_cluster_uuid}/topics: answer 201: topic.config.segment_index_bytes: is not in",
			"PUT /v2/databases/{database_cluster_uuid}/topics/{topic_name}: request: config.message_timestamp_difference_max_ms: is not in",
			"PUT /v2/databases/{database_cluster_uuid}/topics/{topic_name}: request: config.segment_index_bytes: is not in",
			"PUT /v2/databases/{database_cluster_uuid}/topics/{topic_name}: answer 200: topic.config.message_timestamp_difference_max_ms: is not in",
			"PUT /v2/databases/{database_cluster_uuid}/topics/{topic_name}: answer 200: topic.config.segment_index_bytes: is not in",
		}},
		{why: "godo and Terraform's provider have these of a gateway", lines: []string{
			"GET /v2/vpc_nat_gateways/{id}: answer 200: vpc_nat_gateway.project_id: is not in the document",
			"GET /v2/vpc_nat_gateways/{id}: answer 200: vpc_nat_gateway.vpcs[].default_gateway: is not in the document",
			"GET /v2/vpc_nat_gateways: answer 200: vpc_nat_gateways[].project_id: is not in the document",
			"GET /v2/vpc_nat_gateways: answer 200: vpc_nat_gateways[].vpcs[].default_gateway: is not in the document",
			"POST /v2/vpc_nat_gateways: answer 202: vpc_nat_gateway.project_id: is not in the document",
			"POST /v2/vpc_nat_gateways: request: project_id: is not in the document",
		}},
		{why: "the answer is that of a read, as godo has it; without an id nobody could ask for the gateway again", lines: []string{
			"POST /v2/vpc_nat_gateways: answer 202: vpc_nat_gateway.created_at: is not in the document",
			"POST /v2/vpc_nat_gateways: answer 202: vpc_nat_gateway.id: is not in the document",
			"POST /v2/vpc_nat_gateways: answer 202: vpc_nat_gateway.state: is not in the document",
			"POST /v2/vpc_nat_gateways: answer 202: vpc_nat_gateway.updated_at: is not in the document",
		}},
		{why: "an action inside of an answer, as the document's own examples have it", lines: []string{
			"POST /v2/images/{image_id}/actions: answer 201: action: is not in the document",
		}, aside: []string{
			"GET /v2/images/{image_id}/actions/{action_id}: answer 200: action: is not in the document",
		}},
		{why: "godo always sends the fields, and the path has the volume", lines: []string{
			"POST /v2/volumes/{volume_id}/snapshots: request: description: is not in the document",
			"POST /v2/volumes/{volume_id}/snapshots: request: volume_id: is not in the document",
		}},
		{why: "a list of distributions older than AlmaLinux, which DigitalOcean offers", lines: []string{
			`GET /v2/images: answer 200: images[].distribution: "AlmaLinux": value is not one of`,
		}},
		{why: "godo has the modes of GPUs", lines: []string{
			"GET /v2/sizes: answer 200: sizes[].gpu_info.supported_partition_modes: is not in the document",
		}, aside: []string{
			"GET /v2/droplets/{droplet_id}: answer 200: droplet.gpu_info.supported_partition_modes: is not in the document",
			"GET /v2/droplets/{droplet_id}: answer 200: droplet.size.gpu_info.supported_partition_modes: is not in the document",
			"POST /v2/droplets: answer 202: droplet.gpu_info.supported_partition_modes: is not in the document",
			"POST /v2/droplets: answer 202: droplet.size.gpu_info.supported_partition_modes: is not in the document",
			"POST /v2/droplets: answer 202: droplet.gpu_partition_mode: is not in the document",
			"POST /v2/droplets: request: gpu_partition_mode: is not in the document",
		}},
		{why: "one key, as the document's own example has it, where the schema has a list", lines: []string{
			"GET /v2/spaces/keys/{access_key}: answer 200: key: is not in the document",
		}},
		{why: "required, and in no list of fields, in no example and not in godo", lines: []string{
			`POST /v2/uptime/checks: request: method: property "method" is missing`,
		}},
		{why: "godo and Terraform's provider have these of apps and of services", lines: every(
			[]string{
				"GET /v2/apps/{id}: answer 200: app.active_deployment.spec",
				"GET /v2/apps/{id}: answer 200: app.in_progress_deployment.spec",
				"GET /v2/apps/{id}: answer 200: app.pending_deployment.spec",
				"GET /v2/apps/{id}: answer 200: app.spec",
				"GET /v2/apps: answer 200: apps[].active_deployment.spec",
				"GET /v2/apps: answer 200: apps[].spec",
				"POST /v2/apps: answer 200: app.pending_deployment.spec",
				"POST /v2/apps: answer 200: app.spec",
				"PUT /v2/apps/{id}: answer 200: app.pending_deployment.spec",
				"PUT /v2/apps/{id}: answer 200: app.spec",
			}, "alerts", "envs", "features", "services[].alerts",
		), aside: every(
			[]string{
				"GET /v2/apps/{app_id}/deployments: answer 200: deployments[].spec",
				"GET /v2/apps: answer 200: apps[].in_progress_deployment.spec",
				"GET /v2/apps: answer 200: apps[].pending_deployment.spec",
				"POST /v2/apps: answer 200: app.active_deployment.spec",
				"PUT /v2/apps/{id}: answer 200: app.active_deployment.spec",
			}, "alerts", "envs", "features", "services[].alerts",
		)},
		{why: "the same, as they are sent", lines: every(
			[]string{"POST /v2/apps: request: spec", "PUT /v2/apps/{id}: request: spec"}, "alerts", "envs", "services[].alerts",
		)},
		{why: "godo sums up what the registries use", lines: []string{
			"GET /v2/registries: answer 200: total_storage_usage_bytes: is not in the document",
		}},
		{why: "the path with the name of a registry takes what the one without takes, as godo asks it", lines: []string{
			"GET /v2/registries/{registry_name}/docker-credentials: request: query parameter expiry_seconds: is not in the document",
			"GET /v2/registries/{registry_name}/docker-credentials: request: query parameter read_write: is not in the document",
		}},
		{why: "of the control panel and not of the API: Terraform's provider revokes the tokens of registries there", lines: []string{
			"POST /v1/oauth/revoke: request: the whole: the document has no such path and method",
		}},
		{why: "the word for a certificate of Cloudflare's, which Terraform's provider sends and reads", lines: []string{
			`GET /v2/cdn/endpoints/{cdn_id}: answer 200: endpoint.certificate_id: "needs-cloudflare-cert": string doesn't match`,
			`GET /v2/cdn/endpoints: answer 200: endpoints[].certificate_id: "needs-cloudflare-cert": string doesn't match`,
			`POST /v2/cdn/endpoints: answer 201: endpoint.certificate_id: "needs-cloudflare-cert": string doesn't match`,
			`POST /v2/cdn/endpoints: request: certificate_id: "needs-cloudflare-cert": string doesn't match`,
			`PUT /v2/cdn/endpoints/{cdn_id}: answer 200: endpoint.certificate_id: "needs-cloudflare-cert": string doesn't match`,
			`PUT /v2/cdn/endpoints/{cdn_id}: request: certificate_id: "needs-cloudflare-cert": string doesn't match`,
		}},
		{why: "godo always sends the field, empty", lines: []string{
			`POST /v2/kubernetes/clusters: request: maintenance_policy.duration: readOnly property "duration" in request`,
			`PUT /v2/kubernetes/clusters/{cluster_id}: request: maintenance_policy.duration: readOnly property "duration" in request`,
		}},
		{why: "a global load balancer has glb_settings in the place of rules: godo leaves them out, and so do the tests of Terraform's provider", aside: []string{
			"GET /v2/load_balancers/{lb_id}: answer 200: load_balancer.forwarding_rules: minimum number of items is 1",
			"POST /v2/load_balancers: answer 202: load_balancer.forwarding_rules: minimum number of items is 1",
			`POST /v2/load_balancers: request: forwarding_rules: property "forwarding_rules" is missing`,
			"PUT /v2/load_balancers/{lb_id}: answer 200: load_balancer.forwarding_rules: minimum number of items is 1",
			`PUT /v2/load_balancers/{lb_id}: request: forwarding_rules: property "forwarding_rules" is missing`,
		}},
		{why: "godo reads vpc_peerings and vpc_peering, as on every other path of peerings", aside: []string{
			"GET /v2/vpcs/{vpc_id}/peerings: answer 200: vpc_peerings: is not in the document",
			"POST /v2/vpcs/{vpc_id}/peerings: answer 202: vpc_peering: is not in the document",
		}},
		{why: "the answer is that of a read, as godo and the document's own example have it", lines: every(
			[]string{"PUT /v2/vpc_nat_gateways/{id}: answer 200: vpc_nat_gateway"},
			"created_at", "egresses", "id", "project_id", "region", "state", "type", "updated_at", "vpcs[].gateway_ip",
		)},
		{why: "a change is a full representation; godo sends the body of a creation", lines: []string{
			"PUT /v2/vpc_nat_gateways/{id}: request: project_id: is not in the document",
			"PUT /v2/vpc_nat_gateways/{id}: request: region: is not in the document",
			"PUT /v2/vpc_nat_gateways/{id}: request: type: is not in the document",
		}},
	}
}

// every returns the lines that say of each field, in each of the places, that
// it is not in the document.
func every(places []string, fields ...string) []string {
	var lines []string
	for _, place := range places {
		for _, field := range fields {
			lines = append(lines, place+"."+field+": is not in the document")
		}
	}
	return lines
}
