package openai

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestBond: what of a request one provider keeps, with and without a look below the
// top level.
func TestBond(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"model":"m","messages":[{"role":"user","content":"file_id"}]}`:                                                                                          {},
		`{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}`:                                                      {"", "file_id file-1"},
		`{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":"y"}]}`:                    {"", "audio audio_1"},
		`{"model":"m","audio":{"voice":"alloy","format":"wav"},"messages":[{"role":"user","content":"x"}]}`:                                                       {},
		`{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"default":{"file_id":"f"}}}}]}`: {},
	} {
		ex := dialecttest.Scan(t, Chat{}, body)
		for i, deep := range []bool{false, true} {
			got := ""
			if b, found := (Chat{}).Bond(ex, deep); found {
				got = b.Field + " " + string(b.ID)
			}
			if got != want[i] {
				t.Errorf("%s, deep %v: %q, want %q", body, deep, got, want[i])
			}
		}
	}
}

// TestSession: the name that the client gave the conversation.
func TestSession(t *testing.T) {
	for body, want := range map[string]string{
		`{"model":"m","messages":[{"role":"user","content":"x"}],"prompt_cache_key":"k"}`:          "k",
		`{"model":"m","messages":[{"role":"user","content":"x"}],"prompt_cache_key":1,"user":"u"}`: "",
	} {
		if got := (Chat{}).Session(dialecttest.Scan(t, Chat{}, body)); string(got) != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
