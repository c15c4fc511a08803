package digitalocean

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type knowledgeBaseSource struct {
	ID            string             `cty:"id"                      is:"computed" doc:"UUID of the source."`
	KnowledgeBase string             `cty:"knowledge_base_uuid"     is:"required,replace,ref=digitalocean_gradientai_knowledge_base" doc:"UUID of the knowledge base."`
	Spaces        []spacesSource     `cty:"spaces_data_source"      is:"optional,replace,max=1" doc:"Files in a bucket."`
	WebCrawler    []webCrawlerSource `cty:"web_crawler_data_source" is:"optional,replace,max=1" doc:"Pages of a web site."`
}

var knowledgeBaseSourceType = providers.Resource[*client, knowledgeBaseSource]{
	Type:     "digitalocean_gradientai_knowledge_base_data_source",
	Doc:      "Something more that a knowledge base knows.",
	Create:   createKnowledgeBaseSource,
	Read:     readKnowledgeBaseSource,
	Delete:   deleteKnowledgeBaseSource,
	List:     listKnowledgeBaseSources,
	Within:   func(x knowledgeBaseSource) string { return x.KnowledgeBase },
	Import:   importKnowledgeBaseSource,
	ImportID: func(x knowledgeBaseSource) string { return x.KnowledgeBase + "," + x.ID },
	Check:    func(_ *knowledgeBaseSource, x knowledgeBaseSource) error { return x.source().check() },
	Lock:     func(x knowledgeBaseSource) string { return knowledgeLock(x.KnowledgeBase) },
	// Not Unique: the same may be added twice, by somebody else, too.
	Natural: knowledgeBaseSource.natural,
	Examples: []string{
		exampleAgentAndKnowledge + `

resource "digitalocean_gradientai_knowledge_base_data_source" "example" {
  knowledge_base_uuid = digitalocean_gradientai_knowledge_base.docs.id

  web_crawler_data_source {
    base_url        = "https://wiki.example.com/"
    crawling_option = "PATH"
  }
}`,
		exampleAgentAndKnowledge + `

resource "digitalocean_spaces_bucket" "papers" {
  name   = "mlinfra-example-papers"
  region = "fra1"
}

resource "digitalocean_gradientai_knowledge_base_data_source" "example" {
  knowledge_base_uuid = digitalocean_gradientai_knowledge_base.docs.id

  spaces_data_source {
    bucket_name = digitalocean_spaces_bucket.papers.name
    item_path   = "2024/"
    region      = "fra1"
  }
}`,
	},
}

func createKnowledgeBaseSource(ctx context.Context, c *client, x *knowledgeBaseSource, _ providers.Attempt) error {
	var root godo.SingleKnowledgeBaseDataSourceRoot
	if err := addKnowledge(ctx, c, x.KnowledgeBase, x.source(), &root); err != nil {
		return err
	}
	if root.KnowledgeBaseDatasource == nil {
		return errors.New("the answer shows no source")
	}
	x.fill(x.KnowledgeBase, placedSourceOf(root.KnowledgeBaseDatasource))
	return nil
}

// readKnowledgeBaseSource looks through the list: the API shows no single one.
func readKnowledgeBaseSource(ctx context.Context, c *client, x *knowledgeBaseSource) error {
	there, err := knowledgeSources(ctx, c, x.KnowledgeBase)
	if err != nil {
		return gone(err)
	}
	i := slices.IndexFunc(there, func(p placedSource) bool { return p.id == x.ID })
	if i < 0 {
		return providers.ErrGone
	}
	x.fill(x.KnowledgeBase, there[i])
	return nil
}

func deleteKnowledgeBaseSource(ctx context.Context, c *client, x knowledgeBaseSource) error {
	_, _, _, err := c.AgentPlatform.DeleteKnowledgeBaseDataSource(ctx, x.KnowledgeBase, x.ID)
	return gone(err)
}

func listKnowledgeBaseSources(ctx context.Context, c *client, in knowledgeBaseSource) iter.Seq2[knowledgeBaseSource, error] {
	return presentOnly(in.KnowledgeBase, func(yield func(knowledgeBaseSource, error) bool) {
		there, err := knowledgeSources(ctx, c, in.KnowledgeBase)
		if err != nil {
			yield(in, err)
			return
		}
		for _, p := range there {
			var x knowledgeBaseSource
			if x.fill(in.KnowledgeBase, p); !yield(x, nil) {
				return
			}
		}
	})
}

func importKnowledgeBaseSource(id string) (knowledgeBaseSource, error) {
	base, source, err := halves(id, "the UUID of the knowledge base, a comma and the UUID of the source")
	return knowledgeBaseSource{ID: source, KnowledgeBase: base}, err
}

func (x knowledgeBaseSource) source() knowledgeSource {
	return knowledgeSource{WebCrawler: x.WebCrawler, Spaces: x.Spaces}
}

func (x knowledgeBaseSource) natural() string {
	for _, w := range x.WebCrawler {
		return w.BaseURL
	}
	for _, b := range x.Spaces {
		return b.BucketName + "/" + b.ItemPath
	}
	return ""
}

func (x *knowledgeBaseSource) fill(base string, p placedSource) {
	*x = knowledgeBaseSource{ID: p.id, KnowledgeBase: base, Spaces: p.Spaces, WebCrawler: p.WebCrawler}
}
