package config

import (
	"crypto/tls"
	"encoding/hex"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Known is what the caller can offer: package config names no provider and no
// plugin.
type Known struct {
	// Kinds are the provider kinds, by [core.Descriptor.Kind].
	Kinds []core.Descriptor
	// Plugins are those that are loaded or bundled. Listing another one is a
	// warning, since it may be dropped in later; nil checks nothing.
	Plugins []KnownPlugin
	// Models knows the kinds' models and their prices; nil knows none.
	Models ModelCatalog
}

// NewSigner makes the signer for p, of which all but the signer is known. auth is
// the way as configured, e.g. "bearer"; the signer may sign for p.Host only. An
// error must not hold the key.
type NewSigner func(auth string, key Secret, p *core.Provider) (core.Signer, error)

// Build checks cfg as a whole and makes the snapshot that a gateway runs. It
// reads no file and no variable and does not change cfg. It returns every
// problem in the order of the file, also those that [Parse] found. The snapshot
// is nil if and only if one of them is more than a warning.
func Build(cfg *Config, known Known, sign NewSigner) (*Snapshot, []Problem) {
	b := &builder{cfg: cfg, source: cfg.source.fork(), known: known, sign: sign}
	b.snap = &Snapshot{
		Listen: cfg.Listen, Origins: slices.Clone(cfg.CORS.Origins),
		PluginFolder: inFolder(b.folder, cfg.Plugins.Folder), PluginMemory: int64(cfg.Plugins.Memory),
		Ledger: LedgerOptions{inFolder(b.folder, cfg.Ledger.Folder), int64(cfg.Ledger.MaxBytes), cfg.Ledger.Sync},
		Limits: LimitOptions{
			BodyBytes: int64(cfg.Limits.BodyBytes), AnswerBytes: int64(cfg.Limits.AnswerBytes), RawBytes: int64(cfg.Limits.RawBytes), EventBytes: int64(cfg.Limits.EventBytes),
			JSONDepth: cfg.Limits.JSONDepth, Connections: cfg.Limits.Connections, InFlight: cfg.Limits.InFlight,
			ConnectionsPerAddress: cfg.Limits.ConnectionsPerAddress,
			MediaBytes:            int64(cfg.Limits.MediaBytes), MediaItems: cfg.Limits.MediaItems, MediaTime: cfg.Limits.MediaTime,
		},
		Timeouts:  TimeoutOptions(cfg.Timeouts),
		Egress:    slices.Clone(cfg.Egress.Allow),
		Media:     slices.Clone(cfg.Egress.Media),
		Log:       LogOptions(cfg.Log),
		Upstreams: map[string]Upstream{},
		Routes:    map[string]*core.Route{},
		Plugins:   map[string][]PluginUse{},
		consumers: map[[32]byte]*core.Consumer{},
	}
	b.listeners()
	b.certificate()
	b.providers()
	b.routes()
	b.models()
	b.plugins()
	b.keys()
	b.origins()
	problems := b.sorted()
	if Failed(problems) {
		return nil, problems
	}
	b.snap.Version = hex.EncodeToString(b.hash.Sum(nil))[:12]
	return b.snap, problems
}

// builder is one run of [Build].
type builder struct {
	*source
	cfg   *Config
	known Known
	sign  NewSigner
	snap  *Snapshot

	providerByName map[string]*core.Provider
	routeByName    map[string]*core.Route
	used           map[string]bool // providers that a deployment names
}

// fork copies what Build adds to. s may be nil.
func (s *source) fork() *source {
	if s == nil {
		return newDecoder("", nil, Env{}).source
	}
	out := *s
	out.problems, out.bad = slices.Clone(s.problems), maps.Clone(s.bad)
	return &out
}

// address is a parsed listen address.
type address struct {
	any      bool // every interface
	loopback bool
	host     string
	port     int
}

func parseListen(text string) (address, string) {
	const want = "; write host:port, like 127.0.0.1:8080 or :8080"
	cut := strings.LastIndexByte(text, ':')
	if cut < 0 {
		return address{}, quote(text) + " has no port" + want
	}
	port, err := strconv.ParseUint(text[cut+1:], 10, 16)
	if err != nil {
		return address{}, quote(text) + " has no port from 0 to 65535" + want
	}
	host, bracketed := text[:cut], false
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host, bracketed = host[1:len(host)-1], true
	}
	a := address{host: host, port: int(port)}
	switch {
	case host == "" && !bracketed:
		a.any = true
	case host == "localhost" && !bracketed:
		a.loopback = true
	default:
		ip, err := netip.ParseAddr(host)
		if err != nil || ip.Is6() != bracketed || ip.Zone() != "" {
			return address{}, quote(host) + " is not an IP address of this machine, localhost or empty" + want
		}
		a.any, a.loopback, a.host = ip.IsUnspecified(), ip.Unmap().IsLoopback(), ip.String()
	}
	return a, ""
}

