package upstream

import "errors"

// Bounds of the chunked coding: of one size line with its extensions, and of
// the whole trailer section, in bytes.
const (
	maxChunkLine = 1 << 10
	maxTrailer   = 8 << 10
	maxChunkSize = 1 << 48 // far below where four more bits overflow
)

var (
	errChunkSize    = errors.New("chunked coding: bad chunk size")
	errChunkLine    = errors.New("chunked coding: size line too long")
	errChunkEnd     = errors.New("chunked coding: a line does not end in CR LF")
	errChunkTrailer = errors.New("chunked coding: trailer section too long")
)

// dechunker undoes the chunked transfer coding (RFC 9112 §7.1) in place, in
// pieces of any size. Extensions are checked for their bounds and dropped, and so
// are trailers, but for a copy of their bytes. The zero value is ready for a new
// body.
type dechunker struct {
	state   chunkState
	left    uint64 // payload bytes left in this chunk, or its size so far
	line    int    // bytes of the line, or of the trailer section, so far
	trailer []byte // the lines of the trailer section, CR LF included
}

type chunkState uint8

const (
	chunkSizeFirst chunkState = iota // the first digit of a size
	chunkSize                        // further digits
	chunkExt                         // an extension, dropped
	chunkSizeLF                      // LF after the size line
	chunkData
	chunkDataCR
	chunkDataLF
	trailerStart // the first byte of a trailer line
	trailerLine
	trailerLF
	trailerEndLF // LF of the empty line
	chunkDone
)

// decode consumes coded bytes from b and leaves the payload in
// b[start:end]. It consumes all of b except what follows the body's end; used
// tells how much. After the end d.done() is true.
func (d *dechunker) decode(b []byte) (start, end, used int, err error) {
	start = -1
	for i := 0; i < len(b); {
		if d.state == chunkDone {
			return max(start, 0), end, i, nil
		}
		if d.state == chunkData {
			n := len(b) - i
			if uint64(n) > d.left {
				n = int(d.left) // less than n
			}
			if start < 0 {
				start, end = i, i+n
			} else {
				if end != i {
					copy(b[end:], b[i:i+n])
				}
				end += n
			}
			i += n
			if d.left -= uint64(n); d.left == 0 {
				d.state = chunkDataCR
			}
			continue
		}
		if err := d.step(b[i]); err != nil {
			return 0, 0, 0, err
		}
		i++
	}
	return max(start, 0), end, len(b), nil
}

func (d *dechunker) done() bool { return d.state == chunkDone }

// step takes one byte of framing.
func (d *dechunker) step(c byte) error {
	switch d.state {
	case chunkSizeFirst, chunkSize:
		return d.sizeByte(c)
	case chunkExt:
		if d.line++; d.line > maxChunkLine {
			return errChunkLine
		}
		switch c {
		case '\r':
			d.state = chunkSizeLF
		case '\n':
			return errChunkEnd
		}
	case chunkSizeLF:
		if c != '\n' {
			return errChunkEnd
		}
		d.line = 0
		if d.state = chunkData; d.left == 0 {
			d.state = trailerStart
		}
	case chunkDataCR:
		if c != '\r' {
			return errChunkEnd
		}
		d.state = chunkDataLF
	case chunkDataLF:
		if c != '\n' {
			return errChunkEnd
		}
		d.state = chunkSizeFirst
	default:
		return d.trailerByte(c)
	}
	return nil
}

func (d *dechunker) sizeByte(c byte) error {
	digit, ok := hexDigit(c)
	switch {
	case ok:
		if d.line++; d.line > maxChunkLine {
			return errChunkLine // a size may have any number of leading zeros
		}
		if d.left = d.left<<4 | digit; d.left > maxChunkSize {
			return errChunkSize
		}
		d.state = chunkSize
	case d.state == chunkSizeFirst:
		return errChunkSize
	case c == '\r':
		d.state = chunkSizeLF
	case c == ';' || c == ' ' || c == '\t':
		d.state = chunkExt
	default:
		return errChunkSize
	}
	return nil
}

func (d *dechunker) trailerByte(c byte) error {
	if d.line++; d.line > maxTrailer {
		return errChunkTrailer
	}
	if d.state != trailerEndLF && (d.state != trailerStart || c != '\r') { // else the empty line
		d.trailer = append(d.trailer, c)
	}
	switch d.state {
	case trailerStart, trailerLine:
		switch {
		case c == '\n':
			return errChunkEnd
		case c != '\r':
			d.state = trailerLine
		case d.state == trailerStart:
			d.state = trailerEndLF
		default:
			d.state = trailerLF
		}
	default: // trailerLF, trailerEndLF
		if c != '\n' {
			return errChunkEnd
		}
		if d.state == trailerEndLF {
			d.state = chunkDone
		} else {
			d.state = trailerStart
		}
	}
	return nil
}

func hexDigit(c byte) (uint64, bool) {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10, true
	default:
		return 0, false
	}
}
