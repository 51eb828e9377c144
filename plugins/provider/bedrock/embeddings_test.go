package bedrock

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

type fields map[string]string

func (f fields) Get(name string) []byte { return []byte(f[name]) }

// begin has the first call of a request written.
func begin(t testing.TB, model, body string) (ex *core.Exchange, at *core.Attempt, err *core.Error) {
	t.Helper()
	ex = &core.Exchange{Request: core.Request{Model: []byte("asked")}}
	at = ex.NewAttempt(&core.Deployment{Model: model, ModelJSON: []byte(`"served"`)})
	at.Translation = &core.Translation{Translator: Embeddings{}}
	return ex, at, next(t, ex, at, body)
}

// next has the next one written.
func next(t testing.TB, ex *core.Exchange, at *core.Attempt, body string) *core.Error {
	t.Helper()
	r, err := ex.Typed(func() ([]byte, *core.Error) { return []byte(body), nil })
	if err != nil {
		t.Fatal(err)
	}
	at.Request.Body, at.Translation.Next = at.Request.Body[:0], false
	return Embeddings{}.Request(ex, at, r)
}

func asked(at *core.Attempt) (out string) {
	for _, b := range at.Request.Body {
		out += string(b)
	}
	return out
}

const (
	titan1           = "amazon.titan-embed-text-v1"
	titan2           = "amazon.titan-embed-text-v2:0"
	image            = "amazon.titan-embed-image-v1"
	cohere3, cohere4 = "cohere.embed-english-v3", "us.cohere.embed-v4:0"
	nova2            = "amazon.nova-2-multimodal-embeddings-v1:0"
)

func TestEmbeddingsRequest(t *testing.T) {
	const novaBegins = `{"schemaVersion":"nova-multimodal-embed-v1","taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":`
	const unplaced = "user=not_supported_by_provider"
	for _, c := range []struct{ model, body, want, dropped string }{
		{titan2, `{"input":"h\u00e9","dimensions":512,"model":"m"}`, `{"inputText":"h\u00e9","dimensions":512}`, ""},
		{titan2, `{"input":["a"],"normalize":false,"user":"u"}`, `{"inputText":"a","normalize":false}`, unplaced},
		{titan1, `{"input":"a","dimensions":1536}`, `{"inputText":"a"}`, ""},
		{titan1, `{"input":"a","dimensions":256,"normalize":true}`, `{"inputText":"a"}`, "normalize=not_supported_by_provider dimensions=not_supported_by_model"},
		{image, `{"input":"a","dimensions":384}`, `{"inputText":"a","embeddingConfig":{"outputEmbeddingLength":384}}`, ""},
		{cohere3, `{"input":["a","b"],"dimensions":1024,"encoding_format":"base64"}`, `{"texts":["a","b"],"input_type":"search_query"}`, ""},
		{cohere4, `{"input":["a"],"dimensions":256,"input_type":"search_document","truncate":"END"}`, `{"texts":["a"],"input_type":"search_document","output_dimension":256,"truncate":"END"}`, ""},
		{nova2, `{"input":["a"]}`, novaBegins + `"GENERIC_INDEX","text":{"truncationMode":"NONE","value":"a"}}}`, ""},
		{nova2, `{"input":"a","dimensions":256,"input_type":"search_query"}`, novaBegins + `"GENERIC_RETRIEVAL","embeddingDimension":256,"text":{"truncationMode":"NONE","value":"a"}}}`, ""},
	} {
		ex, at, err := begin(t, c.model, c.body)
		if err != nil || asked(at) != c.want || strings.Join(ex.Dropped, " ") != c.dropped {
			t.Errorf("%s %s: %s, %v, dropped %v", c.model, c.body, asked(at), err, ex.Dropped)
		}
	}
	many, _ := json.Marshal(make([]string, maxTexts+1))
	for _, c := range []struct{ model, body, param string }{
		{titan2, `{"input":[1,2]}`, "input"},
		{titan2, `{"input":[[1,2],[3]]}`, "input"},
		{titan2, `{"input":[]}`, "input"},
		{titan2, `{"input":{}}`, "input"},
		{titan2, `{}`, "input"},
		{titan2, `{"input":` + string(many) + `}`, "input"},
		{titan2, `{"input":"a","dimensions":"x"}`, "dimensions"},
		{titan2, `{"input":"a","dimensions":0}`, "dimensions"},
		{titan2, `[`, ""},
		{"amazon.nova-pro-v1:0", `{"input":"a"}`, ""},
	} {
		if _, at, err := begin(t, c.model, c.body); err == nil || err.Param != c.param {
			t.Errorf("%s %s: %s, %v", c.model, c.body, asked(at), err)
		}
	}
}

