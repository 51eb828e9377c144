package leaf

import (
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var jsonEmpty = []byte(`""`)

// AppendEvent appends data, which ReadEvent has just read into c, with the edits of
// its parts, without what derives from edited ones, and with null in place of what
// is unknown. The error is CodePluginFailed for an edit after which a value would be
// none or one of another kind.
func (m *Memory) AppendEvent(dst, data []byte, c *core.EventContent) ([]byte, *core.Error) {
	if m.events == nil || m.events.size != len(data) {
		return dst, core.Errorf(core.CodeInternal, "The gateway appended an event that it had not read.")
	}
	m.Begin()
	if s := &m.events.shape; s.shifted {
		m.events.derived = s.derivedNow(m.events.derived[:0])
	}
	for _, p := range c.Parts {
		if !p.Edited() {
			continue
		}
		if data[p.Raw.Start] != '"' {
			if p.Flow == core.FlowSeal {
				m.Replace(jsonscan.Span(p.Raw), jsonNull)
				continue
			}
			if err := checkEdit(data, p.Part); err != nil {
				return dst, err
			}
		}
		m.edit(data, p.Part)
		m.events.drop(m, data, p.Part)
	}
	for _, s := range c.Unknown {
		m.blank(data, jsonscan.Span(s))
	}
	return m.appendSpliced(dst, data), nil
}

// drop takes out what follows from p, whatever its kind where the event does not
// tell: a string becomes empty, anything else null.
func (ev *events) drop(m *Memory, data []byte, p *core.Part) {
	for _, d := range ev.derived {
		if d.choice >= 0 && d.choice != p.Choice || d.msg >= 0 && d.msg/ev.group != p.Msg/ev.group ||
			d.from != core.PartText && d.from != p.Kind {
			continue
		}
		with := jsonNull
		if data[d.span.Start] == '"' {
			with = jsonEmpty
		}
		m.Replace(d.span, with)
	}
}

// appendSpliced appends doc with all splices applied, as Render does.
func (m *Memory) appendSpliced(dst, doc []byte) []byte {
	if len(m.splices) > 1 {
		slices.SortStableFunc(m.splices, func(a, b splice) int { return a.start - b.start })
	}
	at := 0
	for i := range m.splices {
		s := &m.splices[i]
		if s.start < at {
			continue
		}
		dst = append(dst, doc[at:s.start]...)
		if s.part != nil {
			dst = appendEdited(dst, doc[s.start:s.end], s.part, doc[s.part.Raw.Start] == '"')
		} else {
			dst = append(dst, s.new...)
		}
		at = s.end
	}
	return append(dst, doc[at:]...)
}

// appendEdited is [appendPieces] for a document that is not made of ranges.
func appendEdited(dst, raw []byte, p *core.Part, inString bool) []byte {
	pos := position{raw: raw}
	for _, piece := range p.Pieces().List() {
		switch {
		case piece.New != nil && inString:
			dst = AppendInside(dst, piece.New)
		case piece.New != nil:
			dst = append(dst, piece.New...)
		case inString:
			from := pos.of(piece.Start)
			dst = append(dst, raw[from:pos.of(piece.End)]...)
		default:
			dst = append(dst, raw[piece.Start:piece.End]...)
		}
	}
	return dst
}

// AppendInside appends text as it stands between the quotes of a JSON string.
func AppendInside(dst, text []byte) []byte {
	from := len(dst)
	dst = jsonscan.AppendQuoted(dst, text)
	copy(dst[from:], dst[from+1:])
	return dst[:len(dst)-2]
}
