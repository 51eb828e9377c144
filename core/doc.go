// Package core is the ground floor of Sallyport: the words, types and
// interfaces that every other package speaks. It imports the standard library
// only and names no provider, no guardrail, no database and no HTTP library.
//
// The life of one exchange, in the order of [Phase]:
//
//	receive → authenticate → prompt (shape, judge) → route → admit →
//	  attempt [ upstream_request → upstream → upstream_response | upstream_event ] →
//	answer → complete
//
// # Ownership of memory
//
// An [Exchange] owns every []byte that is reachable from it, from its parts,
// attempts, events and replies. Such bytes are read-only and valid until
// [Exchange.Release]; whoever needs them longer copies them. An [Attempt]
// belongs to one try and is dropped when the next try starts. Hooks, dialects
// and loaders receive an *Exchange and never a type of the HTTP library below.
package core
