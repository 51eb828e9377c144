package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// marked is the word that no client may get in the tests of hostile upstreams.
const marked = "zqcanaryqz"

// tripwire takes the word out of whatever it is shown, or blocks at it, and holds back
// what could become it. Arguments are judged by what they say, whatever their escapes.
func tripwire(blocks bool) chain.Entry {
	judge := func(r *core.Reply, part int, kind core.PartKind, text []byte) (free int) {
		from := len(r.Edits)
		for i := 0; i >= 0; {
			if i = bytes.Index(text[free:], []byte(marked)); i >= 0 {
				r.Edits = append(r.Edits, core.Edit{Part: part, Start: free + i, End: free + i + len(marked), Bytes: []byte("[WORD]")})
				free += i + len(marked)
			}
		}
		var said any
		if kind == core.PartToolCall && json.Unmarshal(text, &said) == nil {
			if plain, _ := json.Marshal(said); bytes.Contains(plain, []byte(marked)) {
				r.Edits = append(r.Edits[:from], core.Edit{Part: part, End: len(text), Bytes: []byte("{}")})
			}
		}
		if blocks && len(r.Edits) > 0 {
			r.Block = &core.Block{Status: 403, Message: "That is not said here."}
		}
		return free
	}
	e := chain.Entry{Instance: "tripwire", Plugin: "guardrail.tripwire", Stage: core.StageJudge, Stream: core.StreamWindow, Window: 32, Sees: &core.Sees{}}
	for k := range core.NumPartKinds {
		e.Sees.Kinds = append(e.Sees.Kinds, core.PartKind(k))
	}
	e.Hooks[core.PhaseAnswer] = core.HookFunc(func(call *core.Call) error {
		w := call.Window
		if w == nil {
			for _, p := range call.Parts {
				judge(call.Reply, p.ID, p.Kind, p.Text())
			}
			return nil
		}
		free := judge(call.Reply, 0, w.Kind, w.Text)
		for n := min(len(marked)-1, len(w.Text)-free); n > 0 && !w.Final; n-- {
			if strings.HasPrefix(marked, string(w.Text[len(w.Text)-n:])) {
				call.Reply.Hold = n
				break
			}
		}
		return nil
	})
	return e
}

// leaked tells where the word stands in what a client got: as it is, behind escapes of
// JSON, in base64, or in a field of the head.
func leaked(a *answer) string {
	plain := strings.ReplaceAll(a.body, `\/`, "/")
	for i := 0; i+6 <= len(plain); i++ {
		var s string
		if plain[i] == '\\' && plain[i+1] == 'u' && json.Unmarshal([]byte(`"`+plain[i:i+6]+`"`), &s) == nil {
			plain = plain[:i] + s + plain[i+6:]
		}
	}
	if strings.Contains(plain, marked) {
		return "the body"
	}
	for shift := range 3 {
		code := base64.StdEncoding.EncodeToString([]byte("..."[:shift] + marked))
		if strings.Contains(plain, code[4:len(code)-4]) {
			return "the body, in base64"
		}
	}
	for name, values := range a.header {
		if strings.Contains(strings.ToLower(name+fmt.Sprint(values)), marked) {
			return "the field " + name
		}
	}
	return ""
}

// told is what a hostile upstream answers.
type told struct {
	name   string
	stream bool
	status int // 0: 200
	header map[string]string
	body   string
}

// liar is an upstream that answers everything with what it is to say.
type liar struct {
	*httptest.Server
	says atomic.Pointer[told]
}

func newLiar(t *testing.T) *liar {
	l := &liar{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		says := l.says.Load()
		media := "application/json"
		if says.stream && says.status == 0 {
			media = "text/event-stream"
		}
		w.Header().Set("Content-Type", media)
		for k, v := range says.header {
			w.Header().Set(k, v)
		}
		if says.status != 0 {
			w.WriteHeader(says.status)
		}
		_, _ = io.WriteString(w, says.body)
	}))
	t.Cleanup(l.Close)
	return l
}

// liarKinds are the kinds of provider that a liar plays.
var liarKinds = []string{"openai", "anthropic", "gemini", "openai-responses"}

// lab starts a gateway with n routes to the liar for each kind of provider, called by
// the kind and a number, so that those after a failure are not left out.
func (l *liar) lab(t *testing.T, n int) *lab {
	var routes strings.Builder
	for _, kind := range liarKinds {
		for i := range n {
			fmt.Fprintf(&routes, "  - {name: %s-%d, retries: 0, deployments: [{provider: %s, model: x, name: %s-%d}]}\n", kind, i, kind, kind, i)
		}
	}
	lab := newLab(t, labConfig{
		providers: func(*lab) string {
			var b strings.Builder
			for _, kind := range liarKinds {
				fmt.Fprintf(&b, "  - {name: %s, kind: %s, base_url: %q, auth: none}\n", kind, kind, l.URL)
			}
			return b.String()
		},
		extra: routes.String(),
	})
	lab.unbalanced = "the provider is none of the mocks"
	return lab
}

// asksAs posts a short prompt to a route as a client of that kind of provider does.
func (l *lab) asksAs(kind, route string, stream bool) answer {
	l.Helper()
	path, body := "/v1/chat/completions", fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":"hi"}]}`, route, stream)
	switch kind {
	case "anthropic":
		path, body = "/v1/messages", fmt.Sprintf(`{"model":%q,"stream":%v,"max_tokens":99,"messages":[{"role":"user","content":"hi"}]}`, route, stream)
	case "gemini":
		path, body = "/v1beta/models/"+route+":generateContent", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`
		if stream {
			path = "/v1beta/models/" + route + ":streamGenerateContent?alt=sse"
		}
	case "openai-responses":
		path, body = "/v1/responses", fmt.Sprintf(`{"model":%q,"stream":%v,"store":false,"input":"hi"}`, route, stream)
	}
	return l.post(path, body)
}
