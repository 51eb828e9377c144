package report

import (
	"math"
	"slices"
)

// Stat is a median with its spread.
type Stat struct {
	Median, Min, Max float64
	N                int
	// Noisy: others disturbed so many rows that disturbed ones had to be used.
	Noisy bool
}

// Of returns the median of values with their least and greatest. It does not
// change values; without values all is zero.
func Of(values []float64) Stat {
	if len(values) == 0 {
		return Stat{}
	}
	v := slices.Sorted(slices.Values(values))
	mid := v[len(v)/2]
	if len(v)%2 == 0 {
		mid = (v[len(v)/2-1] + mid) / 2
	}
	return Stat{Median: mid, Min: v[0], Max: v[len(v)-1], N: len(v)}
}

// Stat returns a metric's median over the rounds. Disturbed rows are left out as
// long as at least half of the rows remain. ok is false when it was never
// measured.
func (r *Report) Stat(name, target string, m Metric) (s Stat, ok bool) {
	all, quiet := r.values(name, target, m)
	noisy := 2*len(quiet) < len(all)
	if !noisy {
		all = quiet
	}
	values := make([]float64, 0, len(all))
	for _, v := range all {
		values = append(values, v)
	}
	s = Of(values)
	s.Noisy = noisy
	return s, s.N > 0
}

// values returns a metric by round: of all rows, and of the quiet ones.
func (r *Report) values(name, target string, m Metric) (all, quiet map[int]float64) {
	all, quiet = map[int]float64{}, map[int]float64{}
	for i := range r.Rows {
		row := &r.Rows[i]
		v, measured := row.Values[m]
		if row.Case != name || row.Target != target || !measured {
			continue
		}
		all[row.Round] = v
		if !row.Noisy() {
			quiet[row.Round] = v
		}
	}
	return all, quiet
}

// Ratio returns how a target stands to another one: the median of the ratios of
// each round, so that a machine which changes its speed between rounds does not
// count. Disturbed rounds are left out as in [Report.Stat].
func (r *Report) Ratio(name, target, base string, m Metric) (s Stat, ok bool) {
	return r.relate(name, target, base, m, func(a, b float64) float64 { return a / b })
}

// Added returns what a target adds to another one, by rounds like [Report.Ratio].
func (r *Report) Added(name, target, base string, m Metric) (s Stat, ok bool) {
	return r.relate(name, target, base, m, func(a, b float64) float64 { return a - b })
}

func (r *Report) relate(name, target, base string, m Metric, f func(a, b float64) float64) (Stat, bool) {
	as, quietAs := r.values(name, target, m)
	bs, quietBs := r.values(name, base, m)
	all, quiet := pair(as, bs, f), pair(quietAs, quietBs, f)
	noisy := 2*len(quiet) < len(all)
	if !noisy {
		all = quiet
	}
	s := Of(all)
	s.Noisy = noisy
	return s, s.N > 0
}

// pair relates what two targets have of one round. Where that makes no number
// there is none.
func pair(as, bs map[int]float64, f func(a, b float64) float64) []float64 {
	var out []float64
	for round, a := range as {
		b, both := bs[round]
		if v := f(a, b); both && !math.IsNaN(v) && !math.IsInf(v, 0) {
			out = append(out, v)
		}
	}
	return out
}
