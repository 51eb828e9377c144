package main

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// chatBody is a chat request with more members behind the usual ones.
func chatBody(more string) string {
	return `{"model":"m","messages":[{"role":"user","content":"Hi"}]` + more + `}`
}

// TestRefusedBodies sends documents that two readers could understand
// differently, or that cannot be served (law 2). Each is answered 400 with the
// field that is to blame, and none reaches the upstream.
func TestRefusedBodies(t *testing.T) {
	l := newLab(t, labConfig{})
	f := func(name, body, code, param string) {
		t.Helper()
		e := l.wantError(name, l.post("/v1/chat/completions", body), 400, code)
		got := ""
		if e.Param != nil {
			got = *e.Param
		}
		if got != param {
			t.Errorf("%s: param %q, want %q: %s", name, got, param, e.Message)
		}
		if strings.HasPrefix(code, "invalid_") && code != "invalid_field" && body != "" && !strings.Contains(e.Message, "at line ") {
			t.Errorf("%s: the message does not say where: %s", name, e.Message)
		}
		if e.Type != "invalid_request_error" {
			t.Errorf("%s: type %q", name, e.Type)
		}
	}
	message := `{"role":"user","content":"Hi"}`
	f("repeated model", `{"model":"m","messages":[`+message+`],"model":"other"}`, "duplicate_key", "model")
	f("repeated model, escaped", `{"model":"m","messages":[`+message+`],"mod\u0065l":"other"}`, "duplicate_key", "model")
	f("escaped model first", `{"\u006dodel":"m","messages":[`+message+`],"model":"other"}`, "duplicate_key", "model")
	f("model in capitals", `{"model":"m","messages":[`+message+`],"Model":"other"}`, "duplicate_key", "Model")
	f("only Model", `{"Model":"m","messages":[`+message+`]}`, "duplicate_key", "Model")
	f("repeated messages", `{"model":"m","messages":[`+message+`],"messages":[]}`, "duplicate_key", "messages")
	f("Messages", chatBody(`,"MESSAGES":[]`), "duplicate_key", "MESSAGES")
	f("repeated stream", chatBody(`,"stream":false,"stream":true`), "duplicate_key", "stream")
	f("Stream", chatBody(`,"Stream":true`), "duplicate_key", "Stream")
	f("long s", chatBody(`,"\u017ftream":true`), "duplicate_key", "ſtream")
	f("long s, not escaped", chatBody(`,"ſtream":true`), "duplicate_key", "ſtream")
	f("Kelvin sign", chatBody(`,"max_to`+"\u212a"+`ens":1`), "duplicate_key", "max_to\u212aens")
	f("repeated usage", chatBody(`,"stream":true,"stream_options":{"include_usage":true,"include_usage":false}`), "duplicate_key", "stream_options.include_usage")
	f("Usage", chatBody(`,"stream":true,"stream_options":{"Include_Usage":true}`), "duplicate_key", "stream_options.Include_Usage")
	f("repeated unknown", chatBody(`,"x":1,"x":2`), "duplicate_key", "x")
	f("repeated n", chatBody(`,"n":1,"n":100`), "duplicate_key", "n")

	f("invalid UTF-8", chatBody(",\"user\":\"a\xffb\""), "invalid_encoding", "")
	f("overlong UTF-8", chatBody(",\"user\":\"\xc0\xaf\""), "invalid_encoding", "")
	f("encoded surrogate", chatBody(",\"user\":\"\xed\xa0\x80\""), "invalid_encoding", "")
	f("beyond Unicode", chatBody(",\"user\":\"\xf4\x90\x80\x80\""), "invalid_encoding", "")
	f("invalid UTF-8 in a prompt", `{"model":"m","messages":[{"role":"user","content":"`+"\xff"+`"}]}`, "invalid_encoding", "")
	f("lone high surrogate", chatBody(`,"user":"\ud800"`), "invalid_encoding", "")
	f("lone low surrogate", chatBody(`,"user":"\udc00x"`), "invalid_encoding", "")
	f("swapped surrogates", chatBody(`,"user":"\udc00\ud800"`), "invalid_encoding", "")
	f("lone surrogate in a prompt", `{"model":"m","messages":[{"role":"user","content":"\udead"}]}`, "invalid_encoding", "")
	f("lone surrogate in a key", chatBody(`,"\ud800":1`), "invalid_encoding", "")
	f("byte order mark", "\ufeff"+chatBody(""), "invalid_encoding", "")
	f("UTF-16", string([]byte{0xfe, 0xff, 0, '{', 0, '}'}), "invalid_json", "")

	f("second document", chatBody("")+chatBody(""), "invalid_json", "")
	f("trailing brace", chatBody("")+"}", "invalid_json", "")
	f("trailing NUL", chatBody("")+"\x00", "invalid_json", "")
	f("trailing text", chatBody("")+" x", "invalid_json", "")
	f("cut off", chatBody("")[:30], "invalid_json", "")
	f("comment", chatBody("/**/"), "invalid_json", "")
	f("trailing comma", chatBody(","), "invalid_json", "")
	f("control character", chatBody(",\"user\":\"a\nb\""), "invalid_json", "")
	f("bad escape", chatBody(`,"user":"\x41"`), "invalid_json", "")
	f("NaN", chatBody(`,"temperature":NaN`), "invalid_json", "")
	f("leading zero", chatBody(`,"n":01`), "invalid_json", "")
	f("single quotes", `{'model':'m'}`, "invalid_json", "")
	f("empty", "", "invalid_request", "")
	f("blank", " \n ", "invalid_json", "")
	f("an array", `[`+chatBody("")+`]`, "invalid_request", "")
	f("a text", `"model"`, "invalid_request", "")

	f("no model", `{"messages":[`+message+`]}`, "missing_field", "model")
	f("null model", `{"model":null,"messages":[`+message+`]}`, "invalid_field", "model")
	f("model is a number", `{"model":1,"messages":[`+message+`]}`, "invalid_field", "model")
	f("no messages", `{"model":"m"}`, "missing_field", "messages")
	f("messages is an object", `{"model":"m","messages":{}}`, "invalid_field", "messages")
	f("stream is a text", chatBody(`,"stream":"yes"`), "invalid_field", "stream")
	f("stream_options is a text", chatBody(`,"stream":true,"stream_options":"x"`), "invalid_field", "stream_options")
	f("n is 0", chatBody(`,"n":0`), "invalid_field", "n")
	f("n is negative", chatBody(`,"n":-1`), "invalid_field", "n")
	f("n is huge", chatBody(`,"n":1000000000`), "invalid_field", "n")
	f("n overflows", chatBody(`,"n":18446744073709551617`), "invalid_field", "n")
	f("max_tokens is negative", chatBody(`,"max_tokens":-5`), "invalid_field", "max_tokens")
	f("max_tokens is a fraction", chatBody(`,"max_tokens":1.5`), "invalid_field", "max_tokens")
	f("max_completion_tokens overflows", chatBody(`,"max_completion_tokens":1e30`), "invalid_field", "max_completion_tokens")

	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("%d requests reached the upstream: %s", n, l.mocks[0].Requests()[0].Body)
	}
	f("deeply nested", chatBody(`,"metadata":`+strings.Repeat(`[`, 10_000)+strings.Repeat(`]`, 10_000)), "invalid_request", "")
	f("deeply nested prompt", `{"model":"m","messages":`+strings.Repeat(`[{"a":`, 10_000)+"1"+strings.Repeat(`}]`, 10_000)+`}`, "invalid_request", "")
	f("nested without end", chatBody(`,"metadata":`+strings.Repeat(`{"a":`, 100_000)), "invalid_request", "")
	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("%d nested requests reached the upstream", n)
	}
	l.wantError("unknown model", l.post("/v1/chat/completions", strings.Replace(chatBody(""), `"m"`, `"\u0000\u001b[31mnone"`, 1)), 404, "model_not_found")
}

