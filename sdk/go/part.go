package sallyport

import "github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"

// Part is one piece of content of a prompt or an answer. Its bytes are
// read-only and valid until the hook returns.
type Part struct{ m *abi.Part }

// ID names the part within its call.
func (p Part) ID() int { return int(p.m.ID) }

// Kind returns the kind of content.
func (p Part) Kind() Kind { return p.m.Kind }

// Role returns who speaks.
func (p Part) Role() Role { return p.m.Role }

// Message returns the index of the message that the part belongs to, and false
// for a part outside the messages.
func (p Part) Message() (int, bool) { return int(p.m.Message), p.m.HasMessage }

// Choice returns the index of the answer's choice, 0 for prompts.
func (p Part) Choice() int { return int(p.m.Choice) }

// Origin returns whose doing the part is.
func (p Part) Origin() Origin { return p.m.Origin }

// Text returns the decoded text, UTF-8, with the edits of earlier hooks. Offsets
// of edits count its bytes.
func (p Part) Text() []byte { return p.m.Text }

// Name returns the tool's name, or the media type of images, audio and documents.
func (p Part) Name() string { return string(p.m.Name) }

// CallID returns what ties a tool's result to its call.
func (p Part) CallID() string { return string(p.m.CallID) }

// Data returns the decoded content of images, audio and documents.
func (p Part) Data() []byte { return p.m.Data }

// URL returns where such content lies instead.
func (p Part) URL() string { return string(p.m.URL) }

// Signature returns the provider's seal on thinking, opaque.
func (p Part) Signature() []byte { return p.m.Signature }

// Source returns the dialect that sealed it.
func (p Part) Source() string { return string(p.m.Source) }

// Raw returns the original JSON value of a part of KindRaw, and of attributes
// that nothing else holds.
func (p Part) Raw() []byte { return p.m.Raw }

// partList is a call's parts, whose memory is used again.
type partList []Part

func (l *partList) fill(m []abi.Part) {
	list := (*l)[:0]
	for i := range m {
		list = append(list, Part{&m[i]})
	}
	*l = list
}
