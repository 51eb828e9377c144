package sallyport

import "github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"

// Exchange is what a hook may know about the exchange. What the manifest did
// not ask for is empty.
type Exchange struct{ m *abi.Exchange }

// ID returns the gateway's request id.
func (e Exchange) ID() string { return string(e.m.ID) }

// Route returns the route's name, "" before it is known.
func (e Exchange) Route() string { return string(e.m.Route) }

// Operation returns the kind of call that the client makes.
func (e Exchange) Operation() Operation { return e.m.Operation }

// Dialect returns the client's dialect, e.g. "openai.chat".
func (e Exchange) Dialect() string { return string(e.m.Dialect) }

// Stream tells whether the client wants a stream.
func (e Exchange) Stream() bool { return e.m.Stream }

// Consumer returns the name of the virtual key or principal.
func (e Exchange) Consumer() string { return string(e.m.Consumer) }

// Tenant returns the consumer's tenant.
func (e Exchange) Tenant() string { return string(e.m.Tenant) }

// Model returns the model as the client wrote it.
func (e Exchange) Model() string { return string(e.m.Model) }

// Shadow tells whether nobody acts on the reply.
func (e Exchange) Shadow() bool { return e.m.Shadow }

// Tag returns the newest tag of that key as it was when the hook was called,
// and whether there is one. [GetTag] sees also those set since.
func (e Exchange) Tag(key string) (string, bool) {
	for i := len(e.m.Tags) - 1; i >= 0; i-- {
		if string(e.m.Tags[i].Key) == key {
			return string(e.m.Tags[i].Value), true
		}
	}
	return "", false
}

// Header returns the first value of a header field of the client's request, in
// place, or nil. The name is in lower case.
func (e Exchange) Header(name string) []byte {
	for i := range e.m.Headers {
		if string(e.m.Headers[i].Name) == name {
			return e.m.Headers[i].Value
		}
	}
	return nil
}

// Usage is what an exchange consumed, in tokens. It is set, not added.
type Usage struct {
	InputUncached uint64
	CacheRead     uint64
	CacheWrite    uint64
	Output        uint64 // reasoning included
	Reasoning     uint64 // the part of Output that was reasoning
	Audio         uint64
	Image         uint64
	Reported      bool // by the provider itself
	Estimated     bool // at least one count is an estimate
	// CacheWriteHour is the part of CacheWrite that is kept for an hour.
	CacheWriteHour uint64
}

func usageOf(m *abi.Usage) Usage { return Usage(*m) }