// TestEmbeddingsResponse: what the makers answer, in OpenAI's form.
func TestEmbeddingsResponse(t *testing.T) {
	const floats, packed = `[0.5,-2]`, `"AAAAPwAAAMA="`
	for _, c := range []struct {
		model, body string
		tokens      int64
		header      string
	}{
		{titan2, `{"embedding":[0.5,-2],"inputTextTokenCount":3}`, 3, ""},
		{cohere3, `{"embeddings":[[0.5,-2]],"id":"x","response_type":"embeddings_floats","texts":["a"]}`, 4, "4"},
		{cohere4, `{"embeddings":{"float":[[0.5,-2]]},"response_type":"embeddings_by_type"}`, 0, ""},
		{nova2, `{"embeddings":[{"embeddingType":"TEXT","embedding":[0.5,-2]}]}`, 5, "5"},
	} {
		for format, vector := range map[string]string{"float": floats, "base64": packed} {
			ex, at, err := begin(t, c.model, `{"input":"a","encoding_format":"`+format+`"}`)
			if err != nil {
				t.Fatal(err)
			}
			a := &at.Translation.Answer
			err = Embeddings{}.Response(ex, at, &core.UpstreamResponse{
				Status: 200, Body: []byte(c.body), Headers: fields{"X-Amzn-Bedrock-Input-Token-Count": c.header},
			}, a)
			want := fmt.Sprintf(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":%s}],"model":"served","usage":{"prompt_tokens":%d,"total_tokens":%d}}`, vector, c.tokens, c.tokens)
			if err != nil || string(a.Body) != want || at.Translation.Next || a.Usage.InputUncached != c.tokens || a.Usage.Reported != (c.tokens > 0) {
				t.Errorf("%s: %s, %+v, %v; want %s", c.model, a.Body, a.Usage, err, want)
			}
		}
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"embedding":[]}`, `{"embedding":["a"]}`, `{"embeddings":[[1],[2]]}`, `{"embeddings":[{}]}`, `{"embeddings":{}}`, `{"embeddings":7}`} {
		ex, at, _ := begin(t, cohere3, `{"input":"a"}`)
		if err := (Embeddings{}).Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(bad)}, &at.Translation.Answer); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	ex, at, _ := begin(t, cohere3, `{"input":"a"}`)
	err := Embeddings{}.Response(ex, at, &core.UpstreamResponse{Status: 400, Body: []byte(`{"message":"no"}`)}, &at.Translation.Answer)
	if err == nil || err.Message != "no" || err.Status != 400 {
		t.Errorf("%v", err)
	}
	if _, err := (Embeddings{}).Event(nil, nil, nil, nil, true); err == nil {
		t.Error("a stream of embeddings")
	}
}

// TestEmbeddingsSeveralCalls: models that take one text are asked once for each.
func TestEmbeddingsSeveralCalls(t *testing.T) {
	const body = `{"input":["a","b","c"]}`
	ex, at, err := begin(t, titan2, body)
	if err != nil {
		t.Fatal(err)
	}
	a := &at.Translation.Answer
	for i, text := range []string{"a", "b", "c"} {
		if i > 0 {
			if !at.Translation.Next {
				t.Fatal("no further call is wanted")
			}
			if err := next(t, ex, at, body); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := asked(at), `{"inputText":"`+text+`"}`; got != want {
			t.Errorf("call %d: %s, want %s", i, got, want)
		}
		answer := fmt.Sprintf(`{"embedding":[%d],"inputTextTokenCount":%d}`, i, i+1)
		if err := (Embeddings{}).Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(answer)}, a); err != nil {
			t.Fatal(err)
		}
	}
	const want = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0]},{"object":"embedding","index":1,"embedding":[1]},` +
		`{"object":"embedding","index":2,"embedding":[2]}],"model":"served","usage":{"prompt_tokens":6,"total_tokens":6}}`
	if string(a.Body) != want || at.Translation.Next || a.Usage != (core.Usage{InputUncached: 6, Reported: true}) {
		t.Errorf("%s, %+v", a.Body, a.Usage)
	}

	texts := make([]string, 100)
	many, _ := json.Marshal(texts)
	ex, at, err = begin(t, cohere3, `{"input":`+string(many)+`}`)
	if err != nil || strings.Count(asked(at), `""`) != 96 {
		t.Fatalf("%s, %v", asked(at), err)
	}
	vectors := "[1]" + strings.Repeat(",[1]", 95)
	if err := (Embeddings{}).Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(`{"embeddings":[` + vectors + `]}`)}, &at.Translation.Answer); err != nil {
		t.Fatal(err)
	}
	if err := next(t, ex, at, ""); err != nil || strings.Count(asked(at), `""`) != 4 {
		t.Errorf("%s, %v", asked(at), err)
	}
}

// FuzzEmbeddingsResponse: whatever a model answers, clients get valid JSON.
func FuzzEmbeddingsResponse(f *testing.F) {
	f.Add(`{"embedding":[0.5,1e400],"inputTextTokenCount":-3}`, "7")
	f.Add(`{"embeddings":{"float":[[1,null]]}}`, "x")
	f.Fuzz(func(t *testing.T, body, header string) {
		ex, at, _ := begin(t, cohere3, `{"input":"a"}`)
		a := &at.Translation.Answer
		resp := &core.UpstreamResponse{Status: 200, Body: []byte(body), Headers: fields{"X-Amzn-Bedrock-Input-Token-Count": header}}
		if err := (Embeddings{}).Response(ex, at, resp, a); err != nil {
			return
		}
		if !json.Valid(a.Body) || !a.Usage.Valid() {
			t.Fatalf("%s, %+v", a.Body, a.Usage)
		}
	})
}
