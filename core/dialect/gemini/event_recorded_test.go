package gemini

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestRecordedEvents compares what the events of a stream say with what a reader of
// the whole sees: the parts of all chunks in a row.
func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	n := 0
	for _, a := range sentAnswers(t) {
		if !a.stream {
			continue
		}
		played := dialecttest.Play(t, Dialect{}, eventLeaves, a.name, a.body)
		n += played.Events
		var texts [2]string
		var calls []string
		for line := range strings.SplitSeq(a.body, "\n") {
			data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
			if !ok {
				continue
			}
			list, err := Dialect{}.AnswerParts(&core.Exchange{}, []byte(data), nil)
			if err != nil {
				t.Fatalf("%s: %v", a.name, err)
			}
			for _, p := range list {
				switch p.Kind {
				case core.PartText:
					texts[0] += string(p.Text())
				case core.PartThinking:
					texts[1] += string(p.Text())
				default:
					calls = append(calls, string(p.Text()))
				}
			}
		}
		var got [2]string
		for run, text := range played.Runs {
			switch run.Kind { //nolint:exhaustive // no others grow
			case core.PartText:
				got[0] += text
			case core.PartThinking:
				got[1] += text
			}
		}
		if len(played.Runs) <= 2 && got != texts {
			t.Errorf("%s: %.300q, want %.300q", a.name, got, texts)
		}
		dialecttest.SameTexts(t, a.name, played.Alone, calls)
	}
	t.Logf("%d events", n)
}

func FuzzEvents(f *testing.F) {
	f.Add(chunkOf(`{"text":"h\u006d","thought":true,"thoughtSignature":"S"},{"functionCall":{"name":"f","args":{"x":"y"}}}`, `,"finishReason":"STOP","logprobsResult":{}`), "new \"text\"")
	f.Add(chunkOf(`{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"gun"}]}},{"inlineData":{"mimeType":"image/png","data":"QUJD"}}`, `,"x":"y"`), "\n")
	f.Add(`{"promptFeedback":{"blockReason":"SAFETY"},"surprise":"s","error":{"message":"m"}}`, "x")
	f.Fuzz(func(t *testing.T, data, text string) {
		if !json.Valid([]byte(data)) {
			return
		}
		dialecttest.FuzzEvent(t, Dialect{}, data, text)
	})
}
