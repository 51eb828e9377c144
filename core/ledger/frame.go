package ledger

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// The layout of a frame. doc.go describes it byte by byte.
const (
	frameHeader = 16
	frameAlign  = 8
	frameMagic  = 0xf153 // on disk 53 f1, a byte pair that no UTF-8 text holds
	frameV1     = 1

	frameOpen  = 1
	frameClose = 2

	// frameLimit bounds a frame of any version, header and padding included.
	frameLimit = 4096

	maxString   = 255
	maxClientID = 128
	openFixed   = 41
	closeFixed  = 128
	closeMore   = 16
	// maxFrame is the longest frame that this version writes: a close record
	// with every string at its bound.
	maxFrame = (frameHeader + closeFixed + 1 + maxClientID + 9*(1+maxString) + closeMore + frameAlign - 1) &^ (frameAlign - 1)
)

// The flags of a close record.
const (
	flagStream = 1 << iota
	flagReported
	flagEstimated
	flagPriced
	flagMore // two further counts stand behind the strings
)

var le = binary.LittleEndian

// castagnoli is the polynomial that processors compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumSeed is the checksum state at the start of every frame of one segment. It
// mixes in the segment's number and random salt, so that bytes of another
// segment, or of a file whose blocks were used again, never look valid.
func sumSeed(seq, salt uint64) uint32 {
	var b [16]byte
	le.PutUint64(b[:8], seq)
	le.PutUint64(b[8:], salt)
	return crc32.Checksum(b[:], castagnoli)
}

// sealFrame fills the header of the frame b, whose payload of n bytes stands
// behind it. The checksum is stored last: until then the frame is not there.
func sealFrame(b []byte, seed uint32, typ byte, n int, ordinal uint32) {
	// Magic, version, type and length as one store.
	le.PutUint64(b[4:], frameMagic|frameV1<<16|uint64(typ)<<24|uint64(n)<<32) // 0 ≤ n ≤ maxFrame
	le.PutUint32(b[12:], ordinal)
	le.PutUint32(b, crc32.Update(seed, castagnoli, b[4:frameHeader+n]))
}

// frameSize is the room that a frame with a payload of n bytes takes.
func frameSize(n int) int { return (frameHeader + n + frameAlign - 1) &^ (frameAlign - 1) }

// cut shortens s to at most n bytes without cutting a rune in two.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return cutRunes(s, n)
}

func cutRunes(s string, n int) string {
	for i := n; i >= max(n-utf8.UTFMax+1, 0); i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n] // not UTF-8 at all
}

func appendString(dst []byte, s string) []byte {
	if s == "" { // as many are
		return append(dst, 0)
	}
	s = cut(s, maxString)
	dst = append(dst, byte(len(s)))
	return append(dst, s...)
}

func putInt(b []byte, n int64) {
	le.PutUint64(b, uint64(n)) // two's complement, undone by the decoder
}

func appendInt(dst []byte, n int64) []byte {
	return le.AppendUint64(dst, uint64(n)) // as putInt
}

// unixNano is 0 for the zero time, which UnixNano does not define.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// appendOpen appends the payload of an open record.
func appendOpen(dst []byte, r *core.OpenRecord) []byte {
	dst, b := extend(dst, openFixed)
	copy(b, r.ID[:])
	putInt(b[16:], unixNano(r.Time))
	putInt(b[24:], r.Reservation)
	putInt(b[32:], r.EstInput)
	b[40] = byte(r.Operation)
	dst = appendString(dst, r.Consumer)
	return appendString(dst, r.Route)
}

// appendClose appends the payload of a close record.
func appendClose(dst []byte, r *core.UsageRecord) []byte {
	dst, b := extend(dst, closeFixed)
	copy(b, r.ID[:])
	putInt(b[16:], unixNano(r.Time))
	putInt(b[24:], r.Usage.InputUncached)
	putInt(b[32:], r.Usage.CacheRead)
	putInt(b[40:], r.Usage.CacheWrite)
	putInt(b[48:], r.Usage.Output)
	putInt(b[56:], r.Usage.Reasoning)
	putInt(b[64:], r.Usage.Audio)
	putInt(b[72:], r.Usage.Image)
	putInt(b[80:], r.Cost)
	putInt(b[88:], int64(r.Duration))
	putInt(b[96:], int64(r.FirstByte))
	putInt(b[104:], r.BytesIn)
	putInt(b[112:], r.BytesOut)
	le.PutUint16(b[120:], clampUint16(r.Status))
	le.PutUint16(b[122:], clampUint16(r.Attempts))
	b[124], b[125] = byte(r.Operation), byte(r.End)
	le.PutUint16(b[126:], flagsOf(r))
	dst = appendString(dst, cut(r.ClientID, maxClientID))
	// In a loop: the code of ten calls would take room in the processor's cache.
	for _, s := range [...]*string{
		&r.Consumer, &r.Tenant, &r.Route, &r.Deployment, &r.Provider,
		&r.UpstreamModel, &r.Dialect, &r.ErrorCode, &r.ChainHash,
	} {
		dst = appendString(dst, *s)
	}
	if hasMore(&r.Usage) {
		dst = appendInt(appendInt(dst, r.Usage.CacheWriteHour), r.Usage.Searches)
	}
	return dst
}

