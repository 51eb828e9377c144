package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Key is what rows are grouped by in a [Summary].
type Key string

// The keys. ByDay is the UTC day on which the request came in.
const (
	ByConsumer   Key = "consumer"
	ByTenant     Key = "tenant"
	ByRoute      Key = "route"
	ByDeployment Key = "deployment"
	ByProvider   Key = "provider"
	ByModel      Key = "upstream_model"
	ByOperation  Key = "operation"
	ByEnd        Key = "end"
	ByDay        Key = "day"
)

func keys() []Key {
	return []Key{ByConsumer, ByTenant, ByRoute, ByDeployment, ByProvider, ByModel, ByOperation, ByEnd, ByDay}
}

// ParseKeys reads a list of keys with commas between. The empty list is no key:
// everything is one group.
func ParseKeys(list string) ([]Key, error) {
	var by []Key
	for name := range strings.SplitSeq(list, ",") {
		k := Key(strings.TrimSpace(name))
		switch {
		case k == "" && list == "":
		case !slices.Contains(keys(), k):
			return nil, fmt.Errorf("ledger: there is no key %q; the keys are %s", k, joinKeys(keys()))
		case slices.Contains(by, k):
			return nil, fmt.Errorf("ledger: the key %q is given twice", k)
		default:
			by = append(by, k)
		}
	}
	return by, nil
}

func joinKeys(by []Key) string {
	names := make([]string, len(by))
	for i, k := range by {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// of returns r's value of k.
func (k Key) of(r *Row) string {
	switch k {
	case ByConsumer:
		return r.Consumer
	case ByTenant:
		return r.Tenant
	case ByRoute:
		return r.Route
	case ByDeployment:
		return r.Deployment
	case ByProvider:
		return r.Provider
	case ByModel:
		return r.UpstreamModel
	case ByOperation:
		return r.Operation
	case ByEnd:
		return r.End
	case ByDay:
		return r.Time.UTC().Format("2006-01-02")
	}
	return ""
}

// Total is what the rows of one group add up to. Sums stop at the largest
// int64.
type Total struct {
	Group         map[Key]string `json:"group"`
	Requests      int64          `json:"requests"`
	Errors        int64          `json:"errors"` // rows with an error code
	InputUncached int64          `json:"input_uncached"`
	CacheRead     int64          `json:"cache_read"`
	CacheWrite    int64          `json:"cache_write"`
	Output        int64          `json:"output"`
	Reasoning     int64          `json:"reasoning"`
	Audio         int64          `json:"audio"`
	Image         int64          `json:"image"`
	CostPicoUSD   int64          `json:"cost_picousd"` // of the rows that have a price
	Unpriced      int64          `json:"unpriced"`     // rows that used tokens and have no price
	Estimated     int64          `json:"estimated"`    // rows with a count of our own
	BytesIn       int64          `json:"bytes_in"`
	BytesOut      int64          `json:"bytes_out"`
}

// Summary adds up rows. It is not safe for concurrent use; its memory grows
// with the number of groups, not of rows.
type Summary struct {
	by     []Key
	groups map[string]*Total
	name   []byte
}

// NewSummary returns an empty summary with one group for each combination of
// the keys' values.
func NewSummary(by ...Key) *Summary {
	return &Summary{by: by, groups: make(map[string]*Total)}
}

// Add counts one row.
func (s *Summary) Add(r *Row) {
	s.name = s.name[:0]
	for _, k := range s.by {
		v := k.of(r)
		s.name = append(s.name, byte(len(v)), byte(len(v)>>8)) // else "a","bc" would be "ab","c"
		s.name = append(s.name, v...)
	}
	t := s.groups[string(s.name)]
	if t == nil {
		t = &Total{Group: make(map[Key]string, len(s.by))}
		for _, k := range s.by {
			t.Group[k] = k.of(r)
		}
		s.groups[string(s.name)] = t
	}
	t.add(r)
}

func (t *Total) add(r *Row) {
	t.Requests++
	if r.ErrorCode != "" {
		t.Errors++
	}
	if r.Estimated {
		t.Estimated++
	}
	switch {
	case r.CostPicoUSD != nil:
		t.CostPicoUSD = sum(t.CostPicoUSD, *r.CostPicoUSD)
	case r.InputUncached|r.CacheRead|r.CacheWrite|r.Output != 0:
		t.Unpriced++
	}
	t.InputUncached = sum(t.InputUncached, r.InputUncached)
	t.CacheRead = sum(t.CacheRead, r.CacheRead)
	t.CacheWrite = sum(t.CacheWrite, r.CacheWrite)
	t.Output = sum(t.Output, r.Output)
	t.Reasoning = sum(t.Reasoning, r.Reasoning)
	t.Audio = sum(t.Audio, r.Audio)
	t.Image = sum(t.Image, r.Image)
	t.BytesIn = sum(t.BytesIn, r.BytesIn)
	t.BytesOut = sum(t.BytesOut, r.BytesOut)
}

// sum adds without wrapping around.
func sum(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	if b < 0 && a < math.MinInt64-b {
		return math.MinInt64
	}
	return a + b
}

// Totals returns the groups, sorted by the values of the keys in their order.
func (s *Summary) Totals() []Total {
	totals := make([]Total, 0, len(s.groups))
	for t := range maps.Values(s.groups) {
		totals = append(totals, *t)
	}
	slices.SortFunc(totals, func(a, b Total) int {
		for _, k := range s.by {
			if c := cmp.Compare(a.Group[k], b.Group[k]); c != 0 {
				return c
			}
		}
		return 0
	})
	return totals
}

// Summarise reads the ledger in folder, as [Read] does, and returns its totals.
func Summarise(folder string, filter Filter, by ...Key) ([]Total, ReadReport, error) {
	s := NewSummary(by...)
	report, err := Read(folder, filter, func(r Row) error { s.Add(&r); return nil })
	return s.Totals(), report, err
}
