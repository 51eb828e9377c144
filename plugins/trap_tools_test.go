package plugins_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// claude, converse and their like are models of the providers' folders.
var trapModels = map[string]string{
	"anthropic": "claude-opus-4-5", "bedrock": "anthropic.claude-opus-4-5-v1:0", "gemini": "gemini-2.5-pro",
	"mistral": "mistral-large-latest", "cohere": "command-a-03-2025", "ollama": "llama3", "openai": "gpt-4o",
}

// toEach sends one body to several providers, of which each refuses it for one field
// or gets one piece in it.
func toEach(trap, from, body, refused string, has map[string]string) (table []sending) {
	for to, piece := range has {
		s := sending{trap: trap + ", to " + to, from: from, to: to, model: trapModels[to], body: body, refused: refused}
		if piece != "" {
			s.has = []string{piece}
		}
		table = append(table, s)
	}
	return table
}

// TestTrapsOfToolNames: names that a provider does not take are shortened and mapped
// back.
func TestTrapsOfToolNames(t *testing.T) {
	long := "mcp.server/" + strings.Repeat("long_", 20) + "tool one"
	body := `{"model":"m","tools":[{"type":"function","function":{"name":"` + long + `"}},{"type":"function","function":{"name":"` + long + `s"}}],"tool_choice":{"type":"function","function":{"name":"` + long + `"}},"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"` + long + `","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}`
	answers := map[string]string{
		"anthropic": `{"id":"m","model":"c","content":[{"type":"tool_use","id":"t","name":%,"input":{}}],"stop_reason":"tool_use"}`,
		"bedrock":   `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":%,"input":{}}}]}},"stopReason":"tool_use"}`,
		"gemini":    `{"candidates":[{"content":{"parts":[{"functionCall":{"name":%,"args":{}}}]},"finishReason":"STOP"}]}`,
		"mistral":   `{"choices":[{"message":{"tool_calls":[{"id":"t","type":"function","function":{"name":%,"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
	}
	for to, answer := range answers {
		t.Run(to, func(t *testing.T) {
			s := sending{from: chatClient, to: to, model: trapModels[to], body: body}
			tr := translatorOf(t, "provider/"+to)
			ex, at, err := s.send(tr)
			if err != nil {
				t.Fatal(err)
			}
			names := namesIn(parsed(t, string(joined(at))).v, nil)
			wire := map[string]int{}
			for _, n := range names {
				if wire[n]++; len(n) > 64 || strings.Trim(n, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
					t.Errorf("%q is no name", n)
				}
			}
			if len(wire) != 2 || wire[names[0]] < 2 {
				t.Fatalf("the names are %v, want two, one of them in each place", wire)
			}
			quoted, _ := json.Marshal(names[0])
			var a core.Answer
			text := strings.Replace(answer, "%", string(quoted), 1)
			if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(text)}, &a); err != nil {
				t.Fatal(err)
			}
			if len(a.Parts) != 1 || string(a.Parts[0].Name) != long {
				t.Errorf("the client is told of a call of %q", a.Parts[0].Name)
			}
		})
	}
}

// namesIn collects the names in a request that begin as those of the test do, those
// that a call is held to included.
func namesIn(v any, found []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range []string{"tools", "toolConfig", "tool_choice", "toolChoice", "contents", "messages"} {
			found = namesIn(v[k], found)
		}
		for k, e := range v {
			switch k {
			case "tools", "toolConfig", "tool_choice", "toolChoice", "contents", "messages":
			default:
				found = namesIn(e, found)
			}
		}
	case []any:
		for _, e := range v {
			found = namesIn(e, found)
		}
	case string:
		if strings.HasPrefix(v, "mcp") {
			found = append(found, v)
		}
	}
	return found
}

// TestTrapsOfToolLists: a list without tools, and tools without a schema.
func TestTrapsOfToolLists(t *testing.T) {
	const none = `{"model":"m","tools":[],"tool_choice":"auto","parallel_tool_calls":true,"messages":[{"role":"user","content":"a"}]}`
	var table []sending
	for to := range trapModels {
		if to == "openai" {
			continue
		}
		table = append(table, sending{
			trap: "no tools, to " + to, from: chatClient, to: to, model: trapModels[to], body: none,
			has: []string{`a"`}, not: []string{"tool", "Tool", "function"},
		})
	}
	table = append(table, sending{
		trap: "no tools, to openai", from: messagesClient, to: "openai", model: "gpt-4o",
		body: `{"model":"m","max_tokens":9,"tools":[],"tool_choice":{"type":"auto"},"messages":[{"role":"user","content":"a"}]}`,
		want: `{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_completion_tokens":9}`,
	})
	const anything = `{"type":"object","properties":{}}`
	has := map[string]string{
		"anthropic": `"input_schema":` + anything, "bedrock": `"json":` + anything, "gemini": `"functionDeclarations":[{"name":"f"}]`,
		"mistral": `"parameters":` + anything, "cohere": `"parameters":` + anything, "ollama": `"parameters":` + anything,
	}
	for trap, schema := range map[string]string{"no schema": "", "a schema that is null": `,"parameters":null`, "an empty schema": `,"parameters":{}`} {
		body := `{"model":"m","tools":[{"type":"function","function":{"name":"f"` + schema + `}}],"messages":[{"role":"user","content":"a"}]}`
		table = append(table, toEach(trap, chatClient, body, "", has)...)
	}
	table = append(table, toEach("a schema without its type", chatClient,
		`{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{}}}}}],"messages":[{"role":"user","content":"a"}]}`, "",
		map[string]string{
			"anthropic": `"input_schema":{"type":"object","properties":{"a":{}}}`, "gemini": `"parametersJsonSchema":{"type":"object","properties":{"a":{}}}`,
			"bedrock": `"json":{"type":"object","properties":{"a":{}}}`,
		})...)
	sendAll(t, table)
}

