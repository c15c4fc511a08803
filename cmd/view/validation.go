package view

import (
	"bytes"
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
)

// ValidationJSON returns what was found wrong in a configuration as Terraform's
// validate -json does. sources are the files that diags point into.
func ValidationJSON(diags hcl.Diagnostics, sources map[string]*hcl.File) ([]byte, error) {
	doc := struct {
		FormatVersion string    `json:"format_version"`
		Valid         bool      `json:"valid"`
		Errors        int       `json:"error_count"`
		Warnings      int       `json:"warning_count"`
		Diagnostics   []problem `json:"diagnostics"`
	}{FormatVersion: "1.0", Valid: !diags.HasErrors(), Diagnostics: []problem{}}
	for _, p := range problems(diags, sources, asItIs) {
		if p.Severity == "error" {
			doc.Errors++
		} else {
			doc.Warnings++
		}
		doc.Diagnostics = append(doc.Diagnostics, p)
	}
	raw, err := marshal(doc)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, raw, "", "  ")
	return b.Bytes(), err
}
