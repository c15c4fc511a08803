package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type knowledgeBase struct {
	providers.Aside

	ID                 string            `cty:"id"                   is:"computed"         doc:"UUID of the knowledge base."`
	Name               string            `cty:"name"                 is:"required"         doc:"Name of 2 to 32 characters."`
	ProjectID          string            `cty:"project_id"           is:"required,ref=digitalocean_project" doc:"UUID of its project."`
	Region             string            `cty:"region"               is:"required,replace" doc:"Slug of the region, such as tor1."`
	EmbeddingModelUUID string            `cty:"embedding_model_uuid" is:"required,replace" doc:"UUID of the model that indexes it."`
	VPCUUID            string            `cty:"vpc_uuid"             is:"optional,replace,blind,ref=digitalocean_vpc" doc:"UUID of the network of its database."`
	DatabaseID         string            `cty:"database_id"          is:"default,ref=digitalocean_database_cluster" doc:"UUID of the OpenSearch cluster it is in; a new one if absent."`
	Tags               []string          `cty:"tags"                 is:"optional,set"     doc:"Words to find it by."`
	Datasources        []knowledgeSource `cty:"datasources"          is:"required"         doc:"What it knows; more may be added by resources of their own."`
	IsPublic           bool              `cty:"is_public"            is:"computed"         doc:"Whether it is one that everybody may use."`
	CreatedAt          string            `cty:"created_at"           is:"computed"         doc:"Time of creation, RFC 3339."`
}

// knowledgeSource is one of the places that a knowledge base is fed from.
type knowledgeSource struct {
	WebCrawler []webCrawlerSource `cty:"web_crawler_data_source" is:"optional,max=1" doc:"Pages of a web site."`
	Spaces     []spacesSource     `cty:"spaces_data_source"      is:"optional,max=1" doc:"Files in a bucket."`
	FileUpload []fileUploadSource `cty:"file_upload_data_source" is:"optional,max=1" doc:"A file that was uploaded through the API."`
}

type webCrawlerSource struct {
	BaseURL        string `cty:"base_url"        is:"optional"     doc:"URL where it begins."`
	CrawlingOption string `cty:"crawling_option" is:"else=UNKNOWN" doc:"How far it goes: SCOPED, PATH, DOMAIN, SUBDOMAINS or SITEMAP."`
	EmbedMedia     bool   `cty:"embed_media"     is:"optional"     doc:"Whether images and other media are taken along."`
}

type spacesSource struct {
	BucketName string `cty:"bucket_name" is:"optional,ref=digitalocean_spaces_bucket.name" doc:"Name of the bucket."`
	ItemPath   string `cty:"item_path"   is:"optional" doc:"Folder or file in it; absent means all."`
	Region     string `cty:"region"      is:"optional" doc:"Slug of the region of the bucket."`
}

type fileUploadSource struct {
	OriginalFileName string `cty:"original_file_name" is:"optional" doc:"Name of the file."`
	SizeInBytes      string `cty:"size_in_bytes"      is:"optional" doc:"Size of the file."`
	StoredObjectKey  string `cty:"stored_object_key"  is:"optional" doc:"Key under which the API has it."`
}

