// Package dialecttest holds what the tests of every dialect do with its documents.
package dialecttest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxShown bounds how much of a document a failure quotes, in bytes.
const maxShown = 600

// Clipped returns s, cut where it is long, for messages.
func Clipped[T string | []byte](s T) string {
	if len(s) > maxShown {
		return string(s[:maxShown]) + "…"
	}
	return string(s)
}

// Scan returns an exchange of a chat that holds body, scanned. It ends the test
// where d refuses it.
func Scan(t testing.TB, d core.Dialect, body string) *core.Exchange {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Body = []byte(body)
	ex.Request.Operation = core.OpChat
	ex.Request.Dialect = d
	if err := d.Scan(ex); err != nil {
		t.Fatalf("Scan(%s): %v", Clipped(body), err)
	}
	return ex
}

// Parts is Scan, with the parts opened.
func Parts(t testing.TB, d core.Dialect, body string) *core.Exchange {
	t.Helper()
	ex := Scan(t, d, body)
	if err := d.Parts(ex); err != nil {
		t.Fatalf("Parts(%s): %v", Clipped(body), err)
	}
	return ex
}

// Unseen checks what a request only points to, each as "path id" and joined by commas,
// and that it shows the guards of prompts the word where it holds it anywhere else.
func Unseen(t testing.TB, ex *core.Exchange, want string) {
	t.Helper()
	var got []string
	for _, b := range ex.Unseen {
		got = append(got, b.Field+" "+string(b.ID))
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("%s: points to %q, want %q", Clipped(ex.Request.Body), got, want)
	}
	const word = "plutonium"
	shown := slices.ContainsFunc(ex.Prompt, func(p *core.Part) bool { return strings.Contains(string(p.Text()), word) })
	if shown != strings.Contains(string(ex.Request.Body), word) {
		t.Errorf("%s: the word is shown: %v", Clipped(ex.Request.Body), shown)
	}
}

// Typed reads body into the middle form.
func Typed(t testing.TB, d core.TypedDialect, body string) *core.TypedRequest {
	t.Helper()
	ex := Scan(t, d, body)
	r := &core.TypedRequest{}
	if err := d.Typed(ex, ex.Request.Body, r); err != nil {
		t.Fatalf("Typed(%s): %v", Clipped(body), err)
	}
	return r
}

// Upstream describes where a test forwards to: model is its JSON, "" for none.
func Upstream(model string) *core.Deployment {
	return &core.Deployment{Provider: &core.Provider{}, ModelJSON: []byte(model)}
}

// Forward returns the body that would leave for to.
func Forward(t testing.TB, d core.Dialect, ex *core.Exchange, to *core.Deployment) string {
	t.Helper()
	before := string(ex.Request.Body)
	at := ex.NewAttempt(to)
	if err := d.Forward(ex, at); err != nil {
		t.Fatalf("Forward: %v", err)
	}
	if string(ex.Request.Body) != before {
		t.Fatal("Forward changed the original document")
	}
	return string(bytes.Join(at.Request.Body, nil))
}

// Edit applies one edit to a part.
func Edit(t testing.TB, p *core.Part, start, end int, text string) {
	t.Helper()
	if err := p.Apply([]core.Edit{{Part: p.ID, Start: start, End: end, Bytes: []byte(text)}}); err != nil {
		t.Fatal(err)
	}
}

// Tree returns doc as encoding/json reads it, numbers as they are written.
func Tree(t testing.TB, doc string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(doc)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, Clipped(doc))
	}
	if d.More() {
		t.Fatalf("more than one document in %s", Clipped(doc))
	}
	return v
}
