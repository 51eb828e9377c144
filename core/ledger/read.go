package ledger

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Row is one exchange that has ended, as [Read] gives it and as it is written
// in JSON. Times are UTC, costs in 10⁻¹² USD, durations in µs, sizes in bytes.
// Names are stable. A Row's memory is its receiver's.
type Row struct {
	RequestID       string    `json:"request_id"`
	ClientRequestID string    `json:"client_request_id"`
	Time            time.Time `json:"time"` // when the request came in
	Consumer        string    `json:"consumer"`
	Tenant          string    `json:"tenant"`
	Route           string    `json:"route"`
	Deployment      string    `json:"deployment"`
	Provider        string    `json:"provider"`
	UpstreamModel   string    `json:"upstream_model"`
	Dialect         string    `json:"dialect"`
	Operation       string    `json:"operation"`
	Stream          bool      `json:"stream"`
	Status          int       `json:"status"` // 0: interrupted, 499: the client left first
	End             string    `json:"end"`
	ErrorCode       string    `json:"error_code"`
	Attempts        int       `json:"attempts"`
	InputUncached   int64     `json:"input_uncached"`
	CacheRead       int64     `json:"cache_read"`
	CacheWrite      int64     `json:"cache_write"`
	CacheWriteHour  int64     `json:"cache_write_hour"` // part of cache_write
	Output          int64     `json:"output"`
	Reasoning       int64     `json:"reasoning"`
	Audio           int64     `json:"audio"`
	Image           int64     `json:"image"`
	Searches        int64     `json:"searches"`
	Reported        bool      `json:"reported"`
	Estimated       bool      `json:"estimated"`
	CostPicoUSD     *int64    `json:"cost_picousd"` // nil: unknown, which is not free
	DurationUS      int64     `json:"duration_us"`
	FirstByteUS     int64     `json:"first_byte_us"`
	BytesIn         int64     `json:"bytes_in"`
	BytesOut        int64     `json:"bytes_out"`
	ChainHash       string    `json:"chain_hash"`

	// Next is where the row after this one starts.
	Next Position `json:"-"`
}

// Position is a place in a log. The zero value is its start.
type Position struct {
	Segment uint64
	Offset  int64
}

// Filter chooses rows. The zero value chooses all.
type Filter struct {
	Since time.Time // the request came in then or later; zero: any
	Until time.Time // the request came in before then; zero: any
	From  Position  // the row stands there or later in the log; see Row.Next
}

func (f *Filter) match(t time.Time) bool {
	return (f.Since.IsZero() || !t.Before(f.Since)) && (f.Until.IsZero() || t.Before(f.Until))
}

// ReadReport says what [Read] met besides rows.
type ReadReport struct {
	Rows        int64 // rows given
	Damaged     int   // places where bytes before a valid record were damaged
	LostRecords int64 // records that stood there
	TornBytes   int64 // bytes of a record that is being written or was cut by a crash
	Unknown     int64 // valid records of a later version
	// BadSegments names the segments whose header cannot be read, with the
	// reason; their rows are missing.
	BadSegments []string
}

// ErrStop is what the function given to [Read] returns to end it without an
// error.
var ErrStop = errors.New("ledger: stop reading")

// Read calls fn with every row of the ledger in folder that filter chooses, in
// the order in which exchanges ended. It takes no lock and works while a
// gateway writes: it then gives a prefix of what is written meanwhile. Damage
// is counted in the report, not an error. It returns fn's error if fn fails.
func Read(folder string, filter Filter, fn func(Row) error) (ReadReport, error) {
	r := reader{filter: filter, fn: fn}
	err := r.folder(folder)
	for _, p := range r.behind {
		r.close(p)
	}
	if errors.Is(err, ErrStop) {
		err = nil
	}
	return r.report, err
}

// folder reads all segments, and those which are added meanwhile.
func (r *reader) folder(folder string) error {
	last, more := uint64(0), true
	for more {
		more = false
		files, err := listSegments(folder)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.seq <= last || f.seq < r.filter.From.Segment {
				continue
			}
			last, more = f.seq, true
			if err := r.segment(f); err != nil {
				return err
			}
		}
	}
	return nil
}

