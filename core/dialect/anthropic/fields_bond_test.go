package anthropic

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestBond: what of a request one provider keeps, with and without a look below the
// top level.
func TestBond(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`:                                                                    {},
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]}`:      {"", "file_id file_1"},
		`{"model":"m","max_tokens":1,"container":"c_1","messages":[{"role":"user","content":"x"}]}`:                                                  {"", "container c_1"},
		`{"model":"m","max_tokens":1,"container":{"id":"c_1","skills":[]},"messages":[{"role":"user","content":"x"}]}`:                               {"", "container c_1"},
		`{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{"file_id":"f"}}]}]}`: {},
	} {
		ex := dialecttest.Scan(t, Messages{}, body)
		for i, deep := range []bool{false, true} {
			got := ""
			if b, found := (Messages{}).Bond(ex, deep); found {
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
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":"session_1"}}`: "session_1",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"metadata":{}}`:                      "",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`:                                    "",
	} {
		if got := (Messages{}).Session(dialecttest.Scan(t, Messages{}, body)); string(got) != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
