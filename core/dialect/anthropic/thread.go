package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// threadField names the answer behind which a request goes on with a conversation that
// the provider holds; only the new messages are in such a request.
const threadField = "thread.previous_message_id"

// threadNotFound is the error_code by which Anthropic says that it does not hold the
// conversation. Its SDKs then send the whole of it, of their own accord.
const threadNotFound = "thread_not_found"

var threadKeys = jsonscan.NewKeys("previous_message_id")

// continued refuses a request that goes on with a conversation held by a provider: who
// translates it has not got the rest, and the model would answer to a part; nor have
// plugins that read it.
func (s *settings) continued(top *jsonscan.Object) *core.Error {
	for i := range top.Members {
		m := &top.Members[i]
		key := leaf.Text(s.ex, s.doc, jsonscan.Value{Span: m.Key, Kind: jsonscan.String, Escaped: m.KeyEscaped})
		if string(key) != "thread" || m.Value.Kind != jsonscan.ObjectKind {
			continue
		}
		c := jsonscan.Cursor{Doc: m.Value.Of(s.doc)}
		for id := c.Enter(threadKeys); id != jsonscan.NoMember; id = c.Member(threadKeys, id) {
			if v := c.Skip(); id == 0 && !leaf.Absent(v) {
				return core.ClientErrorf(core.CodeUnsupportedField, threadField,
					"Here the whole conversation is needed: the route's provider speaks another API, or its plugins read what is sent. Send it without \"thread\".")
			}
		}
	}
	return nil
}
