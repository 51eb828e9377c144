// Package responses holds the built module of the bundled translator
// provider.responses, whose source lies beside it.
package responses

import _ "embed" // for the module

//go:embed responses.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
