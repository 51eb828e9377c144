package core

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"time"
)

// ID is a request id: a UUID version 7 (RFC 9562 §5.7), 48 bits of Unix
// milliseconds followed by random bits, so that ids sort by time.
type ID [16]byte

// NewID lays out a version 7 UUID from the wall time t and random bits.
// Of the 128 bits given by hi and lo, 74 are used.
func NewID(t time.Time, hi, lo uint64) ID {
	var id ID
	ms := uint64(t.UnixMilli())
	binary.BigEndian.PutUint64(id[:8], ms<<16|0x7000|hi&0x0fff)
	binary.BigEndian.PutUint64(id[8:], 1<<63|lo&(1<<62-1))
	return id
}

// Append appends the canonical 36-byte text form.
func (id ID) Append(dst []byte) []byte {
	le := binary.LittleEndian
	n := len(dst)
	dst = append(dst, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"...)
	b := (*[36]byte)(dst[n:])
	hi, lo := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	le.PutUint64(b[0:], hexDigits(uint32(hi>>32)))
	x := hexDigits(uint32(hi))
	le.PutUint32(b[9:], uint32(x)) // its first four digits
	le.PutUint32(b[14:], uint32(x>>32))
	x = hexDigits(uint32(lo >> 32))
	le.PutUint32(b[19:], uint32(x))
	le.PutUint32(b[24:], uint32(x>>32))
	le.PutUint64(b[28:], hexDigits(uint32(lo)))
	return dst
}

// hexDigits returns the eight hexadecimal digits of n as text, the first in the
// lowest byte. It works on all digits at once, as every exchange renders its id
// more than once.
func hexDigits(n uint32) uint64 {
	const ones = 0x0101010101010101
	// One digit to a byte: halves, then quarters, then eighths apart.
	x := uint64(bits.ReverseBytes32(n))
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x>>4 | x<<8) & 0x0f0f0f0f0f0f0f0f
	// Digits from ten on are letters: adding six carries into bit 4.
	letters := (x + 6*ones) >> 4 & ones
	return x + '0'*ones + letters*('a'-'0'-10)
}

// String returns the canonical text form.
func (id ID) String() string { return string(id.Append(make([]byte, 0, 36))) }

// Time returns the wall time, to the millisecond, at which the id was made.
func (id ID) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16))
}

var errBadID = errors.New("core: an id has 32 hexadecimal digits in the groups 8-4-4-4-12")

// ParseID reads the canonical text form.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, errBadID
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID{}, errBadID
	}
	return id, nil
}
