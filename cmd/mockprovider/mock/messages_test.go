package mock

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestMessages: answers in the form of Anthropic's API, whole and streamed, with the
// counts that the mock keeps.
func TestMessages(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	const scenario = "chunks=3,size=30,cached=1"
	const ask = `{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]`
	c.send(post("/v1/messages", scenario, ask+"}"))
	_, body := c.good()
	var whole struct {
		Type, Model string
		Content     []struct{ Type, Text string }
		StopReason  string `json:"stop_reason"`
		Usage       struct {
			Input  int64 `json:"input_tokens"`
			Read   int64 `json:"cache_read_input_tokens"`
			Output int64 `json:"output_tokens"`
		}
	}
	if err := json.Unmarshal([]byte(body), &whole); err != nil || whole.Type != "message" || whole.Model != "claude-x" ||
		len(whole.Content) != 1 || len(whole.Content[0].Text) != 30 || whole.StopReason != "end_turn" || whole.Usage.Read != 1 {
		t.Fatalf("%v in %s", err, body)
	}
	c.send(post("/v1/messages", scenario, ask+`,"stream":true}`))
	_, body = c.good()
	var kinds []string
	for line := range strings.Lines(body) {
		if kind, ok := strings.CutPrefix(line, "event: "); ok {
			kinds = append(kinds, strings.TrimSpace(kind))
		}
	}
	const want = "message_start content_block_start content_block_delta content_block_delta content_block_delta content_block_stop message_delta message_stop"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("%s", got)
	}
	st := settle(t, s)
	if st.ReportedAnswers != 2 || st.ReportedPromptTokens != 2*(whole.Usage.Input+1) || st.ReportedCompletionTokens != 2*whole.Usage.Output {
		t.Errorf("%+v, and in the answer %+v", st, whole.Usage)
	}
}
