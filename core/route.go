package core

import "time"

// Consumer is who a virtual key or a token stands for.
type Consumer struct {
	Name   string // the key's or principal's name; never the secret
	Tenant string
	// Routes that the consumer may use; "*" stands for all. The authenticator
	// keeps it sorted.
	Routes []string
}

// MayUse tells whether the consumer has the right to use the route.
func (c *Consumer) MayUse(route string) bool {
	for _, r := range c.Routes {
		if r == "*" || r == route {
			return true
		}
	}
	return false
}

// Route is the model name that apps use, its rules and its deployments. It is
// part of a snapshot and immutable.
type Route struct {
	Name        string // "*" matches what no other route matches
	Deployments []*Deployment
	// Fallbacks are the routes to try, in order, when this one is exhausted.
	Fallbacks []*Route
	// Retries is how many further attempts one exchange may make on this
	// route, before the first client byte; ≥ 0.
	Retries int
	// Strict refuses a request that cannot be translated without loss.
	Strict bool
	// Refuse tells clients of a blocked answer as if the model had refused, with the
	// finish reason of a content filter, and not with an error.
	Refuse bool
	// Total bounds the whole exchange; 0 means no bound.
	Total time.Duration
}

// Deployment is one place that can serve a route.
type Deployment struct {
	// Name is unique in the snapshot: "route/provider/model" unless configured.
	Name     string
	Provider *Provider
	// Model is the upstream's own model name; "" passes the client's on.
	Model string
	// ModelJSON is Model as a JSON string, quotes included, ready to splice.
	ModelJSON []byte
	// Weight is the deployment's share of the picks; ≥ 0, and 0 is picked only
	// when nothing else is left.
	Weight int
	// Facts is what is known of Model, nil for nothing. Where Model is "", Models
	// has the facts of the models that clients may ask for, by name.
	Facts  *ModelFacts
	Models map[string]*ModelFacts
}

// FactsOf returns what is known of the model that serves a request for the given
// one, or nil. It does not allocate.
func (d *Deployment) FactsOf(requested []byte) *ModelFacts {
	if d.Model != "" {
		return d.Facts
	}
	return d.Models[string(requested)]
}

// Provider is a company or API family as data: how to reach it and in which
// dialect. Same dialect on both sides needs no translator.
type Provider struct {
	Name string // as configured
	Kind string // the descriptor's name, e.g. "openai"
	// Scheme, Host (host:port) and BasePath come from the configured base URL.
	Scheme, Host, BasePath string
	// HostHeader is the value of the Host field.
	HostHeader string
	// Serves lists for each operation how the provider serves it, the best way
	// first; none means that it does not.
	Serves [NumOperations][]Service
	Quirks Quirks
	// Settings are for the translator: region, project, API version …
	Settings []Tag
	Signer   Signer // adds the credential; nil for none
	// Header holds fixed header fields for every request.
	Header []Header
	// Forward names the client's header fields that the provider gets as well,
	// Defaults what it gets where neither they nor Header say otherwise.
	Forward  []string
	Defaults []Header
	Timeouts Timeouts
}

// Service is one way in which a provider serves an operation. A translator
// makes its own paths; Path and StreamPath are for clients of the same dialect.
type Service struct {
	Dialect string // the dialect's name
	// Path is the request target below BasePath, e.g. "/chat/completions".
	// "{model}" stands for the upstream's model, "{verb}" for the client's
	// [Request.Verb], "{NAME}" for a setting.
	Path string
	// StreamPath is the target of streamed calls where it differs.
	StreamPath string
	// AnswersAs is the dialect of clients whose form the answers have, where Dialect is
	// none of clients; "" otherwise. The usage of raw calls is read by it.
	AnswersAs string
	// Carried: the provider carries the dialect's documents for their maker, in a way
	// of its own. The path alone says that an answer is streamed. The events of a
	// stream lie in base64 in the messages "chunk" of an event stream. A refusal is an
	// object with a message, whose kind the field X-Amzn-Errortype names.
	Carried bool
}

// Setting is something that a kind of provider must know beside its key, such
// as a region.
type Setting struct {
	Name     string
	Default  string
	Required bool
	About    string // one sentence for people
}

// Quirks are deviations of a provider from its dialect, as data.
type Quirks struct {
	// NoStreamUsage: the provider refuses stream_options.
	NoStreamUsage bool
	// NoStreamEnd: the provider leaves out the last event of its streams, [DONE] of chats
	// and metadata of Converse. Without it such a stream is whole where all that comes
	// before was told: of chats every finish reason and, unless NoStreamUsage, the usage.
	NoStreamEnd bool
	// InPlaceOfModel is a JSON object whose members a document has where others name
	// the model, which stands in the path alone, e.g. {"anthropic_version":"v"}; a
	// document that asks for a count of tokens names the model all the same. "" means
	// that the document names the model and nothing else.
	InPlaceOfModel string
	// Betas are the features that clients of the dialect may switch on with the field
	// Anthropic-Beta or the member anthropic_beta, where the provider takes them in the
	// document alone and refuses what it does not know; "A=B" is one that is called B
	// there, and "A=" one that it need not be told of because it changes nothing: such
	// a word only says who the client is. nil means that nothing is done about them.
	Betas []string
}

// Timeouts bound the stages of one attempt. A value of 0 means no bound.
type Timeouts struct {
	Connect   time.Duration // DNS, TCP and TLS
	FirstByte time.Duration // from the last byte sent to the whole response head
	Idle      time.Duration // between two reads of the body, and for one write
	Total     time.Duration // from the start of the attempt to its last byte
}

// Descriptor is a kind of provider as data. Plugins of kind provider export
// them; the core knows none.
type Descriptor struct {
	Kind    string // as in config, e.g. "openai"
	Title   string // for people
	BaseURL string // default; "" means the operator must give one
	// KeyEnv is the usual environment variable of the provider key.
	KeyEnv string
	// Discover lets a gateway without configuration use the provider when KeyEnv
	// is set. Only one kind per variable does.
	Discover bool
	// Auth names the signer and its parameters, e.g. "bearer" or
	// "header:x-api-key"; "none" for open local runtimes.
	Auth   string
	Serves [NumOperations][]Service
	Quirks Quirks
	// Settings names what an operator may or must say of such a provider.
	Settings []Setting
	// Forward and Defaults are those of [Provider].
	Forward  []string
	Defaults []Header
	// Local is true for runtimes that an operator runs on his own machines:
	// no key is needed and a private address is expected.
	Local bool
}
