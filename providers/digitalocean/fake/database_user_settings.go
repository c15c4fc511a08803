package fake

import "slices"

// dbUserSettings are what a user may do, each engine in its own words.
type dbUserSettings struct {
	Replication bool            `json:"pg_allow_replication,omitempty"`
	ACL         []kafkaACL      `json:"acl,omitempty"`
	OpenSearch  []openSearchACL `json:"opensearch_acl,omitempty"`
	Mongo       *mongoSettings  `json:"mongo_user_settings,omitempty"`
}

type kafkaACL struct {
	ID         string `json:"id"`
	Topic      string `json:"topic"`
	Permission string `json:"permission"`
}

type openSearchACL struct {
	Index      string `json:"index"`
	Permission string `json:"permission"`
}

type mongoSettings struct {
	Databases []string `json:"databases"`
	Role      string   `json:"role"`
}

// view shows the part that is of engine e; nil for engines that have none.
func (s dbUserSettings) view(e engine) map[string]any {
	switch {
	case e.postgres():
		return map[string]any{"pg_allow_replication": s.Replication}
	case e.slug == "kafka":
		return map[string]any{"acl": orEmpty(s.ACL)}
	case e.slug == "opensearch":
		return map[string]any{"opensearch_acl": orEmpty(s.OpenSearch)}
	case e.slug == "mongodb" && s.Mongo != nil:
		return map[string]any{"mongo_user_settings": s.Mongo}
	}
	return nil
}

// setUserSettings gives u other settings, all of them. Rules that say which they
// are keep their ids.
func (c *Cloud) setUserSettings(d *database, u *dbUser, s *dbUserSettings) error {
	if s == nil {
		return nil
	}
	if err := s.check(d.engine()); err != nil {
		return err
	}
	for i := range s.ACL {
		a := &s.ACL[i]
		if !slices.ContainsFunc(u.Settings.ACL, func(old kafkaACL) bool { return old.ID == a.ID }) {
			a.ID = "acl" + c.s.IDs.Text(12)
		}
	}
	u.Settings = *s
	return nil
}

func (s *dbUserSettings) check(e engine) error {
	switch {
	case s.Replication && !e.postgres():
		return invalid("pg_allow_replication is for PostgreSQL clusters only")
	case len(s.ACL) > 0 && e.slug != "kafka":
		return invalid("acl is for Kafka clusters only")
	case len(s.OpenSearch) > 0 && e.slug != "opensearch":
		return invalid("opensearch_acl is for OpenSearch clusters only")
	case s.Mongo != nil && e.slug != "mongodb":
		return invalid("mongo_user_settings is for MongoDB clusters only")
	case s.Mongo != nil && !slices.Contains([]string{"readOnly", "readWrite", "dbAdmin"}, s.Mongo.Role):
		return invalid("invalid role %q", s.Mongo.Role)
	}
	for _, a := range s.ACL {
		if a.Topic == "" || !slices.Contains([]string{"admin", "consume", "produce", "produceconsume"}, a.Permission) {
			return invalid("invalid acl: topic %q, permission %q", a.Topic, a.Permission)
		}
	}
	for _, a := range s.OpenSearch {
		if a.Index == "" || !slices.Contains([]string{"deny", "admin", "read", "readwrite", "write"}, a.Permission) {
			return invalid("invalid opensearch_acl: index %q, permission %q", a.Index, a.Permission)
		}
	}
	return nil
}
