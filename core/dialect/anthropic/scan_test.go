package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]core.Operation{
		"/v1/messages": core.OpChat, "/v1/messages/count_tokens": core.OpCountTokens,
		"/v1/messages/": core.OpNone, "/v1/messages/batches": core.OpNone, "/v1/models": core.OpNone,
		"/V1/messages": core.OpNone, "": core.OpNone,
	} {
		if got := New().Match([]byte(path)); got != want {
			t.Errorf("%q is %v, want %v", path, got, want)
		}
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	ex := scan(t, `{"max_tokens":7,"stream":true,"messages":[{"role":"user","content":"hi"}],"model":"cl\u0061ude","metadata":{"user_id":"u"}}`)
	r := &ex.Request
	if string(r.Model) != "claude" || !r.Stream || r.MaxOutput != 7 || r.Choices != 1 || !r.UsageAsked ||
		string(r.ModelSpan.Of(r.Body)) != `"cl\u0061ude"` {
		t.Errorf("read %+v", r)
	}
	scan(t, `{"max_tokens":2147483647,"stream":null,"messages":[1],"model":"m"}`)
}

func TestScanOfCountTokens(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	ex.Request.Operation = core.OpCountTokens
	ex.Request.Body = []byte(`{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`)
	if err := (Messages{}).Scan(ex); err != nil || ex.Request.Stream || ex.Request.MaxOutput != 0 {
		t.Errorf("%v, %+v", err, ex.Request)
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, param string
		code        core.Code
	}{
		{``, "", core.CodeInvalidRequest},
		{`[]`, "", core.CodeInvalidRequest},
		{`{"model":"m"`, "", core.CodeInvalidJSON},
		{`{"model":"m","max_tokens":1,"messages":[1]}x`, "", core.CodeInvalidJSON},
		{"\xef\xbb\xbf{}", "", core.CodeInvalidEncoding},
		{"{\"model\":\"\xff\"}", "", core.CodeInvalidEncoding},
		{`{"model":"m","model":"n","max_tokens":1,"messages":[1]}`, "model", core.CodeDuplicateKey},
		{`{"model":"m","Max_Tokens":9,"max_tokens":1,"messages":[1]}`, "max_tokens", core.CodeDuplicateKey},
		{`{"model":"m","syst\u0065m":"a","system":"b","max_tokens":1,"messages":[1]}`, "system", core.CodeDuplicateKey},
		{`{"max_tokens":1,"messages":[1]}`, "model", core.CodeMissingField},
		{`{"model":null,"max_tokens":1,"messages":[1]}`, "model", core.CodeMissingField},
		{`{"model":1,"max_tokens":1,"messages":[1]}`, "model", core.CodeInvalidField},
		{`{"model":"","max_tokens":1,"messages":[1]}`, "model", core.CodeInvalidField},
		{`{"model":"` + strings.Repeat("m", 257) + `","max_tokens":1,"messages":[1]}`, "model", core.CodeInvalidField},
		{`{"model":"m","max_tokens":1}`, "messages", core.CodeMissingField},
		{`{"model":"m","max_tokens":1,"messages":{}}`, "messages", core.CodeInvalidField},
		{`{"model":"m","max_tokens":1,"messages":[]}`, "messages", core.CodeInvalidField},
		{`{"model":"m","messages":[1]}`, "max_tokens", core.CodeMissingField},
		{`{"model":"m","messages":[1],"max_tokens":"1"}`, "max_tokens", core.CodeInvalidField},
		{`{"model":"m","messages":[1],"max_tokens":1.5}`, "max_tokens", core.CodeInvalidField},
		{`{"model":"m","messages":[1],"max_tokens":-1}`, "max_tokens", core.CodeInvalidField},
		{`{"model":"m","messages":[1],"max_tokens":1e99}`, "max_tokens", core.CodeInvalidField},
		{`{"model":"m","messages":[1],"max_tokens":1,"stream":"yes"}`, "stream", core.CodeInvalidField},
	} {
		ex := &core.Exchange{}
		ex.Request.Operation = core.OpChat
		ex.Request.Body = []byte(c.body)
		err := (Messages{}).Scan(ex)
		if err == nil || err.Code != c.code || !strings.EqualFold(err.Param, c.param) || err.Origin != core.OriginClient || err.HTTPStatus() != 400 {
			t.Errorf("%s: %+v, want %v of %q", clipped(c.body), err, c.code, c.param)
		}
	}
}
