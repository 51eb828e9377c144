package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

// The names of the sources in the catalog.
const (
	modelsDev   = "models.dev"
	genaiPrices = "genai-prices"
)

// elsewhere maps our kinds to the sources' names for them, where they differ.
// The second source knows those only that stand here.
var elsewhere = map[string]struct{ dev, gen string }{
	"anthropic": {"anthropic", "anthropic"}, "azure": {"azure", "azure"}, "baseten": {"baseten", "baseten"},
	"bedrock": {"amazon-bedrock", "aws"}, "cerebras": {"cerebras", "cerebras"},
	"cloudflare": {"cloudflare-workers-ai", "cloudflare"}, "cohere": {"cohere", "cohere"},
	"deepseek": {"deepseek", "deepseek"}, "fireworks": {"fireworks-ai", "fireworks"}, "gemini": {"google", "google"},
	"groq": {"groq", "groq"}, "mistral": {"mistral", "mistral"}, "moonshotai": {"moonshotai", "moonshotai"},
	"novita-ai": {"novita-ai", "novita"}, "openai": {"openai", "openai"}, "openrouter": {"openrouter", "openrouter"},
	"ovhcloud": {"ovhcloud", "ovhcloud"}, "perplexity": {"perplexity", "perplexity"},
	"together": {"togetherai", "together"}, "vertex": {"google-vertex", "google"}, "voyage": {"", "voyageai"},
	"wafer-ai": {"wafer.ai", ""}, "xai": {"xai", "x-ai"}, "zai": {"zai", "zai"}, "zhipuai": {"zhipuai", "zhipuai"},
}

// merger makes one catalog of both sources.
type merger struct {
	dev    map[string]devProvider
	gen    map[string]*genProvider
	day    string // for which prices are read
	models []catalog.Model
	gaps   []gap
	both   int // models whose prices both sources know
}

// gap is a price on which the sources differ by more than 1 %.
type gap struct {
	kind, model, rate string
	dev, gen          int64
	taken             string // the source that was believed
}

// all fills models with those of the kinds.
func (g *merger) all(kinds []core.Descriptor) error {
	for i := range kinds {
		if kinds[i].Local || kinds[i].Kind == "azure-deployments" { // the latter reads azure's
			continue
		}
		if err := g.kind(kinds[i].Kind); err != nil {
			return err
		}
	}
	return nil
}

func (g *merger) kind(kind string) error {
	names, ok := elsewhere[kind]
	if !ok {
		names.dev = kind
	}
	var second []genModel
	if p := g.gen[names.gen]; p != nil {
		second = p.Models
	}
	seen := map[string]bool{}
	for _, m := range g.dev[names.dev].Models {
		out, err := m.model(kind)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(second, func(s genModel) bool { return s.Match.matches(m.ID) }); i >= 0 {
			q, err := second[i].on(g.day)
			if err != nil {
				return err
			}
			g.check(out, &q)
		}
		if slices.Contains(out.Output, "image") && slices.Contains(out.Output, "text") && out.Price != nil && out.Source == modelsDev {
			out.Price.Output = nil // of text, or of images? nobody tells
			for i := range out.Price.Tiers {
				out.Price.Tiers[i].Output = nil
			}
		}
		seen[strings.ToLower(out.Name)] = true
		g.models = append(g.models, *out)
	}
	return g.rest(kind, second, seen)
}

// rest adds the models that only the second source knows by an exact name.
func (g *merger) rest(kind string, second []genModel, seen map[string]bool) error {
	for i := range second {
		m := &second[i]
		q, err := m.on(g.day)
		if err != nil {
			return err
		}
		if q.price == nil && m.Context == 0 {
			continue
		}
		if q.complex || q.images {
			q.price, q.since, q.next = nil, "", nil
		}
		for _, name := range append(m.Match.names(), m.ID) {
			foreign := (kind == "gemini" || kind == "vertex") && !strings.HasPrefix(name, "gemini")
			if seen[strings.ToLower(name)] || foreign || !m.Match.matches(name) || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "-") || strings.HasPrefix(name, "regional.") {
				continue
			}
			seen[strings.ToLower(name)] = true
			out := catalog.Model{
				Kind: kind, Name: name, Context: m.Context, Price: q.price, Since: q.since, Next: q.next, Source: genaiPrices,
			}
			if m.Deprecated {
				out.Status = "deprecated"
			}
			g.models = append(g.models, out)
		}
	}
	return nil
}

