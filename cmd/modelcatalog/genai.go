package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

// The prices of genai-prices, as far as we use them.
type (
	genProvider struct {
		ID     string
		Models []genModel
	}
	genModel struct {
		ID         string
		Match      *genMatch
		Context    int64 `json:"context_window"`
		Deprecated bool
		Prices     json.RawMessage // an object, or a list of genDated
	}
	genDated struct {
		Constraint *struct {
			Type  string
			Start string `json:"start_date"`
		}
		Prices map[string]json.RawMessage
	}
	genMatch struct {
		Equals, Contains, Regex string
		Starts                  string `json:"starts_with"`
		Ends                    string `json:"ends_with"`
		Or, And                 []genMatch
	}
	genTiers struct {
		Base  json.Number
		Tiers []struct{ Start, Price json.Number }
	}
)

// readGenAI reads the list of providers out of the program text of the package.
func readGenAI(src []byte) ([]genProvider, error) {
	const first = `[{id:"`
	_, rest, ok := strings.Cut(string(src), "="+first)
	if !ok {
		return nil, errors.New("genai-prices: the text holds no list of providers")
	}
	value, _, err := literal(first + rest)
	if err != nil {
		return nil, fmt.Errorf("genai-prices: %w", err)
	}
	text, err := json.Marshal(plainNumbers(value))
	if err != nil {
		return nil, fmt.Errorf("genai-prices: %w", err)
	}
	var out []genProvider
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("genai-prices: %w", err)
	}
	return out, nil
}

// plainNumbers writes .5 as 0.5, and 2e5 as 200000 where it is whole, as JSON
// and whole fields want them.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plainNumbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case json.Number:
		n := string(v)
		if f, err := v.Float64(); err == nil && f == float64(int64(f)) {
			n = strconv.FormatInt(int64(f), 10)
		}
		if strings.HasPrefix(n, ".") {
			n = "0" + n
		}
		return json.Number(n)
	}
	return v
}

// matches tells whether m means the model of that name.
func (m *genMatch) matches(name string) bool {
	if m == nil {
		return false
	}
	name = strings.ToLower(name)
	switch {
	case m.Equals != "":
		return name == strings.ToLower(m.Equals)
	case m.Starts != "":
		return strings.HasPrefix(name, strings.ToLower(m.Starts))
	case m.Ends != "":
		return strings.HasSuffix(name, strings.ToLower(m.Ends))
	case m.Contains != "":
		return strings.Contains(name, strings.ToLower(m.Contains))
	case m.Regex != "":
		re, err := regexp.Compile(m.Regex)
		return err == nil && re.MatchString(name)
	case len(m.Or) > 0:
		for i := range m.Or {
			if m.Or[i].matches(name) {
				return true
			}
		}
		return false
	}
	for i := range m.And {
		if !m.And[i].matches(name) {
			return false
		}
	}
	return len(m.And) > 0
}

// names returns the exact names that m lists.
func (m *genMatch) names() []string {
	if m == nil {
		return nil
	}
	var out []string
	if m.Equals != "" {
		out = append(out, m.Equals)
	}
	for i := range m.Or {
		out = append(out, m.Or[i].names()...)
	}
	return out
}

// quote is the price of a model on a day.
type quote struct {
	price *catalog.Price
	since string // "" where no day is said
	next  *catalog.Change
	// complex is set where tokens alone do not make the price: it depends on the
	// hour, or images, calls or the like cost something of their own.
	complex bool
	images  bool // images that the model makes have a price of their own
}

// on returns the model's price on a day, YYYY-MM-DD.
func (m *genModel) on(day string) (quote, error) {
	var list []genDated
	if strings.HasPrefix(string(m.Prices), "[") {
		if err := json.Unmarshal(m.Prices, &list); err != nil {
			return quote{}, fmt.Errorf("genai-prices: %s: %w", m.ID, err)
		}
	} else {
		list = make([]genDated, 1)
		if err := json.Unmarshal(m.Prices, &list[0].Prices); err != nil {
			return quote{}, fmt.Errorf("genai-prices: %s: %w", m.ID, err)
		}
	}
	var q quote
	for _, d := range list {
		switch c := d.Constraint; {
		case c == nil, c.Type == "start_date" && c.Start <= day:
			since := ""
			if c != nil {
				since = c.Start
			}
			price, complicated, err := rates(d.Prices)
			if err != nil {
				return quote{}, fmt.Errorf("genai-prices: %s: %w", m.ID, err)
			}
			_, images := d.Prices["output_image_mtok"]
			q.price, q.since, q.images, q.complex = tidy(price, m.ID), since, images, q.complex || complicated
		case c.Type == "start_date":
			price, complicated, err := rates(d.Prices)
			if err != nil {
				return quote{}, fmt.Errorf("genai-prices: %s: %w", m.ID, err)
			}
			if q.next == nil && !complicated {
				q.next = &catalog.Change{From: c.Start, Price: tidy(price, m.ID)}
			}
		default:
			q.complex = true
		}
	}
	return q, nil
}

// genRates maps the names of genai-prices to places in [rateList]; those that
// are not here make a price complex, but for what a client must ask for apart.
var genRates = map[string]int{
	"input_mtok": 0, "output_mtok": 1, "cache_read_mtok": 2, "cache_write_mtok": 3, "cache_write_1h_mtok": 4,
	"output_reasoning_mtok": 5, "input_audio_mtok": 6, "output_audio_mtok": 7,
}

var genApart = map[string]bool{
	"web_searches_kcount": true, "storage_searches_kcount": true, "cache_audio_read_mtok": true,
}

// rates converts the prices of one entry.
func rates(prices map[string]json.RawMessage) (*catalog.Price, bool, error) {
	var p catalog.Price
	complicated := false
	for name, raw := range prices {
		i, ok := genRates[name]
		if !ok {
			complicated = complicated || !genApart[name]
			continue
		}
		t := genTiers{Base: json.Number(raw)}
		if strings.HasPrefix(string(raw), "{") {
			t = genTiers{}
			if err := json.Unmarshal(raw, &t); err != nil {
				return nil, false, err
			}
		}
		n, err := perToken(t.Base)
		if err != nil {
			return nil, false, err
		}
		*rateList(&p.Rates)[i] = n
		for _, tier := range t.Tiers {
			above, err := tier.Start.Int64()
			if err != nil {
				return nil, false, err
			}
			if n, err = perToken(tier.Price); err != nil {
				return nil, false, err
			}
			*rateList(tierOf(&p, above))[i] = n
		}
	}
	for i := range p.Tiers { // what a tier does not name stays as it is below
		for j, n := range rateList(&p.Tiers[i].Rates) {
			if *n == nil {
				*n = *rateList(&p.Rates)[j]
			}
		}
	}
	return &p, complicated, nil
}

// tierOf returns the tier of p above a size, which it adds where it is missing.
func tierOf(p *catalog.Price, above int64) *catalog.Rates {
	for i := range p.Tiers {
		if p.Tiers[i].Above == above {
			return &p.Tiers[i].Rates
		}
	}
	p.Tiers = append(p.Tiers, catalog.Tier{Above: above})
	return &p.Tiers[len(p.Tiers)-1].Rates
}
