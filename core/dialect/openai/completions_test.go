package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// through scans and forwards body, with the parts opened where edit is set.
func through(t testing.TB, d core.Dialect, body string, edit func(*core.Exchange)) (string, *core.Error) {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Body = []byte(body)
	if err := d.Scan(ex); err != nil {
		return "", err
	}
	if edit != nil {
		if err := d.Parts(ex); err != nil {
			return "", err
		}
		edit(ex)
	}
	at := ex.NewAttempt(upstream(`"real"`))
	if err := d.Forward(ex, at); err != nil {
		return "", err
	}
	return string(bytes.Join(at.Request.Body, nil)), nil
}

// shout edits the first part.
func shout(t testing.TB) func(*core.Exchange) {
	t.Helper()
	return func(ex *core.Exchange) { edit(t, ex.Prompt[0], 0, len(ex.Prompt[0].Text()), "EDITED") }
}

func appended(ex *core.Exchange) {
	p := &core.Part{ID: len(ex.Prompt), Msg: -1, Before: -1}
	p.SetText([]byte("x"))
	ex.Prompt = append(ex.Prompt, p)
}

func TestOtherDialectsForward(t *testing.T) {
	t.Parallel()
	edited := shout(t)
	for _, c := range []struct {
		dialect core.Dialect
		body    string
		edit    func(*core.Exchange)
		want    string // or the error's code and param
	}{
		{Completions{}, `{"model":"m","prompt":"a\u0062"}`, nil, `{"model":"real","prompt":"a\u0062"}`},
		{Completions{}, `{"model":"m","prompt":["a","b"],"stream":true}`, edited, `{"model":"real","prompt":["EDITED","b"],"stream":true,"stream_options":{"include_usage":true}}`},
		{Completions{}, `{"model":"m","prompt":[1,2]}`, nil, `{"model":"real","prompt":[1,2]}`},
		{Completions{}, `{"model":"m"}`, nil, `{"model":"real"}`},
		{Completions{}, `{"model":"m","prompt":[1,2]}`, edited, "invalid_field prompt"},
		{Completions{}, `{"model":"m","prompt":[[1],[2]]}`, edited, "invalid_field prompt"},
		{Completions{}, `{"model":"m","prompt":{}}`, nil, "invalid_field prompt"},
		{Completions{}, `{"model":"m","prompt":[{}]}`, nil, "invalid_field prompt"},
		{Completions{}, `{"model":"m","prompt":[]}`, nil, "invalid_field prompt"},
		{Completions{}, `{"prompt":"x"}`, nil, "missing_field model"},
		{Completions{}, `{"model":"m","prompt":"a","Prompt":"b"}`, nil, "duplicate_key Prompt"},
		{Completions{}, `{"model":"m","prompt":"a"}`, appended, "plugin_failed "},
		{Completions{}, "", nil, "invalid_request "},
		{Embeddings{}, `{"model":"m","input":["a","b"],"dimensions":3}`, edited, `{"model":"real","input":["EDITED","b"],"dimensions":3}`},
		{Embeddings{}, `{"model":"m","input":[[1],[2]]}`, nil, `{"model":"real","input":[[1],[2]]}`},
		{Embeddings{}, `{"model":"m","input":[{"content":"a","task_type":"T"}]}`, edited, `{"model":"real","input":[{"content":"EDITED","task_type":"T"}]}`},
		{Embeddings{}, `{"model":"m","input":[1]}`, edited, "invalid_field input"},
		{Embeddings{}, `{"model":"m","input":null}`, nil, "missing_field input"},
		{Embeddings{}, `{"model":"m","input":"a"}`, appended, "plugin_failed "},
	} {
		got, err := through(t, c.dialect, c.body, c.edit)
		if err != nil {
			got = fmt.Sprintf("%s %s", err.Code, err.Param)
		}
		if got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.dialect.Name(), c.body, got, c.want)
		}
	}
}

