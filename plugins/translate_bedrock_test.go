package plugins_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// answered is what a provider answered, which may be binary.
type answered struct {
	Response struct {
		Status int `json:"status"`
		Body   struct {
			Text   string `json:"text"`
			Base64 []byte `json:"base64"`
		} `json:"body"`
	} `json:"upstream_response"`
	Sent struct {
		Path string `json:"path"`
	} `json:"upstream_request"`
}

// fixturesOf returns the cases of one provider's dialect, and what was answered.
func fixturesOf(t *testing.T, dialect string) (list []*fixture, answers []*answered) {
	t.Helper()
	for _, r := range recordings(t) { // which skips where there are none
		if r.UpstreamDialect != dialect {
			continue
		}
		raw, err := os.ReadFile(fixturePath(t, r.name))
		if err != nil {
			t.Fatal(err)
		}
		f, a := &fixture{name: r.name}, &answered{}
		if err := json.Unmarshal(raw, f); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, a); err != nil {
			t.Fatal(err)
		}
		list, answers = append(list, f), append(answers, a)
	}
	return list, answers
}

// bedrockDiffers are the requests that are other ones than the goldens, on purpose,
// by a piece of the case's name.
var bedrockDiffers = map[string][]difference{
	"requests-completions-basic.bedrock":              {{"inferenceConfig", noBound}},
	"requests-completions-parallel-tool-call.bedrock": append(slices.Clone(noTool), difference{"inferenceConfig", noBound}),
	"requests-messages-tool_history_without_tools":    append(slices.Clone(noTool), difference{"messages", "the assistant begins, and a conversation must begin with the user"}),
	"aws-v1-chat-completions-streaming-with-tool-use": onlySystem,
	"aws-system-role-v1-chat-completions":             onlySystem,
	"aws-bedrock-v1-chat-completions-streaming-with": append(slices.Clone(onlySystem[1:]),
		difference{"inferenceConfig.maxTokens", "Claude needs a bound above its budget, and room for the answer"}),
	"aws-bedrock-no-per-request-credential": onlySystem,
}

const noBound = "maxTokens is optional, and 4096 is not what the client asked for"

var (
	noTool = []difference{
		{"toolConfig.tools[0].toolSpec.description", "the tool that stands for none says so"},
		{"toolConfig.tools[0].toolSpec.inputSchema.json.properties", "an object without properties, said"},
		{"toolConfig.tools[0].toolSpec.name", "the tool that stands for none has a name of ours"},
	}
	onlySystem = []difference{
		{"inferenceConfig", "an empty object says nothing"},
		{"messages", "there is only a system prompt, and a conversation must begin with the user"},
		{"system", "see messages"},
	}
)

// TestTranslateBedrockRequests compares what leaves for Bedrock with what other
// gateways would send.
func TestTranslateBedrockRequests(t *testing.T) {
	tr, fronts := translatorOf(t, "provider/bedrock"), chatFronts()
	list, answers := fixturesOf(t, "bedrock.converse")
	paths := map[string]string{"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages"}
	n, used := 0, map[string]bool{}
	for i, f := range list {
		front := fronts[f.ClientDialect]
		want := f.UpstreamRequest.text()
		if front == nil || want == "" || f.Request.text() == "" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			n++
			ex, at := leavingFor(t, tr, front, f, paths[f.ClientDialect])
			if path := answers[i].Sent.Path; path != "" && at.Request.Path != path {
				t.Errorf("the path is %s, want %s", at.Request.Path, path)
			}
			t.Logf("dropped %v", ex.Dropped)
			sameDocument(t, f.name, want, string(bytes.Join(at.Request.Body, nil)), bedrockDiffers, used)
		})
	}
	for name := range bedrockDiffers {
		if !used[name] {
			t.Errorf("no case has the name %s", name)
		}
	}
	if n < 9 {
		t.Errorf("only %d requests were found", n)
	}
}

// leavingFor has a fixture's request translated.
func leavingFor(t *testing.T, tr core.Translator, front core.TypedDialect, f *fixture, path string) (*core.Exchange, *core.Attempt) {
	t.Helper()
	ex, at := asked(tr, front, f.Provider, parsed(t, f.Request.text()).at("model").text())
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(f.Request.text())
	ex.Request.Operation = front.Match(ex.Request.Path)
	translate(t, tr, ex, at)
	return ex, at
}

// sameDocument compares a request with a golden, but for the differences that the
// table allows; a difference that is gone must leave the table.
func sameDocument(t *testing.T, name, want, got string, table map[string][]difference, used map[string]bool) {
	t.Helper()
	diff := leafDiff(plain(parsed(t, want).v), plain(parsed(t, got).v), "")
	var allowed []string
	for part, list := range table {
		if strings.Contains(name, part) {
			used[part] = true
			for _, d := range list {
				allowed = append(allowed, d.path)
			}
		}
	}
	slices.Sort(allowed)
	if !slices.Equal(diff, allowed) {
		t.Errorf("it differs in %v, want %v\ngot  %s\nwant %s", diff, allowed, got, want)
	}
}

