package ledger

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sallyport-gateway/sallyport/core"
)

// The header stands twice at the start of a segment, because without its salt
// no frame can be checked.
const (
	headerCopy = 64
	headerSize = 2 * headerCopy
	headerV1   = 1

	segmentSuffix = ".segment"
	newSuffix     = ".new"
)

var segmentMagic = [8]byte{'S', 'A', 'L', 'L', 'Y', 'L', 'O', 'G'}

// header is what a segment says about itself.
type header struct {
	seq     uint64 // 1 for the first segment of a folder, then one more each
	salt    uint64
	size    int64 // bytes of the file, header included
	created time.Time
}

func (h *header) encode() []byte {
	b := append(make([]byte, 0, headerSize), segmentMagic[:]...)
	b = le.AppendUint32(b, headerV1)
	b = le.AppendUint32(b, headerSize)
	b = le.AppendUint64(b, h.seq)
	b = le.AppendUint64(b, h.salt)
	b = appendInt(b, h.size)
	b = appendInt(b, unixNano(h.created))
	b = append(b, make([]byte, headerCopy-4-len(b))...)
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return append(b, b...)
}

var errHeader = errors.New("both copies of its header are damaged")

// decode reads whichever copy of the header is whole.
func (h *header) decode(b []byte) error {
	for ; len(b) >= headerCopy; b = b[headerCopy:] {
		c := b[:headerCopy]
		if [8]byte(c) != segmentMagic || le.Uint32(c[headerCopy-4:]) != crc32.Checksum(c[:headerCopy-4], castagnoli) {
			continue
		}
		if v := le.Uint32(c[8:]); v != headerV1 {
			return fmt.Errorf("it has version %d, and this program reads version %d", v, headerV1)
		}
		p := payload{c[16:], true}
		h.seq, h.salt = uint64(p.int64()), uint64(p.int64()) // undoes encode
		h.size, h.created = p.int64(), p.time()
		return nil
	}
	return errHeader
}

// segmentFile is a segment found in a folder.
type segmentFile struct {
	path string
	seq  uint64
}

func segmentPath(folder string, seq uint64) string {
	return filepath.Join(folder, fmt.Sprintf("%016x", seq)+segmentSuffix)
}

// listSegments returns the segments of a folder by their numbers.
func listSegments(folder string) ([]segmentFile, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	var files []segmentFile
	for _, e := range entries {
		hex, ok := strings.CutSuffix(e.Name(), segmentSuffix)
		seq, err := strconv.ParseUint(hex, 16, 64)
		if ok && err == nil && len(hex) == 16 && seq > 0 {
			files = append(files, segmentFile{filepath.Join(folder, e.Name()), seq})
		}
	}
	slices.SortFunc(files, func(a, b segmentFile) int { return strings.Compare(a.path, b.path) })
	return files, nil
}

// openSegment opens a segment for reading and reads its header.
func openSegment(f segmentFile, flag int) (*os.File, header, int64, error) {
	var h header
	file, err := os.OpenFile(f.path, flag, 0)
	if err != nil {
		return nil, h, 0, fmt.Errorf("ledger: %w", err)
	}
	var b [headerSize]byte
	n, err := file.ReadAt(b[:], 0)
	if err == nil || errors.Is(err, io.EOF) {
		err = h.decode(b[:n])
	}
	if err == nil && h.seq != f.seq {
		err = fmt.Errorf("it is number %x by its header", h.seq)
	}
	if err == nil {
		var info os.FileInfo
		if info, err = file.Stat(); err == nil && info.Size() <= maxSegmentBytes {
			return file, h, info.Size(), nil
		}
		err = cmp.Or(err, errors.New("it is larger than a segment can be"))
	}
	_ = file.Close()
	return nil, h, 0, fmt.Errorf("ledger: segment %s: %w", f.path, err)
}

