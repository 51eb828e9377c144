package plugins_test

import (
	"strings"
	"testing"
)

// calling is a chat in which a function was called with those arguments, written as a
// string of JSON, under that id.
func calling(id, arguments string) string {
	return `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"` + id +
		`","type":"function","function":{"name":"f","arguments":` + arguments + `}}]},{"role":"tool","tool_call_id":"` + id + `","content":"r"}]}`
}

// TestTrapsOfArguments: arguments that are empty, cut off, or hold long numbers.
func TestTrapsOfArguments(t *testing.T) {
	empty := map[string]string{
		"anthropic": `"input":{}`, "bedrock": `"input":{}`, "gemini": `"args":{}`, "ollama": `"arguments":{}`,
		"mistral": `"arguments":"{}"`, "cohere": `"arguments":"{}"`,
	}
	var table []sending
	for trap, arguments := range map[string]string{"no arguments": `""`, "blank arguments": `" "`, "an empty object": `"{}"`} {
		table = append(table, toEach(trap, chatClient, calling("c", arguments), "", empty)...)
	}
	object := map[string]string{"anthropic": "", "bedrock": "", "gemini": "", "ollama": "", "cohere": ""}
	for trap, arguments := range map[string]string{
		"cut arguments": `"{\"city\": \"Par"`, "arguments that are no object": `"[1]"`, "arguments with something behind": `"{}{}"`,
	} {
		table = append(table, toEach(trap, chatClient, calling("c", arguments), "messages[1].tool_call", object)...)
	}
	const long = `{"n": 12345678901234567890, "x": 1.50, "e": 1e400}`
	raw := map[string]string{"anthropic": `"input":` + long, "bedrock": `"input":` + long, "gemini": `"args":` + long, "ollama": `"arguments":` + long}
	table = append(table, toEach("long numbers", chatClient, calling("c", `"`+strings.ReplaceAll(long, `"`, `\"`)+`"`), "", raw)...)
	table = append(table, sending{
		trap: "no arguments, from Anthropic", from: messagesClient, to: "openai", model: "gpt-4o",
		body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}},{"type":"tool_use","id":"u","name":"g","input":{"n":12345678901234567890}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"1"},{"type":"tool_result","tool_use_id":"u","content":"2"}]}]}`,
		has:  []string{`"name":"f","arguments":"{}"`, `"arguments":"{\"n\":12345678901234567890}"`},
	}, sending{
		trap: "no arguments, from Google", from: geminiClient, to: "openai", model: "gpt-4o",
		body: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"1"}}}]}]}`,
		has:  []string{`"name":"f","arguments":"{}"`},
	})
	sendAll(t, table)
}

// TestTrapsOfCallIDs: ids that a provider does not take are others, the same ones for
// a call and its result.
func TestTrapsOfCallIDs(t *testing.T) {
	const odd = "call.1|fc:2/xyz"
	for _, to := range []string{"anthropic", "bedrock", "mistral"} {
		t.Run(to, func(t *testing.T) {
			s := sending{from: chatClient, to: to, model: trapModels[to], body: calling(odd, `"{}"`)}
			_, at, err := s.send(translatorOf(t, "provider/"+to))
			if err != nil {
				t.Fatal(err)
			}
			ids := idsIn(parsed(t, string(joined(at))).v, nil)
			if len(ids) != 2 || ids[0] != ids[1] {
				t.Fatalf("ids %q of a call and its result", ids)
			}
			allowed := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			if to != "mistral" {
				allowed += "_-"
			}
			if strings.Trim(ids[0], allowed) != "" || len(ids[0]) > 64 || to == "mistral" && len(ids[0]) != 9 {
				t.Errorf("%s does not take %q", to, ids[0])
			}
		})
	}
}

// idsIn collects the ids of calls and results.
func idsIn(v any, found []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			id, is := e.(string)
			switch k {
			case "id", "tool_use_id", "toolUseId", "tool_call_id":
				if is {
					found = append(found, id)
				}
			default:
				found = idsIn(e, found)
			}
		}
	case []any:
		for _, e := range v {
			found = idsIn(e, found)
		}
	}
	return found
}

