package config

import (
	"net/netip"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Config is the operator's file, read and checked field by field. The tags of
// each field are its one declaration: name, default, bounds, documentation and
// whether it is required. docs/config.md, the JSON Schema, the defaults, the
// checks and the redaction all follow from them (see [Docs] and [Schema]).
//
// A Config says what an operator wrote; [Build] makes of it what a gateway runs.
type Config struct {
	Listen    string     `yaml:"listen" default:"127.0.0.1:8080" doc:"Address for clients, host:port; the host is an IP address, localhost, or empty for all interfaces. Without keys it must be loopback."`
	TLS       *TLS       `yaml:"tls" doc:"Serve clients over TLS. Left out: plain HTTP."`
	CORS      CORS       `yaml:"cors" doc:"Which web pages may call the gateway from a browser."`
	Admin     Admin      `yaml:"admin" doc:"The operator's own listener."`
	Plugins   Plugins    `yaml:"plugins" doc:"Where plugins come from, and those that hold for every route."`
	Ledger    Ledger     `yaml:"ledger" doc:"The book of record: one row per exchange, without payload."`
	Limits    Limits     `yaml:"limits" doc:"Bounds on memory and work."`
	Timeouts  Timeouts   `yaml:"timeouts" doc:"Bounds on time towards clients."`
	Egress    Egress     `yaml:"egress" doc:"Which addresses the gateway may call."`
	Log       Log        `yaml:"log" doc:"The log on standard error."`
	Providers []Provider `yaml:"providers" required:"true" doc:"The companies, API families and local runtimes that serve models."`
	Routes    []Route    `yaml:"routes" required:"true" doc:"The model names that apps use, and where they lead."`
	Models    []Model    `yaml:"models" doc:"What the operator knows of models better than the built-in catalog, above all prices. sallyport models lists the catalog."`
	Keys      []Key      `yaml:"keys" doc:"Virtual keys for clients. None: loopback only, the Host must be local, and browsers are refused."`

	source *source
}

// TLS names the certificate of the listener for clients.
type TLS struct {
	Cert string `yaml:"cert" required:"true" doc:"PEM file with the certificate and its chain, leaf first."`
	Key  string `yaml:"key" required:"true" doc:"PEM file with the private key."`
}

// CORS says which web pages may read answers in a browser.
type CORS struct {
	Origins []string `yaml:"origins" doc:"Origins such as https://app.example.com; * for every one. Needs keys. Left out: none."`
}

// Admin is the operator's own listener.
type Admin struct {
	Listen string `yaml:"listen" default:"127.0.0.1:8081" doc:"Loopback address, host:port, or off."`
}

// Plugins says where plugins come from.
type Plugins struct {
	Folder    string    `yaml:"folder" default:"plugins.d" doc:"Folder of plugin files."`
	Memory    Size      `yaml:"memory" default:"1GiB" min:"1MiB" max:"1TiB" doc:"Most memory of all sandboxed plugins together."`
	Mandatory []Plugin  `yaml:"mandatory" short:"use" doc:"Plugins that run on every route, before the route's own."`
	Rollout   []Rollout `yaml:"rollout" doc:"How new versions of plugins from the folder come to serve. Left out: at once."`
}

// Rollout says through which stages a new version of a plugin goes while the one
// before it serves. A first version serves at once.
type Rollout struct {
	Use    string  `yaml:"use" required:"true" form:"name" doc:"The plugin's id, or * for those that no other entry names."`
	Shadow *Shadow `yaml:"shadow" doc:"First it judges copies and decides nothing; GET /admin/v1/plugins/ID/shadow tells where the two versions differ. Left out: no such stage."`
	Canary *Canary `yaml:"canary" doc:"Then it serves a share of the exchanges. Left out: no such stage."`
}

// Shadow is the stage in which a new version judges copies.
type Shadow struct {
	For   time.Duration `yaml:"for" default:"0s" min:"0s" max:"720h" doc:"How long it lasts at least."`
	Calls int           `yaml:"calls" default:"0" min:"0" max:"1000000000" doc:"How many calls of its hooks it takes at least."`
}

// Canary is the stage in which a new version serves a share of the exchanges.
type Canary struct {
	For   time.Duration `yaml:"for" default:"0s" min:"0s" max:"720h" doc:"How long it lasts at least."`
	Calls int           `yaml:"calls" default:"0" min:"0" max:"1000000000" doc:"How many calls of its hooks it takes at least."`
	Share int           `yaml:"share" default:"5" min:"1" max:"99" doc:"Percent of the exchanges; the id of an exchange decides."`
}

// Plugin is one configured use of a plugin.
type Plugin struct {
	Use       string         `yaml:"use" required:"true" form:"name" doc:"The plugin's id, e.g. guardrail.pii. A list entry that is only a text is short for this field."`
	As        string         `yaml:"as" form:"name" doc:"Name of this instance in logs and metrics. Left out: the id."`
	Config    map[string]any `yaml:"config" doc:"The plugin's own settings, as its manifest declares them. What the manifest marks as a secret stands here by reference."`
	Optional  bool           `yaml:"optional" default:"false" doc:"Serve the route also when the plugin is not loaded, and let pass what it cannot judge: streams that it only sees, and what a request only points to. Otherwise the one is answered with 503, the others with 400."`
	Fail      string         `yaml:"fail" default:"closed" enum:"closed,open" doc:"What happens to an exchange when the plugin itself fails: closed ends it, open lets it pass."`
	Parallel  bool           `yaml:"parallel" default:"false" doc:"Let its judgement of the prompt run beside the call of the model: it can then block, flag and tag, but change nothing. No byte of the answer leaves before it has decided."`
	Hooks     []string       `yaml:"hooks" enum:"receive,prompt,route,answer,complete" doc:"The phases in which it runs, of those that it has a hook for. Left out: all of them."`
	Grants    []string       `yaml:"grants" doc:"The capabilities that it gets, of those that its manifest asks for. It works only with all of them."`
	Isolation string         `yaml:"isolation" enum:"tenant,exchange,shared" doc:"When a sandboxed plugin forgets what it saw: tenant before it serves another tenant, exchange before each exchange, shared never. shared is for bundled and pinned plugins. Left out: shared for bundled plugins, else tenant."`
	Limits    PluginLimits   `yaml:"limits" doc:"Bounds of one call. Left out: what the manifest says."`
	Env       map[string]any `yaml:"env" doc:"The environment of an adapter's process: these variables and no others. Values are texts or references like ${env:NAME}, which are kept secret. Only adapters have one."`
	Pin       []string       `yaml:"pin" form:"pin" single:"true" doc:"SHA-256 of the plugin's file, in hex, or a minisign public key by which NAME.wasm.minisig beside it signs it; or a list of them, of which the file fits one: name the next version beside the one that serves before you put it there. A file that fits none counts as not loaded."`
}

// PluginLimits bound what one call of a plugin's hook may use.
type PluginLimits struct {
	Steps     int           `yaml:"steps" min:"1000" max:"1000000000000" doc:"Instructions of a sandboxed plugin."`
	Deadline  time.Duration `yaml:"deadline" min:"1ms" max:"1m" doc:"Time, without that of host calls and, up to ten times as much, without that in which the machine had no processor for it. The gateway's own is 100ms, for adapters and edge filters 1s."`
	Memory    Size          `yaml:"memory" min:"64KiB" max:"1GiB" doc:"Memory of one guest."`
	Reply     Size          `yaml:"reply" min:"1" max:"1MiB" doc:"Size of a reply."`
	HostCalls int           `yaml:"host_calls" min:"1" max:"1000000" doc:"Calls of the gateway's functions."`
	Guests    int           `yaml:"guests" min:"1" max:"4096" doc:"Guests of one instance, and so the calls at once."`
}

func (l *PluginLimits) core() core.Limits {
	return core.Limits{
		Steps: int64(l.Steps), Deadline: l.Deadline, Memory: int64(l.Memory), Reply: int(l.Reply),
		HostCalls: l.HostCalls, Guests: l.Guests,
	}
}

// Ledger says where usage is booked.
type Ledger struct {
	Folder   string        `yaml:"folder" default:"data/ledger" doc:"Folder of the segments; made when it is missing."`
	MaxBytes Size          `yaml:"max_bytes" default:"1GiB" min:"16MiB" max:"1TiB" doc:"Most disk space that the segments take together; the oldest go first."`
	Sync     time.Duration `yaml:"sync" default:"100ms" min:"1ms" max:"1m" doc:"Longest time a row may wait for the disk. It bounds what a power cut can lose; a crash of the gateway loses nothing."`
}

// Limits bound memory and work.
type Limits struct {
	BodyBytes             Size `yaml:"body_bytes" default:"32MiB" min:"1KiB" max:"1GiB" doc:"Largest request body. Beyond it: 413."`
	AnswerBytes           Size `yaml:"answer_bytes" default:"64MiB" min:"1KiB" max:"1GiB" doc:"Largest answer of an upstream that is not streamed."`
	RawBytes              Size `yaml:"raw_bytes" default:"1GiB" min:"1KiB" max:"1TiB" doc:"Largest answer to a raw call (/p/NAME/PATH) that is passed on as it comes. Beyond it the answer is broken off."`
	EventBytes            Size `yaml:"event_bytes" default:"4MiB" min:"1KiB" max:"64MiB" doc:"Largest single event of a stream."`
	JSONDepth             int  `yaml:"json_depth" default:"128" min:"8" max:"1000" doc:"Deepest nesting of a JSON document. Beyond it: 400."`
	Connections           int  `yaml:"connections" default:"16384" min:"1" max:"1000000" doc:"Most open connections of clients."`
	ConnectionsPerAddress int  `yaml:"connections_per_address" default:"0" min:"0" max:"1000000" doc:"Most open connections from one client address; 0 for no bound of its own."`
	InFlight              int  `yaml:"in_flight" default:"8192" min:"1" max:"1000000" doc:"Most exchanges at once. Beyond it: 503."`

	MediaBytes Size          `yaml:"media_bytes" default:"20MiB" min:"1KiB" max:"1GiB" doc:"Most that is fetched from URLs for one exchange, all its images and documents together. Only what a provider does not take by URL is fetched. Beyond it: 400."`
	MediaItems int           `yaml:"media_items" default:"20" min:"0" max:"256" doc:"Most URLs that are fetched for one exchange; 0 fetches none."`
	MediaTime  time.Duration `yaml:"media_time" default:"10s" min:"10ms" max:"10m" doc:"Longest time that fetching for one exchange may take."`
}

// Timeouts bound time towards clients. Those towards upstreams belong to each
// provider, the total belongs to each route.
type Timeouts struct {
	Header time.Duration `yaml:"header" default:"10s" min:"100ms" max:"10m" doc:"From the first byte of a request to the end of its header fields."`
	Body   time.Duration `yaml:"body" default:"60s" min:"100ms" max:"1h" doc:"From the end of the header fields to the end of the body."`
	Idle   time.Duration `yaml:"idle" default:"75s" min:"1s" max:"1h" doc:"Between two requests on one connection."`
	Write  time.Duration `yaml:"write" default:"30s" min:"100ms" max:"1h" doc:"For one write to a client; a slower one is cut off."`
	Drain  time.Duration `yaml:"drain" default:"30s" min:"0s" max:"1h" doc:"How long a stopping gateway waits for exchanges in flight."`
}

// Egress says which addresses the gateway may call.
type Egress struct {
	Allow []netip.Prefix `yaml:"allow" doc:"Networks beyond the public Internet that may be called, as CIDR, e.g. 10.20.0.0/16. The literal address in a provider's base_url, and loopback and private networks for local runtimes, need no entry. URLs of clients lead nowhere by it, see media."`
	Media []netip.Prefix `yaml:"media" doc:"Networks beyond the public Internet that clients may name in URLs of images and documents, which the gateway fetches for providers that take no URL; plain http is used only there. Every client of the gateway can read what they serve."`
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level" default:"info" enum:"debug,info,warn,error" doc:"The least important lines that are written."`
	Format string `yaml:"format" default:"json" enum:"json,text" doc:"One JSON object a line, or text for people."`
}

// Provider is one company, API family or runtime, with a credential.
type Provider struct {
	Name           string            `yaml:"name" required:"true" form:"name" doc:"Name that deployments refer to; unique."`
	Kind           string            `yaml:"kind" required:"true" doc:"What it is, e.g. openai; it decides dialect, paths and how the key is sent."`
	BaseURL        string            `yaml:"base_url" doc:"Root of the API, e.g. https://api.openai.com/v1. Left out: the kind's usual one."`
	Key            Secret            `yaml:"key" doc:"The provider key."`
	Auth           string            `yaml:"auth" doc:"How the key is sent, e.g. bearer or header:x-api-key; none for no key. Left out: the kind's usual way."`
	Settings       map[string]string `yaml:"settings" doc:"What the kind must know beside the key, e.g. region or api_version; sallyport models lists them."`
	Timeouts       ProviderTimeouts  `yaml:"timeouts" doc:"Bounds on the time of one attempt."`
	MaxConnections int               `yaml:"max_connections" default:"1024" min:"1" max:"100000" doc:"Most connections to this provider."`
	MaxPending     int               `yaml:"max_pending" default:"1024" min:"0" max:"100000" doc:"Most attempts that wait for a free connection. Beyond it: another deployment, or 503."`
	Raw            bool              `yaml:"raw" default:"false" doc:"Let keys with the right to the route p/NAME, or to *, call any path below base_url as /p/NAME/PATH, with the provider key. No plugin can judge such calls: they are refused while one must judge every prompt or answer."`
	Root           bool              `yaml:"root" default:"false" doc:"Let such keys also call what has no other place here, as if it stood below /p/NAME: GET /x is GET /p/NAME/x. All header fields cross but those that carry credentials or belong to one connection. Needs raw; for one provider at most."`
	CAFile         string            `yaml:"ca_file" doc:"PEM file with the certificate authorities to trust in place of the system's."`
	Headers        map[string]string `yaml:"headers" doc:"Fixed header fields for every request. Credentials belong in key."`
	Quirks         Quirks            `yaml:"quirks" doc:"Deviations from the dialect, where they differ from the kind's usual ones."`
}

// ProviderTimeouts bound the stages of one attempt.
type ProviderTimeouts struct {
	Connect   time.Duration `yaml:"connect" default:"5s" min:"10ms" max:"10m" doc:"Name resolution, TCP and TLS."`
	FirstByte time.Duration `yaml:"first_byte" default:"5m" min:"10ms" max:"24h" doc:"From the last byte sent to the answer's header. An answer that is not streamed often comes only when it is complete."`
	Idle      time.Duration `yaml:"idle" default:"2m" min:"10ms" max:"24h" doc:"Between two reads of the answer, and for one write."`
	Total     time.Duration `yaml:"total" default:"30m" min:"10ms" max:"24h" doc:"From the start of the attempt to its last byte."`
}

// Quirks override what the kind says.
type Quirks struct {
	NoStreamUsage *bool `yaml:"no_stream_usage" doc:"True where the provider refuses stream_options. Left out: as the kind says."`
	NoStreamEnd   *bool `yaml:"no_stream_end" doc:"True where the provider leaves out the last event of its streams: [DONE] of chats, metadata of Bedrock. They are whole then when every finish reason and the usage were told; with no_stream_usage, when every finish reason was. Left out: as the kind says, for most false, and a stream without its last event ends with an error."`
}

// Route is a model name that apps use.
type Route struct {
	Name        string        `yaml:"name" required:"true" form:"name" doc:"What apps put into model. The name * matches what no other route matches."`
	Deployments []Deployment  `yaml:"deployments" required:"true" doc:"The places that can serve the route."`
	Fallbacks   []string      `yaml:"fallbacks" doc:"Routes to try, in order, when this one is exhausted."`
	Retries     int           `yaml:"retries" default:"2" min:"0" max:"10" doc:"Further attempts of one exchange on this route, before the client's first byte."`
	Plugins     []Plugin      `yaml:"plugins" short:"use" doc:"The route's plugins, in their order."`
	Loss        string        `yaml:"loss" default:"safe" enum:"safe,strict" doc:"When a field cannot be translated for a provider: safe drops and reports it, strict answers 400."`
	Blocked     string        `yaml:"blocked" default:"error" enum:"error,refusal" doc:"What a client gets of an answer that a guardrail blocked: an error, or an answer in which the model refuses (finish reason content_filter)."`
	Total       time.Duration `yaml:"total" default:"30m" min:"1s" max:"24h" doc:"Bound on a whole exchange, attempts and stream together."`
}

// Deployment is one place that can serve a route.
type Deployment struct {
	Provider string `yaml:"provider" required:"true" doc:"Name of a provider."`
	Model    string `yaml:"model" doc:"The provider's own name for the model. Left out: what the client asked for."`
	Weight   int    `yaml:"weight" default:"1" min:"0" max:"1000000" doc:"Share of the picks; 0 is picked only when nothing else is left."`
	Name     string `yaml:"name" form:"name" doc:"Name in records and metrics; unique. Left out: route/provider/model."`
}

// Key is a virtual key: the credential that an app holds.
type Key struct {
	Name   string   `yaml:"name" required:"true" form:"name" doc:"Who the key stands for, in records and metrics; unique."`
	Key    Secret   `yaml:"key" required:"true" doc:"The secret itself, at least 16 characters."`
	Routes []string `yaml:"routes" required:"true" doc:"Routes that the key may use; * stands for all."`
	Tenant string   `yaml:"tenant" form:"name" doc:"The tenant that the usage is booked to."`
}

// Size is a number of bytes, written like 16MiB, 512KiB, 1GB or 4096.
type Size int64

// NewProvider returns a provider with the defaults of every field.
func NewProvider(name, kind string) Provider {
	p := Provider{Name: name, Kind: kind}
	newDecoder("", nil, Env{}).defaults(&p)
	return p
}

// NewPlugin returns a use of a plugin with the defaults of every field, in these
// phases only; none given are all.
func NewPlugin(id string, hooks ...core.Phase) Plugin {
	p := Plugin{Use: id}
	newDecoder("", nil, Env{}).defaults(&p)
	for _, h := range hooks {
		p.Hooks = append(p.Hooks, h.String())
	}
	return p
}

// NewRoute returns a route with the defaults of every field. Deployments of
// weight 0 get the default weight.
func NewRoute(name string, deployments ...Deployment) Route {
	r := Route{Name: name, Deployments: deployments}
	newDecoder("", nil, Env{}).defaults(&r)
	for i := range r.Deployments {
		r.Deployments[i].Weight = max(1, r.Deployments[i].Weight)
	}
	return r
}

// Defaults returns the configuration that an empty file would stand for. It
// has no provider and no route.
func Defaults() *Config {
	d := newDecoder("", nil, Env{})
	cfg := &Config{source: d.source}
	d.defaults(cfg)
	return cfg
}
