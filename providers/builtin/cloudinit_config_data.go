package builtin

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"mime/multipart"
	"net/textproto"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

func cloudinitProvider() *providers.Provider {
	return providers.Cloud[none, none]{
		Name: "cloudinit", Doc: "User data for cloud-init.",
		Connect: connectNone, Classify: refuse, Data: []providers.Erasable{cloudinitConfigData},
	}.Provider()
}

type cloudinitConfig struct {
	ID       string          `cty:"id"            is:"computed"  doc:"CRC-32 of what is rendered."`
	Gzip     bool            `cty:"gzip"          is:"else=true" doc:"Whether the result is compressed."`
	Base64   bool            `cty:"base64_encode" is:"else=true" doc:"Whether the result is base64; it must be if it is compressed."`
	Boundary string          `cty:"boundary"      is:"default"   doc:"Text between the parts; MIMEBOUNDARY if absent."`
	Parts    []cloudinitPart `cty:"part"          is:"required"  doc:"A part; they stand in this order."`
	Rendered string          `cty:"rendered"      is:"computed"  doc:"The user data."`
}

type cloudinitPart struct {
	ContentType string `cty:"content_type" is:"default"  doc:"MIME type of the part; text/plain if absent."`
	Content     string `cty:"content"      is:"required" doc:"The part itself."`
	Filename    string `cty:"filename"     is:"optional" doc:"File name in the header of the part."`
	MergeType   string `cty:"merge_type"   is:"optional" doc:"How cloud-init merges the part."`
}

var cloudinitConfigData = providers.DataSource[none, cloudinitConfig]{
	Type: "cloudinit_config",
	Doc:  "Several parts of cloud-init user data in one.",
	Read: renderCloudinit,
	Examples: []string{
		`data "cloudinit_config" "example" {
  gzip          = false
  base64_encode = false

  part {
    content_type = "text/cloud-config"
    content      = "packages: [nvtop]"
  }

  part {
    content_type = "text/x-shellscript"
    filename     = "start.sh"
    content      = "#!/bin/sh\nnvidia-smi"
  }
}`,
	},
}

func renderCloudinit(_ context.Context, _ none, x *cloudinitConfig) error {
	if x.Gzip && !x.Base64 {
		return errors.New("gzip is true and base64_encode is false: what is compressed must be base64")
	}
	x.Boundary = cmp.Or(x.Boundary, "MIMEBOUNDARY")
	for i := range x.Parts {
		x.Parts[i].ContentType = cmp.Or(x.Parts[i].ContentType, "text/plain")
	}
	var buf bytes.Buffer
	if err := x.write(&buf); err != nil {
		return err
	}
	if x.Rendered = buf.String(); x.Base64 {
		x.Rendered = base64.StdEncoding.EncodeToString(buf.Bytes())
	}
	x.ID = strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(x.Rendered))), 10)
	return nil
}

// write writes the parts to w, compressed if they are to be.
func (x *cloudinitConfig) write(w io.Writer) error {
	if !x.Gzip {
		return x.writeParts(w)
	}
	z := gzip.NewWriter(w)
	return errors.Join(x.writeParts(z), z.Close())
}

func (x *cloudinitConfig) writeParts(w io.Writer) error {
	m := multipart.NewWriter(w)
	if err := m.SetBoundary(x.Boundary); err != nil {
		return fmt.Errorf("boundary %q: %w", x.Boundary, err)
	}
	// Only the second line ends in CR LF: Terraform's provider writes it so, and
	// another text would replace machines.
	if _, err := fmt.Fprintf(w, "Content-Type: multipart/mixed; boundary=\"%s\"\nMIME-Version: 1.0\r\n\r\n", x.Boundary); err != nil {
		return err
	}
	for _, p := range x.Parts {
		part, err := m.CreatePart(p.header())
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, p.Content); err != nil {
			return err
		}
	}
	return m.Close()
}

func (p cloudinitPart) header() textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	h.Set("Content-Type", p.ContentType)
	h.Set("MIME-Version", "1.0")
	h.Set("Content-Transfer-Encoding", "7bit")
	if p.Filename != "" {
		h.Set("Content-Disposition", `attachment; filename="`+p.Filename+`"`)
	}
	if p.MergeType != "" {
		h.Set("X-Merge-Type", p.MergeType)
	}
	return h
}