// check compares m with what the second source says of it, and completes it.
func (g *merger) check(m *catalog.Model, q *quote) {
	if q.complex || q.images {
		if m.Price != nil {
			m.Price, m.Source = nil, modelsDev+"+"+genaiPrices
		}
		return
	}
	if q.price == nil {
		return
	}
	m.Source = modelsDev + "+" + genaiPrices
	if m.Price == nil {
		m.Price, m.Since, m.Next = q.price, q.since, q.next
		return
	}
	g.both++
	// The first source is believed, unless the second dates the price, which is
	// the stronger claim, or has the same price with more places. For Bedrock the
	// second knows that profiles of a region cost more than the global ones.
	second := q.since != "" || m.Kind == "bedrock"
	agree := true
	theirs := rateList(&q.price.Rates)
	for i, ours := range rateList(&m.Price.Rates) {
		if !differ(*ours, *theirs[i]) {
			continue
		}
		d := gap{m.Kind, m.Name, rateNames[i], **ours, **theirs[i], modelsDev}
		switch {
		case second:
			d.taken = genaiPrices
		case cents(**theirs[i]) == **ours:
			d.taken, *ours = genaiPrices, *theirs[i]
		default:
			agree = false
		}
		g.gaps = append(g.gaps, d)
	}
	switch {
	case second:
		m.Price, m.Since, m.Next = q.price, q.since, q.next
	case agree:
		m.Since, m.Next = q.since, q.next
		complete(&m.Price.Rates, &q.price.Rates)
		for i := range m.Price.Tiers {
			t := &m.Price.Tiers[i]
			for j := range q.price.Tiers {
				if d := t.Above - q.price.Tiers[j].Above; d >= -1 && d <= 1 {
					complete(&t.Rates, &q.price.Tiers[j].Rates)
				}
			}
		}
	default:
		m.Source = modelsDev // the other was not believed
	}
}

// cents rounds a rate to whole cents per million tokens.
func cents(n int64) int64 { return (n + 5_000) / 10_000 * 10_000 }

// complete takes from b what a lacks.
func complete(a, b *catalog.Rates) {
	from := rateList(b)
	for i, n := range rateList(a) {
		if *n == nil {
			*n = *from[i]
		}
	}
}

// summary says for people how the sources compare.
func (g *merger) summary() string {
	slices.SortFunc(g.gaps, func(a, b gap) int {
		return strings.Compare(a.kind+"\x00"+a.model+"\x00"+a.rate, b.kind+"\x00"+b.model+"\x00"+b.rate)
	})
	priced, models := 0, map[string]bool{}
	for i := range g.models {
		if g.models[i].Price != nil {
			priced++
		}
	}
	for _, d := range g.gaps {
		models[d.kind+"\x00"+d.model] = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d models, %d with a price. Both sources price %d of them; for %d they differ by more than 1 %%:\n\n",
		len(g.models), priced, g.both, len(models))
	b.WriteString("| kind | model | believed | tokens: models.dev / genai-prices |\n|---|---|---|---|\n")
	before := ""
	for _, d := range g.gaps {
		if model := fmt.Sprintf("| %s | %s | %s |", d.kind, d.model, d.taken); model != before {
			if before != "" {
				b.WriteString(" |\n")
			}
			b.WriteString(model)
			before = model
		}
		fmt.Fprintf(&b, " %s %s / %s", d.rate, usd(d.dev), usd(d.gen))
	}
	if before != "" {
		b.WriteString(" |\n")
	}
	return b.String()
}

// usd shows a rate in USD per million tokens.
func usd(n int64) string {
	s := fmt.Sprintf("%d.%06d", n/1_000_000, n%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
