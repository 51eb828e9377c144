package mock

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestBrokenAnswers looks at the raw bytes and at how the connection ends.
func TestBrokenAnswers(t *testing.T) {
	s := start(t, Config{})
	for _, tc := range []struct {
		scenario string
		stream   bool
		events   int    // whole SSE events seen
		how      string // the connection ends
		tail     string // last bytes
	}{
		{"fault=rst", false, 0, "RST", ""},
		{"fault=rst,after=-1", true, 0, "RST", ""},
		{"fault=rst", true, 0, "RST", "\r\n\r\n"},
		{"fault=rst,after=5", true, 5, "RST", "\n\n\r\n"},
		{"fault=rst,after=5,pace=1ms", true, 5, "RST", "\n\n\r\n"},
		{"fault=rst,after=999", true, 20, "RST", "[DONE]\n\n\r\n"},
		{"fault=rst,after=10", false, 0, "RST", `{"id":"chat`},
		{"fault=fin,after=3", true, 3, "FIN", ""},
		{"fault=fin,after=3,cut=random", true, 3, "FIN", ""},
		{"fault=close,after=3", true, 3, "FIN", "\n\n\r\n"},
		{"fault=close,after=3,framing=close", true, 3, "FIN", "\n\n"},
		{"fault=close", false, 0, "FIN", ""},
		{"fault=bad-chunk,after=2", true, 2, "FIN", "zz\r\n"},
		{"fault=bad-chunk", false, 0, "FIN", "zz\r\n"},
		{"fault=garbage", true, 0, "FIN", notHTTP},
		{"fault=garbage", false, 0, "FIN", notHTTP},
		{"fault=cl-long", true, 20, "FIN", "[DONE]\n\n"},
	} {
		t.Run(tc.scenario+" stream="+strconv.FormatBool(tc.stream), func(t *testing.T) {
			before := s.Stats()
			c := dial(t, s)
			c.chat(tc.scenario, tc.stream)
			text, how := c.rest()
			equal(t, "end", how, tc.how)
			equal(t, "events", strings.Count(text, "\n\n"), tc.events)
			if tc.scenario == "fault=rst,after=10" {
				equal(t, "body bytes", len(text)-strings.Index(text, "\r\n\r\n")-4, 10)
			} else if !strings.HasSuffix(text, tc.tail) {
				t.Errorf("ends with %q, want %q", text[max(0, len(text)-40):], tc.tail)
			}
			st := settle(t, s)
			equal(t, "cut", st.Cut-before.Cut, 1)
			equal(t, "booked events", int(st.Events-before.Events), tc.events)
			contents := max(0, min(tc.events-1, defaultChunks))
			equal(t, "booked tokens", st.CompletionTokens-before.CompletionTokens, int64(contents*defaultSize/defaultChunks/4))
		})
	}
}

// TestCutBodies are bodies that a client must not take for whole ones.
func TestCutBodies(t *testing.T) {
	s := start(t, Config{})
	for _, tc := range []struct {
		scenario string
		stream   bool
		events   int
		err      error // of a correct reader
	}{
		{"fault=fin,after=3", true, 3, io.ErrUnexpectedEOF},
		{"fault=fin", false, 0, io.ErrUnexpectedEOF},
		{"fault=fin,framing=close,after=3", true, 3, nil},
		{"fault=end,after=3", true, 3, nil},
		{"fault=end-mid,after=3", true, 3, nil},
		{"fault=error-event,after=3", true, 4, nil},
		{"fault=cl-long", false, 0, io.ErrUnexpectedEOF},
		{"fault=end,after=20", false, 0, nil},
	} {
		t.Run(tc.scenario, func(t *testing.T) {
			c := dial(t, s)
			c.chat(tc.scenario, tc.stream)
			_, body, err := c.answer()
			if !errors.Is(err, tc.err) {
				t.Errorf("got error %v, want %v", err, tc.err)
			}
			equal(t, "events", strings.Count(string(body), "\n\n"), tc.events)
			contains(t, string(body), `{"id":"chatcmpl-mock`)
			if strings.Contains(string(body), "[DONE]") {
				t.Error("a cut stream says [DONE]")
			}
			whole := strings.HasSuffix(string(body), "\n\n") || json.Valid(body) && err == nil
			equal(t, "ends at a border", whole, strings.HasPrefix(tc.scenario, "fault=end,after=3") || strings.HasPrefix(tc.scenario, "fault=error"))
		})
	}
}

