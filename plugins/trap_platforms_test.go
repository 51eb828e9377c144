package plugins_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins/provider/bedrock"
)

// newClaude is Claude on Bedrock in a generation that has all of Converse, and
// oldClaude one that has not.
const (
	newClaude = "eu.anthropic.claude-opus-4-7-v1:0"
	oldClaude = "anthropic.claude-3-5-sonnet-20240620-v1:0"
)

// TestTrapsOfPlatformsConverse: Converse is asked by what it has of its own; what stood
// for that in older models is left to them.
func TestTrapsOfPlatformsConverse(t *testing.T) {
	const shaped = `{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"City","schema":{"type":"object","properties":{},"additionalProperties":false},"strict":true}}}`
	const tool = `{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{},"additionalProperties":false},"strict":true}}]}`
	const marked = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}`
	sendAll(t, []sending{
		{
			trap: "the shape of the output is its own member, and text", from: chatClient, to: "bedrock", model: newClaude, body: shaped,
			has: []string{`"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}","name":"City"}}}}`},
			not: []string{"toolConfig"},
		},
		{
			trap: "an older model has a tool called for it", from: chatClient, to: "bedrock", model: oldClaude, body: shaped,
			has: []string{`"toolChoice":{"tool":{"name":"structured_output"}}`}, not: []string{"outputConfig"},
		},
		{
			trap: "an effort", from: chatClient, to: "bedrock", model: newClaude, body: `{"model":"m","reasoning_effort":"low","messages":[{"role":"user","content":"a"}]}`,
			has: []string{`"effort":"low"`}, not: []string{"budget_tokens"},
		},
		{
			trap: "an effort below the highest", from: chatClient, to: "bedrock", model: newClaude, body: `{"model":"m","reasoning_effort":"xhigh","messages":[{"role":"user","content":"a"}]}`,
			has: []string{`"effort":"xhigh"`},
		},
		{
			trap: "an effort below the highest, an older model", from: chatClient, to: "bedrock", model: "anthropic.claude-opus-4-6-v1", body: `{"model":"m","reasoning_effort":"xhigh","messages":[{"role":"user","content":"a"}]}`,
			has: []string{`"effort":"max"`},
		},
		{
			trap: "a strict tool", from: chatClient, to: "bedrock", model: newClaude, body: tool,
			has: []string{`"strict":true`},
		},
		{
			trap: "a strict tool of an older model", from: chatClient, to: "bedrock", model: oldClaude, body: tool,
			not: []string{"strict"}, dropped: "tools[0].strict=not_supported_by_model",
		},
		{
			trap: "the role system between others", from: chatClient, to: "bedrock", model: "eu.anthropic.claude-opus-4-8-v1:0",
			body: `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"system","content":"S"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`,
			want: `{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"system","content":[{"text":"S"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"c"}]}]}`,
		},
		{
			trap: "a cache mark of an hour", from: messagesClient, to: "bedrock", model: newClaude, body: marked,
			has: []string{`{"cachePoint":{"type":"default","ttl":"1h"}}`},
		},
		{
			trap: "a cache mark of an hour, an older model", from: messagesClient, to: "bedrock", model: "anthropic.claude-3-7-sonnet-20250219-v1:0", body: marked,
			has: []string{`{"cachePoint":{"type":"default"}}`}, dropped: "messages[0].cache_point=kept_for_five_minutes",
		},
		{
			trap: "a document's name that is none there", from: messagesClient, to: "bedrock", model: newClaude,
			body:    `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","title":"Q3/2026: plan_v2","source":{"type":"text","media_type":"text/plain","data":"x"}},{"type":"text","text":"a"}]}]}`,
			has:     []string{`"name":"Q3-2026- plan v2"`},
			dropped: "messages[0].document.title=renamed",
		},
		{
			trap: "a document's name as it may be", from: messagesClient, to: "bedrock", model: newClaude,
			body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","title":"Plan (2)","source":{"type":"text","media_type":"text/plain","data":"x"}},{"type":"text","text":"a"}]}]}`,
			has:  []string{`"name":"Plan (2)"`},
		},
		{
			trap: "a video for Nova", from: geminiClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
			body: `{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"video/quicktime","data":"AAAA"}},{"text":"a"}]}]}`,
			has:  []string{`{"video":{"format":"mov","source":{"bytes":"AAAA"}}}`},
		},
		{
			trap: "a video for Claude", from: geminiClient, to: "bedrock", model: newClaude,
			body:    `{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}},{"text":"a"}]}]}`,
			refused: "contents[0].document",
		},
		{
			trap: "a budget of thinking that leaves no room", from: messagesClient, to: "bedrock", model: "anthropic.claude-sonnet-4-5",
			body:    `{"model":"m","max_tokens":4000,"messages":[{"role":"user","content":"a"}],"thinking":{"type":"enabled","budget_tokens":2000}}`,
			has:     []string{`"thinking":{"type":"enabled","budget_tokens":2000}`},
			dropped: "",
		},
		{
			trap: "a budget of Google's client that leaves no room", from: geminiClient, to: "bedrock", model: "anthropic.claude-opus-4-1-v1:0",
			body:    `{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":4000,"thinkingConfig":{"thinkingBudget":8000}}}`,
			has:     []string{`"budget_tokens":3200`},
			dropped: "generationConfig.thinkingConfig.thinkingBudget=clamped",
		},
		{
			trap: "nothing is left of the turn between two of one role", from: chatClient, to: "bedrock", model: newClaude,
			body:    `{"model":"m","messages":[{"role":"user","content":"c"},{"role":"assistant","content":"\n"},{"role":"user","content":"d"}]}`,
			want:    `{"messages":[{"role":"user","content":[{"text":"c"},{"text":"d"}]}]}`,
			dropped: "messages[1].text=only_whitespace",
		},
	})
}

