package core

import (
	"bytes"
	"context"
	"slices"
	"time"
)

// ManifestABI is the version of the contract between host and guest that
// manifests name in "abi".
const ManifestABI = 1

// Manifest is what a plugin declares about itself. Loaders read it from the
// artifact or from the file beside it; native plugins write it down. It is
// read-only once a [Plugin] hands it out.
type Manifest struct {
	ID      string // "kind.name", e.g. "guardrail.pii"; the plugin's identity
	Version string // the author's, for people and the chain hash
	Kind    string // the part of ID before the dot, e.g. "guardrail"
	// Stage is where a prompt hook stands; StageNone for a plugin without one.
	Stage Stage
	// Phases are those in which the plugin has a hook. Only these count, whatever
	// else the artifact exports.
	Phases []Phase
	Sees   Sees
	// Stream says how the plugin judges streamed answers.
	Stream StreamMode
	// Window is the most text, in bytes, that the plugin wants held back while
	// it judges a stream; 0 unless Stream is StreamWindow.
	Window int
	// Config is the JSON Schema of the instance's configuration, as maps, lists
	// and scalars, or nil where any object will do. "default" fills in what the
	// operator left out; "writeOnly" marks secrets.
	Config map[string]any
	// Capabilities are the rights that the plugin asks for. It works only where
	// the operator grants every one.
	Capabilities []string
	Limits       Limits
	// FailOpen is the fail mode that the author recommends. The operator
	// decides; without a word of his the mode is closed.
	FailOpen bool
	// Dialect is what a translator writes and reads, e.g. "anthropic.messages", and
	// Operations are those that it knows. Others than translators have neither.
	Dialect    string
	Operations []Operation
}

// Translates tells whether the plugin is a translator: it has the hooks of the
// phases that write a provider's request and read its answer, and no others. It
// belongs to providers, not to routes.
func (m *Manifest) Translates() bool {
	return m.Has(PhaseUpstreamRequest) || m.Has(PhaseUpstreamResponse) || m.Has(PhaseUpstreamEvent)
}

// Has tells whether the plugin has a hook in phase p.
func (m *Manifest) Has(p Phase) bool {
	return slices.Contains(m.Phases, p)
}

// Sees is what of an exchange a plugin is shown. The zero value shows text
// parts of every role, the request id, route, operation, dialect and whether it
// streams.
type Sees struct {
	Roles []Role // whose parts; empty means everyone's
	// Kinds are those of the parts; empty means text. Who sees citations sees the
	// addresses of images, audio and documents as well.
	Kinds []PartKind
	// Consumer shows the name of the virtual key or principal, and the tenant.
	Consumer   bool
	Model      bool // as the client wrote it
	Tags       bool
	Parameters bool // the request's settings and tools
	Request    bool // the client's whole document
	Answer     bool // the whole answer's document
	// Headers of the client's request, lower case. Credentials are never shown.
	Headers []string
}

// Part tells whether p is among what is shown.
func (s *Sees) Part(p *Part) bool {
	return among(s.Roles, p.Role, true) &&
		(among(s.Kinds, p.Kind, p.Kind == PartText) || among(s.Kinds, PartCitation, false) && p.isAddress())
}

// isAddress tells whether p is an image, audio or document by its address, which is a
// text that leaves.
func (p *Part) isAddress() bool {
	switch p.Kind {
	case PartImage, PartAudio, PartDocument:
		return bytes.Contains(p.text[:min(len(p.text), longestScheme)], []byte("://"))
	default:
		return false
	}
}

// longestScheme is how many bytes, those behind it included, an address begins with.
const longestScheme = 16

func among[T comparable](list []T, v T, empty bool) bool {
	if len(list) == 0 {
		return empty
	}
	return slices.Contains(list, v)
}

// StreamMode is how a plugin with an answer hook judges streams.
type StreamMode uint8

// The modes. StreamNone refuses streams on routes that the plugin guards.
const (
	StreamNone    StreamMode = iota
	StreamObserve            // sees what was sent; may flag, never hold back
	StreamWindow             // judges a window of text before it is released
	StreamBuffer             // judges the whole answer before its first byte

	NumStreamModes = int(StreamBuffer) + 1
)

