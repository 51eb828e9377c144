package responses

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]core.Operation{
		"/v1/responses": core.OpChat, "/v1/responses/input_tokens": core.OpCountTokens, "/v1/responses/": core.OpNone, "/v1/responses/resp_1": core.OpNone,
		"/v1/responses/compact": core.OpNone, "/v1/chat/completions": core.OpNone, "/v1/models": core.OpNone, "": core.OpNone,
	} {
		if got := New().Match([]byte(path)); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if New().Name() != "openai.responses" {
		t.Error(New().Name())
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	ex := scan(t, ` {"model":"g\u0070t","input":"x","stream":true,"max_output_tokens":1e2,"instructions":null} `)
	if r := &ex.Request; string(r.Model) != "gpt" || !r.Stream || r.MaxOutput != 100 || r.Choices != 1 {
		t.Errorf("%+v", r)
	}
	for _, body := range []string{
		`{"model":"m","prompt":{"id":"p"}}`, `{"model":"m","previous_response_id":"r","input":null}`, `{"model":"m","conversation":"c"}`,
		`{"model":"m","input":[]}`, `{"model":"m","input":"","stream":null}`,
	} {
		scan(t, body)
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body  string
		code  core.Code
		param string
	}{
		{``, core.CodeInvalidRequest, ""},
		{`[]`, core.CodeInvalidRequest, ""},
		{`{"model":"m","input":"x"`, core.CodeInvalidJSON, ""},
		{"\xef\xbb\xbf{}", core.CodeInvalidEncoding, ""},
		{`{"model":"m","input":"x"}x`, core.CodeInvalidJSON, ""},
		{`{"model":"m","input":"x","input":"y"}`, core.CodeDuplicateKey, "input"},
		{`{"model":"m","input":"x","Store":false}`, core.CodeDuplicateKey, "Store"},
		{`{"model":"m","input":"x","instruct\u0069ons":"a","instructions":"b"}`, core.CodeDuplicateKey, "instructions"},
		{`{"input":"x"}`, core.CodeMissingField, "model"},
		{`{"model":null,"input":"x"}`, core.CodeMissingField, "model"},
		{`{"model":5,"input":"x"}`, core.CodeInvalidField, "model"},
		{`{"model":"","input":"x"}`, core.CodeInvalidField, "model"},
		{`{"model":"` + strings.Repeat("m", 257) + `","input":"x"}`, core.CodeInvalidField, "model"},
		{`{"model":"m"}`, core.CodeMissingField, "input"},
		{`{"model":"m","messages":[]}`, core.CodeMissingField, "input"},
		{`{"model":"m","input":5}`, core.CodeInvalidField, "input"},
		{`{"model":"m","input":"x","stream":"yes"}`, core.CodeInvalidField, "stream"},
		{`{"model":"m","input":"x","max_output_tokens":-1}`, core.CodeInvalidField, "max_output_tokens"},
		{`{"model":"m","input":"x","max_output_tokens":2147483648}`, core.CodeInvalidField, "max_output_tokens"},
	} {
		ex := &core.Exchange{}
		ex.Request.Body = []byte(c.body)
		err := Dialect{}.Scan(ex)
		if err == nil || err.Code != c.code || err.Param != c.param {
			t.Errorf("%s: %v, param %q, want %v, %q", clipped(c.body), err, paramOf(err), c.code, c.param)
		}
	}
	ex := &core.Exchange{}
	ex.Request.Body = []byte(`{"model":"m","input":[[[]]]}`)
	if err := (Dialect{Depth: 2}).Scan(ex); err == nil {
		t.Error("too deep, but accepted")
	}
	if err := (Dialect{}).Scan(ex); err != nil {
		t.Error(err)
	} else if err := (Dialect{}).Parts(ex); err == nil || err.Param != "input[0]" {
		t.Errorf("an item that is no object: %v", err)
	}
}
