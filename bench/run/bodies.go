//go:build linux

package main

import (
	"fmt"
	"strings"
)

// The model that clients ask for, and the longer name by which the upstream
// knows it: the gateway has to change every body.
const (
	clientModel   = "gpt-4o-mini"
	upstreamModel = "gpt-4o-mini-2024-07-18"
)

// Members stand in the order of the official Python SDK: messages come first,
// what a gateway looks for comes last.
const (
	tailWhole  = `],"model":"` + clientModel + `","temperature":0.7`
	tailStream = `],"model":"` + clientModel + `","stream":true,"stream_options":{"include_usage":true}`
)

// chatBody returns a chat request of exactly size bytes: a system message and
// one user message of prose. size is 200 or more.
func chatBody(size int, streamed bool) string {
	tail := tailWhole
	if streamed {
		tail = tailStream
	}
	head := `{"messages":[{"role":"system","content":"You are a careful assistant."},{"role":"user","content":"`
	return head + prose(size-len(head)-len(`"}`)-len(tail)-len(`}`)) + `"}` + tail + `}`
}

const words = "the gate opens and a guard reads every word that goes in while another waits for the answer so nothing leaves before both agree "

// prose returns n bytes of the inside of a JSON string: words, with an escaped
// line break or quote about every 60 bytes, as texts and source code have them.
func prose(n int) string {
	var b strings.Builder
	for line := 0; b.Len() < n; line++ {
		start := line * 29 % len(words)
		text := (words + words)[start : start+58]
		escape := `\n`
		if line%3 == 2 {
			escape = `\"`
		}
		if left := n - b.Len(); left < len(text)+len(escape) {
			b.WriteString(strings.Repeat("x", left))
			break
		}
		b.WriteString(text + escape)
	}
	return b.String()
}

const (
	agentTools  = 12
	agentTurns  = 55 // of four messages each
	agentFiller = 300
)

// agentBody returns a chat request of exactly size bytes as coding agents send
// it: tools with schemas, and turns of question, tool call, tool result and
// remark. size is 100,000 or more.
func agentBody(size int) string {
	var b strings.Builder
	b.WriteString(`{"messages":[{"role":"system","content":"` + prose(1200) + `"}`)
	for turn := range agentTurns {
		fmt.Fprintf(&b, `,{"role":"user","content":"%s"}`, prose(agentFiller))
		fmt.Fprintf(&b, `,{"role":"assistant","content":null,"tool_calls":[{"id":"call_%024d","type":"function","function":{"name":"tool_%d","arguments":"{\"path\": \"src/pkg_%d/file.go\", \"limit\": %d, \"pattern\": \"func \\w+\"}"}}]}`,
			turn, turn%agentTools, turn, turn*10)
		fmt.Fprintf(&b, `,{"role":"tool","tool_call_id":"call_%024d","content":"%s"}`, turn, prose(2*agentFiller))
		fmt.Fprintf(&b, `,{"role":"assistant","content":"%s"}`, prose(agentFiller))
	}
	var tail strings.Builder
	tail.WriteString(tailWhole + `,"tools":[`)
	for tool := range agentTools {
		if tool > 0 {
			tail.WriteByte(',')
		}
		fmt.Fprintf(&tail, `{"type":"function","function":{"name":"tool_%d","description":"%s","parameters":{"type":"object","properties":{"path":{"type":"string","description":"where to look"},"limit":{"type":"integer","minimum":0},"pattern":{"type":"string"}},"required":["path"],"additionalProperties":false}}}`,
			tool, prose(200))
	}
	tail.WriteString(`]}`)
	last := `,{"role":"user","content":"`
	fill := size - b.Len() - len(last) - len(`"}`) - tail.Len()
	return b.String() + last + prose(fill) + `"}` + tail.String()
}
