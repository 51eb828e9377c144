package author

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

const (
	moduleSuffix = ".wasm"
	manifestFile = "manifest.yaml"
)

// Module is a plugin that was read, but neither admitted nor run.
type Module struct {
	Name     string // where it comes from, for people: a path or the name of what is built in
	Code     []byte // the module, as read
	Text     []byte // its manifest, YAML
	Manifest core.Manifest
	Foreign  *wasm.Foreign // the ABI of another ecosystem that it is of, or nil
}

// NewModule reads the manifest of a module: its own, else sidecar, which may be
// nil. A module of a foreign ABI needs none. name says where the module comes from. Code is kept, not copied.
func NewModule(name string, code, sidecar []byte) (*Module, error) {
	text, err := wasm.ManifestText(code)
	if errors.Is(err, wasm.ErrNoManifest) && sidecar != nil {
		text, err = sidecar, nil
	}
	m := &Module{Name: name, Code: code, Text: text, Foreign: foreignOf(code)}
	if m.Foreign != nil && errors.Is(err, wasm.ErrNoManifest) {
		made, err := ForeignManifest(name, code, m.Digest())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		m.Manifest = *made
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m.Manifest, err = parseManifest(name, text)
	return m, err
}

// scriptSuffix is how the files of scripts end, which these commands are not for.
const scriptSuffix = ".js"

// ReadModule reads a module from a file, and the manifest beside it (NAME.yaml)
// if it carries none.
func ReadModule(file string) (*Module, error) {
	if strings.HasSuffix(file, scriptSuffix) {
		return nil, fmt.Errorf("%s is a script, and these commands are for WebAssembly: drop it into a plugin folder, and test it with the package sdk/plugintest (sdk/js/README.md)", file)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sidecar, err := os.ReadFile(strings.TrimSuffix(file, moduleSuffix) + ".yaml")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return NewModule(file, code, sidecar)
}

// Digest returns the SHA-256 of the module.
func (m *Module) Digest() [sha256.Size]byte { return sha256.Sum256(m.Code) }

// parseManifest reads a manifest; its error holds every problem, one to a line.
func parseManifest(file string, text []byte) (core.Manifest, error) {
	m, problems := config.ParseManifest(file, text)
	if !config.Failed(problems) {
		return m, nil
	}
	var out strings.Builder
	_ = config.Print(&out, problems) // a builder does not fail
	return m, fmt.Errorf("the manifest cannot be used; docs/plugins/manifest.md has every field:\n%s", strings.TrimRight(out.String(), "\n"))
}

// Project is the folder of a plugin's sources.
type Project struct {
	Dir      string
	Lang     Lang
	Text     []byte // manifest.yaml
	Manifest core.Manifest
}

// OpenProject reads the manifest in dir and finds out the language.
func OpenProject(dir string) (*Project, error) {
	p := &Project{Dir: dir}
	var err error
	if p.Lang, err = langOf(dir); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, manifestFile)
	if p.Text, err = os.ReadFile(file); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s is missing: a plugin declares itself there; docs/plugins/manifest.md has every field", file)
		}
		return nil, err
	}
	p.Manifest, err = parseManifest(file, p.Text)
	return p, err
}

// Output is the file that the project is built into: the name in the plugin's id
// behind its kind.
func (p *Project) Output() string { return filepath.Join(p.Dir, outputName(&p.Manifest)) }

func outputName(m *core.Manifest) string {
	_, name, _ := strings.Cut(m.ID, ".")
	return name + moduleSuffix
}
