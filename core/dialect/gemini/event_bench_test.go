package gemini

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// steadyEvents are of the kinds that a long stream consists of.
var steadyEvents = []string{
	chunkOf(`{"text":" token\u00e4\n"}`, ``),
	chunkOf(`{"text":"hm","thought":true}`, ``),
}

func BenchmarkReadEvent(b *testing.B) { dialecttest.BenchEvents(b, Dialect{}, steadyEvents) }
