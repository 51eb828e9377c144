package plugintest

import (
	"fmt"
	"strconv"
	"strings"
)

func claudeCitation(x *exchange) string {
	return `{"type":"char_location","cited_text":` + x.quoted(x.said()) + `,"document_index":0,"document_title":"t","start_char_index":0,"end_char_index":1}`
}

func claudeBlock(x *exchange) string {
	switch {
	case x.at(inText):
		return `{"type":"text","text":` + x.quoted(x.said()) + `}`
	case x.at(inThinking):
		return `{"type":"thinking","thinking":` + x.quoted(x.said()) + `,"signature":"c2VhbA=="}`
	case x.at(inCitation):
		return `{"type":"text","text":"well","citations":[` + claudeCitation(x) + `]}`
	default:
		return `{"type":"tool_use","id":"toolu_1","name":` + x.tool() + `,"input":` + x.arguments() + `}`
	}
}

// before is how many blocks stand before the one that counts.
func (x *exchange) before() int {
	if x.cut.size == many {
		return manyBlocks
	}
	return 0
}

// calls tells whether the answer calls a tool.
func (x *exchange) calls() bool { return x.at(inCall) || x.at(inName) || x.at(inCustom) }

func claudeStop(x *exchange) string {
	if x.calls() {
		return "tool_use"
	}
	return "end_turn"
}

func claudeWhole(x *exchange) string {
	content := strings.Repeat(`{"type":"text","text":`+x.quoted(x.harmless)+`},`, x.before()) + claudeBlock(x)
	return `{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[` + content + `],"stop_reason":"` + claudeStop(x) +
		`","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":5}}`
}

func claudeStream(x *exchange) []event {
	var out []event
	say := func(kind, more string) { out = append(out, event{kind, `{"type":"` + kind + `"` + more + `}`}) }
	say("message_start", `,"message":{"id":"msg_1","type":"message","role":"assistant","model":"m1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}`)
	for i := range x.before() {
		say("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":{"type":"text","text":""}`, i))
		say("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":{"type":"text_delta","text":%s}`, i, x.quoted(x.harmless)))
		say("content_block_stop", fmt.Sprintf(`,"index":%d`, i))
	}
	at := `,"index":` + strconv.Itoa(x.before())
	start := func(block string) {
		say("content_block_start", at+`,"content_block":`+block)
		say("ping", "")
	}
	delta := func(kind, member string, pieces ...string) {
		for _, p := range pieces {
			say("content_block_delta", at+`,"delta":{"type":"`+kind+`_delta","`+member+`":`+x.quoted(p)+`}`)
		}
	}
	switch {
	case x.at(inText):
		start(`{"type":"text","text":""}`)
		delta("text", "text", x.pieces(x.said())...)
	case x.at(inThinking):
		start(`{"type":"thinking","thinking":"","signature":""}`)
		delta("thinking", "thinking", x.pieces(x.said())...)
		delta("signature", "signature", "c2VhbA==")
	case x.at(inCitation):
		start(`{"type":"text","text":""}`)
		delta("text", "text", "well")
		say("content_block_delta", at+`,"delta":{"type":"citations_delta","citation":`+claudeCitation(x)+`}`)
	default:
		start(`{"type":"tool_use","id":"toolu_1","name":` + x.tool() + `,"input":{}}`)
		delta("input_json", "partial_json", x.pieces(x.arguments())...)
	}
	say("content_block_stop", at)
	say("message_delta", `,"delta":{"stop_reason":"`+claudeStop(x)+`","stop_sequence":null},"usage":{"output_tokens":5}`)
	say("message_stop", "")
	return out
}
