// Package rules holds the rules that the whole repository keeps, as tests: how
// long a file may be, which words name things, what a comment owes its reader,
// and that every promise of docs/promises.md names a test that exists. Each
// rule has a fixture that it must refuse. The rules of imports stand in
// core/deps_test.go.
package rules
