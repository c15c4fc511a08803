package builtin

import (
	"context"
	"encoding/base64"
	"os"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type localFileLookup struct {
	ID            string `cty:"id"             is:"computed" doc:"SHA-1 of the content, hexadecimal."`
	Filename      string `cty:"filename"       is:"required" doc:"Path of the file."`
	Content       string `cty:"content"        is:"computed" doc:"The text; what is not UTF-8 is replaced."`
	ContentBase64 string `cty:"content_base64" is:"computed" doc:"The content in base64, for what is no text."`
	checksums
}

type localSensitiveFileLookup struct {
	ID            string `cty:"id"             is:"computed"           doc:"SHA-1 of the content, hexadecimal."`
	Filename      string `cty:"filename"       is:"required"           doc:"Path of the file."`
	Content       string `cty:"content"        is:"computed,sensitive" doc:"The text; what is not UTF-8 is replaced."`
	ContentBase64 string `cty:"content_base64" is:"computed,sensitive" doc:"The content in base64, for what is no text."`
	checksums
}

const localFileExample = `resource "local_file" "example" {
  filename = "read.txt"
  content  = "hello"
}

`

var localFileData = providers.DataSource[none, localFileLookup]{
	Type: "local_file",
	Doc:  "The content of a file.",
	Read: readLocalFile,
	Examples: []string{
		localFileExample + `data "local_file" "example" {
  filename = local_file.example.filename
}`,
	},
}

var localSensitiveFileData = providers.DataSource[none, localSensitiveFileLookup]{
	Type: "local_sensitive_file",
	Doc:  "The content of a file, which is not shown.",
	Read: func(ctx context.Context, c none, x *localSensitiveFileLookup) error {
		y := localFileLookup(*x) // they differ in tags only
		err := readLocalFile(ctx, c, &y)
		*x = localSensitiveFileLookup(y)
		return err
	},
	Examples: []string{
		localFileExample + `data "local_sensitive_file" "example" {
  filename = local_file.example.filename
}`,
	},
}

func readLocalFile(_ context.Context, _ none, x *localFileLookup) error {
	content, err := os.ReadFile(x.Filename)
	if err != nil {
		return err
	}
	sums := checksumsOf(content)
	x.Content = strings.ToValidUTF8(string(content), "\uFFFD")
	x.ContentBase64 = base64.StdEncoding.EncodeToString(content)
	x.ID, x.checksums = sums.ContentSHA1, sums
	return nil
}
