package fake

import "strings"

// dbTag is a tag in an answer.
type dbTag struct{ Key, Value string }

// dbTags is a list of tags in an answer.
type dbTags struct {
	Items []dbTag `xml:"Tag"`
}

func dbTagsOf(tags map[string]string) (out dbTags) {
	for _, k := range sortedKeys(tags) {
		out.Items = append(out.Items, dbTag{k, tags[k]})
	}
	return out
}

// readDBTags checks the tags of a call. A tag without a value has an empty one.
func readDBTags(in []tagParam) (map[string]string, error) {
	empty := ""
	for i := range in {
		if in[i].Value == nil {
			in[i].Value = &empty
		}
		if k := in[i].Key; k != nil && strings.HasPrefix(strings.ToLower(*k), "rds:") {
			return nil, badValue("Tag keys starting with 'rds:' are reserved for internal use")
		}
	}
	return readTags(in)
}

func (c *Cloud) dbTagOperations() map[string]operation {
	return map[string]operation{
		"AddTagsToResource": c.addDBTags, "RemoveTagsFromResource": c.removeDBTags, "ListTagsForResource": c.listDBTags,
	}
}

// findDBResource returns any object by its ARN.
func (c *Cloud) findDBResource(q *call, arn string) (*dbMeta, error) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || parts[2] != "rds" || parts[3] != q.region || parts[4] != c.o.Account {
		return nil, badValue("The specified resource name does not match an RDS resource in this region.")
	}
	switch parts[5] {
	case "db":
		d, err := c.findDB(q, arn)
		if err != nil {
			return nil, err
		}
		return &d.dbMeta, nil
	case "subgrp":
		g, err := c.findDBGroup(q, arn)
		if err != nil {
			return nil, err
		}
		return &g.dbMeta, nil
	case "snapshot":
		s, err := c.findDBSnapshot(q, arn)
		if err != nil {
			return nil, err
		}
		return &s.dbMeta, nil
	}
	return nil, badValue("The specified resource name does not match an RDS resource in this region.")
}

func (c *Cloud) addDBTags(q *call) (any, error) {
	var in struct {
		ResourceName string     `q:",required"`
		Tags         []tagParam `q:",required,item=Tag"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := readDBTags(in.Tags)
	if err != nil {
		return nil, err
	}
	m, err := c.findDBResource(q, in.ResourceName)
	if err != nil {
		return nil, err
	}
	for k, v := range m.Tags {
		if _, changed := tags[k]; !changed {
			tags[k] = v
		}
	}
	if err := checkTagCount(tags); err != nil {
		return nil, err
	}
	m.Tags = tags
	return nil, nil
}

func (c *Cloud) removeDBTags(q *call) (any, error) {
	var in struct {
		ResourceName string   `q:",required"`
		TagKeys      []string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	m, err := c.findDBResource(q, in.ResourceName)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(m.Tags, k)
	}
	return nil, nil
}

func (c *Cloud) listDBTags(q *call) (any, error) {
	var in struct {
		ResourceName string     `q:",required"`
		Filters      []dbFilter `q:",item=Filter"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	m, err := c.findDBResource(q, in.ResourceName)
	if err != nil {
		return nil, err
	}
	return struct{ TagList dbTags }{m.tagList()}, nil
}
