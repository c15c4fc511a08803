package fake

import (
	"slices"
	"strings"
	"time"
)

// knowledgeBase is what agents can look into.
type knowledgeBase struct {
	UUID      string            `json:"uuid"`
	Name      string            `json:"name"`
	Project   string            `json:"project_id"`
	Region    string            `json:"region"`
	Model     string            `json:"embedding_model_uuid"`
	Database  string            `json:"database_id"`
	Tags      []string          `json:"tags"`
	CreatedAt time.Time         `json:"created_at"`
	ReadyAt   time.Time         `json:"ready_at"` // when its database is online
	Sources   []knowledgeSource `json:"sources"`
	Jobs      []*indexingJob    `json:"jobs"` // newest last
}

func (k *knowledgeBase) Key() string   { return k.UUID }
func (k *knowledgeBase) Title() string { return k.Name }

// knowledgeSource is one thing that it is fed from.
type knowledgeSource struct {
	UUID      string    `json:"uuid"`
	CreatedAt time.Time `json:"created_at"`
	sourceSpec
}

// sourceSpec is the body that adds a source.
type sourceSpec struct {
	WebCrawler *webCrawler `json:"web_crawler_data_source,omitempty"`
	Spaces     *bucketItem `json:"spaces_data_source,omitempty"`
	FileUpload *fileUpload `json:"file_upload_data_source,omitempty"`
}

type webCrawler struct {
	BaseURL string `json:"base_url"`
	Option  string `json:"crawling_option,omitempty"`
	Media   bool   `json:"embed_media"`
}

type bucketItem struct {
	Bucket string `json:"bucket_name"`
	Item   string `json:"item_path"`
	Region string `json:"region"`
}

type fileUpload struct {
	Name string `json:"original_file_name"`
	Size string `json:"size_in_bytes"`
	Key  string `json:"stored_object_key"`
}

func (s *sourceSpec) check() error {
	n := 0
	if w := s.WebCrawler; w != nil {
		n++
		if !strings.HasPrefix(w.BaseURL, "http") {
			return badRequest("base_url %q is not valid", w.BaseURL)
		}
		if !slices.Contains([]string{"", "UNKNOWN", "SCOPED", "PATH", "DOMAIN", "SUBDOMAINS", "SITEMAP"}, w.Option) {
			return badRequest("crawling_option %q is not valid", w.Option)
		}
	}
	if b := s.Spaces; b != nil {
		n++
		if b.Bucket == "" || b.Region == "" {
			return badRequest("bucket_name and region are required")
		}
	}
	if s.FileUpload != nil {
		n++
	}
	if n != 1 {
		return badRequest("exactly one kind of data source is required")
	}
	return nil
}

func (s knowledgeSource) view() map[string]any {
	out := map[string]any{"uuid": s.UUID, "created_at": stamp(s.CreatedAt), "updated_at": stamp(s.CreatedAt)}
	if s.WebCrawler != nil {
		out["web_crawler_data_source"] = s.WebCrawler
	}
	if s.Spaces != nil {
		out["spaces_data_source"] = s.Spaces
	}
	if s.FileUpload != nil {
		out["file_upload_data_source"] = s.FileUpload
	}
	return out
}

