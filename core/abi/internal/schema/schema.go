// Package schema reads the subset of the protobuf language in which the ABI is
// written: messages of scalars, enums and other messages, optional and repeated
// fields, enums, and one service. No imports, oneofs, maps, options or nesting.
package schema

import "strings"

// Type is the type of a field's value.
type Type int

// The types that the ABI uses.
const (
	Uint32 Type = iota
	Uint64
	Int64
	Bool
	Double
	String
	Bytes
	EnumType
	MessageType
)

var scalars = map[string]Type{
	"uint32": Uint32, "uint64": Uint64, "int64": Int64, "bool": Bool,
	"double": Double, "string": String, "bytes": Bytes,
}

// File is one .proto file.
type File struct {
	Package  string
	Messages []*Message
	Enums    []*Enum
	Hooks    []*Hook // methods of the service, in order
}

// Message is a message type. It cannot contain itself, however deep.
type Message struct {
	Name, Doc string
	Fields    []*Field
	// Call and Reply tell whether the message stands in frames for a guest and
	// in frames from one.
	Call, Reply bool
}

// Field is a field of a message.
type Field struct {
	Name, Doc string
	Number    int // 1 to 63
	Type      Type
	TypeName  string // as written
	Optional  bool   // presence is told apart from zero
	Repeated  bool
	Max       int // elements if repeated, else bytes; 0 for no bound of its own
	Message   *Message
	Enum      *Enum
}

// Packed tells whether the field is repeated in one length-delimited run.
func (f *Field) Packed() bool {
	return f.Repeated && f.Type != String && f.Type != Bytes && f.Type != MessageType
}

// Wire returns the wire type of one value.
func (f *Field) Wire() int {
	switch f.Type {
	case Double:
		return 1
	case String, Bytes, MessageType:
		return 2
	default:
		return 0
	}
}

// Enum is an enum type. Its values start at 0.
type Enum struct {
	Name, Doc string
	Values    []Value
}

// Value is a value of an enum.
type Value struct {
	Name, Doc string // the name as written: ROLE_USER
	Number    int
}

// Short returns v's name without the enum's own: USER.
func (e *Enum) Short(v Value) string { return strings.TrimPrefix(v.Name, upper(e.Name)+"_") }

// Hook is a method of the service.
type Hook struct {
	Name, Doc   string
	Call, Reply *Message
}

// Snake turns UpperCamel into snake_case.
func Snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func upper(s string) string { return strings.ToUpper(Snake(s)) }

// Message returns the message of that name, or nil.
func (f *File) Message(name string) *Message {
	for _, m := range f.Messages {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Roots returns the messages that are whole frames, in order.
func (f *File) Roots() []*Message {
	var out []*Message
	for _, m := range f.Messages {
		if m.IsCall() || m.IsReply() {
			out = append(out, m)
		}
	}
	return out
}

// IsCall tells whether m is a whole frame for a guest.
func (m *Message) IsCall() bool { return strings.HasSuffix(m.Name, "Call") }

// IsReply tells whether m is a whole frame from a guest.
func (m *Message) IsReply() bool { return strings.HasSuffix(m.Name, "Reply") }
