package chain

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// edgeFilter is a filter that does what its fields say.
type edgeFilter struct {
	core.Instance
	buffers, next, panics bool
	fails, answerFails    error
	answers, closes       int
}

func (f *edgeFilter) Buffers() bool { return f.buffers }

func (f *edgeFilter) Request(*core.EdgeMessage) (core.EdgeTurn, error) {
	if f.panics {
		panic("edge")
	}
	return edgeTurn{f}, f.fails
}

type edgeTurn struct{ of *edgeFilter }

func (t edgeTurn) Next() bool { return t.of.next }

func (t edgeTurn) Waits() bool { return t.of.next }

func (t edgeTurn) Answer(*core.EdgeMessage, bool) error {
	t.of.answers++
	return t.of.answerFails
}

func (t edgeTurn) Close() { t.of.closes++ }

func TestEdges(t *testing.T) {
	bad := errors.New("bad")
	for what, c := range map[string]struct {
		filter       *edgeFilter
		open         bool
		failed       bool // in Request
		err          bool
		answerFailed bool
		log          string
	}{
		"passes":       {filter: &edgeFilter{next: true}},
		"answers":      {filter: &edgeFilter{}, log: "e:respond"},
		"fails":        {filter: &edgeFilter{fails: bad}, failed: true, err: true, log: "e:failed"},
		"fails open":   {filter: &edgeFilter{fails: bad}, open: true, failed: true, log: "e:failed"},
		"panics":       {filter: &edgeFilter{panics: true}, failed: true, err: true, log: "e:failed"},
		"fails late":   {filter: &edgeFilter{next: true, answerFails: bad}, answerFailed: true, err: true, log: "e:failed"},
		"fails at end": {filter: &edgeFilter{next: true, answerFails: bad}, open: true, answerFailed: true, log: "e:failed"},
	} {
		var reports []error
		obs := &recorder{}
		chain := Compile(obs, []Entry{{Instance: "e", Plugin: "edge.e", Edge: c.filter, FailOpen: c.open, Report: func(err error) { reports = append(reports, err) }}})
		edges := chain.Edges()
		if !chain.HasEdges() || len(edges) != 1 {
			t.Fatalf("%s: %d edges", what, len(edges))
		}
		turn, failed, err := edges[0].Request(&core.EdgeMessage{})
		if failed != c.failed {
			t.Errorf("%s: failed is %v", what, failed)
		}
		if !failed {
			failed, err = edges[0].Answer(turn, &core.EdgeMessage{}, false)
			if failed != c.answerFailed || c.filter.answers != 1 || c.filter.closes != 1 || len(reports) != 2 {
				t.Errorf("%s: failed is %v, %d answers, %d closes, %d reports", what, failed, c.filter.answers, c.filter.closes, len(reports))
			}
		}
		if (err != nil) != c.err || err != nil && err.Code != core.CodePluginFailed {
			t.Errorf("%s: %v", what, err)
		}
		if got := strings.Join(obs.log, "\n"); got != c.log {
			t.Errorf("%s: it was told %q", what, got)
		}
	}
}

func TestCollector(t *testing.T) {
	plain, greedy := &edgeFilter{}, &edgeFilter{buffers: true}
	for what, c := range map[string]struct {
		entries []Entry
		want    string
	}{
		"none":     {nil, ""},
		"plain":    {[]Entry{{Instance: "a", Edge: plain}}, ""},
		"one":      {[]Entry{{Instance: "a", Edge: plain}, {Instance: "b", Edge: greedy}}, "b"},
		"a canary": {[]Entry{{Instance: "a", Edge: plain, Share: 0.1, Canary: &Entry{Edge: greedy}}}, "a"},
	} {
		if got := Compile(nil, c.entries).Collector(); got != c.want {
			t.Errorf("%s: %q", what, got)
		}
	}
	var none *Chain
	if none.HasEdges() || none.Edges() != nil {
		t.Error("a nil chain has edges")
	}
}