// TestTrapsOfToolSchemas: schemas are JSON Schema on either side of Google's own
// form.
func TestTrapsOfToolSchemas(t *testing.T) {
	const schema = `{"$defs":{"p":{"type":"object","properties":{"child":{"$ref":"#/$defs/p"}},"additionalProperties":false}},"type":"object","properties":{"p":{"$ref":"#/$defs/p"},"k":{"const":"x"},"n":{"type":["string","null"]},"u":{"allOf":[{"type":"object"}]},"o":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`
	const plain = `{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x",null]},"n":{"type":"integer","minimum":1}},"required":["a"]}`
	const own = `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true,"enum":["x"]},"n":{"type":"INTEGER","minimum":1}},"required":["a"]}}]}]}`
	table := []sending{
		{
			trap: "references, constants, lists of types, closed objects", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
			body: `{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":` + schema + `}}],"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"parametersJsonSchema":` + schema}, not: []string{`"parameters":`},
		},
		{
			trap: "the same for the shape of the answer", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
			body: `{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":` + schema + `}},"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"responseJsonSchema":` + schema}, not: []string{`"responseSchema":`},
		},
	}
	table = append(table, toEach("Google's form of a schema", geminiClient, own, "", map[string]string{
		"openai": `"parameters":` + plain, "anthropic": `"input_schema":` + plain, "bedrock": `"json":` + plain,
	})...)
	sendAll(t, table)
}

// TestTrapsOfToolMembers: what only one provider knows of a tool, and tools that
// another one runs.
func TestTrapsOfToolMembers(t *testing.T) {
	const members = `{"model":"m","max_tokens":9,"tools":[{"name":"f","input_schema":{"type":"object"},"eager_input_streaming":true,"defer_loading":true,"input_examples":[{"a":1}],"allowed_callers":["direct"]}],"messages":[{"role":"user","content":"a"}]}`
	var table []sending
	for _, to := range []string{"openai", "gemini", "mistral", "cohere", "ollama", "bedrock"} {
		table = append(table, sending{
			trap: "Anthropic's members, to " + to, from: messagesClient, to: to, model: trapModels[to], body: members,
			has: []string{`"name":"f"`}, not: []string{"eager", "defer", "examples", "callers"},
			dropped: "tools[0].allowed_callers=not_supported_by_provider tools[0].defer_loading=not_supported_by_provider " +
				"tools[0].eager_input_streaming=not_supported_by_provider tools[0].input_examples=not_supported_by_provider",
		})
	}
	const search = `{"model":"m","max_tokens":9,"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3}%],"messages":[{"role":"user","content":"a"}]}`
	wanted := strings.Replace(search, "%]", `],"tool_choice":{"type":"tool","name":"web_search"}`, 1)
	beside := strings.Replace(search, "%", `,{"name":"f","input_schema":{"type":"object"}}`, 1)
	for _, to := range []string{"openai", "gemini", "mistral", "cohere", "ollama", "bedrock"} {
		table = append(table, sending{
			trap: "another provider's tool that must be called, to " + to, from: messagesClient, to: to, model: trapModels[to],
			body: wanted, refused: "tool_choice",
		}, sending{
			trap: "another provider's tool beside a function, to " + to, from: messagesClient, to: to, model: trapModels[to], body: beside,
			has: []string{`"name":"f"`}, not: []string{"web_search"}, dropped: "tools[0]=not_supported_by_provider",
		})
	}
	sendAll(t, table)
}

