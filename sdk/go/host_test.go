package sallyport_test

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/sallyporttest"
)

// within runs f inside a prompt hook.
func within(t *testing.T, h *sallyporttest.Host, f func()) {
	t.Helper()
	prompt = func(*sallyport.PromptCall, *sallyport.PromptReply) error { f(); return nil }
	if r := h.Prompt("text"); r.Err != nil {
		t.Fatal(r.Err)
	}
}

func TestTagsAndSlots(t *testing.T) {
	h := sallyporttest.Start(t, nil)
	within(t, h, func() {
		if _, err := sallyport.GetTag("a"); !errors.Is(err, sallyport.ErrNotFound) {
			t.Error(err)
		}
		if err := sallyport.SetTag("a", "1"); err != nil {
			t.Error(err)
		}
		if v, err := sallyport.GetTag("a"); v != "1" || err != nil {
			t.Error(v, err)
		}
		large := bytes.Repeat([]byte("x"), 5000)
		if err := sallyport.SetSlot("s", large); err != nil {
			t.Error(err)
		}
		if v, err := sallyport.GetSlot("s"); !bytes.Equal(v, large) || err != nil {
			t.Error(len(v), err)
		}
		if err := sallyport.SetSlot("s", make([]byte, 20000)); !errors.Is(err, sallyport.ErrTooLarge) {
			t.Error(err)
		}
	})
	if err := sallyport.SetTag("a", "1"); !errors.Is(err, sallyport.ErrInvalid) {
		t.Errorf("outside a hook: %v", err)
	}
}

func TestKV(t *testing.T) {
	h := sallyporttest.Start(t, nil)
	if _, err := sallyport.GetKV("k"); !errors.Is(err, sallyport.ErrDenied) {
		t.Errorf("without the capability: %v", err)
	}
	h.Capabilities = []string{"kv"}
	if err := sallyport.SetKV("k", []byte("v"), 1); err != nil { // a nanosecond is not for ever
		t.Error(err)
	}
	if v, err := sallyport.GetKV("k"); string(v) != "v" || err != nil {
		t.Error(v, err)
	}
	h.Time = h.Time.Add(time.Millisecond)
	var e *sallyport.CallError
	if _, err := sallyport.GetKV("k"); !errors.As(err, &e) || e.Function != "kv_get" || e.Subject != "k" || !errors.Is(e.Err, sallyport.ErrNotFound) {
		t.Errorf("after its time: %v", err)
	}
	if err := sallyport.SetKV("k", []byte("v"), -time.Second); !errors.Is(err, sallyport.ErrInvalid) {
		t.Error(err)
	}
	h.SetKV("k", []byte("put"))
	if v, _ := sallyport.GetKV("k"); string(v) != "put" {
		t.Error(v)
	}
	if err := sallyport.DeleteKV("k"); err != nil {
		t.Error(err)
	}
	if _, ok := h.KV("k"); ok {
		t.Error("it is still there")
	}
	for _, want := range []error{sallyport.ErrUnavailable, sallyport.ErrTimeout} {
		h.Fail["kv_get"] = want
		if _, err := sallyport.GetKV("k"); !errors.Is(err, want) || !strings.Contains(err.Error(), `sallyport: kv_get "k": `) {
			t.Error(err)
		}
	}
	h.Fail["kv_get"] = errors.New("other")
	if _, err := sallyport.GetKV("k"); !errors.Is(err, sallyport.ErrInternal) {
		t.Error(err)
	}
}

