// Package mock is a fake provider: a small HTTP/1.1 server that answers like an
// OpenAI-compatible API and misbehaves on request. Tests start it in-process
// with [Start]; command mockprovider runs it as a process.
//
// # Behaviour
//
// Each request is answered by a scenario: a string such as
// "latency=20ms,chunks=50,pace=10ms" or "fault=rst,after=5". It comes from the
// defaults of the server, then the credential of the request, then its x-mock
// header; each one overrides what it names. [Help] lists every key.
//
// A credential is read as a scenario when it begins with "mock:", or when its
// first item is KEY=VALUE with a known key. It is taken from Authorization
// (any scheme), x-api-key, api-key or x-goog-api-key. A scenario that cannot be
// read is answered 400, so that a typing error never passes for a good run.
//
// # Tokens
//
// Counts are a pure function of the prompt and the scenario:
//
//   - prompt: ⌈n/4⌉ where n is the length in bytes of the raw JSON value of
//     "messages" (chat) or "input" (embeddings), as it arrived;
//   - completion: Σ over the content chunks of ⌈n/4⌉, n being the bytes of the
//     chunk's decoded text. A whole answer is the same chunks joined, so whole
//     and streamed answers of one scenario cost the same.
//
// [Tokens] computes both. Recorded answers (fixture=) count no tokens.
//
// # Leaving
//
// A peer that closes or half-closes its connection while an answer is due
// counts as having left; the mock waits by reading, so it knows at once.
package mock
