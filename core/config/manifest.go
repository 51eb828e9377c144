package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// manifestFile is a manifest as its author writes it. Like [Config] it is the
// one declaration of its fields.
type manifestFile struct {
	ID           string         `yaml:"id" required:"true" form:"id" doc:"The plugin's identity: its kind, a dot and a name, e.g. guardrail.pii."`
	Version      string         `yaml:"version" required:"true" form:"name" doc:"The author's version, for people and the chain hash, e.g. 1.2.0."`
	ABI          int            `yaml:"abi" default:"1" min:"1" max:"1" doc:"Version of the contract between gateway and plugin, see docs/abi.md."`
	Kind         string         `yaml:"kind" enum:"guardrail,prompt,rag,route,provider,edge,observe,auth,sign,limit,cache,store,console,runtime" doc:"What it is. Left out: the part of id before the dot, which it must be."`
	Stage        string         `yaml:"stage" enum:"shape,judge" doc:"Where its prompt hook stands: shape may add to the prompt, judge sees exactly what would leave. Required if hooks has prompt, else not allowed."`
	Hooks        []string       `yaml:"hooks" required:"true" enum:"receive,prompt,route,answer,complete,upstream_request,upstream_response,upstream_event" doc:"The phases that it has a function for. What else the file exports is never called."`
	Dialect      string         `yaml:"dialect" form:"name" doc:"The dialect that a translator writes and reads, e.g. anthropic.messages. Required for translators, else not allowed."`
	Operations   []string       `yaml:"operations" enum:"chat,completions,embeddings,rerank,images,speech,transcription,moderation,count_tokens,predict,models,raw" doc:"The operations that a translator knows. Required for translators, else not allowed."`
	Sees         manifestSees   `yaml:"sees" doc:"What it is shown of an exchange. Left out: text of every role."`
	Stream       manifestStream `yaml:"stream" doc:"How its answer hook judges streamed answers."`
	Config       map[string]any `yaml:"config" doc:"JSON Schema of its settings, as a mapping. default fills in what the operator left out; writeOnly: true marks a secret. A setting that properties does not name is an error unless additionalProperties says otherwise."`
	Capabilities []string       `yaml:"capabilities" doc:"The rights that it asks for. It works only where the operator grants every one."`
	Limits       PluginLimits   `yaml:"limits" doc:"Bounds of one call. Left out: the gateway's own."`
	OnError      string         `yaml:"on_error" default:"closed" enum:"closed,open" doc:"The fail mode that its author recommends: closed ends the exchange, open lets it pass. The operator decides; without a word of his it is closed."`
}

// manifestSees mirrors [core.Sees].
type manifestSees struct {
	Roles      []string `yaml:"roles" enum:"user,assistant,system,tool" doc:"Whose parts. Left out: everyone's."`
	Kinds      []string `yaml:"kinds" enum:"text,image,audio,document,tool_call,tool_result,thinking,redacted,citation,cache_point,refusal,raw" doc:"Which kinds of part. With citation come the addresses of images, audio and documents, as parts of their kinds. Left out: text."`
	Consumer   bool     `yaml:"consumer" default:"false" doc:"The names of the virtual key and of its tenant."`
	Model      bool     `yaml:"model" default:"false" doc:"The model as the client wrote it."`
	Tags       bool     `yaml:"tags" default:"false" doc:"The tags that plugins put on the exchange."`
	Parameters bool     `yaml:"parameters" default:"false" doc:"The request's settings and tools."`
	Request    bool     `yaml:"request" default:"false" doc:"The client's whole document, through the json imports."`
	Answer     bool     `yaml:"answer" default:"false" doc:"The whole answer's document, through the json imports."`
	Headers    []string `yaml:"headers" doc:"Header fields of the client's request. Those that carry credentials are never shown."`
}

// manifestStream is how streams are judged.
type manifestStream struct {
	Mode   string `yaml:"mode" default:"none" enum:"none,observe,window,buffer" doc:"none refuses streams on routes that it guards; observe sees what was sent; window holds text back until it is judged; buffer judges the whole answer before its first byte."`
	Window Size   `yaml:"window" min:"1" max:"1MiB" doc:"Most text held back at once. Required in mode window, else not allowed."`
}

