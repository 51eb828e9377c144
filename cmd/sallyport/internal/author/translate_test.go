package author

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGoldenTranslators runs the cases of every bundled translator.
func TestGoldenTranslators(t *testing.T) {
	crates, err := filepath.Glob("../../../../plugins/provider/*/Cargo.toml")
	if err != nil {
		t.Fatal(err)
	}
	if len(crates) == 0 {
		t.Skip("there is no translator")
	}
	for _, crate := range crates {
		dir := filepath.Dir(crate)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var out bytes.Buffer
			if err := Test(t.Context(), &out, filepath.Join(dir, filepath.Base(dir)+".wasm"), os.Getenv("UPDATE_GOLDEN") != ""); err != nil {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}
