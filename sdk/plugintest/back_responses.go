package plugintest

import "fmt"

// responsesItem is the item that holds the text, and the parts of its path.
func responsesItem(x *exchange) string {
	switch {
	case x.at(inText):
		return `{"id":"item_1","type":"message","status":"completed","role":"assistant","content":[` + responsesPart(x) + `]}`
	case x.at(inRefusal), x.at(inCitation):
		return `{"id":"item_1","type":"message","status":"completed","role":"assistant","content":[` + responsesPart(x) + `]}`
	case x.at(inCustom):
		return `{"id":"item_1","type":"custom_tool_call","status":"completed","call_id":"call_1","name":"note","input":` + x.quoted(x.said()) + `}`
	case x.at(inThinking):
		return `{"id":"item_1","type":"reasoning","summary":[` + responsesPart(x) + `]}`
	default:
		return `{"id":"item_1","type":"function_call","status":"completed","call_id":"call_1","name":` + x.tool() + `,"arguments":` + x.quoted(x.arguments()) + `}`
	}
}

func responsesPart(x *exchange) string {
	switch {
	case x.at(inText):
		return `{"type":"output_text","text":` + x.quoted(x.said()) + `,"annotations":[]` + responsesLogprobs(x, x.said()) + `}`
	case x.at(inRefusal):
		return `{"type":"refusal","refusal":` + x.quoted(x.said()) + `}`
	case x.at(inCitation):
		return `{"type":"output_text","text":"well","annotations":[` + responsesCitation(x) + `]}`
	default:
		return `{"type":"summary_text","text":` + x.quoted(x.said()) + `}`
	}
}

// responsesLogprobs spells a piece of the text again.
func responsesLogprobs(x *exchange, piece string) string {
	if x.place != inLogprobs {
		return ""
	}
	token := `{"token":` + x.quoted(piece) + `,"logprob":-0.5`
	return `,"logprobs":[` + token + `,"top_logprobs":[` + token + `}]}]`
}

func responsesCitation(x *exchange) string {
	return `{"type":"url_citation","title":` + x.quoted(x.said()) + `,` + citationURL + `}`
}

func responsesDocument(status, output string) string {
	usage := "null"
	if status == "completed" {
		usage = `{"input_tokens":5,"input_tokens_details":{"cached_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":10}`
	}
	return `{"id":"resp_1","object":"response","created_at":1,"status":"` + status + `","model":"m1","output":[` + output + `],"usage":` + usage + `}`
}

func responsesWhole(x *exchange) string { return responsesDocument("completed", responsesItem(x)) }

func responsesStream(x *exchange) []event {
	var out []event
	say := func(kind, more string) {
		out = append(out, event{"response." + kind, fmt.Sprintf(`{"type":"response.%s","sequence_number":%d,%s}`, kind, len(out), more)})
	}
	const at = `"item_id":"item_1","output_index":0`
	say("created", `"response":`+responsesDocument("in_progress", ""))
	content := func(item, place, empty, event, member string, pieces []string) {
		say("output_item.added", `"output_index":0,"item":`+item)
		say(place+"_part.added", at+`,"`+index(place)+`":0,"part":`+empty)
		for _, p := range pieces {
			say(event+".delta", at+`,"`+index(place)+`":0,"delta":`+x.quoted(p)+responsesLogprobs(x, p))
		}
		if x.at(inCitation) {
			say("output_text.annotation.added", at+`,"content_index":0,"annotation_index":0,"annotation":`+responsesCitation(x))
		}
		whole := x.said()
		if x.at(inCitation) {
			whole = "well"
		}
		say(event+".done", at+`,"`+index(place)+`":0,"`+member+`":`+x.quoted(whole)+responsesLogprobs(x, whole))
		say(place+"_part.done", at+`,"`+index(place)+`":0,"part":`+responsesPart(x))
	}
	const message = `{"id":"item_1","type":"message","status":"in_progress","role":"assistant","content":[]}`
	const empty = `{"type":"output_text","text":"","annotations":[]}`
	switch {
	case x.at(inText):
		content(message, "content", empty, "output_text", "text", x.pieces(x.said()))
	case x.at(inCitation):
		content(message, "content", empty, "output_text", "text", []string{"well"})
	case x.at(inRefusal):
		content(message, "content", `{"type":"refusal","refusal":""}`, "refusal", "refusal", x.pieces(x.said()))
	case x.at(inThinking):
		content(`{"id":"item_1","type":"reasoning","summary":[]}`, "reasoning_summary", `{"type":"summary_text","text":""}`,
			"reasoning_summary_text", "text", x.pieces(x.said()))
	case x.at(inCustom):
		say("output_item.added", `"output_index":0,"item":{"id":"item_1","type":"custom_tool_call","status":"in_progress","call_id":"call_1","name":"note","input":""}`)
		for _, p := range x.pieces(x.said()) {
			say("custom_tool_call_input.delta", at+`,"delta":`+x.quoted(p))
		}
		say("custom_tool_call_input.done", at+`,"input":`+x.quoted(x.said()))
	default:
		say("output_item.added", `"output_index":0,"item":{"id":"item_1","type":"function_call","status":"in_progress","call_id":"call_1","name":`+x.tool()+`,"arguments":""}`)
		for _, p := range x.pieces(x.arguments()) {
			say("function_call_arguments.delta", at+`,"delta":`+x.quoted(p))
		}
		say("function_call_arguments.done", at+`,"name":`+x.tool()+`,"arguments":`+x.quoted(x.arguments()))
	}
	say("output_item.done", `"output_index":0,"item":`+responsesItem(x))
	say("completed", `"response":`+responsesDocument("completed", responsesItem(x)))
	return out
}

func index(place string) string {
	if place == "content" {
		return "content_index"
	}
	return "summary_index"
}
