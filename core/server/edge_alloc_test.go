//go:build !race

package server

import (
	"os"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// TestEdgeAllocations: a filter of header fields costs an exchange no allocation but
// that of reading the Host of a gateway without keys.
func TestEdgeAllocations(t *testing.T) {
	for _, guest := range []string{"header", "both"} {
		code, err := os.ReadFile("../wasm/httpwasm/testdata/" + guest + ".wasm")
		if err != nil {
			t.Fatal(err)
		}
		f, err := httpwasm.New(t.Context(), code, httpwasm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, ctx := edged(t, chain.Entry{Instance: "e", Edge: f})
		once := func() {
			ctx.Response.Reset()
			through(t, s, ctx, nil)
		}
		once()
		if n := testing.AllocsPerRun(200, once); n > 1 {
			t.Errorf("%s: %v allocations for an exchange", guest, n)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
