package openai

import (
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCitationsComeBack: what an answer cites, with a URL or without, is in the
// conversation that a client sends with its next request.
func TestCitationsComeBack(t *testing.T) {
	t.Parallel()
	ex, at := answering(t, ask)
	a := core.Answer{Parts: []core.Part{
		part(core.PartText, "añb", nil), part(core.PartCitation, "quoted", &core.Attr{JSON: []byte(`{"document_index":1}`)}),
		part(core.PartCitation, "title", &core.Attr{URL: []byte("https://a.example/")}),
	}}
	body := Chat{}.WriteAnswer(nil, ex, at, &a)
	var doc struct {
		Choices []struct{ Message json.RawMessage }
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	if unknown, err := (Chat{}).UnknownInAnswer(ex, body); err != nil || unknown != nil {
		t.Errorf("unknown leaves %q, %v", unknown, err)
	}
	request := `{"model":"m","messages":[` + string(doc.Choices[0].Message) + `]}`
	if unknown, err := (Chat{}).Unknown(scan(t, request)); err != nil || unknown != nil {
		t.Errorf("unknown leaves %q, %v", unknown, err)
	}
	got := lines(typed(t, request))
	want := "0 assistant text \"añb\"\n" +
		"0 assistant citation \"title\" url=https://a.example/ json={\"start_index\":0,\"end_index\":3}\n" +
		"0 assistant citation \"quoted\" json={\"start_index\":0,\"end_index\":3,\"document_index\":1}\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	got = lines(typed(t, `{"model":"m","messages":[{"role":"assistant","content":"a","citations":["https://b.example/"]}]}`))
	if want := "0 assistant text \"a\"\n0 assistant citation \"\" url=https://b.example/\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
