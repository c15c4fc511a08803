package digitalocean

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"reflect"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseTopic struct {
	ID                string        `cty:"id"                 is:"computed"         doc:"UUID of the cluster, /topic/ and the name."`
	ClusterID         string        `cty:"cluster_id"         is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster, a Kafka."`
	Name              string        `cty:"name"               is:"required,replace" doc:"Name, unique in the cluster."`
	PartitionCount    int           `cty:"partition_count"    is:"else=3"           doc:"Number of partitions, 3 to 2048; it only grows."`
	ReplicationFactor int           `cty:"replication_factor" is:"else=2"           doc:"Nodes that have the data, 2 to all of the cluster."`
	Config            []topicConfig `cty:"config"             is:"default,max=1"    doc:"Settings; the cluster's defaults where absent."`
	State             string        `cty:"state"              is:"computed,after=partition_count,after=replication_factor,after=config" doc:"State: active, configuring or deleting."`
}

type topicConfig struct {
	CleanupPolicy                   *string  `cty:"cleanup_policy"                      is:"default" usual:"delete" of:"delete|compact|compact_delete" doc:"What becomes of old data: delete, compact or compact_delete."`
	CompressionType                 *string  `cty:"compression_type"                    is:"default" usual:"producer" of:"producer|gzip|snappy|lz4|zstd|uncompressed" doc:"How data is compressed, such as producer, gzip or zstd."`
	DeleteRetentionMS               *string  `cty:"delete_retention_ms"                 is:"default" usual:"86400000" api:",integer" doc:"Milliseconds for which deleted records are kept."`
	FileDeleteDelayMS               *string  `cty:"file_delete_delay_ms"                is:"default" usual:"60000" api:",integer" doc:"Milliseconds before a deleted segment leaves the disk."`
	FlushMessages                   *string  `cty:"flush_messages"                      is:"default" usual:"9223372036854775807" api:",integer" doc:"Messages of a partition until they are flushed to disk."`
	FlushMS                         *string  `cty:"flush_ms"                            is:"default" usual:"9223372036854775807" api:",integer" doc:"Milliseconds until a message is flushed to disk."`
	IndexIntervalBytes              *string  `cty:"index_interval_bytes"                is:"default" usual:"4096" api:",integer" doc:"Bytes between two entries of the offset index."`
	MaxCompactionLagMS              *string  `cty:"max_compaction_lag_ms"               is:"default" usual:"9223372036854775807" api:",integer" doc:"Milliseconds that a message stays uncompacted at most."`
	MaxMessageBytes                 *string  `cty:"max_message_bytes"                   is:"default" usual:"1048588" api:",integer" doc:"Bytes of the largest batch of messages."`
	MessageDownConversionEnable     *bool    `cty:"message_down_conversion_enable"      is:"default" usual:"true" doc:"Whether messages are converted for older consumers."`
	MessageFormatVersion            *string  `cty:"message_format_version"              is:"default" usual:"3.0-IV1" doc:"Version of the format of messages, such as 3.0-IV1."`
	MessageTimestampDifferenceMaxMS *string  `cty:"message_timestamp_difference_max_ms" is:"default" usual:"9223372036854775807" api:",integer" doc:"Milliseconds that a message may be older than it arrives."`
	MessageTimestampType            *string  `cty:"message_timestamp_type"              is:"default" usual:"create_time" of:"create_time|log_append_time" doc:"Time in a message: create_time or log_append_time."`
	MinCleanableDirtyRatio          *float64 `cty:"min_cleanable_dirty_ratio"           is:"default" usual:"0.5" in:"0..1" doc:"Share of the log that may be duplicates before it is compacted."`
	MinCompactionLagMS              *string  `cty:"min_compaction_lag_ms"               is:"default" usual:"0" api:",integer" doc:"Milliseconds that a message stays uncompacted at least."`
	MinInsyncReplicas               int      `cty:"min_insync_replicas"                 is:"else=1" in:"1.." doc:"Replicas that must have a write that is acknowledged by all."`
	Preallocate                     *bool    `cty:"preallocate"                         is:"default" usual:"false" doc:"Whether a new segment takes its space on disk at once."`
	RetentionBytes                  *string  `cty:"retention_bytes"                     is:"default" usual:"-1" api:",integer" doc:"Bytes until messages are deleted; -1 for any."`
	RetentionMS                     *string  `cty:"retention_ms"                        is:"default" usual:"604800000" api:",integer" doc:"Milliseconds until messages are deleted; -1 for never."`
	SegmentBytes                    *string  `cty:"segment_bytes"                       is:"default" usual:"209715200" api:",integer" in:"14.." doc:"Bytes of one segment of the log."`
	SegmentIndexBytes               *string  `cty:"segment_index_bytes"                 is:"default" usual:"10485760" api:",integer" doc:"Bytes of the offset index of a segment."`
	SegmentJitterMS                 *string  `cty:"segment_jitter_ms"                   is:"default" usual:"0" api:",integer" doc:"Milliseconds by which the end of a segment varies."`
	SegmentMS                       *string  `cty:"segment_ms"                          is:"default" usual:"604800000" api:",integer" in:"1.." doc:"Milliseconds until a segment ends although it is not full."`
}