// TestAcceptedBodies sends documents that are unusual and fine.
func TestAcceptedBodies(t *testing.T) {
	l := newLab(t, labConfig{})
	f := func(name, body string) {
		t.Helper()
		if a := l.post("/v1/chat/completions", body); a.status != 200 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	f("blanks around", "\r\n\t "+chatBody("")+" \r\n")
	f("escaped keys", `{"model":"m","messages":[{"r\u006fle":"user","content":"Hi"}]}`)
	f("escaped model", `{"model":"\u006d","messages":[{"role":"user","content":"Hi"}]}`)
	f("unknown fields", chatBody(`,"x":{"Model":1,"model":2},"y":[1e400]`))
	f("nulls", chatBody(`,"stream":null,"n":null,"max_tokens":null,"stream_options":null,"tools":null`))
	f("pairs of surrogates", chatBody(`,"user":"\ud83d\ude00 😀"`))
	f("100 levels", chatBody(`,"metadata":`+strings.Repeat(`[`, 100)+strings.Repeat(`]`, 100)))
}

// TestLargeBodies checks the bound on bodies and that documents made to be
// costly are refused or served without harm.
func TestLargeBodies(t *testing.T) {
	l := newLab(t, labConfig{config: "limits: {body_bytes: 24MiB}\n"})
	for _, chunked := range []bool{false, true} {
		for range 5 { // a refusal must not be lost because the body is still being sent
			body := bytes.NewReader([]byte(chatBody(`,"x":"` + strings.Repeat("a", 25<<20) + `"`)))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.url+"/v1/chat/completions", body)
			if err != nil {
				t.Fatal(err)
			}
			if chunked {
				req.ContentLength = -1
			}
			req.Header.Set("Authorization", "Bearer "+virtualKey)
			e := l.wantError(fmt.Sprintf("too large, chunked: %v", chunked), l.do(req), 413, "body_too_large")
			if !strings.Contains(e.Message, "limits.body_bytes") {
				t.Errorf("message: %s", e.Message)
			}
		}
	}
	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("%d requests reached the upstream", n)
	}
	var keys strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&keys, `,"k%d":0`, i)
	}
	l.wantError("1,000,000 keys", l.post("/v1/chat/completions", chatBody(keys.String())), 400, "invalid_request")
	nested := l.post("/v1/chat/completions", chatBody(`,"metadata":{`+keys.String()[1:]+`}`))
	if nested.status != 200 && nested.status != 400 {
		t.Errorf("1,000,000 keys below the top level: %+v", nested)
	}
	big := chatBody(`,"x":"` + strings.Repeat("a", 20<<20) + `"`)
	if a := l.post("/v1/chat/completions", big); a.status != 200 {
		t.Errorf("a body of 20 MiB: %d %.200s", a.status, a.body)
	}
	reqs := l.mocks[0].Requests()
	if got := len(reqs[len(reqs)-1].Body); got < len(big) {
		t.Errorf("the upstream got %d of %d bytes", got, len(big))
	}
	runtime.GC() // the test's own megabytes
	for _, enc := range []string{"gzip", "deflate", "br", "x"} {
		req := l.request(t.Context(), "/v1/chat/completions", chatBody(""))
		req.Header.Set("Content-Encoding", enc)
		l.wantError("Content-Encoding: "+enc, l.do(req), 400, "invalid_request")
	}
}
