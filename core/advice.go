package core

// Adviser is a [Dialect] that knows paths of its API which the gateway does not serve,
// and what to do instead.
type Adviser interface {
	Dialect
	// Advice returns a sentence or two for whoever asks for path: what there is not,
	// why, and what to do; "" where the path is none of the dialect's.
	Advice(path []byte) string
}
