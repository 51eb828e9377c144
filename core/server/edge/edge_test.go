package edge_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/sallyport-gateway/sallyport/core/server/edge"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// echo answers with what it was asked.
func echo(ctx *fasthttp.RequestCtx) {
	r, h := &ctx.Request.Header, &ctx.Response.Header
	h.SetBytesV("X-Method", r.Method())
	h.SetBytesV("X-Uri", ctx.RequestURI())
	h.SetBytesV("X-Host", r.Host())
	for _, v := range r.PeekAll("X-Many") {
		h.AddBytesV("X-Many", v)
	}
	h.SetBytesV("X-Check", r.Peek("X-Check"))
	_ = h.AddTrailer("X-Sum")
	h.Set("X-Sum", "1")
	ctx.SetStatusCode(fasthttp.StatusAccepted)
	_, _ = fmt.Fprintf(ctx, "got %q", ctx.PostBody())
}

// stream answers piece by piece.
func stream(ctx *fasthttp.RequestCtx) {
	ctx.SetContentType("text/event-stream")
	ctx.SetBodyStreamWriter(func(w *bufio.Writer) { _, _ = w.WriteString("data: 1\n\n") })
}

// serve runs next behind a filter, the guest that does what a script says (see
// core/wasm/httpwasm/testdata/probe.c), and returns a client of it.
func serve(t *testing.T, script string, server *fasthttp.Server, next fasthttp.RequestHandler) *http.Client {
	t.Helper()
	module, err := os.ReadFile("../../wasm/httpwasm/testdata/probe.wasm")
	if err != nil {
		t.Fatal(err)
	}
	filter, err := httpwasm.New(t.Context(), module, httpwasm.Options{Config: []byte(script)})
	if err != nil {
		t.Fatal(err)
	}
	ln := fasthttputil.NewInmemoryListener()
	server.Handler, server.Logger = edge.Handler(filter, next), silent{}
	done := make(chan error, 1)
	go func() { done <- server.Serve(ln) }()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := filter.Close(); err != nil {
			t.Error(err)
		}
	})
	return &http.Client{Transport: transport}
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// got is an answer that was read to its end.
type got struct {
	status          int
	header, trailer http.Header
	body            string
}

func ask(t *testing.T, c *http.Client, method, target, body string) got {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://example.com"+target, io.MultiReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		r.Body = nil
	} else {
		r.Trailer = http.Header{"X-Check": {"7"}}
	}
	r.Header["X-Many"] = []string{"1", "2"}
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got{a.StatusCode, a.Header, a.Trailer, string(b)}
}

// want holds an answer to a status, a body and header fields, each "Name: a,b".
func (g *got) want(t *testing.T, status int, body string, fields ...string) {
	t.Helper()
	if g.status != status || g.body != body {
		t.Errorf("the answer is %d %q, want %d %q", g.status, g.body, status, body)
	}
	for _, f := range fields {
		name, want, _ := strings.Cut(f, ": ")
		if have := strings.Join(g.header[http.CanonicalHeaderKey(name)], ","); have != want {
			t.Errorf("%s is %q, want %q", name, have, want)
		}
	}
}

// TestHandler: filters do their work around a handler of fasthttp.
func TestHandler(t *testing.T) {
	const asked = `got "body"`
	for _, c := range []struct {
		what, script string
		status       int
		body         string
		fields       []string
		sum          string // the answer's trailer
	}{
		{"nothing", "", 202, asked, []string{"X-Method: PUT", "X-Uri: /simple%26clean?a=b", "X-Many: 1,2", "X-Host: example.com", "X-Check: 7"}, "1"},
		{
			"the request", "q set_method POST\nq set_uri /disney?name=chip%26dale\nq write_body 0 other\nq add_header_value 0 x-many 3\nq set_header_value 0 host other.example", 202, `got "other"`,
			[]string{"X-Method: POST", "X-Uri: /disney?name=chip%26dale", "X-Many: 1,2,3", "X-Host: other.example", "X-Check: 7"},
			"1",
		},
		{"no header field", "q remove_header 0 x-many", 202, asked, []string{"X-Many: ", "X-Host: example.com"}, "1"},
		{"a trailer", "i enable_features 4\nq set_header_value 2 x-check 8", 202, asked, []string{"X-Check: 8"}, "1"},
		{"an own answer", "q set_status_code 418\nq set_header_value 1 a b\nq write_body 1 tea\nq next 0", 418, "tea", []string{"A: b", "X-Method: "}, ""},
		{"an empty one", "q next 0", 200, "", []string{"Content-Length: 0"}, ""},
		{"fields beside", "q set_header_value 1 content-type a/b\nq add_header_value 1 a b\nq add_header_value 1 a c\nq set_header_value 1 x-method mine", 202, asked, []string{"A: b,c", "X-Method: PUT", "Content-Type: a/b"}, "1"},
		{"the answer", "q enable_features 2\na set_status_code 203\na write_body 1 other\na remove_header 1 x-many", 203, "other", []string{"X-Many: ", "X-Method: PUT"}, "1"},
		{"the answer's trailer", "q enable_features 6\na set_header_value 3 x-sum 2", 202, asked, nil, "2"},
		{"read alone", "a get_header_values 1 x-method 90", 202, asked, nil, "1"},
		{"a trap", "q set_method _", 500, "the edge filter failed", nil, ""},
		{"a trap behind the answer", "i enable_features 2\na set_status_code 99", 500, "the edge filter failed", []string{"X-Method: "}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			a := ask(t, serve(t, c.script, &fasthttp.Server{}, echo), http.MethodPut, "/simple%26clean?a=b", "body")
			a.want(t, c.status, c.body, c.fields...)
			if sum := a.trailer.Get("X-Sum"); sum != c.sum {
				t.Errorf("the trailer is %q, want %q", sum, c.sum)
			}
		})
	}
}

