package plugins_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTranslateOllamaStreams replays the streams of the golden cases, for nothing is
// recorded of Ollama: whole, byte by byte, at random cuts and with CRLF each comes to
// one result, which says what the model said; cut behind any line it never looks
// finished.
func TestTranslateOllamaStreams(t *testing.T) {
	tr := translatorOf(t, "provider/ollama")
	cases, err := filepath.Glob(filepath.Join("provider", "ollama", "testdata", "stream*.txtar"))
	if err != nil || len(cases) < 4 {
		t.Fatal(cases, err)
	}
	for _, name := range cases {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text := archive(string(file))["upstream"]
			lines := strings.SplitAfter(strings.TrimRight(text, "\n"), "\n")
			good := strings.Contains(lines[len(lines)-1], `"done":true`)
			for dialect, front := range chatFronts() {
				whole, failed := played(t, tr, front, core.FramingNDJSON, [][]byte{[]byte(text)})
				if (failed == nil) != good {
					t.Fatalf("%s: %v", dialect, failed)
				}
				if good {
					sameSense(t, dialect, senseOf(t, dialect, whole), ollamaSense(t, lines))
				}
				for how, pieces := range inPieces(text) {
					if again, _ := played(t, tr, front, core.FramingNDJSON, pieces); again != whole {
						t.Errorf("%s, %s: the result is another one", dialect, how)
					}
				}
			}
			for i := range lines {
				cut := []byte(strings.Join(lines[:i], ""))
				if _, failed := played(t, tr, chatFronts()["openai.chat"], core.FramingNDJSON, [][]byte{cut}); failed == nil {
					t.Errorf("cut behind %d of %d lines it looks finished", i, len(lines))
				}
			}
		})
	}
}

// ollamaSense reads Ollama's lines in a way of its own.
func ollamaSense(t *testing.T, lines []string) sense {
	t.Helper()
	var s sense
	for _, l := range lines {
		d := parsed(t, l)
		s.Text += d.at("message", "content").text()
		s.Thinking += d.at("message", "thinking").text()
		for _, c := range d.at("message", "tool_calls").list() {
			s.Calls = append(s.Calls, c.at("function", "name").text()+" "+c.at("function", "arguments").json())
		}
		s.Finish = d.at("done_reason").text()
		s.Input, s.Output = d.at("prompt_eval_count").number(), d.at("eval_count").number()
	}
	if len(s.Calls) > 0 {
		s.Finish = "tool_calls"
	}
	return s
}
