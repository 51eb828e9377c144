package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/ledger"
)

// playback plays a provider of any dialect: it answers with the stream that it is
// told to, compressed or not.
type playback struct {
	stream atomic.Pointer[string]
	zip    atomic.Bool
}

func (p *playback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/event-stream")
	if !p.zip.Load() {
		_, _ = io.WriteString(w, *p.stream.Load())
		return
	}
	w.Header().Set("Content-Encoding", "gzip") // though nobody asked
	z := gzip.NewWriter(w)
	for _, event := range strings.SplitAfter(*p.stream.Load(), "\n\n") {
		_, _ = io.WriteString(z, event)
		_ = z.Flush()
		w.(http.Flusher).Flush()
	}
	_ = z.Close()
}

// recordedStreams returns the recorded streams of providers of a dialect. It skips
// the test where there are none.
func recordedStreams(t *testing.T, dialect string) map[string]string {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recordings: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var c struct {
			Stream  bool
			Dialect string `json:"upstream_dialect"`
			Answer  *struct {
				Body *struct{ Text string }
			} `json:"upstream_response"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if c.Stream && c.Dialect == dialect && c.Answer != nil && c.Answer.Body != nil && strings.Contains(c.Answer.Body.Text, "data:") {
			out[d.Name()] = c.Answer.Body.Text
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// counted are the counts of a row.
func counted(r *ledger.Row) [5]int64 {
	return [5]int64{r.InputUncached, r.CacheRead, r.CacheWrite, r.Output, r.Reasoning}
}

// TestGzipStreams replays every recorded stream as it is and compressed: clients of
// the provider's dialect and of another one get the same, and so do the books.
func TestGzipStreams(t *testing.T) {
	p := &playback{}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	const chat = `{"model":%q,"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`
	kinds := []struct{ dialect, kind, base, path, body string }{
		{"openai.chat", "groq", "/v1", "/v1/chat/completions", chat},
		{"openai.responses", "openai", "/v1", "/v1/responses", `{"model":%q,"stream":true,"store":false,"input":"hi"}`},
		{"anthropic.messages", "anthropic", "", "/v1/messages", `{"model":%q,"stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`},
		{"gemini", "gemini", "/v1beta", "/v1beta/models/gemini:streamGenerateContent?alt=sse", `{"contents":[{"parts":[{"text":"hi"}]}]}`},
	}
	var providers, routes strings.Builder
	for _, k := range kinds {
		fmt.Fprintf(&providers, "  - {name: %s, kind: %s, base_url: %q, auth: none}\n", k.kind, k.kind, s.URL+k.base)
		fmt.Fprintf(&routes, "  - {name: %s, retries: 0, deployments: [{provider: %s, model: x}]}\n", k.kind, k.kind)
	}
	l := newLab(t, labConfig{providers: func(*lab) string { return providers.String() }, extra: routes.String()})
	l.unbalanced = "the provider is none of the mocks"
	rows := 0
	for _, k := range kinds {
		list := recordedStreams(t, k.dialect)
		for name, text := range list {
			p.stream.Store(&text)
			for _, c := range [][2]string{{k.path, k.body}, {"/v1/chat/completions", chat}} {
				body := c[1]
				if strings.Contains(body, "%q") {
					body = fmt.Sprintf(body, k.kind)
				}
				var got [2]reply
				var books [2]ledger.Row
				for i, zip := range []bool{false, true} {
					p.zip.Store(zip)
					got[i] = l.askGoogle(c[0], body)
					rows++
					books[i] = l.row(rows)
				}
				plain, zipped := ours(got[0]), ours(got[1])
				if got[0].status != got[1].status || !bytes.Equal(plain, zipped) || counted(&books[0]) != counted(&books[1]) || books[0].ErrorCode != books[1].ErrorCode {
					t.Errorf("%s at %s: status %d and %d, books %v and %v\nas it is    %.800s\ncompressed %.800s",
						name, c[0], got[0].status, got[1].status, counted(&books[0]), counted(&books[1]), plain, zipped)
				}
			}
		}
		if len(list) < 5 {
			t.Errorf("only %d streams of %s were found", len(list), k.dialect)
		}
	}
}

// ours returns the text of a reply without what differs from call to call: the
// exchange's id and the second in which it began.
func ours(r reply) []byte {
	text := strings.ReplaceAll(r.text, r.header.Get("X-Request-Id"), "ID")
	var out []string
	for part := range strings.SplitSeq(text, `"created":`) {
		if len(out) > 0 {
			part = strings.TrimLeft(part, "0123456789")
		}
		out = append(out, part)
	}
	return []byte(strings.Join(out, ""))
}
