package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Model is what the operator says of one model of a provider.
type Model struct {
	Provider  string   `yaml:"provider" required:"true" doc:"Name of a provider."`
	Model     string   `yaml:"model" required:"true" doc:"The provider's own name for the model, as deployments have it."`
	Context   int      `yaml:"context" default:"0" min:"0" max:"1000000000" doc:"Most tokens of prompt and answer together; 0 for what the catalog says."`
	MaxOutput int      `yaml:"max_output" default:"0" min:"0" max:"1000000000" doc:"Most tokens of an answer; 0 for what the catalog says."`
	Refuses   []string `yaml:"refuses" form:"name" doc:"Parameters that the model answers with an error, by their names in OpenAI's chat API, e.g. temperature. Left out: as the catalog says; an empty list is none."`
	Price     *Price   `yaml:"price" doc:"What its tokens cost, in place of the catalog's price and tiers. Left out: as the catalog says, and unknown where it does not know the model."`
}

// Price is what tokens cost, in USD per million.
type Price struct {
	Input       Rate  `yaml:"input" required:"true" doc:"Prompt tokens."`
	Output      Rate  `yaml:"output" required:"true" doc:"Tokens of the answer."`
	CacheRead   *Rate `yaml:"cache_read" doc:"Prompt tokens read from the provider's cache. Left out: as input."`
	CacheWrite  *Rate `yaml:"cache_write" doc:"Prompt tokens written to the provider's cache. Left out: as input."`
	CacheHour   *Rate `yaml:"cache_write_1h" doc:"Prompt tokens written to the provider's cache to be kept for an hour. Left out: as cache_write."`
	Reasoning   *Rate `yaml:"reasoning" doc:"Tokens of the answer that were reasoning. Left out: as output."`
	InputAudio  *Rate `yaml:"input_audio" doc:"Prompt tokens that were audio. Left out: as input."`
	OutputAudio *Rate `yaml:"output_audio" doc:"Tokens of the answer that were audio. Left out: as output."`
	Search      *Rate `yaml:"search" doc:"Searches that a provider bills in place of tokens, in USD per million of them: 2000 for 2 USD per thousand. Left out: unknown."`
}

// Rate is a price in 10⁻¹² USD per token, written in USD per million tokens as a
// decimal of at most six places, like 2.50.
type Rate int64

// ModelCatalog knows models of the provider kinds. What it returns is read-only.
type ModelCatalog interface {
	// Facts returns what is known of a kind's model, or nil.
	Facts(kind, model string) *core.ModelFacts
	// All returns the facts of every model of a kind by its name.
	All(kind string) map[string]*core.ModelFacts
}

// maxRate is the most that a million tokens cost in USD.
const maxRate = core.MaxRate / 1_000_000

func parseRate(text string) (Rate, error) {
	bad := fmt.Errorf("%s is not a price; write USD per million tokens as a decimal from 0 to %d with at most 6 places, like 2.50", quote(text), maxRate)
	whole, places, point := strings.Cut(text, ".")
	if len(whole) > 7 || len(places) > 6 || point && places == "" {
		return 0, bad
	}
	n, err := strconv.ParseUint(whole+places+strings.Repeat("0", 6-len(places)), 10, 63)
	if whole == "" || err != nil || n > core.MaxRate {
		return 0, bad
	}
	return Rate(n), nil
}

// models checks the list of models, and tells the deployments what is known of
// theirs. It runs after the routes.
func (b *builder) models() {
	said := map[[2]string]*Model{}
	for i := range b.cfg.Models {
		m, at := &b.cfg.Models[i], indexed("models", i)
		if _, ok := b.providerByName[m.Provider]; !ok || m.Provider == "" {
			b.report(join(at, "provider"), "unknown provider %s%s", quote(m.Provider), didYouMean(m.Provider, b.providerNames()))
			continue
		}
		if reason := checkModel(m.Model); reason != "" {
			b.report(join(at, "model"), "%s", reason)
			continue
		}
		key := [2]string{m.Provider, m.Model}
		if _, twice := said[key]; twice {
			b.report(at, "the model %s of %s is listed twice", quote(m.Model), quote(m.Provider))
			continue
		}
		said[key] = m
	}
	all := map[string]map[string]*core.ModelFacts{} // by provider
	for _, r := range b.routeByName {
		for _, d := range r.Deployments {
			if d.Model != "" {
				d.Facts = b.facts(d.Provider, d.Model, said[[2]string{d.Provider.Name, d.Model}])
				continue
			}
			if _, ok := all[d.Provider.Name]; !ok {
				all[d.Provider.Name] = b.allFacts(d.Provider, said)
			}
			d.Models = all[d.Provider.Name]
		}
	}
}

// facts returns what the catalog knows of a model and what the operator says of
// it, who has the last word; nil for nothing at all.
func (b *builder) facts(p *core.Provider, model string, said *Model) *core.ModelFacts {
	var known *core.ModelFacts
	if b.known.Models != nil {
		known = b.known.Models.Facts(p.Kind, model)
	}
	if said == nil {
		return known
	}
	return said.over(known)
}

// allFacts returns the facts of every known model of a provider.
func (b *builder) allFacts(p *core.Provider, said map[[2]string]*Model) map[string]*core.ModelFacts {
	out := map[string]*core.ModelFacts{}
	if b.known.Models != nil {
		out = b.known.Models.All(p.Kind)
	}
	for key, m := range said {
		if key[0] == p.Name {
			out[m.Model] = m.over(out[m.Model])
		}
	}
	return out
}

// over returns known with what m says in its place.
func (m *Model) over(known *core.ModelFacts) *core.ModelFacts {
	var f core.ModelFacts
	if known != nil {
		f = *known
	}
	if m.Context > 0 {
		f.Context = int64(m.Context)
	}
	if m.MaxOutput > 0 {
		f.MaxOutput = int64(m.MaxOutput)
	}
	if m.Refuses != nil {
		f.Refuses = slices.Clone(m.Refuses)
		slices.Sort(f.Refuses)
	}
	if m.Price != nil {
		f.Price = m.Price.core()
	}
	return &f
}

func (p *Price) core() *core.Price {
	or := func(r *Rate, otherwise Rate) int64 {
		if r == nil {
			return int64(otherwise)
		}
		return int64(*r)
	}
	return &core.Price{Rates: core.Rates{
		Input: int64(p.Input), Output: int64(p.Output),
		CacheRead: or(p.CacheRead, p.Input), CacheWrite: or(p.CacheWrite, p.Input), CacheWriteHour: or(p.CacheHour, 0), Reasoning: or(p.Reasoning, p.Output),
		InputAudio: or(p.InputAudio, p.Input), OutputAudio: or(p.OutputAudio, p.Output), Search: or(p.Search, 0),
	}}
}
