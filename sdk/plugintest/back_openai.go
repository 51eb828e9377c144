package plugintest

import (
	"strconv"
	"strings"
)

func chatCitation(x *exchange) string {
	return `"content":"well","annotations":[{"type":"url_citation","url_citation":{"title":` + x.quoted(x.said()) + `,` + citationURL + `}}]`
}

func chatWhole(x *exchange) string {
	var message string
	switch {
	case x.at(inText):
		message = `"content":` + x.quoted(x.said())
	case x.at(inThinking):
		message = `"content":"well","reasoning_content":` + x.quoted(x.said())
	case x.at(inRefusal):
		message = `"content":null,"refusal":` + x.quoted(x.said())
	case x.at(inCitation):
		message = chatCitation(x)
	default:
		message = `"content":null,"tool_calls":[` + chatCall(x, x.input()) + `]`
	}
	return chatDocument(x, message)
}

func chatCall(x *exchange, arguments string) string {
	if x.at(inCustom) && x.back.name == chatDialect {
		return `{"index":0,"id":"call_0001","type":"custom","custom":{"name":"note","input":` + x.quoted(arguments) + `}}`
	}
	return `{"index":0,"id":"call_0001","type":"function","function":{"name":` + x.tool() + `,"arguments":` + x.quoted(arguments) + `}}`
}

// input is what the model gives a tool, in the dialects that have tools of free text.
func (x *exchange) input() string {
	if x.at(inCustom) {
		return x.said()
	}
	return x.arguments()
}

// chatLogprobs spells a piece of the text again.
func chatLogprobs(x *exchange, piece string) string {
	if x.place != inLogprobs {
		return ""
	}
	list := make([]string, len(piece))
	for i := range len(piece) {
		list[i] = strconv.Itoa(int(piece[i]))
	}
	token := `{"token":` + x.quoted(piece) + `,"logprob":-0.5,"bytes":[` + strings.Join(list, ",") + `]`
	return `,"logprobs":{"content":[` + token + `,"top_logprobs":[` + token + `}]}],"refusal":null}`
}

func chatDocument(x *exchange, message string) string {
	finish := "stop"
	if strings.Contains(message, `"tool_calls"`) {
		finish = "tool_calls"
	}
	return `{"id":"c1","object":"chat.completion","created":1,"model":"m1","choices":[{"index":0,"message":{"role":"assistant",` +
		message + `}` + chatLogprobs(x, x.said()) + `,"finish_reason":"` + finish + `"}],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}`
}

func chatChunk(delta, finish string) event {
	return event{"", `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}`}
}

const chatUsage = `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}`

func chatStream(x *exchange) []event {
	finish := `"stop"`
	out := []event{chatChunk(`{"role":"assistant","content":""}`, "null")}
	switch {
	case x.at(inCitation):
		out = append(out, chatChunk(`{`+chatCitation(x)+`}`, "null"))
	case x.calls():
		finish = `"tool_calls"`
		member, what := "function", "arguments"
		if x.at(inCustom) {
			member, what = "custom", "input"
		}
		out = append(out, chatChunk(`{"tool_calls":[`+chatCall(x, "")+`]}`, "null"))
		for _, p := range x.pieces(x.input()) {
			out = append(out, chatChunk(`{"tool_calls":[{"index":0,"`+member+`":{"`+what+`":`+x.quoted(p)+`}}]}`, "null"))
		}
	default:
		member := map[string]string{inThinking: "reasoning_content", inRefusal: "refusal"}[x.place]
		if x.at(inText) {
			member = "content"
		}
		for _, p := range x.pieces(x.said()) {
			out = append(out, chatChunk(`{"`+member+`":`+x.quoted(p)+`}`+chatLogprobs(x, p), "null"))
		}
	}
	return append(out, chatChunk("{}", finish), event{"", chatUsage})
}

func completion(x *exchange, piece, finish, usage string) string {
	text, logprobs := x.quoted(piece), "null"
	if x.place == inLogprobs {
		logprobs = `{"tokens":[` + text + `],"token_logprobs":[-0.5],"top_logprobs":[{` + text + `:-0.5}],"text_offset":[0]}`
	}
	return `{"id":"c1","object":"text_completion","created":1,"model":"m1","choices":[{"index":0,"text":` + text +
		`,"logprobs":` + logprobs + `,"finish_reason":` + finish + `}]` + usage + `}`
}

const completionsUsage = `,"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}`

func completionsWhole(x *exchange) string {
	return completion(x, x.said(), `"stop"`, completionsUsage)
}

func completionsStream(x *exchange) (out []event) {
	for _, p := range x.pieces(x.said()) {
		out = append(out, event{"", completion(x, p, "null", "")})
	}
	return append(out, event{"", completion(x, "", `"stop"`, completionsUsage)})
}

// Mistral's dialect is that of OpenAI but for thinking, which stands in the content,
// and for calls, which come whole.

func mistralThought(x *exchange, text string) string {
	return `{"type":"thinking","thinking":[{"type":"text","text":` + x.quoted(text) + `}]}`
}

func mistralWhole(x *exchange) string {
	if x.at(inThinking) {
		return chatDocument(x, `"content":[`+mistralThought(x, x.said())+`,{"type":"text","text":"well"}]`)
	}
	return chatWhole(x)
}

func mistralStream(x *exchange) []event {
	const usage = `"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}`
	finish := `"stop"`
	out := []event{chatChunk(`{"role":"assistant","content":""}`, "null")}
	switch {
	case x.at(inThinking):
		for _, p := range x.pieces(x.said()) {
			out = append(out, chatChunk(`{"content":[`+mistralThought(x, p)+`]}`, "null"))
		}
		out = append(out, chatChunk(`{"content":"well"}`, "null"))
	case x.at(inText):
		for _, p := range x.pieces(x.said()) {
			out = append(out, chatChunk(`{"content":`+x.quoted(p)+`}`, "null"))
		}
	default:
		finish = `"tool_calls"`
		out = append(out, chatChunk(`{"tool_calls":[`+chatCall(x, x.arguments())+`]}`, "null"))
	}
	last := chatChunk(`{"content":""}`, finish)
	last.data = strings.TrimSuffix(last.data, "}") + "," + usage
	return append(out, last)
}