var knowledgeBaseType = providers.Resource[*client, knowledgeBase]{
	Type:   "digitalocean_gradientai_knowledge_base",
	Doc:    "What agents can look into: web sites and files, indexed in OpenSearch.",
	Create: createKnowledgeBase,
	Read:   readKnowledgeBase,
	Update: updateKnowledgeBase,
	Delete: deleteKnowledgeBase,
	List:   listKnowledgeBases,
	Mark:   providers.InTags,
	Normal: normalKnowledgeBase,
	Check:  checkKnowledgeBase,
	Lock:   func(x knowledgeBase) string { return knowledgeLock(x.ID) },
	// Lists leave out where the knowledge is from.
	Shallow: true,
	Natural: func(x knowledgeBase) string { return x.Name },
	Examples: []string{
		exampleAIProject + `

resource "digitalocean_gradientai_knowledge_base" "example" {
  name                 = "docs"
  region               = "tor1"
  project_id           = digitalocean_project.ai.id
  embedding_model_uuid = "22653204-79ed-11ef-bf8f-4e013e2ddde4"

  datasources {
    web_crawler_data_source {
      base_url        = "https://docs.example.com/"
      crawling_option = "SCOPED"
    }
  }
}`,
		exampleAIProject + `

resource "digitalocean_spaces_bucket" "papers" {
  name   = "mlinfra-example-papers"
  region = "fra1"
}

resource "digitalocean_gradientai_knowledge_base" "example" {
  name                 = "docs-and-papers"
  region               = "tor1"
  project_id           = digitalocean_project.ai.id
  embedding_model_uuid = "22653204-79ed-11ef-bf8f-4e013e2ddde4"
  tags                 = ["ml"]

  datasources {
    web_crawler_data_source {
      base_url        = "https://docs.example.com/"
      crawling_option = "SCOPED"
    }
  }

  datasources {
    spaces_data_source {
      bucket_name = digitalocean_spaces_bucket.papers.name
      region      = "fra1"
    }
  }
}`,
		exampleAIProject + `

resource "digitalocean_gradientai_knowledge_base" "example" {
  name                 = "blog"
  region               = "nyc1"
  project_id           = digitalocean_project.ai.id
  embedding_model_uuid = "22653204-79ed-11ef-bf8f-4e013e2ddde4"

  datasources {
    web_crawler_data_source {
      base_url        = "https://blog.example.com/"
      crawling_option = "DOMAIN"
      embed_media     = true
    }
  }
}`,
	},
}

// knowledgePath is where knowledge bases are in the API.
const knowledgePath = "v2/gen-ai/knowledge_bases"

// knowledgeLock names a knowledge base among locks: what is added to it is told
// apart by being new.
func knowledgeLock(id string) string {
	if id == "" {
		return ""
	}
	return "knowledge base " + id
}

// knowledgeRequest makes a knowledge base.
type knowledgeRequest struct {
	Name               string                         `json:"name"`
	ProjectID          string                         `json:"project_id"`
	Region             string                         `json:"region"`
	EmbeddingModelUUID string                         `json:"embedding_model_uuid"`
	VPCUUID            string                         `json:"vpc_uuid,omitempty"`
	DatabaseID         string                         `json:"database_id,omitempty"`
	Tags               []string                       `json:"tags"`
	Datasources        []godo.KnowledgeBaseDataSource `json:"datasources"`
}

// knowledgeChange changes one.
type knowledgeChange struct {
	Name       string   `json:"name"`
	ProjectID  string   `json:"project_id"`
	DatabaseID string   `json:"database_id,omitempty"`
	Tags       []string `json:"tags"`
}

type knowledgeAnswer struct {
	KnowledgeBase  godo.KnowledgeBase `json:"knowledge_base"`
	DatabaseStatus string             `json:"database_status"`
}

func createKnowledgeBase(ctx context.Context, c *client, x *knowledgeBase, a providers.Attempt) error {
	req := knowledgeRequest{
		Name: x.Name, ProjectID: x.ProjectID, Region: x.Region, EmbeddingModelUUID: x.EmbeddingModelUUID, VPCUUID: x.VPCUUID,
		DatabaseID: x.DatabaseID, Tags: append([]string{}, marked(x.Tags, providers.Attempt{Owner: a.Owner})...),
	}
	for _, s := range x.Datasources {
		req.Datasources = append(req.Datasources, s.request())
	}
	var root knowledgeAnswer
	if err := call(ctx, c, "POST", knowledgePath, req, &root); err != nil {
		return err
	}
	x.fill(&root.KnowledgeBase)
	return nil
}

// readKnowledgeBase waits for the database in which the knowledge is to be.
func readKnowledgeBase(ctx context.Context, c *client, x *knowledgeBase) error {
	var root knowledgeAnswer
	if x.ID == "" {
		return errors.New("the id of a knowledge base is needed")
	}
	if err := call(ctx, c, "GET", knowledgePath+"/"+x.ID, nil, &root); err != nil {
		return gone(err)
	}
	imported := x.Name == ""
	x.fill(&root.KnowledgeBase)
	if root.DatabaseStatus == "CREATING" {
		return providers.ErrNotReady
	}
	there, err := knowledgeSources(ctx, c, x.ID)
	if err != nil {
		return gone(err)
	}
	if imported {
		for _, s := range there {
			x.Datasources = append(x.Datasources, s.knowledgeSource)
		}
	}
	x.Datasources = slices.DeleteFunc(slices.Clone(x.Datasources), func(s knowledgeSource) bool { return find(there, s) == nil })
	return nil
}

