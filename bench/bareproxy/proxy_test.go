package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// start runs a proxy before a mock provider and returns both.
func start(t *testing.T, answers Answers) (url string, upstream *mock.Server) {
	t.Helper()
	upstream, err := mock.Start(mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	handler, err := NewHandler(strings.TrimPrefix(upstream.URL(), "http://"), answers)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(handler)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		_ = server.Shutdown()
		<-done
	})
	return "http://" + l.Addr().String(), upstream
}

// answer is what a client sees of an answer.
type answer struct {
	status            int
	contentType, body string
}

func ask(t *testing.T, url, body string, headers ...string) (got answer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), string(all)}
}

func TestAnswersPassUnchanged(t *testing.T) {
	const whole = `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	const streamed = `{"model":"m","stream":true,"messages":[]}`
	for _, answers := range []Answers{Whole, Copy, Body} {
		t.Run(string(answers), func(t *testing.T) {
			url, upstream := start(t, answers)
			for _, body := range []string{whole, streamed} {
				want := ask(t, upstream.URL(), body, "x-mock", "text=abc")
				upstream.Reset() // answers carry the request's number
				got := ask(t, url, body, "x-mock", "text=abc")
				upstream.Reset()
				if got.status != http.StatusOK || got != want {
					t.Errorf("got\n%+v\nwant\n%+v", got, want)
				}
			}
		})
	}
}

// The first event must be here while the upstream still holds back the second.
func TestStreamsAreNotHeldBack(t *testing.T) {
	for _, answers := range []Answers{Copy, Body} {
		t.Run(string(answers), func(t *testing.T) {
			url, upstream := start(t, answers)
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			body := `{"model":"m","stream":true,"messages":[]}`
			_, _ = io.WriteString(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-mock: chunks=2,fault=silence,after=2\r\nContent-Length: 41\r\n\r\n"+body)
			scan := bufio.NewScanner(conn)
			events := 0
			for events < 2 && scan.Scan() {
				if strings.HasPrefix(scan.Text(), "data: ") {
					events++
				}
			}
			if events != 2 {
				t.Fatalf("%d events came before the end, want 2 (%v)", events, scan.Err())
			}
			if st := upstream.Stats(); st.InFlight != 1 {
				t.Errorf("%d answers in flight, want the one that is held", st.InFlight)
			}
			upstream.Close() // ends the answer that is held, so that the proxy can end
		})
	}
}

func TestErrors(t *testing.T) {
	if _, err := NewHandler("127.0.0.1:1", "teleport"); err == nil || !strings.Contains(err.Error(), "known: whole, copy, body") {
		t.Errorf("error %v, want the known ways", err)
	}
	for _, answers := range []Answers{Whole, Copy, Body} {
		url, upstream := start(t, answers)
		upstream.Close()
		if got := ask(t, url, `{}`); got.status != http.StatusBadGateway {
			t.Errorf("%s: status %d without an upstream, want 502", answers, got.status)
		}
	}
}
