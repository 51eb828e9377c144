// Package denylist holds the built module of the bundled guard guardrail.denylist,
// whose source lies beside it.
package denylist

import _ "embed" // for the module

//go:embed denylist.wasm
var module string

// Wasm returns a copy of the module, which carries its manifest.
func Wasm() []byte { return []byte(module) }
