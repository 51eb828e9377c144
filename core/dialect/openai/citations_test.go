package openai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCitationTitles: the title of an annotation is that of the page, whatever a
// provider says first, and the stretch is the provider's where it tells one.
func TestCitationTitles(t *testing.T) {
	t.Parallel()
	url := []byte("https://a.example/")
	for _, c := range []struct {
		attr core.Attr
		want string
	}{
		{core.Attr{URL: url}, `"annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example/","title":"cited","start_index":0,"end_index":3}}]`},
		{core.Attr{URL: url, JSON: []byte(`{"title":"A page","cited_text":"cited"}`)}, `"title":"A page","start_index":0,"end_index":3,"cited_text":"cited"}}]`},
		{core.Attr{URL: url, JSON: []byte(`{"document_title":"D","end_index":2}`)}, `"title":"D","start_index":0,"end_index":2,"document_title":"D"}}]`},
		{core.Attr{URL: url, JSON: []byte(`{"start":1,"end":3,"sources":[{"document":{"title":"S"}}]}`)}, `"title":"S","start_index":1,"end_index":3,"sources":[{"document":{"title":"S"}}]}}]`},
		{core.Attr{URL: url, JSON: []byte(`{"title":null,"sources":[7],"start_index":"x"}`)}, `"title":"cited","start_index":0,"end_index":3,"sources":[7]}}]`},
		{core.Attr{JSON: []byte(`{"title":"T","source":"doc-1","text":"cited"}`)}, `"citations":[{"text":"cited","start_index":0,"end_index":3,"title":"T","source":"doc-1"}]`},
	} {
		ex, at := answering(t, ask)
		got := string(Chat{}.WriteAnswer(nil, ex, at, &core.Answer{Parts: []core.Part{part(core.PartText, "añb", nil), part(core.PartCitation, "cited", &c.attr)}}))
		if !strings.Contains(got, c.want) {
			t.Errorf("%s\ngot  %s\nwant %s", c.attr.JSON, got, c.want)
		}
	}
}

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
