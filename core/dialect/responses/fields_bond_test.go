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

// TestUnseen: guards of prompts see what the app wrote of its own choice, and what points
// to things at the provider is told from it; credentials are neither.
func TestUnseen(t *testing.T) {
	const head = `{"model":"m","input":"x",`
	for body, want := range map[string]string{
		head + `"metadata":{"team":"plutonium"}}`: "",
		head + `"prompt_cache_key":"plutonium"}`:  "",
		head + `"tools":[{"type":"mcp","server_url":"https://plutonium/","authorization":"a secret","headers":{"x":"a secret"}}]}`: "",
		head + `"tools":[{"type":"code_interpreter","container":{"type":"auto","note":"plutonium"}}]}`:                             "",
		head + `"previous_response_id":"resp_1"}`:                                                                                 "previous_response_id resp_1",
		head + `"conversation":"conv_1"}`:                                                                                         "conversation conv_1",
		head + `"conversation":{"id":"conv_1"}}`:                                                                                  "conversation.id conv_1",
		head + `"prompt":{"id":"pmpt_1","variables":{"who":"plutonium"}}}`:                                                        "prompt.id pmpt_1",
		head + `"tools":[{"type":"file_search","vector_store_ids":["vs_1","vs_2"]}]}`:                                             "tools[0].vector_store_ids[0] vs_1, tools[0].vector_store_ids[1] vs_2",
		head + `"tools":[{"type":"code_interpreter","container":"cntr_1"}]}`:                                                      "tools[0].container cntr_1",
		head + `"tools":[{"type":"code_interpreter","container":{"type":"auto","file_ids":["file_1"]}}]}`:                         "tools[0].container.file_ids[0] file_1",
		`{"model":"m","input":[{"type":"item_reference","id":"msg_1"},{"id":"rs_1"},{"role":"user","content":"x","id":"msg_2"}]}`: "input[0].id msg_1, input[1].id rs_1",
		`{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[]},{"type":"image_generation_call","id":"ig_1"},{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":true}]}`:                                                  "input[0].id rs_1, input[1].id ig_1, input[2].approval_request_id mcpr_1",
		`{"model":"m","input":[{"type":"reasoning","id":"rs_1","encrypted_content":"s","summary":[]},{"type":"reasoning","id":"rs_2","summary":[{"type":"summary_text","text":"plutonium"}]},{"type":"image_generation_call","id":"ig_1","result":"AAAA"}]}`: "",
		`{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_url":"file_1"},{"type":"input_image","image_url":"https://plutonium/"},{"type":"input_image","image_url":" data:image/png;base64,AA=="}]}]}`:                             "input[0].content[0].file_url file_1",
		`{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"file_1"},{"type":"input_image","file_id":"file_2"}]}]}`:                                                                                                             "input[0].content[0].file_id file_1, input[0].content[1].file_id file_2",
	} {
		dialecttest.Unseen(t, dialecttest.Parts(t, Dialect{}, body), want)
	}
}
