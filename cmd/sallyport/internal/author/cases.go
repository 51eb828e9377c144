package author

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files of a case. docs/plugins/cases.md tells what they mean.
const (
	fileConfig       = "config"
	fileRequest      = "request"
	fileWantUpstream = "want.upstream"
	fileUpstream     = "upstream"
	fileWantClient   = "want.client"
	fileWantFlags    = "want.flags"
	fileWantTags     = "want.tags"
	fileWantRoute    = "want.route"

	// of translators
	fileClient      = "client"
	fileTarget      = "target"
	fileFetched     = "fetched"
	fileStatus      = "upstream.status"
	fileWantUsage   = "want.usage"
	fileWantDropped = "want.dropped"
)

var caseFiles = []string{
	fileConfig, fileRequest, fileWantUpstream, fileUpstream, fileWantClient, fileWantFlags, fileWantTags, fileWantRoute,
	fileClient, fileTarget, fileFetched, fileStatus, fileWantUsage, fileWantDropped,
}

// goldenCase is one case in the txtar format: "-- name --" on a line of its own
// begins a file, and what stands before the first is for people.
type goldenCase struct {
	path    string
	comment string
	files   []caseFile
}

type caseFile struct{ name, text string }

// ErrNoCases is that of a plugin beside which there are none.
var ErrNoCases = errors.New("has no cases")

// readCases reads the cases beside a plugin: *.txtar in the folder cases, or in
// testdata where there is none.
func readCases(dir string) ([]*goldenCase, error) {
	var names []string
	for _, folder := range []string{"cases", "testdata"} {
		var err error
		if names, err = filepath.Glob(filepath.Join(dir, folder, "*.txtar")); err != nil {
			return nil, err
		}
		if len(names) > 0 {
			break
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s %w: write the first one to %s; docs/plugins/cases.md tells how",
			dir, ErrNoCases, filepath.Join(dir, "cases", "first.txtar"))
	}
	var out []*goldenCase
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c, err := parseCase(name, string(text))
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// parseCase reads a case and refuses what it could not run.
func parseCase(path, text string) (*goldenCase, error) {
	c := &goldenCase{path: path}
	for line := range strings.Lines(text) {
		if name, ok := fileMarker(line); ok {
			if !slices.Contains(caseFiles, name) {
				return nil, fmt.Errorf("%s: a case has no file %q; it may have %s", path, name, strings.Join(caseFiles, ", "))
			}
			if _, twice := c.file(name); twice {
				return nil, fmt.Errorf("%s: the file %q stands there twice", path, name)
			}
			c.files = append(c.files, caseFile{name: name})
			continue
		}
		if n := len(c.files); n > 0 {
			c.files[n-1].text += line
		} else {
			c.comment += line
		}
	}
	_, request := c.file(fileRequest)
	_, upstream := c.file(fileUpstream)
	if !request && !upstream {
		return nil, fmt.Errorf("%s: a case needs a request, an upstream (the provider's answer), or both", path)
	}
	return c, nil
}

func fileMarker(line string) (string, bool) {
	line = strings.TrimSpace(line)
	name, ok := strings.CutPrefix(line, "-- ")
	if !ok || !strings.HasSuffix(name, " --") {
		return "", false
	}
	return strings.TrimSpace(strings.TrimSuffix(name, " --")), true
}

// name is the case's file without its ending.
func (c *goldenCase) name() string { return strings.TrimSuffix(filepath.Base(c.path), ".txtar") }

// file returns a file without its last line end.
func (c *goldenCase) file(name string) (string, bool) {
	for i := range c.files {
		if c.files[i].name == name {
			return strings.TrimSuffix(c.files[i].text, "\n"), true
		}
	}
	return "", false
}

// settings reads the file config, JSON; an empty one stands for the defaults.
func (c *goldenCase) settings() (map[string]any, error) {
	text, _ := c.file(fileConfig)
	return ParseSettings(c.path+": "+fileConfig, []byte(text))
}

// ParseSettings reads a plugin's settings, a JSON object; nothing stands for {}.
// what names them in errors.
func ParseSettings(what string, text []byte) (map[string]any, error) {
	settings := map[string]any{}
	if len(bytes.TrimSpace(text)) == 0 {
		return settings, nil
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, fmt.Errorf("%s is no JSON (byte %d): %w", what, bad.Offset, err)
		}
		return nil, fmt.Errorf("%s must be a JSON object: %w", what, err)
	}
	return settings, nil
}

// set puts a file into the case, behind after if it is new. An empty text takes
// the file out.
func (c *goldenCase) set(name, text, after string) {
	at := slices.IndexFunc(c.files, func(f caseFile) bool { return f.name == name })
	switch {
	case text == "" && at >= 0:
		c.files = slices.Delete(c.files, at, at+1)
	case text == "":
	case at >= 0:
		c.files[at].text = text + "\n"
	default:
		at = slices.IndexFunc(c.files, func(f caseFile) bool { return f.name == after })
		if at < 0 {
			at = len(c.files) - 1
		}
		c.files = slices.Insert(c.files, at+1, caseFile{name, text + "\n"})
	}
}

// write puts the case back into its file.
func (c *goldenCase) write() error {
	var b strings.Builder
	b.WriteString(c.comment)
	for _, f := range c.files {
		fmt.Fprintf(&b, "-- %s --\n%s", f.name, f.text)
		if f.text != "" && !strings.HasSuffix(f.text, "\n") {
			b.WriteByte('\n')
		}
	}
	return writeFile(c.path, []byte(b.String()))
}
