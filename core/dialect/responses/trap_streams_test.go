package responses

import (
	"fmt"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestTrapRotatingIDs: an item is known by its place. Some providers give it another id
// in every event.
func TestTrapRotatingIDs(t *testing.T) {
	t.Parallel()
	event := func(kind string, n int, more string) string {
		return fmt.Sprintf(`{"type":"response.%s","item_id":"id_%d","output_index":0,"content_index":0,"sequence_number":%d%s}`, kind, n, n, more)
	}
	dialecttest.Stream(t, Dialect{}, &core.Exchange{}, [][2]string{
		{event("output_text.delta", 1, `,"delta":"a"`), "0/0 text on \"a\"\n"},
		{event("output_text.delta", 2, `,"delta":"b"`), "0/0 text on \"b\"\n"},
	})
}
