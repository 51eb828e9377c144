// Package openai holds the built module of the bundled translator
// provider.openai, whose source lies beside it.
package openai

import _ "embed" // for the module

//go:embed openai.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
