package openai

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// refused returns what ends a stream of which the client has got the events sent.
func refused(t *testing.T, d core.EventReader, ex *core.Exchange, at *core.Attempt, sent ...string) (list []string) {
	t.Helper()
	d.BeginEvents(ex)
	for _, data := range sent {
		d.SentEvent(ex, []byte(data))
	}
	for _, e := range dialecttest.SSE(t, string(d.AppendRefused(nil, ex, at, `not "this"`))) {
		list = append(list, e.Text)
	}
	return list
}

func TestAppendRefused(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	ex.Request.Choices, ex.Request.Model, ex.Request.UsageAsked = 1, []byte("m"), true
	at := &core.Attempt{Usage: core.Usage{InputUncached: 3, Output: 7, Reported: true}}
	const (
		azure   = `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}`
		head    = `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,`
		usage   = `"usage":{"prompt_tokens":3`
		refusal = `"refusal":"not \"this\""}`
		end     = `"delta":{},"logprobs":null,"finish_reason":"content_filter"}],"usage":null}`
	)
	for name, c := range map[string]struct {
		sent []string
		want []string
	}{
		"first":    {nil, []string{`"role":"assistant","content":null,` + refusal, end, usage, "[DONE]"}},
		"nothing":  {[]string{azure}, []string{`"role":"assistant","content":null,` + refusal, end, usage, "[DONE]"}},
		"begun":    {[]string{azure, choice(`{"role":"assistant","content":"be"}`, ``)}, []string{head + `"delta":{` + refusal, head + end, usage, "[DONE]"}},
		"finished": {[]string{choice(`{}`, ``), strings.Replace(choice(`{}`, ``), `null`, `"stop"`, 1)}, []string{usage, "[DONE]"}},
		"counted":  {[]string{strings.Replace(choice(`{}`, ``), `null`, `"stop"`, 1), `{"choices":[],"usage":{"prompt_tokens":3}}`}, []string{"[DONE]"}},
		"done":     {[]string{choice(`{}`, ``), "[DONE]"}, nil},
	} {
		got := refused(t, Chat{}, ex, at, c.sent...)
		if len(got) != len(c.want) {
			t.Errorf("%s: %s", name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: %s has no %s", name, got[i], c.want[i])
			}
		}
	}
}

func TestAppendRefusedChoices(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	ex.Request.Choices = 3
	got := refused(t, Chat{}, ex, &core.Attempt{}, `{"choices":[{"index":1,"delta":{},"finish_reason":"stop"},{"index":0,"delta":{"content":"a"}}]}`)
	if all := strings.Join(got, "\n"); len(got) != 5 || strings.Contains(all, `"index":1`) || strings.Count(all, `"index":2`) != 2 || strings.Count(all, `"role"`) != 1 {
		t.Error(all)
	}
	got = refused(t, Completions{}, ex, &core.Attempt{}, `{"id":"c","choices":[{"index":0,"text":"a"}]}`)
	if all := strings.Join(got, "\n"); len(got) != 4 || strings.Count(all, `{"id":"c","choices":[{"index":`) != 3 || strings.Count(all, `"text":"","logprobs":null,"finish_reason":"content_filter"`) != 3 {
		t.Error(all)
	}
}

func TestCompletionEvents(t *testing.T) {
	t.Parallel()
	dialecttest.Stream(t, Completions{}, &core.Exchange{}, [][2]string{
		{`{"id":"c","object":"text_completion","choices":[{"index":1,"text":"a","logprobs":{"tokens":["a"]},"finish_reason":null}]}`, "1/0 text on \"a\"\nunknown {\"tokens\":[\"a\"]}\n"},
		{`{"choices":[{"index":1,"text":"b","finish_reason":"stop"}],"x":"y"}`, "1/0 text on \"b\"\nunknown \"y\"\nend 1/-1\n"},
		{`[DONE]`, "end -1/-1\n"},
	})
	out := dialecttest.EditEvent(t, Completions{}, &core.Exchange{}, `{"choices":[{"text":"a","logprobs":{"tokens":["a"]}}]}`, func(core.StreamPart) string { return "b" })
	if out != `{"choices":[{"text":"b","logprobs":null}]}` {
		t.Error(out)
	}
	if idle := string(Chat{}.AppendIdle([]byte("x"))); idle != "x: keep-alive\n\n" || (Chat{}).Repeats() {
		t.Error(idle)
	}
}
