package anthropic

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// steadyEvents are of the kinds that a long stream consists of.
var steadyEvents = []string{
	`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" token\u00e4\n"}}`,
	`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"location\": \"Par"}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
	`{"type": "ping"}`,
}

func BenchmarkReadEvent(b *testing.B) { dialecttest.BenchEvents(b, Messages{}, steadyEvents) }
