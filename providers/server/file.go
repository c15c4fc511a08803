package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type serverFile struct {
	ID               string    `cty:"id"                is:"computed"                             doc:"Id of the host, a colon and the path."`
	Host             string    `cty:"host"              is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Path             string    `cty:"path"              is:"required,replace"                     doc:"Absolute path; missing directories are made."`
	Content          *string   `cty:"content"           is:"optional"                             doc:"The text; with template what that gives."`
	ContentBase64    *string   `cty:"content_base64"    is:"optional"                             doc:"The content in base64, for what is no text."`
	SensitiveContent *string   `cty:"sensitive_content" is:"optional,sensitive"                   doc:"The text, which is never shown."`
	Source           string    `cty:"source"            is:"optional"                             doc:"Path here of a file that is copied."`
	Template         *string   `cty:"template"          is:"optional,renders=content,with=vars"   doc:"Path here of a template of the text, as for templatefile()."`
	Vars             cty.Value `cty:"vars"              is:"optional"                             doc:"Values for the template, by the names that it uses."`
	Owner            string    `cty:"owner"             is:"else=root"                            doc:"User who owns it."`
	Group            string    `cty:"group"             is:"else=root"                            doc:"Group that owns it."`
	Mode             string    `cty:"mode"              is:"else=0644"                            doc:"Permissions, octal, such as 0600."`
	SHA256           string    `cty:"sha256"            is:"computed,shows=content,shows=sensitive_content" doc:"SHA-256 of the content, hexadecimal; units restart by it."`
	TakenOver        bool      `cty:"taken_over"        is:"computed"                             doc:"Whether one was there before, which destroying this puts back."`
}

var fileType = thing[serverFile]{
	Resource: providers.Resource[*client, serverFile]{
		Type:  "server_file",
		Doc:   "A file on a host. One that is there already is taken over, and as it was again when this is destroyed.",
		Check: checkFile,
		Normal: func(x *serverFile) {
			if len(x.Mode) == 3 {
				x.Mode = octal(x.Mode)
			}
		},
		Examples: []string{exampleHost + `
resource "server_file" "motd" {
  host    = server_host.gpu.id
  path    = "/etc/motd"
  content = "welcome\n"
}`, exampleHost + `
resource "server_file" "motd" {
  host    = server_host.gpu.id
  path    = "/etc/motd"
  content = "keep out\n"
  mode    = "0600"
}`, exampleHost + `
resource "server_file" "motd" {
  host           = server_host.gpu.id
  path           = "/etc/motd.d/welcome"
  content_base64 = "AP8C"
}`},
	},
	at:   func(x *serverFile) place { return place{&x.ID, &x.Host, &x.Path} },
	look: func(x serverFile) string { return call("file_look", x.Path, x.SHA256) },
	see:  seeFile,
	put: func(_ *serverFile, x serverFile) (deed, error) {
		content, err := x.bytes()
		return deed{what: "writing " + x.Path, call: call("file_put", x.Path, x.Owner, x.Group, x.Mode), data: content}, err
	},
	drop: func(x serverFile) deed {
		return deed{what: "removing " + x.Path, call: call("file_drop", x.Path), last: x.TakenOver}
	},
}

// exampleHost is the host that examples put things on.
const exampleHost = `resource "server_host" "gpu" {
  address             = "203.0.113.5"
  accept_new_host_key = true
}
`

// seeFile fills in what is there. Content that is as it was is not sent again.
func seeFile(x *serverFile, a answer) error {
	switch a.fact("kind") {
	case "none":
		return providers.ErrGone
	case "file":
	default:
		return fmt.Errorf("%s on %s is a %s and no file: move it out of the way", x.Path, x.Host, a.fact("kind"))
	}
	x.Owner, x.Group = called(x.Owner, a.fact("owner"), a.fact("uid")), called(x.Group, a.fact("group"), a.fact("gid"))
	x.Mode, x.TakenOver = octal(a.fact("mode")), a.fact("made") == ""
	if x.SHA256 == a.fact("sum") {
		return nil
	}
	x.SHA256 = a.fact("sum")
	content, ok := a.bytes("content")
	encoded := base64.StdEncoding.EncodeToString([]byte(content))
	if !ok {
		content = "(more than is shown, with the SHA-256 " + x.SHA256 + ")"
	}
	switch {
	case x.ContentBase64 != nil, x.Content == nil && !utf8.ValidString(content):
		x.ContentBase64 = &encoded
	case x.SensitiveContent != nil:
		x.SensitiveContent = &content
	case x.Content != nil, x.Source == "":
		x.Content = &content
	}
	return nil
}

// bytes returns what the file is to hold.
func (x serverFile) bytes() ([]byte, error) {
	switch {
	case x.Content != nil:
		return []byte(*x.Content), nil
	case x.SensitiveContent != nil:
		return []byte(*x.SensitiveContent), nil
	case x.ContentBase64 != nil:
		b, err := base64.StdEncoding.DecodeString(*x.ContentBase64)
		if err != nil {
			return nil, fmt.Errorf("content_base64: %w", err)
		}
		return b, nil
	}
	if x.Source == "" {
		return nil, errNoContent
	}
	return os.ReadFile(x.Source)
}

// sum returns the SHA-256 of what the file is to hold; "" when that cannot be read.
func (x serverFile) sum() string {
	content, err := x.bytes()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func checkFile(_ *serverFile, x serverFile) error {
	set := 0
	for _, is := range []bool{x.Content != nil, x.SensitiveContent != nil, x.ContentBase64 != nil, x.Source != ""} {
		if is {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("exactly one of content, sensitive_content, content_base64, source and template must be set, and %d are", set)
	}
	if x.Template == nil && x.Vars != cty.NilVal && !x.Vars.IsNull() {
		return errors.New("vars are the values for a template, and template is not set")
	}
	if err := checkPath("path", x.Path); err != nil {
		return err
	}
	if err := checkMode(x.Mode); err != nil {
		return err
	}
	_, err := x.bytes()
	return err
}

// checkPath refuses what is no absolute path of a thing.
func checkPath(attr, file string) error {
	if !strings.HasPrefix(file, "/") || file == "/" || path.Clean(file) != file || strings.ContainsAny(file, "\x00\n") {
		example := "/etc/motd"
		if attr == "interpreter" {
			example = "/bin/bash"
		}
		return fmt.Errorf("%s %q is no absolute path in its shortest form, such as %s", attr, file, example)
	}
	return nil
}

func checkMode(mode string) error {
	bad := fmt.Errorf("mode %q is no octal number such as 0644", mode)
	if len(mode) < 3 || len(mode) > 4 {
		return bad
	}
	if strings.Trim(mode, "01234567") != "" {
		return bad
	}
	return nil
}

// octal returns a mode with four digits.
func octal(mode string) string {
	for len(mode) < 4 {
		mode = "0" + mode
	}
	return mode
}

var errNoContent = errors.New("nothing says what it holds")