// segment is a segment that is being written, or is ready to be.
type segment struct {
	header
	seed    uint32
	file    *os.File
	data    []byte // the mapping, all of the file
	off     int    // where the next frame goes
	ordinal uint32
	rows    int64 // close records
	pins    int   // open records of exchanges in flight
	broken  bool  // the mapping faulted

	// The syncer's.
	fresh    bool // its name may not be on the disk yet
	released int  // pages below this are out of the mapping
}

// createSegment makes a segment with all its room allocated, so that a full
// disk shows here and not as a fault in the mapping.
func createSegment(folder string, h header, allocate func(*os.File, int64) error) (_ *segment, err error) {
	var salt [8]byte
	_, _ = rand.Read(salt[:]) // never fails
	h.salt = le.Uint64(salt[:])
	path := segmentPath(folder, h.seq)
	file, err := os.OpenFile(path+newSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(path + newSuffix)
		}
	}()
	if err = allocate(file, h.size); err != nil {
		return nil, fmt.Errorf("allocating %d bytes for %s: %w", h.size, path, err)
	}
	if _, err = file.WriteAt(h.encode(), 0); err != nil {
		return nil, err
	}
	s, err := mapSegment(file, h)
	if err != nil {
		return nil, err
	}
	s.fresh = true
	if err = os.Rename(path+newSuffix, path); err != nil {
		_ = unix.Munmap(s.data)
		return nil, err
	}
	return s, nil
}

// mapSegment maps a whole segment for writing. The file is the segment's then.
func mapSegment(file *os.File, h header) (*segment, error) {
	data, err := unix.Mmap(int(file.Fd()), 0, int(h.size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", file.Name(), err)
	}
	return &segment{header: h, seed: sumSeed(h.seq, h.salt), file: file, data: data, off: headerSize}, nil
}

// room is how many frames of any size still fit.
func (s *segment) room() int {
	if s.broken {
		return 0
	}
	return (len(s.data) - s.off) / maxFrame
}

// errFault means that the memory behind a mapping is gone: the file was cut
// short by someone else, or the disk failed under it.
var errFault = errors.New("ledger: the segment's memory cannot be written")

// append writes one record, of which exactly one is given. There must be room.
// It returns the offset of the frame.
func (s *segment) append(o *core.OpenRecord, c *core.UsageRecord) (off int, err error) {
	faults := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(faults)
		if p := recover(); p != nil {
			if _, ok := p.(interface{ Addr() uintptr }); !ok {
				panic(p)
			}
			s.broken, err = true, errFault
		}
	}()
	off = s.off
	b := s.data[off : off+maxFrame : off+maxFrame]
	if o != nil {
		n := len(appendOpen(b[frameHeader:frameHeader], o))
		s.seal(b, frameOpen, n)
		return off, nil
	}
	n := len(appendClose(b[frameHeader:frameHeader], c))
	s.seal(b, frameClose, n)
	s.rows++
	return off, nil
}

// seal makes the frame b, whose payload of n bytes stands, part of the segment.
func (s *segment) seal(b []byte, typ byte, n int) {
	sealFrame(b, s.seed, typ, n, s.ordinal)
	s.off += frameSize(n)
	s.ordinal++
}

// release takes the full pages below off out of the mapping; the kernel keeps
// them in its cache. Before a sync that saves it from protecting them one by
// one, with an interrupt to every processor each time. It also keeps a busy log
// from looking like a large process.
func (s *segment) release(off int) {
	if end := off &^ (os.Getpagesize() - 1); end > s.released {
		_ = unix.Madvise(s.data[s.released:end], unix.MADV_DONTNEED) // only costs time
		s.released = end
	}
}

// unmap takes the whole segment out of memory. Nothing may be written to it
// then.
func (s *segment) unmap() error {
	if s.data == nil {
		return nil
	}
	err := unix.Munmap(s.data)
	s.data = nil
	return err
}

func (s *segment) close() error { return errors.Join(s.unmap(), s.file.Close()) }