var streamModeNames = [NumStreamModes]string{"none", "observe", "window", "buffer"}

// String returns the mode's name as it stands in manifests.
func (m StreamMode) String() string {
	if int(m) < len(streamModeNames) {
		return streamModeNames[m]
	}
	return "unknown"
}

// Isolation says between which calls a sandboxed guest is taken back to the
// state that it had after its configuration.
type Isolation uint8

// The kinds of isolation. The zero value is what a dropped plugin gets.
const (
	// IsolateTenant lets a guest serve one tenant after another, reset in
	// between. Calls that know no tenant yet are treated as by IsolateExchange.
	IsolateTenant Isolation = iota
	// IsolateExchange resets a guest before it serves another exchange.
	IsolateExchange
	// IsolateShared never resets. For bundled and pinned plugins.
	IsolateShared

	NumIsolations = int(IsolateShared) + 1
)

var isolationNames = [NumIsolations]string{"tenant", "exchange", "shared"}

// String returns the isolation's name as it stands in config.
func (i Isolation) String() string {
	if int(i) < len(isolationNames) {
		return isolationNames[i]
	}
	return "unknown"
}

// Limits bound what one call of a hook may use. A zero field means the
// loader's default, which its documentation gives; a loader ignores what it
// cannot measure.
type Limits struct {
	// Steps bounds the instructions of a sandboxed guest.
	Steps int64
	// Deadline bounds the wall time, without that of host calls.
	Deadline time.Duration
	// Memory bounds a guest's memory, in bytes. An instance's bound may be lower
	// than its manifest's, not higher.
	Memory int64
	// Reply bounds a reply, in bytes.
	Reply int
	// HostCalls bounds the calls of imports.
	HostCalls int
	// Guests bounds the guests of one instance, and so the hooks that run at
	// once.
	Guests int
}

// InstanceConfig is the operator's side of one use of a plugin. The zero value,
// with a name, is what a dropped plugin gets.
type InstanceConfig struct {
	Name string // unique in the snapshot
	// Config is JSON values: maps, lists and scalars, defaults filled in.
	Config    map[string]any
	Grants    []string // capabilities
	Isolation Isolation
	Limits    Limits // zero fields mean the manifest's
	// Env is the environment of the instance's process, "NAME=value" each, which
	// may hold secrets. A loader that starts none refuses it.
	Env []string
	// Trial is "" for a version that serves, else the stage that a newer one is
	// in, "shadow" or "canary". What such an instance stores is kept apart from
	// what the serving one stores, and dropped with it.
	Trial string
}

// Capabilities returns the names of the rights that a plugin may ask for.
func Capabilities() []string {
	return []string{"kv", "http", "embed", "search", "model", "payload", "credentials"}
}

// CarriesCredential tells whether the header field of that name, in lower case,
// carries a credential. No plugin is shown such a field, but for an edge filter that was
// granted the capability "credentials".
func CarriesCredential(name string) bool {
	switch name {
	case "authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "set-cookie":
		return true
	default:
		return false
	}
}

// Plugin is a package that can be used any number of times. It is safe for
// concurrent use. New has no side effects beyond memory.
type Plugin interface {
	Manifest() Manifest
	// New checks c and makes an instance.
	New(c InstanceConfig) (Instance, error)
}

// Artifact is a plugin that came from a file. It is closed once, after the last
// of its instances.
type Artifact interface {
	Plugin
	// Digest is the SHA-256 of the bytes that were loaded.
	Digest() [32]byte
	Close() error
}

// Instance is one configured use of a plugin. Start is called once before the
// first hook, Close once after the last, also when Start failed.
type Instance interface {
	Start(ctx context.Context) error
	// Hook returns the instance's function for p, or nil.
	Hook(p Phase) Hook
	Close() error
}

// Forgetter is an instance's host that keeps something for each exchange, such
// as the state that a guest left for its next window. Forget is called once at
// the end of every exchange that ran a hook.
type Forgetter interface {
	Forget(id ID)
}
