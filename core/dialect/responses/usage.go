package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The members of a usage object, in their usual order.
const (
	usageInput = iota
	usageInputDetails
	usageOutput
	usageOutputDetails
	usageTotal
)

var usageKeys = jsonscan.NewKeys("input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens")

// The same of its details, of input and output together.
const (
	detailCached = iota
	detailWritten
	detailReasoning
	detailAudio
	detailImage
)

var detailKeys = jsonscan.NewKeys("cached_tokens", "cache_write_tokens", "reasoning_tokens", "audio_tokens", "image_tokens")

// counts are the counters of one usage object, -1 for one that is missing or not a
// whole number in [0, core.MaxTokens].
type counts struct {
	found                     bool
	input, output             int64
	cached, written, thoughts int64
	heard, said               int64 // audio of the input and of the output
	image                     int64
}

// read reads the usage object that comes next, if it is one.
func (u *counts) read(c *jsonscan.Cursor) {
	*u = counts{input: -1, output: -1}
	if u.found = c.AtObject(); !u.found {
		c.Skip()
		return
	}
	for id := c.Enter(usageKeys); id != jsonscan.NoMember; id = c.Member(usageKeys, id) {
		switch id {
		case usageInput:
			u.input = count(c)
		case usageOutput:
			u.output = count(c)
		case usageInputDetails:
			u.readDetails(c, &u.heard)
		case usageOutputDetails:
			u.readDetails(c, &u.said)
		default:
			c.Skip()
		}
	}
}

// readDetails reads the object that comes next, if it is one. Its audio is added to
// that of its side.
func (u *counts) readDetails(c *jsonscan.Cursor, audio *int64) {
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(detailKeys); id != jsonscan.NoMember; id = c.Member(detailKeys, id) {
		switch id {
		case detailCached:
			u.cached = max(count(c), 0)
		case detailWritten:
			u.written = max(count(c), 0)
		case detailReasoning:
			u.thoughts = max(count(c), 0)
		case detailAudio:
			*audio = min(*audio+max(count(c), 0), core.MaxTokens)
		case detailImage:
			u.image = min(u.image+max(count(c), 0), core.MaxTokens)
		default:
			c.Skip()
		}
	}
}

// count reads the counter that comes next.
func count(c *jsonscan.Cursor) int64 {
	n, ok := c.Int()
	if !ok || n < 0 || n > core.MaxTokens {
		return -1
	}
	return n
}

// canonical sets out to the counters in the canonical form. It leaves that as it is
// where the totals are missing, impossible or both 0, which no call is. A detail that
// is larger than its whole counts as its whole.
func (u *counts) canonical(out *core.Usage) {
	if !u.found || u.input < 0 || u.output < 0 || u.input+u.output == 0 {
		return
	}
	read := min(u.cached, u.input)
	write := min(u.written, u.input-read)
	heard, said := min(u.heard, u.input), min(u.said, u.output)
	*out = core.Usage{
		InputUncached: u.input - read - write,
		CacheRead:     read,
		CacheWrite:    write,
		Output:        u.output,
		Reasoning:     min(u.thoughts, u.output),
		Audio:         min(heard+said, core.MaxTokens),
		AudioInput:    heard,
		AudioOutput:   min(said, core.MaxTokens-heard),
		Image:         min(u.image, u.input+u.output),
		Reported:      true,
	}
}
