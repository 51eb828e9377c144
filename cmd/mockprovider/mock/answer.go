package mock

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	typeJSON   = "application/json"
	typeEvents = "text/event-stream; charset=utf-8"

	created = 1_700_000_000 // the date of every answer: bytes must not depend on the day
)

// answer serves the request that was read and returns what becomes of the
// connection.
func (c *conn) answer() ending {
	if bytes.HasPrefix(c.req.path, []byte("/__mock/")) {
		return c.answerControl()
	}
	if c.control { // an ordinary connection after all
		c.control = false
		c.server.update(func(st *Stats) { st.ConnectionsOpen++ })
	}
	sc, bad := c.scenario()
	source, credential := []byte("(bad)"), c.req.credential
	if bad == nil {
		source = sc.source
	}
	if len(credential) == 0 {
		credential = []byte("(none)")
	}
	var kept *Request
	if c.server.config.Keep > 0 {
		kept = c.req.keepable(c.id, string(source))
	}
	c.server.begin(&c.x, credential, source, kept)
	var outcome Outcome
	var end ending
	if bad != nil {
		outcome, end = c.fail(http.StatusBadRequest, "invalid_scenario", bad.Error())
	} else {
		outcome, end = c.perform(sc)
	}
	c.server.end(&c.x, outcome)
	return end
}

// scenario finds the scenario of the request; the last one is remembered, as
// connections rarely change theirs.
func (c *conn) scenario() (*scenario, error) {
	table, m := c.server.behaviour.Load(), &c.memo
	if m.table == table && bytes.Equal(m.credential, c.req.credential) && bytes.Equal(m.header, c.req.mock) {
		return m.scenario, nil
	}
	sc, err := table.find(c.req.credential, c.req.mock)
	if err != nil {
		return nil, err
	}
	m.table, m.scenario = table, sc
	m.credential = append(m.credential[:0], c.req.credential...)
	m.header = append(m.header[:0], c.req.mock...)
	return sc, nil
}

// perform plays a scenario.
func (c *conn) perform(sc *scenario) (Outcome, ending) {
	c.writer = bodyWriter{c: c}
	f, status := faultNone, 0
	if sc.struck(c.x.nth) {
		f, status = sc.fault, sc.status
	}
	if sc.latency > 0 {
		if err := c.wait(time.Now().Add(sc.latency)); err != nil {
			return Cancelled, endClose
		}
	}
	switch {
	case f == faultHang:
		_ = c.wait(time.Time{})
		return Cancelled, endClose
	case status >= 300 || status == http.StatusNoContent:
		return c.failAs(sc, status)
	case sc.fixture != "":
		return c.replay(sc, f, status)
	case bytes.HasSuffix(c.req.path, []byte("/chat/completions")):
		return c.post(sc, f, status, c.chat)
	case bytes.HasSuffix(c.req.path, []byte("/messages")):
		return c.post(sc, f, status, c.messages)
	case bytes.HasSuffix(c.req.path, []byte("/embeddings")):
		return c.post(sc, f, status, c.embeddings)
	case bytes.Contains(c.req.path, []byte("/models")):
		return c.models(sc, f, status)
	}
	return c.fail(http.StatusNotFound, "unknown_url", fmt.Sprintf("Unknown request URL: %s %s.", c.req.method, c.req.path))
}

// post checks what chat and embeddings have in common.
func (c *conn) post(sc *scenario, f fault, status int, next func(*scenario, fault, int) (Outcome, ending)) (Outcome, ending) {
	if string(c.req.method) != http.MethodPost {
		return c.fail(http.StatusMethodNotAllowed, "method_not_allowed", "Use POST.")
	}
	var err error
	if c.call, err = scanCall(c.req.body); err != nil {
		return c.fail(http.StatusBadRequest, "invalid_json", "We could not parse the JSON body of your request.")
	}
	if len(c.call.model) < 2 || c.call.model[0] != '"' {
		return c.fail(http.StatusBadRequest, "missing_model", "you must provide a model parameter")
	}
	if len(c.call.prompt) == 0 {
		return c.fail(http.StatusBadRequest, "missing_required_parameter", "Missing required parameter: 'messages' or 'input'.")
	}
	c.x.prompt = c.call.promptTokens()
	return next(sc, f, status)
}

func (c *conn) chat(sc *scenario, f fault, status int) (Outcome, ending) {
	if c.call.stream {
		return c.stream(sc, f, status)
	}
	return c.wholeChat(sc, f, status)
}

