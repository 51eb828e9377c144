package plugins_test

import (
	"strings"
	"testing"
)

// TestTrapGoogleOrder: what a client of Google's says of the order of properties is
// the order in which they stand for the providers of all other dialects.
func TestTrapGoogleOrder(t *testing.T) {
	const ordered = `{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"}},"required":["a"],"propertyOrdering":["b","a"]}`
	const shape = `{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":` + ordered + `}}`
	const tool = `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":` + ordered + `}]}]}`
	const half = `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"}},"propertyOrdering":["b","c"]}}]}]}`
	turned := []string{`"properties":{"b":{"type":"string"},"a":{"type":"string"}}`}
	var table []sending
	for _, to := range []string{"openai", "anthropic", "mistral", "bedrock", "cohere", "ollama", "responses"} {
		table = append(table,
			sending{trap: to + " tool", from: geminiClient, to: to, model: "m", body: tool, has: turned},
			sending{trap: to + " half", from: geminiClient, to: to, model: "m", body: half, has: turned, dropped: "tools[0].parameters.propertyOrdering=not_supported_by_provider"})
	}
	for _, to := range []string{"openai", "anthropic", "mistral", "cohere", "ollama", "responses"} {
		table = append(table, sending{trap: to + " shape", from: geminiClient, to: to, model: "claude-opus-4-6", body: shape, has: turned})
	}
	for i := range table {
		table[i].not = []string{"ropertyOrdering"}
	}
	sendAll(t, table)
}

// TestTrapGoogleNothingSaid: a user who says nothing is a blank to Google, which
// refuses texts without characters and requests without contents, and that is said.
func TestTrapGoogleNothingSaid(t *testing.T) {
	const blank = `{"contents":[{"role":"user","parts":[{"text":" "}]}]}`
	var table []sending
	for _, c := range []struct{ trap, from, body, dropped string }{
		{"chat", chatClient, `{"model":"m","messages":[{"role":"user","content":""}]}`, "messages[0].text=sent_as_blank"},
		{"chat of no pieces", chatClient, `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":""}]}]}`, "messages[0].text=sent_as_blank"},
		{"chat with an empty system prompt", chatClient, `{"model":"m","messages":[{"role":"system","content":""}]}`, "messages[0].text=sent_as_blank"},
		{"an answer alone", chatClient, `{"model":"m","messages":[{"role":"assistant","content":""}]}`, "messages[0].text=sent_as_blank"},
		{"messages", messagesClient, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":""}]}`, "messages[0].text=sent_as_blank"},
		{"responses", responsesClient, `{"model":"m","input":"","store":false}`, "input[0].text=sent_as_blank"},
	} {
		table = append(table, sending{trap: c.trap, from: c.from, to: "gemini", model: "gemini-3-pro", body: c.body, want: blank, dropped: c.dropped})
	}
	table[4].want = strings.Replace(blank, `}]}]}`, `}]}],"generationConfig":{"maxOutputTokens":9}}`, 1)
	table = append(table,
		sending{
			trap: "a system prompt alone", from: chatClient, to: "gemini", model: "gemini-3-pro", settings: map[string]string{"project": "p"},
			body: `{"model":"m","messages":[{"role":"system","content":"s"}]}`, want: `{"contents":[{"role":"user","parts":[{"text":"s"}]}]}`, dropped: "messages[0].text=sent_as_user",
		},
		sending{
			trap: "at the end", from: chatClient, to: "gemini", model: "gemini-3-pro", settings: map[string]string{"project": "p"},
			body: `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":""}]}`,
			want: `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":" "}]}]}`, dropped: "messages[2].text=sent_as_blank",
		})
	sendAll(t, table)
}

// TestTrapGoogleAllowed: of several functions that may be called, only those are
// offered to providers of other dialects, and to Google's, whichever client says so.
func TestTrapGoogleAllowed(t *testing.T) {
	const google = `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"},{"name":"h"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f","h"]}}}`
	const chat = `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h"}}],
	 "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"h"}}]}}}`
	gone := []string{`"name":"g"`}
	sendAll(t, []sending{
		{trap: "openai", from: geminiClient, to: "openai", model: "m", body: google, has: []string{`"name":"f"`, `"name":"h"`, `"tool_choice":"required"`}, not: gone, dropped: "tools[1]=not_allowed"},
		{trap: "anthropic", from: geminiClient, to: "anthropic", model: "m", body: google, has: []string{`"name":"f"`, `"name":"h"`, `"tool_choice":{"type":"any"`}, not: gone, dropped: "tools[1]=not_allowed"},
		{trap: "bedrock", from: geminiClient, to: "bedrock", model: "m", body: google, has: []string{`"name":"f"`, `"name":"h"`, `"toolChoice":{"any":{}}`}, not: gone, dropped: "tools[1]=not_allowed"},
		{trap: "gemini", from: chatClient, to: "gemini", model: "gemini-3-pro", body: chat, has: []string{`"name":"f"`, `"name":"h"`, `"mode":"ANY"`}, not: gone, dropped: "tools[1]=not_allowed"},
		{trap: "nobody", from: geminiClient, to: "openai", model: "m", body: strings.Replace(google, `"h"]`, `"i"]`, 1), refused: "toolConfig.functionCallingConfig.allowedFunctionNames[1]"},
	})
}

// TestTrapGoogleNames: a function whose name begins with a digit, which Google
// refuses, has another name there, and its own everywhere else.
func TestTrapGoogleNames(t *testing.T) {
	const request = `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"21st_builder","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}]}`
	sendAll(t, []sending{{trap: "request", from: chatClient, to: "gemini", model: "gemini-3-pro", body: request, has: []string{`"name":"_21st_builder"`}}})
	tellAll(t, []reply{
		{
			trap: "whole", folder: "gemini", front: chatClient, request: request, want: []string{`"name":"21st_builder"`}, never: []string{"_21st"},
			answer: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"_21st_builder","args":{"q":"a"}}}]},"finishReason":"STOP"}]}`,
		},
		{
			trap: "streamed", folder: "gemini", front: messagesClient,
			want: []string{`"name":"21st_builder"`}, never: []string{"_21st"},
			answer: lines(`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"_21st_builder","args":{"q":"a"}}}]},"finishReason":"STOP"}]}`),
		},
	})
}

// TestTrapGoogleThoughts: thoughts count among the tokens of an answer, so that some
// are left for it; and a client that does not want to read them is not sent them.
func TestTrapGoogleThoughts(t *testing.T) {
	sendAll(t, []sending{
		{
			trap: "room for the answer", from: chatClient, to: "gemini", model: "gemini-2.5-flash",
			body: `{"model":"m","max_tokens":2000,"reasoning_effort":"high","messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"maxOutputTokens":2000,"thinkingConfig":{"thinkingBudget":1600,"includeThoughts":true}`},
		},
		{
			trap: "not to be read", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","max_tokens":2000,"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"high"},"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"thinkingConfig":{"thinkingLevel":"high"}`},
		},
		{
			trap: "what nobody knows", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","max_tokens":2000,"thinking":{"type":"adaptive","new":"x"},"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"thinkingConfig":{"includeThoughts":true}`}, dropped: "thinking.new=not_supported_by_provider",
		},
	})
}