// TestTranslateBedrockCount: the prompt is the same as that of a chat.
func TestTranslateBedrockCount(t *testing.T) {
	tr, front := translatorOf(t, "provider/bedrock"), chatFronts()["anthropic.messages"]
	list, _ := fixturesOf(t, "bedrock.count_tokens")
	n := 0
	for _, f := range list {
		if f.ClientDialect != "anthropic.count_tokens" {
			continue
		}
		n++
		ex, at := leavingFor(t, tr, front, f, "/v1/messages/count_tokens")
		want := `{"input":{"converse":{"system":[{"text":"You are a helpful assistant."}],"messages":[{"role":"user","content":[{"text":"What is the weather today?"}]}]}}}`
		if got := string(bytes.Join(at.Request.Body, nil)); got != want || len(ex.Dropped) > 0 {
			t.Errorf("%s: %s, dropped %v", f.name, got, ex.Dropped)
		}
	}
	if n == 0 {
		t.Error("no request was found")
	}
}

// bedrockSays are the goldens that say something else than we do, on purpose.
var bedrockSays = map[string]struct {
	what func(ours, theirs *sense)
	why  string
}{
	"response-bedrock-cache_write": {
		func(ours, theirs *sense) { theirs.Input, theirs.Output = ours.Input, ours.Output },
		"the prompt of OpenAI's usage has what was written to the cache, which the golden leaves out",
	},
	"aws-system-role-v1-chat":               {func(ours, theirs *sense) { theirs.Text = ours.Text }, firstText},
	"aws-bedrock-no-per-request-credential": {func(ours, theirs *sense) { theirs.Text = ours.Text }, firstText},
}

const firstText = "the golden has the first of three texts"

// allowed makes theirs say what we say where that is meant.
func allowed(name string, ours, theirs sense) sense {
	for part, d := range bedrockSays {
		if strings.Contains(name, part) {
			d.what(&ours, &theirs)
		}
	}
	return theirs
}

// TestTranslateBedrockAnswers reads every recorded answer that is whole and compares
// what clients get of it with what it says, and with what other gateways answer.
func TestTranslateBedrockAnswers(t *testing.T) {
	tr, n := translatorOf(t, "provider/bedrock"), 0
	list, answers := fixturesOf(t, "bedrock.converse")
	for i, f := range list {
		body, status := answers[i].Response.Body.Text, answers[i].Response.Status
		if body == "" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			n++
			for name, front := range chatFronts() {
				ex, at := asked(tr, front, f.Provider, "m")
				a := &at.Translation.Answer
				err := tr.Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(body)}, a)
				if status >= 400 {
					if err == nil || err.HTTPStatus() < 400 || err.Message == "" {
						t.Fatalf("status %d: %v", status, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got := senseOf(t, name, string(front.WriteAnswer(nil, ex, at, a)))
				var r converseReader
				r.answer(parsed(t, body))
				sameSense(t, name, got, r.sense())
				if name == f.ClientDialect && f.ClientResponse.text() != "" {
					sameSense(t, "golden", got, allowed(f.name, got, senseOf(t, name, f.ClientResponse.text())))
				}
			}
		})
	}
	if n < 15 {
		t.Errorf("only %d answers were found", n)
	}
}

// sameSense compares what two answers say. Where the provider gave no reason,
// OpenAI's dialect has none but stop.
func sameSense(t *testing.T, what string, got, want sense) {
	t.Helper()
	if want.Finish == "" {
		want.Finish = got.Finish
	}
	if got.String() != want.String() {
		t.Errorf("%s:\ngot  %.2000s\nwant %.2000s", what, got, want)
	}
}

// framed cuts bytes into a provider's events as the gateway does.
func framed(framing core.Framing, pieces [][]byte, event func(name, data []byte)) (whole bool) {
	var lines stream.NDJSON
	var binary stream.EventStream
	for _, p := range pieces {
		if framing == core.FramingNDJSON {
			lines.Feed(p)
			for ln := (stream.Line{}); lines.Next(&ln); {
				event(nil, ln.Data)
			}
			continue
		}
		binary.Feed(p)
		for m := (stream.Message{}); binary.Next(&m); {
			event(m.Name, m.Data)
		}
	}
	if framing == core.FramingNDJSON {
		var ln stream.Line
		if lines.Finish(&ln); len(ln.Data) > 0 {
			event(nil, ln.Data)
		}
		return true
	}
	return binary.Finish() == stream.TailNone
}