// updateKnowledgeBase adds and removes what it knows before the rest: each is a
// request of its own.
func updateKnowledgeBase(ctx context.Context, c *client, was knowledgeBase, x *knowledgeBase) error {
	there, err := knowledgeSources(ctx, c, was.ID)
	if err != nil {
		return gone(err)
	}
	for _, s := range x.Datasources {
		if find(there, s) == nil {
			if err := addKnowledge(ctx, c, was.ID, s, nil); err != nil {
				return err
			}
		}
	}
	for _, s := range was.Datasources {
		old := find(there, s)
		if old == nil || slices.ContainsFunc(x.Datasources, s.is) {
			continue
		}
		if _, _, _, err := c.AgentPlatform.DeleteKnowledgeBaseDataSource(ctx, was.ID, old.id); err != nil && gone(err) != providers.ErrGone {
			return err
		}
	}
	var now knowledgeAnswer
	if err := call(ctx, c, "GET", knowledgePath+"/"+was.ID, nil, &now); err != nil {
		return gone(err)
	}
	err = call(ctx, c, "PUT", knowledgePath+"/"+was.ID, knowledgeChange{
		Name: x.Name, ProjectID: x.ProjectID, DatabaseID: x.DatabaseID,
		Tags: append([]string{}, marked(x.Tags, providers.Attempt{Owner: ownerOf(now.KnowledgeBase.Tags)})...),
	}, nil)
	if err != nil {
		return err
	}
	x.ID = was.ID
	return readKnowledgeBase(ctx, c, x)
}

// deleteKnowledgeBase leaves the method of godo alone: it prints the path to
// standard output.
func deleteKnowledgeBase(ctx context.Context, c *client, x knowledgeBase) error {
	return gone(call(ctx, c, "DELETE", knowledgePath+"/"+x.ID, nil, nil))
}

func listKnowledgeBases(ctx context.Context, c *client, _ knowledgeBase) iter.Seq2[knowledgeBase, error] {
	return pages(ctx, c.AgentPlatform.ListKnowledgeBases, func(x *knowledgeBase, got *godo.KnowledgeBase) error {
		x.fill(got)
		return nil
	})
}

func (x *knowledgeBase) fill(got *godo.KnowledgeBase) {
	x.ID, x.Name, x.ProjectID, x.Region = got.Uuid, got.Name, got.ProjectId, got.Region
	x.EmbeddingModelUUID, x.DatabaseID, x.IsPublic = got.EmbeddingModelUuid, got.DatabaseId, got.IsPublic
	x.Tags, x.Owner, x.CreatedAt = userTags(got.Tags), ownerOf(got.Tags), when(got.CreatedAt)
}

// placedSource is a source as a knowledge base has it.
type placedSource struct {
	id string
	knowledgeSource
}

func placedSourceOf(got *godo.KnowledgeBaseDataSource) placedSource {
	return placedSource{got.Uuid, knowledgeSourceOf(got)}
}

// knowledgeSources returns the sources of a knowledge base.
func knowledgeSources(ctx context.Context, c *client, id string) ([]placedSource, error) {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]godo.KnowledgeBaseDataSource, *godo.Response, error) {
		return c.AgentPlatform.ListKnowledgeBaseDataSources(ctx, id, opt)
	}
	var all []placedSource
	for got, err := range pages(ctx, fetch, whole[godo.KnowledgeBaseDataSource]) {
		if err != nil {
			return nil, err
		}
		all = append(all, placedSourceOf(&got))
	}
	return all, nil
}

// find returns what of there says the same as s; nil for nothing.
func find(there []placedSource, s knowledgeSource) *placedSource {
	if i := slices.IndexFunc(there, func(p placedSource) bool { return s.is(p.knowledgeSource) }); i >= 0 {
		return &there[i]
	}
	return nil
}

