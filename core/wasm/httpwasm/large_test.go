package httpwasm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// TestLargeBodies: bodies larger than a guest's memory pass it piece by piece, in
// pieces of any size.
func TestLargeBodies(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 30_000) // 480 kB
	for _, step := range []int{61, 2048, 4096, 8192} {
		f := open(t, "probe.wasm", httpwasm.Options{Config: fmt.Appendf(nil, "q echo %d\nq next 0", step)})
		for _, size := range []int{0, 1, step - 1, step, step + 1, 2 * step, 64 << 10, 64<<10 + 1, len(body)} {
			m := &core.EdgeMessage{Method: []byte("POST"), URI: []byte("/"), Body: []byte(body[:size]), MaxAnswer: len(body)}
			if _, err := f.Serve(m, nil); err != nil || string(m.AnswerBody) != body[:size] {
				t.Errorf("%d bytes in pieces of %d: %d bytes came back, %v", size, step, len(m.AnswerBody), err)
			}
		}
	}
}
