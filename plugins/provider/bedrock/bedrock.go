// Package bedrock holds the built module of the bundled translator
// provider.bedrock, whose source lies beside it.
package bedrock

import _ "embed" // for the module

//go:embed bedrock.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
