package openai

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// sameAnswer reads body after answers like learned came, and alone, and compares.
// It tells whether the pattern of learned was used.
func sameAnswer(t *testing.T, learned, body string) bool {
	t.Helper()
	ex, alone := &core.Exchange{}, &core.Exchange{}
	var shared core.Learned
	at := ex.NewAttempt(upstream(""))
	at.Learned = &shared
	_ = (Chat{}).Answer(ex, at, []byte(learned))
	at, it := ex.NewAttempt(upstream("")), alone.NewAttempt(upstream(""))
	at.Learned = &shared
	used := false
	if p := learnedOf(at); p != nil {
		_, used = p.pattern.Match(nil, []byte(body))
	}
	got, want := Chat{}.Answer(ex, at, []byte(body)), Chat{}.Answer(alone, it, []byte(body))
	switch {
	case (got == nil) != (want == nil) || got != nil && got.Code != want.Code:
		t.Fatalf("%s\nafter\n%s\ngives %v, alone %v", body, learned, got, want)
	case at.Usage != it.Usage || at.Finish != it.Finish || string(at.Model) != string(it.Model):
		t.Fatalf("%s\nafter\n%s\ngives %+v %v %q, alone %+v %v %q", body, learned, at.Usage, at.Finish, at.Model, it.Usage, it.Finish, it.Model)
	}
	return used
}

func TestAnswerPattern(t *testing.T) {
	t.Parallel()
	const body = `{"id":"a","object":"chat.completion","created":17,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},` +
		`"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,` +
		`"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}`
	for _, c := range []struct {
		old, new string
		used     bool
	}{
		{``, ``, true},
		{`"hi"`, `"\"},\"finish_reason\":\"length\" {"`, true},
		{`"stop"`, `"length"`, true},
		{`"stop"`, `""`, true},
		{`"stop"`, `null`, false},
		{`"m"`, `"other"`, true},
		{`"m"`, `null`, false},
		{`10`, `99`, true},
		{`15`, `18`, true}, // reasoning left out
		{`15`, `0`, true},
		{`10`, `0099`, true},
		{`10`, `9223372037`, true}, // beyond our bound
		{`10`, `99999999999999999999`, false},
		{`10`, `1e1`, false},
		{`:4`, `:44`, true},
		{`:3`, `:"3"`, false},
		{`"prompt_tokens":10`, `"prompt_tokens":10,"prompt_tokens":11`, false},
		{`"choices"`, `"error":{"message":"x"},"choices"`, false},
		{`"choices"`, `"error":"x","choices"`, false},
		{`"usage"`, `"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}},"usage"`, false},
		{`}}}`, `}}`, false},
	} {
		other := strings.Replace(body, c.old, c.new, 1)
		if used := sameAnswer(t, body, other); used != c.used {
			t.Errorf("%s for %s: the pattern was used: %v", c.new, c.old, used)
		}
		sameAnswer(t, other, body)
		sameAnswer(t, other, strings.NewReplacer("10", "20", "stop", "length").Replace(other))
	}
}

// TestAnswerPatternShared: exchanges that learn and read by one pattern at the same
// time read what each would alone.
func TestAnswerPatternShared(t *testing.T) {
	t.Parallel()
	var shared core.Learned
	var wg sync.WaitGroup
	for n := range int64(4) {
		wg.Go(func() {
			ex := &core.Exchange{}
			for i := range int64(500) {
				body := fmt.Sprintf(`{"model":"m","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`, n+1, i)
				if i/50%2 == 1 { // two forms, in turns
					body = `{"id":"x",` + body[1:]
				}
				ex.Reset()
				at := ex.NewAttempt(upstream(""))
				at.Learned = &shared
				if err := (Chat{}).Answer(ex, at, []byte(body)); err != nil || at.Usage.InputUncached != n+1 || at.Usage.Output != i {
					t.Errorf("%s: %v %+v", body, err, at.Usage)
				}
			}
		})
	}
	wg.Wait()
	if learnedOf(&core.Attempt{Learned: &shared}) == nil {
		t.Error("nothing was learned")
	}
}

// FuzzAnswerPattern reads answers after others: they must be read as if they
// were alone.
func FuzzAnswerPattern(f *testing.F) {
	for _, body := range []string{
		`{"id":"a","model":"m","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
		`{"id":"b","model":"n","choices":[{"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`,
		`{"choices":[{"finish_reason":"stop","usage":{"prompt_tokens":1,"completion_tokens":2}}]}`,
		`{"choices":[{"finish_reason":"stop"},{"finish_reason":"x"}],"usage":{"prompt_tokens":1e1,"completion_tokens":2}}`,
		`{"choices":[{"finish_reason":""}],"usage":{"prompt_tokens":1,"completion_tokens":2},"usage":{"prompt_tokens":3,"completion_tokens":4}}`,
		`{"choices":[{"finish_reason":"stop","finish_reason":"eos"}],"model":"m","model":"n","usage":{"prompt_tokens":1,"prompt_tokens":2,"completion_tokens":4}}`,
		`{"choices":[{"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}},"usage":null}`,
	} {
		f.Add(body, body)
		f.Add(body, strings.NewReplacer("1", "7", "stop", "").Replace(body))
		f.Add(body, `{"id":"b","model":"n","choices":[{"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`)
	}
	f.Fuzz(func(t *testing.T, learned, body string) {
		sameAnswer(t, learned, body)
		sameAnswer(t, learned, strings.NewReplacer("1", "72", "stop", "", "m", "").Replace(learned))
	})
}
