package author

import (
	"archive/zip"
	"bytes"
	_ "embed" // templates.zip
	"io/fs"
)

//go:generate env UPDATE_GOLDEN=1 go test -count=1 -run TemplatesAreFresh$ .

// packed holds LANG/template, what a new plugin begins with, and LANG/sdk, the
// SDK. Both are those of the folder sdk of this repository, which cannot be
// embedded where they lie: sdk/go is a module of its own. TestTemplatesAreFresh
// makes the archive and holds it equal to them.
//
//go:embed templates.zip
var packed []byte

func templates() (fs.FS, error) { return zip.NewReader(bytes.NewReader(packed), int64(len(packed))) }
