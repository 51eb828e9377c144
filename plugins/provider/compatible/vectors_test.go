package compatible

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// embedderOf returns the translator of that dialect.
func embedderOf(t testing.TB, dialect string) core.Translator {
	t.Helper()
	for _, e := range Embedders() {
		if e.Dialect() == dialect {
			if !e.Translates(core.OpEmbeddings) || e.Translates(core.OpChat) {
				t.Errorf("%s translates the wrong operations", dialect)
			}
			return e
		}
	}
	t.Fatalf("there is no translator for %s", dialect)
	return nil
}

func TestEmbedderRequest(t *testing.T) {
	const usual = `{"model":"m","input":["a"],"dimensions":256,"encoding_format":"float","user":"u"}`
	const packed = `{"input":"a","encoding_format":"base64","dimensions":null}`
	for _, c := range []struct{ dialect, body, want, dropped string }{
		{"mistral.embeddings", usual, `{"model":"s","input":["a"],"output_dimension":256}`, "user"},
		{"mistral.embeddings", `{"input":"a","encoding_format":"int8"}`, `{"model":"s","input":"a","encoding_format":"int8"}`, ""},
		{"jina.embeddings", `{"input":"a","encoding_format":"int8"}`, `{"model":"s","input":"a"}`, "encoding_format"},
		{"mistral.embeddings", packed, `{"model":"s","input":"a","encoding_format":"base64"}`, ""},
		{"mistral.embeddings", `{"input":"a","output_dimension":8,"output_dtype":"int8","input_type":"query"}`, `{"model":"s","input":"a","output_dimension":8,"output_dtype":"int8"}`, "input_type"},
		{"voyage.embeddings", usual, `{"model":"s","input":["a"],"output_dimension":256}`, "user"},
		{"voyage.embeddings", packed, `{"model":"s","input":"a","encoding_format":"base64"}`, ""},
		{"voyage.embeddings", `{"input":"a","input_type":"query","truncation":false}`, `{"model":"s","input":"a","input_type":"query","truncation":false}`, ""},
		{"jina.embeddings", usual, `{"model":"s","input":["a"],"dimensions":256}`, "user"},
		{"jina.embeddings", packed, `{"model":"s","input":"a","embedding_type":"base64"}`, ""},
		{"jina.embeddings", `{"input":["a"],"task":"text-matching","embedding_type":"binary"}`, `{"model":"s","input":["a"],"embedding_type":"binary","task":"text-matching"}`, ""},
		{"jina.embeddings", `{"input":null}`, "", ""},
		{"jina.embeddings", ``, "", ""},
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(&core.Deployment{ModelJSON: []byte(`"s"`)})
		err := embedderOf(t, c.dialect).Request(ex, at, &core.TypedRequest{Body: []byte(c.body)})
		got := ""
		for _, b := range at.Request.Body {
			got += string(b)
		}
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s %s: %s, %v; want %s", c.dialect, c.body, got, err, c.want)
		}
		if c.dropped != "" {
			c.dropped += "=not_supported_by_provider"
		}
		if dropped := strings.Join(ex.Dropped, " "); dropped != c.dropped {
			t.Errorf("%s %s: reported %q", c.dialect, c.body, dropped)
		}
	}
}

func TestEmbedderResponse(t *testing.T) {
	read := func(status int, body string) (string, core.Usage, *core.Error) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(&core.Deployment{ModelJSON: []byte(`"s"`)})
		var a core.Answer
		err := embedderOf(t, "voyage.embeddings").Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(body)}, &a)
		return string(a.Body), a.Usage, err
	}
	const vector = `[{"object":"embedding","embedding":[0.5, -1e0],"index":0}]`
	whole := `{"object":"list","data":` + vector + `,"model":"v","usage":{"prompt_tokens":3,"total_tokens":3}}`
	for body, want := range map[string]string{
		whole: whole,
		`{"object":"list","data":` + vector + `,"model":"v","usage":{"total_tokens":3}}`: whole,
		`{"data":` + vector + `,"usage":{"total_tokens":3}}`:                             strings.ReplaceAll(whole, `"v"`, `"s"`),
	} {
		if got, u, err := read(200, body); err != nil || got != want || u != (core.Usage{InputUncached: 3, Reported: true}) {
			t.Errorf("%s: %s, %+v, %v", body, got, u, err)
		}
	}
	for _, none := range []string{`{"data":[]}`, `{"data":[],"usage":{"total_tokens":-1}}`} {
		if got, u, err := read(200, none); err != nil || got != none || u.Reported {
			t.Errorf("%s: %s, %+v, %v", none, got, u, err)
		}
	}
	for _, bad := range []string{"", "[]", "{}", `{"data":{}}`, "<html>"} {
		if _, _, err := read(200, bad); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, _, err := read(400, `{"detail":"boom"}`); err == nil || err.Status != 400 || err.Message != "boom" {
		t.Errorf("%+v", err)
	}
}
