package fake

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

type corsRule struct {
	ID      string   `xml:",omitempty"`
	Methods []string `xml:"AllowedMethod"`
	Origins []string `xml:"AllowedOrigin"`
	Headers []string `xml:"AllowedHeader,omitempty"`
	Exposed []string `xml:"ExposeHeader,omitempty"`
	MaxAge  *int     `xml:"MaxAgeSeconds,omitempty"`
	rest
}

// corsDocument is the document of the sub-resource.
type corsDocument struct {
	XMLName xml.Name   `xml:"CORSConfiguration"`
	Rules   []corsRule `xml:"CORSRule"`
	rest
}

func checkCORS(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in corsDocument
	if err := strictXML(b.Name, body, &in); err != nil {
		return "", err
	}
	if len(in.Rules) == 0 || len(in.Rules) > 100 {
		return "", malformedXML(b.Name)
	}
	for _, r := range in.Rules {
		if err := checkCORSRule(b.Name, r); err != nil {
			return "", err
		}
	}
	in.XMLName = xml.Name{Local: in.XMLName.Local}
	return xmlText(in), nil
}

func checkCORSRule(bucket string, r corsRule) error {
	if len(r.Methods) == 0 || len(r.Origins) == 0 || len(r.ID) > 255 {
		return malformedXML(bucket)
	}
	invalid := func(message string) error {
		return objectstore.Refusal(http.StatusBadRequest, "InvalidRequest", bucket, message)
	}
	for _, m := range r.Methods {
		if !slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "HEAD"}, m) {
			return invalid("Found unsupported HTTP method in CORS config. Unsupported method is " + m)
		}
	}
	for _, origin := range r.Origins {
		if strings.Count(origin, "*") > 1 {
			return invalid("AllowedOrigin \"" + origin + "\" can not have more than one wildcard.")
		}
	}
	for _, header := range r.Headers {
		if strings.Count(header, "*") > 1 {
			return invalid("AllowedHeader \"" + header + "\" can not have more than one wildcard.")
		}
	}
	for _, header := range r.Exposed {
		if strings.Contains(header, "*") {
			return invalid("ExposeHeader \"" + header + "\" contains wildcard. We currently do not support wildcard for ExposeHeader.")
		}
	}
	return nil
}
