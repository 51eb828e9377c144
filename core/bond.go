package core

// Bond is something that a request names and that one provider keeps, so that the
// request has to go there: a conversation, a file, a cached prompt.
type Bond struct {
	// Field is the JSON key under which it stands, e.g. "previous_response_id".
	Field string
	// ID names it, as it is written in the document. It is never empty.
	ID []byte
	// Sealed is true for what the request itself holds and only the provider that
	// sealed it can open, such as encrypted reasoning. Others can do without it.
	Sealed bool
}

// Binder is a [Dialect] whose requests can be tied to a provider. Both functions
// look at a request that Scan accepted.
type Binder interface {
	// Bond returns the first thing in the request that one provider keeps, what is
	// sealed only where there is nothing else. Without deep it looks at the top level
	// alone, which costs next to nothing.
	Bond(ex *Exchange, deep bool) (Bond, bool)
	// Session returns a name that the client gave the conversation, so that its
	// requests find the prompt cached, or nil. The bytes are the document's.
	Session(ex *Exchange) []byte
}
