package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestCacheHour: what is written to be kept for an hour is told apart from the
// rest, on whole answers and on streams, and is never more than what was written.
func TestCacheHour(t *testing.T) {
	t.Parallel()
	const request = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`
	for usage, want := range map[string]core.Usage{
		`"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}`: {CacheWrite: 30, CacheWriteHour: 20},
		`"cache_creation":{"ephemeral_1h_input_tokens":20},"cache_creation_input_tokens":7`:                                 {CacheWrite: 7, CacheWriteHour: 7},
		`"cache_creation_input_tokens":30`:                                                         {CacheWrite: 30},
		`"cache_creation_input_tokens":30,"cache_creation":null`:                                   {CacheWrite: 30},
		`"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":-1}`:       {CacheWrite: 30},
		`"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":"twenty"}`: {CacheWrite: 30},
		`"iterations":[{"type":"compaction","output_tokens":1,"cache_creation_input_tokens":4,"cache_creation":{"ephemeral_1h_input_tokens":9}}]`: {
			CacheWrite: 4, CacheWriteHour: 4, Output: 1,
		},
	} {
		want.InputUncached, want.Reported = 5, true
		want.Output += 2
		ex := dialecttest.Scan(t, Messages{}, request)
		at := ex.NewAttempt(dialecttest.Upstream(""))
		body := `{"id":"a","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2,` + usage + `}}`
		if err := (Messages{}).Answer(ex, at, []byte(body)); err != nil || at.Usage != want || !at.Usage.Valid() {
			t.Errorf("%s: %+v, %v; want %+v", usage, at.Usage, err, want)
		}
		at = ex.NewAttempt(dialecttest.Upstream(""))
		for _, data := range []string{
			`{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1,` + usage + `}}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}`,
		} {
			(Messages{}).Event(ex, at, []byte(data))
		}
		if at.Usage != want {
			t.Errorf("%s, streamed: %+v; want %+v", usage, at.Usage, want)
		}
	}
}

// TestCacheHourWritten: a client is told how long what was written is kept, where
// the provider tells it, and on a translated stream at its end too, which is where
// it is known.
func TestCacheHourWritten(t *testing.T) {
	t.Parallel()
	ex := dialecttest.Scan(t, Messages{}, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`)
	at := ex.NewAttempt(dialecttest.Upstream(""))
	used := core.Usage{InputUncached: 1, CacheWrite: 30, CacheWriteHour: 20, Output: 2, Reported: true}
	const (
		nothing = `"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0}`
		written = `"usage":{"input_tokens":1,"cache_creation_input_tokens":30,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":2}`
		plain   = `"usage":{"input_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}`
	)
	whole := string(Messages{}.WriteAnswer(nil, ex, at, &core.Answer{Usage: used}))
	if !strings.Contains(whole, written) {
		t.Errorf("whole: %s", whole)
	}
	for want, usage := range map[string]core.Usage{
		written: used,
		plain:   {InputUncached: 1, Output: 2, Reported: true},
	} {
		at = ex.NewAttempt(dialecttest.Upstream(""))
		start, end, _ := strings.Cut(write(ex, at, []core.Event{
			typedEvent(core.EventOpen, 0, part(core.PartText, "", nil)),
			{Kind: core.EventUsage, Usage: usage},
			{Kind: core.EventFinish, Finish: core.FinishStop},
		}), "event: message_delta")
		if !strings.Contains(start, nothing) || !strings.Contains(end, want) {
			t.Errorf("streamed: %s\nand at the end %s\nwant %s", start, end, want)
		}
	}
}
