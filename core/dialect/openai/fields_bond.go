package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/bound"
)

var _ core.Binder = Chat{}

// keepers are the names of what OpenAI keeps; the audio of an earlier answer is
// named like it.
var keepers = bound.New([]string{"file_id", "audio"}, nil, []string{"parameters", "metadata", "schema", "response_format", "modalities"})

// Bond finds files and the audio of earlier answers.
func (Chat) Bond(ex *core.Exchange, deep bool) (core.Bond, bool) {
	if !deep {
		return core.Bond{}, false
	}
	return keepers.Find(ex.Request.Body)
}

// Session returns prompt_cache_key.
func (Chat) Session(ex *core.Exchange) []byte {
	return bound.Member(ex.Request.Body, &memoryOf(ex).top, "prompt_cache_key")
}
