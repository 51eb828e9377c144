// Package gemini holds the built module of the bundled translator
// provider.gemini, whose source lies beside it.
package gemini

import _ "embed" // for the module

//go:embed gemini.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