// ParseManifest reads the manifest of a plugin from YAML. file is what problems
// name; nothing is read from it. Everything that is wrong is returned at once,
// in the order of the text. Where [Failed] says so the manifest must not be
// used; it holds what could be read. text is copied.
func ParseManifest(file string, text []byte) (core.Manifest, []Problem) {
	return parseManifest(file, text, true)
}

// ParseBundledManifest is [ParseManifest] for manifests that a test has held to
// it: the schema of the settings is not compiled, which every start would pay
// for.
func ParseBundledManifest(file string, text []byte) (core.Manifest, []Problem) {
	return parseManifest(file, text, false)
}

func parseManifest(file string, text []byte, checkSchema bool) (core.Manifest, []Problem) {
	d, root, problems := newDocument(file, text, Env{})
	if root == nil {
		return core.Manifest{}, problems
	}
	var f manifestFile
	d.defaults(&f)
	d.structure(reflect.ValueOf(&f).Elem(), root, "")
	m := d.manifest(&f)
	if checkSchema && f.Config != nil && !d.bad["config"] {
		if _, err := compileSchema(f.Config); err != nil {
			d.report("config", "%s", err)
		}
	}
	return m, d.sorted()
}

// manifest checks what no single field tells and makes the core's form.
func (d *decoder) manifest(f *manifestFile) core.Manifest {
	m := core.Manifest{
		ID: f.ID, Version: f.Version, Kind: f.Kind, Window: int(f.Stream.Window), Config: f.Config,
		Capabilities: f.Capabilities, Limits: f.Limits.core(), FailOpen: f.OnError == "open",
		Sees: core.Sees{
			Roles:    named[core.Role](d, "sees.roles", f.Sees.Roles, core.NumRoles),
			Kinds:    named[core.PartKind](d, "sees.kinds", f.Sees.Kinds, core.NumPartKinds),
			Consumer: f.Sees.Consumer, Model: f.Sees.Model, Tags: f.Sees.Tags, Parameters: f.Sees.Parameters,
			Request: f.Sees.Request, Answer: f.Sees.Answer, Headers: f.Sees.Headers,
		},
		Phases:  named[core.Phase](d, "hooks", f.Hooks, core.NumPhases),
		Stream:  one[core.StreamMode](f.Stream.Mode, core.NumStreamModes),
		Stage:   one[core.Stage](f.Stage, int(core.StageJudge)+1),
		Dialect: f.Dialect, Operations: named[core.Operation](d, "operations", f.Operations, core.NumOperations),
	}
	d.manifestKind(f, &m)
	d.manifestTranslator(f, &m)
	d.manifestStage(f, &m)
	d.manifestStream(f, &m)
	d.manifestHeaders(f)
	d.distinct("capabilities", f.Capabilities)
	for i, name := range f.Capabilities {
		if known := core.Capabilities(); !slices.Contains(known, name) {
			d.report(indexed("capabilities", i), "%s is no capability%s", quote(name), didYouMean(name, known))
		}
	}
	return m
}

func (d *decoder) manifestKind(f *manifestFile, m *core.Manifest) {
	kind, _, _ := strings.Cut(f.ID, ".")
	switch {
	case d.bad["id"] || d.bad["kind"]:
	case m.Kind == "":
		m.Kind = kind
		if kinds := pluginKinds(); !slices.Contains(kinds, kind) {
			d.report("id", "%s is no kind of plugin%s", quote(kind), didYouMean(kind, kinds))
		}
	case m.Kind != kind:
		d.report("kind", "is %s, but the id says %s; leave it out", quote(m.Kind), quote(kind))
	}
}

// pluginKinds returns what the field kind allows.
func pluginKinds() []string {
	for _, f := range fieldsOf(reflect.TypeFor[manifestFile]()) {
		if f.name == "kind" {
			return f.enum
		}
	}
	return nil
}

