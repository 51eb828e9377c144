package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// TestSlowLoris holds many connections that send one byte of a head a second.
// All are closed at the header timeout, and healthy clients do not notice.
func TestSlowLoris(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 200
	}
	l := newLab(t, labConfig{config: "timeouts: {header: 2s}\n"})
	head := rawChat("")
	conns := make([]net.Conn, n)
	start := time.Now()
	for i := range conns {
		conns[i] = l.dial()
	}
	var closed, drip sync.WaitGroup
	stop := make(chan struct{})
	drip.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for sent := range len(head) {
			for _, c := range conns {
				_, _ = io.WriteString(c, head[sent:sent+1]) // the gateway may have closed it
			}
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	late := make([]time.Duration, n)
	for i, c := range conns {
		closed.Go(func() {
			_ = c.SetReadDeadline(time.Now().Add(8 * time.Second))
			answer, err := io.ReadAll(c)                     // at most a 408
			if e, ok := err.(net.Error); ok && e.Timeout() { //nolint:errorlint // ReadAll wraps nothing
				t.Errorf("connection %d is still open", i)
			} else if s := string(answer); s != "" && !strings.Contains(s, "request_timeout") {
				t.Errorf("connection %d was answered %q", i, s)
			}
			late[i] = time.Since(start)
		})
	}
	healthy := 0
	allClosed := make(chan struct{})
	go func() { closed.Wait(); close(allClosed) }()
	var slowest time.Duration
	for done := false; !done; healthy++ {
		began := time.Now()
		if a := l.chat("", ""); a.status != 200 {
			t.Fatalf("a healthy request failed meanwhile: %+v", a)
		}
		slowest = max(slowest, time.Since(began))
		select {
		case <-allClosed:
			done = true
		default:
		}
	}
	close(stop)
	drip.Wait()
	var last time.Duration
	for _, d := range late {
		last = max(last, d)
	}
	t.Logf("%d connections closed within %v (timeout 2 s); %d healthy requests meanwhile, the slowest took %v", n, last, healthy, slowest)
	if got := l.mocks[0].Stats().Requests; got != int64(healthy) {
		t.Errorf("the upstream saw %d requests, want %d", got, healthy)
	}
}

// TestSlowBody checks that a body which comes too slowly is cut at its timeout
// and never reaches the upstream.
func TestSlowBody(t *testing.T) {
	l := newLab(t, labConfig{config: "timeouts: {header: 500ms, body: 1s}\n"})
	const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer " + virtualKey + "\r\n"
	f := func(name, framing, first, piece string) {
		t.Run(name, func(t *testing.T) {
			c := l.dial()
			l.send(c, head+framing+"\r\n"+first)
			stop := make(chan struct{})
			var drip sync.WaitGroup
			drip.Go(func() {
				tick := time.NewTicker(50 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
						_, _ = io.WriteString(c, piece)
					}
				}
			})
			_ = c.SetReadDeadline(time.Now().Add(8 * time.Second))
			br := bufio.NewReader(c)
			l.wantError(name, receive(br, http.MethodPost), 408, "request_timeout")
			if err := drained(br); err != nil {
				t.Errorf("after the refusal: %v", err)
			}
			close(stop)
			drip.Wait()
		})
	}
	f("small", "Content-Length: 400\r\n", `{"model":`, " ")
	f("large", "Content-Length: 100000\r\n", `{"model":`, " ")
	f("chunked", "Transfer-Encoding: chunked\r\n", "9\r\n{\"model\":\r\n", "1\r\n \r\n")
	f("silent", "Content-Length: 100000\r\n", "", "")
	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("%d requests reached the upstream", n)
	}
}

