package responses

import (
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// What every dialect's tests do, on this one.

func scan(t testing.TB, body string) *core.Exchange {
	t.Helper()
	return dialecttest.Scan(t, Dialect{}, body)
}

func parts(t testing.TB, body string) *core.Exchange {
	t.Helper()
	return dialecttest.Parts(t, Dialect{}, body)
}

func forward(t testing.TB, ex *core.Exchange, to *core.Deployment) string {
	t.Helper()
	return dialecttest.Forward(t, Dialect{}, ex, to)
}

func typed(t testing.TB, body string) *core.TypedRequest {
	t.Helper()
	return dialecttest.Typed(t, Dialect{}, body)
}

func upstream(model string) *core.Deployment { return dialecttest.Upstream(model) }

func edit(t testing.TB, p *core.Part, start, end int, text string) {
	t.Helper()
	dialecttest.Edit(t, p, start, end, text)
}

func tree(t testing.TB, doc string) any {
	t.Helper()
	return dialecttest.Tree(t, doc)
}

func clipped[T string | []byte](s T) string { return dialecttest.Clipped(s) }

// ask is a request with that input, which says that nothing is to be stored.
func ask(input string) string { return `{"model":"m","store":false,"input":` + input + `}` }

// with is a request with more members at the top level.
func with(members string) string { return `{"model":"m","store":false,"input":"x",` + members + `}` }

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var sampleEvents = []string{
	`{"type":"response.created","response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[]},"sequence_number":0}`,
	`{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"},"sequence_number":1}`,
	`{"type":"response.output_text.delta","content_index":0,"delta":"Hello \"you\"","item_id":"msg_1","logprobs":[],"obfuscation":"x","output_index":0,"sequence_number":2}`,
	`{"type":"response.output_item.done","output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","content":[],"role":"assistant"},"sequence_number":3}`,
	`{"type":"response.completed","response":{"id":"resp_1","status":"completed","model":"m","output":[{"type":"message"}],` + usageJSON + `},"sequence_number":4}`,
}

const sampleRequest = `{"model":"m","store":false,"instructions":"be kind","input":[{"role":"user","content":[{"type":"input_text","text":"hi\n"}]},` +
	`{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"r"}],"stream":true,"temperature":0.5,` +
	`"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}],"reasoning":{"effort":"low"}}`
