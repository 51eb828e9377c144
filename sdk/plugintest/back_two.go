package plugintest

import "strings"

// document is the provider's answer where it is not streamed.
func (x *exchange) document() string {
	doc := x.back.whole(x)
	if x.cut.size != two {
		return doc
	}
	other := x.other()
	from, to := x.back.choice(x.back.whole(other))
	first := x.back.whole(other)[from:to]
	from, _ = x.back.choice(doc)
	return doc[:from] + first + "," + second(doc[from:])
}

// events is the provider's answer where it is streamed.
func (x *exchange) events() []event {
	list := x.back.stream(x)
	if x.cut.size != two {
		return list
	}
	other := x.back.stream(x.other())
	var out []event
	for i := range max(len(list), len(other)) {
		if i < len(other) {
			out = append(out, other[i])
		}
		if i < len(list) {
			e := list[i]
			if from, to := x.back.choice(e.data); to > from {
				e.data = e.data[:from] + second(e.data[from:])
			}
			out = append(out, e)
		}
	}
	return out
}

// other is the exchange whose harmless answer is the first choice. It does not begin
// as the text with the canary does.
func (x *exchange) other() *exchange {
	y := *x
	y.canary, y.seed = "", x.seed+1
	y.text = strings.TrimPrefix(y.says(), opening)
	return &y
}

// choice returns where the one choice of a document stands in it.
func (b *back) choice(doc string) (from, to int) {
	_, rest, found := strings.Cut(doc, `"`+b.choices+`":[`)
	if !found {
		return 0, 0
	}
	from = len(doc) - len(rest)
	for _, end := range []string{`],"usage`, `]}`} {
		if at := strings.LastIndex(doc, end); at >= from {
			return from, at
		}
	}
	return 0, 0
}

// second makes the choice at the beginning of a text the second one.
func second(text string) string { return strings.Replace(text, `"index":0`, `"index":1`, 1) }
