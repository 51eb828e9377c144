package compatible

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// cohereCall is an exchange whose request has body, and its one attempt.
func cohereCall(t testing.TB, body string) (*core.Exchange, *core.Attempt, *core.TypedRequest) {
	t.Helper()
	ex := &core.Exchange{}
	at := ex.NewAttempt(&core.Deployment{ModelJSON: []byte(`"s"`)})
	at.Translation = &core.Translation{Translator: CohereEmbeddings{}}
	at.Request.Path = "/v2/embed"
	r, err := ex.Typed(func() ([]byte, *core.Error) { return []byte(body), nil })
	if err != nil {
		t.Fatal(err)
	}
	return ex, at, r
}

func sentBy(at *core.Attempt) (out string) {
	for _, b := range at.Request.Body {
		out += string(b)
	}
	return out
}

func TestCohereRequest(t *testing.T) {
	const floats = `,"input_type":"search_query","embedding_types":["float"]`
	for _, c := range []struct{ body, want, dropped string }{
		{`{"input":"h\u00e9","model":"m"}`, `{"model":"s","texts":["h\u00e9"]` + floats + `}`, ""},
		{`{"input":["a","b"],"encoding_format":"base64","dimensions":256}`, `{"model":"s","texts":["a","b"]` + floats + `,"output_dimension":256}`, ""},
		{
			`{"input":["a"],"input_type":"clustering","truncate":"END","max_tokens":8,"priority":1,"user":"u","output_dimension":512,"dimensions":null}`,
			`{"model":"s","texts":["a"],"input_type":"clustering","embedding_types":["float"],"output_dimension":512,"truncate":"END","max_tokens":8,"priority":1}`, "user=not_supported_by_provider",
		},
		{`{"input":["a"],"embedding_types":["int8"]}`, `{"model":"s","texts":["a"],"input_type":"search_query","embedding_types":["int8"]}`, ""},
		{
			`{"input":["a",{"text":"b"},{"image":"data:image/png;base64,QQ==","title":"t"},{"content":"c"},{"content":[{"type":"text","text":"d"}]}]}`,
			`{"model":"s","inputs":[{"content":[{"type":"text","text":"a"}]},{"content":[{"type":"text","text":"b"}]},` +
				`{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}}]},` +
				`{"content":[{"type":"text","text":"c"}]},{"content":[{"type":"text","text":"d"}]}]` + floats + `}`,
			"input[2].title=not_supported_by_provider",
		},
	} {
		ex, at, r := cohereCall(t, c.body)
		if err := (CohereEmbeddings{}).Request(ex, at, r); err != nil || sentBy(at) != c.want || strings.Join(ex.Dropped, " ") != c.dropped {
			t.Errorf("%s: %s, %v, dropped %v", c.body, sentBy(at), err, ex.Dropped)
		}
	}
	for body, param := range map[string]string{
		`{"input":[1,2]}`:               "input[0]",
		`{"input":[[1],[2]]}`:           "input[0]",
		`{"input":[]}`:                  "input",
		`{"input":{}}`:                  "input",
		`{}`:                            "input",
		`{"input":["a",{"video":"x"}]}`: "input[1]",
		`{"input":["a",null]}`:          "input[1]",
		`{"input":"a","embedding_types":["float","int8"]}`:   "embedding_types",
		`{"input":"a","embedding_types":["half"]}`:           "embedding_types",
		`{"input":"a","embedding_types":"float"}`:            "embedding_types",
		`{"input":[` + strings.Repeat(`"a",`, 2048) + `""]}`: "input",
	} {
		ex, at, r := cohereCall(t, body)
		if err := (CohereEmbeddings{}).Request(ex, at, r); err == nil || err.Code != core.CodeUnsupportedField || err.Param != param {
			t.Errorf("%.80s: %v", body, err)
		}
	}
	ex, at, r := cohereCall(t, `{"input":"a"}`)
	at.Request.Path = "/v2/v2/embed" // of a base URL with the version
	if err := (CohereEmbeddings{}).Request(ex, at, r); err != nil || at.Request.Path != "/v2/embed" {
		t.Errorf("%s, %v", at.Request.Path, err)
	}
}

