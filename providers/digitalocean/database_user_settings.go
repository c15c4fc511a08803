package digitalocean

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/digitalocean/godo"
)

// userSettings are what a user of a database may do. Each engine knows a part.
type userSettings struct {
	PGAllowReplication *bool           `cty:"pg_allow_replication" is:"default" usual:"false"        doc:"Whether a user of PostgreSQL may replicate."`
	ACL                []kafkaACL      `cty:"acl"                  is:"optional"       doc:"Topics of Kafka, and what the user may do with them."`
	OpenSearchACL      []openSearchACL `cty:"opensearch_acl"       is:"optional"       doc:"Indexes of OpenSearch, and what the user may do with them."`
	MongoUserSettings  []mongoSettings `cty:"mongo_user_settings"  is:"optional,max=1" doc:"Databases of MongoDB, and what the user may do with them."`
}

type kafkaACL struct {
	ID         string `cty:"id"         is:"computed,after=topic,after=permission" doc:"Identifier of the rule."`
	Topic      string `cty:"topic"      is:"required,ref=digitalocean_database_kafka_topic.name" doc:"Name of a topic, the start of one with a star, or a star."`
	Permission string `cty:"permission" is:"required"                              doc:"admin, consume, produce or produceconsume."`
}

type openSearchACL struct {
	Index      string `cty:"index"      is:"required" doc:"Pattern of the indexes."`
	Permission string `cty:"permission" is:"required" doc:"deny, admin, read, write or readwrite."`
}

type mongoSettings struct {
	Databases []string `cty:"databases" is:"optional,set,ref=digitalocean_database_db.name" doc:"Names of databases; admin stands for all."`
	Role      string   `cty:"role"      is:"required"                                       doc:"readOnly, readWrite or dbAdmin."`
}

// userView is a user as the API has it. godo knows no pg_allow_replication.
type userView struct {
	godo.DatabaseUser
	Settings *userSettingsView `json:"settings,omitempty"`
}

type userSettingsView struct {
	PGAllowReplication *bool                   `json:"pg_allow_replication,omitempty"`
	ACL                []godo.KafkaACL         `json:"acl,omitempty"`
	OpenSearchACL      []godo.OpenSearchACL    `json:"opensearch_acl,omitempty"`
	MongoUserSettings  *godo.MongoUserSettings `json:"mongo_user_settings,omitempty"`
}

func usersPath(cluster string) string { return "v2/databases/" + cluster + "/users" }

func userPath(cluster, name string) string { return usersPath(cluster) + "/" + url.PathEscape(name) }

// settingsView returns settings as the API takes them; nil for none.
func settingsView(blocks []userSettings) *userSettingsView {
	if len(blocks) == 0 {
		return nil
	}
	s := blocks[0]
	v := &userSettingsView{PGAllowReplication: s.PGAllowReplication}
	for _, a := range s.ACL {
		v.ACL = append(v.ACL, godo.KafkaACL{ID: a.ID, Topic: a.Topic, Permission: a.Permission})
	}
	for _, a := range s.OpenSearchACL {
		v.OpenSearchACL = append(v.OpenSearchACL, godo.OpenSearchACL{Index: a.Index, Permission: a.Permission})
	}
	for _, m := range s.MongoUserSettings {
		v.MongoUserSettings = &godo.MongoUserSettings{Databases: m.Databases, Role: m.Role}
	}
	return v
}

// settings returns what the API shows; nothing for a v that is nil.
func (v *userSettingsView) settings() []userSettings {
	if v == nil {
		return nil
	}
	s := userSettings{PGAllowReplication: v.PGAllowReplication}
	for _, a := range v.ACL {
		s.ACL = append(s.ACL, kafkaACL{ID: a.ID, Topic: a.Topic, Permission: permission(a.Permission, "produceconsume")})
	}
	for _, a := range v.OpenSearchACL {
		s.OpenSearchACL = append(s.OpenSearchACL, openSearchACL{Index: a.Index, Permission: permission(a.Permission, "readwrite")})
	}
	if m := v.MongoUserSettings; m != nil {
		s.MongoUserSettings = []mongoSettings{{Databases: m.Databases, Role: m.Role}}
	}
	return []userSettings{s}
}

// permission spells what the API calls by several names; both is that of reading
// and writing.
func permission(name, both string) string {
	switch name = strings.ReplaceAll(strings.ToLower(name), "_", ""); name {
	case "produceconsume", "readwrite":
		return both
	}
	return name
}

// order brings the rules of s into the order of was, which is the user's. The
// API has none.
func (s *userSettings) order(was userSettings) {
	sortLike(s.ACL, was.ACL, func(a, b kafkaACL) bool { return a.Topic == b.Topic && a.Permission == b.Permission })
	sortLike(s.OpenSearchACL, was.OpenSearchACL, func(a, b openSearchACL) bool { return a == b })
}

// sortLike sorts list in place in the order of like; what is not there is last.
func sortLike[T any](list, like []T, same func(a, b T) bool) {
	place := func(x T) int {
		if i := slices.IndexFunc(like, func(o T) bool { return same(o, x) }); i >= 0 {
			return i
		}
		return len(like)
	}
	slices.SortStableFunc(list, func(a, b T) int { return place(a) - place(b) })
}

func (s userSettings) check() error {
	oneOf := func(what, value string, choices ...string) error {
		if slices.Contains(choices, value) {
			return nil
		}
		return fmt.Errorf("%s %q is none of %s", what, value, strings.Join(choices, ", "))
	}
	for _, a := range s.ACL {
		if err := oneOf("permission", a.Permission, "admin", "consume", "produce", "produceconsume"); err != nil {
			return fmt.Errorf("acl of topic %q: %w", a.Topic, err)
		}
	}
	for _, a := range s.OpenSearchACL {
		if err := oneOf("permission", a.Permission, "deny", "admin", "read", "write", "readwrite"); err != nil {
			return fmt.Errorf("opensearch_acl of index %q: %w", a.Index, err)
		}
	}
	for _, m := range s.MongoUserSettings {
		if err := oneOf("role", m.Role, "readOnly", "readWrite", "dbAdmin"); err != nil {
			return fmt.Errorf("mongo_user_settings: %w", err)
		}
	}
	return nil
}
