package plugins_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// fixture is a recorded or golden case with all that it holds.
type fixture struct {
	name             string
	Kind             string        `json:"kind"`
	ClientDialect    string        `json:"client_dialect"`
	UpstreamDialect  string        `json:"upstream_dialect"`
	Provider         string        `json:"provider"`
	Operation        string        `json:"operation"`
	Request          *recordedBody `json:"request"`
	UpstreamRequest  *recordedBody `json:"upstream_request"`
	UpstreamResponse *recordedBody `json:"upstream_response"`
	ClientResponse   *recordedBody `json:"client_response"`
}

// chatTranslators are the folders of the translators whose fixtures are read here.
var chatTranslators = map[string]string{
	"openai.chat": "provider/openai", "gemini": "provider/gemini", "mistral.chat": "provider/mistral",
}

// chatFixtures returns the cases of chats with providers of those dialects.
func chatFixtures(t *testing.T) []*fixture {
	t.Helper()
	return fixturesWhere(t, func(r *recording) bool { return chatTranslators[r.UpstreamDialect] != "" && r.Operation == "chat" })
}

// fixturesWhere returns the cases that are wanted, of which there must be fifty.
func fixturesWhere(t *testing.T, wanted func(r *recording) bool) []*fixture {
	t.Helper()
	var out []*fixture
	for _, r := range recordings(t) { // which skips where there are none
		if !wanted(r) {
			continue
		}
		raw, err := os.ReadFile(fixturePath(t, r.name))
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{name: r.name}
		if err := json.Unmarshal(raw, f); err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	if len(out) < 50 {
		t.Fatalf("only %d cases were found", len(out))
	}
	return out
}

func fixturePath(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "fixtures")
	}
	found, err := filepath.Glob(filepath.Join(root, "translation", "*", name))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", name, found, err)
	}
	return found[0]
}

// chatFronts are the clients' dialects that answers are written in.
func chatFronts() map[string]core.TypedDialect {
	return map[string]core.TypedDialect{
		"openai.chat": openai.New().(core.TypedDialect), "anthropic.messages": anthropic.New().(core.TypedDialect),
	}
}

// asked is an exchange of a client that asked for model, and an attempt at kind.
func asked(tr core.Translator, front core.TypedDialect, kind, model string) (*core.Exchange, *core.Attempt) {
	ex, at := conversation(tr, model)
	at.Deployment.Provider.Name, at.Deployment.Provider.Kind = "provider", kind
	ex.ID, ex.Start = core.ID{1, 2, 3}, time.Unix(1_700_000_000, 0)
	ex.Request.Dialect, ex.Request.Model = front, []byte(model)
	return ex, at
}

// translate reads the request that ex holds and writes the provider's.
func translate(t *testing.T, tr core.Translator, ex *core.Exchange, at *core.Attempt) {
	t.Helper()
	if err := ex.Request.Dialect.Scan(ex); err != nil {
		t.Fatal(err)
	}
	r, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Request(ex, at, r); err != nil {
		t.Fatal(err)
	}
}

// copied is what a client gets of a stream whose bytes come in pieces, and the
// error that ended it, if one did.
func copied(t *testing.T, tr core.Translator, front core.TypedDialect, pieces [][]byte) (string, *core.Error) {
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
			if finished && ev.Kind != core.EventFinish {
				t.Fatalf("an event of the kind %d behind the finish", ev.Kind)
			}
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
	var sse stream.SSE
	var ev stream.Event
	for _, p := range pieces {
		sse.Feed(p)
		for sse.Next(&ev) {
			if ev.IsMessage() {
				translate(ev.Name, ev.Data, false)
			}
		}
	}
	if sse.Finish(&ev); len(ev.Data) > 0 {
		translate(ev.Name, ev.Data, false)
	}
	translate(nil, nil, true)
	if finished {
		out = front.WriteStreamEnd(out, ex, at)
	} else if failed == nil {
		failed = core.Errorf(core.CodeUpstreamCut, "cut")
	}
	return string(out), failed
}

// sense is what an answer says, in whichever dialect and form.
type sense struct {
	Text, Thinking string
	Calls          []string // name and arguments
	Finish         string   // in OpenAI's words
	Input, Output  int64
}

func (s sense) String() string {
	b, _ := json.Marshal(s)
	return string(b)
}

// document is a part of a JSON document that may be anything.
type document struct{ v any }

func parsed(t *testing.T, text string) document {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return document{v}
}

func (d document) at(keys ...string) document {
	for _, k := range keys {
		m, _ := d.v.(map[string]any)
		d = document{m[k]}
	}
	return d
}

func (d document) list() (out []document) {
	l, _ := d.v.([]any)
	for _, v := range l {
		out = append(out, document{v})
	}
	return out
}

func (d document) text() string { s, _ := d.v.(string); return s }

func (d document) number() int64 {
	n, _ := d.v.(json.Number)
	i, _ := n.Int64()
	return i
}

func (d document) json() string {
	b, _ := json.Marshal(d.v)
	return string(b)
}

// tidy returns JSON in a text as json.Marshal would write it.
func tidy(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	return document{v}.json()
}

// leafDiff lists where two documents differ, as paths.
func leafDiff(want, got any, path string) []string {
	if w, ok := want.(map[string]any); ok {
		if g, ok := got.(map[string]any); ok {
			var out []string
			for k := range w {
				out = append(out, leafDiff(w[k], g[k], path+"."+k)...)
			}
			for k := range g {
				if _, ok := w[k]; !ok {
					out = append(out, leafDiff(nil, g[k], path+"."+k)...)
				}
			}
			sort.Strings(out)
			return out
		}
	}
	if w, ok := want.([]any); ok {
		if g, ok := got.([]any); ok && len(w) == len(g) {
			var out []string
			for i := range w {
				out = append(out, leafDiff(w[i], g[i], fmt.Sprintf("%s[%d]", path, i))...)
			}
			return out
		}
	}
	if (document{want}).json() == (document{got}).json() {
		return nil
	}
	return []string{strings.TrimPrefix(path, ".")}
}

// inPieces cuts a stream in the ways that a network may.
func inPieces(text string) map[string][][]byte {
	whole := []byte(text)
	var bytewise, random [][]byte
	for i := range whole {
		bytewise = append(bytewise, whole[i:i+1])
	}
	seed := uint32(1)
	for rest := whole; len(rest) > 0; {
		seed = seed*1664525 + 1013904223
		n := min(int(seed>>20)%977+1, len(rest))
		random, rest = append(random, rest[:n]), rest[n:]
	}
	crlf := bytes.ReplaceAll(whole, []byte("\n"), []byte("\r\n"))
	out := map[string][][]byte{"random cuts": random, "CRLF": {crlf}}
	if len(whole) < 64<<10 {
		out["byte by byte"] = bytewise
	}
	return out
}

func isStream(text string) bool {
	return slices.ContainsFunc([]string{"data:", "event:", ":"}, func(p string) bool { return strings.HasPrefix(text, p) })
}
