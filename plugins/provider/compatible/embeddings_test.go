package compatible

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestEmbeddingsRequest(t *testing.T) {
	for _, c := range []struct{ model, client, body, want string }{
		{`"served"`, "asked", `{"input":["a"]}`, `{"model":"served","input":["a"]}`},
		{"", `as"ked`, `{"input":["a"]}`, `{"model":"as\"ked","input":["a"]}`},
		{`"served"`, "asked", `{}`, ""},
		{`"served"`, "asked", ``, ""},
	} {
		ex := &core.Exchange{Request: core.Request{Model: []byte(c.client)}}
		at := ex.NewAttempt(&core.Deployment{ModelJSON: []byte(c.model)})
		err := Embeddings{}.Request(ex, at, &core.TypedRequest{Body: []byte(c.body)})
		got := ""
		for _, b := range at.Request.Body {
			got += string(b)
		}
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", c.body, got, err, c.want)
		}
	}
}

func TestEmbeddingsResponse(t *testing.T) {
	read := func(status int, body string) (*core.Answer, *core.Error) {
		var a core.Answer
		return &a, Embeddings{}.Response(nil, nil, &core.UpstreamResponse{Status: status, Body: []byte(body)}, &a)
	}
	whole := `{"object":"list","model":"m","data":[{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`
	if a, err := read(200, whole); err != nil || string(a.Body) != whole || a.Usage != (core.Usage{InputUncached: 3, Reported: true}) || string(a.Model) != "m" {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := read(200, `{"data":[]}`); err != nil || a.Usage.Reported {
		t.Errorf("without usage: %+v, %v", a, err)
	}
	for _, bad := range []string{"", "[]", "{}", "<html>"} {
		if _, err := read(200, bad); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for body, want := range map[string][2]string{
		`{"error":{"message":"too long","code":"context_length_exceeded"}}`: {"too long", "context_length_exceeded"},
		`{"error":{"message":"no","code":400}}`:                             {"no", ""},
		`<html>bad gateway</html>`:                                          {"", ""},
	} {
		if _, err := read(400, body); err == nil || err.Status != 400 || err.Message != want[0] || err.Reason != want[1] {
			t.Errorf("%s: %+v", body, err)
		}
	}
}
