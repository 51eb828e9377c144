// Package mistral holds the built module of the bundled translator
// provider.mistral, whose source lies beside it.
package mistral

import _ "embed" // for the module

//go:embed mistral.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
