package rerank

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

const (
	jinaAnswer = `{"model":"jina-reranker-v2","object":"list","usage":{"total_tokens":38,"prompt_tokens":38},` +
		`"results":[{"index":1,"relevance_score":0.9,"document":{"text":"Paris"}},{"index":0,"relevance_score":0.1,"document":{"text":"Carson City"}}]}`
	cohereAnswer = `{"id":"07","results":[{"index":1,"relevance_score":0.9}],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1.0}}}`
)

func TestAnswer(t *testing.T) {
	size := int64(len(cohere)+3) / 4
	for body, want := range map[string]core.Usage{
		jinaAnswer:   {InputUncached: 38, Reported: true},
		cohereAnswer: {InputUncached: size, Searches: 1, Reported: true, Estimated: true},
		`{"results":[],"meta":{"billed_units":{"search_units":2},"tokens":{"input_tokens":70}}}`: {InputUncached: 70, Searches: 2, Reported: true},
		`{"results":[],"tokens":{"input_tokens":11,"output_tokens":1}}`:                          {InputUncached: 11, Reported: true},
		`{"results":[],"usage":{"total_tokens":7}}`:                                              {InputUncached: 7, Reported: true},
		`{"results":[]}`: {},
		`{"results":[],"usage":{"total_tokens":-7},"meta":{"billed_units":{"search_units":0.5}}}`: {},
		`{"results":[],"usage":{"total_tokens":1e300}}`:                                           {},
	} {
		ex := dialecttest.Scan(t, Dialect{}, cohere)
		at := ex.NewAttempt(dialecttest.Upstream(""))
		if err := (Dialect{}).Answer(ex, at, []byte(body)); err != nil || at.Usage != want || !at.Usage.Valid() {
			t.Errorf("%s: %+v, %v; want %+v", body, at.Usage, err, want)
		}
	}
	for body, want := range map[string]core.Code{
		``: core.CodeUpstreamInvalid, `[]`: core.CodeUpstreamInvalid, `{}`: core.CodeUpstreamInvalid, `{"results":{}}`: core.CodeUpstreamInvalid,
		`<html>`: core.CodeUpstreamInvalid, `{"results":[`: core.CodeUpstreamInvalid,
		`{"error":{"message":"no"}}`: core.CodeUpstreamStatus, `{"error":"no","results":[]}`: core.CodeUpstreamStatus,
	} {
		ex := dialecttest.Scan(t, Dialect{}, cohere)
		if err := (Dialect{}).Answer(ex, ex.NewAttempt(dialecttest.Upstream("")), []byte(body)); err == nil || err.Code != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func TestAnswerParts(t *testing.T) {
	ex := dialecttest.Scan(t, Dialect{}, cohere)
	body := []byte(jinaAnswer)
	parts, err := (Dialect{}).AnswerParts(ex, body, nil)
	if err != nil || len(parts) != 2 || string(parts[0].Text()) != "Paris" {
		t.Fatalf("%v, %v", parts, err)
	}
	dialecttest.Edit(t, parts[1], 0, 6, "*")
	spliced, err := (Dialect{}).SpliceAnswer(ex, body, parts)
	if got, want := string(bytes.Join(spliced, nil)), string(bytes.Replace(body, []byte("Carson"), []byte("*"), 1)); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if unknown, err := (Dialect{}).UnknownInAnswer(ex, body); err != nil || unknown != nil {
		t.Errorf("unknown: %q, %v", unknown, err)
	}
	if unknown, _ := (Dialect{}).UnknownInAnswer(ex, []byte(`{"results":[{"index":0,"why":"prose"}],"note":"n"}`)); len(unknown) != 2 {
		t.Errorf("unknown: %q", unknown)
	}
	parts, err = (Dialect{}).AnswerParts(ex, []byte(`{"results":[{"document":"plain","why":"prose"}],"meta":{"warnings":["w"]}}`), nil)
	if err != nil || len(parts) != 3 {
		t.Errorf("%d parts, %v", len(parts), err)
	}
}

func TestErrors(t *testing.T) {
	e := core.ClientErrorf(core.CodeMissingField, "query", "\"query\" is missing.")
	var got struct{ ID, Message, Detail, Code, Param string }
	body := (Dialect{}).RenderError(nil, e, core.ID{})
	if err := json.Unmarshal(body, &got); err != nil || got.Message != e.Message || got.Detail != e.Message || got.Code != "missing_field" || got.Param != "query" || len(got.ID) != 36 {
		t.Errorf("%s: %v", body, err)
	}
	if ev := (Dialect{}).RenderErrorEvent(nil, e, core.ID{}); !bytes.HasPrefix(ev, []byte(`data: {"id":`)) || !bytes.HasSuffix(ev, []byte("}\n\n")) {
		t.Errorf("%s", ev)
	}
	for theirs, kept := range map[string]bool{
		`{"message":"too many documents"}`: true, `{"detail":[{"msg":"bad"}]}`: true, `{"error":{"message":"x"}}`: true,
		`{"error":"x"}`: false, `{}`: false, `[]`: false, `<html>`: false, `{"message":"x"`: false,
	} {
		for status, kept := range map[int]bool{400: kept, 401: false, 403: false} {
			e := &core.Error{Code: core.CodeUpstreamStatus, Status: status, Message: "ours", Upstream: &core.UpstreamAnswer{Status: status, Body: []byte(theirs)}}
			if got := (Dialect{}).RenderError(nil, e, core.ID{}); (string(got) == theirs) != kept || !json.Valid(got) {
				t.Errorf("%d %s: %s", status, theirs, got)
			}
		}
	}
}

func TestNoStreams(t *testing.T) {
	if err := (Dialect{}).EndStream(nil, nil); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Error(err)
	}
	if got := (Dialect{}).RenderModels(nil, []core.ModelInfo{{Name: "a"}, {Name: `b"`}}); string(got) != `{"models":[{"name":"a"},{"name":"b\""}]}` {
		t.Errorf("%s", got)
	}
}

// FuzzAnswer: no answer of an upstream makes us crash, count what cannot be or
// write invalid JSON.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{jinaAnswer, cohereAnswer, `{"results":[{"document":"a"}],"results":[]}`, `[]`, ``} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := dialecttest.Scan(t, Dialect{}, cohere)
		at := ex.NewAttempt(dialecttest.Upstream(""))
		d := Dialect{}
		if err := d.Answer(ex, at, body); err != nil {
			return
		}
		if !at.Usage.Valid() {
			t.Fatalf("usage %+v", at.Usage)
		}
		parts, err := d.AnswerParts(ex, body, nil)
		if err != nil {
			return
		}
		for _, p := range parts {
			if err := p.Apply([]core.Edit{{Part: p.ID, End: len(p.Text()), Bytes: []byte(`"e"`)}}); err != nil {
				t.Fatal(err)
			}
		}
		if spliced, err := d.SpliceAnswer(ex, body, parts); err != nil || spliced != nil && !json.Valid(bytes.Join(spliced, nil)) {
			t.Fatalf("invalid JSON out: %q, %v", bytes.Join(spliced, nil), err)
		}
	})
}
