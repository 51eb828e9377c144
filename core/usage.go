package core

import "math"

// Usage is what an exchange consumed, in tokens, in one canonical form for all
// providers. Usage is set, not added: a later report replaces an earlier one.
// Every count is ≥ 0. The prompt's size is [Usage.Input].
type Usage struct {
	InputUncached int64 // prompt tokens that no cache served
	CacheRead     int64 // prompt tokens read from the provider's cache
	CacheWrite    int64 // prompt tokens written to the provider's cache
	// CacheWriteHour is the part of CacheWrite that is kept for an hour, which
	// costs more than the usual five minutes.
	CacheWriteHour int64
	Output         int64 // all tokens produced, reasoning included
	Reasoning      int64 // the part of Output that was reasoning
	Audio          int64 // the part of input and output that was audio
	// AudioInput and AudioOutput are what of Audio the provider told to be the
	// prompt's and the answer's, which have different prices. Both are 0 where it
	// told the sum alone.
	AudioInput, AudioOutput int64
	Image                   int64 // the part of input and output that was images
	// Searches are the searches that the provider bills in place of tokens, as some
	// rerankers do.
	Searches int64
	// Reported is true when the provider itself reported these counts.
	Reported bool
	// Estimated is true when at least one count is our own estimate.
	Estimated bool
}

// MaxTokens bounds every count of a [Usage]. Larger figures are an upstream's
// mistake; with this bound a price of up to 10⁶ micro-cents a token cannot
// overflow an int64.
const MaxTokens = math.MaxInt64 / 1_000_000_000

// Input returns the whole size of the prompt in tokens.
func (u *Usage) Input() int64 { return u.InputUncached + u.CacheRead + u.CacheWrite }

// Total returns all tokens, prompt and answer.
func (u *Usage) Total() int64 { return u.Input() + u.Output }

// AudioParts returns the part of the prompt and of the answer that was audio. What
// the provider did not tell apart counts as the prompt's as far as there is one.
func (u *Usage) AudioParts() (in, out int64) {
	in, out = u.AudioInput, u.AudioOutput
	rest := max(u.Audio-in-out, 0)
	more := min(rest, max(u.Input()-in, 0))
	return in + more, min(out+rest-more, u.Output)
}

// Plus returns the sum of both, each count at most MaxTokens. It is reported when
// either is, and estimated when either is.
func (u Usage) Plus(v Usage) Usage {
	add := func(a, b int64) int64 { return min(a+b, MaxTokens) }
	return Usage{
		InputUncached: add(u.InputUncached, v.InputUncached), CacheRead: add(u.CacheRead, v.CacheRead),
		CacheWrite: add(u.CacheWrite, v.CacheWrite), CacheWriteHour: add(u.CacheWriteHour, v.CacheWriteHour),
		Output: add(u.Output, v.Output), Reasoning: add(u.Reasoning, v.Reasoning),
		Audio: add(u.Audio, v.Audio), AudioInput: add(u.AudioInput, v.AudioInput), AudioOutput: add(u.AudioOutput, v.AudioOutput),
		Image: add(u.Image, v.Image), Searches: add(u.Searches, v.Searches),
		Reported: u.Reported || v.Reported, Estimated: u.Estimated || v.Estimated,
	}
}

// Minus returns what is left of u without v, no count below 0. It is reported and
// estimated when u is.
func (u Usage) Minus(v Usage) Usage {
	sub := func(a, b int64) int64 { return max(a-b, 0) }
	return Usage{
		InputUncached: sub(u.InputUncached, v.InputUncached), CacheRead: sub(u.CacheRead, v.CacheRead),
		CacheWrite: sub(u.CacheWrite, v.CacheWrite), CacheWriteHour: sub(u.CacheWriteHour, v.CacheWriteHour),
		Output: sub(u.Output, v.Output), Reasoning: sub(u.Reasoning, v.Reasoning),
		Audio: sub(u.Audio, v.Audio), AudioInput: sub(u.AudioInput, v.AudioInput), AudioOutput: sub(u.AudioOutput, v.AudioOutput),
		Image: sub(u.Image, v.Image), Searches: sub(u.Searches, v.Searches),
		Reported: u.Reported, Estimated: u.Estimated,
	}
}

// Valid tells whether every count lies in [0, MaxTokens] and no part is larger
// than its whole.
func (u *Usage) Valid() bool {
	for _, n := range [...]int64{
		u.InputUncached, u.CacheRead, u.CacheWrite, u.CacheWriteHour, u.Output, u.Reasoning, u.Audio, u.AudioInput, u.AudioOutput, u.Image, u.Searches,
	} {
		if n < 0 || n > MaxTokens {
			return false
		}
	}
	return u.Reasoning <= u.Output && u.CacheWriteHour <= u.CacheWrite && u.AudioInput+u.AudioOutput <= u.Audio
}
