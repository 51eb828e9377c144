package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// kitCase is an exchange through one gateway with one guest, which does what the
// request's header field X-Script says, between a client and a service of net/http:
// the way in which the public kit of http-wasm drives a host.
type kitCase struct {
	method, target string
	body           string
	header         http.Header
	script         string

	status  int // 200 if left out
	want    map[string]string
	without []string
	answer  string
}

// kitCases are what the public kit looks at, and what its guest does for it.
var kitCases = map[string]kitCase{
	"protocol version": {script: "q get_protocol_version 90;q tell x-got;q write_body 1 own;q next 0", want: got("get_protocol_version=8 HTTP/1.1"), answer: "own"},
	"set method":       {script: "q set_method POST", want: next("Method", "POST")},
	"set method with a body": {
		script: "q set_method PUT;q write_body 0 some;q write_body 0 where", want: map[string]string{"X-Next-Method": "PUT", "X-Next-Body": "somewhere"},
	},
	"uri":              {target: "/simple", script: "q get_uri 90;q tell x-got;q next 0", want: got("get_uri=7 /simple")},
	"escaped uri":      {target: "/simple%26clean", script: "q get_uri 90;q tell x-got;q next 0", want: got("get_uri=15 /simple%26clean")},
	"query":            {target: "/animal?name=panda", script: "q get_uri 90;q tell x-got;q next 0", want: got("get_uri=18 /animal?name=panda")},
	"escaped query":    {target: "/disney?name=chip%26dale", script: "q get_uri 90;q tell x-got;q next 0", want: got("get_uri=24 /disney?name=chip%26dale")},
	"empty query":      {target: "/a?", script: "q get_uri 90;q tell x-got", want: map[string]string{"X-Got": "get_uri=3 /a?", "X-Next-Uri": "/a"}},
	"no path":          {script: "q get_uri 90;q tell x-got", want: map[string]string{"X-Got": "get_uri=1 /", "X-Next-Uri": "/"}},
	"set uri":          {target: "/old?gone=1", script: "q set_uri /simple", want: next("Uri", "/simple")},
	"set escaped uri":  {script: "q set_uri /simple%26clean", want: next("Uri", "/simple%26clean")},
	"set query":        {script: "q set_uri /animal?name=panda", want: next("Uri", "/animal?name=panda")},
	"set escaped":      {script: "q set_uri /disney?name=chip%26dale", want: next("Uri", "/disney?name=chip%26dale")},
	"set no uri":       {target: "/old", script: "q set_uri _", want: next("Uri", "/")},
	"a value":          {header: http.Header{"Single-Header": {"value"}}, script: "q get_header_values 0 single-header 90;q tell x-got;q next 0", want: got("get_header_values=1:6 value|")},
	"in any case":      {header: http.Header{"Single-Header": {"value"}}, script: "q get_header_values 0 Single-HEADER 90;q tell x-got;q next 0", want: got("get_header_values=1:6 value|")},
	"no value":         {script: "q get_header_values 0 not-header 90;q tell x-got;q next 0", want: got("get_header_values=0 ")},
	"several values":   {header: http.Header{"Multi-Header": {"value1", "value2"}}, script: "q get_header_values 0 multi-header 90;q tell x-got", want: map[string]string{"X-Got": "get_header_values=2:14 value1|value2|", "X-Next-Multi-Header-1": "value2"}},
	"an empty value":   {header: http.Header{"X-Empty": {""}}, script: "q get_header_values 0 x-empty 90;q tell x-got", want: map[string]string{"X-Got": "get_header_values=1:1 |", "X-Next-Count-X-Empty": "1"}},
	"set a new one":    {script: "q set_header_value 0 new-header value", want: next("New-Header-0", "value")},
	"set one":          {header: http.Header{"Existing-Header": {"bear", "cub"}}, script: "q set_header_value 0 existing-header value", want: next("Existing-Header-0", "value"), without: []string{"X-Next-Existing-Header-1"}},
	"add a new one":    {script: "q add_header_value 0 new-header value", want: next("New-Header-0", "value")},
	"add one":          {header: http.Header{"Existing-Header": {"bear"}}, script: "q add_header_value 0 existing-header value", want: map[string]string{"X-Next-Existing-Header-0": "bear", "X-Next-Existing-Header-1": "value"}},
	"remove none":      {header: http.Header{"Existing-Header": {"bear"}}, script: "q remove_header 0 new-header", want: next("Existing-Header-0", "bear")},
	"remove one":       {header: http.Header{"Existing-Header": {"bear", "cub"}}, script: "q remove_header 0 existing-header", want: next("Method", "GET"), without: []string{"X-Next-Existing-Header-0"}},
	"no body":          {method: "POST", script: "q read_body 0 2048;q tell x-got;q next 0", want: got("read_body=1:0 ")},
	"a body":           {method: "POST", body: "aaaaa", script: "q read_body 0 2048;q tell x-got;q next 0", want: got("read_body=1:5 aaaaa")},
	"a body in pieces": {method: "POST", body: strings.Repeat("a", 5000), script: "q echo 2048;q next 0", answer: strings.Repeat("a", 5000)},
	"a large body":     {method: "POST", body: large, script: "q echo 8192;q next 0", answer: large},
	"and on it goes":   {method: "POST", body: large, script: "q read_body 0 8000", want: next("Size", fmt.Sprint(len(large)))},
	"before next":      {script: "q set_header_value 1 x-got beside;q add_header_value 1 x-many a;q add_header_value 1 x-many b", want: map[string]string{"X-Got": "beside", "X-Next-Method": "GET", "X-Many": "a,b"}},
	"after next":       {script: "a get_status_code;a tell x-got;a set_status_code 418;a write_body 1 short", status: 418, want: got("get_status_code=200 "), answer: "short"},
	"the answer":       {script: "a get_header_values 1 x-next-method 90;a tell x-got;a read_body 1 90", want: got("get_header_values=1:4 GET|"), answer: "served"},
	"what it kept":     {script: "q next 1 42;a ctx;a tell x-got", want: got("ctx=42:0 ")},
	"source":           {script: "q get_source_addr 3;q tell x-got;q next 0", want: map[string]string{}},
	"by itself":        {script: "q set_status_code 401;q set_header_value 1 www-authenticate Basic;q next 0", status: 401, want: map[string]string{"Www-Authenticate": "Basic", "Content-Length": "0"}},
	"nothing at all":   {script: "q next 0", want: map[string]string{"Content-Length": "0"}},
	"an old path":      {target: "/v1/models", script: "q set_uri /x", want: next("Uri", "/x")},
}

