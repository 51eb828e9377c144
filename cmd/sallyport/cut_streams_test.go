package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// streamsToCut collects streams; those of chats that end with [DONE] without it, too, and
// those of Converse without metadata, of a provider that is known to leave these out.
type streamsToCut []cutStream

func (l *streamsToCut) add(t *testing.T, name, dialect, text string) {
	t.Helper()
	s := cutStream{name: name, dialect: dialect, twins: strings.HasPrefix(name, "openai/stream_tools")}
	s.split(t, text)
	*l = append(*l, s)
	open := cutStream{name: name + " without its end", dialect: dialect, twins: s.twins, noEnd: true}
	for i, data := range s.data {
		if data != "[DONE]" && !(dialect == "bedrock.converse" && strings.Contains(data, `"usage":`)) {
			open.add(string(s.events[i]), data)
		}
	}
	if n := len(open.events); n > 0 && n < len(s.events) && dialect != "openai.responses" {
		*l = append(*l, open)
	}
}

// recordedCuts returns the recorded streams. It skips the test where there are none.
func recordedCuts(t *testing.T) (list streamsToCut) {
	t.Helper()
	for dialect := range cutBacks {
		for name, text := range recordedBodies(t, dialect) {
			list.add(t, name, dialect, text)
		}
	}
	for name, text := range recordedBodies(t, "vertex.anthropic") {
		list.add(t, name, "anthropic.messages", text) // which it is
	}
	return list
}

// filesLike returns the names and contents of the files that a path with wildcards names.
func filesLike(t *testing.T, path ...string) iter.Seq2[string, []byte] {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string, []byte) bool) {
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(file, raw) {
				return
			}
		}
	}
}

// goldenCuts returns the streams of the golden cases, and our own.
func goldenCuts(t *testing.T) (list streamsToCut) {
	t.Helper()
	for file, raw := range filesLike(t, "..", "..", "plugins", "provider", "*", "testdata", "stream*.txtar") {
		folder := filepath.Base(filepath.Dir(filepath.Dir(file)))
		_, text, _ := strings.Cut(string(raw), "\n-- upstream --\n")
		text, _, _ = strings.Cut(text, "\n-- want.client --\n")
		dialect := map[string]string{
			"openai": "openai.chat", "mistral": "mistral.chat", "responses": "openai.responses", "anthropic": "anthropic.messages",
			"gemini": "gemini", "cohere": "cohere.chat", "ollama": "ollama.chat", "bedrock": "bedrock.converse",
		}[folder]
		if folder == "bedrock" {
			text = framed(text)
		}
		list.add(t, folder+"/"+filepath.Base(file), dialect, strings.TrimRight(text, "\n")+"\n\n")
		if strings.Contains(string(raw), "\nno_stream_end=true\n") {
			list[len(list)-1].noEnd = true
		}
	}
	for name, text := range ownCuts {
		list.add(t, name, "openai.chat", text)
	}
	list.add(t, "invoke/stream.txtar", "bedrock.invoke", string(invokedStream()))
	list.add(t, "completions/stream.txtar", "openai.completions", strings.ReplaceAll(text0+finish0+usage5+doneEvent, `"delta":{"content":"a"}`, `"text":"a"`))
	return list
}

// ownCuts are streams of chats of which no recording has the like.
var ownCuts = map[string]string{
	"two choices":               chunks2 + finish0 + finish1 + usage5 + doneEvent,
	"two choices, usage early":  chunks2 + finish0 + usage5 + finish1 + doneEvent,
	"usage in every chunk":      textUsed + textUsed + finish0 + usage5 + doneEvent,
	"no usage at all":           text0 + finish0 + doneEvent,
	"reasons null and empty":    text0 + strings.ReplaceAll(finish0, `"stop"`, "null") + strings.ReplaceAll(finish0, `"stop"`, `""`) + finish0 + usage5 + doneEvent,
	"an event called error":     text0 + finish0 + "event: error\ndata: {\"message\":\"boom\"}\n\n" + usage5 + doneEvent,
	"an error behind a reason":  text0 + finish0 + "data: {\"error\":{\"message\":\"boom\"}}\n\n" + usage5 + doneEvent,
	"usage null, and of Groq's": text0 + strings.Replace(finish0, `]}`, `],"usage":null,"x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":5}}}`, 1) + doneEvent,
}

const (
	text0     = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}` + "\n\n"
	textUsed  = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":3}}` + "\n\n"
	chunks2   = text0 + `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"content":"b"},"finish_reason":null}]}` + "\n\n"
	finish0   = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	finish1   = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	usage5    = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}` + "\n\n"
	doneEvent = "data: [DONE]\n\n"
)

// recordedBodies is [recordedStreams] for streams of any framing.
func recordedBodies(t *testing.T, dialect string) map[string]string {
	t.Helper()
	out := recordedStreams(t, dialect)
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "fixtures")
	}
	for file, raw := range filesLike(t, root, "translation", "*", "*.json") {
		var c struct {
			Stream  bool
			Dialect string `json:"upstream_dialect"`
			Answer  *struct {
				Body *struct{ Base64 []byte }
			} `json:"upstream_response"`
		}
		if strings.HasSuffix(file, "manifest.json") {
			continue
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if c.Stream && c.Dialect == dialect && c.Answer != nil && c.Answer.Body != nil && len(c.Answer.Body.Base64) > 0 {
			out[filepath.Base(file)] = string(c.Answer.Body.Base64)
		}
	}
	return out
}

// framed returns the events of a golden case in frames.
func framed(text string) string {
	var out []byte
	for block := range strings.SplitSeq(text, "\n\n") {
		name, data, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(block), "event: "), "\ndata: ")
		if ok {
			out = append(out, eventFrame(name, data)...)
		}
	}
	return string(out)
}

// split cuts a stream behind each of its events.
func (s *cutStream) split(t *testing.T, text string) {
	t.Helper()
	switch cutBacks[s.dialect].media {
	case streamMedia:
		for _, block := range strings.SplitAfter(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
			if strings.TrimSpace(block) != "" {
				data := strings.Join(messages(block+"\n\n"), "")
				if strings.HasPrefix(block, "event: error\n") {
					data = fmt.Sprintf(`{"error":%q}`, data)
				}
				s.add(strings.TrimRight(block, "\n")+"\n\n", data)
			}
		}
	case "application/x-ndjson":
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" {
				s.add(line, strings.TrimSpace(line))
			}
		}
	default:
		for len(text) >= 16 {
			total := int(binary.BigEndian.Uint32([]byte(text)))
			head := int(binary.BigEndian.Uint32([]byte(text[4:])))
			if total > len(text) || 12+head > total {
				t.Fatalf("%s: a frame of %d bytes, of which %d are there", s.name, total, len(text))
			}
			payload := text[12+head : total-4]
			var carried struct{ Bytes []byte }
			if json.Unmarshal([]byte(payload), &carried) == nil && len(carried.Bytes) > 0 {
				payload = string(carried.Bytes)
			}
			if strings.Contains(text[12:12+head], "xception") {
				payload = fmt.Sprintf(`{"error":%q}`, payload)
			}
			s.add(text[:total], payload)
			text = text[total:]
		}
	}
}

func (s *cutStream) add(event, data string) {
	s.events, s.data = append(s.events, []byte(event)), append(s.data, data)
}