// TestMethods: filters see any method, that of a tunnel too, on one connection.
func TestMethods(t *testing.T) {
	c := serve(t, "q get_method 20\nq tell x-got\nq get_uri 20\nq tell x-uri-got", &fasthttp.Server{}, echo)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "M-SEARCH"} {
		body := `got ""`
		if method == http.MethodHead {
			body = ""
		}
		a := ask(t, c, method, "", "")
		a.want(t, 202, body, "X-Method: "+method, "X-Uri: /", fmt.Sprintf("X-Got: get_method=%d %s", len(method), method), "X-Uri-Got: get_uri=1 /")
	}
}

// TestAdapted: next may be a handler of net/http, as that of the public kit's backend.
func TestAdapted(t *testing.T) {
	next := fasthttpadaptor.NewFastHTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Uri", r.RequestURI)
		w.Header()["X-Many"] = r.Header["X-Many"]
		_, _ = fmt.Fprintf(w, "got %q", body)
	}))
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"} {
		c := serve(t, "i enable_features 7\nq add_header_value 0 x-many 3\na set_header_value 1 a b", &fasthttp.Server{}, next)
		a := ask(t, c, method, "", "")
		a.want(t, 200, `got ""`, "X-Method: "+method, "X-Uri: /", "X-Many: 1,2,3", "A: b")
		a = ask(t, c, method, "/disney?name=chip%26dale", "")
		a.want(t, 200, `got ""`, "X-Uri: /disney?name=chip%26dale")
	}
	a := ask(t, serve(t, "q write_body 0 other", &fasthttp.Server{}, next), http.MethodPost, "/", "body")
	a.want(t, 200, `got "other"`, "X-Method: POST")
}

// TestStreams: a stream passes where the filter does not want it whole, and a
// request's body that comes as one is read.
func TestStreams(t *testing.T) {
	for script, want := range map[string]string{"a ctx": "data: 1\n\n", "i enable_features 2\na write_body 1 other": "other"} {
		a := ask(t, serve(t, script, &fasthttp.Server{}, stream), http.MethodGet, "/", "")
		a.want(t, 200, want, "Content-Type: text/event-stream")
	}
	large := strings.Repeat("0123456789abcdef", 20_000)
	a := ask(t, serve(t, "q echo 8192\nq next 0", &fasthttp.Server{StreamRequestBody: true}, echo), http.MethodPost, "/", large)
	a.want(t, 200, large)
}

// TestTooLarge: what is larger than a filter may be shown is refused.
func TestTooLarge(t *testing.T) {
	pour := func(ctx *fasthttp.RequestCtx) {
		ctx.SetBodyStream(io.LimitReader(zeros{}, 33<<20), -1)
	}
	a := ask(t, serve(t, "i enable_features 2\na ctx", &fasthttp.Server{}, pour), http.MethodGet, "/", "")
	a.want(t, 500, "the edge filter failed")
	a = ask(t, serve(t, "", &fasthttp.Server{StreamRequestBody: true, MaxRequestBodySize: 64 << 20}, echo), http.MethodPost, "/", strings.Repeat("x", 33<<20))
	a.want(t, 413, "the request's body is larger than 32 MiB, or was cut off")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestPanic: whatever next throws, the filter is told, and its guest is free again.
func TestPanic(t *testing.T) {
	module, err := os.ReadFile("../../wasm/httpwasm/testdata/probe.wasm")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	filter, err := httpwasm.New(t.Context(), module, httpwasm.Options{Config: []byte("q next 1 3\na ctx"), Log: func(l wasm.LogLine) { lines = append(lines, l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if v := recover(); v != "thrown" || !slices.Equal(lines, []string{"ctx=3:1 "}) {
			t.Errorf("%v: the guest said %q", v, lines)
		}
		if err := filter.Close(); err != nil { // waits for turns under way
			t.Error(err)
		}
	}()
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	edge.Handler(filter, func(*fasthttp.RequestCtx) { panic("thrown") })(&ctx)
}
