package load

import "bytes"

const (
	// stampMark stands before the text of a content event, and so before the
	// stamp: 19 digits of Unix nanoseconds.
	stampMark   = `"content":"`
	stampDigits = 19
	doneMark    = "data: [DONE]\n\n"
)

// events reads the time stamps in a stream that comes in pieces of any size. The
// zero value is ready.
type events struct {
	stamps int64 // found so far
	tail   [len(stampMark) + stampDigits - 1]byte
	held   int // bytes of tail in use
}

// feed reads on in b and calls at with every stamp. scratch is memory to work
// in; it is returned, grown if need be.
func (e *events) feed(b, scratch []byte, at func(stamp int64)) []byte {
	scratch = append(append(scratch[:0], e.tail[:e.held]...), b...)
	rest := scratch
	for {
		i := bytes.Index(rest, []byte(stampMark))
		if i < 0 || len(rest)-i < len(stampMark)+stampDigits {
			break
		}
		digits := rest[i+len(stampMark):][:stampDigits]
		if stamp, ok := parseStamp(digits); ok {
			e.stamps++
			at(stamp)
			rest = rest[i+len(stampMark)+stampDigits:]
		} else {
			rest = rest[i+len(stampMark):]
		}
	}
	// What is kept is too short to hold a whole stamp, so none counts twice.
	e.held = copy(e.tail[:], rest[max(0, len(rest)-len(e.tail)):])
	return scratch
}

// done tells whether the last bytes were the end mark of a stream.
func (e *events) done() bool { return bytes.HasSuffix(e.tail[:e.held], []byte(doneMark)) }

func parseStamp(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0') // 19 digits may wrap around, which is then no time of ours
	}
	return n, n > 0
}
