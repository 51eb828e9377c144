package gemini

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// The counters of usageMetadata in their usual order; see
// [jsonscan.Cursor.Member].
const (
	usagePrompt = iota
	usageOutput
	usageTotal
	usageCached
	usageThoughts
	usageTools
	numCounters       // arrays of counts by modality follow
	candidatesDetails = numCounters + 1
)

var usageKeys = jsonscan.NewKeys("promptTokenCount", "candidatesTokenCount", "totalTokenCount", "cachedContentTokenCount",
	"thoughtsTokenCount", "toolUsePromptTokenCount", "promptTokensDetails", "candidatesTokensDetails", "toolUsePromptTokensDetails")

const (
	detailModality = iota
	detailCount
)

var detailKeys = jsonscan.NewKeys("modality", "tokenCount")

// counters are those of one usageMetadata that are whole numbers in
// [0, core.MaxTokens], the others 0.
type counters struct {
	values      [numCounters]int64
	known       uint32 // bit by counter
	heard, said int64  // audio of the prompt and of the candidates
	image       int64
}

// read reads the value that comes next; what is no object reports nothing.
func (u *counters) read(c *jsonscan.Cursor) {
	*u = counters{}
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(usageKeys); id != jsonscan.NoMember; id = c.Member(usageKeys, id) {
		switch {
		case id == jsonscan.Unknown:
			c.Skip()
		case id < numCounters:
			u.take(c, id)
		default:
			u.readDetails(c, id == candidatesDetails)
		}
	}
}

func (u *counters) take(c *jsonscan.Cursor, id int) {
	if n, ok := c.Int(); ok && n >= 0 && n <= core.MaxTokens {
		u.values[id] = n
		u.known |= 1 << id
	}
}

func (u *counters) has(id int) bool { return u.known>>id&1 != 0 }

// readDetails adds counts by modality, of the candidates or of the prompt and what
// tools added to it.
func (u *counters) readDetails(c *jsonscan.Cursor, candidates bool) {
	audio := &u.heard
	if candidates {
		audio = &u.said
	}
	if !c.AtArray() {
		c.Skip()
		return
	}
	for more := c.EnterArray(); more; more = c.Element() {
		if !c.AtObject() {
			c.Skip()
			continue
		}
		var modality jsonscan.Value
		var n int64
		for id := c.Enter(detailKeys); id != jsonscan.NoMember; id = c.Member(detailKeys, id) {
			switch id {
			case detailModality:
				modality = c.Skip()
			case detailCount:
				n, _ = c.Int()
			default:
				c.Skip()
			}
		}
		if n < 0 || n > core.MaxTokens {
			continue
		}
		switch string(modality.Text(c.Doc)) {
		case "AUDIO":
			*audio = min(*audio+n, core.MaxTokens)
		case "IMAGE":
			u.image = min(u.image+n, core.MaxTokens)
		}
	}
}

// canonical puts the counters in the canonical form into out. It leaves that as it
// is where the prompt's size is missing, or all counts are 0, which no call is:
// chunks of a stream often say nothing but where the traffic belongs.
//
// The prompt includes what the cache served, not what tools at the provider added
// to it; the candidates do not include the thoughts, unless the total says so.
func (u *counters) canonical(out *core.Usage) {
	v := &u.values
	if !u.has(usagePrompt) {
		return
	}
	prompt, output := v[usagePrompt]+v[usageTools], v[usageOutput]
	thoughts := v[usageThoughts]
	if !u.has(usageTotal) || v[usageTotal] != prompt+output || output < thoughts {
		output += thoughts
	}
	if prompt+output == 0 || max(prompt, output) > core.MaxTokens {
		return
	}
	read := min(v[usageCached], prompt)
	heard, said := min(u.heard, prompt), min(u.said, output)
	*out = core.Usage{
		InputUncached: prompt - read,
		CacheRead:     read,
		Output:        output,
		Reasoning:     thoughts,
		Audio:         min(heard+said, core.MaxTokens),
		AudioInput:    heard,
		AudioOutput:   min(said, core.MaxTokens-heard),
		Image:         min(u.image, prompt+output, core.MaxTokens),
		Reported:      true,
	}
}

// finishOf maps a finishReason. A candidate that calls functions says STOP like
// any other. What Google has no word for was held back: its guide to blocked answers
// has OTHER for what its terms do not allow.
func finishOf(reason []byte, called bool) core.Finish {
	switch string(reason) {
	case "", "FINISH_REASON_UNSPECIFIED":
		return core.FinishNone
	case "STOP":
		if called {
			return core.FinishToolCalls
		}
		return core.FinishStop
	case "MAX_TOKENS", "CONTINUATION":
		return core.FinishLength
	case "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "IMAGE_OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "JAILBREAK",
		"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION":
		return core.FinishContentFilter
	default:
		return core.FinishOther
	}
}
