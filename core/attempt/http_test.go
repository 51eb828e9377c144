package attempt

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// headers are a client's header fields.
type headers map[string]string

func (h headers) Get(name string) []byte {
	if v, ok := h[name]; ok {
		return []byte(v)
	}
	return nil
}

// serve starts an upstream and returns its address.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// realLoop makes a loop of one route over real connections.
func realLoop(t testing.TB, c Config, ds ...*core.Deployment) (*Loop, *core.Exchange) {
	t.Helper()
	r := chat("r", 2, ds...)
	c.Routes, c.Clock, c.Rand = []*core.Route{r}, clock{}, newRandom()
	l, err := New(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	ex := &core.Exchange{Route: r, Start: time.Now(), ID: core.NewID(time.Now(), 1, 2)}
	ex.Request.Dialect, ex.Request.Operation, ex.Request.Body = dialect{}, core.OpChat, []byte(`{"a":1}`)
	return l, ex
}

func TestRequestThatLeaves(t *testing.T) {
	var got *http.Request
	var body string
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		fmt.Fprint(w, "ok")
	})
	d := deployment("a", addr, 1)
	d.Provider.Header = []core.Header{{Name: "Accept", Value: "text/x"}, {Name: "X-Fixed", Value: "1"}}
	d.Provider.Signer = signer(addr)
	l, ex := realLoop(t, Config{Forward: []string{"x-beta"}, UserAgent: "agent/1"}, d)
	ex.Request.Headers = headers{
		"Authorization": "Bearer sk-client", "Cookie": "c", "X-Api-Key": "k", "X-Forwarded-For": "1.2.3.4", "OpenAI-Organization": "org",
		"User-Agent": "curl", "Accept-Encoding": "br", "X-Request-Id": "theirs", "Idempotency-Key": "once", "X-Beta": "b",
		"Connection": "close, x-beta", "Te": "trailers", "Upgrade": "h2c", "Content-Type": "application/json; charset=utf-7",
	}
	resp := new(upstream.Response)
	if err := l.Do(ex, resp, nil, nil); err != nil {
		t.Fatal(err)
	}
	answer, err := resp.ReadAll(nil, 0)
	if err != nil || string(answer) != "ok" {
		t.Fatalf("answer = %q, %v", answer, err)
	}
	l.Done(ex, nil)
	if got.Method != "POST" || got.RequestURI != "/v1/chat/completions" || body != `{"a":1}` || got.Host != addr {
		t.Errorf("request = %s %s at %s: %s", got.Method, got.RequestURI, got.Host, body)
	}
	want := map[string]string{
		"Accept": "text/x", "Accept-Encoding": "identity", "Authorization": "Bearer sk-provider", "Content-Length": "7",
		"Content-Type": "application/json", "Idempotency-Key": "once", "User-Agent": "agent/1",
		"X-Fixed": "1", "X-Request-Id": ex.ID.String(),
	}
	for name, v := range got.Header {
		if want[name] != strings.Join(v, "|") {
			t.Errorf("%s: %q, want %q", name, v, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

// signer signs for one host only.
type signer string

func (s signer) Sign(host string, r *core.UpstreamRequest) error {
	if host != string(s) {
		return errors.New("another host")
	}
	r.Set("Authorization", "Bearer sk-provider")
	return nil
}

func TestSignerRefuses(t *testing.T) {
	var asked atomic.Int64
	d := deployment("a", serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }), 1)
	d.Provider.Signer = signer("elsewhere")
	l, ex := realLoop(t, Config{}, d)
	if err := l.Do(ex, new(upstream.Response), nil, nil); err == nil || err.Code != core.CodeInternal || asked.Load() != 0 {
		t.Errorf("error = %v, requests %d", err, asked.Load())
	}
	d.Provider.Signer = nil
	l, ex = realLoop(t, Config{}, d)
	ex.Request.Body = []byte("bad")
	if err := l.Do(ex, new(upstream.Response), nil, nil); err == nil || err.Origin != core.OriginClient || asked.Load() != 0 {
		t.Errorf("error = %v, requests %d", err, asked.Load())
	}
}

// F13: a redirect is an error, and nobody else is asked.
func TestRedirects(t *testing.T) {
	var asked atomic.Int64
	second := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	for _, status := range []int{300, 301, 302, 303, 307, 308, 304} {
		first := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://"+second+"/")
			w.WriteHeader(status)
		})
		l, ex := realLoop(t, Config{}, deployment("a", first, 1))
		err := l.Do(ex, new(upstream.Response), nil, nil)
		if err == nil || err.HTTPStatus() != 502 || err.Upstream != nil || strings.Contains(err.Message, second) {
			t.Errorf("%d: error = %+v", status, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the second host got %d requests", n)
	}
}

func TestUpstreamErrors(t *testing.T) {
	f := func(status int, size int, wantStatus int, wantBody bool) {
		t.Helper()
		body := strings.Repeat("x", size)
		addr := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		l, ex := realLoop(t, Config{}, deployment("a", addr, 1))
		err := l.Do(ex, new(upstream.Response), nil, nil)
		if err == nil || err.Code != core.CodeUpstreamStatus || err.HTTPStatus() != wantStatus || err.RetryAfter != 7*time.Second {
			t.Errorf("%d: error = %+v", status, err)
			return
		}
		u := err.Upstream
		if wantBody && (u == nil || u.Status != status || u.ContentType != "application/json" || string(u.Body) != body) {
			t.Errorf("%d: upstream = %.100v, want its answer", status, u)
		}
		if !wantBody && u != nil && len(u.Body) > 0 {
			t.Errorf("%d: %d bytes of the upstream's body were kept", status, len(u.Body))
		}
	}
	f(400, 300, 400, true)
	f(404, 0, 404, true)
	f(413, 5000, 413, true)
	f(429, maxErrorBody, 429, true)
	f(500, maxErrorBody+1, 500, false)
	f(503, 1<<20, 503, false)
	f(401, 100, 502, false)
	f(403, 100, 502, false)
	f(407, 100, 502, false)
}

// The error answer of a first attempt is gone when the second is good; that of
// the last one is kept, also when it is not the first.
func TestFallbackOverHTTP(t *testing.T) {
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "overloaded", 529) })
	fine := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	l, ex := realLoop(t, Config{}, deployment("a", bad, 1), deployment("b", fine, 0))
	resp := new(upstream.Response)
	if err := l.Do(ex, resp, nil, nil); err != nil {
		t.Fatal(err)
	}
	if b, err := resp.ReadAll(nil, 0); err != nil || string(b) != "ok" || ex.Attempts != 2 {
		t.Errorf("answer = %q, %v after %d attempts", b, err, ex.Attempts)
	}
	l.Done(ex, nil)

	l, ex = realLoop(t, Config{}, deployment("a", bad, 1), deployment("b", bad, 0))
	err := l.Do(ex, new(upstream.Response), nil, nil)
	if err == nil || err.Status != 529 || string(err.Upstream.Body) != "overloaded\n" || ex.Attempts != 3 {
		t.Errorf("error = %+v after %d attempts", err, ex.Attempts)
	}
	seen := 0
	l.Hosts(func(_ string, s upstream.Stats) { seen++ })
	if seen != 2 {
		t.Errorf("%d hosts", seen)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, "1.5": 1500 * time.Millisecond, "120": 2 * time.Minute,
		"315360000": maxRetryAfter, "99999999999999999999999": maxRetryAfter,
		"Sun, 22 Nov 2026 05:00:30 GMT":   30 * time.Second,
		"Sunday, 22-Nov-26 05:00:30 GMT":  30 * time.Second,
		"Sun Nov 22 05:00:30 2026":        30 * time.Second,
		"Sun, 22 Nov 2026 04:00:00 GMT":   0,
		"Sun, 22 Nov 2036 05:00:00 GMT":   maxRetryAfter,
		"":                                0,
		"soon":                            0,
		"-5":                              0,
		"+5":                              0,
		"1e9":                             0,
		"NaN":                             0,
		"Inf":                             0,
		"0x10":                            0,
		"1.2.3":                           0,
		"5 seconds":                       0,
		strings.Repeat("9", 33):           0,
		"Sun, 22 Nov 2026 05:00:30 +0200": 0,
	} {
		if got := retryAfter(headers{"Retry-After": in}, now); got != want {
			t.Errorf("Retry-After %q = %v, want %v", in, got, want)
		}
	}
	if got := retryAfter(headers{"Retry-After": "60", "Retry-After-Ms": "250"}, now); got != 250*time.Millisecond {
		t.Errorf("with retry-after-ms: %v", got)
	}
	if got := retryAfter(headers{"Retry-After": "60", "Retry-After-Ms": "x"}, now); got != time.Minute {
		t.Errorf("with a bad retry-after-ms: %v", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "1.5", "Sun, 22 Nov 2026 05:00:30 GMT", "x"} {
		f.Add(s, s)
	}
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, a, b string) {
		if d := retryAfter(headers{"Retry-After": a, "Retry-After-Ms": b}, now); d < 0 || d > maxRetryAfter {
			t.Errorf("%q, %q: %v", a, b, d)
		}
	})
}
