package objectstore

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strings"
)

// Listing says which buckets a list has and what it tells of them. The zero
// value is all buckets.
type Listing struct {
	Region      string // of the buckets; "" for every
	Prefix      string // of the names
	Token       string // where the page before ended
	Max         int    // on a page; 0 is no limit
	TellRegions bool   // of each bucket
}

type bucketEntry struct {
	Name         string
	CreationDate string
	BucketRegion string `xml:",omitempty"`
}

type bucketList struct {
	XMLName           xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
	Owner             Owner
	Buckets           struct{ Bucket []bucketEntry }
	ContinuationToken string `xml:",omitempty"`
	Prefix            string `xml:",omitempty"`
}

// AnswerBuckets lists the buckets that l says.
func (s *Server) AnswerBuckets(w http.ResponseWriter, l Listing) error {
	after, err := base64.RawURLEncoding.DecodeString(l.Token)
	if err != nil {
		return Refusal(http.StatusBadRequest, "InvalidArgument", "", "The continuation token provided is incorrect")
	}
	out := bucketList{Owner: s.rules.Owner, Prefix: l.Prefix}
	list := &out.Buckets.Bucket
	for _, b := range s.Store.Buckets() {
		if b.Name <= string(after) || l.Region != "" && b.Region != l.Region || !strings.HasPrefix(b.Name, l.Prefix) {
			continue
		}
		if l.Max > 0 && len(*list) == l.Max {
			out.ContinuationToken = base64.RawURLEncoding.EncodeToString([]byte((*list)[l.Max-1].Name))
			break
		}
		e := bucketEntry{Name: b.Name, CreationDate: b.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z")}
		if l.TellRegions {
			e.BucketRegion = b.Region
		}
		*list = append(*list, e)
	}
	AnswerXML(w, http.StatusOK, out)
	return nil
}
