package author

import (
	"path/filepath"
	"testing"
)

// TestTranslatorInGo: the example of a translator in Go, built here, does what its
// cases say.
func TestTranslatorInGo(t *testing.T) {
	dir := filepath.Join(root, "sdk", "go", "examples", "ollama-texts")
	file := filepath.Join(t.TempDir(), "ollama-texts.wasm")
	rebuild(t, dir, file)
	runCases(t, dir, file)
}
