package gemini

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// added is what a request needs around the parts that hooks appended.
type added struct {
	wide   bool // the lone content became an array
	system bool // the system's instruction has more parts
	at     int  // where they stand
	after  string
}

// insertPart adds a part that a hook appended: to the system's instruction, or as
// a content of its own. A result needs a call, which such a part has not: what
// would be one speaks as the user.
func insertPart(lm *leaf.Memory, ex *core.Exchange, p *core.Part) *core.Error {
	m := memoryOf(ex)
	if m.call.op == core.OpEmbeddings {
		return core.Errorf(core.CodePluginFailed, "A plugin added a message to a request for embeddings, which has none.")
	}
	text := p.Text()
	b := ex.Alloc(len(text) + len(text)/8 + 96)[:0]
	if p.Role == core.RoleSystem {
		return m.insertSystem(ex, append(jsonscan.AppendQuoted(append(b, `{"text":`...), text), '}'))
	}
	role := "user"
	if p.Role == core.RoleAssistant {
		role = "model"
	}
	b = append(append(append(b, `{"role":"`...), role...), `","parts":[{"text":`...)
	b = append(jsonscan.AppendQuoted(b, text), "}]}"...)
	if len(lm.Turns()) > 0 {
		lm.InsertTurn(p.Before, b)
		return nil
	}
	v := m.value(keyContents)
	if v.Kind != jsonscan.ObjectKind {
		return core.Errorf(core.CodePluginFailed, "A plugin added a message to a request that has no contents.")
	}
	if !m.added.wide {
		m.added.wide = true
		m.Insert(v.Start, []byte{'['})
	}
	if p.Before == 0 {
		m.Insert(v.Start, append(b, ','))
		return nil
	}
	m.Insert(v.End, []byte{','})
	m.Insert(v.End, b)
	return nil
}

// insertSystem adds a part to the system's instruction, behind what it has.
func (m *memory) insertSystem(ex *core.Exchange, part []byte) *core.Error {
	a := &m.added
	if a.system {
		m.Insert(a.at, []byte{','})
		m.Insert(a.at, part)
		return nil
	}
	before, ok := m.openSystem(ex.Request.Body)
	if !ok {
		return core.Errorf(core.CodePluginFailed, "A plugin added to the system's instruction, which is no content that one can add to.")
	}
	a.system = true
	m.Insert(a.at, []byte(before))
	m.Insert(a.at, part)
	return nil
}

// openSystem finds where further parts of the system's instruction stand and what
// comes in front of the first and, later, behind the last of them.
func (m *memory) openSystem(body []byte) (before string, ok bool) {
	a, v := &m.added, m.value(keySystem)
	switch v.Kind {
	case jsonscan.None: // the document has contents, and so a member
		a.at, a.after = bytes.IndexByte(body, '{')+1, `]},`
		return `"systemInstruction":{"parts":[`, true
	case jsonscan.Null:
		m.Replace(v.Span, nil)
		a.at, a.after = v.End, `]}`
		return `{"parts":[`, true
	case jsonscan.String:
		m.Insert(v.Start, []byte(`{"parts":[{"text":`))
		a.at, a.after = v.End, `]}`
		return `},`, true
	case jsonscan.ObjectKind:
		return m.openParts(body, v)
	default:
		return "", false
	}
}

// openParts is openSystem where the instruction is an object.
func (m *memory) openParts(body []byte, v jsonscan.Value) (before string, ok bool) {
	a := &m.added
	var found [1]jsonscan.Value
	if contentPath.ReadIn(body, v, found[:]) != nil {
		return "", false
	}
	parts := found[0]
	a.at, a.after = parts.End, "]"
	switch parts.Kind {
	case jsonscan.ArrayKind:
		a.at, a.after = parts.End-1, ""
		if list := jsonscan.Elements(body, parts); list.Next() {
			return ",", true
		}
		return "", true
	case jsonscan.ObjectKind:
		m.Insert(parts.Start, []byte{'['})
		return ",", true
	case jsonscan.Null:
		m.Replace(parts.Span, nil)
		return "[", true
	case jsonscan.None:
		a.at = v.Start + 1
		if len(bytes.TrimSpace(body[v.Start+1:v.End-1])) > 0 {
			a.after = "],"
		}
		return `"parts":[`, true
	default:
		return "", false
	}
}

// closeAdded adds what belongs behind all appended parts.
func (m *memory) closeAdded() {
	if m.added.system {
		m.Insert(m.added.at, []byte(m.added.after))
	}
	if m.added.wide {
		m.Insert(m.value(keyContents).End, []byte{']'})
	}
}
