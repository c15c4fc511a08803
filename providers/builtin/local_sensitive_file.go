package builtin

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type localSensitiveFile struct {
	ID                  string  `cty:"id"                   is:"computed"          doc:"SHA-1 of the content, hexadecimal."`
	Filename            string  `cty:"filename"             is:"required,replace"  doc:"Path of the file; missing directories are made."`
	Content             *string `cty:"content"              is:"optional,replace,sensitive" doc:"The text."`
	ContentBase64       *string `cty:"content_base64"       is:"optional,replace,sensitive" doc:"The content in base64, for what is no text."`
	Source              *string `cty:"source"               is:"optional,replace"  doc:"Path of a file that is copied."`
	FilePermission      string  `cty:"file_permission"      is:"else=0700,replace" doc:"Permissions of a new file, octal, before the umask."`
	DirectoryPermission string  `cty:"directory_permission" is:"else=0700,replace" doc:"Permissions of new directories, octal, before the umask."`
	checksums
}

var localSensitiveFileType = providers.Resource[none, localSensitiveFile]{
	Type: "local_sensitive_file",
	Doc:  "A file whose content is not shown.",
	Create: func(ctx context.Context, _ none, x *localSensitiveFile, _ providers.Attempt) error {
		sums, err := writeLocal(ctx, x.Filename, x.from(), x.FilePermission, x.DirectoryPermission)
		x.ID, x.checksums = sums.ContentSHA1, sums
		return err
	},
	Import: noImport[localSensitiveFile](importLocalFile),
	Read: func(ctx context.Context, _ none, x *localSensitiveFile) error {
		return readLocal(ctx, x.Filename, x.ID)
	},
	Delete: func(ctx context.Context, _ none, x localSensitiveFile) error {
		return deleteLocal(ctx, x.Filename, x.ID)
	},
	Find: func(ctx context.Context, _ none, x *localSensitiveFile, a providers.Attempt) (bool, error) {
		sums, found, err := findLocal(ctx, x.Filename, x.from(), a)
		x.ID, x.checksums = sums.ContentSHA1, sums
		return found, err
	},
	Check: func(_ *localSensitiveFile, x localSensitiveFile) error {
		if err := x.from().check("content, content_base64 and source"); err != nil {
			return err
		}
		return checkModes(map[string]string{"file_permission": x.FilePermission, "directory_permission": x.DirectoryPermission})
	},
	Again:  true,
	Settle: noWait,
	Examples: []string{
		`resource "local_sensitive_file" "example" {
  filename = "secret.txt"
  content  = "hello"
}`,
		`resource "local_sensitive_file" "example" {
  filename        = "out/secret.txt"
  content_base64  = "AAEC"
  file_permission = "0600"
}`,
	},
}

func (x *localSensitiveFile) from() localContent {
	return localContent{x.Content, nil, x.ContentBase64, x.Source}
}
