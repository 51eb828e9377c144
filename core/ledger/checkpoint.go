package ledger

import (
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
)

// A checkpoint says how the log stood at one position, so that a start need
// not read what lies before it. It only saves time: when it is missing or does
// not fit the segments, everything is read.
type checkpoint struct {
	seq     uint64 // the position: segment,
	salt    uint64 // its salt,
	off     int64  // offset
	ordinal uint32 // and ordinal of the next frame
	rows    int64  // close records in that segment before off
	sealed  []sealed
	opens   []openRef
}

const (
	checkpointName  = "checkpoint"
	checkpointV1    = 1
	checkpointFixed = 8 + 4 + 4 + 5*8 + 2*8
)

var checkpointMagic = [8]byte{'S', 'A', 'L', 'L', 'Y', 'C', 'K', 'P'}

// checkpoint describes the log as it stands. mu is held.
func (l *Log) checkpoint() checkpoint {
	a := l.active
	c := checkpoint{
		seq: a.seq, salt: a.salt, off: int64(a.off), ordinal: a.ordinal, rows: a.rows,
		opens: l.inFlight.all(),
	}
	for _, s := range l.sealed {
		c.sealed = append(c.sealed, *s)
	}
	return c
}

func (c *checkpoint) encode() []byte {
	b := append([]byte(nil), checkpointMagic[:]...)
	b = le.AppendUint32(b, checkpointV1)
	b = le.AppendUint32(b, c.ordinal)
	b = le.AppendUint64(b, c.seq)
	b = le.AppendUint64(b, c.salt)
	b = appendInt(b, c.off)
	b = appendInt(b, c.rows)
	b = appendInt(b, 0)
	b = appendInt(b, int64(len(c.sealed)))
	b = appendInt(b, int64(len(c.opens)))
	for i := range c.sealed {
		b = le.AppendUint64(b, c.sealed[i].seq)
		b = appendInt(b, c.sealed[i].rows)
	}
	for i := range c.opens {
		b = append(b, c.opens[i].id[:]...)
		b = le.AppendUint64(b, c.opens[i].seq)
		b = appendInt(b, int64(c.opens[i].off))
	}
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decode reports whether b is a whole checkpoint of this version.
func (c *checkpoint) decode(b []byte) bool {
	if len(b) < checkpointFixed+4 || [8]byte(b) != checkpointMagic {
		return false
	}
	body := b[:len(b)-4]
	if le.Uint32(b[len(body):]) != crc32.Checksum(body, castagnoli) || le.Uint32(b[8:]) != checkpointV1 {
		return false
	}
	c.ordinal = le.Uint32(b[12:])
	p := payload{body[16:], true}
	c.seq, c.salt = uint64(p.int64()), uint64(p.int64()) // undoes encode
	c.off, c.rows = p.int64(), p.int64()
	_ = p.int64()
	nSealed, nOpens := p.int64(), p.int64()
	if nSealed < 0 || nOpens < 0 || nSealed > int64(len(p.b)/16) || nOpens > int64(len(p.b)/32) ||
		nSealed*16+nOpens*32 != int64(len(p.b)) {
		return false
	}
	for range nSealed {
		c.sealed = append(c.sealed, sealed{seq: uint64(p.int64()), rows: p.int64()}) // undoes encode
	}
	for range nOpens {
		ref := openRef{id: p.id(), seq: uint64(p.int64())} // undoes encode
		off := p.int64()
		if off < headerSize || off >= maxSegmentBytes {
			return false
		}
		ref.off = uint32(off)
		c.opens = append(c.opens, ref)
	}
	return p.ok
}

// save replaces the folder's checkpoint.
func (c *checkpoint) save(folder string) error {
	path := filepath.Join(folder, checkpointName)
	if err := os.WriteFile(path+newSuffix, c.encode(), 0o600); err != nil {
		return errors.Join(err, os.Remove(path+newSuffix))
	}
	return os.Rename(path+newSuffix, path)
}

// loadCheckpoint returns the folder's checkpoint, if there is a whole one.
func loadCheckpoint(folder string) (c checkpoint, ok bool) {
	b, err := os.ReadFile(filepath.Join(folder, checkpointName))
	if err != nil {
		return c, false
	}
	ok = c.decode(b)
	return c, ok
}
