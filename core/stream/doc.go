// Package stream cuts an upstream's byte stream into whole events and writes
// events for clients. Framing belongs to the host: nothing above this package
// ever sees half an event.
//
// A splitter is fed whatever one read delivered and then asked for the whole
// events in it:
//
//	s.Feed(chunk)            // chunk: what the read returned
//	from, to := 0, 0         // chunk[from:to] is waiting to be forwarded
//	for s.Next(&ev) {
//		if !ev.Carried && forwardUnchanged(&ev) {
//			to = ev.End      // events lie side by side: only move the end
//			continue
//		}
//		w.Write(chunk[from:to])
//		w.Write(replacement(&ev)) // ev.Raw for a carried event
//		from, to = ev.End, ev.End
//	}
//	w.Write(chunk[from:to])
//	if err := s.Err(); err != nil { … }
//
// Events are sub-slices of the fed bytes, so a read whose events all pass
// unchanged goes out as one write without being copied. Only the unfinished
// event at the end of a read is copied; the event made of it, always the first
// one of a later read, has Carried set. A splitter that holds no unfinished
// event holds no buffer.
//
// The concatenation of every Raw and of what Finish leaves is exactly what was
// fed, byte for byte, but for a stream that is a byte order mark alone.
package stream
