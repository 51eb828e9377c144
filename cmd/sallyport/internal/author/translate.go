package author

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// clients returns the dialects that a case's client may speak, and the path that
// its requests go to where the case names none.
func clients() map[string]client {
	return map[string]client{
		"openai.chat":        {openai.New(), "/v1/chat/completions"},
		"anthropic.messages": {anthropic.New(), "/v1/messages"},
		"gemini":             {gemini.New(), "/v1beta/models/model:generateContent"},
	}
}

type client struct {
	dialect core.Dialect
	path    string
}

// translation is one exchange between a client and a translator.
type translation struct {
	c          *goldenCase
	dialect    core.TypedDialect
	translator core.Translator
	ex         core.Exchange
	out        outcome
}

// translateCase runs a case of a translator. An error means that it could not be run.
func translateCase(c *goldenCase, i core.Instance) (*outcome, error) {
	ti, ok := i.(core.TranslatorInstance)
	if !ok {
		return nil, fmt.Errorf("%s: the plugin is no translator", c.path)
	}
	t := &translation{c: c, translator: ti.Translator()}
	t.ex.ID = core.ID{0x01, 0x93, 15: 1}
	t.ex.Start = time.Unix(1_700_000_000, 0)
	t.ex.Route = &core.Route{Name: instanceName}
	at, err := t.begin()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.path, err)
	}
	if said := t.request(at); said != nil {
		t.out.upstream = rendered(said)
		t.out.dropped = strings.Join(t.ex.Dropped, "\n")
		return &t.out, nil
	}
	t.out.dropped = strings.Join(t.ex.Dropped, "\n")
	if text, ok := c.file(fileUpstream); ok {
		if err := t.answer(at, text); err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
		t.out.usage = usageText(&at.Usage)
	}
	return &t.out, nil
}

// begin scans the request and makes an attempt at the target.
func (t *translation) begin() (*core.Attempt, error) {
	spoken, _ := t.c.file(fileClient)
	name, path, _ := strings.Cut(strings.TrimSpace(spoken), " ")
	if name == "" {
		name = "openai.chat"
	}
	from, ok := clients()[name]
	if !ok {
		return nil, fmt.Errorf("no client speaks %q", name)
	}
	if t.dialect, ok = from.dialect.(core.TypedDialect); !ok {
		return nil, fmt.Errorf("the dialect %s cannot be translated yet", name)
	}
	if path == "" {
		path = from.path
	}
	body, ok := t.c.file(fileRequest)
	if !ok {
		body = bareRequest
	}
	r := &t.ex.Request
	r.Method, r.Path, r.Body, r.Dialect = []byte("POST"), []byte(path), []byte(body), t.dialect
	r.Operation = t.dialect.Match(r.Path)
	if err := t.dialect.Scan(&t.ex); err != nil {
		return nil, fmt.Errorf("its request is none that the gateway takes: %s", rendered(err))
	}
	at := t.ex.NewAttempt(t.target())
	at.Translation = &core.Translation{Translator: t.translator}
	at.Request.Method = "POST"
	return at, nil
}

// target reads the deployment: its model, its base path and settings of its provider.
func (t *translation) target() *core.Deployment {
	p := &core.Provider{Name: "provider", Kind: "provider"}
	d := &core.Deployment{Name: "deployment", Provider: p}
	text, _ := t.c.file(fileTarget)
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "":
		case "model":
			d.Model = value
		case "base_path":
			p.BasePath = value
		default:
			p.Settings = append(p.Settings, core.Tag{Key: key, Value: value})
		}
	}
	return d
}

