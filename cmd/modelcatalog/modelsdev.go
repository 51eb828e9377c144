package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

// The models of models.dev, as far as we use them.
type (
	devProvider struct {
		Models map[string]devModel `json:"models"`
	}
	devModel struct {
		ID         string   `json:"id"`
		Cost       *devCost `json:"cost"`
		Limit      struct{ Context, Output int64 }
		Modalities struct{ Input, Output []string }
		Reasoning  bool  `json:"reasoning"`
		Tools      bool  `json:"tool_call"`
		Shaped     bool  `json:"structured_output"`
		Sampling   *bool `json:"temperature"`
		Status     string
		Updated    string `json:"last_updated"`
	}
	devRates struct {
		Input       json.Number `json:"input"`
		Output      json.Number `json:"output"`
		CacheRead   json.Number `json:"cache_read"`
		CacheWrite  json.Number `json:"cache_write"`
		Reasoning   json.Number `json:"reasoning"`
		InputAudio  json.Number `json:"input_audio"`
		OutputAudio json.Number `json:"output_audio"`
	}
	devCost struct {
		devRates
		Tiers []devTier `json:"tiers"`
	}
	devTier struct {
		devRates
		Tier struct {
			Type string
			Size int64
		}
	}
)

// readModelsDev reads models.dev's api.json, gzipped or not.
func readModelsDev(data []byte) (map[string]devProvider, error) {
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(z, 256<<20)); err != nil {
			return nil, err
		}
	}
	var out map[string]devProvider
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("models.dev: %w", err)
	}
	return out, nil
}

// model converts m.
func (m *devModel) model(kind string) (*catalog.Model, error) {
	out := &catalog.Model{
		Kind: kind, Name: m.ID, Context: m.Limit.Context, MaxOutput: m.Limit.Output, Status: m.Status,
		Input: m.Modalities.Input, Output: m.Modalities.Output, Source: modelsDev,
	}
	chats := slices.Contains(out.Output, "text") && !strings.Contains(m.ID, "embed")
	if !chats && slices.Equal(out.Output, []string{"text"}) {
		out.MaxOutput = 0 // the width of the vectors
	}
	for _, a := range []struct {
		name string
		has  bool
	}{
		{"reasoning", m.Reasoning},
		{"structured_output", m.Shaped},
		{"temperature", m.Sampling != nil && *m.Sampling},
		{"tools", m.Tools},
	} {
		if a.has && chats {
			out.Abilities = append(out.Abilities, a.name)
		}
	}
	if chats && m.Sampling != nil && !*m.Sampling {
		// models.dev has one word for both: who refuses one refuses the other.
		out.Refuses = []string{"temperature", "top_p"}
	}
	if m.Cost == nil {
		return out, nil
	}
	price, err := m.Cost.price()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, m.ID, err)
	}
	out.Price = tidy(price, m.ID)
	return out, nil
}

func (c *devCost) price() (*catalog.Price, error) {
	var p catalog.Price
	var err error
	if p.Rates, err = c.rates(); err != nil {
		return nil, err
	}
	for i := range c.Tiers {
		t := &c.Tiers[i]
		if t.Tier.Type != "context" {
			return nil, fmt.Errorf("a tier of the type %q is unknown", t.Tier.Type)
		}
		rates, err := t.rates()
		if err != nil {
			return nil, err
		}
		p.Tiers = append(p.Tiers, catalog.Tier{Above: t.Tier.Size, Rates: rates})
	}
	return &p, nil
}

func (r *devRates) rates() (out catalog.Rates, err error) {
	for _, f := range []struct {
		from json.Number
		to   **int64
	}{
		{r.Input, &out.Input},
		{r.Output, &out.Output},
		{r.CacheRead, &out.CacheRead},
		{r.CacheWrite, &out.CacheWrite},
		{r.Reasoning, &out.Reasoning},
		{r.InputAudio, &out.InputAudio},
		{r.OutputAudio, &out.OutputAudio},
	} {
		if *f.to, err = perToken(f.from); err != nil {
			return out, err
		}
	}
	return out, nil
}

// tidy drops what is no price. A model that costs nothing at all and does not say
// so in its name belongs to a plan, or its price is not known to the source; and
// a zero beside a price is a gap. Neither is free.
func tidy(p *catalog.Price, id string) *catalog.Price {
	zero := func(n *int64) bool { return n == nil || *n == 0 }
	if zero(p.Input) && zero(p.Output) {
		if strings.HasSuffix(id, ":free") || strings.HasSuffix(id, "-free") {
			return p
		}
		return nil
	}
	drop := func(r *catalog.Rates) {
		for _, n := range rateList(r) {
			if zero(*n) {
				*n = nil
			}
		}
		if r.CacheRead != nil && r.Input != nil && *r.CacheRead > *r.Input {
			r.CacheRead = nil // a cache that costs more than none
		}
		if r.Reasoning != nil && r.Output != nil && *r.Reasoning == *r.Output {
			r.Reasoning = nil
		}
	}
	drop(&p.Rates)
	for i := range p.Tiers {
		drop(&p.Tiers[i].Rates)
	}
	slices.SortFunc(p.Tiers, func(a, b catalog.Tier) int { return int(a.Above - b.Above) })
	return p
}

// rateList returns the rates in the order of [rateNames].
func rateList(r *catalog.Rates) [8]**int64 {
	return [8]**int64{
		&r.Input, &r.Output, &r.CacheRead, &r.CacheWrite, &r.CacheHour, &r.Reasoning, &r.InputAudio, &r.OutputAudio,
	}
}

var rateNames = [8]string{
	"input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "input_audio", "output_audio",
}
