package rust

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestCrates runs the tests of the crates that nothing depends on, where they
// lie.
func TestCrates(t *testing.T) {
	if testing.Short() {
		t.Skip("builds crates")
	}
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skip("cargo is not installed: the crates are not built")
	}
	target := t.TempDir()
	for _, dir := range []string{"examples/secretword", "template"} {
		cmd := exec.CommandContext(t.Context(), cargo, "test", "--offline", "--lib")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CARGO_TARGET_DIR="+target)
		if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("running 0 tests")) {
			t.Errorf("%s: cargo test: %v\n%s", dir, err, out)
		}
	}
}
