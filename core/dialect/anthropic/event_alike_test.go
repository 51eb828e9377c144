package anthropic

import (
	"fmt"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestReadAlike: events that differ in their text alone are known by the one before,
// and metered as if they were read; all others are read.
func TestReadAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, event string
		known       int
	}{
		{"text", `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"%s"}}`, 4},
		{"thinking", `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"%s"}}`, 4},
		{"call", `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"%s"}}`, 0},
		{"signature", `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"%s"}}`, 0},
		{"usage", `{"type":"message_delta","delta":{"text":"%s"},"usage":{"output_tokens":3}}`, 0},
	} {
		var events []string
		for _, text := range []string{"a", "bc", "", "d", "a\\n\\u00e4", "a word that is longer than others are", "e"} {
			events = append(events, fmt.Sprintf(c.event, text))
		}
		if n := dialecttest.Alike(t, Messages{}, events); n != c.known {
			t.Errorf("%s: %d of %d events were known, want %d", c.name, n, len(events), c.known)
		}
	}
}
