//go:build !race

package sallyport_test

import (
	"bytes"
	"testing"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
)

// TestCleanPathAllocatesNothing: a hook that only looks makes no garbage, so a
// guest that finds nothing never collects any.
func TestCleanPathAllocatesNothing(t *testing.T) {
	call := abi.PromptCall{HasExchange: true, HasParameters: true, Messages: 5}
	call.Exchange.ID = []byte("id")
	for i := range uint32(5) {
		call.Parts = append(call.Parts, abi.Part{ID: i, Kind: abi.KindText, Text: bytes.Repeat([]byte("text "), 160)})
	}
	frame := call.Append(nil)
	found := 0
	look := func(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
		for _, p := range c.Parts() {
			found += bytes.Count(p.Text(), []byte("kraken"))
		}
		return nil
	}
	redact := func(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
		r.Redact(c.Parts()[1], 0, 4, "TEXT")
		r.Flag("seen", 1)
		return nil
	}
	reply := make([]byte, 0, 4096)
	for name, f := range map[string]func(*sallyport.PromptCall, *sallyport.PromptReply) error{"look": look, "redact": redact} {
		prompt = f
		n := testing.AllocsPerRun(100, func() {
			if _, err := guest.Run(guest.Prompt, reply, frame); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkPrompt is what the SDK itself costs on a 4 KiB prompt, natively.
func BenchmarkPrompt(b *testing.B) {
	call := abi.PromptCall{HasExchange: true}
	for i := range uint32(5) {
		call.Parts = append(call.Parts, abi.Part{ID: i, Kind: abi.KindText, Text: bytes.Repeat([]byte("text "), 160)})
	}
	frame := call.Append(nil)
	prompt = func(*sallyport.PromptCall, *sallyport.PromptReply) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if _, err := guest.Run(guest.Prompt, nil, frame); err != nil {
			b.Fatal(err)
		}
	}
}
