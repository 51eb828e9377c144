package plugins_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/rerank"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// TestRerankRecorded compares what leaves for APIs that put documents in order with
// what another gateway sends, and reads their recorded answers.
func TestRerankRecorded(t *testing.T) {
	translators := map[string]core.Translator{}
	for _, tr := range plugins.Translators() {
		translators[tr.Dialect()] = tr
	}
	requests, answers := 0, 0
	for _, r := range recordings(t) {
		if r.Operation != "rerank" {
			continue
		}
		raw, err := os.ReadFile(fixturePath(t, r.name))
		if err != nil {
			t.Fatal(err)
		}
		var f fixture
		if err := json.Unmarshal(raw, &f); err != nil {
			t.Fatal(err)
		}
		body := f.Request.text()
		if body == "" {
			body = `{"model":"m","query":"q","documents":["a","b"]}`
		}
		ex := &core.Exchange{}
		ex.Request.Dialect, ex.Request.Operation, ex.Request.Body = rerank.Dialect{}, core.OpRerank, []byte(body)
		if err := ex.Request.Dialect.Scan(ex); err != nil {
			t.Fatal(err)
		}
		at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
		answer := f.UpstreamResponse.text()
		tr := translators[f.UpstreamDialect]
		if tr == nil { // the dialect itself
			if err := ex.Request.Dialect.Answer(ex, at, []byte(answer)); err != nil || at.Usage.Searches != 1 || !at.Usage.Reported {
				t.Errorf("%s: %+v, %v", r.name, at.Usage, err)
			}
			answers++
			continue
		}
		typed, e := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
		if e == nil {
			e = tr.Request(ex, at, typed)
		}
		if e != nil {
			t.Fatalf("%s: %v", r.name, e)
		}
		if want := f.UpstreamRequest.text(); want != "" {
			requests++
			got := string(at.Request.Body[0])
			if diff := leafDiff(plain(parsed(t, want).v), plain(parsed(t, got).v), ""); len(diff) > 0 || len(ex.Dropped) == 0 {
				t.Errorf("%s: %v, dropped %v\ngot  %s\nwant %s", r.name, diff, ex.Dropped, got, want)
			}
		}
		if answer != "" {
			answers++
			var a core.Answer
			e := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(answer)}, &a)
			if e != nil || a.Usage.InputUncached != 12 || !strings.Contains(string(a.Body), `"results":[{"index":1,"relevance_score":0.5703125},{"index":0,`) {
				t.Errorf("%s: %s, %+v, %v", r.name, a.Body, a.Usage, e)
			}
		}
	}
	if requests < 1 || answers < 2 {
		t.Errorf("only %d requests and %d answers were found", requests, answers)
	}
}
