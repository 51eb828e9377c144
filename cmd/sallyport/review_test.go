package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// TestTargetIsReadLiterally: a target that names an authority of its own is not
// the path behind that name, however the query looks.
func TestTargetIsReadLiterally(t *testing.T) {
	l := newLab(t, labConfig{})
	for _, target := range []string{
		"//other/v1/models?://", "//other/metrics?a=://", "//other/v1/models#://",
		"/v1/models#part", "//other/healthz?://",
	} {
		c := l.dial()
		l.send(c, "GET "+target+" HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "+virtualKey+"\r\n\r\n")
		a := receive(bufio.NewReader(c), http.MethodGet)
		l.wantError(target, a, 404, "unknown_path")
	}
}

// TestUsageOfAbandonedAttempts: what a provider reported is billed, also when
// its answer was of no use and another one served the client.
func TestUsageOfAbandonedAttempts(t *testing.T) {
	l := newLab(t, labConfig{
		mocks: []mock.Config{{Scenario: "fault=wrong-type"}, {}}, route: "retries: 1",
	})
	for range 3 { // which is how many retries the budget gives for nothing
		if a := l.chat("", ""); a.status != 200 {
			t.Fatalf("answer: %+v", a)
		}
	}
	// The sums are compared by the lab.
}

// TestStreamEndsWithItsLastEvent: nothing follows [DONE], and an upstream that
// keeps its connection open after it does not keep the client waiting.
func TestStreamEndsWithItsLastEvent(t *testing.T) {
	l := newLab(t, labConfig{scenario: "chunks=4,fault=silence,after=999999", provider: "timeouts: {idle: 1h}"})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a := l.do(l.request(ctx, "/v1/chat/completions", `{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}`))
	if events := l.events(a); a.status != 200 || a.err != nil || events[len(events)-1] != "[DONE]" {
		t.Errorf("answer: %+v", a)
	}
	if r := l.row(1); r.End != "completed" || !r.Reported {
		t.Errorf("row: %+v", r)
	}
}