// TestTrapsOfPlatformsCounts: Converse's usage divides what was written to the cache by
// how long it is kept.
func TestTrapsOfPlatformsCounts(t *testing.T) {
	tr, front := translatorOf(t, "provider/bedrock"), chatFronts()[chatClient]
	ex, at := asked(tr, front, "bedrock", newClaude)
	a := &at.Translation.Answer
	err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(`{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"model_context_window_exceeded",` +
		`"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":37,"cacheReadInputTokens":10,"cacheWriteInputTokens":20,"cacheDetails":[{"ttl":"5m","inputTokens":5},{"ttl":"1h","inputTokens":15}]}}`)}, a)
	want := core.Usage{InputUncached: 3, CacheRead: 10, CacheWrite: 20, CacheWriteHour: 15, Output: 4, Reported: true}
	if err != nil || a.Usage != want || len(a.Choices) != 1 || a.Choices[0].Finish != core.FinishLength {
		t.Errorf("%+v, %+v, %v", a.Usage, a.Choices, err)
	}
}

// fieldsOf is a client's header.
type fieldsOf map[string]string

func (f fieldsOf) Get(name string) []byte { return []byte(f[strings.ToLower(name)]) }

// TestTrapsOfPlatformsBetas: of the features in test that a client switches on, Converse
// is told those that it knows, in the document, and the others are reported.
func TestTrapsOfPlatformsBetas(t *testing.T) {
	tr, front := translatorOf(t, "provider/bedrock"), chatFronts()[messagesClient]
	for _, c := range []struct{ model, header, more, want, dropped string }{
		{newClaude, "claude-code-20250219, interleaved-thinking-2025-05-14,advanced-tool-use-2025-11-20", "", `{"anthropic_beta":["interleaved-thinking-2025-05-14","tool-search-tool-2025-10-19"]}`, ""},
		{newClaude, "oauth-2025-04-20,claude-code-20250219", "", "", ""}, // they say who the client is
		{newClaude, "files-api-2025-04-14", "", "", "anthropic-beta.files-api-2025-04-14=not_supported_by_provider"},
		{newClaude, "", `,"anthropic_beta":["computer-use-2025-01-24","x-1"]`, `{"anthropic_beta":["computer-use-2025-01-24"]}`, "anthropic-beta.x-1=not_supported_by_provider"},
		{newClaude, "", `,"anthropic_beta":"context-1m-2025-08-07,computer-use-2025-01-24"`, `{"anthropic_beta":["context-1m-2025-08-07","computer-use-2025-01-24"]}`, ""},
		{"arn:aws:bedrock:eu-west-1:1:application-inference-profile/ow66n5rz5qt0", "context-1m-2025-08-07", "", `{"anthropic_beta":["context-1m-2025-08-07"]}`, ""},
		{"amazon.nova-pro-v1:0", "context-1m-2025-08-07", "", "", ""},
	} {
		ex, at := asked(tr, front, "bedrock", c.model)
		ex.Request.Headers = fieldsOf{"anthropic-beta": c.header}
		ex.Request.Body = []byte(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}]` + c.more + `}`)
		ex.Request.Path, ex.Request.Operation = []byte("/v1/messages"), core.OpChat
		translate(t, tr, ex, at)
		got := ""
		if v := parsed(t, string(joined(at))).at("additionalModelRequestFields"); v.v != nil {
			_, got, _ = strings.Cut(string(joined(at)), `"additionalModelRequestFields":`)
			got = strings.TrimSuffix(got, "}")
		}
		if got != c.want || strings.Join(ex.Dropped, " ") != c.dropped {
			t.Errorf("%s %s%s: %s, dropped %v", c.model, c.header, c.more, got, ex.Dropped)
		}
	}
}

// TestTrapsOfPlatformsCarried: what Bedrock and Google carry for Anthropic has a version
// in the document and the model in the path alone; Bedrock's says nothing of streams.
func TestTrapsOfPlatformsCarried(t *testing.T) {
	tr, front := translatorOf(t, "provider/anthropic"), chatFronts()[chatClient]
	const turn = `"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"max_tokens":9`
	for dialect, want := range map[string]string{
		"bedrock.invoke.anthropic": `{"anthropic_version":"bedrock-2023-05-31",` + turn + `}`,
		"vertex.anthropic":         `{"anthropic_version":"vertex-2023-10-16",` + turn + `,"stream":true}`,
		"anthropic.messages":       `{"model":"claude-opus-4-7",` + turn + `,"stream":true}`,
	} {
		ex, at := asked(tr, front, "provider", "claude-opus-4-7")
		at.Deployment.Provider.Quirks.InPlaceOfModel = inPlaceOf(dialect)
		at.Service = &core.Service{Dialect: "anthropic.messages", Carried: dialect == "bedrock.invoke.anthropic"}
		at.Request.Path = "/of-the-descriptor"
		ex.Request.Body, ex.Request.Operation = []byte(`{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"a"}]}`), core.OpChat
		translate(t, tr, ex, at)
		if got := string(joined(at)); got != want || dialect != "anthropic.messages" && at.Request.Path != "/of-the-descriptor" {
			t.Errorf("%s: %s %s, want %s", dialect, at.Request.Path, got, want)
		}
	}
}