func TestOthers(t *testing.T) {
	h := sallyporttest.Start(t, nil)
	if err := sallyport.AddCounter("hits", 2); err != nil || h.Counters["hits"] != 2 {
		t.Error(h.Counters, err)
	}
	for name, delta := range map[string]int64{"Hits": 1, "": 1, "hits": -1} {
		if err := sallyport.AddCounter(name, delta); !errors.Is(err, sallyport.ErrInvalid) {
			t.Errorf("%q %d: %v", name, delta, err)
		}
	}
	if !sallyport.Now().Equal(h.Time) {
		t.Error(sallyport.Now())
	}
	b := make([]byte, 32)
	if err := sallyport.Random(b); err != nil || bytes.Count(b, []byte{0}) > 8 {
		t.Error(b, err)
	}
	if err := sallyport.Random(make([]byte, 1<<17)); !errors.Is(err, sallyport.ErrTooLarge) {
		t.Error(err)
	}
	sallyport.Log(sallyport.LevelWarn, "careful")
	if len(h.Logs) != 1 || h.Logs[0] != (sallyporttest.LogLine{Level: sallyport.LevelWarn, Text: "careful"}) {
		t.Error(h.Logs)
	}
	within(t, h, func() {
		var err error
		for n := 0; err == nil && n < 2000; n++ {
			err = sallyport.AddCounter("hits", 1)
		}
		if !errors.Is(err, sallyport.ErrExhausted) || h.Counters["hits"] != 1002 {
			t.Error(err, h.Counters)
		}
	})
}

func TestDocuments(t *testing.T) {
	h := sallyporttest.Start(t, `{"list": [1, {"a": "b"}]}`)
	if v, err := sallyport.ConfigDocument.Get("/list/1"); string(v) != `{"a": "b"}` || err != nil {
		t.Error(v, err)
	}
	for path, want := range map[string]int{"/list": 2, "/list/1": 1, "/list/0": 1, "/list/1/a": 3} {
		if n, err := sallyport.ConfigDocument.Len(path); n != want || err != nil {
			t.Error(path, n, err)
		}
	}
	if n, err := sallyport.ConfigDocument.Len("/none"); n != 0 || !errors.Is(err, sallyport.ErrNotFound) {
		t.Error(n, err)
	}
	if err := sallyport.ConfigDocument.Set("/list", []byte("1")); !errors.Is(err, sallyport.ErrDenied) {
		t.Error(err)
	}
	if _, err := sallyport.RequestDocument.Get(""); !errors.Is(err, sallyport.ErrUnavailable) {
		t.Error(err)
	}
	h.RequestJSON = []byte(`{"model": "a", "n": [1]}`)
	if err := sallyport.RequestDocument.Set("/model", []byte(`"b"`)); err != nil {
		t.Error(err)
	}
	if string(h.RequestJSON) != `{"model": "b", "n": [1]}` {
		t.Errorf("%s", h.RequestJSON)
	}
}