// wholeChat answers with one chat.completion object.
func (c *conn) wholeChat(sc *scenario, f fault, status int) (Outcome, ending) {
	b := append(c.body[:0], `{"id":"chatcmpl-mock-`...)
	b = strconv.AppendInt(b, c.x.number, 10)
	b = append(b, `","object":"chat.completion","created":`...)
	b = strconv.AppendInt(b, created, 10)
	b = append(b, `,"model":`...)
	b = append(b, c.call.model...)
	b = append(b, `,"choices":[{"index":0,"message":{"role":"assistant","content":"`...)
	text := len(b)
	if f != faultBig && f != faultEndless {
		for _, p := range sc.pieces {
			if sc.stamp {
				b = appendStamp(b)
			}
			b = append(b, p.json...)
		}
	}
	tail := len(b)
	tokens := sc.tokens
	if f == faultBig {
		tokens = tokensOf(int(sc.bytesOr(defaultBig)))
	}
	b = append(b, `","refusal":null},"logprobs":null,"finish_reason":"stop"}]`...)
	if sc.usage != usageMissing {
		b = append(b, `,"usage":`...)
		b = sc.appendUsage(b, c.x.prompt, tokens)
		if sc.usage == usageTwice {
			b = append(b, `,"usage":`...)
			b = sc.appendUsage(b, c.x.prompt, tokens)
		}
	}
	b = append(b, `,"system_fingerprint":"fp_mock"}`...)
	c.body = b
	return c.whole(sc, f, wholeBody{
		status: status, contentType: typeJSON, bytes: b, gapAt: text, gapEnd: tail,
		tokens: tokens, counted: true, reported: sc.usage.honest(),
	})
}

// models lists two models, and knows any model by name.
func (c *conn) models(sc *scenario, f fault, status int) (Outcome, ending) {
	const one = `{"id":"%s","object":"model","created":%d,"owned_by":"mock"}`
	_, name, _ := bytes.Cut(c.req.path, []byte("/models"))
	if len(name) > 1 {
		c.body = fmt.Appendf(c.body[:0], one, appendEscaped(nil, string(name[1:])), created)
	} else {
		c.body = fmt.Appendf(c.body[:0], `{"object":"list","data":[`+one+`,`+one+`]}`, "mock-model", created, "mock-embedding", created)
	}
	return c.whole(sc, f, wholeBody{status: status, contentType: typeJSON, bytes: c.body})
}

// failAs answers with the status that a scenario asks for.
func (c *conn) failAs(sc *scenario, status int) (Outcome, ending) {
	rp := reply{status: status, contentType: typeJSON, framing: framingLength, retryAfter: sc.retryAfter}
	if status >= 300 && status < 400 {
		rp.location = sc.location
	}
	kind, code := errorKind(status)
	message := fmt.Sprintf("The mock provider was asked to answer %d.", status)
	return c.failWith(&rp, kind, code, message)
}

// fail answers with an error of the mock's own.
func (c *conn) fail(status int, code, message string) (Outcome, ending) {
	return c.failWith(&reply{status: status, contentType: typeJSON, framing: framingLength}, "invalid_request_error", code, message)
}

func (c *conn) failWith(rp *reply, kind, code, message string) (Outcome, ending) {
	c.body = c.body[:0]
	if rp.status >= 400 {
		c.body = appendErrorBody(c.body, kind, code, message)
	}
	rp.length = int64(len(c.body))
	c.appendHead(rp)
	c.server.headSent(&c.x, rp.status, false)
	c.out = append(c.out, c.body...)
	if c.flush() != nil {
		return Cancelled, endClose
	}
	return Finished, c.after(framingLength)
}

// appendError appends a whole error answer to out.
func (c *conn) appendError(status int, kind, code, message string) {
	c.body = appendErrorBody(c.body[:0], kind, code, message)
	c.appendHead(&reply{status: status, contentType: typeJSON, framing: framingLength, length: int64(len(c.body))})
	c.out = append(c.out, c.body...)
}

// appendErrorBody appends an error in OpenAI's shape.
func appendErrorBody(dst []byte, kind, code, message string) []byte {
	dst = append(dst, `{"error":{"message":"`...)
	dst = appendEscaped(dst, message)
	dst = append(dst, `","type":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","param":null,"code":"`...)
	dst = append(dst, code...)
	return append(dst, `"}}`...)
}

// errorKind returns type and code as OpenAI and its relatives use them.
func errorKind(status int) (kind, code string) {
	switch status {
	case http.StatusUnauthorized:
		return "invalid_request_error", "invalid_api_key"
	case http.StatusForbidden:
		return "permission_error", "permission_denied"
	case http.StatusNotFound:
		return "invalid_request_error", "model_not_found"
	case http.StatusTooManyRequests:
		return "requests", "rate_limit_exceeded"
	case 529:
		return "overloaded_error", "overloaded"
	}
	if status >= 500 {
		return "server_error", "server_error"
	}
	return "invalid_request_error", "bad_request"
}

func appendStamp(dst []byte) []byte {
	return append(strconv.AppendInt(dst, time.Now().UnixNano(), 10), ' ')
}
