package fake

import (
	"fmt"
	"testing"
	"time"
)

// agentBody is what an agent in the default project needs.
func agentBody(a *account) jsonObject {
	return jsonObject{
		"name": "support", "instruction": "Be brief.", "model_uuid": llamaUUID, "region": "tor1", "tags": []string{"ml"},
		"project_id": at(a.do(200, "GET", "/v2/projects/default", nil), "project", "id"),
	}
}

func TestAgents(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute})
	const path = "/v2/gen-ai/agents"
	body := agentBody(a)
	for field, bad := range map[string]any{
		"name": "", "instruction": "", "model_uuid": "llama", "project_id": "none", "region": "fra1", "open_ai_key_uuid": "none", "knowledge_base_uuid": []string{"none"},
	} {
		a.do(400, "POST", path, with(body, field, bad))
	}
	out := a.do(200, "POST", path, body)
	a.expect(out, "STATUS_DEPLOYING", "agent", "deployment", "status")
	one := fmt.Sprintf("%s/%v", path, at(out, "agent", "uuid"))
	a.do(400, "PUT", one+"/deployment_visibility", jsonObject{"visibility": "VISIBILITY_PUBLIC"})
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", one, nil), "STATUS_RUNNING", "agent", "deployment", "status")
	a.do(400, "PUT", one+"/deployment_visibility", jsonObject{"visibility": "everybody"})
	a.expect(a.do(200, "PUT", one+"/deployment_visibility", jsonObject{"visibility": "VISIBILITY_PUBLIC"}), "VISIBILITY_PUBLIC", "agent", "deployment", "visibility")
	for field, bad := range map[string]any{"temperature": 2, "top_p": -1, "k": -1, "retrieval_method": "guess", "name": "", "project_id": "none"} {
		a.do(400, "PUT", one, jsonObject{field: bad})
	}
	changed := a.do(200, "PUT", one, jsonObject{"temperature": 0, "max_tokens": 12})
	a.expect(changed, 0, "agent", "temperature")
	a.expect(changed, "support", "agent", "name")
	a.expect(a.do(200, "GET", path+"?per_page=1", nil), 1, "meta", "total")

	child := at(a.do(200, "POST", path, with(body, "name", "billing")), "agent", "uuid")
	route := fmt.Sprintf("%s/child_agents/%v", one, child)
	a.do(404, "PUT", route, jsonObject{"if_case": "money"})
	a.do(200, "POST", route, jsonObject{"if_case": "money", "route_name": "billing"})
	a.do(404, "POST", fmt.Sprintf("%s/child_agents/%v", one, at(out, "agent", "uuid")), jsonObject{})
	a.expect(a.do(200, "GET", one, nil), "money", "agent", "child_agents", 0, "if_case")
	a.do(200, "DELETE", fmt.Sprintf("%s/%v", path, child), nil)
	a.expect(a.do(200, "GET", one, nil), "[]", "agent", "child_agents")
	a.do(404, "DELETE", route, nil)
	a.do(200, "DELETE", one, nil)
	a.do(404, "GET", one, nil)
}

func TestAgentFunctions(t *testing.T) {
	a := newAccount(t, Options{})
	namespace := at(a.do(200, "POST", "/v2/functions/namespaces", jsonObject{"label": "ml", "region": "fra1"}), "namespace", "namespace")
	one := fmt.Sprintf("/v2/gen-ai/agents/%v", at(a.do(200, "POST", "/v2/gen-ai/agents", agentBody(a)), "agent", "uuid"))
	body := jsonObject{"function_name": "f", "description": "d", "faas_name": "default/f", "faas_namespace": namespace, "input_schema": jsonObject{"parameters": []any{}}}
	for field, bad := range map[string]any{"function_name": "", "description": "", "faas_namespace": "fn-none", "input_schema": nil} {
		a.do(400, "POST", one+"/functions", with(body, field, bad))
	}
	out := a.do(200, "POST", one+"/functions", body)
	a.refused(400, "of that name", "POST", one+"/functions", body)
	path := fmt.Sprintf("%s/functions/%v", one, at(out, "agent", "functions", 0, "uuid"))
	a.expect(a.do(200, "PUT", path, with(body, "description", "other")), "other", "agent", "functions", 0, "description")
	a.do(200, "DELETE", path, nil)
	a.do(404, "DELETE", path, nil)
	a.do(404, "PUT", path, body)
}

