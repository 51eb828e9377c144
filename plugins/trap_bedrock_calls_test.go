package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTrapsOfPlatformsCalls: a model behind Converse that calls a tool and says that its
// turn is over has called a tool, for the clients of every dialect; which of several
// sequences stopped Claude is told where the client had asked for it.
func TestTrapsOfPlatformsCalls(t *testing.T) {
	tr := translatorOf(t, "provider/bedrock")
	const call = `{"toolUse":{"toolUseId":"i","name":"f","input":{"a":1}}}`
	const told = `"additionalModelResponseFields":{"stop_sequence":"FIN"},`
	for _, c := range []struct{ client, content, reason, more, want string }{
		{chatClient, call, "end_turn", "", `"finish_reason":"tool_calls"`},
		{messagesClient, call, "end_turn", "", `"stop_reason":"tool_use"`},
		{messagesClient, `{"text":"a"}`, "end_turn", "", `"stop_reason":"end_turn"`},
		{messagesClient, `{"text":"a"}`, "stop_sequence", told, `"stop_reason":"stop_sequence","stop_sequence":"FIN"`},
	} {
		front := chatFronts()[c.client]
		ex, at := asked(tr, front, "bedrock", newClaude)
		a := &at.Translation.Answer
		body := `{"output":{"message":{"role":"assistant","content":[` + c.content + `]}},"stopReason":"` + c.reason + `",` + c.more + `"usage":{"inputTokens":1,"outputTokens":2}}`
		if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(body)}, a); err != nil {
			t.Fatal(err)
		}
		if got := string(front.WriteAnswer(nil, ex, at, a)); !strings.Contains(got, c.want) {
			t.Errorf("%s, %s: %s", c.client, c.reason, got)
		}
	}
}

// TestTrapsOfPlatformsSettings: what Converse has of its own goes under its own name, and
// models that refuse a choice of tools are not told of the usual one.
func TestTrapsOfPlatformsSettings(t *testing.T) {
	const tool = `{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto"}`
	sendAll(t, []sending{
		{trap: "the usual choice, Llama", from: chatClient, to: "bedrock", model: "meta.llama3-1-70b-instruct-v1:0", body: tool, has: []string{`"toolSpec":{"name":"f"`}, not: []string{"toolChoice"}},
		{trap: "the usual choice, Claude", from: chatClient, to: "bedrock", model: newClaude, body: tool, has: []string{`"toolChoice":{"auto":{}}`}},
		{
			trap: "a tier by its own name", from: chatClient, to: "bedrock", model: newClaude,
			body: `{"model":"m","messages":[{"role":"user","content":"a"}],"serviceTier":{"type":"flex"}}`, has: []string{`"serviceTier":{"type":"flex"}`},
		},
		{
			trap: "a reserved tier", from: chatClient, to: "bedrock", model: newClaude,
			body: `{"model":"m","messages":[{"role":"user","content":"a"}],"service_tier":"reserved"}`, has: []string{`"serviceTier":{"type":"reserved"}`},
		},
	})
}
