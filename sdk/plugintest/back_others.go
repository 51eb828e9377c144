package plugintest

import "strings"

func geminiChunk(part, finish, more string) string {
	if finish != "" {
		finish = `,"finishReason":"` + finish + `"`
	}
	return `{"candidates":[{"content":{"role":"model","parts":[` + part + `]},"index":0` + finish + more + `}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":5,"totalTokenCount":10},"modelVersion":"m1","responseId":"r1"}`
}

func geminiWhole(x *exchange) string {
	return geminiChunk(strings.Join(geminiParts(x, []string{x.said()}), ","), "STOP", geminiLogprobs(x, x.said()))
}

func geminiStream(x *exchange) (out []event) {
	pieces := x.pieces(x.said())
	for i, p := range geminiParts(x, pieces) {
		out = append(out, event{"", geminiChunk(p, "", geminiLogprobs(x, pieces[min(i, len(pieces)-1)]))})
	}
	return append(out, event{"", geminiChunk(`{"text":""}`, "STOP", "")})
}

// geminiLogprobs spells a piece of the text again.
func geminiLogprobs(x *exchange, piece string) string {
	if x.place != inLogprobs {
		return ""
	}
	token := `{"token":` + x.quoted(piece) + `,"tokenId":1,"logProbability":-0.5}`
	return `,"logprobsResult":{"topCandidates":[{"candidates":[` + token + `]}],"chosenCandidates":[` + token + `]}`
}

func geminiParts(x *exchange, pieces []string) (out []string) {
	if x.calls() {
		return []string{`{"functionCall":{"name":` + x.tool() + `,"args":` + x.arguments() + `}}`}
	}
	for _, p := range pieces {
		out = append(out, `{"text":`+x.quoted(p)+when(x.at(inThinking), `,"thought":true`)+`}`)
	}
	if x.at(inThinking) {
		out = append(out, `{"text":"well"}`)
	}
	return out
}

// Bedrock's Converse.

func converseCitation(x *exchange) string {
	return `{"title":"t","sourceContent":[{"text":` + x.quoted(x.said()) + `}],"location":{"web":{"url":"https://example.com/"}}}`
}

func converseWhole(x *exchange) string {
	var content string
	switch {
	case x.at(inText):
		content = `{"text":` + x.quoted(x.said()) + `}`
	case x.at(inThinking):
		content = `{"reasoningContent":{"reasoningText":{"text":` + x.quoted(x.said()) + `,"signature":"c2VhbA=="}}},{"text":"well"}`
	case x.at(inCitation):
		content = `{"citationsContent":{"content":[{"text":"well"}],"citations":[` + converseCitation(x) + `]}}`
	default:
		content = `{"toolUse":{"toolUseId":"t1","name":` + x.tool() + `,"input":` + x.arguments() + `}}`
	}
	return `{"metrics":{"latencyMs":9},"output":{"message":{"role":"assistant","content":[` + content + `]}},"stopReason":"` + claudeStop(x) +
		`","usage":{"inputTokens":5,"outputTokens":5,"totalTokens":10}}`
}

