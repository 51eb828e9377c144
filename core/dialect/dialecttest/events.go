package dialecttest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

var flowNames = [...]string{"on", "alone", "repeat", "seal"}

// Describe returns what c holds of an event, a line for each piece.
func Describe(data string, c *core.EventContent) string {
	var b strings.Builder
	for i, p := range c.Parts {
		fmt.Fprintf(&b, "%d/%d %s %s %q", p.Choice, p.Msg, p.Kind, flowNames[p.Flow], p.Text())
		if len(p.Name)+len(p.Ref) > 0 {
			fmt.Fprintf(&b, " name=%s ref=%s", p.Name, p.Ref)
		}
		if p.Role != core.RoleAssistant {
			fmt.Fprintf(&b, " role=%s", p.Role)
		}
		if p.ID != i || p.Origin != core.OriginUpstream {
			fmt.Fprintf(&b, " BAD %+v", p.Part)
		}
		b.WriteByte('\n')
	}
	for _, s := range c.Unknown {
		fmt.Fprintf(&b, "unknown %s\n", data[s.Start:s.End])
	}
	for _, e := range c.Ends {
		fmt.Fprintf(&b, "end %d/%d\n", e.Choice, e.Block)
	}
	if c.Idle {
		b.WriteString("idle\n")
	}
	return b.String()
}

// Stream reads the events of a stream one after the other and compares what is in
// each, the first of a pair, with the second, which [Describe] says. It makes sure
// that no event changes unless edited.
func Stream(t *testing.T, d core.EventReader, ex *core.Exchange, events [][2]string) {
	t.Helper()
	var c core.EventContent
	d.BeginEvents(ex)
	for _, e := range events {
		data, want := e[0], e[1]
		c.Reset()
		if err := d.ReadEvent(ex, []byte(data), &c); err != nil {
			t.Errorf("%s: %v", Clipped(data), err)
			continue
		}
		if got := Describe(data, &c); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", Clipped(data), got, want)
		}
		c.Unknown = c.Unknown[:0]
		out, err := d.AppendEvent([]byte("x"), ex, []byte(data), &c)
		if err != nil || string(out) != "x"+data {
			t.Errorf("%s became %s, %v", Clipped(data), Clipped(out), err)
		}
	}
}

// EditEvent reads an event, gives each part for which edit returns another text that
// text, and returns what the event has become.
func EditEvent(t testing.TB, d core.EventReader, ex *core.Exchange, data string, edit func(p core.StreamPart) string) string {
	t.Helper()
	var c core.EventContent
	if err := d.ReadEvent(ex, []byte(data), &c); err != nil {
		t.Fatalf("%s: %v", Clipped(data), err)
	}
	for _, p := range c.Parts {
		if text := edit(p); text != string(p.Text()) {
			Edit(t, p.Part, 0, len(p.Text()), text)
		}
	}
	out, err := d.AppendEvent(nil, ex, []byte(data), &c)
	if err != nil {
		t.Fatalf("%s: %v", Clipped(data), err)
	}
	return string(out)
}

// Sent is one server-sent event.
type Sent struct {
	Name string
	Data map[string]any // nil where the data is no JSON object, which Text is
	Text string
}

// SSE takes apart what a dialect writes to a client.
func SSE(t testing.TB, stream string) (list []Sent) {
	t.Helper()
	for stream != "" {
		event, rest, ok := strings.Cut(stream, "\n\n")
		if !ok {
			t.Fatalf("the stream ends in the midst of an event: %s", Clipped(stream))
		}
		stream = rest
		var e Sent
		for line := range strings.SplitSeq(event, "\n") {
			switch field, value, _ := strings.Cut(line, ": "); field {
			case "event":
				e.Name = value
			case "data":
				e.Text = value
			}
		}
		if strings.HasPrefix(e.Text, "{") {
			e.Data, _ = Tree(t, e.Text).(map[string]any)
		}
		list = append(list, e)
	}
	return list
}
