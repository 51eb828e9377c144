package abi

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/core"
)

// View returns the bytes of s without a copy, for fields of a frame that is
// about to be appended. They must not be written to.
func View(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) } //nolint:gosec // the contract is above

// The enums count from 1 where those of core count from 0, so that a value that
// is absent from a frame is none of core's.

// KindOf returns k as it stands in frames.
func KindOf(k core.PartKind) Kind { return Kind(k) + KindText }

// RoleOf returns r as it stands in frames.
func RoleOf(r core.Role) Role { return Role(r) + RoleUser }

// OriginOf returns o as it stands in frames.
func OriginOf(o core.Origin) Origin { return Origin(o) + OriginClient }

// EndOf returns e as it stands in frames.
func EndOf(e core.End) End { return End(e) + EndCompleted }

// EventKindOf returns k as it stands in frames.
func EventKindOf(k core.EventKind) EventKind { return EventKind(k) + EventKindOpen }

// StageOf returns s as it stands in frames.
func StageOf(s core.Stage) Stage { return Stage(s) }

// OperationOf returns o as it stands in frames.
func OperationOf(o core.Operation) Operation { return Operation(o) }

// FinishOf returns f as it stands in frames.
func FinishOf(f core.Finish) Finish { return Finish(f) }

// Set fills m with p. Its slices are p's own; text is the part's text as edited
// so far, which the caller may have at hand, see [core.Part.Text].
func (m *Part) Set(p *core.Part, text []byte) {
	m.Reset()
	m.ID = uint32(p.ID)
	m.Kind, m.Role, m.Origin = KindOf(p.Kind), RoleOf(p.Role), OriginOf(p.Origin)
	m.HasMessage = p.Msg >= 0
	if m.HasMessage {
		m.Message = uint32(p.Msg)
	}
	m.Choice = uint32(p.Choice)
	m.Text, m.Name, m.CallID = text, p.Name, p.Ref
	if a := p.Attr; a != nil {
		m.Data, m.URL, m.Signature, m.Source, m.Raw = a.Data, a.URL, a.Signature, a.Source, a.JSON
	}
}

// Set fills m with u. Counts that are not valid become 0.
func (m *Usage) Set(u *core.Usage) {
	count := func(n int64) uint64 { return uint64(max(n, 0)) }
	*m = Usage{
		InputUncached: count(u.InputUncached), CacheRead: count(u.CacheRead), CacheWrite: count(u.CacheWrite),
		CacheWriteHour: count(u.CacheWriteHour),
		Output:         count(u.Output), Reasoning: count(u.Reasoning), Audio: count(u.Audio), Image: count(u.Image),
		Reported: u.Reported, Estimated: u.Estimated,
	}
}

// Set fills m with what is configured of d.
func (m *Deployment) Set(d *core.Deployment) {
	m.Reset()
	m.Name, m.Model, m.Weight = View(d.Name), View(d.Model), uint32(max(d.Weight, 0))
	if d.Provider != nil {
		m.Provider = View(d.Provider.Name)
	}
}

// Core returns u as the gateway counts it. Counts out of range are an
// [ErrBadFrame].
func (m *Usage) Core() (core.Usage, error) {
	for _, n := range [...]uint64{m.InputUncached, m.CacheRead, m.CacheWrite, m.CacheWriteHour, m.Output, m.Reasoning, m.Audio, m.Image} {
		if n > core.MaxTokens {
			return core.Usage{}, &FrameError{Message: "Usage", Reason: fmt.Sprintf("%d tokens are more than a call can use", n)}
		}
	}
	u := core.Usage{
		InputUncached: int64(m.InputUncached), CacheRead: int64(m.CacheRead), CacheWrite: int64(m.CacheWrite),
		CacheWriteHour: int64(m.CacheWriteHour),
		Output:         int64(m.Output), Reasoning: int64(m.Reasoning), Audio: int64(m.Audio), Image: int64(m.Image),
		Reported: m.Reported, Estimated: m.Estimated,
	}
	if !u.Valid() {
		return u, &FrameError{Message: "Usage", Reason: "reasoning is a part of output, and cache_write_hour of cache_write: neither can be more than the whole"}
	}
	return u, nil
}

