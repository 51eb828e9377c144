package plugins_test

import "testing"

// TestTrapsOfGoogleWords: what clients of OpenAI's dialect say in Google's words, as
// other gateways and Google's own compatible API have them, is understood.
func TestTrapsOfGoogleWords(t *testing.T) {
	chat := func(more string) string {
		return `{"model":"m",` + more + `,"messages":[{"role":"user","content":"a"}]}`
	}
	sent := func(more string) string {
		return `{"contents":[{"role":"user","parts":[{"text":"a"}]}],` + more + `}`
	}
	var table []sending
	for trap, c := range map[string]struct{ model, more, want, dropped string }{
		"a budget in Anthropic's words": {
			"", `"thinking":{"type":"enabled","budget_tokens":1000}`,
			`"generationConfig":{"thinkingConfig":{"thinkingBudget":1000,"includeThoughts":true}}`, "",
		},
		"no thinking in Anthropic's words": {
			"gemini-2.5-flash", `"thinking":{"type":"disabled"}`, `"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}`, "",
		},
		"a budget of the compatible API": {
			"", `"extra_body":{"google":{"thinking_config":{"thinking_budget":800,"include_thoughts":false},"cached_content":"cachedContents/1","x":1},"y":2}`,
			`"generationConfig":{"thinkingConfig":{"thinkingBudget":800}},"cachedContent":"cachedContents/1"`,
			"extra_body.google.x=not_supported_by_provider extra_body.y=not_supported_by_provider",
		},
		"a level of the compatible API": {
			"gemini-3-pro", `"extra_body":{"google":{"thinking_config":{"thinking_level":"low","include_thoughts":true}}}`,
			`"generationConfig":{"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}}`, "",
		},
		"members of the configuration": {
			"", `"generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_LOW","thinkingConfig":{"thinkingBudget":900},"topA":1},"safetySettings":[]`,
			`"generationConfig":{"thinkingConfig":{"thinkingBudget":900,"includeThoughts":true},"mediaResolution":"MEDIA_RESOLUTION_LOW"},"safetySettings":[]`,
			"generationConfig.topA=not_supported_by_provider",
		},
		"tools by their member": {"", `"tools":[{"google_search":{}},{"urlContext":{}}]`, `"tools":[{"google_search":{}},{"urlContext":{}}]`, ""},
		"tools by their type": {
			"", `"tools":[{"type":"google_search","google_search":{"exclude_domains":["x.test"]},"y":1},{"type":"enterprise_search"}]`,
			`"tools":[{"googleSearch":{"exclude_domains":["x.test"]}},{"enterpriseWebSearch":{}}]`, "tools[0].y=not_supported_by_provider",
		},
		"nothing said": {"", `"thinking":null,"extra_body":{"google":{"thinking_config":{}}},"top_k":1`, `"generationConfig":{"topK":1}`, ""},
	} {
		if c.model == "" {
			c.model = "gemini-2.5-pro"
		}
		table = append(table, sending{trap: trap, from: chatClient, to: "gemini", model: c.model, body: chat(c.more), want: sent(c.want), dropped: c.dropped})
	}
	sendAll(t, table)
}

// TestTrapsOfGoogleCounts: thoughts are counted once, whether the candidates' count
// has them or not, as in the dialect itself.
func TestTrapsOfGoogleCounts(t *testing.T) {
	rig := newTrapRig(t)
	const request = `{"model":"m","messages":[{"role":"user","content":"a"}]}`
	for counts, output := range map[string]int64{
		`"promptTokenCount":26,"candidatesTokenCount":23,"thoughtsTokenCount":132,"totalTokenCount":181`:  155,
		`"promptTokenCount":26,"candidatesTokenCount":155,"thoughtsTokenCount":132,"totalTokenCount":181`: 155,
		`"promptTokenCount":26,"candidatesTokenCount":23,"thoughtsTokenCount":132`:                        155,
	} {
		answer := `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{` + counts + `}}`
		doc, _ := rig.answer(t, "gemini", chatClient, request, answer)
		if u := doc.at("usage"); u.at("completion_tokens").number() != output || u.at("completion_tokens_details", "reasoning_tokens").number() != 132 {
			t.Errorf("%s: %s", counts, u.json())
		}
	}
}
