// Package author is what "sallyport plugin" does for those who write plugins: it
// makes a new one from a template, builds it, looks into it, runs its cases and
// measures it. Plugins run here exactly as in the gateway: in core/wasm, in a
// chain of core/chain and on documents that core/dialect/openai reads and writes.
package author