// Into adds the verdicts of m to dst. Bytes are copied into memory of ex and
// strings to the heap, so that the guest's memory may change afterwards. State
// is not a verdict and stays with the caller. Errors are [ErrBadFrame]; dst is
// undefined then. Whether edits fit their parts, and whether the phase may give
// such verdicts, is for the chain to judge.
func (m *Reply) Into(dst *core.Reply, ex *core.Exchange) error {
	if m.HasBlock {
		b := &m.Block
		if b.Status != 0 && (b.Status < 400 || b.Status > 599) {
			return bad("Block", 1, "%d is no status of an error; give one from 400 to 599, or 0", b.Status)
		}
		dst.Block = &core.Block{Status: int(b.Status), Code: string(b.Code), Message: string(b.Message)}
	}
	if m.HasRespond {
		r := &m.Respond
		status := r.Status
		if status == 0 {
			status = 200
		}
		if status < 200 || status > 599 {
			return bad("Respond", 1, "%d is no final status; give one from 200 to 599, or 0", status)
		}
		if err := headerValue(r.ContentType); err != nil {
			return bad("Respond", 2, "%v", err)
		}
		dst.Respond = &core.Respond{Status: int(status), ContentType: string(r.ContentType), Body: ex.Copy(r.Body)}
	}
	if err := m.text(dst, ex); err != nil {
		return err
	}
	for i := range m.Flags {
		f := &m.Flags[i]
		if len(f.Name) == 0 || math.IsNaN(f.Score) || math.IsInf(f.Score, 0) {
			return bad("Flag", 0, "a flag has a name and a finite score")
		}
		dst.Flags = append(dst.Flags, core.Flag{Name: string(f.Name), Score: f.Score})
	}
	for i := range m.Tags {
		t := &m.Tags[i]
		if len(t.Key) == 0 {
			return bad("Tag", 1, "a tag has a key")
		}
		dst.Tags = append(dst.Tags, core.Tag{Key: string(t.Key), Value: string(t.Value)})
	}
	for _, i := range m.Order {
		dst.Order = append(dst.Order, int(i))
	}
	dst.Route, dst.Path, dst.Retry = string(m.Route), string(m.Path), string(m.Retry)
	dst.Hold = int(m.Hold)
	return nil
}

// text adds edits and new parts.
func (m *Reply) text(dst *core.Reply, ex *core.Exchange) error {
	for i := range m.Edits {
		e := &m.Edits[i]
		if i > 0 && (e.Part < m.Edits[i-1].Part || e.Part == m.Edits[i-1].Part && e.Start < m.Edits[i-1].End) {
			return bad("Reply", 3, "edit %d stands before the end of the one before it; edits are sorted by part and start, and disjoint", i)
		}
		if e.End < e.Start {
			return bad("Edit", 3, "%d is before start %d", e.End, e.Start)
		}
		text, err := e.replacement(ex)
		if err != nil {
			return err
		}
		dst.Edits = append(dst.Edits, core.Edit{Part: int(e.Part), Start: int(e.Start), End: int(e.End), Bytes: text})
	}
	for i := range m.NewParts {
		n := &m.NewParts[i]
		if n.Role == RoleUnspecified {
			return bad("NewPart", 2, "a new part needs a role")
		}
		if !utf8.Valid(n.Text) {
			return bad("NewPart", 3, "not UTF-8")
		}
		dst.Append = append(dst.Append, core.NewPart{At: int(n.At), Role: core.Role(n.Role - RoleUser), Text: ex.Copy(n.Text)})
	}
	return nil
}

// replacement returns the bytes that e puts in: its text, or the placeholder
// that its label asks for.
func (e *Edit) replacement(ex *core.Exchange) ([]byte, error) {
	if len(e.Label) == 0 {
		if !utf8.Valid(e.Text) {
			return nil, bad("Edit", 4, "not UTF-8")
		}
		return ex.Copy(e.Text), nil
	}
	if len(e.Text) > 0 {
		return nil, bad("Edit", 5, "an edit has a text or a label, not both")
	}
	for _, c := range e.Label {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return nil, bad("Edit", 5, "%q; a label is of A-Z, 0-9 and _", e.Label)
		}
	}
	b := append(ex.Alloc(len(e.Label) + 2)[:0], '[')
	return append(append(b, e.Label...), ']'), nil
}

func bad(message string, field uint32, format string, args ...any) error {
	return &FrameError{Message: message, Field: field, Reason: fmt.Sprintf(format, args...)}
}

var errHeaderValue = errors.New("control characters cannot stand in a header field")

func headerValue(v []byte) error {
	for _, c := range v {
		if c < 0x20 && c != '\t' || c == 0x7f {
			return errHeaderValue
		}
	}
	return nil
}