// TestTrapsOfResults: what tools returned stands together, in the order of the calls,
// and in the form that the provider has.
func TestTrapsOfResults(t *testing.T) {
	two := strings.Replace(`{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"g","arguments":"{}"}}]},%,{"role":"user","content":"go on"}]}`,
		"%", `{"role":"tool","tool_call_id":"d","content":"second"},{"role":"tool","tool_call_id":"c","content":"{\"ok\":1}"}`, 1)
	vertex := map[string]string{"project": "p"}
	google := func(ids bool) string {
		of := func(id, rest string) string {
			if ids {
				return `"id":"` + id + `",` + rest
			}
			return rest
		}
		return `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{` + of("c", `"name":"f","args":{}}},{"functionCall":{`) + of("d", `"name":"g","args":{}}}`) +
			`]},{"role":"user","parts":[{"functionResponse":{` + of("c", `"name":"f","response":{"ok":1}}},{"functionResponse":{`) + of("d", `"name":"g","response":{"result":"second"}}}`) + `,{"text":"go on"}]}]}`
	}
	refers := `{\"$ref\":\"#/x\",\"$defs\":{}}`
	sendAll(t, []sending{
		{
			trap: "in one message of the user's, results first, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-4-5", body: two,
			has: []string{`{"role":"user","content":[{"type":"tool_result","tool_use_id":"d","content":[{"type":"text","text":"second"}]},{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"{\"ok\":1}"}]},{"type":"text","text":"go on"}]}]`},
		},
		{
			trap: "in one message of the user's, to Converse", from: chatClient, to: "bedrock", model: trapModels["bedrock"], body: two,
			has: []string{`{"role":"user","content":[{"toolResult":{"toolUseId":"d","content":[{"text":"second"}]}},{"toolResult":{"toolUseId":"c","content":[{"text":"{\"ok\":1}"}]}},{"text":"go on"}]}`},
		},
		{trap: "in the order of the calls, with ids and names, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro", body: two, want: google(true)},
		{trap: "without ids, to Vertex", from: chatClient, to: "gemini", model: "gemini-2.5-pro", settings: vertex, body: two, want: google(false)},
		{
			trap: "an object with references is a text, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
			body: strings.Replace(calling("c", `"{}"`), `"content":"r"`, `"content":"`+refers+`"`, 1),
			has:  []string{`"response":{"result":"` + refers + `"}`},
		},
		{
			trap: "one message for each, to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}},{"type":"tool_use","id":"u","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"},{"type":"tool_result","tool_use_id":"u","content":[{"type":"text","text":"y"}]},{"type":"text","text":"go"}]}]}`,
			has:  []string{`{"role":"tool","tool_call_id":"t","content":"x"},{"role":"tool","tool_call_id":"u","content":"y"},{"role":"user","content":"go"}]`},
		},
		{
			trap: "a failure is said, to Converse", from: messagesClient, to: "bedrock", model: trapModels["bedrock"],
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":"x"}]}]}`,
			has:  []string{`"content":[{"text":"x"}],"status":"error"`},
		},
		{
			trap: "a failure is said, to Gemini", from: messagesClient, to: "gemini", model: "gemini-2.5-pro",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":"x"}]}]}`,
			has:  []string{`"response":{"error":"x"}`},
		},
		{
			trap: "a picture of a tool, to a model that takes it there", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body: shown, has: []string{`"response":{"result":"see"},"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]}}`},
		},
		{
			trap: "a picture of a tool, to an older model", from: messagesClient, to: "gemini", model: "gemini-2.5-pro",
			body: shown, has: []string{`"response":{"result":"see"}}},{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]`},
			dropped: "messages[2].image=moved_out_of_result",
		},
	})
}

// shown is a chat in which a tool returned a picture.
const shown = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"shot","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}]}`
