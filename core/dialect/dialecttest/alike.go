package dialecttest

import (
	"fmt"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Alike makes sure that a stream is metered and judged the same whether events are
// known by those before them or not. It returns how many were.
func Alike(t testing.TB, d core.EventReader, events []string) (known int) {
	t.Helper()
	short, long := &alike{d: d}, &alike{d: d, always: true}
	for _, a := range []*alike{short, long} {
		a.ex.Request.Choices = 1
		d.BeginEvents(&a.ex)
	}
	for _, data := range events {
		if got, want := short.read(data), long.read(data); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", Clipped(data), got, want)
		}
	}
	return short.known
}

// alike is one reading of a stream; always in full, or only where it must be.
type alike struct {
	d      core.EventReader
	ex     core.Exchange
	at     core.Attempt
	c      core.EventContent
	always bool
	known  int
}

func (a *alike) read(event string) string {
	data := []byte(event)
	a.c.Reset()
	what := core.EventForward
	var err *core.Error
	if !a.always && a.d.ReadAlike(&a.ex, &a.at, data, &a.c) {
		a.known++
	} else if what = a.d.Event(&a.ex, &a.at, data); what != core.EventDrop {
		err = a.d.ReadEvent(&a.ex, data, &a.c)
	}
	s := &a.at.Stream
	failure := a.d.EndStream(&a.ex, &a.at)
	return fmt.Sprint(what, err != nil, Describe(event, &a.c), s.Events, s.OutTokens, s.Done, s.Finished, s.Failed,
		a.at.Usage, string(a.at.Model), a.at.Finish, failure != nil)
}

// variants returns a stream of the event data, in which other events have text in place
// of one of its strings.
func variants(data, text string) []string {
	out := []string{data, data}
	v, err := jsonscan.Validate([]byte(data), 0)
	if err != nil {
		return out
	}
	eachString([]byte(data), v, "", func(_ string, s jsonscan.Span) {
		if len(out) < maxVariants {
			out = append(out, data[:s.Start]+string(jsonscan.AppendQuoted(nil, []byte(text)))+data[s.End:], data, data)
		}
	})
	return out
}

// maxVariants bounds what a fuzzer can make of one event.
const maxVariants = 64
