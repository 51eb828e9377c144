// Package ledger is the append-only book of record: an open record before an
// upstream is called, a close record (the usage row) when the exchange has
// ended. [Log] writes it, [Read] and [Summarise] read it, also while another
// process writes.
//
// # What survives what
//
// A record is copied into a shared memory mapping of a file, whose pages belong
// to the kernel. Once Open or Close has returned nil, kill -9 or a panic of the
// process loses nothing. A power cut, or a crash of the kernel, loses at most
// what was written in the last SyncInterval and in the sync then running;
// [Log.Sync] forces one. A log to which nothing is written never syncs.
//
// A crash leaves exchanges that were opened and not closed. The next [Open]
// closes them as [core.EndInterrupted], with status 0, no attempts known, no
// price, and the estimate of the prompt as usage marked estimated. That work is
// itself append-only and may be cut and repeated.
//
// A bit flip, a page that never reached the disk and a torn last record are
// found by checksum. The records behind them are still found, what is missing
// is counted, and bytes that are not a record are never taken for one.
//
// # Room
//
// A segment's blocks are allocated when it is made, by a goroutine that works
// one segment ahead, so a full disk never shows as a fault in the mapping and
// no request waits for an allocation. Open sets aside room for the longest
// close record there can be; when that room cannot be had, Open fails with
// [ErrFull] and nothing reaches an upstream. So a close always fits, and no
// exchange that cost money is missing in the book. The log tries again at the
// first Open after a quarter of a second, and goes on as soon as there is space.
// A filesystem without fallocate gets zeros written. On one that copies on
// write, space may still run out at a write; then, and when somebody cuts a
// segment short, the segment is left behind and the next one taken.
//
// # The bounded disk
//
// All segments together never take more than MaxBytes. When a new one would,
// old ones are deleted, never the active one: first the oldest that holds no
// exchange in flight and that a reader has read ([Log.KeepFrom]), then the
// oldest that holds none in flight, then the oldest. MaxBytes is thus the hard
// bound: a reader that stands still or a stream that runs for days makes the
// log keep its segment as long as another can go, but cannot fill the disk.
// The close record carries all of a row, so dropping an open record only
// matters if the process then dies; its row keeps id and time. [Stats] counts
// every segment, row and open record dropped.
//
// # Files
//
// A folder holds segments, named by their number in 16 hexadecimal digits with
// the suffix ".segment"; "checkpoint", which saves a start from reading
// everything and can be deleted; and "lock", which the one writer holds and
// which names its process. Files ending in ".new" are unfinished.
//
// Integers are little-endian, signed ones in two's complement. Times are
// nanoseconds since 1970 UTC, 0 for none. A string is one byte of length and at
// most 255 bytes (the client's request id: 128), cut on a rune boundary.
//
// A segment has a fixed size and starts with two equal copies of its header:
//
//	 0  8  "SALLYLOG"
//	 8  4  version of the segment, 1
//	12  4  where the frames start, 128
//	16  8  number of the segment, from 1
//	24  8  salt, random
//	32  8  size of the file in bytes
//	40  8  time it was made
//	48 12  zeros
//	60  4  CRC-32C of bytes 0 to 59
//
// Behind it stand frames, each at a multiple of 8, in the order in which they
// were written, then zeros. A frame is at most 4096 bytes long:
//
//	 0  4  CRC-32C (Castagnoli) of the segment's number and salt, 8 bytes each,
//	       then bytes 4 to 15 and the payload
//	 4  2  53 f1
//	 6  1  version of the payload, 1
//	 7  1  type: 1 open, 2 close
//	 8  4  length n of the payload
//	12  4  ordinal of the frame in the segment, from 0
//	16  n  payload, then zeros up to a multiple of 8
//
// The salt keeps bytes of other files, and text that looks like a frame, from
// being valid; the ordinals tell how many frames are missing in a damaged
// place. A later version may add fields at the end of a payload, which are
// skipped, or raise the version or use a new type, which are counted and
// skipped.
//
// The payload of an open record:
//
//	 0 16  request id
//	16  8  time of receive
//	24  8  reservation in 10⁻¹² USD
//	32  8  estimate of the prompt in tokens
//	40  1  operation, numbered as in package core
//	41     strings: consumer, route
//
// The payload of a close record:
//
//	  0 16  request id
//	 16  8  time of receive
//	 24 56  tokens, 8 bytes each: input_uncached, cache_read, cache_write,
//	        output, reasoning, audio, image
//	 80  8  cost in 10⁻¹² USD
//	 88  8  duration in ns
//	 96  8  time to the first byte in ns
//	104  8  bytes in
//	112  8  bytes out
//	120  2  status
//	122  2  attempts
//	124  1  operation
//	125  1  end, numbered as in package core
//	126  2  flags: 1 stream, 2 reported, 4 estimated, 8 priced, 16 more
//	128     strings: client's request id, consumer, tenant, route, deployment,
//	        provider, upstream model, dialect, error code, chain hash
//	        with the flag more: cache_write_hour and searches, 8 bytes each
//
// An example: the third frame of segment 1 with salt 0x0123456789abcdef, an
// open record of 2026-01-02 03:04:05.000000006 UTC by consumer "ann" on route
// "é", operation chat, 500·10⁻¹² USD reserved, 12 tokens estimated.
//
//	00  11 2a 70 6f 53 f1 01 01  30 00 00 00 02 00 00 00
//	10  01 9b 7c a9 8c 88 7a bc  80 00 00 00 00 00 12 34
//	20  06 32 96 1c f2 ca 86 18  f4 01 00 00 00 00 00 00
//	30  0c 00 00 00 00 00 00 00  01 03 61 6e 6e 02 c3 a9
package ledger
