package digitalocean

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

const someUUID = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"

func TestCheckAgent(t *testing.T) {
	good := gradientAgent{Name: "a", Instruction: "b", ModelUUID: someUUID, ProjectID: someUUID}
	if err := checkAgent(nil, good); err != nil {
		t.Fatalf("a good agent: %v", err)
	}
	for want, change := range map[string]func(*gradientAgent){
		"name and instruction":     func(x *gradientAgent) { x.Instruction = "" },
		"model_uuid \"llama\"":     func(x *gradientAgent) { x.ModelUUID = "llama" },
		"not the id of a project":  func(x *gradientAgent) { x.ProjectID = "default" },
		"temperature 2":            func(x *gradientAgent) { x.Temperature = new(2.0) },
		"top_p -1":                 func(x *gradientAgent) { x.TopP = new(-1.0) },
		"RETRIEVAL_METHOD_REWRITE": func(x *gradientAgent) { x.RetrievalMethod = "REWRITE" },
		"VISIBILITY_PRIVATE":       func(x *gradientAgent) { x.Deployment = []agentDeployment{{Visibility: "PUBLIC"}} },
	} {
		x := good
		change(&x)
		if err := checkAgent(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	odd := good
	odd.RetrievalMethod = "RETRIEVAL_METHOD_UNKNOWN"
	if err := checkAgent(&odd, odd); err != nil {
		t.Errorf("what the API has chosen is refused: %v", err)
	}
}

func TestCheckKnowledgeBase(t *testing.T) {
	web := knowledgeSource{WebCrawler: []webCrawlerSource{{BaseURL: "https://a", CrawlingOption: "UNKNOWN"}}}
	good := knowledgeBase{Name: "docs", ProjectID: someUUID, EmbeddingModelUUID: someUUID, Datasources: []knowledgeSource{web}}
	if err := checkKnowledgeBase(nil, good); err != nil {
		t.Fatalf("a good knowledge base: %v", err)
	}
	for want, change := range map[string]func(*knowledgeBase){
		"2 to 32":              func(x *knowledgeBase) { x.Name = "d" },
		"embedding_model_uuid": func(x *knowledgeBase) { x.EmbeddingModelUUID = "gte" },
		"needs a datasources":  func(x *knowledgeBase) { x.Datasources = nil },
		"stands twice":         func(x *knowledgeBase) { x.Datasources = []knowledgeSource{web, web} },
		"exactly one of":       func(x *knowledgeBase) { x.Datasources = []knowledgeSource{{}} },
		"is not a URL": func(x *knowledgeBase) {
			x.Datasources = []knowledgeSource{{WebCrawler: []webCrawlerSource{{BaseURL: "a"}}}}
		},
		"none of UNKNOWN": func(x *knowledgeBase) {
			x.Datasources = []knowledgeSource{{WebCrawler: []webCrawlerSource{{"https://a", "ALL", false}}}}
		},
		"bucket_name and region":     func(x *knowledgeBase) { x.Datasources = []knowledgeSource{{Spaces: []spacesSource{{BucketName: "b"}}}} },
		"not the id of a project: w": func(x *knowledgeBase) { x.ProjectID = "p" },
	} {
		x := good
		change(&x)
		if err := checkKnowledgeBase(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func TestCheckOpenAIKey(t *testing.T) {
	for _, x := range []openAIKey{{Name: "k", APIKey: "sk"}, {Name: "k", APIKeyWO: "sk", APIKeyWOVersion: 1}} {
		if err := checkOpenAIKey(nil, x); err != nil {
			t.Errorf("%+v: %v", x, err)
		}
	}
	for want, x := range map[string]openAIKey{
		"name must not":            {APIKey: "sk"},
		"mean the same":            {Name: "k", APIKey: "sk", APIKeyWO: "sk", APIKeyWOVersion: 1},
		"has to be set":            {Name: "k"},
		"needs api_key_wo_version": {Name: "k", APIKeyWO: "sk"},
	} {
		if err := checkOpenAIKey(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q in it", x, err, want)
		}
	}
	if err := checkOpenAIKey(&openAIKey{}, openAIKey{Name: "k"}); err != nil {
		t.Errorf("a key that was imported stays without one: %v", err)
	}
}

func TestFunctionSchemas(t *testing.T) {
	was := gradientFunction{InputSchema: "{ \"a\": 1 }", OutputSchema: "{}"}
	for _, tc := range []struct{ got, want string }{
		{`{"a":1}`, "{ \"a\": 1 }"}, {`{"a":2}`, `{"a":2}`}, {"", ""},
	} {
		x := gradientFunction{InputSchema: tc.got}
		if spellAgentFunction(was, &x); x.InputSchema != tc.want {
			t.Errorf("%q is spelled %q, want %q", tc.got, x.InputSchema, tc.want)
		}
	}
	for raw, want := range map[string]string{"null": "", "{}": "", `{"a":1}`: `{"a":1}`} {
		if got := schemaText(json.RawMessage(raw)); got != want {
			t.Errorf("schema %s is %q, want %q", raw, got, want)
		}
	}
	for want, x := range map[string]gradientFunction{
		"input_schema is not":  {InputSchema: "[]", FunctionName: "f", Description: "d"},
		"output_schema is not": {InputSchema: "{}", OutputSchema: "x", FunctionName: "f", Description: "d"},
		"input_schema must":    {FunctionName: "f", Description: "d"},
		"function_name and":    {InputSchema: "{}"},
	} {
		if err := checkAgentFunction(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q in it", x, err, want)
		}
	}
}

// What somebody else has attached or added is not this resource's to take away.
func TestAgentsLeaveWhatOthersAttach(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	must := func(err error) {
		t.Helper()
		if err != nil && err != providers.ErrAgain {
			t.Fatal(err)
		}
	}
	home, _, err := c.Projects.GetDefault(ctx)
	must(err)
	var bases [2]knowledgeBase
	for i, name := range []string{"own", "other"} {
		bases[i] = knowledgeBase{Name: name, ProjectID: home.ID, Region: "tor1", EmbeddingModelUUID: someUUID,
			Datasources: []knowledgeSource{{WebCrawler: []webCrawlerSource{{"https://" + name, "UNKNOWN", false}}}}}
		must(createKnowledgeBase(ctx, c, &bases[i], providers.Attempt{}))
	}
	agent := gradientAgent{Name: "a", Instruction: "i", ModelUUID: someUUID, ProjectID: home.ID, Region: "tor1", KnowledgeBases: []string{bases[0].ID}}
	must(createAgent(ctx, c, &agent, providers.Attempt{}))
	other := agentKnowledgeBase{AgentUUID: agent.ID, KnowledgeBase: bases[1].ID}
	must(createAgentKnowledgeBase(ctx, c, &other, providers.Attempt{}))
	must(readAgent(ctx, c, &agent))
	if len(agent.KnowledgeBases) != 1 || agent.KnowledgeBases[0] != bases[0].ID {
		t.Errorf("the agent shows %v, want only what it names", agent.KnowledgeBases)
	}
	was := agent
	agent.KnowledgeBases = nil
	must(updateAgent(ctx, c, was, &agent))
	must(readAgentKnowledgeBase(ctx, c, &other))
	if err := readAgentKnowledgeBase(ctx, c, &agentKnowledgeBase{AgentUUID: agent.ID, KnowledgeBase: bases[0].ID}); err != providers.ErrGone {
		t.Errorf("what the agent has dropped is attached: %v", err)
	}
	imported := gradientAgent{ID: agent.ID}
	must(readAgent(ctx, c, &imported))
	if len(imported.KnowledgeBases) != 1 || imported.KnowledgeBases[0] != bases[1].ID {
		t.Errorf("an import shows %v, want all that is attached", imported.KnowledgeBases)
	}

	more := knowledgeBaseSource{KnowledgeBase: bases[0].ID, WebCrawler: []webCrawlerSource{{"https://more", "PATH", true}}}
	must(createKnowledgeBaseSource(ctx, c, &more, providers.Attempt{}))
	must(readKnowledgeBase(ctx, c, &bases[0]))
	if len(bases[0].Datasources) != 1 {
		t.Errorf("the knowledge base shows %+v, want only what it names", bases[0].Datasources)
	}
	must(updateKnowledgeBase(ctx, c, bases[0], &bases[0]))
	must(readKnowledgeBaseSource(ctx, c, &more))
}

func TestCheckCustomModel(t *testing.T) {
	hub := customModel{Name: "m", SourceType: fromHuggingFace, SourceRef: []modelSource{{RepoID: "org/model"}}}
	bucket := customModel{Name: "m", SourceType: fromBucket, License: "mine", SourceRef: []modelSource{{Bucket: "b", Region: "fra1"}}}
	from := func(x customModel, s modelSource) customModel {
		x.SourceRef = []modelSource{s}
		return x
	}
	for _, good := range []customModel{hub, bucket, from(hub, modelSource{RepoID: "org/model", AccessType: "ACCESS_TYPE_GATED", HFToken: "hf_x"})} {
		if err := checkCustomModel(nil, good); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	licensed, foreign := hub, hub
	licensed.License, foreign.SourceType = "mine", "SOURCE_TYPE_FTP"
	for want, x := range map[string]customModel{
		"name must not be empty":   {},
		"is none of SOURCE_TYPE":   foreign,
		"one source_ref block":     {Name: "m", SourceType: fromBucket},
		"from a bucket only":       licensed,
		"no repository":            from(hub, modelSource{RepoID: "model"}),
		"needs bucket and region":  from(bucket, modelSource{Bucket: "b"}),
		"none of ACCESS_TYPE_PUBL": from(hub, modelSource{RepoID: "org/model", AccessType: "OPEN"}),
		"needs hf_token":           from(hub, modelSource{RepoID: "org/model", AccessType: "ACCESS_TYPE_PRIVATE"}),
	} {
		if err := checkCustomModel(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	if err := checkCustomModel(&licensed, licensed); err != nil {
		t.Errorf("what the import has found out is refused: %v", err)
	}
	if checkCustomModel(&hub, licensed) == nil {
		t.Error("a licence that the API would ignore is taken")
	}
}

// An import that fails is broken, and says why; a job that is over is left alone.
func TestWhatIsOver(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	m := customModel{Name: "m", SourceType: fromHuggingFace, SourceRef: []modelSource{{RepoID: "org/missing"}}}
	if err := createCustomModel(ctx, c, &m, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if err := readCustomModel(ctx, c, &m); !errors.Is(err, providers.ErrBroken) || !strings.Contains(err.Error(), "repository not found") {
		t.Errorf("error %v, want that the repository is not found", err)
	}
	home, _, err := c.Projects.GetDefault(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := knowledgeBase{Name: "docs", Region: "tor1", ProjectID: home.ID, EmbeddingModelUUID: someUUID, Datasources: []knowledgeSource{{WebCrawler: []webCrawlerSource{{BaseURL: "https://a"}}}}}
	if err := createKnowledgeBase(ctx, c, &k, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	jobs := indexingJobList{KnowledgeBase: k.ID}
	if err := readIndexingJobList(ctx, c, &jobs); err != nil || len(jobs.Jobs) != 1 {
		t.Fatalf("jobs %v, error %v, want one job", jobs.Jobs, err)
	}
	for range 2 {
		x := indexingJobCancel{UUID: jobs.Jobs[0].UUID}
		if err := cancelIndexingJob(ctx, c, &x, providers.Attempt{}); err != nil || x.Status != "INDEX_JOB_STATUS_CANCELLED" {
			t.Errorf("status %q, error %v", x.Status, err)
		}
	}
	if err := cancelIndexingJob(ctx, c, &indexingJobCancel{UUID: someUUID}, providers.Attempt{}); err == nil {
		t.Error("a job that is not there is cancelled")
	}
}
