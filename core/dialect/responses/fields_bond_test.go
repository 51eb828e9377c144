package responses

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestBond: what of a request one provider keeps, with and without a look below the
// top level.
func TestBond(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"model":"m","input":"x"}`:                                                                                                      {},
		`{"model":"m","input":"x","previous_response_id":"resp_1"}`:                                                                      {"previous_response_id resp_1", "previous_response_id resp_1"},
		`{"model":"m","input":"x","previous_response_id":null}`:                                                                          {},
		`{"model":"m","input":"x","conversation":"conv_1"}`:                                                                              {"conversation conv_1", "conversation conv_1"},
		`{"model":"m","input":"x","conversation":{"id":"conv_1"}}`:                                                                       {"conversation conv_1", "conversation conv_1"},
		`{"model":"m","prompt":{"id":"pmpt_1","variables":{"file_id":"f"}}}`:                                                             {"", "prompt pmpt_1"},
		`{"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"file-1"}]}]}`:                                  {"", "file_id file-1"},
		`{"model":"m","input":[{"type":"item_reference","id":"rs_1"}]}`:                                                                  {"", "item_reference rs_1"},
		`{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"},{"role":"user","content":"x"}]}`: {"", "encrypted_content gAAA"},
		`{"model":"m","input":[{"type":"reasoning","encrypted_content":"gAAA"},{"type":"item_reference","id":"rs_1"}]}`:                  {"", "item_reference rs_1"},
		`{"model":"m","input":"x","tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]}`:                                         {"", "vector_store_ids vs_1"},
		`{"model":"m","input":"x","tools":[{"type":"code_interpreter","container":"cntr_1"}]}`:                                           {"", "container cntr_1"},
		`{"model":"m","input":"x","tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}`:                                    {},
	} {
		ex := dialecttest.Scan(t, Dialect{}, body)
		for i, deep := range []bool{false, true} {
			got := ""
			if b, found := (Dialect{}).Bond(ex, deep); found {
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
		`{"model":"m","input":"x","prompt_cache_key":"k"}`:  "k",
		`{"model":"m","input":"x","prompt_cache_key":null}`: "",
	} {
		if got := (Dialect{}).Session(dialecttest.Scan(t, Dialect{}, body)); string(got) != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
