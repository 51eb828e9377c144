package responses

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// counted scans a request whose tokens are to be counted.
func counted(t testing.TB, body string) (*core.Exchange, *core.Error) {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Dialect, ex.Request.Operation = Dialect{}, core.OpCountTokens
	ex.Request.Body = []byte(body)
	return ex, Dialect{}.Scan(ex)
}

func TestScanOfCount(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]core.Code{
		`{"model":"m","input":"hi","stream":true,"max_output_tokens":9}`: 0,
		`{"model":"m","input":null,"instructions":"be kind"}`:            0,
		`{"model":"m","previous_response_id":"resp_1"}`:                  0,
		`{"input":"hi"}`:             core.CodeMissingField,
		`{"model":"m","input":7}`:    core.CodeInvalidField,
		`{"model":"m","messages":1}`: core.CodeMissingField,
	} {
		ex, err := counted(t, body)
		switch {
		case (err != nil) != (want != 0) || err != nil && err.Code != want:
			t.Errorf("%s: %v", body, err)
		case err == nil && (ex.Request.Stream || ex.Request.MaxOutput != 0):
			t.Errorf("%s: %+v", body, ex.Request)
		}
	}
}

// TestTypedOfCount: what is counted is read as it is for an answer, and that nothing is
// stored is no loss.
func TestTypedOfCount(t *testing.T) {
	t.Parallel()
	ex, err := counted(t, `{"model":"m","instructions":"be kind","tools":[{"type":"function","name":"f"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
	if err != nil || len(r.Parts) != 1 || len(r.Parameters.Tools) != 1 || len(r.Dropped) != 0 {
		t.Errorf("%v: %+v", err, r)
	}
	ex, err = counted(t, `{"model":"m","previous_response_id":"resp_1"}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil }); err == nil || err.Param != "previous_response_id" {
		t.Errorf("what is kept elsewhere was counted: %v", err)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	ex, err := counted(t, `{"model":"m","input":"hi"}`)
	if err != nil {
		t.Fatal(err)
	}
	at := &core.Attempt{}
	got := Dialect{}.WriteAnswer(nil, ex, at, &core.Answer{Usage: core.Usage{InputUncached: 40, CacheRead: 2}})
	if string(got) != `{"object":"response.input_tokens","input_tokens":42}` {
		t.Errorf("%s", got)
	}
	if err := (Dialect{}).Answer(ex, at, got); err != nil || at.Usage != (core.Usage{Reported: true}) {
		t.Errorf("%v, usage %+v", err, at.Usage)
	}
	if parts, err := (Dialect{}).AnswerParts(ex, got, nil); err != nil || len(parts) != 0 {
		t.Errorf("%v, %d parts", err, len(parts))
	}
	if unknown, err := (Dialect{}).UnknownInAnswer(ex, got); err != nil || len(unknown) != 0 {
		t.Errorf("%v, unknown %v", err, unknown)
	}
	for _, body := range []string{`{"output":[]}`, `{"input_tokens":null}`, `{"error":{"message":"no"}}`, `{"error":{"message":"no"},"input_tokens":1}`} {
		if err := (Dialect{}).Answer(ex, at, []byte(body)); err == nil {
			t.Errorf("%s passes for a count", body)
		}
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/responses/resp_1": "keeps no responses", "/v1/responses/resp_1/cancel": "keeps no responses",
		"/v1/responses/resp_1/input_items": "keeps no responses", "/v1/responses/compact": "compacts no conversations",
		"/v1/conversations": "keeps no conversations", "/v1/conversations/conv_1/items": "keeps no conversations",
		"/v1/chat/completions": "", "/v1/conversationsx": "", "/v1": "", "": "",
	} {
		if got := (Dialect{}).Advice([]byte(path)); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q", path, got)
		}
	}
}
