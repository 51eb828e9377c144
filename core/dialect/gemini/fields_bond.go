package gemini

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/bound"
)

var _ core.Binder = Dialect{}

// keepers are the names of what Google keeps for a project. A file is one only where
// its address is one of the API's own.
var (
	keepers = bound.New([]string{"cachedContent", "cached_content"}, nil, skipped)
	files   = bound.New([]string{"fileUri", "file_uri"}, nil, skipped)
	skipped = []string{"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "response_schema", "responseJsonSchema", "labels"}
)

// Bond finds cached contents and files.
func (Dialect) Bond(ex *core.Exchange, deep bool) (core.Bond, bool) {
	if !deep {
		return core.Bond{}, false
	}
	if b, found := keepers.Find(ex.Request.Body); found {
		return b, true
	}
	b, found := files.Find(ex.Request.Body)
	return b, found && bytes.Contains(b.ID, []byte("/files/"))
}

// Session returns nil: the dialect has no name for a conversation.
func (Dialect) Session(*core.Exchange) []byte { return nil }