// TestTrapsOfToolChoice: which tool must be called, and how many at once.
func TestTrapsOfToolChoice(t *testing.T) {
	const one = `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`
	const hi = `"messages":[{"role":"user","content":"a"}]}`
	body := func(more string) string { return `{"model":"m","max_tokens":9000,` + more + `,` + one + `,` + hi }
	table := toEach("a tool that is absent", chatClient, body(`"tool_choice":{"type":"function","function":{"name":"g"}}`), "tool_choice",
		map[string]string{"anthropic": "", "bedrock": "", "gemini": "", "mistral": "", "cohere": "", "ollama": ""})
	table = append(table, toEach("a tool that must be called", chatClient, body(`"tool_choice":"required"`), "", map[string]string{
		"anthropic": `"tool_choice":{"type":"any"}`, "bedrock": `"toolChoice":{"any":{}}`, "gemini": `{"mode":"ANY"}`,
		"mistral": `"tool_choice":"any"`, "cohere": `"tool_choice":"REQUIRED"`,
	})...)
	table = append(table, toEach("no tool may be called", chatClient, body(`"tool_choice":"none"`), "", map[string]string{
		"anthropic": `"tool_choice":{"type":"none"}`, "gemini": `{"mode":"NONE"}`, "mistral": `"tool_choice":"none"`, "cohere": `"tool_choice":"NONE"`,
	})...)
	for _, to := range []string{"anthropic", "bedrock"} {
		for trap, choice := range map[string]string{"any": `"required"`, "one": `{"type":"function","function":{"name":"f"}}`} {
			table = append(table, sending{
				trap: "thinking with a forced call of " + trap + ", to " + to, from: chatClient, to: to, model: trapModels[to],
				body: body(`"reasoning_effort":"high","tool_choice":` + choice), not: []string{"thinking", "effort"}, dropped: "reasoning_effort=not_with_forced_tool",
			})
		}
	}
	const said = "Stands for the tools of earlier turns."
	const history = `{"model":"m",%"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}`
	table = append(table, sending{
		trap: "no tool may be called, to Converse", from: chatClient, to: "bedrock", model: trapModels["bedrock"],
		body: body(`"tool_choice":"none"`), has: []string{`"text":"a"`}, not: []string{"toolConfig"},
	}, sending{
		trap: "history of tools, none now, to Converse", from: chatClient, to: "bedrock", model: trapModels["bedrock"],
		body: strings.Replace(history, "%", "", 1), has: []string{said},
	}, sending{
		trap: "history of tools, none may be called, to Converse", from: chatClient, to: "bedrock", model: trapModels["bedrock"],
		body: strings.Replace(history, "%", one+`,"tool_choice":"none",`, 1), has: []string{said}, not: []string{"toolChoice"},
	})
	table = append(table, toEach("one call at a time", chatClient, body(`"parallel_tool_calls":false`), "", map[string]string{
		"anthropic": `"tool_choice":{"type":"auto","disable_parallel_tool_use":true}`,
		"bedrock":   `"additionalModelRequestFields":{"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}`,
		"mistral":   `"parallel_tool_calls":false`,
	})...)
	for to, model := range map[string]string{"gemini": "gemini-3-pro", "bedrock": "amazon.nova-pro-v1:0"} {
		table = append(table, sending{
			trap: "one call at a time, to " + model, from: chatClient, to: to, model: model, body: body(`"parallel_tool_calls":false`),
			not: []string{"parallel"}, dropped: "parallel_tool_calls=not_supported_by_provider",
		})
	}
	table = append(table, sending{
		trap: "one call at a time, from Anthropic", from: messagesClient, to: "openai", model: "gpt-4o",
		body: `{"model":"m","max_tokens":9,"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true},"messages":[{"role":"user","content":"a"}]}`,
		has:  []string{`"tool_choice":"required"`, `"parallel_tool_calls":false`},
	})
	sendAll(t, table)
}
