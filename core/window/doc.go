// Package window holds the events of a stream back until the guards on it have
// judged what they say.
//
// The text of a stream comes in pieces that mean nothing by themselves: a word may
// be cut between two events. So the engine joins what belongs together, one run of
// text for each block of each choice, shows every guard in turn what is new in it,
// and lets an event go when all of its text has passed the last of them. A guard
// answers with edits and with how much of the end it wants to see again, because it
// could still become a match; what it does not hold is released to the next one.
//
//	upstream ► events ► [ guard 1 ► guard 2 ► … ] ► events, in their order ► client
//
// Events leave whole and in the order in which they came. One without edits leaves
// as it came; of one with edits the caller gets the new texts. What a guard puts in
// where several events stood goes out with the first of them; the others lose what
// it replaced.
//
// Tool calls, and content that comes in one piece, are judged whole. A guard of
// mode buffer makes the whole stream wait for its end; one of mode observe is shown
// what was sent.
package window
