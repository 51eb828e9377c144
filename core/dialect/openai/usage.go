package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// counter is one counter of a usage object.
type counter uint8

const (
	usagePrompt counter = iota
	usageCompletion
	usageTotal
	usageCached
	usageCacheWrite
	usagePromptAudio
	usagePromptImage
	usageReasoning
	usageCompletionAudio
	usageCompletionImage
	usageCacheHit   // DeepSeek
	usageCachedFlat // Moonshot
	numCounters
)

// counters are those of one usage object that are whole numbers in
// [0, core.MaxTokens]; of a counter that comes twice the last one.
type counters struct {
	values [numCounters]int64
	known  uint32 // bit by counter
}

// read reads the usage object that comes next.
func (u *counters) read(c *jsonscan.Cursor) {
	u.known = 0
	for c.Enter(); c.Key(); {
		switch string(c.Name) {
		case "prompt_tokens":
			u.take(c, usagePrompt)
		case "completion_tokens":
			u.take(c, usageCompletion)
		case "total_tokens":
			u.take(c, usageTotal)
		case "prompt_cache_hit_tokens":
			u.take(c, usageCacheHit)
		case "cached_tokens":
			u.take(c, usageCachedFlat)
		case "prompt_tokens_details":
			u.readDetails(c, usagePromptAudio, usagePromptImage)
		case "completion_tokens_details":
			u.readDetails(c, usageCompletionAudio, usageCompletionImage)
		default:
			c.Skip()
		}
	}
}

// readDetails reads the object that comes next, if it is one.
func (u *counters) readDetails(c *jsonscan.Cursor, audio, image counter) {
	if c.Peek() != jsonscan.ObjectKind {
		c.Skip()
		return
	}
	for c.Enter(); c.Key(); {
		switch string(c.Name) {
		case "cached_tokens":
			u.take(c, usageCached)
		case "cache_write_tokens":
			u.take(c, usageCacheWrite)
		case "reasoning_tokens":
			u.take(c, usageReasoning)
		case "audio_tokens":
			u.take(c, audio)
		case "image_tokens":
			u.take(c, image)
		default:
			c.Skip()
		}
	}
}

// take reads the counter that comes next.
func (u *counters) take(c *jsonscan.Cursor, id counter) {
	u.known &^= 1 << id
	if n, ok := c.Int(); ok && n >= 0 && n <= core.MaxTokens {
		u.values[id] = n
		u.known |= 1 << id
	}
}

func (u *counters) get(id counter) (int64, bool) { return u.values[id], u.known>>id&1 != 0 }

// first returns the first of the counters that is known, or 0.
func (u *counters) first(ids ...counter) int64 {
	for _, id := range ids {
		if n, ok := u.get(id); ok {
			return n
		}
	}
	return 0
}

// canonical returns the counters in the canonical form. It returns false where
// the totals are missing, impossible or both 0, which no call is: then the
// provider is taken to have reported nothing. A detail that is impossible counts
// as 0, and one that is larger than its whole as its whole.
func (u *counters) canonical() (core.Usage, bool) {
	prompt, ok := u.get(usagePrompt)
	output, ok2 := u.get(usageCompletion)
	if !ok || !ok2 || prompt+output == 0 {
		return core.Usage{}, false
	}
	read, write := u.first(usageCached, usageCacheHit, usageCachedFlat), u.first(usageCacheWrite)
	reasoning := u.first(usageReasoning)
	if total, ok := u.get(usageTotal); ok {
		cacheOut, reasoningOut := outside(total-prompt-output, read+write, reasoning)
		prompt += cacheOut
		output += reasoningOut
	}
	read = min(read, prompt)
	write = min(write, prompt-read)
	out := core.Usage{
		InputUncached: prompt - read - write,
		CacheRead:     read,
		CacheWrite:    write,
		Output:        output,
		Reasoning:     min(reasoning, output),
		Audio:         min(u.first(usagePromptAudio), prompt) + min(u.first(usageCompletionAudio), output),
		Image:         min(u.first(usagePromptImage), prompt) + min(u.first(usageCompletionImage), output),
		Reported:      true,
	}
	return out, out.Valid()
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
