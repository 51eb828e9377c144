package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRawStatuses: every answer reaches the client as it is, but for those that
// speak of the provider key and those that lead elsewhere.
func TestRawStatuses(t *testing.T) {
	statuses := map[string]func(w http.ResponseWriter){
		"/base/201": func(w http.ResponseWriter) { w.WriteHeader(201); _, _ = io.WriteString(w, `{"id":1}`) },
		"/base/204": func(w http.ResponseWriter) { w.WriteHeader(204) },
		"/base/304": func(w http.ResponseWriter) { w.Header().Set("Etag", `"x"`); w.WriteHeader(304) },
		"/base/404": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(404)
			_, _ = io.WriteString(w, "<h1>nothing</h1>")
		},
		"/base/429": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(429)
			_, _ = io.WriteString(w, "slow")
		},
		"/base/500": func(w http.ResponseWriter) { w.WriteHeader(500) },
		"/base/529": func(w http.ResponseWriter) {
			w.WriteHeader(529)
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "busy")
		},
		"/base/401": func(w http.ResponseWriter) { w.WriteHeader(401); _, _ = io.WriteString(w, providerKey) },
		"/base/403": func(w http.ResponseWriter) { w.WriteHeader(403); _, _ = io.WriteString(w, providerKey) },
		"/base/302": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/x?key="+providerKey)
			w.WriteHeader(302)
		},
	}
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) { statuses[r.URL.Path](w) })
	l := newRawLab(t, api, labConfig{})
	for _, c := range []struct {
		path, body, media, end string
		status                 int
	}{
		{"201", `{"id":1}`, "text/plain; charset=utf-8", "completed", 201},
		{"204", "", "", "completed", 204},
		{"304", "", "", "completed", 304},
		{"404", "<h1>nothing</h1>", "text/html", "upstream_error", 404},
		{"429", "slow", "text/plain; charset=utf-8", "upstream_error", 429},
		{"500", "", "", "upstream_error", 500},
		{"529", "busy", "", "upstream_error", 529},
	} {
		for range 8 { // so often that a deployment would cool down
			a := l.call("POST", "/p/own/"+c.path, "{}")
			if a.status != c.status || a.body != c.body || a.header.Get("Content-Type") != c.media {
				t.Fatalf("%s: %d %q %v", c.path, a.status, a.body, a.header)
			}
			row := l.rowOf(a)
			if row.Status != c.status || row.End != c.end || row.Attempts != 1 || c.status >= 400 && (row.Output+row.InputUncached != 0 || row.CostPicoUSD == nil || row.ErrorCode != "upstream_error") {
				t.Fatalf("%s: row %+v", c.path, row)
			}
		}
	}
	if a := l.call("GET", "/p/own/429", ""); a.header.Get("Retry-After") != "3" {
		t.Errorf("429: %v", a.header)
	}
	for _, path := range []string{"401", "403", "302"} {
		a := l.call("GET", "/p/own/"+path, "")
		l.wantError(path, a, 502, "upstream_error")
		if strings.Contains(a.body, providerKey) || a.header.Get("Location") != "" {
			t.Errorf("%s: %s %v", path, a.body, a.header)
		}
	}
	if n, want := len(api.seen()), 7*8+4; n != want {
		t.Errorf("the provider got %d calls, want %d: nothing is tried again", n, want)
	}
}

// TestRawStreams: streams of any type reach the client piece by piece, as they
// come, and an end that comes too early looks like one.
func TestRawStreams(t *testing.T) {
	for _, media := range []string{"text/event-stream", "application/octet-stream", "application/vnd.amazon.eventstream", ""} {
		t.Run(media, func(t *testing.T) {
			read := make(chan struct{})
			api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = []string{media}
				if media == "" {
					w.Header()["Content-Type"] = nil
				}
				for _, piece := range []string{"data: a", "\n\nda", "\x00\xff\n"} {
					_, _ = io.WriteString(w, piece)
					w.(http.Flusher).Flush()
					select {
					case <-read:
					case <-r.Context().Done():
						return
					}
				}
				if r.URL.Path == "/base/cut" {
					panic(http.ErrAbortHandler)
				}
			})
			l := newRawLab(t, api, labConfig{})
			for _, path := range []string{"/p/own/whole", "/p/own/cut"} {
				resp, err := l.client.Do(l.request(t.Context(), path, "{}"))
				if err != nil {
					t.Fatal(err)
				}
				if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != media {
					t.Errorf("%d %v", resp.StatusCode, resp.Header)
				}
				for _, piece := range []string{"data: a", "\n\nda", "\x00\xff\n"} {
					got := make([]byte, len(piece))
					if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != piece {
						t.Fatalf("%q, %v; want %q", got, err, piece)
					}
					read <- struct{}{}
				}
				rest, err := io.ReadAll(resp.Body)
				if _ = resp.Body.Close(); len(rest) != 0 || (err == nil) != (path == "/p/own/whole") {
					t.Errorf("%s: it ends with %q, %v", path, rest, err)
				}
				row := l.rowOf(answer{header: resp.Header})
				end := map[string]string{"/p/own/whole": "completed", "/p/own/cut": "upstream_cut"}[path]
				if !row.Stream || row.End != end || row.BytesOut != 14 || row.Output != 4 || !row.Estimated || row.InputUncached != 1 {
					t.Errorf("%s: row %+v", path, row)
				}
			}
		})
	}
}