// TestZeroWindow lets clients open streams and never read. The gateway must not
// collect the answer for them, must cut them at the write timeout and must
// leave the upstream.
func TestZeroWindow(t *testing.T) {
	const streams, perStream = 32, 256 << 10
	l := newLab(t, labConfig{config: "timeouts: {write: 2s}\n", scenario: "fault=endless,chunks=64,size=65536"})
	m := l.mocks[0]
	before := heap()
	for range streams {
		c, ok := l.dial().(*net.TCPConn)
		if !ok {
			t.Fatal("not TCP")
		}
		if err := c.SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		l.send(c, rawChat(`"stream":true`))
	}
	if !m.Wait(func(s mock.Stats) bool { return s.StreamsOpened == streams }, 10*time.Second) {
		t.Fatalf("%d streams were opened", m.Stats().StreamsOpened)
	}
	// The upstream stands still when every buffer on the way is full.
	l.eventually("the upstream is held up", func() bool {
		events := m.Stats().Events
		return !m.Wait(func(s mock.Stats) bool { return s.Events > events }, 200*time.Millisecond)
	})
	grown := heap() - before
	t.Logf("heap per unread stream: %d KiB, both ends included", grown/streams>>10)
	if grown > streams*perStream {
		t.Errorf("%d unread streams hold %d KiB each, want at most %d", streams, grown/streams>>10, perStream>>10)
	}
	if !m.Wait(func(s mock.Stats) bool { return s.Cancelled == streams }, 10*time.Second) {
		t.Fatalf("%d of %d upstreams were cancelled", m.Stats().Cancelled, streams)
	}
	l.row(streams)
	for _, r := range l.rows() {
		if r.End != "client_gone" || !r.Estimated || r.Output == 0 {
			t.Errorf("row: %+v", r)
		}
	}
}

// heap returns the bytes in live objects.
func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc) // far below 2⁶³
}

// TestSlowReaderIsNotCut reads a long stream slowly, but not too slowly: each
// write gets its own time, the whole stream may take longer.
func TestSlowReaderIsNotCut(t *testing.T) {
	l := newLab(t, labConfig{config: "timeouts: {write: 500ms, header: 300ms, body: 300ms, idle: 1s}\n", scenario: "chunks=20,pace=100ms"})
	a := l.chat(`"stream":true`, "")
	if a.err != nil || !strings.HasSuffix(strings.TrimSpace(a.body), "data: [DONE]") {
		t.Errorf("a stream of 2 s was cut: %+v", a)
	}
	if err := l.mocks[0].SetScenario("latency=1500ms"); err != nil {
		t.Fatal(err)
	}
	if a := l.chat("", ""); a.status != 200 {
		t.Errorf("an answer that takes 1.5 s was cut: %+v", a)
	}
}

// TestPipelined puts many requests on each connection at once, whole and
// streamed, and lets every other client leave in the middle. Each answer must
// be that of its own request.
func TestPipelined(t *testing.T) {
	const conns, each = 60, 260
	l := newLab(t, labConfig{mocks: []mock.Config{{Scenario: "chunks=3", Keep: 2 * conns * each}}})
	l.unbalanced = "clients leave"
	var mu sync.Mutex
	owner := map[string]string{} // request id → what we sent
	answers := 0
	var wg sync.WaitGroup
	for i := range conns {
		c := l.dial()
		wg.Go(func() {
			var b strings.Builder
			for j := range each {
				more := fmt.Sprintf(`"user":"c%d-r%d."`, i, j)
				if j%3 == 2 {
					more += `,"stream":true`
				}
				b.WriteString(rawChat(more))
			}
			wrote := make(chan error, 1)
			go func() { _, err := io.WriteString(c, b.String()); wrote <- err }()
			want := each
			if i%2 == 1 {
				want = each / 3
			}
			br := bufio.NewReader(c)
			for j := range want {
				a := receive(br, http.MethodPost)
				if a.status != 200 || a.err != nil || (j%3 == 2) != strings.HasPrefix(a.body, "data:") {
					t.Errorf("connection %d, answer %d: %+v", i, j, a)
					break
				}
				mu.Lock()
				owner[a.header.Get("X-Request-Id")] = fmt.Sprintf("c%d-r%d.", i, j)
				answers++
				mu.Unlock()
			}
			_ = c.Close()
			<-wrote
		})
	}
	wg.Wait()
	l.mocks[0].Settle(10 * time.Second)
	seen := 0
	for _, r := range l.mocks[0].Requests() {
		want, ok := owner[r.Header.Get("X-Request-Id")]
		if !ok {
			continue
		}
		seen++
		if !strings.Contains(string(r.Body), want) {
			t.Errorf("the answer to %s was that to %s", want, r.Body)
		}
	}
	if seen != answers || len(owner) != answers {
		t.Errorf("%d answers, %d ids, %d of them known to the upstream", answers, len(owner), seen)
	}
	t.Logf("%d pipelined answers carried their own id", answers)
}
