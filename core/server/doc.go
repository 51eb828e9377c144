// Package server is the front door: the HTTP listeners and the life of an
// exchange from its first byte to its last.
//
// It alone knows fasthttp's server side. Everything it calls receives a
// [core.Exchange]. Where the pieces of one exchange are:
//
//	head.go      what is refused before the parser is trusted
//	handler.go   which path is whose
//	exchange.go  the phases, in order
//	whole.go     an answer in one piece
//	stream.go    an answer in events
//	finish.go    the books: exactly one usage record, whatever happened
//	watch.go     the client that leaves
//	state.go     one configuration at work, and how it is swapped
//
// # Memory
//
// An exchange is pooled. A whole one lives on the stack of fasthttp's handler;
// a streamed one goes on living in the answer's body stream, on the goroutine of
// the connection, until fasthttp closes that stream. The request's body is freed
// at the first byte of a stream.
package server