// played is what a client gets of a stream in that framing, and the error that
// ended it, if one did.
func played(t *testing.T, tr core.Translator, front core.TypedDialect, framing core.Framing, pieces [][]byte) (string, *core.Error) {
	t.Helper()
	ex, at := asked(tr, front, "provider", "m")
	ex.Request.Stream, ex.Request.UsageAsked = true, true
	var out []byte
	var failed *core.Error
	finished := false
	translate := func(name, data []byte, final bool) {
		if finished || failed != nil {
			return
		}
		events, err := tr.Event(ex, at, name, data, final)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			ev := &events[i]
			switch ev.Kind { //nolint:exhaustive // the rest is only written
			case core.EventError:
				failed = ev.Err
				return
			case core.EventUsage:
				at.Usage = ev.Usage
			case core.EventFinish:
				at.Finish, finished = ev.Finish, true
			}
			out = front.WriteEvent(out, ex, at, ev)
		}
	}
	whole := framed(framing, pieces, func(name, data []byte) { translate(name, data, false) })
	if whole {
		translate(nil, nil, true)
	}
	switch {
	case finished:
		out = front.WriteStreamEnd(out, ex, at)
	case failed == nil:
		failed = core.Errorf(core.CodeUpstreamCut, "cut")
	}
	return string(out), failed
}

// TestTranslateBedrockStreams replays every recorded stream: whole, byte by byte and
// at random cuts it comes to one result, which says what Bedrock said; cut behind any
// message before the last it never looks finished. Some recordings were shortened, and
// lack the usage that Bedrock always sends: they are cut.
func TestTranslateBedrockStreams(t *testing.T) {
	tr, n := translatorOf(t, "provider/bedrock"), 0
	list, answers := fixturesOf(t, "bedrock.converse")
	for i, f := range list {
		body := answers[i].Response.Body.Base64
		if len(body) == 0 || strings.Contains(f.name, "detect") { // of another API, or broken
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			n++
			var r converseReader
			framed(core.FramingEventStream, [][]byte{body}, func(name, data []byte) { r.message(string(name), parsed(t, string(data))) })
			want := r.sense()
			for name, front := range chatFronts() {
				whole, failed := played(t, tr, front, core.FramingEventStream, [][]byte{body})
				if bytes.Contains(body, []byte("metadata")) != (failed == nil) {
					t.Fatalf("%s: %v", name, failed)
				}
				if failed != nil {
					continue
				}
				got := senseOf(t, name, whole)
				sameSense(t, name, got, want)
				if name == f.ClientDialect && f.ClientResponse.text() != "" {
					sameSense(t, "golden", got, senseOf(t, name, f.ClientResponse.text()))
				}
				for how, pieces := range inPieces(string(body)) {
					if how == "CRLF" {
						continue
					}
					if again, _ := played(t, tr, front, core.FramingEventStream, pieces); again != whole {
						t.Errorf("%s, %s: the result is another one", name, how)
					}
				}
			}
			for end := 0; end < len(body); {
				if _, failed := played(t, tr, chatFronts()["openai.chat"], core.FramingEventStream, [][]byte{body[:end]}); failed == nil {
					t.Errorf("cut behind %d of %d bytes it looks finished", end, len(body))
				}
				end += int(uint32(body[end])<<24 | uint32(body[end+1])<<16 | uint32(body[end+2])<<8 | uint32(body[end+3]))
			}
		})
	}
	if n < 9 {
		t.Errorf("only %d streams were found", n)
	}
}

// converseReader reads Bedrock's answers in a way of its own.
type converseReader struct {
	senseReader
	key string // of the last call
}

func (r *converseReader) sense() sense {
	for _, key := range r.order {
		c := r.calls[key]
		r.s.Calls = append(r.s.Calls, c[0]+" "+tidy(c[1]))
	}
	return r.s
}

func (r *converseReader) block(b document) {
	r.s.Text += b.at("text").text()
	r.s.Thinking += b.at("reasoningContent", "text").text() + b.at("reasoningContent", "reasoningText", "text").text()
	if c := b.at("toolUse"); c.at("name").v != nil && c.at("type").text() != "server_tool_use" {
		r.key = fmt.Sprint(len(r.order))
		if r.calls == nil {
			r.calls = map[string]*[2]string{}
		}
		args := ""
		if c.at("input").v != nil {
			args = c.at("input").json()
		}
		r.call(r.key, c.at("name").text(), args)
	}
}

func (r *converseReader) end(d document) {
	words := map[string]string{"content_filtered": "content_filter", "guardrail_intervened": "content_filter"}
	word := d.at("stopReason").text()
	if w := words[word]; w != "" {
		word = w
	}
	r.finish(word)
}

func (r *converseReader) usage(d document) {
	if u := d.at("usage"); u.v != nil {
		r.s.Input = u.at("inputTokens").number() + u.at("cacheReadInputTokens").number() + u.at("cacheWriteInputTokens").number()
		r.s.Output = u.at("outputTokens").number()
	}
}

func (r *converseReader) answer(d document) {
	for _, b := range d.at("output", "message", "content").list() {
		r.block(b)
	}
	r.end(d)
	r.usage(d)
}

func (r *converseReader) message(name string, d document) {
	switch name {
	case "contentBlockStart":
		if r.key = ""; d.at("start").v != nil {
			r.block(d.at("start"))
		}
	case "contentBlockDelta":
		if piece := d.at("delta", "toolUse", "input").text(); piece != "" {
			if r.key != "" {
				r.call(r.key, "", piece)
			}
			return
		}
		r.block(d.at("delta"))
	case "messageStop":
		r.end(d)
	case "metadata":
		r.usage(d)
	}
}
