package responses

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
		{"text", `{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"%s","sequence_number":7}`, 4},
		{"padded", `{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"%s","obfuscation":"%[1]s","sequence_number":7}`, 4},
		{"thinking", `{"type":"response.reasoning_summary_text.delta","item_id":"m","output_index":0,"summary_index":0,"delta":"%s","sequence_number":7}`, 4},
		{"call", `{"type":"response.function_call_arguments.delta","item_id":"f","output_index":0,"delta":"%s","sequence_number":7}`, 0},
		{"done", `{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"%s","sequence_number":7}`, 0},
	} {
		var events []string
		for _, text := range []string{"a", "bc", "", "d", "a\\n\\u00e4", "a word that is longer than others are", "e"} {
			events = append(events, fmt.Sprintf(c.event, text))
		}
		if n := dialecttest.Alike(t, Dialect{}, events); n != c.known {
			t.Errorf("%s: %d of %d events were known, want %d", c.name, n, len(events), c.known)
		}
	}
}