var databaseTopicType = providers.Resource[*client, databaseTopic]{
	Type:   "digitalocean_database_kafka_topic",
	Doc:    "A topic of a managed Kafka.",
	Holds:  "its messages",
	Create: createDatabaseTopic,
	Read:   readDatabaseTopic,
	Update: updateDatabaseTopic,
	Delete: deleteDatabaseTopic,
	List:   listDatabaseTopics,
	Import: func(id string) (databaseTopic, error) {
		cluster, name, err := importDatabasePart(id, "/topic/", "topic")
		return databaseTopic{ID: topicID(cluster, name), ClusterID: cluster, Name: name}, err
	},
	Within:   func(x databaseTopic) string { return x.ClusterID },
	Check:    checkDatabaseTopic,
	Lock:     func(x databaseTopic) string { return databaseLock(x.ClusterID) },
	ImportID: func(x databaseTopic) string { return x.ClusterID + "," + x.Name },
	Natural:  func(x databaseTopic) string { return x.Name },
	// A list shows no settings.
	Shallow: true,
	// The create may be answered before there is a topic to read.
	Grace: time.Minute,
	Examples: []string{
		exampleKafka + `

resource "digitalocean_database_kafka_topic" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "features"
}`,
		exampleKafka + `

resource "digitalocean_database_kafka_topic" "example" {
  cluster_id         = digitalocean_database_cluster.ml.id
  name               = "features"
  partition_count    = 6
  replication_factor = 3

  config {
    cleanup_policy            = "compact"
    retention_bytes           = "1073741824"
    min_cleanable_dirty_ratio = 0.7
  }
}`,
		exampleKafka + `

resource "digitalocean_database_kafka_topic" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "predictions"
}`,
	},
}

func topicID(cluster, name string) string { return cluster + "/topic/" + name }

func topicPath(cluster, name string) string {
	return "v2/databases/" + cluster + "/topics/" + url.PathEscape(name)
}

// topicBody is a topic as the API takes it.
type topicBody struct {
	Name              string         `json:"name,omitempty"`
	PartitionCount    int            `json:"partition_count"`
	ReplicationFactor int            `json:"replication_factor"`
	Config            map[string]any `json:"config,omitempty"`
}

func (x *databaseTopic) body() topicBody {
	b := topicBody{PartitionCount: x.PartitionCount, ReplicationFactor: x.ReplicationFactor}
	for _, c := range x.Config {
		b.Config = knobValues(reflect.ValueOf(c))
	}
	return b
}

// topicView is a topic as the API shows it.
type topicView struct {
	Name              string                     `json:"name"`
	State             string                     `json:"state"`
	ReplicationFactor int                        `json:"replication_factor"`
	Partitions        []struct{}                 `json:"partitions"`
	Config            map[string]json.RawMessage `json:"config"`
}

