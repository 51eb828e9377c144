package gemini

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	embedPath = "/v1beta/models/m:embedContent"
	batchPath = "/v1beta/models/m:batchEmbedContents"
)

func TestTypedEmbeddings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, body, want, dropped string }{
		{embedPath, `{"content":{"parts":[{"text":"a "},{"text":"\"b\""}]}}`, `{"encoding_format":"float","input":["a \"b\""]}`, ""},
		{
			embedPath, `{"model":"models/m","content":{"parts":{"text":"a"}},"output_dimensionality":"8","taskType":"X","title":null}`,
			`{"encoding_format":"float","input":["a"],"dimensions":8}`, "taskType=not_supported_by_provider",
		},
		{
			batchPath, `{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"outputDimensionality":8},{"content":{"parts":[]},"outputDimensionality":8,"title":"t"}]}`,
			`{"encoding_format":"float","input":["a",""],"dimensions":8}`, "requests[1].title=not_supported_by_provider",
		},
	} {
		r, _ := typed(t, c.path, c.body)
		if string(r.Body) != c.want || strings.Join(r.Dropped, " ") != c.dropped {
			t.Errorf("%s became %s, dropped %q", c.body, r.Body, r.Dropped)
		}
	}
	for body, path := range map[string]string{
		`{"requests":[{"content":{"parts":[{"inlineData":{"data":""}}]}}]}`:            "requests[0].content.parts[0]",
		`{"requests":[{"content":{"parts":[{"text":"a","inlineData":{"data":""}}]}}]}`: "requests[0].content.parts[0]",
		`{"requests":[{}]}`:                                                     "requests[0].content",
		`{"requests":[{"content":{},"content":{}}]}`:                            "requests[0].content",
		`{"requests":[{"content":{},"outputDimensionality":8},{"content":{}}]}`: "requests[1].outputDimensionality",
		`{"requests":[{"content":{},"outputDimensionality":-1}]}`:               "requests[0].outputDimensionality",
		`{"requests":[7]}`:                                                      "requests[0]",
	} {
		ex := scan(t, batchPath, body)
		if err := (Dialect{}).Typed(ex, ex.Request.Body, &core.TypedRequest{}); err == nil || err.Param != path {
			t.Errorf("%s: %v (param %q), want %q", body, err, param(err), path)
		}
	}
}

func TestWriteEmbeddings(t *testing.T) {
	t.Parallel()
	const two = `{"object":"list","data":[{"index":1,"embedding":[0.5,-1e-3]},{"index":0,"embedding":"AACAPwAAIMA="}],"usage":{"prompt_tokens":7,"total_tokens":7}}`
	for _, c := range []struct{ path, body, want string }{
		{embedPath, two, `{"embedding":{"values":[1,-2.5]},"usageMetadata":{"promptTokenCount":7}}`},
		{batchPath, two, `{"embeddings":[{"values":[1,-2.5]},{"values":[0.5,-1e-3]}],"usageMetadata":{"promptTokenCount":7}}`},
		{batchPath, `{"data":[]}`, `{"embeddings":[]}`},
		{embedPath, `{"data":[{"embedding":[1,]}]}`, `{"embedding":{"values":[]}}`},
		{embedPath, `{`, `{"embedding":{"values":[]}}`},
		{batchPath, `{"data":[{"index":9e9,"embedding":[1]}]}`, `{"embeddings":[{"values":[1]}]}`},
	} {
		ex := scan(t, c.path, map[string]string{embedPath: `{"content":{}}`, batchPath: `{"requests":[{}]}`}[c.path])
		got := Dialect{}.WriteAnswer(nil, ex, attempt(ex), &core.Answer{Body: []byte(c.body)})
		if string(got) != c.want {
			t.Errorf("%s became %s, want %s", c.body, got, c.want)
		}
		if err := (Dialect{}).Answer(ex, ex.NewAttempt(upstream("")), got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestEmbeddingsParts(t *testing.T) {
	t.Parallel()
	ex := scan(t, batchPath, `{"requests":[{"content":{"parts":[{"text":"a"}]},"title":"b","taskType":"X"},{"content":{"parts":[{"inline_data":{"mime_type":"image/png","data":"QQ=="}}]}}]}`)
	if err := (Dialect{}).Parts(ex); err != nil {
		t.Fatal(err)
	}
	compare(t, ex.Prompt, "user text 0: a", "user text 0: b", "user image 1 name=image/png: QQ==")
	edit(t, ex.Prompt[0], 0, 1, "x")
	if got := forward(t, ex, upstream("")); !strings.Contains(got, `{"text":"x"}`) {
		t.Errorf("got %s", got)
	}
	appended(ex, core.RoleUser, 0, "no")
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("there are no messages, but: %v", err)
	}
}
