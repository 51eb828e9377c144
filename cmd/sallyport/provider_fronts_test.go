package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// front is a client dialect as an app uses it.
type front struct {
	name string
	ask  func(route, prompt string, tools, stream bool) (path, body string)
	// whole and event read what an app shows of an answer and of a stream's event.
	whole, event func(s *shown, v value)
	// failure finds the words and the code of an error.
	failure func(v value) (code, message string)
	// kind is the member of an error that says what it is; kinds has its words for
	// the provider's status.
	kind  string
	kinds map[int]string
	// stop is the finish reason after a text, called after calls of tools.
	stop, called string
}

// shown is what an app makes of an answer.
type shown struct {
	text, finish string
	calls        []string // "name arguments"
	ids          []string
	prompt, out  int
	done         bool // the stream ended as a good one does
	code         string
	message      string
}

// value is a JSON value.
type value struct{ v any }

func parsed(text string) value {
	var v any
	_ = json.Unmarshal([]byte(text), &v)
	return value{v}
}

// at follows member names and indices.
func (v value) at(path ...any) value {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.v.(map[string]any)
			v = value{m[p]}
		case int:
			l, _ := v.v.([]any)
			if p >= len(l) {
				return value{}
			}
			v = value{l[p]}
		}
	}
	return v
}

func (v value) text() string { s, _ := v.v.(string); return s }
func (v value) number() int  { n, _ := v.v.(float64); return int(n) }
func (v value) each() (out []value) {
	l, _ := v.v.([]any)
	for _, x := range l {
		out = append(out, value{x})
	}
	return out
}

func (s *shown) call(id, name string, arguments any) {
	b, _ := json.Marshal(arguments)
	s.calls, s.ids = append(s.calls, name+" "+string(b)), append(s.ids, id)
}

const weather = `"description":"Weather of a city","%s":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`

