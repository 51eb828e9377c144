// Package plugins is the one ordered list of what is built in. Nothing
// registers itself: what is not listed here is not there.
package plugins

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins/auth/keys"
	"github.com/sallyport-gateway/sallyport/plugins/provider/bedrock"
	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
	"github.com/sallyport-gateway/sallyport/plugins/provider/compatible"
	"github.com/sallyport-gateway/sallyport/plugins/provider/own"
	"github.com/sallyport-gateway/sallyport/plugins/sign/gcp"
	"github.com/sallyport-gateway/sallyport/plugins/sign/header"
	"github.com/sallyport-gateway/sallyport/plugins/sign/query"
	"github.com/sallyport-gateway/sallyport/plugins/sign/sigv4"
)

// Providers returns the known kinds of provider.
func Providers() []core.Descriptor {
	return slices.Concat(own.Descriptors(), compatible.Descriptors(), own.Runtimes())
}

// Models returns the catalog of the models of those kinds.
func Models() catalog.Catalog { return catalog.New() }

// Translators returns the translators that are built in as Go.
func Translators() []core.Translator {
	return slices.Concat(compatible.Rankers(), compatible.Embedders(), []core.Translator{compatible.Embeddings{}, compatible.Predict{}, bedrock.Embeddings{}, compatible.CohereEmbeddings{}, bedrock.Count{}})
}

// Natives returns the native plugins that hooks can be configured from, in the
// order in which they are offered.
func Natives() []core.Plugin { return nil }

// Module is a plugin that is built in as a WebAssembly module.
type Module struct {
	Name string // of its folder, e.g. "guardrail/pii"
	Wasm []byte // read-only
	// Manifest is its manifest in YAML where the module does not carry it.
	Manifest []byte
}

//go:embed guardrail/*/*.wasm guardrail/*/manifest.yaml provider/*/*.wasm provider/*/manifest.yaml
var modules embed.FS

// Modules returns the modules that are built in, sorted by name. Each is the one
// file of its folder that ends in .wasm.
func Modules() []Module {
	var out []Module
	files, _ := fs.Glob(modules, "*/*/*.wasm") // the pattern is good
	for _, file := range files {
		dir := path.Dir(file)
		code, err := modules.ReadFile(file)
		manifest, err2 := modules.ReadFile(path.Join(dir, "manifest.yaml"))
		if err == nil && err2 == nil {
			out = append(out, Module{Name: dir, Wasm: code, Manifest: manifest})
		}
	}
	return out
}

// Authenticator returns the authenticator for static virtual keys.
func Authenticator(source core.KeySource) core.Authenticator { return keys.New(source) }

// Signer returns the signer that auth names: "bearer", "header:NAME",
// "query:NAME", "sigv4:SERVICE", "gcp" or "none". It binds key to the provider's
// host. "none" gives no signer and takes no key.
func Signer(auth, key string, p *core.Provider) (core.Signer, error) {
	scheme, param, _ := strings.Cut(auth, ":")
	switch {
	case scheme == "none" && param == "":
		return nil, nil //nolint:nilnil // no signer is the answer
	case scheme == "bearer" && param == "":
		return header.Bearer(key, p.Host)
	case scheme == "header" && param != "":
		return header.New(param, key, p.Host)
	case scheme == "query" && param != "":
		return query.New(param, key, p.Host)
	case scheme == "sigv4" && param != "":
		return sigv4.New(key, p.Host, param, setting(p, "region"))
	case scheme == "gcp" && param == "":
		return gcp.New(key, p.Host)
	default:
		return nil, fmt.Errorf("auth %q is unknown; use bearer, header:NAME, query:NAME, sigv4:SERVICE, gcp or none", auth)
	}
}

func setting(p *core.Provider, name string) string {
	for _, s := range p.Settings {
		if s.Key == name {
			return s.Value
		}
	}
	return ""
}