type reader struct {
	filter Filter
	fn     func(Row) error
	names  interner
	report ReadReport
	// behind holds the segments that were read to their end while they may
	// still have been written.
	behind []*part
}

// part is one segment on its way through the reader.
type part struct {
	*scanner
	file *os.File
	seq  uint64
	// bare is true until the first frame, if that has an unknown ordinal.
	bare bool
}

func (r *reader) segment(f segmentFile) error {
	file, h, size, err := openSegment(f, os.O_RDONLY)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil // dropped since it was listed
	case err != nil:
		r.report.BadSegments = append(r.report.BadSegments, err.Error())
		return nil
	}
	start := int64(headerSize)
	if f.seq == r.filter.From.Segment {
		start = max(start, r.filter.From.Offset) &^ (frameAlign - 1)
	}
	p := &part{newScanner(file, size, &h, start), file, f.seq, start > headerSize}
	p.data = nextData(file, size)
	fr, err := p.next()
	if err == nil {
		// This segment is in use, so those before it are final: read what was
		// written to them since.
		err = r.finish()
	}
	r.behind = append(r.behind, p)
	if err == nil {
		err = r.rows(p, fr)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// finish reads the rest of the segments behind and closes them.
func (r *reader) finish() error {
	for len(r.behind) > 0 {
		p := r.behind[0]
		p.buf = p.buf[:0] // the file may have more by now
		f, err := p.next()
		if err == nil {
			err = r.rows(p, f)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		r.close(p)
		r.behind = r.behind[1:]
	}
	return nil
}

func (r *reader) close(p *part) {
	_ = p.file.Close() // only read
	r.report.Damaged += p.harm.regions
	r.report.LostRecords += p.harm.lost
	r.report.TornBytes += p.harm.torn
}

// rows gives the rows of p from frame f on, until an error, which is io.EOF at
// the end.
func (r *reader) rows(p *part, f frame) (err error) {
	if p.bare {
		p.harm.lost, p.bare = 0, false
	}
	for ; err == nil; f, err = p.next() {
		if f.typ == frameOpen && f.version == frameV1 {
			continue
		}
		var u core.UsageRecord
		if f.typ != frameClose || f.version != frameV1 || !decodeClose(f.payload, &u, &r.names) {
			r.report.Unknown++
			continue
		}
		if !r.filter.match(u.Time) {
			continue
		}
		r.report.Rows++
		row := rowOf(&u)
		row.Next = Position{p.seq, f.end}
		if err := r.fn(row); err != nil {
			return err
		}
	}
	return err
}

func rowOf(u *core.UsageRecord) Row {
	row := Row{
		RequestID: u.ID.String(), ClientRequestID: u.ClientID, Time: u.Time,
		Consumer: u.Consumer, Tenant: u.Tenant, Route: u.Route, Deployment: u.Deployment,
		Provider: u.Provider, UpstreamModel: u.UpstreamModel, Dialect: u.Dialect,
		Operation: u.Operation.String(), Stream: u.Stream, Status: u.Status, End: u.End.String(),
		ErrorCode: u.ErrorCode, Attempts: u.Attempts,
		InputUncached: u.Usage.InputUncached, CacheRead: u.Usage.CacheRead, CacheWrite: u.Usage.CacheWrite, CacheWriteHour: u.Usage.CacheWriteHour,
		Output: u.Usage.Output, Reasoning: u.Usage.Reasoning, Audio: u.Usage.Audio, Image: u.Usage.Image, Searches: u.Usage.Searches,
		Reported: u.Usage.Reported, Estimated: u.Usage.Estimated,
		DurationUS: u.Duration.Microseconds(), FirstByteUS: u.FirstByte.Microseconds(),
		BytesIn: u.BytesIn, BytesOut: u.BytesOut, ChainHash: u.ChainHash,
	}
	if u.Priced {
		cost := u.Cost
		row.CostPicoUSD = &cost
	}
	return row
}
