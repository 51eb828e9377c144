// Package pii holds the built module of the bundled guard guardrail.pii,
// whose source lies beside it.
package pii

import _ "embed" // for the module

//go:embed pii.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
