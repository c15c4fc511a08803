package fake

import (
	"encoding/xml"
	"time"
)

// answerDocument puts the XML of an answer's fields into the service's envelope.
func answerDocument(d dialect, action string, body []byte, id string) any {
	name := xml.Name{Local: action + "Response"}
	if d.ec2 {
		return struct {
			XMLName   xml.Name
			Namespace string `xml:"xmlns,attr"`
			RequestID string `xml:"requestId"`
			Fields    []byte `xml:",innerxml"`
		}{name, d.namespace, id, body}
	}
	type result struct {
		XMLName xml.Name
		Fields  []byte `xml:",innerxml"`
	}
	doc := struct {
		XMLName   xml.Name
		Namespace string `xml:"xmlns,attr"`
		Result    *result
		RequestID string `xml:"ResponseMetadata>RequestId"`
	}{XMLName: name, Namespace: d.namespace, RequestID: id}
	if body != nil {
		doc.Result = &result{xml.Name{Local: action + "Result"}, body}
	}
	return doc
}

// errorDocument is a refusal in the service's envelope.
func errorDocument(d dialect, e *apiError, id string) any {
	if d.ec2 {
		return struct {
			XMLName   xml.Name `xml:"Response"`
			Code      string   `xml:"Errors>Error>Code"`
			Message   string   `xml:"Errors>Error>Message"`
			RequestID string   `xml:"RequestID"`
		}{Code: e.code, Message: e.message, RequestID: id}
	}
	kind := "Sender"
	if e.status >= 500 {
		kind = "Receiver"
	}
	return struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}{Namespace: d.namespace, Type: kind, Code: e.code, Message: e.message, RequestID: id}
}

// set is a list in EC2's XML: there also when it is empty.
type set[T any] struct {
	Items []T `xml:"item"`
}

// setOf returns views of all items.
func setOf[T, V any](items []T, view func(T) V) set[V] {
	var s set[V]
	for _, x := range items {
		s.Items = append(s.Items, view(x))
	}
	return s
}

// done is the answer of operations that only succeed.
type done struct {
	Return bool `xml:"return"`
}

// stamp is the APIs' form of a time; "" for the zero one.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
