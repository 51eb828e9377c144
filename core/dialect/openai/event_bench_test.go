package openai

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// steadyEvents are of the kinds that a long stream consists of.
var steadyEvents = []string{
	`{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1721234567,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":" token\n"},"finish_reason":null}]}`,
	choice(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"location\": \"Par"}}]}`, ``),
	choice(`{"reasoning_content":"hm \u00e4","reasoning":"hm"}`, ``),
}

func BenchmarkReadEvent(b *testing.B) { dialecttest.BenchEvents(b, Chat{}, steadyEvents) }

func BenchmarkSentEvent(b *testing.B) {
	ex, data := &core.Exchange{}, []byte(steadyEvents[0])
	for b.Loop() {
		Chat{}.SentEvent(ex, data)
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	ex, data := &core.Exchange{}, []byte(steadyEvents[0])
	var c core.EventContent
	edits := []core.Edit{{Start: 1, End: 3, Bytes: []byte(`"x"`)}}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		c.Reset()
		if err := (Chat{}).ReadEvent(ex, data, &c); err != nil {
			b.Fatal(err)
		}
		if err := c.Parts[0].Apply(edits); err != nil {
			b.Fatal(err)
		}
		var err *core.Error
		if out, err = (Chat{}).AppendEvent(out[:0], ex, data, &c); err != nil {
			b.Fatal(err)
		}
	}
}
