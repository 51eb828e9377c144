// Package anthropic holds the built module of the bundled translator
// provider.anthropic, whose source lies beside it.
package anthropic

import _ "embed" // for the module

//go:embed anthropic.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