func TestCohereResponse(t *testing.T) {
	const meta = `,"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":4}},"response_type":"embeddings_by_type"}`
	five := core.Usage{InputUncached: 4, Reported: true}
	for _, c := range []struct {
		asked, answer, want string
		usage               core.Usage
	}{
		{`{"input":["a","b"]}`, `{"id":"x","embeddings":{"float":[[0.5,-1e-3],[2,3]]}` + meta, `[{"object":"embedding","index":0,"embedding":[0.5,-1e-3]},{"object":"embedding","index":1,"embedding":[2,3]}],"model":"s","usage":{"prompt_tokens":4,"total_tokens":4}}`, five},
		{`{"input":"a","encoding_format":"base64"}`, `{"embeddings":{"float":[[1,-2.5]]}` + meta, `[{"object":"embedding","index":0,"embedding":"AACAPwAAIMA="}],"model":"s","usage":{"prompt_tokens":4,"total_tokens":4}}`, five},
		{`{"input":"a","embedding_types":["int8"],"encoding_format":"base64"}`, `{"embeddings":{"int8":[[-128,127]]}` + meta, `[{"object":"embedding","index":0,"embedding":[-128,127]}],"model":"s","usage":{"prompt_tokens":4,"total_tokens":4}}`, five},
		{`{"input":"a","embedding_types":["base64"]}`, `{"embeddings":{"base64":["AACAPw=="]}` + meta, `[{"object":"embedding","index":0,"embedding":"AACAPw=="}],"model":"s","usage":{"prompt_tokens":4,"total_tokens":4}}`, five},
		{`{"input":[{"image":"data:image/png;base64,QQ=="}]}`, `{"embeddings":{"float":[[1]]},"meta":{"billed_units":{"images":1,"image_tokens":258}}}`, `[{"object":"embedding","index":0,"embedding":[1]}],"model":"s","usage":{"prompt_tokens":258,"total_tokens":258}}`, core.Usage{InputUncached: 258, Image: 258, Reported: true}},
		{`{"input":"a"}`, `{"embeddings":{"float":[[1]]}}`, `[{"object":"embedding","index":0,"embedding":[1]}],"model":"s"}`, core.Usage{}},
	} {
		ex, at, _ := cohereCall(t, c.asked)
		var a core.Answer
		err := CohereEmbeddings{}.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(c.answer)}, &a)
		if want := `{"object":"list","data":` + c.want; err != nil || string(a.Body) != want || a.Usage != c.usage {
			t.Errorf("%s: %s, %+v, %v", c.asked, a.Body, a.Usage, err)
		}
	}
	for _, bad := range []string{
		``, `[]`, `{}`, `<html>`, `{"embeddings":[[1]]}`, `{"embeddings":{"int8":[[1]]}}`, `{"embeddings":{"float":[[1],[2]]}}`,
		`{"embeddings":{"float":["AACAPw=="]}}`, `{"embeddings":{"float":[[]]}}`, `{"embeddings":{"float":[["x"]]}}`,
	} {
		ex, at, _ := cohereCall(t, `{"input":"a"}`)
		err := CohereEmbeddings{}.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(bad)}, &core.Answer{})
		if err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	ex, at, _ := cohereCall(t, `{"input":"a"}`)
	err := CohereEmbeddings{}.Response(ex, at, &core.UpstreamResponse{Status: 404, Body: []byte(`{"id":"x","message":"model 'm' not found"}`)}, &core.Answer{})
	if err == nil || err.Status != 404 || err.Message != "model 'm' not found" {
		t.Errorf("%+v", err)
	}
}

// TestCohereCalls: more texts than one call takes are asked for in several, in order, and
// their costs are added up.
func TestCohereCalls(t *testing.T) {
	texts := make([]string, 200)
	for i := range texts {
		texts[i] = fmt.Sprintf("%q", fmt.Sprint(i))
	}
	ex, at, r := cohereCall(t, `{"input":[`+strings.Join(texts, ",")+`]}`)
	var a core.Answer
	for from := 0; from < len(texts); {
		n := min(96, len(texts)-from)
		at.Request.Body, at.Translation.Next = nil, false
		want := `{"model":"s","texts":[` + strings.Join(texts[from:from+n], ",") + `],`
		if err := (CohereEmbeddings{}).Request(ex, at, r); err != nil || !strings.HasPrefix(sentBy(at), want) {
			t.Fatalf("%s, %v", sentBy(at), err)
		}
		var vectors []string
		for i := range n {
			vectors = append(vectors, fmt.Sprintf("[%d]", from+i))
		}
		answer := `{"embeddings":{"float":[` + strings.Join(vectors, ",") + `]},"meta":{"billed_units":{"input_tokens":10}}}`
		if err := (CohereEmbeddings{}).Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(answer)}, &a); err != nil {
			t.Fatal(err)
		}
		if from += n; at.Translation.Next != (from < len(texts)) {
			t.Fatalf("next is %v behind %d", at.Translation.Next, from)
		}
	}
	if got := string(a.Body); strings.Count(got, `"object":"embedding"`) != 200 || !strings.Contains(got, `"index":199,"embedding":[199]}],"model":"s","usage":{"prompt_tokens":30,`) || a.Usage.InputUncached != 30 {
		t.Errorf("%+v, %.300s", a.Usage, got)
	}
}
