// Package catalog is what is publicly known of the models of the built-in kinds
// of provider: context, modalities, abilities, refused parameters and prices, as
// of a date. The data is catalog.jsonl, made by cmd/modelcatalog.
package catalog

import (
	_ "embed"
	"encoding/json"
	"iter"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// data is the catalog: the header line, then a line per model, sorted by kind and
// model. A line that nobody asks for is never decoded, nor even paged in.
//
//go:embed catalog.jsonl
var data string

// Format is the version of the lines' form.
const Format = 1

// Header is the first line: what the catalog is and where it comes from.
type Header struct {
	Format    int      `json:"catalog"`
	Retrieved string   `json:"retrieved"` // the day the sources were read, YYYY-MM-DD
	Sources   []Source `json:"sources"`
}

// Source is open data that the catalog was made from.
type Source struct {
	Name    string `json:"name"`    // as in [Model.Source]
	Package string `json:"package"` // where it was read from, with its version
	Licence string `json:"licence"` // SPDX identifier
	Newest  string `json:"newest"`  // the newest date in the data, YYYY-MM-DD
	SHA256  string `json:"sha256"`  // of the file that was read, in hex
}

// Model is what is known of one model.
type Model struct {
	Kind      string   `json:"kind"`                 // of provider, as descriptors name it
	Name      string   `json:"model"`                // the provider's own name for it
	Context   int64    `json:"context,omitempty"`    // tokens of prompt and answer together; 0: not known
	MaxOutput int64    `json:"max_output,omitempty"` // tokens of an answer; 0: not known
	Input     []string `json:"in,omitempty"`         // modalities: text, image, audio, video, pdf
	Output    []string `json:"out,omitempty"`
	Abilities []string `json:"can,omitempty"`     // tools, reasoning, structured_output, temperature; sorted
	Refuses   []string `json:"refuses,omitempty"` // parameters, by their names in openai.chat; sorted
	Price     *Price   `json:"price"`             // nil: not known
	Next      *Change  `json:"next,omitempty"`    // an announced change of the price
	Since     string   `json:"since,omitempty"`   // the day from which the price holds, where a source says so
	Status    string   `json:"status,omitempty"`  // alpha, beta, deprecated
	Source    string   `json:"source"`            // the sources' names, joined by +
}

// Price is what a model's tokens cost, in 10⁻¹² USD per token.
type Price struct {
	Rates
	Tiers []Tier `json:"tiers,omitempty"` // ascending by Above
}

// Change is a price that holds from a day on.
type Change struct {
	From  string `json:"from"` // YYYY-MM-DD, begins at midnight UTC
	Price *Price `json:"price"`
}

// Tier are the rates of exchanges whose prompt has more than Above tokens.
type Tier struct {
	Above int64 `json:"above"`
	Rates
}

// Rates are prices per kind of tokens in 10⁻¹² USD per token. A kind without one
// is nil.
type Rates struct {
	Input       *int64 `json:"input,omitempty"`
	Output      *int64 `json:"output,omitempty"`
	CacheRead   *int64 `json:"cache_read,omitempty"`
	CacheWrite  *int64 `json:"cache_write,omitempty"`
	CacheHour   *int64 `json:"cache_write_1h,omitempty"` // written to be kept for an hour
	Reasoning   *int64 `json:"reasoning,omitempty"`      // where it differs from Output
	InputAudio  *int64 `json:"input_audio,omitempty"`
	OutputAudio *int64 `json:"output_audio,omitempty"`
}

// Catalog answers from the catalog that is built in.
type Catalog struct{ lines string }

// New returns the catalog that is built in. It decodes nothing.
func New() Catalog {
	_, lines, _ := strings.Cut(data, "\n")
	return Catalog{lines}
}

// Header returns what the catalog is and where it comes from.
func (Catalog) Header() (h Header) {
	first, _, _ := strings.Cut(data, "\n")
	_ = json.Unmarshal([]byte(first), &h) // a test reads it
	return h
}

// List returns the models of a kind, sorted by name.
func (c Catalog) List(kind string) []Model {
	var out []Model
	for _, line := range c.scan(known(kind), "") {
		out = append(out, decode(line))
	}
	return out
}

// Find returns what is known of a provider's model, or nil.
//
// Where the very name is not listed, dates at its end are set aside (-20250929,
// -2025-09-29, @20250929): the name without one, and all its dated forms, are
// candidates. The answer is theirs if they agree in all that [Catalog.Facts]
// tells, and nil if they do not or there is none.
func (c Catalog) Find(kind, model string) *Model {
	kind = known(kind)
	stem := undated(model)
	var candidates []string
	for name, line := range c.scan(kind, stem) {
		if name == model {
			m := decode(line)
			return &m
		}
		if undated(name) == stem {
			candidates = append(candidates, line)
		}
	}
	var found *Model
	for _, line := range candidates {
		m := decode(line)
		if found != nil && !reflect.DeepEqual(found.facts(), m.facts()) {
			return nil
		}
		found = &m
	}
	return found
}

// Facts returns what [Catalog.Find] finds in the form that the core uses, or nil.
func (c Catalog) Facts(kind, model string) *core.ModelFacts {
	if m := c.Find(kind, model); m != nil {
		return m.facts()
	}
	return nil
}

// All returns the facts of every model of a kind by its exact name.
func (c Catalog) All(kind string) map[string]*core.ModelFacts {
	out := map[string]*core.ModelFacts{}
	for name, line := range c.scan(known(kind), "") {
		m := decode(line)
		out[name] = m.facts()
	}
	return out
}

// known returns the kind under which the models of a kind are listed: several ways to
// one platform lead to the same ones.
func known(kind string) string {
	switch kind {
	case "azure-deployments":
		return "azure"
	case "bedrock-anthropic":
		return "bedrock"
	case "vertex-anthropic":
		return "vertex"
	case "openai-responses":
		return "openai"
	default:
		return kind
	}
}

// scan yields the names and lines of the models of a kind whose names begin with
// prefix, sorted.
func (c Catalog) scan(kind, prefix string) iter.Seq2[string, string] {
	return func(yield func(name, line string) bool) {
		head := lineHead(kind, prefix)
		rest := c.lines[c.search(head):]
		for strings.HasPrefix(rest, head) {
			var line string
			line, rest, _ = strings.Cut(rest, "\n")
			name, _, _ := strings.Cut(line[len(head)-len(prefix):], `"`) // without escapes; a test reads all
			if !yield(name, line) {
				return
			}
		}
	}
}

func decode(line string) (m Model) {
	_ = json.Unmarshal([]byte(line), &m) // a test reads all
	return m
}

// lineHead is how the lines of a kind's models with a prefix begin. The lines are
// sorted by their bytes.
func lineHead(kind, prefix string) string {
	return `{"kind":"` + kind + `","model":"` + prefix
}

// search returns the offset of the first line that is not less than head.
func (c Catalog) search(head string) int {
	return c.lineAt(sort.Search(len(c.lines), func(i int) bool { return c.lines[c.lineAt(i):] >= head }))
}

// lineAt returns the start of the line that offset i stands in, or the end of the
// text for an offset behind it.
func (c Catalog) lineAt(i int) int {
	if i >= len(c.lines) {
		return len(c.lines)
	}
	return strings.LastIndexByte(c.lines[:i], '\n') + 1
}

// undated cuts a date off the end of a model's name.
func undated(name string) string {
	for _, form := range [...]string{"-dddd-dd-dd", "-dddddddd", "@dddddddd"} {
		at := len(name) - len(form)
		if at > 0 && isForm(name[at:], form) {
			return name[:at]
		}
	}
	return name
}

// isForm tells whether s is like form, in which d stands for a digit, with a year
// of this century.
func isForm(s, form string) bool {
	for i := range len(form) {
		digit := s[i] >= '0' && s[i] <= '9'
		if form[i] == 'd' && !digit || form[i] != 'd' && s[i] != form[i] {
			return false
		}
	}
	return s[1:3] == "20"
}

// facts converts m.
func (m *Model) facts() *core.ModelFacts {
	f := &core.ModelFacts{Context: m.Context, MaxOutput: m.MaxOutput, Refuses: m.Refuses}
	if len(m.Abilities) > 0 && !slices.Contains(m.Abilities, "reasoning") {
		f.Refuses = append(slices.Clone(f.Refuses), "reasoning_effort")
		slices.Sort(f.Refuses)
	}
	f.Price = m.price(m.Price)
	if m.Next != nil && f.Price != nil {
		if from, err := time.Parse(time.DateOnly, m.Next.From); err == nil {
			f.Price.Next, f.Price.NextFrom = m.price(m.Next.Price), from
		}
	}
	return f
}

func (m *Model) price(p *Price) *core.Price {
	if p == nil {
		return nil
	}
	out := &core.Price{Rates: m.rates(&p.Rates)}
	for i := range p.Tiers {
		out.Tiers = append(out.Tiers, core.PriceTier{Above: p.Tiers[i].Above, Rates: m.rates(&p.Tiers[i].Rates)})
	}
	return out
}

// hourOverInput is what Anthropic asks for tokens that are written to be kept for
// an hour, as a multiple of what it asks for input
// (https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing).
const hourOverInput = 2

// hour returns what tokens cost that are written to be kept for an hour where no
// source says so: that is known of Anthropic's models alone.
func (m *Model) hour(r *Rates) int64 {
	if r.Input != nil && r.CacheWrite != nil && strings.Contains(m.Name, "claude") {
		return hourOverInput * *r.Input
	}
	return core.Unpriced
}

// rates converts r. Audio that the model takes but has no price for costs what
// text costs, as its providers have it; audio that it makes, or may make, does not.
func (m *Model) rates(r *Rates) core.Rates {
	rate := func(n *int64, otherwise int64) int64 {
		if n == nil {
			return otherwise
		}
		return *n
	}
	out := core.Rates{
		Input: rate(r.Input, core.Unpriced), Output: rate(r.Output, core.Unpriced),
		CacheRead: rate(r.CacheRead, core.Unpriced), CacheWrite: rate(r.CacheWrite, core.Unpriced),
	}
	out.CacheWriteHour = rate(r.CacheHour, m.hour(r))
	out.Reasoning = rate(r.Reasoning, out.Output)
	inputAudio, outputAudio := out.Input, out.Output
	if slices.Contains(m.Output, "audio") || len(m.Output) == 0 {
		inputAudio, outputAudio = core.Unpriced, core.Unpriced
	} else if r.InputAudio != nil {
		outputAudio = core.Unpriced // it makes none: all audio was in the prompt
	}
	out.InputAudio, out.OutputAudio = rate(r.InputAudio, inputAudio), rate(r.OutputAudio, outputAudio)
	return out
}
