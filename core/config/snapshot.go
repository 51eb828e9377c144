package config

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Snapshot is one validated, immutable configuration in the types of package
// core. It is safe for concurrent use as long as nobody changes it. It is a
// [core.KeySource] of its own static keys.
type Snapshot struct {
	// Version tells snapshots apart: 12 hexadecimal digits over the file, the
	// secrets and the certificates.
	Version string
	// Listen is the address for clients, host:port.
	Listen string
	// AdminListen is the operator's loopback address, "" for none.
	AdminListen string
	// Certificate serves clients over TLS; nil for plain HTTP.
	Certificate *tls.Certificate
	// Origins are the web pages that may call from a browser; one "*" for all.
	Origins []string
	// Keyless is true when there is no virtual key. Listen is loopback then,
	// and the server must refuse a Host that is not local and any Origin.
	Keyless bool
	Keys    []StaticKey

	Providers []*core.Provider // in the order of the file
	// Upstreams says by provider name how to connect.
	Upstreams map[string]Upstream
	// Routes holds every route by its name, but "*".
	Routes map[string]*core.Route
	// Any is the route "*", which matches what no other does, or nil.
	Any *core.Route
	// Raw holds by its name, "p/" and the provider's, a route to the own API of each
	// provider with raw calls allowed. No model's name finds it.
	Raw map[string]*core.Route
	// Root is the name of the one among them that gets what has no other place; "" for
	// none.
	Root string
	// Models lists the routes but "*", sorted by name.
	Models []core.ModelInfo
	// Plugins holds by route name, "*" included, what must run there: first the
	// mandatory plugins, then the route's, then those from the folder that
	// nobody has configured, each instance once.
	Plugins map[string][]PluginUse

	// Receive are those with a hook that runs before the route is known: of the
	// mandatory plugins and of those that nobody has configured.
	Receive []PluginUse
	// Translators holds a use of each translator that can be used, sorted by id:
	// they belong to providers, not to routes.
	Translators []PluginUse
	// Pending are the plugins from the folder that nobody has configured and
	// that cannot run without.
	Pending []Pending

	PluginFolder string
	PluginMemory int64 // bytes of all sandboxed plugins together
	Ledger       LedgerOptions
	Limits       LimitOptions
	Timeouts     TimeoutOptions
	Egress       []netip.Prefix // networks beyond the public Internet that plugins may call
	Media        []netip.Prefix // such networks that clients may name in URLs to fetch
	Log          LogOptions

	consumers map[[32]byte]*core.Consumer
	hide      *strings.Replacer // of the secrets in the settings of plugins
}

// Hide returns text without the secrets that stand in the settings of plugins,
// for what a plugin itself says.
func (s *Snapshot) Hide(text string) string {
	if s.hide == nil {
		return text
	}
	return s.hide.Replace(text)
}

// StaticKey is a virtual key from the file, held as a digest only.
type StaticKey struct {
	Name     string
	Digest   [32]byte // see [Digest]
	Consumer *core.Consumer
}

// Upstream says how to connect to a provider.
type Upstream struct {
	MaxConnections int // ≥ 1
	MaxPending     int // attempts that may wait for a connection, ≥ 0
	// RootCAs are the authorities to trust; nil for the system's.
	RootCAs *x509.CertPool
	// Allow holds the networks beyond public addresses that may be dialled for
	// this provider: egress.allow, the literal address in its base URL, and
	// for local runtimes loopback and private networks.
	Allow []netip.Prefix
}

// LedgerOptions says where usage is booked.
type LedgerOptions struct {
	Folder   string
	MaxBytes int64
	Sync     time.Duration
}

// LimitOptions bounds memory and work. Sizes are in bytes.
type LimitOptions struct {
	BodyBytes, AnswerBytes, EventBytes int64
	RawBytes                           int64 // of an answer to a raw call
	JSONDepth                          int
	Connections, InFlight              int
	ConnectionsPerAddress              int // 0 for no bound
	MediaBytes                         int64
	MediaItems                         int // 0 for nothing to be fetched
	MediaTime                          time.Duration
}

// TimeoutOptions bounds time towards clients. All but Drain are > 0.
type TimeoutOptions struct{ Header, Body, Idle, Write, Drain time.Duration }

// LogOptions says what is logged: Level is debug, info, warn or error, Format
// is json or text.
type LogOptions struct{ Level, Format string }

// Route returns the route for a model name, the route "*" when there is no
// other, or nil. It does not allocate.
func (s *Snapshot) Route(name []byte) *core.Route {
	if r, ok := s.Routes[string(name)]; ok {
		return r
	}
	return s.Any
}

// Lookup finds a virtual key by the digest of its secret.
func (s *Snapshot) Lookup(digest [32]byte) (*core.Consumer, bool) {
	c, ok := s.consumers[digest]
	return c, ok
}

var _ core.KeySource = (*Snapshot)(nil)

// Digest returns the SHA-256 of a virtual key. There is no pepper: the digests
// of static keys live in memory only, beside nothing that could keep a pepper
// better than the keys themselves, and a key of 16 characters and more that a
// machine made cannot be guessed from its digest. Keys that are stored on disk
// get a keyed digest from their own store.
func Digest(secret []byte) [32]byte { return sha256.Sum256(secret) }