func (c *Cloud) createKnowledgeBase(q *request) (reply, error) {
	var in struct {
		Name     string       `json:"name"`
		Project  string       `json:"project_id"`
		Region   string       `json:"region"`
		Model    string       `json:"embedding_model_uuid"`
		Database string       `json:"database_id"`
		VPC      string       `json:"vpc_uuid"`
		Tags     []string     `json:"tags"`
		Sources  []sourceSpec `json:"datasources"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case !knowledgeName(in.Name):
		return reply{}, badRequest("name must have 2 to 32 characters")
	case in.Region == "" || !uuidPattern.MatchString(in.Model):
		return reply{}, badRequest("region and embedding_model_uuid are required")
	case len(in.Sources) == 0:
		return reply{}, badRequest("at least one data source is required")
	}
	if err := c.checkPlace(in.Project, in.Region); err != nil {
		return reply{}, err
	}
	if _, found := c.s.VPCs.Find(in.VPC); in.VPC != "" && !found {
		return reply{}, badRequest("VPC %q does not exist", in.VPC)
	}
	k := &knowledgeBase{Name: in.Name, Project: in.Project, Region: in.Region, Model: in.Model, Database: in.Database, Tags: in.Tags,
		CreatedAt: q.now, ReadyAt: q.now}
	for i := range in.Sources {
		if err := in.Sources[i].check(); err != nil {
			return reply{}, err
		}
	}
	k.UUID = c.s.IDs.UUID()
	for _, s := range in.Sources {
		k.Sources = append(k.Sources, knowledgeSource{c.s.IDs.UUID(), q.now, s})
	}
	if k.Database == "" {
		k.Database, k.ReadyAt = c.s.IDs.UUID(), q.now.Add(c.o.DBReady)
	}
	c.startIndexing(k)
	c.s.KnowledgeBases.Add(k)
	return ok(map[string]any{"knowledge_base": k.view()})
}

func knowledgeName(s string) bool { return len(s) >= 2 && len(s) <= 32 }

func (k *knowledgeBase) view() map[string]any {
	return map[string]any{
		"uuid": k.UUID, "name": k.Name, "project_id": k.Project, "region": k.Region, "embedding_model_uuid": k.Model,
		"database_id": k.Database, "tags": orEmpty(k.Tags), "is_public": false, "user_id": itoa(ownerID),
		"created_at": stamp(k.CreatedAt), "updated_at": stamp(k.CreatedAt),
	}
}

func (c *Cloud) findKnowledgeBase(q *request) (*knowledgeBase, error) {
	return get(c.s.KnowledgeBases, q.PathValue("id"))
}

func (c *Cloud) readKnowledgeBase(q *request) (reply, error) {
	k, err := c.findKnowledgeBase(q)
	if err != nil {
		return reply{}, err
	}
	status := "ONLINE"
	if q.now.Before(k.ReadyAt) {
		status = "CREATING"
	}
	return ok(map[string]any{"knowledge_base": k.view(), "database_status": status})
}

func (c *Cloud) listKnowledgeBases(q *request) (reply, error) {
	return list(q, "knowledge_bases", c.s.KnowledgeBases, (*knowledgeBase).view)
}

func (c *Cloud) updateKnowledgeBase(q *request) (reply, error) {
	k, err := c.findKnowledgeBase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Name     *string  `json:"name"`
		Project  *string  `json:"project_id"`
		Database *string  `json:"database_id"`
		Tags     []string `json:"tags"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	changed := *k
	give(&changed.Name, in.Name)
	give(&changed.Project, in.Project)
	give(&changed.Database, in.Database)
	if in.Tags != nil {
		changed.Tags = in.Tags
	}
	if !knowledgeName(changed.Name) {
		return reply{}, badRequest("name must have 2 to 32 characters")
	}
	if err := c.checkPlace(changed.Project, ""); err != nil {
		return reply{}, err
	}
	*k = changed
	return ok(map[string]any{"knowledge_base": k.view()})
}

// deleteKnowledgeBase detaches it from the agents.
func (c *Cloud) deleteKnowledgeBase(q *request) (reply, error) {
	id := q.PathValue("id")
	if !c.s.KnowledgeBases.Drop(id) {
		return reply{}, notFound()
	}
	for _, a := range c.s.Agents {
		a.KnowledgeBases = slices.DeleteFunc(a.KnowledgeBases, func(kb string) bool { return kb == id })
	}
	return ok(map[string]any{"uuid": id})
}

func (c *Cloud) listKnowledgeSources(q *request) (reply, error) {
	k, err := c.findKnowledgeBase(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "knowledge_base_data_sources", k.Sources, knowledgeSource.view)
}

func (c *Cloud) addKnowledgeSource(q *request) (reply, error) {
	k, err := c.findKnowledgeBase(q)
	if err != nil {
		return reply{}, err
	}
	var in sourceSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := in.check(); err != nil {
		return reply{}, err
	}
	if q.now.Before(k.ReadyAt) {
		return reply{}, badRequest("the database of the knowledge base is not ready")
	}
	s := knowledgeSource{c.s.IDs.UUID(), q.now, in}
	k.Sources = append(k.Sources, s)
	return ok(map[string]any{"knowledge_base_data_source": s.view()})
}

func (c *Cloud) deleteKnowledgeSource(q *request) (reply, error) {
	k, err := c.findKnowledgeBase(q)
	if err != nil {
		return reply{}, err
	}
	id := q.PathValue("source")
	i := slices.IndexFunc(k.Sources, func(s knowledgeSource) bool { return s.UUID == id })
	if i < 0 {
		return reply{}, notFound()
	}
	k.Sources = slices.Delete(k.Sources, i, i+1)
	return ok(map[string]any{"data_source_uuid": id, "knowledge_base_uuid": k.UUID})
}
