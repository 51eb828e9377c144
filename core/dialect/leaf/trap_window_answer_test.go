package leaf_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
)

// TestEncodedInAnswers: a text document that a model gives in base64 is judged by what
// it says, in whole answers and in events, and encoded again where that was edited. One
// that is no text stays as it is, and so does a document of the prompt.
func TestEncodedInAnswers(t *testing.T) {
	const text = "Ann's address is ann@example.org, \xc3\xa9."
	answer := func(media, text string) []byte {
		return []byte(`{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"a"},{"inlineData":{"mimeType":"` + media + `","data":"` +
			base64.StdEncoding.EncodeToString([]byte(text)) + `"}}]}}]}`)
	}
	edit := func(p *core.Part) {
		at := strings.Index(string(p.Text()), "ann@")
		if err := p.Apply([]core.Edit{{Start: at, End: at + len("ann@example.org"), Bytes: []byte("[EMAIL]")}}); err != nil {
			t.Fatal(err)
		}
	}
	redacted := strings.Replace(text, "ann@example.org", "[EMAIL]", 1)

	ex, body := asked(t, "gemini", "text/plain", base64.StdEncoding.EncodeToString([]byte(text)))
	edit(ex.Prompt[0])
	d := gemini.Dialect{}
	whole := answer("text/csv", text)
	parts, err := d.AnswerParts(ex, whole, nil)
	if err != nil || len(parts) != 2 || parts[1].Kind != core.PartText || string(parts[1].Text()) != text {
		t.Fatalf("%v, %+v", err, parts)
	}
	edit(parts[1])
	spliced, err := d.SpliceAnswer(ex, whole, parts)
	if got, want := bytes.Join(spliced, nil), answer("text/csv", redacted); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, the answer is %s, want %s", err, got, want)
	}

	d.BeginEvents(ex)
	for _, again := range []bool{false, true} { // it is read twice where it is edited
		c := core.EventContent{Again: again}
		if err := d.ReadEvent(ex, whole, &c); err != nil || len(c.Parts) != 2 || string(c.Parts[1].Text()) != text || c.Parts[1].Flow != core.FlowAlone {
			t.Fatalf("%v, %+v", err, c)
		}
		edit(c.Parts[1].Part)
		if got, err := d.AppendEvent(nil, ex, whole, &c); err != nil || !bytes.Equal(got, answer("text/csv", redacted)) {
			t.Errorf("%v, the event is %s", err, got)
		}
	}
	var c core.EventContent
	if err := d.ReadEvent(ex, answer("application/pdf", text), &c); err != nil || c.Parts[1].Kind != core.PartDocument {
		t.Errorf("%v, a PDF is %+v", err, c.Parts)
	}
	if got := leaving(t, ex); !strings.Contains(got, base64.StdEncoding.EncodeToString([]byte(redacted))) || got == body {
		t.Errorf("the prompt leaves as %s", got)
	}
}