// held returns how much of the heap is in use.
func held() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// forgetful is an upstream that keeps nothing of what it is sent. It begins a
// stream and says nothing more, or gives a whole answer of size bytes.
func forgetful(t *testing.T, size int) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Header.Get("Accept") != "text/event-stream" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"choices":[{"index":0,"message":{"content":%q}}]}`, strings.Repeat("x", size))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

// TestLittleIsHeld: the request is freed at the first byte of its stream, and a
// connection at rest keeps no large buffer.
func TestLittleIsHeld(t *testing.T) {
	const n, size = 8, 4 << 20
	f := fault{name: "big", url: forgetful(t, size)}
	l := newLab(t, labConfig{}.with(f))
	for _, stream := range []bool{true, false} {
		before := held()
		for range n {
			c := l.dial()
			body := fmt.Sprintf(`{"model":"big","stream":%v,"messages":[{"role":"user","content":%q}]}`, stream, strings.Repeat("x", size))
			l.send(c, fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", virtualKey, len(body), body))
			br := bufio.NewReader(c)
			if !stream {
				if a := receive(br, "POST"); a.status != 200 || len(a.body) < size {
					t.Fatalf("%d: %.300s", a.status, a.body)
				}
				continue
			}
			for line := ""; !strings.HasPrefix(line, "data:"); {
				var err error
				if line, err = br.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
		}
		if h := held(); h > before+n*size/4 {
			t.Errorf("stream %v: %d connections hold %d MiB", stream, n, (h-before)>>20)
		}
	}
}

// TestReloadsAtOnce: reloads from the file, by signal and by the operator may
// come at the same moment.
func TestReloadsAtOnce(t *testing.T) {
	l := newLab(t, labConfig{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 5 {
				if i == 0 {
					l.rewrite("providers:", "\nproviders:")
				}
				_ = l.gw.reload()
			}
		})
	}
	wg.Wait()
}

// TestReloadAppliesBodyLimit: limits.body_bytes holds from the reload on.
func TestReloadAppliesBodyLimit(t *testing.T) {
	l := newLab(t, labConfig{config: "limits: {body_bytes: 64KiB}\n"})
	big := fmt.Sprintf(`"metadata":{"x":%q}`, strings.Repeat("x", 16<<10))
	if a := l.chat(big, ""); a.status != 200 {
		t.Fatalf("before: %+v", a)
	}
	l.rewrite("body_bytes: 64KiB", "body_bytes: 4KiB")
	if err := l.gw.reload(); err != nil {
		t.Fatal(err)
	}
	l.wantError("after", l.chat(big, ""), 413, "body_too_large")
}

// TestStrangersGetNoRoom: fasthttp makes room for an announced body at once. One
// without a credential gets none.
func TestStrangersGetNoRoom(t *testing.T) {
	l := newLab(t, labConfig{})
	body := strings.Repeat("x", 128<<10)
	f := func(head string, status int, code string) {
		t.Helper()
		var a answer
		size := allocated(func() {
			c := l.dial()
			l.send(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer sp-wrong\r\n"+head)
			a = receive(bufio.NewReader(c), http.MethodPost)
		})
		l.wantError(fmt.Sprintf("%.60q", head), a, status, code)
		if size > 4<<20 {
			t.Errorf("%.60q: %d KiB were allocated", head, size>>10)
		}
	}
	f("Content-Length: 33554432\r\n\r\n{", 401, "invalid_api_key")
	f("Content-Length: 33554432\r\nExpect: 100-continue\r\n\r\n", 401, "invalid_api_key")
	f(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body), 401, "invalid_api_key")
	f("Transfer-Encoding: chunked\r\n\r\n1ff0000\r\n{", 413, "body_too_large")
}

// TestUnsentIsFree: a call whose request never left for the upstream has cost
// nothing, also when it was the client who gave up.
func TestUnsentIsFree(t *testing.T) {
	addr, free, err := mock.BlackHole()
	if err != nil {
		t.Skipf("no black hole can be made here: %v", err)
	}
	defer free()
	l := newLab(t, labConfig{}.with(fault{name: "hole", url: "http://" + addr + "/v1"}))
	body := `{"model":"hole","messages":[{"role":"user","content":"Hello!"}]}`
	c := l.dial()
	l.send(c, fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", virtualKey, len(body), body))
	l.eventually("the exchange is in flight", func() bool { return l.metric("sallyport_exchanges_in_flight") > 0 })
	_ = c.Close()
	if r := l.row(1); r.End != "client_gone" || r.InputUncached != 0 || r.Estimated {
		t.Errorf("row: %+v", r)
	}
}

// TestReloadKeepsTheDoorShut: listen holds from the start, so a configuration that
// is harmless on loopback must not open an address that strangers reach.
func TestReloadKeepsTheDoorShut(t *testing.T) {
	l := newLab(t, labConfig{})
	l.rewrite("keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n", "")
	if err := l.gw.reload(); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("reload: %v", err)
	}
	c := l.dial()
	l.send(c, "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
	l.wantError("without a key", receive(bufio.NewReader(c), http.MethodGet), 401, "invalid_api_key")
}

// TestReloadNamesWhatWaits: fields that a reload cannot change are not passed over
// in silence.
func TestReloadNamesWhatWaits(t *testing.T) {
	l := newLab(t, labConfig{config: "timeouts: {header: 9s, body: 9s}\n"})
	l.rewrite("header: 9s, body: 9s", "header: 8s, body: 8s")
	if err := l.gw.reload(); err != nil {
		t.Fatal(err)
	}
	if logs := l.logs.String(); !strings.Contains(logs, `"fields":["timeouts.header"]`) {
		t.Errorf("the log does not name the field: %s", logs)
	}
}
