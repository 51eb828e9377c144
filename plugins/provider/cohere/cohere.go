// Package cohere holds the built module of the bundled translator
// provider.cohere, whose source lies beside it.
package cohere

import _ "embed" // for the module

//go:embed cohere.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
