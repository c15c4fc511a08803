package fake

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// dbTopic is a topic of a Kafka cluster.
type dbTopic struct {
	Name        string                     `json:"name"`
	Replication int                        `json:"replication_factor"`
	Partitions  int                        `json:"partition_count"`
	Config      map[string]json.RawMessage `json:"config"`

	// Busy is the state until BusyUntil; then it has the partitions in Next, or
	// is gone when it was deleted.
	Busy      string    `json:"busy"`
	BusyUntil time.Time `json:"busy_until"`
	Next      int       `json:"next"`
}

var topicName = providers.NewPattern(`^[a-zA-Z0-9._-]{1,249}$`)

// topicSpec is the body of create and update. Nil fields were not sent.
type topicSpec struct {
	Name        string                     `json:"name"`
	Replication *int                       `json:"replication_factor"`
	Partitions  *int                       `json:"partition_count"`
	Config      map[string]json.RawMessage `json:"config"`
}

// topicDefaults are the settings that a topic starts with, and of which type
// the others are.
const topicDefaults = `{"cleanup_policy":"delete","compression_type":"producer","delete_retention_ms":86400000,"file_delete_delay_ms":60000,
"flush_messages":9223372036854775807,"flush_ms":9223372036854775807,"index_interval_bytes":4096,"max_compaction_lag_ms":9223372036854775807,
"max_message_bytes":1048588,"message_down_conversion_enable":true,"message_format_version":"3.0-IV1",
"message_timestamp_difference_max_ms":9223372036854775807,"message_timestamp_type":"create_time","min_cleanable_dirty_ratio":0.5,
"min_compaction_lag_ms":0,"min_insync_replicas":1,"preallocate":false,"retention_bytes":-1,"retention_ms":604800000,
"segment_bytes":209715200,"segment_index_bytes":10485760,"segment_jitter_ms":0,"segment_ms":604800000}`

// topicKnobs are the settings with bounds or a choice of values.
func topicKnobs() map[string]knob {
	number := func(low float64) knob { return knob{Type: "integer", Minimum: &low} }
	known := map[string]knob{
		"cleanup_policy":            {Type: "string", Enum: []any{"delete", "compact", "compact_delete"}},
		"compression_type":          {Type: "string", Enum: []any{"producer", "gzip", "snappy", "lz4", "zstd", "uncompressed"}},
		"message_timestamp_type":    {Type: "string", Enum: []any{"create_time", "log_append_time"}},
		"min_cleanable_dirty_ratio": {Type: "number", Minimum: new(0.0), Maximum: new(1.0)},
		"min_insync_replicas":       number(1),
		"segment_bytes":             number(14),
		"segment_ms":                number(1),
		"message_format_version":    {Type: "string"},
	}
	for name, v := range topicStart() {
		if _, special := known[name]; special {
			continue
		}
		known[name] = knob{Type: "integer"}
		if string(v) == "true" || string(v) == "false" {
			known[name] = knob{Type: "boolean"}
		}
	}
	return known
}

func topicStart() (config map[string]json.RawMessage) {
	if err := json.Unmarshal([]byte(topicDefaults), &config); err != nil {
		panic(err)
	}
	return config
}

// topicDatabase is a cluster that can have topics.
func (c *Cloud) topicDatabase(q *request) (*database, error) {
	d, err := c.findDatabase(q)
	if err == nil && d.Engine != "kafka" {
		return nil, invalid("topics are for Kafka clusters only")
	}
	return d, err
}

