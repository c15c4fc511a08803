package objectstore

import (
	"encoding/xml"
	"io"
	"net/http"
)

// Document is a Setting that is kept as a document.
type Document struct {
	Name string // of the sub-resource

	// Missing is the answer to GET before any PUT: a default, or an error.
	Missing func(b Bucket) (string, error)

	// Check refuses a document for b, or returns it as it is kept.
	Check func(r *http.Request, b Bucket, body []byte) (string, error)

	// Put is the status of the answer to PUT; 0 is 200.
	Put int

	// ContentType is that of the document; "" is XML.
	ContentType string
}

// Document returns the Setting that keeps d.
func (s *Server) Document(d Document) Setting {
	return func(w http.ResponseWriter, r *http.Request, b Bucket) error {
		switch r.Method {
		case http.MethodGet:
			return d.answer(w, b)
		case http.MethodPut:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			document, err := d.Check(r, b, body)
			if err != nil {
				return err
			}
			if err := s.SetDocument(b.Name, d.Name, document); err != nil {
				return err
			}
			w.WriteHeader(max(d.Put, http.StatusOK))
			return nil
		case http.MethodDelete:
			if err := s.SetDocument(b.Name, d.Name, ""); err != nil {
				return err
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return MethodNotAllowed(b.Name)
	}
}

func (d Document) answer(w http.ResponseWriter, b Bucket) error {
	text := b.Settings[d.Name]
	if text == "" {
		var err error
		if text, err = d.Missing(b); err != nil {
			return err
		}
	}
	kind := d.ContentType
	if kind == "" {
		kind = "application/xml"
	}
	w.Header().Set("Content-Type", kind)
	io.WriteString(w, text) //nolint:errcheck // the client may be gone
	return nil
}

// SetDocument keeps a document of a bucket, "" for none.
func (s *Server) SetDocument(bucket, name, document string) error {
	return s.Change(bucket, func(b *Bucket) {
		b.Settings[name] = document
		if document == "" {
			delete(b.Settings, name)
		}
	})
}

// AnswerLocation writes a region, "" for the first one of S3.
func AnswerLocation(w http.ResponseWriter, region string) error {
	AnswerXML(w, http.StatusOK, struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
		Region  string   `xml:",chardata"`
	}{Region: region})
	return nil
}
