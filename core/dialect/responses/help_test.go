package responses

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// scan returns an exchange that holds body, scanned.
func scan(t testing.TB, body string) *core.Exchange {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Body = []byte(body)
	ex.Request.Operation = core.OpChat
	ex.Request.Dialect = New()
	if err := (Dialect{}).Scan(ex); err != nil {
		t.Fatalf("Scan(%s): %v", clipped(body), err)
	}
	return ex
}

// parts is scan, with the parts opened.
func parts(t testing.TB, body string) *core.Exchange {
	t.Helper()
	ex := scan(t, body)
	if err := (Dialect{}).Parts(ex); err != nil {
		t.Fatalf("Parts(%s): %v", clipped(body), err)
	}
	return ex
}

// upstream describes where a test forwards to: model is its JSON, "" for none.
func upstream(model string) *core.Deployment {
	return &core.Deployment{Provider: &core.Provider{}, ModelJSON: []byte(model)}
}

// forward returns the body that would leave for d.
func forward(t testing.TB, ex *core.Exchange, d *core.Deployment) string {
	t.Helper()
	before := string(ex.Request.Body)
	at := ex.NewAttempt(d)
	if err := (Dialect{}).Forward(ex, at); err != nil {
		t.Fatalf("Forward: %v", err)
	}
	if string(ex.Request.Body) != before {
		t.Fatal("Forward changed the original document")
	}
	return string(bytes.Join(at.Request.Body, nil))
}

// typed reads body into the middle form.
func typed(t testing.TB, body string) *core.TypedRequest {
	t.Helper()
	ex := scan(t, body)
	r := &core.TypedRequest{}
	if err := (Dialect{}).Typed(ex, ex.Request.Body, r); err != nil {
		t.Fatalf("Typed(%s): %v", clipped(body), err)
	}
	return r
}

// ask is a request with that input, which says that nothing is to be stored.
func ask(input string) string { return `{"model":"m","store":false,"input":` + input + `}` }

// with is a request with more members at the top level.
func with(members string) string { return `{"model":"m","store":false,"input":"x",` + members + `}` }

// edit applies one edit to a part.
func edit(t testing.TB, p *core.Part, start, end int, text string) {
	t.Helper()
	if err := p.Apply([]core.Edit{{Part: p.ID, Start: start, End: end, Bytes: []byte(text)}}); err != nil {
		t.Fatal(err)
	}
}

// tree returns doc as encoding/json reads it, numbers as they are written.
func tree(t testing.TB, doc string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(doc)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, clipped(doc))
	}
	if d.More() {
		t.Fatalf("more than one document in %s", clipped(doc))
	}
	return v
}

func clipped[T string | []byte](s T) string {
	if len(s) > 600 {
		return string(s[:600]) + "…"
	}
	return string(s)
}

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
