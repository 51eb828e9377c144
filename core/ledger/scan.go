package ledger

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
)

// scanWindow is how much of a segment is read at a time. A frame always fits.
const scanWindow = 256 << 10

// frame is one valid frame of a segment. payload is valid until the next call
// of scanner.next.
type frame struct {
	off     int64
	end     int64
	typ     byte
	version byte
	ordinal uint32
	payload []byte
}

// damage is what a scan found wrong with a segment.
type damage struct {
	regions int   // places where bytes between two valid frames were not valid
	lost    int64 // frames missing there, by their ordinals
	skipped int64 // bytes in those places
	torn    int64 // bytes after the last valid frame that were not zero
}

// scanner finds the frames of one segment in order. It checks every checksum
// and finds the next valid frame after bytes that are not valid. It works on a
// segment that another process is writing and then sees a prefix of its frames.
type scanner struct {
	r    io.ReaderAt
	size int64
	seed uint32
	// data returns the first offset ≥ its argument that may hold anything but
	// zeros; nil when unknown.
	data func(off int64) int64

	off     int64  // where the next frame should start
	ordinal uint32 // which ordinal it should have
	harm    damage

	buf  []byte
	base int64 // offset of buf[0]
}

func newScanner(r io.ReaderAt, size int64, h *header, off int64) *scanner {
	return &scanner{r: r, size: size, seed: sumSeed(h.seq, h.salt), off: off}
}

// next returns the next valid frame, or io.EOF after the last one.
func (s *scanner) next() (frame, error) {
	f, ok, err := s.at(s.off)
	if err != nil {
		return f, err
	}
	if !ok {
		if f, err = s.resync(); err != nil {
			return f, err
		}
	}
	s.off, s.ordinal = f.end, f.ordinal+1
	return f, nil
}

// resync looks for the first valid frame at or after s.off.
func (s *scanner) resync() (frame, error) {
	used := s.off // end of what is not zero
	for off := s.off; off+frameHeader <= s.size; {
		if _, err := s.view(off, frameHeader); err != nil {
			return frame{}, err
		}
		b := s.buf[off-s.base:]
		n, last := candidate(b)
		if last > 0 {
			used = off + int64(last)
		}
		if n+frameHeader <= len(b) {
			f, ok, err := s.at(off + int64(n))
			if err != nil {
				return f, err
			}
			if ok {
				return s.resume(f)
			}
			n += frameAlign
		}
		off += int64(n)
		if s.data != nil {
			off = max(off, s.data(off)&^(frameAlign-1))
		}
	}
	s.harm.torn = used - s.off
	return frame{}, io.EOF
}

// zeroPage is compared with, never written.
var zeroPage [4096]byte

// candidate returns where in b, at a multiple of the alignment, the first frame
// may start; if none can, the first place where too little is left of b for a
// header. used is the end of the last word before that, or at it, which is not
// zero.
func candidate(b []byte) (n, used int) {
	for n+frameHeader <= len(b) {
		// Most of a segment that is in use is zeros, page after page.
		for n+len(zeroPage) <= len(b) && bytes.Equal(b[n:n+len(zeroPage)], zeroPage[:]) {
			n += len(zeroPage)
		}
		if n+frameHeader > len(b) {
			break
		}
		if w := le.Uint64(b[n:]); w != 0 {
			used = n + frameAlign
			if uint16(w>>32) == frameMagic { // 16 bits are meant
				break
			}
		}
		n += frameAlign
	}
	return n, used
}

// resume goes on at f, the next valid frame after a hole at s.off. In a
// segment that is being written the hole may only have been what the window
// held of it: frames are written in order, so by now it is filled.
func (s *scanner) resume(f frame) (frame, error) {
	hole := s.off
	s.buf = s.buf[:0]
	if g, ok, err := s.at(hole); ok || err != nil {
		return g, err
	}
	s.harm.regions++
	s.harm.skipped += f.off - hole
	if d := int64(int32(f.ordinal - s.ordinal)); d > 0 { // a distance modulo 2³²
		s.harm.lost += d
	}
	g, ok, err := s.at(f.off)
	if err == nil && !ok {
		err = errors.New("ledger: the segment changed while it was read")
	}
	return g, err
}

// at returns the frame at off if a valid one stands there.
func (s *scanner) at(off int64) (frame, bool, error) {
	if off < headerSize || off+frameHeader > s.size {
		return frame{}, false, nil
	}
	b, err := s.view(off, frameHeader)
	if err != nil {
		return frame{}, false, err
	}
	if le.Uint16(b[4:]) != frameMagic {
		return frame{}, false, nil
	}
	n := int64(le.Uint32(b[8:]))
	if n > frameLimit-frameHeader || off+int64(frameSize(int(n))) > s.size {
		return frame{}, false, nil
	}
	if b, err = s.view(off, frameHeader+int(n)); err != nil {
		return frame{}, false, err
	}
	if crc32.Update(s.seed, castagnoli, b[4:]) != le.Uint32(b) {
		return frame{}, false, nil
	}
	return frame{
		off: off, end: off + int64(frameSize(int(n))),
		version: b[6], typ: b[7], ordinal: le.Uint32(b[12:]),
		payload: b[frameHeader:],
	}, true, nil
}

// view returns the n bytes at off. They lie inside the segment and n is at
// most frameLimit.
func (s *scanner) view(off int64, n int) ([]byte, error) {
	if i := off - s.base; i >= 0 && i+int64(n) <= int64(len(s.buf)) {
		return s.buf[i : i+int64(n)], nil
	}
	if s.buf == nil {
		s.buf = make([]byte, min(scanWindow, s.size))
	}
	s.base = off
	got, err := s.r.ReadAt(s.buf[:min(int64(cap(s.buf)), s.size-off)], off)
	s.buf = s.buf[:got]
	if got >= n {
		return s.buf[:n], nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // the file is shorter than it was
	}
	return nil, err
}