func (c *Cloud) createTopic(q *request) (reply, error) {
	d, err := c.topicDatabase(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	var in topicSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !topicName.MatchString(in.Name) {
		return reply{}, invalid("invalid topic name")
	}
	if slices.ContainsFunc(d.Topics, func(t *dbTopic) bool { return t.Name == in.Name }) {
		return reply{}, invalid("topic name is not available")
	}
	t := &dbTopic{Name: in.Name, Replication: 2, Partitions: 3, Config: topicStart()}
	if err := t.change(d, &in); err != nil {
		return reply{}, err
	}
	t.Partitions = max(t.Partitions, t.Next)
	t.Next, t.Busy, t.BusyUntil = 0, "configuring", q.now.Add(c.o.Settle)
	d.Topics = append(d.Topics, t)
	return created(map[string]any{"topic": t.view(q.now)})
}

// change takes over what was sent. Partitions follow when they have been made.
func (t *dbTopic) change(d *database, in *topicSpec) error {
	known := topicKnobs()
	for name, v := range in.Config {
		k, found := known[name]
		if !found {
			return invalid("unknown topic config option %q", name)
		}
		if err := k.check(name, v); err != nil {
			return err
		}
	}
	switch {
	case in.Replication != nil && (*in.Replication < 2 || *in.Replication > d.Nodes):
		return invalid("replication_factor must be between 2 and %d", d.Nodes)
	case in.Partitions != nil && (*in.Partitions < 3 || *in.Partitions > 2048):
		return invalid("partition_count must be between 3 and 2048")
	case in.Partitions != nil && *in.Partitions < t.Partitions:
		return invalid("partition_count can only be increased")
	}
	give(&t.Replication, in.Replication)
	give(&t.Next, in.Partitions)
	for name, v := range in.Config {
		t.Config[name] = v
	}
	return nil
}

func (t *dbTopic) state(now time.Time) string {
	if now.Before(t.BusyUntil) {
		return t.Busy
	}
	return "active"
}

// settle applies a change that is over, and reports whether the topic is gone.
func (t *dbTopic) settle(now time.Time) (gone bool) {
	if now.Before(t.BusyUntil) {
		return false
	}
	gone = t.Busy == "deleting"
	t.Partitions = max(t.Partitions, t.Next)
	t.Busy, t.Next = "", 0
	return gone
}

func (t *dbTopic) view(now time.Time) map[string]any {
	partitions := []any{}
	for i := range t.Partitions {
		partitions = append(partitions, map[string]any{"id": i, "size": 4096, "in_sync_replicas": t.Replication, "earliest_offset": 0, "consumer_groups": nil})
	}
	return map[string]any{"name": t.Name, "state": t.state(now), "replication_factor": t.Replication, "partitions": partitions, "config": t.Config}
}

// listTopics shows less than a read: how many partitions, and no settings.
func (c *Cloud) listTopics(q *request) (reply, error) {
	d, err := c.topicDatabase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, t := range d.Topics {
		views = append(views, map[string]any{"name": t.Name, "state": t.state(q.now), "replication_factor": t.Replication, "partition_count": t.Partitions})
	}
	return ok(map[string]any{"topics": views})
}

// topicInPath finds the topic that the path names.
func (c *Cloud) topicInPath(q *request) (*database, *dbTopic, error) {
	d, err := c.topicDatabase(q)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(d.Topics, func(t *dbTopic) bool { return t.Name == q.PathValue("name") })
	if i < 0 {
		return nil, nil, missing("topic not found")
	}
	return d, d.Topics[i], nil
}

func (c *Cloud) readTopic(q *request) (reply, error) {
	_, t, err := c.topicInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"topic": t.view(q.now)})
}

func (c *Cloud) updateTopic(q *request) (reply, error) {
	return c.onTopic(q, func(d *database, t *dbTopic) (reply, error) {
		var in topicSpec
		if err := q.decode(&in); err != nil {
			return reply{}, err
		}
		if err := t.change(d, &in); err != nil {
			return reply{}, err
		}
		t.Busy, t.BusyUntil = "configuring", q.now.Add(c.o.Settle)
		return ok(map[string]any{"topic": t.view(q.now)})
	})
}

func (c *Cloud) deleteTopic(q *request) (reply, error) {
	return c.onTopic(q, func(d *database, t *dbTopic) (reply, error) {
		t.Busy, t.BusyUntil = "deleting", q.now.Add(c.o.Settle)
		return noContent()
	})
}

// onTopic calls f with the topic that the path names when it can be changed.
func (c *Cloud) onTopic(q *request, f func(*database, *dbTopic) (reply, error)) (reply, error) {
	d, t, err := c.topicInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	if s := t.state(q.now); s != "active" {
		return reply{}, conflict("topic is not ready: %s", s)
	}
	return f(d, t)
}
