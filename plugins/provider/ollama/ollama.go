// Package ollama holds the built module of the bundled translator
// provider.ollama, whose source lies beside it.
package ollama

import _ "embed" // for the module

//go:embed ollama.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
