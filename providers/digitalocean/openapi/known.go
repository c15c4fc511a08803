package openapi

import "strings"

// fault is a place where the document is wrong, and not we.
type fault struct {
	why   string
	lines []string // how the lines begin that the judge would print
}

// lineOf returns the known line that f is.
func lineOf(known []fault, f finding) (string, bool) {
	text := f.String()
	for _, k := range known {
		for _, line := range k.lines {
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
		{"godo decodes these limits", []string{
			"GET /v2/account: answer 200: account.reserved_ip_limit: is not in the document",
			"GET /v2/account: answer 200: account.volume_limit: is not in the document",
		}},
		{"a misspelling, imgages; the document's own example has images", []string{
			"GET /v2/tags/{tag_id}: answer 200: tag.resources.images: is not in the document",
			"GET /v2/tags: answer 200: tags[].resources.images: is not in the document",
			"POST /v2/tags: answer 201: tag.resources.images: is not in the document",
		}},
		{"databases can be tagged, as godo does it and as the document has it in the answers", []string{
			`POST /v2/tags/{tag_id}/resources: request: resources[].resource_type: "database": value is not one of`,
		}},
		{"a list of regions older than the region, which the document has in the answer of GET /v2/databases/options", []string{
			`GET /v2/droplets/{droplet_id}: answer 200: droplet.image.regions[]: "atl1": value is not one of`,
			`GET /v2/droplets/{droplet_id}: answer 200: droplet.image.regions[]: "ric1": value is not one of`,
			`GET /v2/droplets: answer 200: droplets[].image.regions[]: "atl1": value is not one of`,
			`GET /v2/droplets: answer 200: droplets[].image.regions[]: "ric1": value is not one of`,
			`GET /v2/images/{image_id}: answer 200: image.regions[]: "atl1": value is not one of`,
			`GET /v2/images/{image_id}: answer 200: image.regions[]: "ric1": value is not one of`,
			`POST /v2/droplets: answer 202: droplet.image.regions[]: "atl1": value is not one of`,
			`POST /v2/droplets: answer 202: droplet.image.regions[]: "ric1": value is not one of`,
		}},
		{"lists without pages; godo and Terraform's provider ask for them nevertheless, and what has pages must be asked for all", []string{
			"GET /v2/databases: request: query parameter page: is not in the document",
			"GET /v2/databases: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/dbs: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/dbs: request: query parameter per_page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/users: request: query parameter page: is not in the document",
			"GET /v2/databases/{database_cluster_uuid}/users: request: query parameter per_page: is not in the document",
		}},
		{"no environment is an empty one: godo always sends the field, and Terraform's provider keeps what is answered", []string{
			`POST /v2/projects: request: environment: "": value is not one of`,
			`POST /v2/projects: answer 201: project.environment: "": value is not one of`,
			`GET /v2/projects/{project_id}: answer 200: project.environment: "": value is not one of`,
			`GET /v2/projects: answer 200: projects[].environment: "": value is not one of`,
		}},
		{"the default project is an empty one: godo always sends the field", []string{
			`POST /v2/databases: request: project_id: "": string doesn't match the format "uuid"`,
		}},
		{"godo sends objects with ids, and so does everybody who uses it", []string{
			"POST /v2/droplets: request: volumes[]: value must be a string",
		}},
		{"godo always sends all fields of a rule; the API sets these itself", []string{
			`PUT /v2/databases/{database_cluster_uuid}/firewall: request: rules[].cluster_uuid: readOnly property`,
			`PUT /v2/databases/{database_cluster_uuid}/firewall: request: rules[].created_at: readOnly property`,
		}},
	}
}