// hasMore tells whether u has one of the counts that few calls have.
func hasMore(u *core.Usage) bool { return u.CacheWriteHour|u.Searches != 0 }

// extend makes dst n bytes longer. b is what was added, to be filled.
func extend(dst []byte, n int) (longer, b []byte) {
	dst = slices.Grow(dst, n)[:len(dst)+n]
	return dst, dst[len(dst)-n:]
}

func clampUint16(n int) uint16 { return uint16(min(max(n, 0), 1<<16-1)) } // clamped

func flagsOf(r *core.UsageRecord) uint16 {
	var f uint16
	if r.Stream {
		f |= flagStream
	}
	if r.Usage.Reported {
		f |= flagReported
	}
	if r.Usage.Estimated {
		f |= flagEstimated
	}
	if r.Priced {
		f |= flagPriced
	}
	if hasMore(&r.Usage) {
		f |= flagMore
	}
	return f
}

// payload reads the fields of one record in order. Once a read goes past the
// end, ok is false and every further read gives zero.
type payload struct {
	b  []byte
	ok bool
}

func (p *payload) take(n int) []byte {
	if len(p.b) < n {
		p.b, p.ok = nil, false
		return nil
	}
	head := p.b[:n]
	p.b = p.b[n:]
	return head
}

func (p *payload) int64() int64 {
	if b := p.take(8); b != nil {
		return int64(le.Uint64(b)) // undoes appendInt
	}
	return 0
}

func (p *payload) uint16() uint16 {
	if b := p.take(2); b != nil {
		return le.Uint16(b)
	}
	return 0
}

func (p *payload) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *payload) id() (id core.ID) {
	copy(id[:], p.take(len(id)))
	return id
}

func (p *payload) time() time.Time {
	n := p.int64()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// bytes returns the next string, still inside the payload.
func (p *payload) bytes() []byte { return p.take(int(p.byte())) }

// decodeOpen is the inverse of appendOpen. Bytes after the last known field are
// a later version's and are skipped. It reports whether all fields were there.
func decodeOpen(b []byte, r *core.OpenRecord) bool {
	p := payload{b, true}
	r.ID = p.id()
	r.Time = p.time()
	r.Reservation = p.int64()
	r.EstInput = p.int64()
	r.Operation = core.Operation(p.byte())
	r.Consumer = string(p.bytes())
	r.Route = string(p.bytes())
	return p.ok
}

// decodeClose is the inverse of appendClose; see decodeOpen. names shares the
// strings that rows repeat.
func decodeClose(b []byte, r *core.UsageRecord, names *interner) bool {
	p := payload{b, true}
	r.ID = p.id()
	r.Time = p.time()
	for _, n := range [...]*int64{
		&r.Usage.InputUncached, &r.Usage.CacheRead, &r.Usage.CacheWrite,
		&r.Usage.Output, &r.Usage.Reasoning, &r.Usage.Audio, &r.Usage.Image,
		&r.Cost, (*int64)(&r.Duration), (*int64)(&r.FirstByte), &r.BytesIn, &r.BytesOut,
	} {
		*n = p.int64()
	}
	r.Status = int(p.uint16())
	r.Attempts = int(p.uint16())
	r.Operation = core.Operation(p.byte())
	r.End = core.End(p.byte())
	f := p.uint16()
	r.Stream = f&flagStream != 0
	r.Usage.Reported = f&flagReported != 0
	r.Usage.Estimated = f&flagEstimated != 0
	r.Priced = f&flagPriced != 0
	r.ClientID = string(p.bytes())
	for _, s := range [...]*string{
		&r.Consumer, &r.Tenant, &r.Route, &r.Deployment, &r.Provider,
		&r.UpstreamModel, &r.Dialect, &r.ErrorCode, &r.ChainHash,
	} {
		*s = names.get(p.bytes())
	}
	if f&flagMore != 0 {
		r.Usage.CacheWriteHour, r.Usage.Searches = p.int64(), p.int64()
	}
	return p.ok
}

// interner shares equal strings. Its size is bounded, so that a log full of
// different names costs no more than it would without.
type interner struct{ seen map[string]string }

const maxInterned = 4096

func (n *interner) get(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := n.seen[string(b)]; ok {
		return s
	}
	s := string(b)
	if n.seen == nil {
		n.seen = make(map[string]string)
	}
	if len(n.seen) < maxInterned {
		n.seen[s] = s
	}
	return s
}
