// Package rates reads what providers tell in header fields of their rate limits, and
// tells clients of it in the form of their own dialect.
//
// Each provider has names of its own, but all are made of the same words: what is
// counted (requests, tokens), which fact it is (limit, remaining, reset) and perhaps
// for which window. So names are read word by word:
//
//	x-ratelimit-remaining-tokens                 OpenAI, Azure, Groq, …
//	x-ratelimit-limit-req-minute                 Mistral
//	x-ratelimit-reset-requests-day               Cerebras
//	x-ratelimit-limit-tokens-prompt              Fireworks
//	x-tokenlimit-remaining                       Together
//	anthropic-ratelimit-input-tokens-reset       Anthropic
//	ratelimit-limit, x-ratelimit-limit           many others: requests
//
// A name with a word that is not known tells of something else and is left alone,
// anthropic-ratelimit-unified-status among them, with which clients of Anthropic's
// take a limit of the operator's subscription for their own. Of several windows the
// one counts of which least is left.
//
// A reset is a duration ("6m0s", "120ms", "59.5" seconds), a moment by RFC 3339 or a
// Unix time in seconds or milliseconds; clients get the form that their own SDK
// knows. Where the provider uses the client's own names already, its fields go
// through as they are.
package rates
