package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// trapFronts are the clients' dialects by name.
var trapFronts = map[string]core.TypedDialect{
	"openai.chat": openai.New().(core.TypedDialect), "openai.responses": responses.New().(core.TypedDialect),
	"anthropic.messages": anthropic.New().(core.TypedDialect), "gemini": gemini.New().(core.TypedDialect),
}

// trapRig has the translators that a test uses, by folder, for all of its subtests.
type trapRig struct {
	t     *testing.T
	using map[string]core.Translator
}

func newTrapRig(t *testing.T) *trapRig { return &trapRig{t, map[string]core.Translator{}} }

func (r *trapRig) translator(folder string) core.Translator {
	if r.using[folder] == nil {
		r.using[folder] = translatorOf(r.t, "provider/"+folder)
	}
	return r.using[folder]
}

// asked reads a client's request and writes that of the provider.
func (r *trapRig) asked(t *testing.T, folder, front, body string) (core.Translator, *core.Exchange, *core.Attempt) {
	t.Helper()
	tr := r.translator(folder)
	ex, at := asked(tr, trapFronts[front], folder, "m")
	ex.Request.Method, ex.Request.Body, ex.Request.Operation = []byte("POST"), []byte(body), core.OpChat
	if err := trapFronts[front].Scan(ex); err != nil {
		t.Fatal(err)
	}
	typed, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Request(ex, at, typed); err != nil {
		t.Fatal(err)
	}
	return tr, ex, at
}

// answer returns what a client gets of a whole answer, and what was lost of it.
func (r *trapRig) answer(t *testing.T, folder, front, request, answer string) (document, string) {
	t.Helper()
	tr, ex, at := r.asked(t, folder, front, request)
	var a core.Answer
	resp := &core.UpstreamResponse{Status: 200, Body: []byte(answer)}
	if err := tr.Response(ex, at, resp, &a); err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(trapFronts[front].WriteAnswer(nil, ex, at, &a))), strings.Join(ex.Dropped, " ")
}

// stream returns the events that a client gets of a provider's, which are given as
// the data of one event a line, with the name in front of a tab where they have one.
// A stream that was cut, or failed, has an error.
func (r *trapRig) stream(t *testing.T, folder, front, request, lines string) ([]document, *core.Error) {
	t.Helper()
	tr, ex, at := r.asked(t, folder, front, request)
	ex.Request.Stream, ex.Request.UsageAsked = true, true
	var out []byte
	var failed *core.Error
	finished := false
	feed := func(name, data []byte, final bool) {
		events, err := tr.Event(ex, at, name, data, final)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			ev := &events[i]
			switch {
			case failed != nil || finished && ev.Kind != core.EventFinish:
				return
			case ev.Kind == core.EventError:
				failed = ev.Err
				return
			case ev.Kind == core.EventUsage:
				at.Usage = ev.Usage
			case ev.Kind == core.EventFinish:
				at.Finish, finished = ev.Finish, true
			}
			out = trapFronts[front].WriteEvent(out, ex, at, ev)
		}
	}
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		name, data, named := strings.Cut(line, "\t")
		if !named {
			name, data = "", line
		}
		feed([]byte(name), []byte(data), false)
	}
	feed(nil, nil, true)
	switch {
	case finished:
		out = trapFronts[front].WriteStreamEnd(out, ex, at)
	case failed == nil:
		failed = core.Errorf(core.CodeUpstreamCut, "cut")
	}
	var docs []document
	for _, e := range sseEvents(string(out)) {
		if e.data != "[DONE]" {
			docs = append(docs, parsed(t, e.data))
		}
	}
	return docs, failed
}

// trapKinds returns the types of events of openai.responses.
func trapKinds(docs []document) string {
	var kinds []string
	for _, d := range docs {
		kinds = append(kinds, strings.TrimPrefix(d.at("type").text(), "response."))
	}
	return strings.Join(kinds, " ")
}
