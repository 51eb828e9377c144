package responses

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestRecordedEvents compares what the events of a stream say with the whole answer in
// the last of them.
func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	n, known := 0, 0
	for _, c := range recordings(t) {
		for _, body := range c.answers(true) {
			body = strings.TrimRight(body, "\n") + "\n\n"
			played := dialecttest.Play(t, Dialect{}, eventLeaves, c.name, body)
			n, known = n+played.Events, known+played.Alike
			var last struct{ Response json.RawMessage }
			for line := range strings.SplitSeq(body, "\n") {
				if data, ok := strings.CutPrefix(line, "data:"); ok && strings.Contains(data, `"response"`) {
					if err := json.Unmarshal([]byte(data), &last); err != nil {
						t.Fatal(err)
					}
				}
			}
			list, err := Dialect{}.AnswerParts(&core.Exchange{}, last.Response, nil)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			said := map[string]bool{"": true}
			for _, text := range played.Runs {
				said[text] = true
			}
			for _, text := range played.Alone {
				said[text] = true
			}
			for _, p := range list {
				if !said[string(p.Text())] {
					t.Errorf("%s: no event says %.100q (%s)", c.name, p.Text(), p.Kind)
				}
			}
		}
	}
	t.Logf("%d events, %d of them known by the one before", n, known)
}

func FuzzEvents(f *testing.F) {
	for _, e := range saidEvents {
		f.Add(e[0], "new \"text\"")
	}
	f.Fuzz(func(t *testing.T, data, text string) { dialecttest.FuzzEvent(t, Dialect{}, data, text) })
}
