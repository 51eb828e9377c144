package gemini

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const generatePath = "/v1beta/models/m:generateContent"

// request returns an exchange that holds body, not scanned.
func request(path, body string) *core.Exchange {
	ex := &core.Exchange{}
	ex.Request.Dialect = Dialect{}
	ex.Request.Path = []byte(path)
	ex.Request.Operation = Dialect{}.Match([]byte(path))
	ex.Request.Body = []byte(body)
	return ex
}

// scan returns an exchange that holds body, scanned.
func scan(t testing.TB, path, body string) *core.Exchange {
	t.Helper()
	ex := request(path, body)
	if err := (Dialect{}).Scan(ex); err != nil {
		t.Fatalf("Scan(%s): %v", clipped(body), err)
	}
	return ex
}

// parts is scan, with the parts opened.
func parts(t testing.TB, body string) *core.Exchange {
	t.Helper()
	ex := scan(t, generatePath, body)
	if err := (Dialect{}).Parts(ex); err != nil {
		t.Fatalf("Parts(%s): %v", clipped(body), err)
	}
	return ex
}

// typed reads body into the middle form.
func typed(t testing.TB, path, body string) (*core.TypedRequest, *core.Exchange) {
	t.Helper()
	ex := scan(t, path, body)
	r := &core.TypedRequest{}
	if err := (Dialect{}).Typed(ex, ex.Request.Body, r); err != nil {
		t.Fatalf("Typed(%s): %v", clipped(body), err)
	}
	return r, ex
}

// upstream describes where a test forwards to; "" passes the client's model on.
func upstream(model string) *core.Deployment {
	return &core.Deployment{Provider: &core.Provider{}, Model: model}
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
