package fake

import (
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

// uuidPattern is what models are named by. The catalogue of the cloud changes by
// the week: any UUID counts as one of it.
var uuidPattern = providers.NewPattern(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// The models that the catalogue shows.
const (
	llamaUUID     = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
	embeddingUUID = "22653204-79ed-11ef-bf8f-4e013e2ddde4"
)

func (c *Cloud) gradientRoutes() map[string]handler {
	const agent, base = "/v2/gen-ai/agents/{id}", "/v2/gen-ai/knowledge_bases/{id}"
	return map[string]handler{
		"POST /v2/gen-ai/agents":                         c.createAgent,
		"GET /v2/gen-ai/agents":                          c.listAgents,
		"GET " + agent:                                   c.readAgent,
		"PUT " + agent:                                   c.updateAgent,
		"DELETE " + agent:                                c.deleteAgent,
		"PUT " + agent + "/deployment_visibility":        c.setVisibility,
		"POST " + agent + "/knowledge_bases/{base}":      c.attachKnowledgeBase,
		"DELETE " + agent + "/knowledge_bases/{base}":    c.detachKnowledgeBase,
		"POST " + agent + "/functions":                   c.attachFunction,
		"PUT " + agent + "/functions/{function}":         c.updateFunction,
		"DELETE " + agent + "/functions/{function}":      c.detachFunction,
		"POST " + agent + "/child_agents/{child}":        c.attachChild,
		"PUT " + agent + "/child_agents/{child}":         c.updateChild,
		"DELETE " + agent + "/child_agents/{child}":      c.detachChild,
		"POST /v2/gen-ai/knowledge_bases":                c.createKnowledgeBase,
		"GET /v2/gen-ai/knowledge_bases":                 c.listKnowledgeBases,
		"GET " + base:                                    c.readKnowledgeBase,
		"PUT " + base:                                    c.updateKnowledgeBase,
		"DELETE " + base:                                 c.deleteKnowledgeBase,
		"GET " + base + "/data_sources":                  c.listKnowledgeSources,
		"POST " + base + "/data_sources":                 c.addKnowledgeSource,
		"DELETE " + base + "/data_sources/{source}":      c.deleteKnowledgeSource,
		"POST /v2/gen-ai/openai/keys":                    c.createOpenAIKey,
		"GET /v2/gen-ai/openai/keys":                     c.listOpenAIKeys,
		"GET /v2/gen-ai/openai/keys/{id}":                c.readOpenAIKey,
		"PUT /v2/gen-ai/openai/keys/{id}":                c.updateOpenAIKey,
		"DELETE /v2/gen-ai/openai/keys/{id}":             c.deleteOpenAIKey,
		"GET /v2/gen-ai/openai/keys/{id}/agents":         c.listAgentsOfKey,
		"GET " + agent + "/versions":                     c.listAgentVersions,
		"GET " + base + "/indexing_jobs":                 c.listIndexingJobsOf,
		"GET /v2/gen-ai/indexing_jobs":                   c.listIndexingJobs,
		"GET /v2/gen-ai/indexing_jobs/{id}":              c.readIndexingJob,
		"PUT /v2/gen-ai/indexing_jobs/{id}/cancel":       c.cancelIndexingJob,
		"GET /v2/gen-ai/indexing_jobs/{id}/data_sources": c.listIndexedSources,
		"POST /v2/gen-ai/custom_models/import":           c.importCustomModel,
		"GET /v2/gen-ai/custom_models":                   c.listCustomModels,
		"GET /v2/gen-ai/custom_models/{id}":              c.readCustomModel,
		"PATCH /v2/gen-ai/custom_models/{id}/metadata":   c.updateCustomModel,
		"DELETE /v2/gen-ai/custom_models/{id}":           c.deleteCustomModel,
		"GET /v2/gen-ai/models":                          c.listModels,
		"GET /v2/gen-ai/regions":                         c.listGradientRegions,
	}
}

// gradientRegions are where agents run.
var gradientRegions = []string{"tor1", "nyc1", "ams3"}

func (c *Cloud) listGradientRegions(*request) (reply, error) {
	var views []any
	for _, r := range gradientRegions {
		views = append(views, map[string]any{
			"region": r, "inference_url": "https://inference." + r + ".example.com", "stream_inference_url": "https://stream." + r + ".example.com",
			"serves_batch": r == "tor1", "serves_inference": true,
		})
	}
	return ok(map[string]any{"regions": views})
}

// modelView is how the catalogue and agents show a model; only the catalogue has
// its id.
func modelView(uuid, name string) map[string]any {
	return map[string]any{
		"uuid": uuid, "name": name, "is_foundational": true, "upload_complete": true,
		"url": "https://models.example.com/" + name, "created_at": "2024-12-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z",
		"agreement": map[string]any{"uuid": "0d6fcf3c-d1f0-11ef-bf8f-4e013e2ddde4", "name": "Licence of " + name, "description": "What it may be used for.", "url": "https://models.example.com/licence"},
		"version":   map[string]any{"major": 1, "minor": 0, "patch": 0},
	}
}

func (c *Cloud) listModels(q *request) (reply, error) {
	views := []map[string]any{modelView(llamaUUID, "llama3.3-70b-instruct"), modelView(embeddingUUID, "gte-large-en-v1.5")}
	return list(q, "models", views, func(v map[string]any) map[string]any {
		v["id"] = v["name"]
		return v
	})
}

// checkPlace refuses a project or region that is not there.
func (c *Cloud) checkPlace(project, region string) error {
	if _, found := c.s.Projects.Find(project); !found {
		return badRequest("project %q does not exist", project)
	}
	if region != "" && !slices.Contains(gradientRegions, region) {
		return badRequest("region %q is not supported", region)
	}
	return nil
}
