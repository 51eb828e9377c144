package mock

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestScenarioItems(t *testing.T) {
	sc := newScenario(0)
	if err := sc.apply(" latency=20ms , ttft=50ms,chunks=50,pace=10ms,size=1024,status=429,retry-after=3,fault=rst,after=5,bytes=2MiB,sse=crlf+bom,,stamp=1"); err != nil {
		t.Fatal(err)
	}
	equal(t, "latency", sc.latency, 20*time.Millisecond)
	equal(t, "ttft", sc.ttft, 50*time.Millisecond)
	equal(t, "chunks", sc.chunks, 50)
	equal(t, "pace", sc.pace, 10*time.Millisecond)
	equal(t, "size", sc.size, 1024)
	equal(t, "status", sc.status, 429)
	equal(t, "retry-after", sc.retryAfter, "3")
	equal(t, "fault", sc.fault, faultReset)
	equal(t, "after", sc.after, 5)
	equal(t, "bytes", sc.bytes, 2<<20)
	equal(t, "sse", sc.sse, sseCRLF|sseBOM)
	equal(t, "stamp", sc.stamp, true)
}

func TestScenarioErrors(t *testing.T) {
	for text, want := range map[string]string{
		"latncy=1s":                    `unknown key "latncy"; known keys: latency ttft`,
		"latency":                      `latency="": want DURATION`,
		"latency=-1s":                  "cannot be negative",
		"chunks=100001":                "out of range 0 to 100000",
		"chunks=x":                     "invalid syntax",
		"size=99999999":                "out of range",
		"cached=-1":                    "out of range",
		"p=NaN":                        "out of range 0 to 1",
		"p=2":                          "out of range 0 to 1",
		"stamp=perhaps":                "invalid syntax",
		"fault=none":                   "known faults: hang silence rst",
		"usage=wrong":                  "known: normal missing",
		"framing=length":               "unknown framing",
		"cut=bit":                      "unknown cut",
		"sse=lf":                       `unknown spelling "lf"`,
		"sse=cr+crlf":                  "exclude each other",
		"bytes=2GiB":                   "invalid syntax",
		"bytes=2048MiB":                "out of range",
		"bytes=9223372036854775807MiB": "out of range",
		"retry-after=date":             "invalid syntax",
		"retry-after=-1":               "invalid syntax",
		"text=%zz":                     "invalid URL escape",
		"text=%ff":                     "not valid UTF-8",
		"seed=-1":                      "invalid syntax",
		"status=99":                    "out of range 200 to 599",
	} {
		err := Check("label=ok," + text)
		if err == nil {
			t.Errorf("%q was taken", text)
			continue
		}
		contains(t, err.Error(), "mock: scenario", want)
	}
}

func FuzzScenario(f *testing.F) {
	f.Add("latency=20ms,chunks=50,fault=rst,after=5")
	f.Add("text=%41%42,chunks=3,size=7,sse=crlf+bom")
	f.Fuzz(func(t *testing.T, text string) {
		sc := newScenario(1)
		if sc.apply(text) != nil || sc.chunks > 1000 || sc.size > 1<<16 {
			return
		}
		sc.build()
		var all []byte
		for _, p := range sc.pieces {
			all = append(all, p.json...)
		}
		var decoded string
		if err := json.Unmarshal([]byte(`"`+string(all)+`"`), &decoded); err != nil {
			t.Fatalf("%q builds a bad text: %v", text, err)
		}
		if sc.text != "" && sc.chunks > 0 && decoded != sc.text {
			t.Fatalf("%q says %q", text, decoded)
		}
	})
}

// FuzzScanCall holds the scanner against encoding/json: what both read must be
// the same, and the scanner must take every valid object.
func FuzzScanCall(f *testing.F) {
	f.Add([]byte(chatBody(true)))
	f.Add([]byte(`{"model":"\"\\","x":{"model":[1,"}"]},"stream_options":{"include_usage":true},"input":["a",[1]]}`))
	f.Add([]byte(` { } `))
	f.Add([]byte(`{"a":{"b":"c\\"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := scanCall(body)
		var members map[string]json.RawMessage
		if json.Unmarshal(body, &members) != nil || bytes.ContainsRune(body, '\\') || members == nil {
			return
		}
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		equal(t, "model", string(c.model), string(members["model"]))
		equal(t, "stream", c.stream, string(members["stream"]) == "true")
		var list []json.RawMessage
		if prompt := members["input"]; members["messages"] == nil && json.Unmarshal(prompt, &list) == nil && list != nil {
			n, _ := elements(c.prompt)
			equal(t, "elements", n, len(list))
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add([]byte("POST /v1/x?y HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer k\r\nContent-Length: 3"))
	f.Add([]byte("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive"))
	f.Fuzz(func(t *testing.T, head []byte) {
		var r request
		if r.parseHead(head) != nil {
			return
		}
		if r.chunked && r.length >= 0 || len(r.method) == 0 || len(r.target) == 0 {
			t.Fatalf("taken: %q", head)
		}
		k := r.keepable(1, "")
		if !strings.HasPrefix(k.Head, k.Method+" "+k.Target+" HTTP/1.") {
			t.Fatalf("%q became %q", head, k.Head)
		}
	})
}