// request has the provider's request written.
func (t *translation) request(at *core.Attempt) *core.Error {
	r, err := t.ex.Typed(func() ([]byte, *core.Error) { return t.ex.Request.Body, nil })
	if err != nil {
		return err
	}
	t.ex.Dropped = append(t.ex.Dropped[:0], r.Dropped...)
	if err := t.translator.Request(&t.ex, at, r); err != nil {
		return err
	}
	if asks := at.Translation.Fetch; len(asks) > 0 {
		if at.Translation.Fetch = nil; !t.fetch(r, asks) {
			lines := make([]string, len(asks))
			for i, ask := range asks {
				lines[i] = "fetch " + ask.Field
			}
			t.out.upstream = strings.Join(lines, "\n")
			return nil
		}
		if err := t.translator.Request(&t.ex, at, r); err != nil {
			return err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", at.Request.Method, at.Request.Path)
	for _, h := range at.Request.Header {
		fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
	}
	b.Write(bytes.Join(at.Request.Body, nil))
	t.out.upstream = b.String()
	return nil
}

// fetch gives parts what the case says that lies at their URLs, in lines "URL, media
// type, base64". It returns false where the case does not say.
func (t *translation) fetch(r *core.TypedRequest, asks []core.Fetch) bool {
	text, _ := t.c.file(fileFetched)
	for _, ask := range asks {
		p, found := r.Parts[ask.Part], false
		for line := range strings.Lines(text) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == string(p.Attr.URL) {
				p.Name, p.Attr.Data, found = []byte(f[1]), []byte(f[2]), true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// answer has the provider's answer read, and writes the client's.
func (t *translation) answer(at *core.Attempt, text string) error {
	status := 200
	if s, ok := t.c.file(fileStatus); ok {
		var err error
		if status, err = strconv.Atoi(strings.TrimSpace(s)); err != nil {
			return fmt.Errorf("its %s is no status: %w", fileStatus, err)
		}
	}
	if status < 300 && t.ex.Request.Stream {
		t.out.client = string(t.stream(at, text))
		return nil
	}
	a := &at.Translation.Answer
	err := t.translator.Response(&t.ex, at, &core.UpstreamResponse{Status: status, Body: []byte(text)}, a)
	at.Usage, at.Model = a.Usage, a.Model
	if err != nil {
		t.out.client = fmt.Sprintf("%d\n%s", err.HTTPStatus(), t.dialect.RenderError(nil, err, t.ex.ID))
		return nil
	}
	for _, c := range a.Choices {
		at.Finish = c.Finish
	}
	t.out.client = string(t.dialect.WriteAnswer(nil, &t.ex, at, a))
	return nil
}

// stream has every event of a stream read, and writes the client's. Streams in
// binary framing stand in cases as if they were SSE.
func (t *translation) stream(at *core.Attempt, text string) []byte {
	var out []byte
	var failure *core.Error
	finished := false
	event := func(name, data []byte, final bool) {
		if failure != nil || finished {
			return
		}
		var events []core.Event
		if events, failure = t.translator.Event(&t.ex, at, name, data, final); failure != nil {
			return
		}
		for i := range events {
			ev := &events[i]
			switch ev.Kind { //nolint:exhaustive // the rest is only written
			case core.EventError:
				failure = ev.Err
				return
			case core.EventUsage:
				at.Usage = ev.Usage
			case core.EventFinish:
				at.Finish, finished = ev.Finish, true
			}
			if len(ev.Model) > 0 && at.Model == nil {
				at.Model = bytes.Clone(ev.Model)
			}
			out = t.dialect.WriteEvent(out, &t.ex, at, ev)
		}
	}
	if at.Translation.Framing == core.FramingNDJSON {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				event(nil, []byte(line), false)
			}
		}
	} else {
		var sse stream.SSE
		sse.Feed([]byte(text + "\n\n"))
		for ev := (stream.Event{}); sse.Next(&ev); {
			if ev.IsMessage() {
				event(ev.Name, ev.Data, false)
			}
		}
		sse.Reset()
	}
	event(nil, nil, true)
	if failure == nil && !finished {
		failure = core.Errorf(core.CodeUpstreamCut, "The upstream ended the stream before the answer was whole.")
	}
	if failure != nil {
		return t.dialect.RenderErrorEvent(out, failure, t.ex.ID)
	}
	return t.dialect.WriteStreamEnd(out, &t.ex, at)
}

// usageText tells the counts that are not 0, in a fixed order.
func usageText(u *core.Usage) string {
	var words []string
	for _, c := range []struct {
		name string
		n    int64
	}{
		{"input_uncached", u.InputUncached},
		{"cache_read", u.CacheRead},
		{"cache_write", u.CacheWrite},
		{"cache_write_hour", u.CacheWriteHour},
		{"output", u.Output},
		{"reasoning", u.Reasoning},
		{"audio", u.Audio},
		{"image", u.Image},
	} {
		if c.n != 0 {
			words = append(words, fmt.Sprintf("%s=%d", c.name, c.n))
		}
	}
	return strings.Join(slices.Clip(words), " ")
}