func fronts() []front {
	tool := func(name string) string { return `"name":"get_weather",` + fmt.Sprintf(weather, name) }
	openAI := map[int]string{400: "invalid_request_error", 401: "server_error", 429: "rate_limit_error", 500: "server_error", 529: "server_error"}
	return []front{
		{
			name: "openai.chat", stop: "stop", called: "tool_calls", whole: chatWhole, event: chatEvent, failure: openAIError, kind: "type", kinds: openAI,
			ask: func(route, prompt string, tools, stream bool) (string, string) {
				more := ""
				if tools {
					more = `,"tools":[{"type":"function","function":{` + tool("parameters") + `}}]`
				}
				if stream {
					more += `,"stream":true,"stream_options":{"include_usage":true}`
				}
				return "/v1/chat/completions", fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]%s}`, route, prompt, more)
			},
		},
		{
			name: "openai.responses", stop: "completed", called: "completed", whole: responsesWhole, event: responsesEvent, failure: openAIError, kind: "type", kinds: openAI,
			ask: func(route, prompt string, tools, stream bool) (string, string) {
				more := ""
				if tools {
					more = `,"tools":[{"type":"function",` + tool("parameters") + `}]`
				}
				return "/v1/responses", fmt.Sprintf(`{"model":%q,"store":false,"input":%q,"stream":%v%s}`, route, prompt, stream, more)
			},
		},
		{
			name: "anthropic.messages", stop: "end_turn", called: "tool_use", whole: messagesWhole, event: messagesEvent,
			kind: "type", kinds: map[int]string{400: "invalid_request_error", 401: "api_error", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"},
			failure: func(v value) (string, string) { return v.at("error", "type").text(), v.at("error", "message").text() },
			ask: func(route, prompt string, tools, stream bool) (string, string) {
				more := ""
				if tools {
					more = `,"tools":[{` + tool("input_schema") + `}]`
				}
				return "/v1/messages", fmt.Sprintf(`{"model":%q,"max_tokens":100,"messages":[{"role":"user","content":%q}],"stream":%v%s}`, route, prompt, stream, more)
			},
		},
		{
			name: "gemini", stop: "STOP", called: "STOP", whole: geminiEvent, event: geminiEvent,
			kind: "status", kinds: map[int]string{400: "INVALID_ARGUMENT", 401: "UNAVAILABLE", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 529: "UNAVAILABLE"},
			failure: func(v value) (string, string) { return v.at("error", "status").text(), v.at("error", "message").text() },
			ask: func(route, prompt string, tools, stream bool) (string, string) {
				more, verb := "", ":generateContent"
				if tools {
					more = `,"tools":[{"functionDeclarations":[{` + tool("parameters") + `}]}]`
				}
				if stream {
					verb = ":streamGenerateContent?alt=sse"
				}
				return "/v1beta/models/" + route + verb, fmt.Sprintf(`{"contents":[{"role":"user","parts":[{"text":%q}]}]%s}`, prompt, more)
			},
		},
	}
}

func openAIError(v value) (string, string) {
	return v.at("error", "code").text(), v.at("error", "message").text()
}

func chatUsage(s *shown, v value) {
	if u := v.at("usage"); u.v != nil {
		s.prompt, s.out = u.at("prompt_tokens").number(), u.at("completion_tokens").number()
	}
}

func chatWhole(s *shown, v value) {
	c := v.at("choices", 0)
	s.text, s.finish = c.at("message", "content").text(), c.at("finish_reason").text()
	for _, t := range c.at("message", "tool_calls").each() {
		s.call(t.at("id").text(), t.at("function", "name").text(), parsed(t.at("function", "arguments").text()).v)
	}
	chatUsage(s, v)
}

func chatEvent(s *shown, v value) {
	c := v.at("choices", 0)
	s.text += c.at("delta", "content").text()
	for _, t := range c.at("delta", "tool_calls").each() {
		if name := t.at("function", "name").text(); name != "" {
			s.calls, s.ids = append(s.calls, name+" "), append(s.ids, t.at("id").text())
		}
		s.calls[t.at("index").number()] += t.at("function", "arguments").text()
	}
	if f := c.at("finish_reason").text(); f != "" {
		s.finish = f
	}
	chatUsage(s, v)
}

func responsesWhole(s *shown, v value) {
	s.finish = v.at("status").text()
	for _, item := range v.at("output").each() {
		for _, c := range item.at("content").each() {
			s.text += c.at("text").text()
		}
		if item.at("type").text() == "function_call" {
			s.call(item.at("call_id").text(), item.at("name").text(), parsed(item.at("arguments").text()).v)
		}
	}
	s.prompt, s.out = v.at("usage", "input_tokens").number(), v.at("usage", "output_tokens").number()
}

func responsesEvent(s *shown, v value) {
	switch v.at("type").text() {
	case "response.output_text.delta":
		s.text += v.at("delta").text()
	case "response.completed":
		text := s.text
		s.text = ""
		if responsesWhole(s, v.at("response")); s.text != text {
			s.text = "the deltas say " + text
		}
		s.done = true
	case "response.failed":
		s.code, s.message = openAIError(v.at("response"))
	case "error":
		s.code, s.message = v.at("code").text(), v.at("message").text()
		if s.code == "" {
			s.code, s.message = openAIError(v)
		}
	}
}

func messagesWhole(s *shown, v value) {
	s.finish = v.at("stop_reason").text()
	for _, c := range v.at("content").each() {
		s.text += c.at("text").text()
		if c.at("type").text() == "tool_use" {
			s.call(c.at("id").text(), c.at("name").text(), c.at("input").v)
		}
	}
	messagesUsage(s, v.at("usage"))
}

func messagesUsage(s *shown, u value) {
	if u.at("input_tokens").v != nil {
		s.prompt = u.at("input_tokens").number() + u.at("cache_read_input_tokens").number() + u.at("cache_creation_input_tokens").number()
	}
	s.out = u.at("output_tokens").number()
}

func messagesEvent(s *shown, v value) {
	switch v.at("type").text() {
	case "message_start":
		messagesUsage(s, v.at("message", "usage"))
	case "content_block_start":
		if b := v.at("content_block"); b.at("type").text() == "tool_use" {
			s.calls, s.ids = append(s.calls, b.at("name").text()+" "), append(s.ids, b.at("id").text())
		}
	case "content_block_delta":
		s.text += v.at("delta", "text").text()
		if j := v.at("delta", "partial_json").text(); j != "" {
			s.calls[len(s.calls)-1] += j
		}
	case "message_delta":
		s.finish = v.at("delta", "stop_reason").text()
		messagesUsage(s, v.at("usage"))
	case "message_stop":
		s.done = true
	}
}

func geminiEvent(s *shown, v value) {
	c := v.at("candidates", 0)
	for i, p := range c.at("content", "parts").each() {
		s.text += p.at("text").text()
		if f := p.at("functionCall"); f.v != nil {
			s.call(fmt.Sprint(len(s.calls), i), f.at("name").text(), f.at("args").v)
		}
	}
	if f := c.at("finishReason").text(); f != "" {
		s.finish, s.done = f, true
	}
	if u := v.at("usageMetadata"); u.v != nil {
		s.prompt = u.at("promptTokenCount").number()
		s.out = u.at("candidatesTokenCount").number() + u.at("thoughtsTokenCount").number()
	}
}

// show reads an answer as an app does.
func (f *front) show(a answer, stream bool) shown {
	var s shown
	if !stream || a.status != 200 {
		v := parsed(a.body)
		f.whole(&s, v)
		s.code, s.message = f.failure(v)
		return s
	}
	for line := range strings.Lines(a.body) {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			s.done = true
			continue
		}
		v := parsed(data)
		if code, message := f.failure(v); message != "" {
			s.code, s.message = code, message
			continue
		}
		f.event(&s, v)
	}
	return s
}
