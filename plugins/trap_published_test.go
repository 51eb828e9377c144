package plugins_test

import "testing"

// TestTrapsOfPublishedRules: what providers say that they refuse, and what SDKs' types
// know nothing of.
func TestTrapsOfPublishedRules(t *testing.T) {
	const (
		oldClaude = "claude-opus-4-7"
		newClaude = "claude-opus-4-8"
		converse  = "us.anthropic.claude-opus-4-8"
		nova      = "amazon.nova-pro-v1:0"
	)
	talk := func(messages string) string { return `{"model":"m","messages":[` + messages + `]}` }
	called := `{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"abcDEF123","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	answered := `{"role":"tool","tool_call_id":"abcDEF123","content":"r"}`
	sendAll(t, []sending{
		{
			trap: "the role system behind the user", from: chatClient, to: "anthropic", model: newClaude,
			body: talk(`{"role":"user","content":"a"},{"role":"system","content":"S"}`),
			has:  []string{`{"role":"system","content":[{"type":"text","text":"S"}]}]`},
		},
		{
			trap: "the role system of a model that has none there", from: chatClient, to: "anthropic", model: oldClaude,
			body: talk(`{"role":"user","content":"a"},{"role":"system","content":"S"}`),
			has:  []string{`{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"S"}]}]`}, dropped: "messages[1].role=sent_as_user",
		},
		{
			trap: "the role system behind the assistant", from: chatClient, to: "anthropic", model: newClaude,
			body: talk(`{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"S"},{"role":"user","content":"c"}`),
			has:  []string{`{"role":"user","content":[{"type":"text","text":"S"},{"type":"text","text":"c"}]}]`}, dropped: "messages[2].role=sent_as_user",
		},
		{
			trap: "the role system between a call and its result", from: chatClient, to: "anthropic", model: newClaude,
			body: talk(called + `,{"role":"system","content":"S"},` + answered),
			has:  []string{`"content":[{"type":"tool_result","tool_use_id":"abcDEF123","content":[{"type":"text","text":"r"}]},{"type":"text","text":"S"}]}`}, dropped: "messages[2].role=sent_as_user",
		},
		{
			trap: "the role system between a call and its result, at Converse", from: chatClient, to: "bedrock", model: converse,
			body: talk(called + `,{"role":"system","content":"S"},` + answered),
			has:  []string{`{"text":"S"}]}]`}, not: []string{`"system"`}, dropped: "messages[2].role=sent_as_user",
		},
		{
			trap: "the developer between a call and its result, at OpenAI", from: responsesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","store":false,"input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"role":"developer","content":"S"},{"type":"function_call_output","call_id":"c","output":"r"}]}`,
			has:  []string{`{"role":"tool","tool_call_id":"c","content":"r"},{"role":"system","content":"S"}]`},
		},
		{
			trap: "the role system between a call and its result, at Mistral", from: chatClient, to: "mistral", model: "mistral-large-latest",
			body:    talk(called + `,{"role":"system","content":"S"},` + answered),
			has:     []string{`,` + answered + `,{"role":"assistant","content":"OK"},{"role":"user","content":"S"}]`},
			dropped: "messages[2].role=sent_as_user messages[3].role=assistant_message_inserted",
		},
		{
			trap: "the role system behind the assistant, at Mistral", from: chatClient, to: "mistral", model: "mistral-large-latest",
			body: talk(`{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"T"},{"role":"user","content":"c"}`),
			has:  []string{`[{"role":"system","content":"S"},`, `{"role":"user","content":"T"},{"role":"user","content":"c"}]`}, dropped: "messages[3].role=sent_as_user",
		},
		{
			trap: "the role system as the last word, at Mistral", from: chatClient, to: "mistral", model: "mistral-large-latest",
			body: talk(`{"role":"user","content":"a"},{"role":"system","content":"S"}`),
			has:  []string{`{"role":"user","content":"S"}]`}, dropped: "messages[1].role=sent_as_user",
		},
		{
			trap: "the role system behind the user, at Mistral", from: chatClient, to: "mistral", model: "mistral-large-latest",
			body: talk(`{"role":"user","content":"a"},{"role":"system","content":"S"},{"role":"user","content":"c"}`),
			has:  []string{`{"role":"system","content":"S"}`},
		},
		{
			trap: "an assistant that said nothing, at Mistral", from: chatClient, to: "mistral", model: "mistral-large-latest",
			body: talk(`{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":"c"}`),
			want: `{"model":"mistral-large-latest","messages":[{"role":"user","content":"a"},{"role":"user","content":"c"}]}`,
		},
		{
			trap: "a document without a text, at Converse", from: chatClient, to: "bedrock", model: nova,
			body: talk(`{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQ="}},{"type":"text","text":" "}]}`),
			has:  []string{`"content":[{"text":"."},{"document":`}, dropped: "messages[0].text=only_whitespace",
		},
		{
			trap: "a document with a text, at Converse", from: chatClient, to: "bedrock", model: nova,
			body: talk(`{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQ="}},{"type":"text","text":"q"}]}`),
			has:  []string{`"content":[{"document":`}, not: []string{`"."`},
		},
		{
			trap: "an assistant that begins, at Converse", from: chatClient, to: "bedrock", model: nova,
			body: talk(`{"role":"user","content":""},{"role":"assistant","content":"How can I help?"},{"role":"user","content":"a"}`),
			has:  []string{`"messages":[{"role":"user","content":[{"text":"."}]},{"role":"assistant","content":[{"text":"How can I help?"}]},{"role":"user"`},
		},
		{
			trap: "an answer to go on with that ends in blanks, at Converse", from: chatClient, to: "bedrock", model: converse,
			body: talk(`{"role":"user","content":"a"},{"role":"assistant","content":"So: \n"}`),
			has:  []string{`{"role":"assistant","content":[{"text":"So:"}]}`}, dropped: "messages[1].text=trailing_whitespace",
		},
		{
			trap: "a bound on sampling that is none", from: chatClient, to: "anthropic", model: oldClaude,
			body: `{"model":"m","messages":[{"role":"user","content":"a"}],"top_p":1,"temperature":1}`,
			not:  []string{"top_p", "temperature"},
		},
	})
}

