package anthropic

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
	if err := (Messages{}).Scan(ex); err != nil {
		t.Fatalf("Scan(%s): %v", clipped(body), err)
	}
	return ex
}

// parts is scan, with the parts opened.
func parts(t testing.TB, body string) *core.Exchange {
	t.Helper()
	ex := scan(t, body)
	if err := (Messages{}).Parts(ex); err != nil {
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
	if err := (Messages{}).Forward(ex, at); err != nil {
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
	if err := (Messages{}).Typed(ex, ex.Request.Body, r); err != nil {
		t.Fatalf("Typed(%s): %v", clipped(body), err)
	}
	return r
}

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
	if len(s) > 400 {
		return string(s[:400]) + "…"
	}
	return string(s)
}