func TestOtherDialectsMatch(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][3]core.Operation{
		"/v1/chat/completions": {core.OpChat, core.OpNone, core.OpNone},
		"/v1/completions":      {core.OpNone, core.OpCompletions, core.OpNone},
		"/v1/embeddings":       {core.OpNone, core.OpNone, core.OpEmbeddings},
	} {
		got := [3]core.Operation{Chat{}.Match([]byte(path)), Completions{}.Match([]byte(path)), Embeddings{}.Match([]byte(path))}
		if got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func completion(t testing.TB, body string) (*core.Exchange, *core.TypedRequest, *core.Error) {
	t.Helper()
	ex := &core.Exchange{ID: core.ID{0xab}}
	ex.Request.Body = []byte(body)
	if err := (Completions{}).Scan(ex); err != nil {
		t.Fatal(err)
	}
	r := &core.TypedRequest{}
	return ex, r, Completions{}.Typed(ex, ex.Request.Body, r)
}

func TestTypedCompletion(t *testing.T) {
	t.Parallel()
	for prompt, want := range map[string]string{
		`"a"`: "0 user text \"a\"\n", `["b"]`: "0 user text \"b\"\n", `null`: "0 user text \"\"\n",
		`["a","b"]`: "prompt", `[1]`: "prompt", `[["a"]]`: "prompt",
	} {
		_, r, err := completion(t, `{"model":"m","prompt":`+prompt+`,"suffix":"s","max_tokens":3,"echo":true}`)
		got := lines(r)
		if err != nil {
			got = err.Param
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", prompt, got, want)
		}
		if p := &r.Parameters; err == nil && (len(p.Others) != 2 || string(p.Others[0].Name) != "suffix" || p.MaxOutput.Value != 3) {
			t.Errorf("%s: parameters %+v", prompt, p)
		}
	}
}

func TestWriteCompletion(t *testing.T) {
	t.Parallel()
	ex, _, err := completion(t, `{"model":"m","prompt":"p"}`)
	if err != nil {
		t.Fatal(err)
	}
	a := &core.Answer{
		Parts:   []core.Part{part(core.PartThinking, "t", nil), part(core.PartText, "a", nil), part(core.PartText, "b", nil)},
		Choices: []core.Choice{{Finish: core.FinishLength}}, Usage: core.Usage{InputUncached: 1, Output: 2, Reported: true},
	}
	at := ex.NewAttempt(upstream(""))
	got := string(Completions{}.WriteAnswer(nil, ex, at, a))
	want := `{"id":"cmpl-ab000000-0000-0000-0000-000000000000","object":"text_completion","created":0,"model":"m","choices":[{"text":"ab","index":0,"logprobs":null,"finish_reason":"length"}],` +
		`"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}`
	if got != want || len(ex.Dropped) != 1 {
		t.Errorf("got  %s\nwant %s\ndropped %q", got, want, ex.Dropped)
	}
	at = ex.NewAttempt(upstream(""))
	if err := (Completions{}).Answer(ex, at, []byte(got)); err != nil || at.Usage != a.Usage || at.Finish != core.FinishLength {
		t.Errorf("read back: %v, %+v, %v", err, at.Usage, at.Finish)
	}
	list, err := Completions{}.AnswerParts(ex, []byte(got), nil)
	if err != nil || len(list) != 1 || string(list[0].Text()) != "ab" {
		t.Errorf("parts %v, %v", list, err)
	}
}

func TestWriteCompletionStream(t *testing.T) {
	t.Parallel()
	ex, _, err := completion(t, `{"model":"m","prompt":"p","stream":true,"stream_options":{"include_usage":true}}`)
	if err != nil {
		t.Fatal(err)
	}
	at := ex.NewAttempt(upstream(""))
	var out []byte
	for _, ev := range []core.Event{grows(0, core.PartText, "a"), grows(1, core.PartThinking, "t"), grows(2, core.PartText, "b"), usageEvent, finishes(core.FinishStop)} {
		out = Completions{}.WriteEvent(out, ex, at, &ev)
	}
	out = Completions{}.WriteStreamEnd(out, ex, at)
	list := events(t, out)
	if len(list) != 5 || !strings.HasSuffix(list[1], `"choices":[{"text":"b","index":0,"logprobs":null,"finish_reason":null}],"usage":null}`) {
		t.Fatalf("events\n%s", strings.Join(list, "\n"))
	}
	at = ex.NewAttempt(upstream(""))
	for _, data := range list {
		if data != "[DONE]" && !json.Valid([]byte(data)) {
			t.Errorf("not JSON: %s", data)
		}
		Completions{}.Event(ex, at, []byte(data))
	}
	if err := (Completions{}).EndStream(ex, at); err != nil || at.Usage != usageEvent.Usage || at.Finish != core.FinishStop || at.Stream.OutTokens != 2 {
		t.Errorf("%v, %+v, %v, %d", err, at.Usage, at.Finish, at.Stream.OutTokens)
	}
}

func TestEmbeddingsAnswer(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2e-3]}],"model":"real","usage":{"prompt_tokens":8,"total_tokens":8}}`: "8 0 true real",
		`{"object":"list","data":[{"embedding":"AAAA"}],"model":"real"}`:                                                                                  "0 0 false real",
		`{"error":{"message":"no"}}`: "upstream_error",
		`{"object":"list"}`:          "upstream_invalid",
		`[]`:                         "upstream_invalid",
		`{"data":[}`:                 "upstream_invalid",
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		err := Embeddings{}.Answer(ex, at, []byte(body))
		got := fmt.Sprintf("%d %d %v %s", at.Usage.Input(), at.Usage.Output, at.Usage.Reported, at.Model)
		if err != nil {
			got = err.Code.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
		if unknown, _ := (Embeddings{}).UnknownInAnswer(ex, []byte(body)); err == nil && len(unknown) > 0 {
			t.Errorf("unknown leaves %q", unknown)
		}
	}
}

// TestRecordedOthers passes what was recorded of the other dialects on.
func TestRecordedOthers(t *testing.T) {
	t.Parallel()
	type opened interface {
		core.Dialect
		Unknown(ex *core.Exchange) ([]string, *core.Error)
		UnknownInAnswer(ex *core.Exchange, body []byte) ([]string, *core.Error)
	}
	for _, d := range []opened{Completions{}, Embeddings{}} {
		for _, c := range recordingsOf(t, d.Name()) {
			if c.UpstreamResponse != nil && c.UpstreamResponse.Status >= 400 {
				continue // recorded for being refused
			}
			for _, body := range c.requests() {
				ex := &core.Exchange{}
				ex.Request.Body = []byte(body)
				if err := d.Scan(ex); err != nil {
					t.Errorf("%s: %v", c.name, err)
					continue
				}
				if unknown, err := d.Unknown(ex); err != nil || len(unknown) > 0 {
					t.Errorf("%s: unknown %q, %v", c.name, unknown, err)
				}
				ex.Request.UsageAsked = true
				at := ex.NewAttempt(upstream(""))
				if err := d.Forward(ex, at); err != nil || string(bytes.Join(at.Request.Body, nil)) != body {
					t.Errorf("%s: changed on its way, %v", c.name, err)
				}
			}
			for _, body := range c.answers() {
				ex := &core.Exchange{}
				at := ex.NewAttempt(upstream(""))
				if strings.HasPrefix(body, "data:") {
					for _, data := range events(t, []byte(body)) {
						d.Event(ex, at, []byte(data))
					}
					if err := d.EndStream(ex, at); err != nil {
						t.Errorf("%s: %v", c.name, err)
					}
					continue
				}
				if err := d.Answer(ex, at, []byte(body)); err != nil {
					t.Errorf("%s: %v of %s", c.name, err, clipped(body))
					continue
				}
				if unknown, err := d.UnknownInAnswer(ex, []byte(body)); err != nil || len(unknown) > 0 {
					t.Errorf("%s: unknown %q, %v", c.name, unknown, err)
				}
			}
		}
	}
}
