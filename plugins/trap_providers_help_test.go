package plugins_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// A pitfall is a request with a known trap in it, and what must and must not stand in
// what leaves for the provider.
type pitfall struct {
	name, kind, model string
	dialect           string // of the client; "": openai.chat
	body              string
	want, never       []string // pieces of the provider's document, or of the refusal
	dropped           string   // all that is reported, joined by blanks
	refuses           []string // by the model, as the catalog says
	refused           bool
}

// leaves checks what leaves for a provider whose module is tr.
func (p *pitfall) leaves(t *testing.T, tr core.Translator) {
	t.Helper()
	dialect, path := p.dialect, "/v1/chat/completions"
	switch dialect {
	case "":
		dialect = "openai.chat"
	case "anthropic.messages":
		path = "/v1/messages"
	}
	front := chatFronts()[dialect]
	ex, at := asked(tr, front, p.kind, p.model)
	if p.refuses != nil {
		at.Deployment.Facts = &core.ModelFacts{Refuses: p.refuses}
	}
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(p.body)
	err := front.Scan(ex)
	if err == nil {
		var r *core.TypedRequest
		if r, err = ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil }); err == nil {
			ex.Dropped = append(ex.Dropped[:0], r.Dropped...)
			err = tr.Request(ex, at, r)
		}
	}
	got := string(bytes.Join(at.Request.Body, nil))
	if err != nil {
		got = err.Error()
		if !p.refused || err.HTTPStatus() != 400 {
			t.Fatal(err)
		}
	} else if p.refused {
		t.Fatalf("it is not refused: %s", got)
	}
	holds(t, got, p.want, p.never)
	if reported := strings.Join(ex.Dropped, " "); reported != p.dropped {
		t.Errorf("reported %q, want %q\n%s", reported, p.dropped, got)
	}
}

// holds checks which pieces stand in a text.
func holds(t *testing.T, text string, want, never []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s is not in %s", w, text)
		}
	}
	for _, n := range never {
		if strings.Contains(text, n) {
			t.Errorf("%s is in %s", n, text)
		}
	}
}

// pitfalls runs a table of requests against a module.
func pitfalls(t *testing.T, tr core.Translator, list []pitfall) {
	t.Helper()
	for i := range list {
		t.Run(list[i].name, func(t *testing.T) { list[i].leaves(t, tr) })
	}
}

// A pratfall is an answer with a known trap in it, and what a client of OpenAI's is
// told of it.
type pratfall struct {
	name, kind  string
	answer      string // a whole one, or a stream: events in SSE, or lines
	want, never []string
	usage       string // "uncached read output reasoning", "" for any
	failed      core.Code
	status      int // of the failure
}

// told checks what a client is told by a module.
func (p *pratfall) told(t *testing.T, tr core.Translator) {
	t.Helper()
	front := chatFronts()["openai.chat"]
	var text string
	var err *core.Error
	switch {
	case isStream(p.answer):
		text, err = copied(t, tr, front, [][]byte{[]byte(p.answer)})
	case strings.Count(p.answer, "\n") > 0:
		text, err = played(t, tr, front, core.FramingNDJSON, [][]byte{[]byte(p.answer)})
	default:
		ex, at := asked(tr, front, p.kind, "m")
		a := &at.Translation.Answer
		if err = tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(p.answer)}, a); err == nil {
			text = string(front.WriteAnswer(nil, ex, at, a))
		}
	}
	if p.failed != 0 {
		if err == nil || err.Code != p.failed || p.status != 0 && err.HTTPStatus() != p.status {
			t.Fatalf("%v, want code %v and status %d; %s", err, p.failed, p.status, text)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	holds(t, text, p.want, p.never)
	if p.usage != "" {
		usageIs(t, text, p.usage)
	}
}

// usageIs checks the usage that a client of OpenAI's is told.
func usageIs(t *testing.T, text, want string) {
	t.Helper()
	var u document
	docs := []string{text}
	if isStream(text) {
		docs = docs[:0]
		for _, e := range sseEvents(text) {
			docs = append(docs, e.data)
		}
	}
	for _, d := range docs {
		if d != "[DONE]" {
			if v := parsed(t, d).at("usage"); v.v != nil {
				u = v
			}
		}
	}
	read := u.at("prompt_tokens_details", "cached_tokens").number()
	got := strings.Join([]string{
		document{u.at("prompt_tokens").number() - read}.json(), document{read}.json(),
		u.at("completion_tokens").json(), u.at("completion_tokens_details", "reasoning_tokens").json(),
	}, " ")
	if got != want {
		t.Errorf("usage %q, want %q: %s", got, want, u.json())
	}
}

func pratfalls(t *testing.T, tr core.Translator, list []pratfall) {
	t.Helper()
	for i := range list {
		t.Run(list[i].name, func(t *testing.T) { list[i].told(t, tr) })
	}
}

// sse makes a stream of chunks.
func sse(chunks ...string) string {
	return "data: " + strings.Join(chunks, "\n\ndata: ") + "\n\n"
}