func TestKnowledgeBases(t *testing.T) {
	a := newAccount(t, Options{DBReady: time.Minute})
	const path = "/v2/gen-ai/knowledge_bases"
	source := jsonObject{"web_crawler_data_source": jsonObject{"base_url": "https://example.com", "crawling_option": "SCOPED"}}
	body := with(agentBody(a), "instruction", nil)
	body["embedding_model_uuid"], body["datasources"] = embeddingUUID, []any{source}
	for field, bad := range map[string]any{
		"name": "x", "project_id": "none", "region": "fra1", "embedding_model_uuid": "gte", "datasources": []any{}, "vpc_uuid": "none",
	} {
		a.do(400, "POST", path, with(body, field, bad))
	}
	a.do(400, "POST", path, with(body, "datasources", []any{jsonObject{}}))
	out := a.do(200, "POST", path, body)
	one := fmt.Sprintf("%s/%v", path, at(out, "knowledge_base", "uuid"))
	a.expect(a.do(200, "GET", one, nil), "CREATING", "database_status")
	a.refused(400, "not ready", "POST", one+"/data_sources", source)
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", one, nil), "ONLINE", "database_status")
	for _, bad := range []jsonObject{
		{}, {"web_crawler_data_source": jsonObject{"base_url": "ftp"}},
		{"web_crawler_data_source": jsonObject{"base_url": "https://a", "crawling_option": "ALL"}}, {"spaces_data_source": jsonObject{"region": "fra1"}},
	} {
		a.do(400, "POST", one+"/data_sources", bad)
	}
	added := a.do(200, "POST", one+"/data_sources", jsonObject{"spaces_data_source": jsonObject{"bucket_name": "b", "region": "fra1"}})
	a.expect(a.do(200, "GET", one+"/data_sources", nil), 2, "meta", "total")
	a.do(400, "PUT", one, jsonObject{"name": "x"})
	a.expect(a.do(200, "PUT", one, jsonObject{"tags": []string{}}), "support", "knowledge_base", "name")

	agent := fmt.Sprintf("/v2/gen-ai/agents/%v", at(a.do(200, "POST", "/v2/gen-ai/agents", agentBody(a)), "agent", "uuid"))
	link := fmt.Sprintf("%s/knowledge_bases/%v", agent, at(out, "knowledge_base", "uuid"))
	a.do(404, "DELETE", link, nil)
	a.do(200, "POST", link, nil)
	a.do(404, "POST", agent+"/knowledge_bases/none", nil)
	a.expect(a.do(200, "GET", agent, nil), "support", "agent", "knowledge_bases", 0, "name")

	gone := fmt.Sprintf("%s/data_sources/%v", one, at(added, "knowledge_base_data_source", "uuid"))
	a.do(200, "DELETE", gone, nil)
	a.do(404, "DELETE", gone, nil)
	a.do(200, "DELETE", one, nil)
	a.do(404, "GET", one, nil)
	a.expect(a.do(200, "GET", agent, nil), "[]", "agent", "knowledge_bases")
}

func TestOpenAIKeys(t *testing.T) {
	a := newAccount(t, Options{})
	const path = "/v2/gen-ai/openai/keys"
	for _, bad := range []jsonObject{{"name": "k"}, {"api_key": "sk-1"}, {"name": "k", "api_key": "1"}} {
		a.do(400, "POST", path, bad)
	}
	out := a.do(200, "POST", path, jsonObject{"name": "k", "api_key": "sk-1"})
	a.expect(at(out, "api_key_info"), nil, "api_key")
	one := fmt.Sprintf("%s/%v", path, at(out, "api_key_info", "uuid"))
	a.do(400, "PUT", one, jsonObject{"name": ""})
	a.expect(a.do(200, "PUT", one, jsonObject{"name": "new"}), "new", "api_key_info", "name")
	a.do(200, "POST", "/v2/gen-ai/agents", with(agentBody(a), "open_ai_key_uuid", at(out, "api_key_info", "uuid")))
	a.expect(a.do(200, "GET", one+"/agents", nil), "support", "agents", 0, "name")
	a.expect(a.do(200, "GET", path, nil), 1, "meta", "total")
	a.do(200, "DELETE", one, nil)
	a.do(404, "GET", one, nil)
}

