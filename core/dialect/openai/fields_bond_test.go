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

// TestUnseen: guards of prompts see what the app wrote of its own choice, and what points
// to things at the provider, or is a program that writes the prompt, is told from it.
func TestUnseen(t *testing.T) {
	const head = `{"model":"m","messages":[{"role":"user","content":"x"}],`
	for body, want := range map[string]string{
		head + `"user":"plutonium"}`:                                                                         "",
		head + `"safety_identifier":"plutonium"}`:                                                            "",
		head + `"prompt_cache_key":"plutonium"}`:                                                             "",
		head + `"metadata":{"team":"plutonium"}}`:                                                            "",
		head + `"chat_template_kwargs":{"style":"plutonium"}}`:                                               "",
		head + `"grammar":"root ::= \"plutonium\""}`:                                                         "",
		head + `"reasoning_effort":"a plutonium"}`:                                                           "",
		head + `"service_tier":"plutonium\u2003"}`:                                                           "",
		head + `"prompt_embeds":"AAAA","input_ids":[1,2],"prompt_token_ids":[]}`:                             "prompt_embeds AAAA, input_ids [1,2]",
		head + `"chat_template":"{{ messages }}"}`:                                                           "chat_template {{ messages }}",
		`{"model":"m","messages":[{"role":"assistant","audio":{"id":"audio_1"}}]}`:                           "messages[0].audio.id audio_1",
		`{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}]}`: "messages[0].content[0].file.file_id file_1",
		`{"model":"m","messages":[{"role":"user","content":[{"type":"file","file_id":"file_1"},{"type":"image_url","image_url":{"url":"file_2"}}]}]}`: "messages[0].content[0].file_id file_1, messages[0].content[1].image_url.url file_2",
		head + `"previous_response_id":"resp_1","extra_body":{"google":{"cached_content":"cachedContents/c"}},"file_ids":["file_1"]}`:                 "previous_response_id resp_1, extra_body.google.cached_content cachedContents/c, file_ids[0] file_1",
	} {
		dialecttest.Unseen(t, dialecttest.Parts(t, Chat{}, body), want)
	}
}
