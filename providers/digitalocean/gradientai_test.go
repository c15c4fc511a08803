package digitalocean

import (
	"encoding/json"
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
