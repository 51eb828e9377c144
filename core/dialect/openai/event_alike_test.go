package openai

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
		{"text", choice(`{"content":"%s"}`, ``), 4},
		{"thinking", choice(`{"reasoning_content":"%s"}`, ``), 4},
		{"padding", `{"choices":[{"index":0,"delta":{"content":"%s"}}],"obfuscation":"%[1]s"}`, 4},
		{"both", choice(`{"reasoning_content":"hm","reasoning":"%s"}`, ``), 0},
		{"usage", `{"choices":[{"index":0,"delta":{"content":"%s"}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`, 0},
		{"call", choice(`{"tool_calls":[{"index":0,"function":{"arguments":"%s"}}]}`, ``), 0},
		{"finish", choice(`{"content":"%s"}`, `"stop"`), 0},
	} {
		var events []string
		for _, text := range []string{"a", "bc", "", "d", "a\\n\\u00e4", "a word that is longer than others are", "e"} {
			events = append(events, fmt.Sprintf(c.event, text))
		}
		if n := dialecttest.Alike(t, Chat{}, events); n != c.known {
			t.Errorf("%s: %d of %d events were known, want %d", c.name, n, len(events), c.known)
		}
	}
}