// is reports whether s and other are the same source.
func (s knowledgeSource) is(other knowledgeSource) bool {
	return slices.Equal(s.WebCrawler, other.WebCrawler) && slices.Equal(s.Spaces, other.Spaces) && slices.Equal(s.FileUpload, other.FileUpload)
}

func (s knowledgeSource) request() godo.KnowledgeBaseDataSource {
	var req godo.KnowledgeBaseDataSource
	for _, w := range s.WebCrawler {
		req.WebCrawlerDataSource = &godo.WebCrawlerDataSource{BaseUrl: w.BaseURL, CrawlingOption: w.CrawlingOption, EmbedMedia: w.EmbedMedia}
	}
	for _, b := range s.Spaces {
		req.SpacesDataSource = &godo.SpacesDataSource{BucketName: b.BucketName, ItemPath: b.ItemPath, Region: b.Region}
	}
	for _, f := range s.FileUpload {
		req.FileUploadDataSource = &godo.FileUploadDataSource{OriginalFileName: f.OriginalFileName, Size: f.SizeInBytes, StoredObjectKey: f.StoredObjectKey}
	}
	return req
}

func knowledgeSourceOf(got *godo.KnowledgeBaseDataSource) knowledgeSource {
	var s knowledgeSource
	if w := got.WebCrawlerDataSource; w != nil {
		option := w.CrawlingOption
		if option == "" {
			option = "UNKNOWN"
		}
		s.WebCrawler = []webCrawlerSource{{w.BaseUrl, option, w.EmbedMedia}}
	}
	if b := got.SpacesDataSource; b != nil {
		s.Spaces = []spacesSource{{b.BucketName, b.ItemPath, b.Region}}
	}
	if f := got.FileUploadDataSource; f != nil {
		s.FileUpload = []fileUploadSource{{f.OriginalFileName, f.Size, f.StoredObjectKey}}
	}
	return s
}

// addKnowledge adds a source to a knowledge base; out may be nil.
func addKnowledge(ctx context.Context, c *client, id string, s knowledgeSource, out any) error {
	return call(ctx, c, "POST", knowledgePath+"/"+id+"/data_sources", s.request(), out)
}

func normalKnowledgeBase(x *knowledgeBase) { x.Region = strings.ToLower(x.Region) }

func checkKnowledgeBase(_ *knowledgeBase, x knowledgeBase) error {
	if err := checkProjects("", x.ProjectID); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(x.Name); n < 2 || n > 32 {
		return fmt.Errorf("name %q has %d characters, 2 to 32 are allowed", x.Name, n)
	}
	if !uuidPattern.MatchString(x.EmbeddingModelUUID) {
		return fmt.Errorf("embedding_model_uuid %q is not a UUID: data digitalocean_gradientai_models lists them", x.EmbeddingModelUUID)
	}
	if len(x.Datasources) == 0 {
		return errors.New("a knowledge base needs a datasources block")
	}
	for i, s := range x.Datasources {
		if err := s.check(); err != nil {
			return fmt.Errorf("datasources %d: %w", i+1, err)
		}
		if slices.ContainsFunc(x.Datasources[:i], s.is) {
			return fmt.Errorf("datasources %d stands twice", i+1)
		}
	}
	return nil
}

var crawlingOptions = []string{"UNKNOWN", "SCOPED", "PATH", "DOMAIN", "SUBDOMAINS", "SITEMAP"}

func (s knowledgeSource) check() error {
	if len(s.WebCrawler)+len(s.Spaces)+len(s.FileUpload) != 1 {
		return errors.New("exactly one of web_crawler_data_source, spaces_data_source and file_upload_data_source has to stand")
	}
	for _, w := range s.WebCrawler {
		switch {
		case !strings.HasPrefix(w.BaseURL, "http://") && !strings.HasPrefix(w.BaseURL, "https://"):
			return fmt.Errorf("base_url %q is not a URL", w.BaseURL)
		case !slices.Contains(crawlingOptions, w.CrawlingOption):
			return fmt.Errorf("crawling_option %q is none of %s", w.CrawlingOption, strings.Join(crawlingOptions, ", "))
		}
	}
	for _, b := range s.Spaces {
		if b.BucketName == "" || b.Region == "" {
			return errors.New("spaces_data_source needs bucket_name and region")
		}
	}
	return nil
}
