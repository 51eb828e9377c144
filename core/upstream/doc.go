// Package upstream speaks HTTP/1.1 to providers: connections, timeouts,
// cancellation, TLS, egress rules and the framing of answers.
//
// A [Host] is the pool of connections to one provider host. It is our own
// instead of fasthttp's HostClient, because that one cannot cancel a dial nor a
// wait for a header, sets one absolute read deadline that also cuts streams, and
// bounds neither the head of an answer nor the queue of waiting callers. What is
// left after taking those out, writing a request and reading a head, is small,
// and doing it here lets an answer be refused for a reason that a lenient parser
// hides: two lengths, an unknown transfer coding, a folded field.
//
// # Life of a connection
//
// dial (DNS, TCP, TLS; the exchange's cancellation ends it) → in use by exactly
// one exchange → idle, newest first → in use … → closed. A connection is reused
// only when the answer was read exactly to its end, both sides keep alive, no
// byte followed, and no cancellation touched it.
//
// # Time
//
// [core.Timeouts] bound the stages of one call, and [core.Route.Total] the whole
// exchange. All of them are read and write deadlines of the socket: no timer and
// no goroutine per exchange. A cancellation moves the deadline into the past,
// which wakes the reader at once and never blocks the canceller. A deadline that
// stands from an earlier exchange or read serves as long as it is not later, nor
// much earlier, than the one wanted: a read that it ends too soon goes on.
//
// # Content codings
//
// Requests ask for none: a compressed stream costs more than what it saves on the
// way, and is late by what the sender holds back. Who compresses all the same is
// read, with gzip, deflate, br or zstd, as it flows and within bounds: so much for
// what comes out at a time, in all, and for each byte that came in.
//
// # What a host remembers
//
// Requests of one kind, and their answers, differ in few fields. A [Host] keeps
// one head of each; where a later one has the same text, that text has been
// checked before, and only what differs is looked at byte by byte. What is
// compared is the text itself, so nothing rests on the other side's good will.
package upstream