func TestOddAnswers(t *testing.T) {
	s := start(t, Config{})
	type check func(t *testing.T, r *http.Response, body string)
	has := func(parts ...string) check {
		return func(t *testing.T, _ *http.Response, body string) { contains(t, body, parts...) }
	}
	header := func(name, value string) check {
		return func(t *testing.T, r *http.Response, _ string) { equal(t, name, r.Header.Get(name), value) }
	}
	invalid := func(t *testing.T, _ *http.Response, body string) {
		if json.Valid([]byte(body)) {
			t.Errorf("valid JSON: %s", body)
		}
	}
	length := func(n int) check {
		return func(t *testing.T, _ *http.Response, body string) {
			if len(body) < n || len(body) > n+8000 {
				t.Errorf("%d bytes, want %d and a little", len(body), n)
			}
		}
	}
	for _, tc := range []struct {
		scenario string
		stream   bool
		status   int
		checks   []check
	}{
		{"fault=bad-json", false, 200, []check{invalid, header("Content-Type", typeJSON)}},
		{"fault=bad-json,after=2", true, 200, []check{has("data: {\"choices\":[{\"delta\":{\"content\":\n\n", "[DONE]")}},
		{"fault=html", false, 200, []check{has("<html>"), header("Content-Type", "text/html; charset=utf-8")}},
		{"fault=html", true, 200, []check{has("<html>"), header("Content-Type", "text/html; charset=utf-8")}},
		{"fault=wrong-type", false, 200, []check{has(`"usage":{`), header("Content-Type", "text/plain; charset=utf-8")}},
		{"fault=wrong-type", true, 200, []check{has("[DONE]"), header("Content-Type", typeJSON)}},
		{"fault=lying-gzip", false, 200, []check{has(`"usage":{`), header("Content-Encoding", "gzip")}},
		{"fault=lying-gzip", true, 200, []check{has("[DONE]"), header("Content-Encoding", "gzip")}},
		{"fault=error-event", false, 200, []check{has(`{"error":{"message":`)}},
		{"fault=big,bytes=3MiB", false, 200, []check{length(3 << 20), has(`"completion_tokens":786432`)}},
		{"fault=big,bytes=3MiB,after=4", true, 200, []check{length(3 << 20), has("[DONE]", `"completion_tokens":786496`)}},
		{"fault=big-head,bytes=10KiB", false, 200, []check{header("X-Padding", strings.Repeat("x", 10<<10))}},
		{"fault=cl-te", false, 200, []check{has(`"usage":{`)}},
		{"fault=slow-head,pace=100us", false, 200, []check{has(`"usage":{`)}},
		{"fault=slow-body,pace=100us,size=16", false, 200, []check{has(`"usage":{`)}},
		{"status=201", false, 201, []check{has(`"usage":{`)}},
		{"status=204", false, 204, []check{length(0)}},
		{"status=302,location=http://other.invalid/x", false, 302, []check{header("Location", "http://other.invalid/x")}},
		{"status=429,retry-after=3", true, 429, []check{header("Retry-After", "3"), has(`"code":"rate_limit_exceeded"`)}},
		{"status=503,retry-after=garbage", false, 503, []check{header("Retry-After", `soon, perhaps; "ask" again`), has(`"type":"server_error"`)}},
		{"status=529,retry-after=10y", false, 529, []check{header("Retry-After", "315360000"), has(`"type":"overloaded_error"`)}},
		{"status=401", false, 401, []check{has(`"code":"invalid_api_key"`)}},
		{"usage=missing", false, 200, []check{func(t *testing.T, _ *http.Response, body string) {
			equal(t, "usage", strings.Contains(body, "usage"), false)
		}}},
		{"usage=twice", false, 200, []check{has(`}},"usage":{"prompt_tokens":11,`)}},
		{"usage=null", false, 200, []check{has(`"usage":null`)}},
		{"usage=negative", false, 200, []check{has(`"prompt_tokens":-12,`)}},
		{"usage=nan", false, 200, []check{invalid, has(`"prompt_tokens":NaN,`)}},
		{"usage=1e308", true, 200, []check{has(`"completion_tokens":1e308,`)}},
		{"usage=int64+1", true, 200, []check{has(`"completion_tokens":9223372036854775808,`)}},
		{"usage=float", false, 200, []check{has(`"prompt_tokens":11.5,`)}},
		{"usage=string", false, 200, []check{has(`"prompt_tokens":"11",`)}},
		{"usage=twice", true, 200, []check{func(t *testing.T, _ *http.Response, body string) {
			equal(t, "usages", strings.Count(body, `"usage":{`), 2)
		}}},
		{"usage=cumulative,chunks=3,size=12", true, 200, []check{has(`"completion_tokens":1,`, `"completion_tokens":2,`, `"completion_tokens":3,`)}},
	} {
		t.Run(tc.scenario+" stream="+strconv.FormatBool(tc.stream), func(t *testing.T) {
			c := dial(t, s)
			c.chat(tc.scenario, tc.stream)
			r, body := c.good()
			equal(t, "status", r.StatusCode, tc.status)
			for _, check := range tc.checks {
				check(t, r, body)
			}
			c.chat("", false) // the connection is still good
			c.good()
		})
	}
}

