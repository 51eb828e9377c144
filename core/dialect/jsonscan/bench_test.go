package jsonscan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

var chatKeys = NewKeys("model", "messages", "stream", "stream_options", "tools", "tool_choice",
	"temperature", "top_p", "n", "max_tokens", "max_completion_tokens", "stop", "response_format",
	"user", "metadata", "seed", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty",
	"logit_bias", "parallel_tool_calls", "service_tier", "store", "reasoning_effort", "modalities", "audio",
	"prediction", "functions", "function_call", "web_search_options", "prompt_cache_key", "safety_identifier", "verbosity")

var messageKeys = NewKeys("role", "content", "name", "tool_calls", "tool_call_id", "refusal", "audio", "function_call")

const (
	idModel = iota
	idMessages
	idStream
)

// sentences makes n bytes of words, with a raw JSON escape every gap bytes or so.
func sentences(n, gap int, words []string) string {
	r := rand.New(rand.NewSource(1))
	var b strings.Builder
	next := gap
	for b.Len() < n {
		b.WriteString(words[r.Intn(len(words))])
		if b.Len() > next {
			b.WriteString([]string{`\n`, `\"`}[r.Intn(2)])
			next = b.Len() + gap/2 + r.Intn(gap)
		}
	}
	return b.String()
}

var (
	english  = strings.SplitAfter("the quick brown fox jumps over a lazy dog, and then some of it happens again in another extraordinary place. ", " ")
	finnish  = strings.SplitAfter("tässä on hyvä esimerkki siitä, että kieli näyttää erilaiselta; yön äänet kuuluivat järveltä pitkään. ", " ")
	japanese = []string{"吾輩は", "猫である。", "名前は", "まだ無い。", "どこで", "生れたか", "とんと", "見当が", "つかぬ。", "東京", "データ", "、"}
	emoji    = []string{"😀", "👍🏽", "hello ", "🎉", "ok ", "🚀"}
)

func chat(text string) []byte {
	return fmt.Appendf(nil, `{"messages":[{"role":"system","content":"You are a helpful assistant."},`+
		`{"role":"user","content":"%s"}],"temperature":0.7,"model":"gpt-4o-mini","stream":true}`, text)
}

// agent makes a body with 12 tools and 220 messages.
func agent() []byte {
	var b bytes.Buffer
	b.WriteString(`{"messages":[{"role":"system","content":"`)
	b.WriteString(sentences(2000, 60, english))
	b.WriteString(`"}`)
	for i := range 73 {
		fmt.Fprintf(&b, `,{"role":"user","content":"%s"}`, sentences(150+i, 60, english))
		fmt.Fprintf(&b, `,{"role":"assistant","content":null,"tool_calls":[{"id":"call_%08d","type":"function","function":{"name":"read_file","arguments":"{\"path\":\"/src/main_%d.go\",\"offset\":%d}"}}]}`, i, i, i*10)
		fmt.Fprintf(&b, `,{"role":"tool","tool_call_id":"call_%08d","content":"%s"}`, i, sentences(600, 40, english))
	}
	b.WriteString(`],"tools":[`)
	for i := range 12 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"function","function":{"name":"tool_%d","description":"%s","parameters":{"type":"object","properties":{`, i, sentences(200, 1000, english))
		for j := range 6 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"field_%d":{"type":"string","description":"%s","enum":["a","b","c"],"minLength":1}`, j, sentences(60, 1000, english))
		}
		b.WriteString(`},"required":["field_0","field_1"],"additionalProperties":false},"strict":true}}`)
	}
	b.WriteString(`],"tool_choice":"auto","parallel_tool_calls":true,"model":"gpt-4o-mini","stream":true}`)
	return b.Bytes()
}

// varied makes small bodies of about 300 bytes, no two alike.
func varied() [][]byte {
	r := rand.New(rand.NewSource(2))
	docs := make([][]byte, 1024)
	members := []string{`"temperature":0.%d`, `"max_tokens":%d`, `"user":"user-%d"`, `"seed":%d`, `"stream":true,"n":%d`, `"top_p":0.%d`}
	for i := range docs {
		b := fmt.Appendf(nil, `{"model":"model-%d"`, r.Intn(1000))
		for _, j := range r.Perm(len(members))[:2+r.Intn(3)] {
			b = fmt.Appendf(append(b, ','), members[j], r.Intn(1000))
		}
		text := sentences(20+r.Intn(200), 20+r.Intn(60), english[r.Intn(len(english)/2):])
		docs[i] = fmt.Appendf(b, `,"messages":[{"role":"user","content":"%s"}]}`, text)
	}
	return docs
}