func TestConfig(t *testing.T) {
	defer func() { configure = nil }()
	h := sallyporttest.New(t)
	h.Capabilities, h.MaxWindow = []string{"kv"}, 512
	configure = func(c *sallyport.Config) error {
		if c.Plugin() != "guardrail.test" || c.Instance() != "test" || c.Window() != 512 || !c.Granted("kv") || c.Granted("http") ||
			c.Revision() != 1 || c.String("/s") != "é" || c.Int("/n") != -3 || c.Float("/f") != 1.5 || !c.Bool("/b") ||
			!slices.Equal(c.Strings("/l"), []string{"x", "y"}) || c.Len("/l") != 2 || !c.Has("/z") || c.Has("/none") ||
			c.String("/z") != "" || c.String("/none") != "" || c.Strings("/none") != nil || c.String("/o/p") != "deep" ||
			len(c.JSON()) == 0 {
			t.Error("a value is wrong")
		}
		return nil
	}
	if err := h.Configure(`{"s": "\u00e9", "n": -3, "f": 1.5, "b": true, "l": ["x", "y"], "z": null, "o": {"p": "deep"}}`); err != nil {
		t.Error(err)
	}
	for want, f := range map[string]func(c *sallyport.Config){
		"/a is not a string":          func(c *sallyport.Config) { c.String("/a") },
		"/a is not an integer":        func(c *sallyport.Config) { c.Int("/a") },
		"/a is not a number":          func(c *sallyport.Config) { c.Float("/a") },
		"/a is not true or false":     func(c *sallyport.Config) { c.Bool("/a") },
		"/a is not a list of strings": func(c *sallyport.Config) { c.Strings("/a"); c.Int("/a/0") },
		"/o is not a list":            func(c *sallyport.Config) { c.Len("/o") },
	} {
		configure = func(c *sallyport.Config) error { f(c); return nil }
		if err := h.Configure(map[string]any{"a": []any{"x", 1}, "o": map[string]any{}}); err == nil || err.Error() != "the configuration's "+want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	configure = func(*sallyport.Config) error { panic("at the start") }
	if err := h.Configure(nil); err == nil || !strings.Contains(err.Error(), "panic: at the start at ") {
		t.Errorf("error %v", err)
	}
}

// TestNoHost: outside a gateway and a test the host's functions say so.
func TestNoHost(t *testing.T) {
	defer func() {
		if v, _ := recover().(string); !strings.Contains(v, "sallyporttest.New") {
			t.Errorf("panic %q", v)
		}
	}()
	sallyport.Log(sallyport.LevelInfo, "nobody hears")
}

// translator is a small one, for a provider that says {"say":…}.
var translator = sallyport.Translator{
	Request: func(c *sallyport.UpstreamRequestCall, r *sallyport.UpstreamRequestReply) error {
		u := c.Upstream()
		region, _ := u.Setting("region")
		n, _ := c.Parameters().MaxOutput()
		switch n {
		case 1:
			r.Refuse(sallyport.Failure{Status: 400, Code: "small", Message: "Too small.", Param: "max", RetryAfter: time.Second})
			return nil
		case 2:
			return nil
		case 3:
			r.Send("POST", "nowhere", nil)
			return nil
		case 4:
			r.Refuse(sallyport.Failure{Status: 400, Code: "no"})
		}
		fetched := ""
		for _, p := range c.Parts() {
			fetched += strconv.FormatBool(r.Fetch(p, "messages["+strconv.Itoa(p.ID())+"]")) + " "
		}
		if strings.Contains(fetched, "true") {
			r.Fetch(c.Parts()[0], "again")
			r.Header("x-fetched", fetched)
			return nil
		}
		r.Send("POST", u.BasePath()+"/say?region="+region, append([]byte(u.Model()+" "), c.Parts()[0].Text()...))
		r.Header("content-type", "text/plain")
		r.Drop("seed", "unsupported")
		r.Framing(sallyport.FramingNDJSON)
		r.SetState([]byte("asked"))
		return nil
	},
	Response: func(c *sallyport.UpstreamResponseCall, r *sallyport.UpstreamResponseReply) error {
		if c.Status() != 200 {
			r.Fail(sallyport.Failure{Status: c.Status(), Message: string(c.Header("x-why"))})
			return nil
		}
		if len(c.Body()) == 0 {
			return nil
		}
		r.Add(0, sallyport.Content{Text: append(c.State(), c.Body()...)})
		r.Finish(0, sallyport.FinishLength, "")
		r.Usage(sallyport.Usage{Output: 4, Reported: true})
		r.Model("m-1", "id-1")
		return nil
	},
	Event: func(c *sallyport.UpstreamEventCall, r *sallyport.UpstreamEventReply) error {
		if c.Final() {
			r.Close(0, 0)
			r.Finish(0, sallyport.FinishStop)
			r.Usage(sallyport.Usage{Output: 1})
			return nil
		}
		switch string(c.Name()) {
		case "error":
			r.Fail(sallyport.Failure{Status: 500, Message: string(c.Data())})
		case "raw":
			r.Raw(c.Data())
		default:
			if string(c.State()) == "asked" {
				r.Open(0, 0, sallyport.Content{})
				r.Model("m-1", "id-1")
			}
			r.Delta(0, 0, sallyport.Content{Text: c.Data()})
			r.SetState([]byte("open"))
		}
		return nil
	},
}

func TestTranslator(t *testing.T) {
	h := sallyporttest.Start(t, nil)
	u := sallyporttest.Upstream{Model: "m", BasePath: "/v2", Settings: map[string]string{"region": "eu"}}
	req := h.UpstreamRequest(u, sallyporttest.Texts("hi"), sallyporttest.Parameters{MaxOutput: 9})
	if req.Err != nil || req.Method != "POST" || req.Path != "/v2/say?region=eu" || req.Body != "m hi" || len(req.Headers) != 1 ||
		req.Dropped[0] != (sallyporttest.Loss{Field: "seed", Reason: "unsupported"}) || req.Framing != sallyport.FramingNDJSON {
		t.Errorf("%+v", req)
	}
	resp := h.UpstreamResponse(u, 200, nil, "!")
	if resp.Err != nil || resp.Parts[0].Text != "asked!" || resp.Choices[0].Finish != sallyport.FinishLength || resp.Usage.Output != 4 || resp.ID != "id-1" {
		t.Errorf("%+v", resp)
	}
	if resp := h.UpstreamResponse(u, 429, map[string]string{"x-why": "slow"}, ""); resp.Failure == nil || resp.Failure.Message != "slow" {
		t.Errorf("%+v", resp)
	}
	if resp := h.UpstreamResponse(u, 200, nil, ""); resp.Err == nil {
		t.Errorf("an answer of which nothing was read: %+v", resp)
	}
	if resp := h.UpstreamResponse(u, 200, nil, "x"); resp.Failure != nil || len(resp.Parts) != 1 {
		t.Errorf("what an earlier call left counts: %+v", resp)
	}
	kinds := ""
	for _, e := range [][2]string{{"", "a"}, {"", "b"}, {"raw", "r"}, {"error", "e"}} {
		events, err := h.UpstreamEvent(u, e[0], e[1], false)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			kinds += e.Kind + e.ID + " "
		}
	}
	events, err := h.UpstreamEvent(u, "", "", true)
	if kinds != "openid-1 delta delta raw error " || err != nil || len(events) != 3 || events[1].Finish != sallyport.FinishStop || events[2].Usage.Output != 1 {
		t.Errorf("%s, %+v, %v", kinds, events, err)
	}
	if r := h.UpstreamRequest(u, nil, sallyporttest.Parameters{MaxOutput: 1}); r.Err != nil || *r.Failure != (sallyport.Failure{
		Status: 400, Code: "small", Message: "Too small.", Param: "max", RetryAfter: time.Second,
	}) {
		t.Errorf("%+v", r)
	}
	media := []sallyporttest.Part{
		{Kind: sallyport.KindImage, URL: "https://x/a.png"},
		{Kind: sallyport.KindImage, URL: "HTTP://x/a.png"},
		{Kind: sallyport.KindImage, URL: "https://x/b.png", Data: []byte("AAAA")},
		{Kind: sallyport.KindImage, URL: "gs://x"},
		{Text: "t"},
	}
	want := []sallyporttest.Fetch{{Part: 0, Field: "messages[0]"}, {Part: 1, Field: "messages[1]"}}
	if r := h.UpstreamRequest(u, media, sallyporttest.Parameters{}); r.Err != nil || !slices.Equal(r.Fetch, want) || len(r.Headers) > 0 {
		t.Errorf("%+v", r)
	}
	if r := h.UpstreamRequest(u, media, sallyporttest.Parameters{MaxOutput: 4}); r.Err != nil || r.Failure == nil || len(r.Fetch) > 0 {
		t.Errorf("%+v", r)
	}
	if r := h.UpstreamRequest(u, media[2:], sallyporttest.Parameters{}); r.Err != nil || len(r.Fetch) > 0 || r.Method != "POST" {
		t.Errorf("%+v", r)
	}
	for _, n := range []uint64{2, 3} {
		if r := h.UpstreamRequest(u, nil, sallyporttest.Parameters{MaxOutput: n}); r.Err == nil {
			t.Errorf("%d: %+v", n, r)
		}
	}
}