// overlaps tells whether two addresses cannot be listened on together.
func (a address) overlaps(o address) bool {
	if a.port != o.port || a.port == 0 {
		return false
	}
	if a.any || o.any || a.host == o.host {
		return true
	}
	return a.loopback && o.loopback && (a.host == "localhost" || o.host == "localhost")
}

func (b *builder) listeners() {
	listen, reason := parseListen(b.cfg.Listen)
	if reason != "" {
		b.report("listen", "%s", reason)
	}
	b.snap.Keyless = len(b.cfg.Keys) == 0
	if b.snap.Keyless && reason == "" && !listen.loopback {
		b.report("listen", "%s can be reached from other machines, but there are no keys; add keys or listen on 127.0.0.1", quote(b.cfg.Listen))
	}
	if b.cfg.Admin.Listen == "off" || b.cfg.Admin.Listen == "" {
		return
	}
	b.snap.AdminListen = b.cfg.Admin.Listen
	admin, adminReason := parseListen(b.cfg.Admin.Listen)
	switch {
	case adminReason != "":
		b.report("admin.listen", "%s, or off", adminReason)
	case !admin.loopback:
		b.report("admin.listen", "%s can be reached from other machines, but the admin listener asks for no credential; listen on 127.0.0.1, or write off", quote(b.cfg.Admin.Listen))
	case reason == "" && admin.overlaps(listen):
		b.report("admin.listen", "%s is taken by listen, %s; choose another port", quote(b.cfg.Admin.Listen), quote(b.cfg.Listen))
	}
}

func (b *builder) certificate() {
	if b.cfg.TLS == nil || b.bad["tls.cert"] || b.bad["tls.key"] {
		return
	}
	certFile, keyFile := inFolder(b.folder, b.cfg.TLS.Cert), inFolder(b.folder, b.cfg.TLS.Key)
	pair, err := tls.X509KeyPair(b.content[certFile], b.content[keyFile])
	if err != nil {
		b.report("tls", "certificate and key do not work: %s", strings.TrimPrefix(err.Error(), "tls: "))
		return
	}
	b.snap.Certificate = &pair
}

// minKey is the least length of a virtual key in characters.
const minKey = 16

func (b *builder) keys() {
	names, digests := map[string]int{}, map[[32]byte]string{}
	for i := range b.cfg.Providers {
		if key := b.cfg.Providers[i].Key; !key.IsZero() {
			digests[Digest([]byte(key.Reveal()))] = indexed("providers", i)
		}
	}
	for i := range b.cfg.Keys {
		k, at := &b.cfg.Keys[i], indexed("keys", i)
		if first, twice := names[k.Name]; twice && k.Name != "" {
			b.report(join(at, "name"), "the name %s is taken by %s", quote(k.Name), indexed("keys", first))
		} else {
			names[k.Name] = i
		}
		b.keyRoutes(k, at)
		if k.Key.IsZero() {
			b.report(join(at, "key"), "is missing")
			continue
		}
		digest := Digest([]byte(k.Key.Reveal()))
		first, twice := digests[digest]
		switch {
		case len(k.Key.Reveal()) < minKey:
			b.report(join(at, "key"), "is too short; a key has at least %d characters, e.g. from openssl rand -hex 24", minKey)
		case twice:
			b.report(join(at, "key"), "is the same secret as that of %s; each needs its own", first)
		}
		digests[digest] = at
		routes := slices.Clone(k.Routes)
		slices.Sort(routes)
		c := &core.Consumer{Name: k.Name, Tenant: k.Tenant, Routes: slices.Compact(routes)}
		b.snap.consumers[digest] = c
		b.snap.Keys = append(b.snap.Keys, StaticKey{Name: k.Name, Digest: digest, Consumer: c})
	}
}

func (b *builder) keyRoutes(k *Key, at string) {
	for i, name := range k.Routes {
		if _, ok := b.routeByName[name]; !ok && name != "*" {
			b.report(indexed(join(at, "routes"), i), "unknown route %s%s", quote(name), didYouMean(name, b.routeNames()))
		}
	}
}

func (b *builder) routeNames() []string { return slices.Sorted(maps.Keys(b.routeByName)) }

func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
