package compatible

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestPredictRequest(t *testing.T) {
	for _, c := range []struct{ name, body, want, dropped string }{
		{"a text", `{"input":"a"}`, `{"instances":[{"content":"a"}],"parameters":{}}`, ""},
		{"texts", `{"input":["a","b \u003c"],"dimensions":3}`, `{"instances":[{"content":"a"},{"content":"b \u003c"}],"parameters":{"outputDimensionality":3}}`, ""},
		{
			"Google's own members", `{"input":[{"content":"a","task_type":"RETRIEVAL_QUERY"},{"content":"b","task_type":"RETRIEVAL_DOCUMENT","title":"t"}],"auto_truncate":false,"dimensions":null}`,
			`{"instances":[{"content":"a","task_type":"RETRIEVAL_QUERY"},{"content":"b","task_type":"RETRIEVAL_DOCUMENT","title":"t"}],"parameters":{"autoTruncate":false}}`, "",
		},
		{"a task for all", `{"input":["a",{"text":"b","task_type":"CLUSTERING"}],"task_type":"CLASSIFICATION"}`, `{"instances":[{"content":"a","task_type":"CLASSIFICATION"},{"content":"b","task_type":"CLUSTERING"}],"parameters":{}}`, ""},
		{"a type of input", `{"input":"a","input_type":"search_document"}`, `{"instances":[{"content":"a","task_type":"RETRIEVAL_DOCUMENT"}],"parameters":{}}`, ""},
		{"losses", `{"input":"a","user":"u","input_type":"magic","encoding_format":"float","zeta":1}`, `{"instances":[{"content":"a"}],"parameters":{}}`, "input_type zeta user"},
		{"tokens", `{"input":[1,2]}`, "", ""},
		{"texts of tokens", `{"input":[[1,2]]}`, "", ""},
		{"nothing", `{"input":[]}`, "", ""},
		{"an object without a text", `{"input":[{"title":"t"}]}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ex := &core.Exchange{}
			at := ex.NewAttempt(&core.Deployment{ModelJSON: []byte(`"m"`)})
			err := Predict{}.Request(ex, at, &core.TypedRequest{Body: []byte(c.body)})
			if c.want == "" {
				if err == nil || err.HTTPStatus() != 400 || !strings.HasPrefix(err.Param, "input") {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || string(at.Request.Body[0]) != c.want {
				t.Errorf("%s, %v; want %s", at.Request.Body, err, c.want)
			}
			for name := range strings.FieldsSeq(c.dropped) {
				if !strings.Contains(strings.Join(ex.Dropped, " "), name+"=not_supported_by_provider") {
					t.Errorf("%s is not reported: %q", name, ex.Dropped)
				}
			}
			if len(ex.Dropped) != len(strings.Fields(c.dropped)) {
				t.Errorf("reported %q", ex.Dropped)
			}
		})
	}
}

func TestPredictResponse(t *testing.T) {
	read := func(status int, asked, body string) (string, core.Usage, *core.Error) {
		ex := &core.Exchange{}
		if _, err := ex.Typed(func() ([]byte, *core.Error) { return []byte(asked), nil }); err != nil {
			t.Fatal(err)
		}
		at := ex.NewAttempt(&core.Deployment{ModelJSON: []byte(`"m"`)})
		var a core.Answer
		err := Predict{}.Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(body)}, &a)
		return string(a.Body), a.Usage, err
	}
	const two = `{"predictions":[{"embeddings":{"values":[3.5,-0.25e-3],"statistics":{"token_count":4,"truncated":false}}},{"embeddings":{"values":[0.5,-1],"statistics":{"truncated":false,"token_count":5.0}}}],"metadata":{"billableCharacterCount":35}}`
	const want = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[3.5,-0.25e-3]},{"object":"embedding","index":1,"embedding":[0.5,-1]}],"model":"m","usage":{"prompt_tokens":9,"total_tokens":9}}`
	if body, u, err := read(200, `{"input":["a","b"]}`, two); err != nil || body != want || u != (core.Usage{InputUncached: 9, Reported: true}) {
		t.Errorf("%s, %+v, %v", body, u, err)
	}
	if body, _, err := read(200, `{"input":["a","b"],"encoding_format":"base64"}`, two); err != nil || !strings.Contains(body, `"index":1,"embedding":"AAAAPwAAgL8="`) {
		t.Errorf("%s, %v", body, err)
	}
	if body, u, err := read(200, `{"input":"a"}`, `{"predictions":[{"embeddings":{"values":[1]}}]}`); err != nil || u.Reported || strings.Contains(body, "usage") {
		t.Errorf("without counts: %s, %+v, %v", body, u, err)
	}
	for _, bad := range []string{"", "[]", "{}", `{"predictions":[]}`, `{"predictions":[{"embeddings":{"values":["a"]}}]}`} {
		if _, _, err := read(200, `{"input":"a"}`, bad); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, _, err := read(400, `{"input":"a"}`, `{"error":{"code":400,"message":"boom","status":"INVALID_ARGUMENT"}}`); err == nil || err.Status != 400 || err.Message != "boom" {
		t.Errorf("%+v", err)
	}
}
