package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

type chatAnswer struct {
	ID, Object, Model string
	Choices           []struct {
		Message, Delta struct{ Role, Content string }
		Finish         string `json:"finish_reason"`
	}
	Usage *struct {
		Prompt     int64 `json:"prompt_tokens"`
		Completion int64 `json:"completion_tokens"`
		Total      int64 `json:"total_tokens"`
		Details    struct {
			Cached int64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Output struct {
			Reasoning int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
}

func decode(t *testing.T, text string) (a chatAnswer) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return a
}

func TestWholeAndStreamedAnswerAgree(t *testing.T) {
	s := start(t, Config{Keep: -1})
	for _, scenario := range []string{
		"", "chunks=0", "chunks=1", "chunks=7,size=100", "chunks=300,size=10", "cached=3,reasoning=5",
		`text=P%C3%A4iv%C3%A4%C3%A4%2C "k%C3%A4skij%C3%A4" %F0%9F%98%80\%0A%01,chunks=9`, "text=ab,chunks=5",
	} {
		t.Run(scenario, func(t *testing.T) {
			prompt, completion, err := Tokens(scenario, []byte(chatBody(false)))
			if err != nil {
				t.Fatal(err)
			}
			s.Reset()
			c := dial(t, s)
			c.chat(scenario, false)
			r, body := c.good()
			equal(t, "status", r.StatusCode, 200)
			whole := decode(t, body)
			equal(t, "role", whole.Choices[0].Message.Role, "assistant")
			equal(t, "model", whole.Model, "m")
			equal(t, "object", whole.Object, "chat.completion")
			equal(t, "prompt", whole.Usage.Prompt, prompt)
			equal(t, "completion", whole.Usage.Completion, completion)
			equal(t, "total", whole.Usage.Total, prompt+completion)

			c.chat(scenario, true)
			r, body = c.good()
			equal(t, "type", r.Header.Get("Content-Type"), typeEvents)
			events := payloads(body)
			text, usages, contents := "", 0, 0
			for i, ev := range events[:len(events)-1] {
				e := decode(t, ev)
				equal(t, "object", e.Object, "chat.completion.chunk")
				if len(e.Choices) > 0 {
					if i == 0 {
						equal(t, "first role", e.Choices[0].Delta.Role, "assistant")
					} else if e.Choices[0].Finish == "" {
						contents++
					}
					text += e.Choices[0].Delta.Content
				}
				if e.Usage != nil {
					usages++
					equal(t, "streamed usage", *e.Usage, *whole.Usage)
				}
			}
			equal(t, "last", events[len(events)-1], "[DONE]")
			equal(t, "usages", usages, 1)
			equal(t, "text", text, whole.Choices[0].Message.Content)

			st := settle(t, s)
			equal(t, "requests", st.Requests, 2)
			equal(t, "finished", st.Finished, 2)
			equal(t, "streams", st.StreamsFinished, 1)
			equal(t, "events", st.Events, int64(len(events)))
			equal(t, "prompt tokens", st.PromptTokens, 2*prompt)
			equal(t, "completion tokens", st.CompletionTokens, 2*completion)
			equal(t, "reported prompt", st.ReportedPromptTokens, 2*prompt)
			equal(t, "reported completion", st.ReportedCompletionTokens, 2*completion)
			equal(t, "events", len(events), contents+4)
		})
	}
}

func TestUsageOnlyWhenAskedFor(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	c.send(post("/v1/chat/completions", "", `{"model":"m","messages":[],"stream":true}`))
	_, body := c.good()
	if strings.Contains(body, "usage") {
		t.Errorf("usage without include_usage:\n%s", body)
	}
	equal(t, "reported", settle(t, s).ReportedAnswers, 0)
}

func TestKeepAliveAndPipelining(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	one := post("/v1/chat/completions", "latency=1ms", chatBody(false)) + post("/v1/chat/completions", "chunks=2", chatBody(true))
	c.send(strings.Repeat(one, 20))
	for i := range 40 {
		r, body := c.good()
		equal(t, "id", r.Header.Get("X-Request-Id"), "req_mock_"+strconv.Itoa(i+1))
		contains(t, body, fmt.Sprintf(`"id":"chatcmpl-mock-%d"`, i+1))
	}
	st := settle(t, s)
	equal(t, "connections", st.ConnectionsAccepted, 1)
	equal(t, "finished", st.Finished, 40)
}

func TestRequestsAreReadHoweverTheyArrive(t *testing.T) {
	s := start(t, Config{})
	body := chatBody(false)
	chunked := "POST /v1/chat/completions HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n"
	for i := range body {
		chunked += fmt.Sprintf("1;x=y\r\n%c\r\n", body[i])
	}
	chunked += "0\r\nTrailer: x\r\n\r\n"
	long := strings.Replace(body, "How are you?", strings.Repeat("Long prompt. ", 100_000), 1)
	for name, request := range map[string]string{
		"whole": post("/v1/chat/completions", "", body), "chunked": chunked,
		"long": post("/v1/chat/completions", "", long),
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, s)
			step := 1
			if name == "long" {
				step = 100_001
			}
			for len(request) > 0 {
				n := min(step, len(request))
				c.send(request[:n])
				request = request[n:]
			}
			r, _ := c.good()
			equal(t, "status", r.StatusCode, 200)
			last := s.Requests()[len(s.Requests())-1]
			want := body
			if name == "long" {
				want = long
			}
			equal(t, "body", string(last.Body), want)
			equal(t, "method", last.Method, "POST")
		})
	}
}

