package server

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// imply returns the attributes that follow from others, so that plans show them.
func imply(_ settings, t *providers.Type, _, _, want cty.Value) map[string]cty.Value {
	switch t.Name {
	case containerType.Type:
		return implyContainer(want)
	case fileType.Type:
		return implyFile(want)
	case mountType.Type:
		return map[string]cty.Value{"status": cty.StringVal(mounted)}
	case unitType.Type:
		return implyUnit(want)
	}
	return nil
}

// implyFile returns the sum of the content of a file.
func implyFile(want cty.Value) map[string]cty.Value {
	var x serverFile
	for name, to := range map[string]**string{"content": &x.Content, "content_base64": &x.ContentBase64, "sensitive_content": &x.SensitiveContent} {
		*to = text(want.GetAttr(name))
	}
	if source := text(want.GetAttr("source")); source != nil {
		x.Source = *source
	}
	sum := x.sum()
	switch {
	case sum != "":
		return map[string]cty.Value{"sha256": cty.StringVal(sum)}
	case x.Source != "":
		return nil // Check says why it cannot be read
	}
	return map[string]cty.Value{"sha256": cty.UnknownVal(cty.String)}
}

// text returns a string that is known and set; nil otherwise.
func text(v cty.Value) *string {
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	s := v.AsString()
	return &s
}
