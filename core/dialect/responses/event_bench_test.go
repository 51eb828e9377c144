package responses

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// steadyEvents are of the kinds that a long stream consists of.
var steadyEvents = []string{
	`{"type":"response.output_text.delta","item_id":"msg_04a97b4fce127879006949a87ab0cc8195b3175edc260d6a88","output_index":1,"content_index":0,"delta":" token\u00e4\n","logprobs":[],"obfuscation":"Xd3fG8kq","sequence_number":9}`,
	`{"type":"response.function_call_arguments.delta","item_id":"fc_04a97b4fce127879006949a87ab0cc8195b3175edc260d6a88","output_index":2,"sequence_number":17,"delta":"{\"a\":"}`,
	`{"type":"response.reasoning_summary_text.delta","item_id":"rs_04a97b4fce127879006949a87ab0cc8195b3175edc260d6a88","output_index":0,"summary_index":0,"delta":"hm","sequence_number":3}`,
}

func BenchmarkReadEvent(b *testing.B) { dialecttest.BenchEvents(b, Dialect{}, steadyEvents) }
