package core

// HeaderLister is a [Headers] that tells which fields there are.
type HeaderLister interface {
	Headers
	// Each calls f with each field in the order of the wire. The name is spelled
	// as its sender did; the bytes are valid as long as the exchange.
	Each(f func(name, value []byte))
}

// HeaderRepeater is a [Headers] that also finds fields which are repeated.
type HeaderRepeater interface {
	Headers
	// GetAt returns the value of the field number n of that name (any case), counted
	// from 0 in the order of the wire, or nil where there are fewer.
	GetAt(name string, n int) []byte
}

// FieldPasser is the [Dialect] of raw calls, whose answers are passed on as they
// are ([OpRaw]).
type FieldPasser interface {
	// AnswerField returns the name under which the provider's header field name
	// (any case) is passed on to the client, or "" where it is not.
	AnswerField(name []byte) string
}