func TestRetryAfterDate(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	c.chat("status=429,retry-after=date:100", false)
	r, _ := c.good()
	when, err := http.ParseTime(r.Header.Get("Retry-After"))
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(when); d < 50*time.Second || d > 101*time.Second {
		t.Errorf("Retry-After is %s away", d)
	}
}

func TestFramingFaultsByByte(t *testing.T) {
	s := start(t, Config{})
	for _, tc := range []struct {
		scenario string
		stream   bool
		want     []string
	}{
		{"fault=cl-te", false, []string{"Content-Length: ", "Transfer-Encoding: chunked", "\r\n0\r\n\r\n"}},
		{"fault=cl-te", true, []string{"Content-Length: 10\r\n", "Transfer-Encoding: chunked", "\r\n0\r\n\r\n"}},
		{"fault=early-hints", false, []string{"HTTP/1.1 103 Early Hints\r\n", "HTTP/1.1 200 OK\r\n"}},
		{"fault=cl-short,bytes=7", true, []string{"Content-Length: 7\r\n", "[DONE]"}},
		{"fault=idle-close", true, []string{"\r\n0\r\n\r\n"}},
	} {
		c := dial(t, s)
		c.chat(tc.scenario, tc.stream)
		if tc.scenario != "fault=idle-close" {
			c.send("GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n")
		}
		text, how := c.rest()
		equal(t, "end", how, "FIN")
		contains(t, text, tc.want...)
		if tc.scenario == "fault=idle-close" && strings.Contains(text, "Connection: close") {
			t.Error("idle-close was announced")
		}
	}
	c := dial(t, s)
	c.chat("fault=cl-short", false)
	if _, body := c.good(); json.Valid([]byte(body)) {
		t.Errorf("the length does not lie: %s", body)
	}
	rest, err := c.r.Peek(10)
	if err != nil || rest[9] != '}' {
		t.Errorf("after the body: %q, %v", rest, err)
	}
}

