package attempt

import (
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// target is where the requests of one service go.
type target struct {
	whole, stream string
	marked        bool // the client says the rest
	learned       *core.Learned
}

// What stands in targets for the upstream's model and for the client's verb.
const (
	modelMark = "{model}"
	verbMark  = "{verb}"
)

// targetsOf returns the targets of d by operation and service. What the
// deployment and its provider know already is filled in; a model that only the
// client names stays marked.
func targetsOf(d *core.Deployment) (out [core.NumOperations][]target) {
	fill := []string{}
	for _, s := range d.Provider.Settings {
		fill = append(fill, "{"+s.Key+"}", escape(s.Value))
	}
	if d.Model != "" {
		fill = append(fill, modelMark, escape(d.Model))
	}
	r := strings.NewReplacer(fill...)
	for op, services := range d.Provider.Serves {
		for i := range services {
			s := &services[i]
			t := target{whole: d.Provider.BasePath + r.Replace(s.Path), learned: &core.Learned{}}
			if t.stream = t.whole; s.StreamPath != "" {
				t.stream = d.Provider.BasePath + r.Replace(s.StreamPath)
			}
			t.marked = strings.Contains(t.whole+t.stream, modelMark) || strings.Contains(t.whole+t.stream, verbMark)
			out[op] = append(out[op], t)
		}
	}
	return out
}

// of returns the request target of ex.
func (t *target) of(ex *core.Exchange) string {
	path := t.whole
	if ex.Request.Stream {
		path = t.stream
	}
	if t.marked {
		path = strings.NewReplacer(modelMark, escape(string(ex.Request.Model)), verbMark, escape(string(ex.Request.Verb))).Replace(path)
	}
	return path
}

// escape makes s one segment of a path (RFC 3986 §3.3). A colon, which is
// allowed there, is escaped too: providers put verbs behind one.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~@", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