// TestTranslateBedrockEmbeddings compares what leaves for the embedding models of
// Bedrock with what other gateways would send.
func TestTranslateBedrockEmbeddings(t *testing.T) {
	n := 0
	for dialect, model := range map[string]string{
		"bedrock.invoke.titan-embed":  "amazon.titan-embed-text-v2:0",
		"bedrock.invoke.cohere-embed": "cohere.embed-english-v3",
	} {
		list, _ := fixturesOf(t, dialect)
		for _, f := range list {
			want := f.UpstreamRequest.text()
			if want == "" || f.Request.text() == "" {
				continue
			}
			n++
			ex, at := asked(bedrock.Embeddings{}, chatFronts()[chatClient], "bedrock", model)
			r := &core.TypedRequest{Body: []byte(f.Request.text())}
			if err := (bedrock.Embeddings{}).Request(ex, at, r); err != nil {
				t.Fatal(err)
			}
			got := string(bytes.Join(at.Request.Body, nil))
			if diff := leafDiff(parsed(t, want).v, parsed(t, got).v, ""); len(diff) > 0 || slices.ContainsFunc(ex.Dropped, func(s string) bool { return s != "" }) {
				t.Errorf("%s: it differs at %v: %s, want %s; dropped %v", f.name, diff, got, want, ex.Dropped)
			}
		}
	}
	if n < 2 {
		t.Errorf("only %d requests were found", n)
	}
}