func converseStream(x *exchange) []event {
	out := []event{{"messageStart", `{"role":"assistant","p":"abcd"}`}}
	delta := func(format string, pieces ...string) {
		out = x.each(out, "contentBlockDelta", `{"contentBlockIndex":0,"delta":{`+format+`},"p":"ab"}`, pieces)
	}
	switch {
	case x.at(inText):
		delta(`"text":%s`, x.pieces(x.said())...)
	case x.at(inThinking):
		delta(`"reasoningContent":{"text":%s}`, x.pieces(x.said())...)
		delta(`"reasoningContent":{"signature":%s}`, "c2VhbA==")
	case x.at(inCitation):
		delta(`"text":%s`, "well")
		out = append(out, event{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"citation":` + converseCitation(x) + `}}`})
	default:
		out = append(out, event{"contentBlockStart", `{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":` + x.tool() + `}}}`})
		delta(`"toolUse":{"input":%s}`, x.pieces(x.arguments())...)
	}
	return append(out, event{"contentBlockStop", `{"contentBlockIndex":0}`}, event{"messageStop", `{"stopReason":"` + claudeStop(x) + `"}`},
		event{"metadata", `{"metrics":{"latencyMs":9},"usage":{"inputTokens":5,"outputTokens":5,"totalTokens":10}}`})
}

// Cohere's chat, version 2.

const cohereUsage = `"usage":{"billed_units":{"input_tokens":5,"output_tokens":5},"tokens":{"input_tokens":5,"output_tokens":5}}`

func cohereFinish(x *exchange) string {
	if x.calls() {
		return "TOOL_CALL"
	}
	return "COMPLETE"
}

func cohereCitation(x *exchange) string {
	return `{"start":0,"end":4,"text":` + x.quoted(x.said()) + `,"sources":[],"type":"TEXT_CONTENT"}`
}

func cohereWhole(x *exchange) string {
	var message string
	switch {
	case x.at(inText):
		message = `"content":[{"type":"text","text":` + x.quoted(x.said()) + `}]`
	case x.at(inThinking):
		message = `"content":[{"type":"thinking","thinking":` + x.quoted(x.said()) + `},{"type":"text","text":"well"}]`
	case x.at(inCitation):
		message = `"content":[{"type":"text","text":"well"}],"citations":[` + cohereCitation(x) + `]`
	default:
		message = `"tool_plan":"well","tool_calls":[{"id":"t1","type":"function","function":{"name":` + x.tool() + `,"arguments":` + x.quoted(x.arguments()) + `}}]`
	}
	return `{"id":"co-1","finish_reason":"` + cohereFinish(x) + `","message":{"role":"assistant",` + message + `},` + cohereUsage + `}`
}

func cohereStream(x *exchange) (out []event) {
	say := func(kind, more string) { out = append(out, event{kind, `{"type":"` + kind + `",` + more + `}`}) }
	content := func(kind string, pieces ...string) {
		say("content-start", `"index":0,"delta":{"message":{"content":{"type":"`+kind+`","`+kind+`":""}}}`)
		out = x.each(out, "content-delta", `{"type":"content-delta","index":0,"delta":{"message":{"content":{"`+kind+`":%s}}}}`, pieces)
		say("content-end", `"index":0`)
	}
	say("message-start", `"id":"co-1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}`)
	switch {
	case x.at(inText):
		content("text", x.pieces(x.said())...)
	case x.at(inThinking):
		content("thinking", x.pieces(x.said())...)
	case x.at(inCitation):
		content("text", "well")
		say("citation-start", `"index":0,"delta":{"message":{"citations":`+cohereCitation(x)+`}}`)
		say("citation-end", `"index":0`)
	default:
		say("tool-plan-delta", `"delta":{"message":{"tool_plan":"well"}}`)
		say("tool-call-start", `"index":0,"delta":{"message":{"tool_calls":{"id":"t1","type":"function","function":{"name":`+x.tool()+`,"arguments":""}}}}`)
		out = x.each(out, "tool-call-delta", `{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":%s}}}}}`, x.pieces(x.arguments()))
		say("tool-call-end", `"index":0`)
	}
	say("message-end", `"delta":{"finish_reason":"`+cohereFinish(x)+`",`+cohereUsage+`}`)
	return out
}

// Ollama's own chat.

func ollamaLine(message, more string) string {
	return `{"model":"m1","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant",` + message + `},` + more + `}`
}

const ollamaEnd = `"done":true,"done_reason":"stop","total_duration":9,"load_duration":9,"prompt_eval_count":5,"prompt_eval_duration":9,"eval_count":5,"eval_duration":9`

// ollamaMessage is a message that holds a piece of the text.
func ollamaMessage(x *exchange, piece string) string {
	switch {
	case x.at(inText):
		return `"content":` + x.quoted(piece)
	case x.at(inThinking):
		return `"content":"","thinking":` + x.quoted(piece)
	default:
		return `"content":"","tool_calls":[{"function":{"index":0,"name":` + x.tool() + `,"arguments":` + x.arguments() + `}}]`
	}
}

func ollamaWhole(x *exchange) string { return ollamaLine(ollamaMessage(x, x.said()), ollamaEnd) }

func ollamaStream(x *exchange) (out []event) {
	pieces := x.pieces(x.said())
	if x.calls() {
		pieces = []string{""} // a call comes whole
	}
	for _, p := range pieces {
		out = append(out, event{"", ollamaLine(ollamaMessage(x, p), `"done":false`)})
	}
	return append(out, event{"", ollamaLine(`"content":""`, ollamaEnd)})
}
