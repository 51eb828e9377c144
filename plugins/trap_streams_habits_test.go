package plugins_test

import (
	"strings"
	"testing"
)

// TestTrapPartialArguments: arguments that Gemini streams value by value are one object
// in the end, whichever way the path says where a value belongs.
func TestTrapPartialArguments(t *testing.T) {
	rig := newTrapRig(t)
	for name, c := range map[string]struct{ args, want string }{
		"a text in two pieces": {`{"jsonPath":"$.a","stringValue":"x","willContinue":true}|{"jsonPath":"$.a","stringValue":"y"}`, `f {"a":"xy"}`},
		"several values":       {`{"jsonPath":"$.a","numberValue":1}|{"jsonPath":"$.b","boolValue":true}|{"jsonPath":"$.c","nullValue":null}`, `f {"a":1,"b":true,"c":null}`},
		"an object and a list": {`{"jsonPath":"$.o.a","stringValue":"x"}|{"jsonPath":"$.l[0]","numberValue":1}|{"jsonPath":"$.l[1]","numberValue":2}`, `f {"o":{"a":"x"},"l":[1,2]}`},
	} {
		stream := `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}`
		for arg := range strings.SplitSeq(c.args, "|") {
			stream += "\n" + `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"partialArgs":[` + arg + `],"willContinue":true}}]}}]}`
		}
		stream += "\n" + `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}`
		for front, request := range map[string]string{"openai.chat": trapWeather, "anthropic.messages": trapWeather, "openai.responses": trapQuestion} {
			docs, err := rig.stream(t, "gemini", front, request, stream)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, front, err)
			}
			if got := trapCalls(t, front, docs); got != c.want {
				t.Errorf("%s: %s: calls %s, want %s", name, front, got, c.want)
			}
		}
	}
}

// TestTrapHabits: what SDKs send by themselves is served, and reported where a provider
// has no place for it.
func TestTrapHabits(t *testing.T) {
	rig := newTrapRig(t)
	const chat = `"messages":[{"role":"user","content":"Hi."}]`
	for _, c := range []struct{ name, folder, front, request, sent, unsent, lost string }{
		{
			"the AI SDK's tools for Anthropic", "openai", "anthropic.messages",
			`{"model":"m","max_tokens":9,` + chat + `,"tools":[{"name":"f","input_schema":{"type":"object"},"eager_input_streaming":true}]}`,
			`"name":"f"`, "eager", "tools[0].eager_input_streaming=",
		},
		{"LangChain's wish for usage", "anthropic", "openai.chat", `{"model":"m","stream":true,"stream_options":{"include_usage":true},` + chat + `}`, `"stream":true`, "stream_options", ""},
		{"LlamaIndex's bound", "anthropic", "openai.chat", `{"model":"m","max_tokens":9,` + chat + `}`, `"max_tokens":9`, "completion", ""},
		{"newer SDKs' bound", "anthropic", "openai.chat", `{"model":"m","max_completion_tokens":9,` + chat + `}`, `"max_tokens":9`, "completion", ""},
	} {
		_, ex, at := rig.asked(t, c.folder, c.front, c.request)
		sent, lost := string(joined(at)), strings.Join(ex.Dropped, " ")
		if !strings.Contains(sent, c.sent) || strings.Contains(sent, c.unsent) || !strings.HasPrefix(lost, c.lost) || (lost == "") != (c.lost == "") {
			t.Errorf("%s: leaves as %s, dropped %q", c.name, sent, lost)
		}
	}
}