// createDatabaseTopic does not look at the answer, which may come before there is
// a topic to show.
func createDatabaseTopic(ctx context.Context, c *client, x *databaseTopic, _ providers.Attempt) error {
	body := x.body()
	body.Name = x.Name
	if err := call(ctx, c, "POST", "v2/databases/"+x.ClusterID+"/topics", body, nil); err != nil {
		return err
	}
	x.ID = topicID(x.ClusterID, x.Name)
	return nil
}

func readDatabaseTopic(ctx context.Context, c *client, x *databaseTopic) error {
	cluster, name := databasePart(x.ID, "topic")
	var got struct {
		Topic *topicView `json:"topic"`
	}
	if err := call(ctx, c, "GET", topicPath(cluster, name), nil, &got); err != nil {
		return gone(err)
	}
	x.ID, x.ClusterID, x.Name = topicID(cluster, name), cluster, name
	if got.Topic == nil {
		return providers.ErrNotReady
	}
	return x.fill(got.Topic)
}

// updateDatabaseTopic sends all settings: the API may take those that are left
// out for defaults.
func updateDatabaseTopic(ctx context.Context, c *client, was databaseTopic, x *databaseTopic) error {
	now := databaseTopic{ID: was.ID}
	err := readDatabaseTopic(ctx, c, &now)
	if errors.Is(err, providers.ErrNotReady) {
		return providers.ErrAgain
	}
	if err != nil {
		return err
	}
	x.ID, x.State = was.ID, now.State
	if reflect.DeepEqual(x.body(), now.body()) {
		return nil
	}
	return cmp.Or(call(ctx, c, "PUT", topicPath(was.ClusterID, was.Name), x.body(), nil), providers.ErrAgain)
}

func deleteDatabaseTopic(ctx context.Context, c *client, x databaseTopic) error {
	_, err := c.Databases.DeleteTopic(ctx, x.ClusterID, x.Name)
	return gone(err)
}

func listDatabaseTopics(ctx context.Context, c *client, in databaseTopic) iter.Seq2[databaseTopic, error] {
	return inCluster(ctx, in.ClusterID, c.Databases.ListTopics, func(x *databaseTopic, got *godo.DatabaseTopic) error {
		x.ID, x.ClusterID, x.Name, x.State = topicID(in.ClusterID, got.Name), in.ClusterID, got.Name, got.State
		return settledTopic(got.State)
	})
}

func checkDatabaseTopic(was *databaseTopic, x databaseTopic) error {
	switch {
	case x.PartitionCount < 3 || x.PartitionCount > 2048:
		return fmt.Errorf("partition_count %d: a topic has 3 to 2048 partitions", x.PartitionCount)
	case x.ReplicationFactor < 2:
		return fmt.Errorf("replication_factor %d: at least 2 nodes have the data", x.ReplicationFactor)
	case was != nil && was.Name == x.Name && was.ClusterID == x.ClusterID && x.PartitionCount < was.PartitionCount:
		return fmt.Errorf("partition_count %d: the topic has %d partitions, which cannot become fewer; write partition_count = %d", x.PartitionCount, was.PartitionCount, was.PartitionCount)
	}
	for _, c := range x.Config {
		if err := checkKnobs(reflect.ValueOf(c)); err != nil {
			return fmt.Errorf("config: %w", err)
		}
	}
	return nil
}

func (x *databaseTopic) fill(got *topicView) error {
	x.State, x.ReplicationFactor, x.PartitionCount = got.State, got.ReplicationFactor, len(got.Partitions)
	x.Config = []topicConfig{{}}
	if err := fillKnobs(reflect.ValueOf(&x.Config[0]).Elem(), got.Config); err != nil {
		return err
	}
	return settledTopic(got.State)
}

// settledTopic returns ErrNotReady while a topic is being made or changed.
func settledTopic(state string) error {
	if state == "configuring" || state == "deleting" {
		return providers.ErrNotReady
	}
	return nil
}