func manyKeys(n int) []byte {
	b := []byte(`{"model":"m"`)
	for i := range n {
		b = fmt.Appendf(b, `,"k%d":1`, i)
	}
	return append(b, '}')
}

func indented(doc []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func documents() []struct {
	name string
	doc  []byte
} {
	return []struct {
		name string
		doc  []byte
	}{
		{"300B", chat(sentences(130, 60, english))},
		{"4KiB", chat(sentences(4<<10, 60, english))},
		{"100KiB_escapes", chat(sentences(100<<10, 60, english))},
		{"100KiB_plain", chat(sentences(100<<10, 1<<30, english))},
		{"100KiB_finnish", chat(sentences(100<<10, 60, finnish))},
		{"100KiB_japanese", chat(sentences(100<<10, 60, japanese))},
		{"100KiB_emoji", chat(sentences(100<<10, 60, emoji))},
		{"100KiB_agent", agent()},
		{"100KiB_agent_indented", indented(agent())},
	}
}

func BenchmarkScan(b *testing.B) {
	for _, d := range documents() {
		b.Run(d.name, func(b *testing.B) {
			var obj Object
			b.SetBytes(int64(len(d.doc)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Scan(d.doc, chatKeys, &obj); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	// A processor learns one small document by heart; it cannot learn many.
	b.Run("300B_varied", func(b *testing.B) {
		docs := varied()
		var obj Object
		n := 0
		for b.Loop() {
			n++
			if err := Scan(docs[n%len(docs)], chatKeys, &obj); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("1M_keys", func(b *testing.B) {
		doc := manyKeys(1_000_000)
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			obj := Object{Limits: Limits{Members: 2_000_000}}
			if err := Scan(doc, chatKeys, &obj); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("1M_keys_refused", func(b *testing.B) {
		doc := manyKeys(1_000_000)
		for b.Loop() {
			var obj Object
			if err := Scan(doc, chatKeys, &obj); err == nil {
				b.Fatal("accepted")
			}
		}
	})
	b.Run("10k_deep_refused", func(b *testing.B) {
		doc := []byte(strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000))
		for b.Loop() {
			var obj Object
			if err := Scan(doc, chatKeys, &obj); err == nil {
				b.Fatal("accepted")
			}
		}
	})
}

func BenchmarkStandardLibrary(b *testing.B) {
	for _, d := range documents() {
		b.Run(d.name, func(b *testing.B) {
			b.SetBytes(int64(len(d.doc)))
			for b.Loop() {
				if !json.Valid(d.doc) {
					b.Fatal("invalid")
				}
			}
		})
	}
}

func BenchmarkMessages(b *testing.B) {
	for _, d := range documents() {
		b.Run(d.name, func(b *testing.B) {
			var obj, message Object
			if err := Scan(d.doc, chatKeys, &obj); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(d.doc)))
			b.ReportAllocs()
			for b.Loop() {
				for a := Elements(d.doc, obj.Value(idMessages)); a.Next(); {
					if err := a.Object(messageKeys, &message); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

const answer = `{"id":"chatcmpl-CaBcDeFgHiJkLmNoPqRsTuVwXyZ01","object":"chat.completion","created":1764201600,` +
	`"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"%s",` +
	`"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":57,` +
	`"completion_tokens":121,"total_tokens":178,"prompt_tokens_details":{"cached_tokens":16,"audio_tokens":0},` +
	`"completion_tokens_details":{"reasoning_tokens":32,"audio_tokens":0,"accepted_prediction_tokens":0,` +
	`"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_a1b2c3d4e5"}`

var usagePaths = NewPaths("model", "usage.prompt_tokens", "usage.completion_tokens",
	"usage.prompt_tokens_details.cached_tokens", "usage.completion_tokens_details.reasoning_tokens")

func BenchmarkPaths(b *testing.B) {
	doc := fmt.Appendf(nil, answer, sentences(400, 60, english))
	out := make([]Value, usagePaths.Len())
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if err := usagePaths.Read(doc, out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendText(b *testing.B) {
	doc := []byte(`"` + sentences(100<<10, 60, english) + `"`)
	var dst []byte
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		dst = AppendText(dst[:0], doc, Span{0, len(doc)})
	}
}

func BenchmarkAppendQuoted(b *testing.B) {
	doc := []byte(`"` + sentences(100<<10, 60, english) + `"`)
	text := AppendText(nil, doc, Span{0, len(doc)})
	var dst []byte
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		dst = AppendQuoted(dst[:0], text)
	}
}
