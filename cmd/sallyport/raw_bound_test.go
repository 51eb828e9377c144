package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestRawBound: an answer to a raw call that grows beyond limits.raw_bytes is
// broken off, one that says so in advance is refused, and one within it passes.
func TestRawBound(t *testing.T) {
	const bound = 2 << 20
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		w.Header().Set("Content-Type", "application/octet-stream")
		if r.URL.Query().Get("told") != "" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
		}
		piece := strings.Repeat("x", 64<<10)
		for size > 0 {
			n, err := io.WriteString(w, piece[:min(size, len(piece))])
			if err != nil {
				return
			}
			size -= n
			w.(http.Flusher).Flush()
		}
	})
	l := newRawLab(t, api, labConfig{config: "limits: {raw_bytes: 2MiB, answer_bytes: 1MiB}\n"})
	ask := func(query string) (status int, body []byte, err error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.url+"/p/own/file?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+virtualKey)
		resp, err := l.client.Do(req)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		body, err = io.ReadAll(resp.Body)
		return resp.StatusCode, body, err
	}
	for _, query := range []string{"size=2097152", "size=2097152&told=1"} {
		if status, body, err := ask(query); status != 200 || len(body) != bound || err != nil {
			t.Errorf("%s: %d, %d bytes, %v", query, status, len(body), err)
		}
	}
	if status, body, err := ask("size=2097153"); status != 200 || len(body) > bound || err == nil {
		t.Errorf("one byte more: %d, %d bytes, %v", status, len(body), err)
	}
	if status, body, err := ask("size=2097153&told=1"); status != 502 || !strings.Contains(string(body), "limits.raw_bytes") || err != nil {
		t.Errorf("one byte more, and said so: %d, %.200s, %v", status, body, err)
	}
	rows := l.row(4)
	if rows.ErrorCode != "upstream_too_large" {
		t.Errorf("the last row is %+v", rows)
	}
}
