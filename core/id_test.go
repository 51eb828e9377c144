package core

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

// The text form is the plain hexadecimal one with hyphens between its groups.
func TestIDText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var id ID
		for i := range id {
			id[i] = byte(rng.Uint32())
		}
		h := hex.EncodeToString(id[:])
		want := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
		if got := string(id.Append([]byte("x"))); got != "x"+want {
			t.Fatalf("text = %q, want x%q", got, want)
		}
		if back, err := ParseID(want); err != nil || back != id {
			t.Fatalf("back = %v, %v", back, err)
		}
	}
}