func TestGzip(t *testing.T) {
	s := start(t, Config{})
	inflate := func(body string) (string, int) {
		z, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(out), len(out) / len(body)
	}
	for _, tc := range []struct {
		scenario, want string
		stream         bool
		ratio          int
	}{
		{"gzip=1", `"usage":{`, false, 0},
		{"gzip=1", "[DONE]", true, 0},
		{"gzip=1,cut=random", "[DONE]", true, 0},
		{"gzip=1,cut=byte", `"usage":{`, false, 0},
		{"fault=gzip-bomb,bytes=4MiB", `"finish_reason":"stop"`, false, 900},
		{"fault=gzip-bomb,bytes=4MiB", "[DONE]", true, 900},
	} {
		c := dial(t, s)
		c.chat(tc.scenario, tc.stream)
		r, body := c.good()
		equal(t, "encoding", r.Header.Get("Content-Encoding"), "gzip")
		text, ratio := inflate(body)
		contains(t, text[max(0, len(text)-2000):], tc.want)
		if ratio < tc.ratio {
			t.Errorf("%s: ratio %d", tc.scenario, ratio)
		}
	}
}

// TestCutsKeepTheBytes proves that cuts change the writes and nothing else.
func TestCutsKeepTheBytes(t *testing.T) {
	s := start(t, Config{})
	body := func(scenario string, stream bool) (string, string) {
		s.Reset() // for equal ids
		c := dial(t, s)
		c.chat(scenario+",text=one text for every seed", stream)
		var raw bytes.Buffer
		c.r.Reset(io.TeeReader(c.nc, &raw))
		_, body := c.good()
		return body, raw.String()
	}
	for _, stream := range []bool{false, true} {
		plain, _ := body("cut=none", stream)
		for _, cut := range []string{"cut=event", "cut=byte", "cut=random", "cut=random,seed=9", "cut=random,pace=1us"} {
			got, raw := body(cut, stream)
			if got != plain {
				t.Errorf("%s changes the bytes (stream %t)", cut, stream)
			}
			if chunks := strings.Count(raw, "\r\n1\r\n"); stream && cut == "cut=byte" {
				equal(t, "chunks of one byte", chunks, len(plain))
			}
		}
	}
}

func TestSpellings(t *testing.T) {
	s := start(t, Config{})
	body := func(scenario string) string {
		s.Reset()
		c := dial(t, s)
		c.chat("chunks=2,"+scenario, true)
		_, body := c.good()
		return body
	}
	plain := body("")
	equal(t, "crlf", body("sse=crlf"), strings.ReplaceAll(plain, "\n", "\r\n"))
	equal(t, "cr", body("sse=cr"), strings.ReplaceAll(plain, "\n", "\r"))
	equal(t, "bom", body("sse=bom"), "\uFEFF"+plain)
	equal(t, "comments", strings.ReplaceAll(body("sse=comments"), ": keep-alive\n:\n\n", ""), plain)
	equal(t, "multiline", strings.ReplaceAll(body("sse=multiline"), "{\ndata: ", "{"), plain)
	equal(t, "nospace", strings.ReplaceAll(body("sse=nospace"), "data:", "data: "), plain)
	contains(t, body("sse=fields"), "id: 0\nretry: 3000\nunknown: field\ndata: {", "id: 5\n")
	all := body("sse=crlf+bom+comments+multiline+fields+nospace")
	contains(t, all, "\uFEFF: keep-alive\r\n:\r\n\r\nid: 0\r\n", "\r\ndata:{\r\ndata:\"id\"")
}

func TestChanceTimesAndSkip(t *testing.T) {
	s := start(t, Config{Seed: 3})
	statuses := func(scenario string, n int) (out string) {
		c := dial(t, s)
		for range n {
			c.chat(scenario, false)
			r, _ := c.good()
			out += strconv.Itoa(r.StatusCode / 100)
		}
		return out
	}
	equal(t, "times", statuses("status=500,times=2", 5), "55222")
	equal(t, "skip", statuses("status=500,times=2,skip=1", 5), "25522")
	equal(t, "p=0", statuses("status=500,p=0", 5), "22222")
	half := statuses("status=500,p=0.5", 400)
	if n := strings.Count(half, "5"); n < 150 || n > 250 {
		t.Errorf("p=0.5 struck %d of 400", n)
	}
	s.Reset()
	equal(t, "after a reset", statuses("status=500,p=0.5", 400), half)
}
