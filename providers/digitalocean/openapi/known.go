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
			"POST /v2/droplets: request: gpu_partition_mode: is not in the document",
		}},
		{why: "one key, as the document's own example has it, where the schema has a list", lines: []string{
			"GET /v2/spaces/keys/{access_key}: answer 200: key: is not in the document",
		}},
		{why: "required, and in no list of fields, in no example and not in godo", lines: []string{
			`POST /v2/uptime/checks: request: method: property "method" is missing`,
		}},
	}
}