// TestRawSizes: large bodies cross in both directions, whatever frames them.
func TestRawSizes(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 5<<16) // 5 MiB
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base/length":
			w.Header().Set("Content-Length", "5242880")
		case "/base/short":
			w.Header().Set("Content-Length", "5242881")
		case "/base/up":
			return
		}
		_, _ = w.Write(big)
	})
	l := newRawLab(t, api, labConfig{config: "limits: {body_bytes: 6MiB, answer_bytes: 1MiB}"})
	a := l.call("PUT", "/p/own/up", string(big))
	if a.status != 200 || api.last().body != string(big) {
		t.Errorf("up: %d %.200s, %d bytes arrived", a.status, a.body, len(api.last().body))
	}
	req := l.request(t.Context(), "/p/own/up", "")
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(big)), -1
	if a = l.do(req); a.status != 200 || api.last().body != string(big) {
		t.Errorf("up in chunks: %d %.200s, %d bytes arrived", a.status, a.body, len(api.last().body))
	}
	l.wantError("too large", l.call("PUT", "/p/own/up", string(big)+string(big)), 413, "body_too_large")
	for _, path := range []string{"length", "chunks"} {
		a = l.call("GET", "/p/own/"+path, "")
		if a.status != 200 || a.err != nil || a.body != string(big) || (a.header.Get("Content-Length") == "5242880") != (path == "length") {
			t.Errorf("%s: %d %d bytes %v %v", path, a.status, len(a.body), a.err, a.header)
		}
		if row := l.rowOf(a); row.BytesOut != int64(len(big)) || row.End != "completed" {
			t.Errorf("%s: row %+v", path, row)
		}
	}
	if a = l.call("GET", "/p/own/short", ""); a.err == nil {
		t.Errorf("short: %d bytes and no error", len(a.body))
	}
}

// TestRawOldClients: one who speaks HTTP/1.0 gets a stream when it is whole.
func TestRawOldClients(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "data: 2\n\n")
	})
	l := newRawLab(t, api, labConfig{})
	c := l.dial()
	l.send(c, "GET /p/own/x HTTP/1.0\r\nAuthorization: Bearer "+virtualKey+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "data: 1\n\ndata: 2\n\n" || resp.ContentLength != int64(len(body)) {
		t.Errorf("%q %v %v", body, err, resp.Header)
	}
}

// TestRawCompressed: an answer in a coding that nobody asked for is undone, as its
// field would not be passed on.
func TestRawCompressed(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, "plain")
		_ = z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
		if r.URL.Path == "/base/404" {
			w.WriteHeader(404)
		}
		_, _ = w.Write(b.Bytes())
	})
	l := newRawLab(t, api, labConfig{})
	for path, status := range map[string]int{"x": 200, "404": 404} {
		if a := l.call("GET", "/p/own/"+path, ""); a.status != status || a.body != "plain" || a.err != nil || a.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %q %v %v", path, a.status, a.body, a.err, a.header)
		}
	}
}

// TestRawTimeouts: a provider that falls silent is given up, before its answer and
// in the middle of it.
func TestRawTimeouts(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/base/stream" {
			_, _ = io.WriteString(w, "first")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	l := newRawLab(t, api, labConfig{providers: func(*lab) string {
		return ownProvider(api, ", timeouts: {first_byte: 100ms, idle: 100ms}")
	}})
	a := l.call("GET", "/p/own/x", "")
	l.wantError("silent", a, 504, "upstream_timeout")
	if row := l.rowOf(a); row.Attempts != 1 || row.End != "upstream_timeout" {
		t.Errorf("row %+v", row)
	}
	a = l.call("GET", "/p/own/stream", "")
	if row := l.rowOf(a); a.status != 200 || a.body != "first" || a.err == nil || row.End != "upstream_idle" {
		t.Errorf("in mid-stream: %d %q %v, row %+v", a.status, a.body, a.err, row)
	}
}

// TestRawClientLeaves: before the first byte and in mid-stream; the provider
// notices, and the books say so.
func TestRawClientLeaves(t *testing.T) {
	gone := make(chan string, 2)
	asked := make(chan struct{}, 2)
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		if r.URL.Path == "/base/stream" {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: 1\n\n")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
		gone <- r.URL.Path
	})
	l := newRawLab(t, api, labConfig{})
	for i, path := range []string{"silent", "stream"} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		first := make(chan struct{})
		go func() {
			defer close(done)
			resp, err := l.client.Do(l.request(ctx, "/p/own/"+path, "{}"))
			if err != nil {
				return
			}
			defer resp.Body.Close()
			_, _ = bufio.NewReader(resp.Body).ReadString('\n')
			close(first)
			_, _ = io.ReadAll(resp.Body)
		}()
		if <-asked; path == "stream" {
			<-first
		}
		cancel()
		<-done
		select {
		case got := <-gone:
			if got != "/base/"+path {
				t.Errorf("%s left", got)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: the provider was not told", path)
		}
		if row := l.row(i + 1); row.End != "client_gone" || row.Status != map[string]int{"silent": 499, "stream": 200}[path] || !row.Estimated || row.Route != "p/own" {
			t.Errorf("%s: row %+v", path, row)
		}
	}
}
