package openai

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestAnswerUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, usage string
		want        core.Usage // Reported is implied where it is not zero
	}{
		{"plain", `{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}`, core.Usage{InputUncached: 10, Output: 5}},
		{
			"cached", `{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3}}`,
			core.Usage{InputUncached: 3, CacheRead: 4, CacheWrite: 3, Output: 5},
		},
		{
			"more cached than there is", `{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":99,"cache_write_tokens":3}}`,
			core.Usage{CacheRead: 10, Output: 5},
		},
		{
			"cache left out, as the total tells", `{"prompt_tokens":16,"completion_tokens":9,"total_tokens":2412,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":2387}}`,
			core.Usage{InputUncached: 16, CacheWrite: 2387, Output: 9},
		},
		{
			"reasoning", `{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":2}}`,
			core.Usage{InputUncached: 10, Output: 5, Reasoning: 2},
		},
		{
			"reasoning left out, as the total tells", `{"prompt_tokens":10,"completion_tokens":5,"total_tokens":215,"completion_tokens_details":{"reasoning_tokens":200}}`,
			core.Usage{InputUncached: 10, Output: 205, Reasoning: 200},
		},
		{
			"both left out", `{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45,"prompt_tokens_details":{"cached_tokens":10},"completion_tokens_details":{"reasoning_tokens":20}}`,
			core.Usage{InputUncached: 10, CacheRead: 10, Output: 25, Reasoning: 20},
		},
		{
			"more reasoning than output", `{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":200}}`,
			core.Usage{InputUncached: 10, Output: 5, Reasoning: 5},
		},
		{
			"audio and images", `{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"audio_tokens":1,"image_tokens":2},"completion_tokens_details":{"audio_tokens":3,"image_tokens":4}}`,
			core.Usage{InputUncached: 10, Output: 5, Audio: 4, AudioInput: 1, AudioOutput: 3, Image: 6},
		},
		{"DeepSeek", `{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6}`, core.Usage{InputUncached: 6, CacheRead: 4, Output: 5}},
		{"Moonshot", `{"prompt_tokens":10,"completion_tokens":5,"cached_tokens":4}`, core.Usage{InputUncached: 6, CacheRead: 4, Output: 5}},
		{"null details", `{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null}`, core.Usage{InputUncached: 10, Output: 5}},
		{
			"impossible details", `{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":-4,"cache_write_tokens":1e308},"completion_tokens_details":[1]}`,
			core.Usage{InputUncached: 10, Output: 5},
		},
		{"floats", `{"prompt_tokens":1e1,"completion_tokens":5.0}`, core.Usage{InputUncached: 10, Output: 5}},
		{"a counter twice", `{"prompt_tokens":1,"completion_tokens":5,"prompt_tokens":10}`, core.Usage{InputUncached: 10, Output: 5}},
		{"no output", `{"prompt_tokens":10,"completion_tokens":0}`, core.Usage{InputUncached: 10}},

		{"null", `null`, core.Usage{}},
		{"empty", `{}`, core.Usage{}},
		{"zeros", `{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`, core.Usage{}},
		{"a number", `5`, core.Usage{}},
		{"no output counter", `{"prompt_tokens":10,"total_tokens":15}`, core.Usage{}},
		{"negative", `{"prompt_tokens":-10,"completion_tokens":5}`, core.Usage{}},
		{"negative output", `{"prompt_tokens":10,"completion_tokens":-5}`, core.Usage{}},
		{"NaN", `{"prompt_tokens":NaN,"completion_tokens":5}`, core.Usage{}},
		{"1e308", `{"prompt_tokens":10,"completion_tokens":1e308}`, core.Usage{}},
		{"beyond int64", `{"prompt_tokens":18446744073709551626,"completion_tokens":5}`, core.Usage{}},
		{"beyond our bound", `{"prompt_tokens":9223372037,"completion_tokens":5}`, core.Usage{}},
		{"strings", `{"prompt_tokens":"10","completion_tokens":"5"}`, core.Usage{}},
		{"half a token", `{"prompt_tokens":10.5,"completion_tokens":5}`, core.Usage{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := c.want
			want.Reported = want != core.Usage{}
			for _, body := range []string{
				`{"choices":[{"index":0,"message":{}}],"usage":` + c.usage + `}`,
				`{"usage":{"prompt_tokens":77,"completion_tokens":77},"choices":[],"usage" : ` + c.usage + ` }`,
				`{"x_groq":{"id":"x","usage":` + c.usage + `},"choices":[]}`,
			} {
				ex := &core.Exchange{}
				at := ex.NewAttempt(upstream(""))
				if err := (Chat{}).Answer(ex, at, []byte(body)); err != nil {
					t.Fatal(err)
				}
				if at.Usage != want {
					t.Errorf("%s: got %+v, want %+v", body, at.Usage, want)
				}
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		code   core.Code // CodeInternal for a good answer
		finish core.Finish
		model  string
	}{
		{`{"choices":[{"finish_reason":"stop"}],"model":"m"}`, 0, core.FinishStop, "m"},
		{`{"model":"m","choices":[{"finish_reason":"length","index":0},{"finish_reason":"stop"}]}`, 0, core.FinishLength, "m"},
		{`{"choices":[{"finish_reason":"function_call"}]}`, 0, core.FinishToolCalls, ""},
		{`{"choices":[{"finish_reason":"content_filter"}]}`, 0, core.FinishContentFilter, ""},
		{`{"choices":[{"finish_reason":"insufficient_system_resource"}]}`, 0, core.FinishOther, ""},
		{`{"choices":[{"finish_reason":"eos"}],"error":null}`, 0, core.FinishStop, ""},
		{`{"choices":[{"finish_reason":null}]}`, 0, core.FinishNone, ""},
		{`{"choices":[],"timings":{"prompt_ms":1.5}}`, 0, core.FinishNone, ""},
		{"{\"choices\":[{\"message\":{\"content\":\"\xff \\ud800\"}}]}", 0, core.FinishNone, ""}, // the client reads for itself
		{``, core.CodeUpstreamInvalid, 0, ""},
		{`<html>502</html>`, core.CodeUpstreamInvalid, 0, ""},
		{`[]`, core.CodeUpstreamInvalid, 0, ""},
		{`null`, core.CodeUpstreamInvalid, 0, ""},
		{`{}`, core.CodeUpstreamInvalid, 0, ""},
		{`{"choices":null}`, core.CodeUpstreamInvalid, 0, ""},
		{`{"choices":{}}`, core.CodeUpstreamInvalid, 0, ""},
		{`{"choices":[{"finish_reason":"stop"}]`, core.CodeUpstreamInvalid, 0, ""},
		{`{"choices":[{"message":{"content":"cut`, core.CodeUpstreamInvalid, 0, ""},
		{`{"choices":[]}{"choices":[]}`, core.CodeUpstreamInvalid, 0, ""},
		{`{"error":{"message":"no"}}`, core.CodeUpstreamStatus, 0, ""},
		{`{"error":"no"}`, core.CodeUpstreamStatus, 0, ""},
		{`{"choices":[],"error":{"message":"no","code":"503"}}`, core.CodeUpstreamStatus, 0, ""},
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		err := Chat{}.Answer(ex, at, []byte(c.body))
		switch {
		case c.code == core.CodeInternal && err != nil:
			t.Errorf("%s: %v", c.body, err)
		case c.code != core.CodeInternal && (err == nil || err.Code != c.code || err.Origin != core.OriginUpstream):
			t.Errorf("%s: %v, want %v", c.body, err, c.code)
		case at.Finish != c.finish || string(at.Model) != c.model:
			t.Errorf("%s: finish %v, model %q", c.body, at.Finish, at.Model)
		}
		if c.code == core.CodeUpstreamStatus {
			got := Chat{}.RenderError(nil, err, core.ID{})
			if forwarded := string(got) == c.body; forwarded != strings.Contains(c.body, `"message"`) {
				t.Errorf("%s is answered with %s", c.body, got)
			}
		}
	}
}

func TestAnswerParts(t *testing.T) {
	t.Parallel()
	const body = `{"id":"x","choices":[{"index":0,"logprobs":{"content":[{"token":"secret"}]},"message":{"role":"assistant","content":"a secr\u0065t, <b>",` +
		`"reasoning_content":"thought","reasoning_signature":"sig","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"k\":\"secret\"}"}}]}},` +
		`{"index":1,"message":{"content":"clean","audio":{"id":"i","data":"AAAA","transcript":"said"}},"logprobs":{"content":[]}}],"citations":["http://c"]}`
	ex := &core.Exchange{}
	list, err := Chat{}.AnswerParts(ex, []byte(body), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"assistant text 0/0 a secret, <b>", "assistant thinking 0/0 thought", `assistant tool_call 0/0 {"k":"secret"} name=f ref=c1`,
		"assistant text 0/1 clean", "assistant text 0/1 said", "assistant citation 0/0 http://c",
	}
	if got := describeAll(list); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, p := range list {
		if p.Origin != core.OriginUpstream {
			t.Errorf("origin of part %d: %v", p.ID, p.Origin)
		}
	}
	spelled := `{"content":[{"token":"secret"}]}`
	if spliced, err := (Chat{}).SpliceAnswer(ex, []byte(body), list); string(bytes.Join(spliced, nil)) != strings.Replace(body, spelled, "null", 1) || err != nil {
		t.Errorf("without edits: %q, %v", spliced, err)
	}
	edit(t, list[0], 2, 8, "***")
	edit(t, list[2], 6, 12, "***")
	spliced, err := Chat{}.SpliceAnswer(ex, []byte(body), list)
	if err != nil {
		t.Fatal(err)
	}
	got := string(bytes.Join(spliced, nil))
	wantBody := strings.NewReplacer(`secr\u0065t`, "***", `\"secret\"`, `\"***\"`, spelled, "null").Replace(body)
	if got != wantBody {
		t.Errorf("got  %s\nwant %s", got, wantBody)
	}
	edit(t, list[1], 0, 0, "re")
	edit(t, list[4], 0, 1, "S")
	spliced, err = Chat{}.SpliceAnswer(ex, []byte(body), list)
	if err != nil {
		t.Fatal(err)
	}
	wantBody = strings.NewReplacer(`"thought"`, `"rethought"`, `"sig"`, "null", `"said"`, `"Said"`, `"AAAA"`, "null", `"logprobs":{"content":[]}`, `"logprobs":null`).Replace(wantBody)
	if got = string(bytes.Join(spliced, nil)); got != wantBody {
		t.Errorf("got  %s\nwant %s", got, wantBody)
	}
}

func TestAnswerPartsRefuses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `{`, `{"choices":[{"message":{"content":"a","content":"b"}}]}`, `{"choices":[{"message":{"content":"a","Content":"b"}}]}`,
		`{"choices":[],"Choices":[]}`, "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}",
	} {
		_, err := Chat{}.AnswerParts(&core.Exchange{}, []byte(body), nil)
		if err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestSpliceAnswerChecksArguments(t *testing.T) {
	t.Parallel()
	body := []byte(`{"choices":[{"message":{"tool_calls":[{"function":{"arguments":"{}"}}]}}]}`)
	ex := &core.Exchange{}
	list, err := Chat{}.AnswerParts(ex, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, list[0], 1, 2, "")
	if _, err := (Chat{}).SpliceAnswer(ex, body, list); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("got %v", err)
	}
}

// TestUnknownOfAGuardedAnswer: what no guard can judge does not leave (law 3).
func TestUnknownOfAGuardedAnswer(t *testing.T) {
	t.Parallel()
	ex := scan(t, `{"model":"m","messages":[{"role":"user","content":"hi"}]}`)
	body := []byte(`{"id":"c","x_note":"a secret","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	parts, err := (Chat{}).AnswerParts(ex, body, nil)
	if err != nil || len(parts) != 1 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	spliced, err := (Chat{}).SpliceAnswer(ex, body, parts)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(body), `"a secret"`, "null", 1)
	if got := string(bytes.Join(spliced, nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
