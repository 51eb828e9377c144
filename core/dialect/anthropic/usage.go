package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of a usage object that are looked at, among those that usually come,
// in their usual order: see [jsonscan.Cursor.Member].
const (
	usageInput = iota
	usageWrite
	usageRead
	usageBreakdown
	usageOutput
	usageDetails
	usageIterations
)

var usageKeys = jsonscan.NewKeys("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
	"cache_creation", "output_tokens", "output_tokens_details", "iterations")

const breakdownHour = 0

// The other kind of write, for five minutes, is the rest.
var breakdownKeys = jsonscan.NewKeys("ephemeral_1h_input_tokens")

const detailThinking = 0

var detailKeys = jsonscan.NewKeys("thinking_tokens")

// The same of one round of a call that took several.
const (
	roundInput = iota
	roundOutput
	roundRead
	roundWrite
	roundType
	roundBreakdown
)

var roundKeys = jsonscan.NewKeys("input_tokens", "output_tokens", "cache_read_input_tokens",
	"cache_creation_input_tokens", "type", "cache_creation")

// counts are those of one usage object; -1 for one that it does not have or that
// is no whole number in [0, core.MaxTokens].
type counts struct {
	found                                    bool
	input, write, hour, read, output, reason int64      // hour is part of write
	extra                                    core.Usage // of rounds that the others leave out
}

// counter reads the number that comes next.
func counter(c *jsonscan.Cursor) int64 {
	n, ok := c.Int()
	if !ok || n < 0 || n > core.MaxTokens {
		return -1
	}
	return n
}

// take reads the value that comes next. What is no object reports nothing.
func (u *counts) take(c *jsonscan.Cursor) {
	*u = counts{input: -1, write: -1, hour: -1, read: -1, output: -1, reason: -1}
	if u.found = c.AtObject(); !u.found {
		c.Skip()
		return
	}
	for id := c.Enter(usageKeys); id != jsonscan.NoMember; id = c.Member(usageKeys, id) {
		switch id {
		case usageInput:
			u.input = counter(c)
		case usageWrite:
			u.write = counter(c)
		case usageRead:
			u.read = counter(c)
		case usageOutput:
			u.output = counter(c)
		case usageBreakdown:
			u.hour = detail(c, breakdownKeys, breakdownHour)
		case usageDetails:
			u.reason = detail(c, detailKeys, detailThinking)
		case usageIterations:
			u.readRounds(c)
		default:
			c.Skip()
		}
	}
}

// detail reads the value that comes next and returns the counter with that ID in
// it, -1 where there is none.
func detail(c *jsonscan.Cursor, keys *jsonscan.Keys, counts int) int64 {
	if !c.AtObject() {
		c.Skip()
		return -1
	}
	n := int64(-1)
	for id := c.Enter(keys); id != jsonscan.NoMember; id = c.Member(keys, id) {
		if id == counts {
			n = counter(c)
		} else {
			c.Skip()
		}
	}
	return n
}

// readRounds adds up the rounds that the totals leave out: those in which the
// provider summarised the conversation, and those of an advising model.
func (u *counts) readRounds(c *jsonscan.Cursor) {
	if !c.AtArray() {
		c.Skip()
		return
	}
	for more := c.EnterArray(); more; more = c.Element() {
		if !c.AtObject() {
			c.Skip()
			continue
		}
		if round, apart := readRound(c); apart {
			u.extra = u.extra.Plus(round)
		}
	}
}

func readRound(c *jsonscan.Cursor) (u core.Usage, apart bool) {
	for id := c.Enter(roundKeys); id != jsonscan.NoMember; id = c.Member(roundKeys, id) {
		switch id {
		case roundInput:
			u.InputUncached = max(counter(c), 0)
		case roundOutput:
			u.Output = max(counter(c), 0)
		case roundRead:
			u.CacheRead = max(counter(c), 0)
		case roundWrite:
			u.CacheWrite = max(counter(c), 0)
		case roundBreakdown:
			u.CacheWriteHour = max(detail(c, breakdownKeys, breakdownHour), 0)
		case roundType:
			switch string(c.Skip().Text(c.Doc)) {
			case "compaction", "advisor_message":
				apart = true
			}
		default:
			c.Skip()
		}
	}
	u.CacheWriteHour = min(u.CacheWriteHour, u.CacheWrite)
	return u, apart
}

// totals are the counts so far of one attempt, as the provider's totals have them:
// a later report replaces an earlier one, count by count.
type totals struct {
	input, write, hour, read, output, reason int64
	extra                                    core.Usage
	seen                                     bool
}

// set puts what u reports in place of what was reported before, and the canonical
// form of it into out. Some providers name the prompt at the start and report it
// as nothing at the end; as no prompt is empty, that counts as no report of it.
func (t *totals) set(u *counts, out *core.Usage) {
	if !u.found {
		return
	}
	if max(u.input, 0)+max(u.write, 0)+max(u.read, 0) > 0 {
		t.input, t.write, t.read = latest(t.input, u.input), latest(t.write, u.write), latest(t.read, u.read)
		t.seen = true
	}
	if u.output >= 0 {
		t.output = u.output
		t.seen = t.seen || u.output > 0
	}
	t.reason, t.hour = latest(t.reason, u.reason), latest(t.hour, u.hour)
	if u.extra != (core.Usage{}) {
		t.extra = u.extra
		t.seen = true
	}
	if !t.seen {
		return
	}
	*out = core.Usage{
		InputUncached: t.input, CacheRead: t.read, CacheWrite: t.write, CacheWriteHour: min(t.hour, t.write),
		Output: t.output, Reasoning: min(t.reason, t.output), Reported: true,
	}.Plus(t.extra)
}

func latest(before, now int64) int64 {
	if now >= 0 {
		return now
	}
	return before
}

// finishOf maps a stop_reason.
func finishOf(reason []byte) core.Finish {
	switch string(reason) {
	case "":
		return core.FinishNone
	case "end_turn", "stop_sequence", "pause_turn":
		return core.FinishStop
	case "max_tokens", "model_context_window_exceeded":
		return core.FinishLength
	case "tool_use":
		return core.FinishToolCalls
	case "refusal":
		return core.FinishContentFilter
	default:
		return core.FinishOther
	}
}
