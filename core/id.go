package core

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
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
	dst = hex.AppendEncode(dst, id[0:4])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, id[4:6])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, id[6:8])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, id[8:10])
	dst = append(dst, '-')
	return hex.AppendEncode(dst, id[10:16])
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
