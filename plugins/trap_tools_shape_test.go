package plugins_test

import (
	"strings"
	"testing"
)

const citySchema = `{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}`

// cityWanted is a chat whose answer has a shape.
func cityWanted(more string) string {
	return `{"model":"m","max_tokens":9000,` + more +
		`"response_format":{"type":"json_schema","json_schema":{"name":"City","strict":true,"schema":` + citySchema + `}},"messages":[{"role":"user","content":"a"}]}`
}

// TestTrapsOfShapes: an answer's shape goes to each provider in its own place, and by
// way of a tool only where there is none.
func TestTrapsOfShapes(t *testing.T) {
	const f = `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],`
	quoted := strings.ReplaceAll(citySchema, `"`, `\"`)
	// Providers hold the answer to the schema without being asked, which is what
	// strict means; the name only tells it from others. Neither is a loss.
	table := toEach("the provider's own place", chatClient, cityWanted(""), "", map[string]string{
		"anthropic": `"output_config":{"format":{"type":"json_schema","schema":` + citySchema + `}}`,
		"gemini":    `"responseMimeType":"application/json","responseJsonSchema":` + citySchema,
		"bedrock":   `"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"` + quoted + `","name":"City"}}}}`,
		"cohere":    `"response_format":{"type":"json_object","json_schema":` + citySchema + `}`,
		"ollama":    `"format":` + citySchema,
		"mistral":   `"response_format":{"type":"json_schema","json_schema":{"name":"City","schema":` + citySchema + `,"strict":true}}`,
	})
	table = append(table, sending{
		trap: "a tool that must be called, alone", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0", body: cityWanted(""),
		has: []string{`{"toolSpec":{"name":"structured_output",`, `"toolChoice":{"tool":{"name":"structured_output"}}`},
	}, sending{
		trap: "a tool beside others", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0", body: cityWanted(f),
		has: []string{`"name":"f"`, `"name":"structured_output"`, `"toolChoice":{"any":{}}`},
	}, sending{
		trap: "a tool, and thinking", from: chatClient, to: "anthropic", model: "claude-sonnet-4-0", body: cityWanted(`"reasoning_effort":"high",`),
		has: []string{`"tool_choice":{"type":"tool","name":"structured_output"}`}, not: []string{"thinking"}, dropped: "reasoning_effort=not_with_forced_tool",
	}, sending{
		trap: "a tool, and thinking, to Converse", from: chatClient, to: "bedrock", model: "anthropic.claude-sonnet-4-20250514-v1:0", body: cityWanted(`"reasoning_effort":"high",`),
		has: []string{`"toolChoice":{"tool":{"name":"structured_output"}}`}, not: []string{"thinking"}, dropped: "reasoning_effort=not_with_forced_tool",
	}, sending{
		trap: "beside functions, to a Gemini that takes either", from: chatClient, to: "gemini", model: "gemini-2.5-pro", body: cityWanted(f),
		has: []string{`"name":"f"`}, not: []string{"responseMimeType", "responseJsonSchema"}, dropped: "response_format=not_with_tools",
	}, sending{
		trap: "beside functions, to a Gemini that takes both", from: chatClient, to: "gemini", model: "gemini-3-pro", body: cityWanted(f),
		has: []string{`"name":"f"`, `"responseJsonSchema":` + citySchema},
	}, sending{
		trap: "any object, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
		body: `{"model":"m","response_format":{"type":"json_object"},"messages":[{"role":"user","content":"a"}]}`,
		want: `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"responseMimeType":"application/json"}}`,
	}, sending{
		trap: "what the client said of it beside, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
		body: strings.Replace(cityWanted(""), `"name":"City"`, `"name":"City","description":"where"`, 1), has: []string{citySchema},
		dropped: "response_format.description=not_supported_by_provider",
	})
	sendAll(t, table)
}

// TestTrapsOfEffort: how much a model is to think is within its bounds and said in
// one way.
func TestTrapsOfEffort(t *testing.T) {
	budget := func(n string) string {
		return `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":4000,"thinkingConfig":{"thinkingBudget":` + n + `,"includeThoughts":true}}}`
	}
	const both = `{"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":5000},"output_config":{"effort":"low"},"messages":[{"role":"user","content":"a"}]}`
	effort := func(word string) string {
		return `{"model":"m","reasoning_effort":"` + word + `","messages":[{"role":"user","content":"a"}]}`
	}
	table := []sending{
		{
			trap: "a budget above the most, to Gemini", from: messagesClient, to: "gemini", model: "gemini-2.5-flash",
			body: `{"model":"m","max_tokens":99999,"thinking":{"type":"enabled","budget_tokens":50000},"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"thinkingConfig":{"thinkingBudget":24576,"includeThoughts":true}`}, dropped: "thinking.budget_tokens=clamped",
		},
		{
			trap: "an effort above the highest, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-flash", body: effort("xhigh"),
			has: []string{`"thinkingConfig":{"thinkingBudget":24576,"includeThoughts":true}`},
		},
		{
			trap: "a budget to a model of levels", from: messagesClient, to: "gemini", model: "gemini-3-pro",
			body: `{"model":"m","max_tokens":99999,"thinking":{"type":"enabled","budget_tokens":50000},"messages":[{"role":"user","content":"a"}]}`,
			has:  []string{`"thinkingConfig":{"thinkingLevel":"high","includeThoughts":true}`}, not: []string{"thinkingBudget"},
		},
		{
			trap: "level and budget, to a model of levels", from: messagesClient, to: "gemini", model: "gemini-3-pro", body: both,
			has: []string{`"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}`}, dropped: "thinking.budget_tokens=merged",
		},
		{
			trap: "level and budget, to a model of budgets", from: messagesClient, to: "gemini", model: "gemini-2.5-pro", body: both,
			has: []string{`"thinkingConfig":{"thinkingBudget":5000,"includeThoughts":true}`}, dropped: "output_config.effort=merged",
		},
		{
			trap: "none, to a model that always thinks", from: chatClient, to: "gemini", model: "gemini-2.5-pro", body: effort("none"),
			has: []string{`"thinkingConfig":{"thinkingBudget":128}`}, dropped: "reasoning_effort=clamped",
		},
		{
			trap: "an effort to a model that does not think", from: chatClient, to: "gemini", model: "gemini-2.0-flash", body: effort("high"),
			not: []string{"thinking"}, dropped: "reasoning_effort=not_supported_by_model",
		},
	}
	for to, model := range map[string]string{"anthropic": "claude-opus-4-1", "bedrock": "anthropic.claude-opus-4-1-v1:0"} {
		below := `"thinking":{"type":"enabled","budget_tokens":3200}`
		table = append(table, sending{
			trap: "a budget above the bound of the answer, to " + to, from: geminiClient, to: to, model: model, body: budget("8000"), has: []string{below},
			dropped: "generationConfig.thinkingConfig.thinkingBudget=clamped",
		}, sending{
			trap: "a budget below the least, to " + to, from: geminiClient, to: to, model: model, body: budget("512"),
			has: []string{`"budget_tokens":1024`}, dropped: "generationConfig.thinkingConfig.thinkingBudget=clamped",
		})
	}
	sendAll(t, table)
}
