package plugins_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// nextTurn is what a client asks next: it sends the answer back as it came, with the
// results of the tools that were called.
func nextTurn(t *testing.T, dialect, answer string) string {
	t.Helper()
	d := parsed(t, answer)
	var ask []any
	if dialect == messagesClient {
		back := []any{map[string]any{"type": "text", "text": "y"}}
		for _, b := range d.at("content").list() {
			if b.at("type").text() == "tool_use" {
				back = append(back, map[string]any{"type": "tool_result", "tool_use_id": b.at("id").v, "content": "r"})
			}
		}
		ask = []any{map[string]any{"role": "user", "content": "x"}, map[string]any{"role": "assistant", "content": d.at("content").v}, map[string]any{"role": "user", "content": back}}
	} else {
		m := d.at("choices").list()[0].at("message")
		ask = []any{map[string]any{"role": "user", "content": "x"}, m.v}
		for _, c := range m.at("tool_calls").list() {
			ask = append(ask, map[string]any{"role": "tool", "tool_call_id": c.at("id").v, "content": "r"})
		}
	}
	b, err := json.Marshal(map[string]any{"model": "m", "max_tokens": 9, "messages": ask})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A seal is thinking, or a call, that a provider signed, and what of it leaves for a
// provider with the next request of a client that sent it back.
type seal struct {
	trap, from, to, kind, front string // kind: of the provider asked next
	answer                      string
	want, never                 []string
	dropped                     string
}

const (
	sealedClaude = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"SIG=="},{"type":"redacted_thinking","data":"RED=="},` +
		`{"type":"text","text":"a"},{"type":"tool_use","id":"toolu_1","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`
	sealedGemini = `{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"name":"f","args":{}},"thoughtSignature":"SIG=="},{"functionCall":{"name":"g","args":{}}}]},"finishReason":"STOP"}]}`
	plainGemini  = `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}]}`
	deepSeek     = `{"choices":[{"index":0,"message":{"role":"assistant","content":"a","reasoning_content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`
	deepSeekText = `{"choices":[{"index":0,"message":{"role":"assistant","content":"a","reasoning_content":"hm"},"finish_reason":"stop"}]}`
	awsThinking  = `{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"SIG=="}}},{"toolUse":{"toolUseId":"t1","name":"f","input":{}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`
)

// TestTrapsOfSignatures: what is signed comes back to who signed it, as it was and
// where it stood, and goes to nobody else.
func TestTrapsOfSignatures(t *testing.T) {
	const first = `"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"SIG=="},{"type":"redacted_thinking","data":"RED=="},`
	rig := newTrapRig(t)
	for _, s := range []seal{
		{trap: "Anthropic's thinking stands first, unchanged", from: "anthropic", to: "anthropic", front: chatClient, answer: sealedClaude, want: []string{first}},
		{trap: "Anthropic's thinking is not Gemini's", from: "anthropic", to: "gemini", front: chatClient, answer: sealedClaude, never: []string{"SIG==", "RED=="}, dropped: "signed_by_another_provider"},
		{trap: "Anthropic's thinking is not OpenAI's", from: "anthropic", to: "openai", front: chatClient, answer: sealedClaude, never: []string{"SIG==", "RED=="}, dropped: "signed_by_another_provider"},
		{trap: "Gemini's thinking is not Anthropic's", from: "gemini", to: "anthropic", front: messagesClient, answer: sealedGemini, never: []string{"SIG=="}, dropped: "signed_by_another_provider"},
		{trap: "Converse's thinking comes back", from: "bedrock", to: "bedrock", front: messagesClient, answer: awsThinking, want: []string{`"reasoningText":{"text":"hm","signature":"SIG=="}`}},
		{trap: "Converse's thinking is not Gemini's", from: "bedrock", to: "gemini", front: messagesClient, answer: awsThinking, never: []string{"SIG=="}, dropped: "signed_by_another_provider"},
		{trap: "the first call of Gemini's keeps its signature through chat", from: "gemini", to: "gemini", front: chatClient, answer: sealedGemini, want: []string{`"thoughtSignature":"SIG=="`}, never: []string{"skip_thought"}, dropped: "thinking=unsigned"},
		{trap: "the first call of Gemini's keeps its signature through Messages", from: "gemini", to: "gemini", front: messagesClient, answer: sealedGemini, want: []string{`"thoughtSignature":"SIG=="`}, never: []string{"skip_thought"}, dropped: "thinking=unsigned"},
		{trap: "a first call without a signature says so to Gemini", from: "gemini", to: "gemini", front: chatClient, answer: plainGemini, want: []string{`"thoughtSignature":"skip_thought_signature_validator"`}},
		{trap: "a call of another provider has none for Gemini", from: "anthropic", to: "gemini", front: messagesClient, answer: sealedClaude, want: []string{`"thoughtSignature":"skip_thought_signature_validator"`}, dropped: "signed_by_another_provider"},
		{trap: "DeepSeek's reasoning comes back while tools are called", from: "openai", to: "openai", front: messagesClient, answer: deepSeek, want: []string{`"reasoning_content":"hm"`}},
		{trap: "DeepSeek's reasoning stays here otherwise", from: "openai", to: "openai", front: messagesClient, answer: deepSeekText, never: []string{"hm"}, dropped: "only_with_tool_calls"},
		{trap: "DeepSeek's reasoning is no other's", from: "openai", to: "openai", kind: "groq", front: messagesClient, answer: deepSeek, never: []string{"hm"}, dropped: "signed_by_another_provider"},
	} {
		t.Run(s.trap, func(t *testing.T) {
			r := reply{front: s.front, answer: s.answer}
			text, err := r.told(t, rig.translator(s.from))
			if err != nil {
				t.Fatal(err)
			}
			front, path := clientOf(s.front)
			tr := rig.translator(s.to)
			ex, at := asked(tr, front, "provider", "gemini-3-pro")
			if s.kind != "" {
				at.Deployment.Provider.Name = s.kind
			}
			ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(nextTurn(t, s.front, text))
			ex.Request.Operation = core.OpChat
			if err := front.Scan(ex); err != nil {
				t.Fatal(err)
			}
			typed, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.Request(ex, at, typed); err != nil {
				t.Fatal(err)
			}
			holds(t, string(joined(at)), s.want, s.never)
			if dropped := strings.Join(append(ex.Dropped, typed.Dropped...), " "); s.dropped == "" && dropped != "" || !strings.Contains(dropped, s.dropped) {
				t.Errorf("reported %q, want %q", dropped, s.dropped)
			}
		})
	}
}

// TestTrapsOfReasoning: a client of chat gets reasoning as a string, and what is
// sealed beside it.
func TestTrapsOfReasoning(t *testing.T) {
	const claude = `"type":"content_block_`
	tellAll(t, []reply{
		{trap: "Anthropic's", folder: "anthropic", front: chatClient, answer: sealedClaude, want: []string{`"reasoning_content":"hm"`, `"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"`, `{"type":"redacted_thinking","data":"`}},
		{trap: "Gemini's", folder: "gemini", front: chatClient, answer: sealedGemini, want: []string{`"reasoning_content":"hm"`, `"extra_content":{"google":{"thought_signature":"`}},
		{trap: "Converse's", folder: "bedrock", front: chatClient, answer: awsThinking, want: []string{`"reasoning_content":"hm"`, `"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"`}},
		{
			trap: "Anthropic's, streamed", folder: "anthropic", front: chatClient,
			answer: claudeStream(
				`{"input_tokens":1,"output_tokens":1}`, `{`+claude+`start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`, `{`+claude+`delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
				`{`+claude+`delta","index":0,"delta":{"type":"signature_delta","signature":"SIG=="}}`, `{`+claude+`stop","index":0}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}`,
			),
			want: []string{`"delta":{"reasoning_content":"hm"}`, `"delta":{"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"`}, never: []string{`"reasoning_content":{`},
		},
		{
			trap: "Converse's, streamed", folder: "bedrock", front: chatClient,
			answer: lines(
				"messageStart\t"+`{"role":"assistant"}`, "contentBlockDelta\t"+`{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}`, "contentBlockDelta\t"+`{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"SIG=="}}}`,
				"contentBlockStop\t"+`{"contentBlockIndex":0}`, "messageStop\t"+`{"stopReason":"end_turn"}`, "metadata\t"+`{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`,
			),
			want: []string{`"delta":{"reasoning_content":"hm"}`, `"signature":"`}, never: []string{`"reasoning_content":{`},
		},
	})
}

// TestTrapHugeSignature: a signature of 200 KiB comes through whole, however the
// stream is cut into reads.
func TestTrapHugeSignature(t *testing.T) {
	huge := strings.Repeat("QUJD", 50<<10)
	var b strings.Builder
	for e := range strings.SplitSeq(claudeStream(
		`{"input_tokens":1,"output_tokens":1}`, `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"`+huge+`"}}`,
		`{"type":"content_block_stop","index":0}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}`,
	), "\n") {
		if name, data, ok := strings.Cut(e, "\t"); ok {
			b.WriteString("event: " + name + "\ndata: " + data + "\n\n")
		}
	}
	tr := translatorOf(t, "provider/anthropic")
	for how, pieces := range inPieces(b.String()) {
		for name, front := range chatFronts() {
			text, err := copied(t, tr, front, pieces)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, how, err)
			}
			if strings.Count(text, huge) != 1 {
				t.Errorf("%s, %s: the signature is there %d times", name, how, strings.Count(text, huge))
			}
		}
	}
}

// TestTrapGoogleInChat: a signature in Google's own place in a chat is Google's, also
// where a client had it from Google itself.
func TestTrapGoogleInChat(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "to Gemini", from: chatClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]},{"role":"tool","tool_call_id":"c1","content":"r"}]}`,
			has:  []string{`"thoughtSignature":"c2ln"`}, not: []string{"skip_thought"},
		},
		{
			trap: "to Anthropic", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]},{"role":"tool","tool_call_id":"c1","content":"r"}]}`,
			has:  []string{`"type":"tool_use"`}, not: []string{"c2ln"}, dropped: "messages[1].tool_call.signature=signed_by_another_provider",
		},
	})
}
