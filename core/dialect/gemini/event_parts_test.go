package gemini

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

func chunkOf(list, rest string) string {
	return `{"candidates":[{"content":{"parts":[` + list + `],"role":"model"}` + rest + `,"index":0}],"usageMetadata":{"promptTokenCount":4},"modelVersion":"m","responseId":"r"}`
}

func TestReadEvent(t *testing.T) {
	t.Parallel()
	dialecttest.Stream(t, Dialect{}, &core.Exchange{}, [][2]string{
		{chunkOf(`{"text":"h\u006d","thought":true}`, ``), "0/1 thinking on \"hm\"\n"},
		{chunkOf(`{"text":"more","thought":true,"thoughtSignature":"S"}`, ``), "0/1 thinking on \"more\"\n"},
		{chunkOf(`{"text":"a"},{"text":"b"}`, ``), "0/0 text on \"a\"\n0/0 text on \"b\"\nend 0/1\n"},
		{chunkOf(`{"thought":true,"text":"again"}`, ``), "0/33 thinking on \"again\"\n"},
		{
			chunkOf(`{"functionCall":{"id":"1","name":"f","args":{"x":"y"}},"thoughtSignature":"S"},{"functionCall":{"name":"g","args":{}}}`, ``),
			"0/65536 tool_call alone \"{\\\"x\\\":\\\"y\\\"}\" name=f ref=1\n0/65537 tool_call alone \"{}\" name=g ref=\nend 0/33\n",
		},
		{chunkOf(`{"functionCall":{"name":"h","args":{"z":1}}}`, ``), "0/65538 tool_call alone \"{\\\"z\\\":1}\" name=h ref=\n"},
		{
			chunkOf(`{"functionCall":{"name":"i","willContinue":true,"partialArgs":[{"jsonPath":"$.a","stringValue":"be","willContinue":true},{"jsonPath":"$.b","stringValue":"x"}]}}`, ``),
			"0/16777216 text on \"be\" name=i ref=\n0/16777217 text on \"x\" name=i ref=\n",
		},
		{chunkOf(`{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"gun"}]}}`, ``), "0/16777216 text on \"gun\"\n"},
		{chunkOf(`{"inlineData":{"mimeType":"image/png","data":"QUJD"}}`, ``), "0/2 image alone \"QUJD\" name=image/png ref=\n"},
		{chunkOf(`{"executableCode":{"language":"PYTHON","code":"print()"}},{"codeExecutionResult":{"outcome":"OK","output":"o"}}`, ``), "0/2 raw alone \"print()\"\n0/2 raw alone \"o\"\n"},
		{chunkOf(`{"unheard":"of"}`, ``), "0/16777218 text on \"of\"\n"},
		{
			chunkOf(`{"text":""}`, `,"finishReason":"STOP","finishMessage":"m","logprobsResult":{"chosenCandidates":[{"token":"ab"}]},"groundingMetadata":{"groundingChunks":[{"web":{"uri":"u","title":"t"}}],"groundingSupports":[{"segment":{"text":"ab"}}],"webSearchQueries":["q"]}`),
			"0/2 text alone \"m\"\n0/2 citation alone \"u\"\n0/2 citation alone \"t\"\n0/2 raw alone \"q\"\n0/0 text seal \"[{\\\"segment\\\":{\\\"text\\\":\\\"ab\\\"}}]\"\nunknown {\"chosenCandidates\":[{\"token\":\"ab\"}]}\n",
		},
		{`{"promptFeedback":{"blockReason":"SAFETY"},"surprise":"s"}`, "unknown \"s\"\nend -1/-1\n"},
		{`{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"b"}}`, "0/2 text alone \"b\"\nend -1/-1\n"},
		{`{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"t","reason":"r"}]}}`, "0/2 text alone \"m\"\n0/2 text alone \"r\"\n"},
		{``, ""},
	})
}

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	event := chunkOf(`{"text":"a\u0062","thought":true,"thoughtSignature":"S"},{"functionCall":{"name":"f","args":{"x":"y"}}}`, `,"groundingMetadata":{"groundingSupports":[1]},"unheard":7`)
	got := dialecttest.EditEvent(t, Dialect{}, &core.Exchange{}, event, func(p core.StreamPart) string {
		switch {
		case p.Flow == core.FlowSeal:
			return ""
		case p.Kind == core.PartToolCall:
			return `{"x":"z"}`
		}
		return "E"
	})
	want := strings.NewReplacer(`a\u0062`, `E`, `"S"`, `""`, `"y"`, `"z"`, `"groundingSupports":[1]`, `"groundingSupports":null`).Replace(event)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAppendRefused(t *testing.T) {
	t.Parallel()
	at := &core.Attempt{Usage: core.Usage{Output: 7, Reported: true}}
	ex := &core.Exchange{}
	ex.Request.Choices = 3
	Dialect{}.BeginEvents(ex)
	Dialect{}.SentEvent(ex, []byte(chunkOf(`{"text":"a"}`, ``)))
	Dialect{}.SentEvent(ex, []byte(`{"candidates":[{"finishReason":"STOP","index":1}]}`))
	events := dialecttest.SSE(t, string(Dialect{}.AppendRefused(nil, ex, at, `not "this"`)))
	if len(events) != 1 {
		t.Fatal(events)
	}
	out := events[0].Text
	if strings.Count(out, `"finishReason":"SAFETY","finishMessage":"not \"this\""`) != 2 || strings.Contains(out, `"index":1`) ||
		!strings.Contains(out, `"modelVersion":"m","responseId":"r"`) || !strings.Contains(out, `"candidatesTokenCount":7`) {
		t.Error(out)
	}
	Dialect{}.SentEvent(ex, []byte(`{"candidates":[{"finishReason":"STOP"},{"finishReason":"STOP","index":2}]}`))
	if out := (Dialect{}).AppendRefused(nil, ex, at, "again"); len(out) > 0 {
		t.Errorf("%s", out)
	}
}