// Each change of an agent is a version; the newest comes first and is applied.
func TestAgentVersions(t *testing.T) {
	a := newAccount(t, Options{})
	one := fmt.Sprintf("/v2/gen-ai/agents/%v", at(a.do(200, "POST", "/v2/gen-ai/agents", agentBody(a)), "agent", "uuid"))
	a.do(200, "GET", one, nil)
	a.do(200, "PUT", one, jsonObject{"instruction": "Be long."})
	a.do(200, "PUT", one, jsonObject{"instruction": "Be long."})
	out := a.do(200, "GET", one+"/versions", nil)
	a.expect(out, 2, "meta", "total")
	a.expect(out, "Be long.", "agent_versions", 0, "instruction")
	a.expect(out, true, "agent_versions", 0, "currently_applied")
	a.expect(out, "Be brief.", "agent_versions", 1, "instruction")
	a.expect(out, true, "agent_versions", 1, "can_rollback")
	a.do(404, "GET", "/v2/gen-ai/agents/none/versions", nil)
}

func TestIndexingJobs(t *testing.T) {
	a := newAccount(t, Options{DBReady: time.Minute})
	body := jsonObject{
		"name": "docs", "region": "tor1", "embedding_model_uuid": embeddingUUID, "project_id": at(a.do(200, "GET", "/v2/projects/default", nil), "project", "id"),
		"datasources": []any{jsonObject{"web_crawler_data_source": jsonObject{"base_url": "https://a"}}},
	}
	base := fmt.Sprintf("/v2/gen-ai/knowledge_bases/%v", at(a.do(200, "POST", "/v2/gen-ai/knowledge_bases", body), "knowledge_base", "uuid"))
	out := a.do(200, "GET", base+"/indexing_jobs", nil)
	a.expect(out, "INDEX_JOB_STATUS_PENDING", "jobs", 0, "status")
	one := fmt.Sprintf("/v2/gen-ai/indexing_jobs/%v", at(out, "jobs", 0, "uuid"))
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", one, nil), "BATCH_JOB_PHASE_RUNNING", "job", "phase")
	a.clock.Advance(indexingTime)
	a.expect(a.do(200, "GET", one, nil), "INDEX_JOB_STATUS_COMPLETED", "job", "status")
	a.expect(a.do(200, "GET", one+"/data_sources", nil), "DATA_SOURCE_STATUS_UPDATED", "indexed_data_sources", 0, "status")
	a.do(400, "PUT", one+"/cancel", jsonObject{})
	a.expect(a.do(200, "GET", "/v2/gen-ai/indexing_jobs", nil), 1, "meta", "total")
	a.do(404, "PUT", "/v2/gen-ai/indexing_jobs/none/cancel", jsonObject{})
	a.do(200, "DELETE", base, nil)
	a.do(404, "GET", one, nil)
}

func TestCustomModels(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute})
	const path = "/v2/gen-ai/custom_models"
	body := jsonObject{"name": "m", "source_type": fromHuggingFace, "source_ref": jsonObject{"repo_id": "org/model"}}
	for field, bad := range map[string]any{
		"name": "", "source_type": "SOURCE_TYPE_FTP", "source_ref": jsonObject{"repo_id": "org/model", "access_type": "ACCESS_TYPE_GATED"},
	} {
		a.do(400, "POST", path+"/import", with(body, field, bad))
	}
	a.do(400, "POST", path+"/import", with(body, "source_ref", jsonObject{"repo_id": "org/model", "access_type": "ACCESS_TYPE_GATED", "hf_token": "t"}))
	a.do(400, "POST", path+"/import", with(body, "source_ref", jsonObject{"repo_id": "model"}))
	out := a.do(200, "POST", path+"/import", body)
	a.expect(out, "STATUS_IMPORTING", "model", "status")
	one := fmt.Sprintf("%s/%v", path, at(out, "model", "uuid"))
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", one, nil), "apache-2.0", "model", "license")
	changed := a.do(200, "PATCH", one+"/metadata", jsonObject{"description": "d", "license": "mine"})
	a.expect(changed, "d", "model", "description")
	a.expect(changed, "apache-2.0", "model", "license")
	a.expect(a.do(200, "GET", path+"?status=STATUS_FAILED", nil), 0, "meta", "total")
	a.do(200, "DELETE", one, nil)
	a.do(404, "GET", one, nil)
}
