package chain

import (
	"runtime/debug"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// Edge is one edge filter of a chain.
type Edge struct {
	Instance string
	FailOpen bool

	filter core.EdgeFilter
	report func(error)
	chain  *Chain
}

// Edges returns the chain's edge filters in the order in which they see requests.
// The list is the chain's.
func (c *Chain) Edges() []Edge {
	if c == nil {
		return nil
	}
	return c.edges
}

// HasEdges tells whether there are exchanges for which [Chain.For] returns a chain
// with an edge filter.
func (c *Chain) HasEdges() bool {
	return c != nil && (len(c.edges) > 0 || slices.ContainsFunc(c.variants, func(v variant) bool { return len(v.chain.edges) > 0 }))
}

// Collector returns the name of an edge filter that wants every answer collected,
// "" where there is none.
func (c *Chain) Collector() string {
	if c == nil {
		return ""
	}
	for i := range c.edges {
		if c.edges[i].filter.Buffers() {
			return c.edges[i].Instance
		}
	}
	for _, v := range c.variants {
		if name := v.chain.Collector(); name != "" {
			return name
		}
	}
	return ""
}

func (c *Chain) addEdge(e *Entry) {
	if e.Edge != nil {
		c.edges = append(c.edges, Edge{Instance: e.Instance, FailOpen: e.FailOpen, filter: e.Edge, report: e.Report, chain: c})
	}
}

// Request shows the filter a request. Of a filter that failed there is no turn: err
// is what ends the exchange, nil where its fail mode is open. m is undefined then.
func (e *Edge) Request(m *core.EdgeMessage) (turn core.EdgeTurn, failed bool, err *core.Error) {
	cause := e.fenced(func() (err error) {
		turn, err = e.filter.Request(m)
		return err
	})
	if err := e.outcome(cause); err != nil || cause != nil {
		return nil, true, err
	}
	if !turn.Next() {
		e.chain.verdict(&step{instance: e.Instance}, core.VerdictRespond.String())
	}
	return turn, false, nil
}

// Answer shows a turn of the filter's the answer, and closes it. err is as with
// Request.
func (e *Edge) Answer(turn core.EdgeTurn, m *core.EdgeMessage, isError bool) (failed bool, err *core.Error) {
	cause := e.fenced(func() error {
		defer turn.Close()
		return turn.Answer(m, isError)
	})
	return cause != nil, e.outcome(cause)
}

func (e *Edge) outcome(cause error) *core.Error {
	if e.report != nil {
		e.report(cause)
	}
	if cause == nil {
		return nil
	}
	s := &step{instance: e.Instance}
	e.chain.failed(s, cause)
	if e.FailOpen {
		return nil
	}
	return closed(s, core.PhaseReceive, cause)
}

// fenced lets no panic of a filter reach the caller.
func (e *Edge) fenced(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