var large = strings.Repeat("0123456789abcdef", 20_000) // 320 kB

func got(s string) map[string]string { return map[string]string{"X-Got": s} }

func next(name, value string) map[string]string { return map[string]string{"X-Next-" + name: value} }

// TestEdgeKit drives a gateway as the public kit does.
func TestEdgeKit(t *testing.T) {
	api := newOwnAPI(t, nil)
	api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := w.Header()
		h.Set("X-Next-Method", r.Method)
		h.Set("X-Next-Uri", r.RequestURI)
		h.Set("X-Next-Size", fmt.Sprint(len(body)))
		h.Set("X-Next-Body", string(body[:min(len(body), 20)]))
		for name, values := range r.Header {
			h.Set("X-Next-Count-"+name, fmt.Sprint(len(values)))
			for i, v := range values {
				h.Set(fmt.Sprintf("X-Next-%s-%d", name, i), v)
			}
		}
		_, _ = io.WriteString(w, "served")
	})
	l := newLab(t, labConfig{config: "plugins: {folder: plugins.d}", plugins: probe(t, "i enable_features 7\nq from x-script"), providers: rooted(api), keyless: true})
	l.unbalanced = "no mock is called"
	for what, c := range kitCases {
		t.Run(what, func(t *testing.T) { c.run(t, l) })
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"} {
		t.Run("method "+method, func(t *testing.T) {
			c := kitCase{method: method, script: "q get_method 20;q tell x-got;q next 0", want: got(fmt.Sprintf("get_method=%d %s", len(method), method))}
			c.run(t, l)
			c = kitCase{method: method, script: "q get_method 20", want: next("Method", method)}
			c.run(t, l)
		})
	}
	if log := l.logs.String(); strings.Contains(log, `"level":"error"`) {
		t.Error("the gateway has errors to tell")
	}
}

func (c *kitCase) run(t *testing.T, l *lab) {
	t.Helper()
	if c.method == "" {
		c.method = "GET"
	}
	var body io.Reader
	if c.method == "POST" {
		body = bytes.NewReader([]byte(c.body))
	}
	r, err := http.NewRequestWithContext(t.Context(), c.method, l.url+c.target, body)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, c.header)
	r.Header.Set("X-Script", c.script)
	a, err := l.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != max(c.status, http.StatusOK) || a.Proto != "HTTP/1.1" {
		t.Errorf("%s %d %v: %.200s", a.Proto, a.StatusCode, err, text)
	}
	for name, want := range c.want {
		if have := strings.Join(a.Header[name], ","); have != strings.TrimSpace(want) {
			t.Errorf("%s is %q, want %q", name, have, want)
		}
	}
	for _, name := range c.without {
		if have, ok := a.Header[name]; ok {
			t.Errorf("%s is %q", name, have)
		}
	}
	if c.answer != "" && string(text) != c.answer {
		t.Errorf("the answer has %d bytes: %.100q", len(text), text)
	}
}
