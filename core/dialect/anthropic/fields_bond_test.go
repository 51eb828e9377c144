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

// TestUnseen: guards of prompts see what the app wrote of its own choice, and what points
// to things at the provider is told from it; credentials are neither.
func TestUnseen(t *testing.T) {
	const head = `{"model":"m","max_tokens":1,`
	for body, want := range map[string]string{
		head + `"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":"plutonium"}}`:                                                         "",
		head + `"messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled","note":"a plutonium"}}`:                                         "",
		head + `"messages":[{"role":"user","content":"x"}],"service_tier":"a plutonium"}`:                                                               "",
		head + `"messages":[{"role":"user","content":"x"}],"mcp_servers":[{"type":"url","name":"n","url":"https://plutonium/"}]}`:                       "",
		head + `"messages":[{"role":"user","content":"x"}],"mcp_servers":[{"type":"url","name":"n","url":"u","authorization_token":"a secret"}]}`:       "",
		head + `"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]}`:                              "messages[0].content[0].source.file_id file_1",
		head + `"messages":[{"role":"user","content":[{"type":"container_upload","file_id":"file_2"}]}],"container":"c_1"}`:                             "messages[0].content[0].file_id file_2, container c_1",
		head + `"messages":[{"role":"user","content":"x"}],"container":{"id":"c_1","skills":[{"type":"custom","skill_id":"skill_1"}]}}`:                 "container.id c_1, container.skills[0].skill_id skill_1",
		head + `"messages":[{"role":"user","content":"x"}],"user_profile_id":"up_1","thread":{"type":"x","previous_message_id":"msg_1"}}`:               "user_profile_id up_1, thread.previous_message_id msg_1",
		head + `"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{"file_id":"plutonium","container":"c"}}]}]}`: "",
	} {
		dialecttest.Unseen(t, dialecttest.Parts(t, Messages{}, body), want)
	}
}