func (d *decoder) manifestStage(f *manifestFile, m *core.Manifest) {
	switch prompt := m.Has(core.PhasePrompt); {
	case d.bad["stage"] || d.bad["hooks"]:
	case prompt && f.Stage == "":
		d.report("stage", "is missing, since there is a prompt hook; write shape if it adds to the prompt, judge if it judges what leaves")
	case !prompt && f.Stage != "":
		d.report("stage", "stands for prompt hooks, and there is none; leave it out")
	}
}

// manifestTranslator holds translators, and what calls itself a provider, to what
// a translator is.
func (d *decoder) manifestTranslator(f *manifestFile, m *core.Manifest) {
	if d.bad["hooks"] || d.bad["id"] || d.bad["kind"] {
		return
	}
	translates := m.Translates()
	if !translates {
		if m.Kind == "provider" {
			d.report("hooks", "a provider plugin has the hooks upstream_request, upstream_response and upstream_event")
		}
		for _, field := range []struct {
			name string
			set  bool
		}{{"dialect", f.Dialect != ""}, {"operations", len(f.Operations) > 0}} {
			if field.set {
				d.report(field.name, "stands for translators, and there is no hook of one; leave it out")
			}
		}
		return
	}
	if m.Kind != "provider" {
		d.report("hooks", "upstream hooks are for plugins of the kind provider, and this is a %s", m.Kind)
		return
	}
	for _, p := range []core.Phase{core.PhaseUpstreamRequest, core.PhaseUpstreamResponse, core.PhaseUpstreamEvent} {
		if !m.Has(p) {
			d.report("hooks", "a translator has three hooks, and %s is missing", p)
		}
	}
	for i, p := range m.Phases {
		if p != core.PhaseUpstreamRequest && p != core.PhaseUpstreamResponse && p != core.PhaseUpstreamEvent {
			d.report(indexed("hooks", i), "a translator belongs to providers and not to routes, so it cannot have the hook %s", p)
		}
	}
	if f.Dialect == "" && !d.bad["dialect"] {
		d.report("dialect", "is missing; write the dialect that the plugin writes and reads, like anthropic.messages")
	}
	if len(f.Operations) == 0 && !d.bad["operations"] {
		d.report("operations", "is missing; write the operations that the plugin knows, like [chat]")
	}
}

func (d *decoder) manifestStream(f *manifestFile, m *core.Manifest) {
	switch answer, window := m.Has(core.PhaseAnswer), m.Stream == core.StreamWindow; {
	case d.bad["stream.mode"] || d.bad["hooks"]:
	case m.Stream != core.StreamNone && !answer:
		d.report("stream.mode", "%s judges answers, but hooks has no answer", f.Stream.Mode)
	case window && m.Window == 0:
		d.report("stream.window", "is missing; write how much text may be held back, like 512B or 4KiB")
	case !window && m.Window != 0:
		d.report("stream.window", "holds for mode window, not for %s", f.Stream.Mode)
	}
}

func (d *decoder) manifestHeaders(f *manifestFile) {
	d.distinct("sees.headers", f.Sees.Headers)
	for i, name := range f.Sees.Headers {
		switch at := indexed("sees.headers", i); {
		case !isToken(name):
			d.report(at, "%s is not the name of a header field", quote(name))
		case strings.ToLower(name) != name:
			d.report(at, "%s must be lower case", quote(name))
		case core.CarriesCredential(name):
			d.report(at, "%s carries a credential, which no plugin is shown", quote(name))
		}
	}
}

// distinct reports what stands in a list twice.
func (d *decoder) distinct(path string, list []string) {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			d.report(indexed(path, i), "%s stands there twice", quote(v))
		}
	}
}

// value is a type whose values have names.
type value interface {
	~uint8
	String() string
}

// one returns the value of that name, the first one if there is none.
func one[T value](name string, count int) T {
	for v := range T(count) {
		if v.String() == name {
			return v
		}
	}
	return 0
}

// named returns the values of a list of names, which the declaration of the
// field has checked, and reports what stands there twice.
func named[T value](d *decoder, path string, names []string, count int) []T {
	d.distinct(path, names)
	var out []T
	for _, name := range names {
		if name != "" {
			out = append(out, one[T](name, count))
		}
	}
	return out
}