// TestTrapsOfPublishedSchemas: what a schema may hold differs from provider to provider,
// and so does what being strict about it means.
func TestTrapsOfPublishedSchemas(t *testing.T) {
	shaped := func(schema string) string {
		return `{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":` + schema + `}}}`
	}
	strict := func(schema string) string {
		return `{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":` + schema + `}}]}`
	}
	const (
		open     = `{"type":"object","properties":{"a":{"type":"object","properties":{}}}}`
		closed   = `{"type":"object","properties":{"a":{"type":"object","properties":{},"additionalProperties":false}},"additionalProperties":false}`
		limited  = `{"type":"object","properties":{"a":{"type":"integer","minimum":1}},"required":["a"],"additionalProperties":false}`
		loose    = `{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}`
		converse = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
	)
	sendAll(t, []sending{
		{
			trap: "objects are closed, at Anthropic", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", body: shaped(open),
			has: []string{`"schema":` + closed},
		},
		{
			trap: "objects are closed, at Converse", from: chatClient, to: "bedrock", model: converse, body: shaped(open),
			has: []string{`{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}},\"additionalProperties\":false}`},
		},
		{
			trap: "limits are described, at Anthropic", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", body: shaped(limited),
			has: []string{`{"type":"integer","description":"{minimum: 1}"}`}, dropped: "response_format=limits_only_described",
		},
		{
			trap: "limits of Google's clients", from: geminiClient, to: "anthropic", model: "claude-sonnet-4-5",
			body: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"INTEGER","format":"int32","description":"An a."}}}}}`,
			has:  []string{`{"type":"integer","description":"An a.\n\n{format: int32}"}},"additionalProperties":false}`}, dropped: "generationConfig.responseSchema=limits_only_described",
		},
		{
			trap: "an object of anything", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", body: shaped(`{"type":"object"}`),
			not: []string{"output_config"}, dropped: "response_format=open_objects_not_supported",
		},
		{
			trap: "a strict tool, at Anthropic", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", body: strict(open),
			has: []string{`"strict":true,"input_schema":` + closed},
		},
		{
			trap: "a strict tool with limits, at Anthropic", from: chatClient, to: "anthropic", model: "claude-sonnet-4-5", body: strict(limited),
			has: []string{`"input_schema":` + limited}, not: []string{"strict"}, dropped: "tools[0].strict=limits_only_described",
		},
		{
			trap: "a strict tool with limits, at Converse", from: chatClient, to: "bedrock", model: converse, body: strict(limited),
			has: []string{limited}, not: []string{"strict"}, dropped: "tools[0].strict=limits_only_described",
		},
		{
			trap: "a shape of Anthropic's with a member that may be left out, at OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"output_config":{"format":{"type":"json_schema","schema":` + loose + `}}}`,
			has:  []string{loose}, not: []string{"strict"}, dropped: "output_config.format=optional_members_not_strict",
		},
		{
			trap: "a strict tool of Anthropic's with a member that may be left out, at OpenAI", from: messagesClient, to: "openai", model: "gpt-4o",
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","strict":true,"input_schema":` + loose + `},{"name":"g","strict":true,"input_schema":` + limited + `}]}`,
			has:  []string{`"parameters":` + loose + `}}`, `"parameters":` + limited + `,"strict":true}`}, dropped: "tools[0].strict=optional_members_not_strict",
		},
		{
			trap: "the same at Responses", from: messagesClient, to: "responses", model: "gpt-4o",
			body: `{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","strict":true,"input_schema":` + loose + `}],"output_config":{"format":{"type":"json_schema","schema":` + loose + `}}}`,
			not:  []string{`"strict":true`}, dropped: "output_config.format=optional_members_not_strict tools[0].strict=optional_members_not_strict",
		},
	})
}
