package httpwasm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// TestGoGuest: guests that bring a whole runtime serve, as a library and as a command
// whose main has ended.
func TestGoGuest(t *testing.T) {
	for _, mode := range []string{"c-shared", "default"} {
		out := filepath.Join(t.TempDir(), "guest.wasm")
		c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildmode="+mode, "-o", out, "./testdata/goguest")
		c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
		if msg, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, msg)
		}
		code, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		f, err := httpwasm.New(t.Context(), code, httpwasm.Options{Limits: core.Limits{Deadline: longDeadline}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
		for _, body := range []string{"", "hello", strings.Repeat("a", 5000), strings.Repeat("0123456789abcdef", 8<<10)} {
			m := &core.EdgeMessage{Method: []byte("PUT"), URI: []byte("/"), Body: []byte(body)}
			if failed, err := f.Serve(m, nil); failed != nil || err != nil || m.Status != 200 || string(m.AnswerBody) != body || string(m.AnswerFields.Get([]byte("X-Method"))) != "PUT" {
				t.Errorf("%s: %d bytes: %d %q with %d bytes, %v %v", mode, len(body), m.Status, m.AnswerFields, len(m.AnswerBody), failed, err)
			}
		}
	}
}

// longDeadline is one that a busy machine does not reach.
const longDeadline = 10 * time.Second
