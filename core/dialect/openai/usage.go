package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// counter is one counter of a usage object.
type counter uint8

// The first few are IDs in usageKeys, and those stand in their usual order; see
// [jsonscan.Cursor.Member].
const (
	usagePrompt counter = iota
	usageCompletion
	usageTotal
	usagePromptDetails     // no counter but an object of some
	usageCompletionDetails // likewise
	usageCacheHit          // DeepSeek
	usageCachedFlat        // Moonshot
	usageCachedCount       // Mistral
	usageReasoningFlat     // Perplexity
	usageCached
	usageCacheWrite
	usagePromptAudio
	usagePromptImage
	usageReasoning
	usageCompletionAudio
	usageCompletionImage
	numCounters
	notCounted // by us
)

var usageKeys = jsonscan.NewKeys("prompt_tokens", "completion_tokens", "total_tokens",
	"prompt_tokens_details", "completion_tokens_details", "prompt_cache_hit_tokens", "cached_tokens",
	"num_cached_tokens", "reasoning_tokens")

// details are the members of an object in a usage object.
type details struct {
	keys     *jsonscan.Keys
	counters []counter // by ID
}

// Both take what belongs into the other one, as some providers put it.
var (
	promptDetails = details{
		jsonscan.NewKeys("cached_tokens", "audio_tokens", "image_tokens", "cache_write_tokens", "reasoning_tokens"),
		[]counter{usageCached, usagePromptAudio, usagePromptImage, usageCacheWrite, usageReasoning},
	}
	completionDetails = details{
		jsonscan.NewKeys("reasoning_tokens", "audio_tokens", "accepted_prediction_tokens",
			"rejected_prediction_tokens", "image_tokens", "cached_tokens", "cache_write_tokens"),
		[]counter{usageReasoning, usageCompletionAudio, notCounted, notCounted, usageCompletionImage, usageCached, usageCacheWrite},
	}
)

// counters are those of one usage object that are whole numbers in
// [0, core.MaxTokens], the others 0; of a counter that comes twice the last one.
type counters struct {
	values [numCounters]int64
	starts [numCounters]uint32 // where they stand; 0 for nowhere
	known  uint32              // bit by counter
}

// read reads the usage object that comes next.
func (u *counters) read(c *jsonscan.Cursor) {
	*u = counters{}
	for id := c.Enter(usageKeys); id != jsonscan.NoMember; id = c.Member(usageKeys, id) {
		switch {
		case id == jsonscan.Unknown:
			c.Skip()
		case counter(id) == usagePromptDetails:
			u.readDetails(c, &promptDetails)
		case counter(id) == usageCompletionDetails:
			u.readDetails(c, &completionDetails)
		default:
			u.take(c, counter(id))
		}
	}
}

// readDetails reads the object that comes next, if it is one.
func (u *counters) readDetails(c *jsonscan.Cursor, d *details) {
	if !c.AtObject() {
		c.Skip()
		return
	}
	for id := c.Enter(d.keys); id != jsonscan.NoMember; id = c.Member(d.keys, id) {
		if id == jsonscan.Unknown || d.counters[id] == notCounted {
			c.Skip()
		} else {
			u.take(c, d.counters[id])
		}
	}
}

// take reads the counter that comes next.
func (u *counters) take(c *jsonscan.Cursor, id counter) {
	u.starts[id] = uint32(c.Offset())
	n, ok := c.Int()
	if !ok {
		n = -1
	}
	u.set(id, n)
}

// set notes the counter n, if it is possible.
func (u *counters) set(id counter, n int64) {
	if uint64(n) > core.MaxTokens {
		u.values[id] = 0
		u.known &^= 1 << id
		return
	}
	u.values[id] = n
	u.known |= 1 << id
}

func (u *counters) has(id counter) bool { return u.known>>id&1 != 0 }

// cacheRead returns what the cache served, wherever the provider says so.
func (u *counters) cacheRead() int64 {
	for _, id := range [...]counter{usageCached, usageCacheHit, usageCachedCount} {
		if u.has(id) {
			return u.values[id]
		}
	}
	return u.values[usageCachedFlat]
}

// canonical puts the counters in the canonical form into out. It leaves that as
// it is where the totals are missing, impossible or both 0, which no call is: then
// the provider is taken to have reported nothing. A detail that is impossible
// counts as 0, and one that is larger than its whole as its whole.
func (u *counters) canonical(out *core.Usage) {
	const totals = 1<<usagePrompt | 1<<usageCompletion
	prompt, output := u.values[usagePrompt], u.values[usageCompletion]
	if u.known&totals != totals || prompt+output == 0 {
		return
	}
	read, write, reasoning := u.cacheRead(), u.values[usageCacheWrite], u.values[usageReasoning]
	if !u.has(usageReasoning) {
		reasoning = u.values[usageReasoningFlat]
	}
	if u.has(usageTotal) {
		cacheOut, reasoningOut := outside(u.values[usageTotal]-prompt-output, read+write, reasoning)
		prompt += cacheOut
		output += reasoningOut
	}
	read = min(read, prompt)
	write = min(write, prompt-read)
	heard, said := min(u.values[usagePromptAudio], prompt), min(u.values[usageCompletionAudio], output)
	audio := heard + said
	image := min(u.values[usagePromptImage], prompt) + min(u.values[usageCompletionImage], output)
	if max(prompt, output, audio, image) > core.MaxTokens {
		return
	}
	*out = core.Usage{
		InputUncached: prompt - read - write,
		CacheRead:     read,
		CacheWrite:    write,
		Output:        output,
		Reasoning:     min(reasoning, output),
		Audio:         audio,
		AudioInput:    heard,
		AudioOutput:   said,
		Image:         image,
		Reported:      true,
	}
}

// outside returns which details a provider left out of its counters. The format
// wants prompt_tokens to include what the cache read and wrote, and
// completion_tokens to include reasoning, but some leave one (Anthropic's habit)
// or the other (xAI's) out. What the sum of both lacks to total_tokens tells.
func outside(lack, cache, reasoning int64) (cacheOut, reasoningOut int64) {
	switch {
	case lack <= 0:
		return 0, 0
	case lack == reasoning:
		return 0, reasoning
	case lack == cache:
		return cache, 0
	case lack == cache+reasoning:
		return cache, reasoning
	}
	return 0, 0
}

// finishOf maps a finish_reason, other providers' words included.
func finishOf(reason []byte) core.Finish {
	switch string(reason) {
	case "":
		return core.FinishNone
	case "stop", "eos":
		return core.FinishStop
	case "length", "model_length":
		return core.FinishLength
	case "tool_calls", "function_call":
		return core.FinishToolCalls
	case "content_filter":
		return core.FinishContentFilter
	default:
		return core.FinishOther
	}
}
