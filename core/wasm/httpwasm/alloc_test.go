//go:build !race

package httpwasm_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// TestNoAllocations holds an exchange with a header filter to none.
func TestNoAllocations(t *testing.T) {
	for _, guest := range []string{"header.wasm", "both.wasm"} {
		f, m := open(t, guest, httpwasm.Options{}), &core.EdgeMessage{}
		exchange(t, f, m)
		if n := testing.AllocsPerRun(200, func() { exchange(t, f, m) }); n > 0 {
			t.Errorf("%s: %v allocations per exchange", guest, n)
		}
	}
}