func TestExpectContinueAndOldHTTP(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	head, body, _ := strings.Cut(post("/v1/chat/completions", "", chatBody(true)), "\r\n\r\n")
	c.send(head + "\r\nExpect: 100-continue\r\n\r\n")
	line, err := c.r.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatal(line, err)
	}
	_, _ = c.r.ReadString('\n')
	c.send(body)
	if r, _ := c.good(); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	c = dial(t, s)
	c.send(strings.Replace(post("/v1/chat/completions", "", chatBody(true)), "HTTP/1.1", "HTTP/1.0", 1))
	text, how := c.rest()
	equal(t, "end", how, "FIN")
	contains(t, text, "Connection: close\r\n", "\n\ndata: [DONE]\n\n")
	if strings.Contains(text, "chunked") {
		t.Error("chunks for HTTP/1.0")
	}
}

func TestRefusedRequests(t *testing.T) {
	s := start(t, Config{})
	for request, status := range map[string]int{
		"nonsense\r\n\r\n":                                                   400,
		"GET / SPDY/3\r\n\r\n":                                               400,
		"GET / HTTP/1.1\r\nno colon\r\n\r\n":                                 400,
		"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n":                       400,
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na": 400,
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": 400,
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n":                         400,
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n":                   400,
		"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n":                             413,
		"GET / HTTP/1.1\r\nx: " + strings.Repeat("x", maxHead+1):                              431,
	} {
		c := dial(t, s)
		c.send(request)
		r, body := c.good()
		equal(t, "status of "+request[:min(40, len(request))], r.StatusCode, status)
		contains(t, body, `{"error":{"message":"`)
		if _, how := c.rest(); how != "FIN" {
			t.Errorf("connection ended by %s", how)
		}
	}
	equal(t, "bad requests", s.Stats().BadRequests, 10)
	equal(t, "requests", s.Stats().Requests, 0)
}

func TestModelsEmbeddingsAndErrors(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	for _, tc := range []struct {
		request string
		status  int
		want    []string
	}{
		{"GET /v1/models HTTP/1.1\r\n\r\n", 200, []string{`{"object":"list","data":[{"id":"mock-model"`}},
		{"GET /v1/models/x%22y HTTP/1.1\r\n\r\n", 200, []string{`{"id":"x%22y","object":"model"`}},
		{"GET /v2/what HTTP/1.1\r\n\r\n", 404, []string{"Unknown request URL: GET /v2/what."}},
		{"GET /v1/chat/completions HTTP/1.1\r\n\r\n", 405, []string{"Use POST."}},
		{post("/v1/chat/completions", "", `{"model":"m"`), 400, []string{"could not parse the JSON"}},
		{post("/v1/chat/completions", "", `{"messages":[]}`), 400, []string{"must provide a model"}},
		{post("/v1/chat/completions", "", `{"model":"m"}`), 400, []string{"Missing required parameter"}},
		{post("/v1/chat/completions", "chunk=3", chatBody(false)), 400, []string{`unknown key \"chunk\"; known keys: latency`}},
		{post("/openai/v1/embeddings", "dims=2", `{"model":"m","input":"abcdef"}`), 200, []string{`"index":0,"embedding":[`, `"usage":{"prompt_tokens":2,"total_tokens":2,`}},
		{post("/v1/embeddings", "", `{"model":"m","input":[1,2,3],"dimensions":4}`), 200, []string{`"index":0`}},
		{post("/v1/embeddings", "", `{"model":"m","input":["a",["b"],"c"],"encoding_format":"base64"}`), 200, []string{`"index":2,"embedding":"`}},
	} {
		c.send(tc.request)
		r, body := c.good()
		equal(t, "status of "+tc.request, r.StatusCode, tc.status)
		contains(t, body, tc.want...)
		if !json.Valid([]byte(body)) {
			t.Errorf("not JSON: %s", body)
		}
	}
}

func TestStampsTellTheSendTime(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	before := time.Now().UnixNano()
	c.chat("stamp=1,chunks=3,size=3", true)
	_, body := c.good()
	after := time.Now().UnixNano()
	found := 0
	for _, p := range payloads(body) {
		if p == "[DONE]" {
			continue
		}
		if e := decode(t, p); len(e.Choices) > 0 && len(e.Choices[0].Delta.Content) > 0 {
			n, err := strconv.ParseInt(e.Choices[0].Delta.Content[:stampBytes-1], 10, 64)
			if err != nil || n < before || n > after {
				t.Errorf("stamp %d outside %d to %d: %v", n, before, after, err)
			}
			found++
		}
	}
	equal(t, "stamps", found, 3)
	_, completion, _ := Tokens("stamp=1,chunks=3,size=3", []byte(chatBody(true)))
	equal(t, "tokens", settle(t, s).CompletionTokens, completion)
}

func TestEqualSeedsGiveEqualBytes(t *testing.T) {
	run := func(seed uint64) string {
		s := start(t, Config{Seed: seed})
		c := dial(t, s)
		var all bytes.Buffer
		for range 20 {
			c.send(post("/v1/chat/completions", "p=0.5,status=500", chatBody(false)))
			r, body := c.good()
			fmt.Fprintln(&all, r.StatusCode, body)
		}
		c.send(post("/v1/embeddings", "", `{"model":"m","input":"x"}`))
		_, body := c.good()
		return all.String() + body
	}
	a, b, other := run(7), run(7), run(8)
	if a != b {
		t.Error("equal seeds, different bytes")
	}
	if a == other {
		t.Error("different seeds, equal bytes")
	}
	contains(t, a, "500 ", "200 ")
}
