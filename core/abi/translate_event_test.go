package abi_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// spoken is a dialect that has a name and nothing else.
type spoken struct{ core.Dialect }

func (spoken) Name() string { return "openai.chat" }

// TestEventFrames: the frame of an event is what the message of the ABI would be.
func TestEventFrames(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	for name, change := range map[string]func(ex *core.Exchange, at *core.Attempt){
		"usual": func(ex *core.Exchange, _ *core.Attempt) {
			ex.Route, ex.Request.Dialect = &core.Route{Name: "route"}, spoken{}
		},
		"nothing": func(ex *core.Exchange, at *core.Attempt) {
			ex.Request, at.Deployment, at.Translation.State = core.Request{}, nil, nil
		},
		"long": func(ex *core.Exchange, at *core.Attempt) {
			ex.Route, ex.Request.Model = &core.Route{Name: long}, []byte(long)
			at.Deployment.Model, at.Translation.State = long, []byte(long[:abi.MaxState])
		},
		"last operation": func(ex *core.Exchange, _ *core.Attempt) {
			ex.Request.Operation = core.Operation(core.NumOperations - 1)
		},
	} {
		ex, at := translating()
		change(ex, at)
		var f abi.Translations
		for _, data := range []string{"", "d", long[:127], long[:128], long} {
			for _, final := range []bool{false, true} {
				m := f.Event(ex, at, []byte(data), []byte(data), final)
				frame := m.Append([]byte{})
				var read abi.UpstreamEventCall
				decode(t, &read, frame)
				if !bytes.Equal(read.Append([]byte{}), frame) || m.Size() != len(frame) {
					t.Errorf("%s, %d bytes: got %q, %d bytes were announced", name, len(data), frame, m.Size())
				}
				if !read.HasExchange || !read.HasTarget || string(read.Exchange.ID) != ex.ID.String() ||
					read.Exchange.Operation != abi.OperationOf(ex.Request.Operation) || read.Exchange.Stream != ex.Request.Stream ||
					string(read.Exchange.Model) != string(ex.Request.Model) || string(read.State) != string(at.Translation.State) ||
					string(read.Name) != data || string(read.Data) != data || read.Final != final {
					t.Errorf("%s: %+v", name, &read)
				}
				if name == "usual" && (string(read.Exchange.Route) != "route" || string(read.Exchange.Dialect) != "openai.chat" || string(read.Target.Model) != "up") {
					t.Errorf("%+v", &read)
				}
			}
		}
	}
}

// wordy reads a reply in the way that is not for deltas alone: it has a field more,
// which nobody knows.
func wordy(frame []byte, tr *core.Translation) ([]core.Event, error) {
	var f abi.Translations
	return f.ReadEvent(append(bytes.Clone(frame), 0x78, 0), tr, nil)
}

func alike(a, b []core.Event) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

// TestReadDeltas: a delta of text means what any other event in its form does.
func TestReadDeltas(t *testing.T) {
	text := abi.Part{Kind: abi.KindText, Role: abi.RoleAssistant, Text: []byte("grün")}
	with := func(change func(e *abi.Event)) abi.Event {
		e := abi.Event{Kind: abi.EventKindDelta, HasPart: true, Part: text}
		change(&e)
		return e
	}
	for name, e := range map[string]abi.Event{
		"text":       with(func(*abi.Event) {}),
		"block":      with(func(e *abi.Event) { e.Block, e.Choice, e.Part.Choice = 300, 2, 2 }),
		"no role":    with(func(e *abi.Event) { e.Part.Role = 0 }),
		"user":       with(func(e *abi.Event) { e.Part.Role = abi.RoleUser }),
		"thinking":   with(func(e *abi.Event) { e.Part.Kind = abi.KindThinking }),
		"raw":        with(func(e *abi.Event) { e.Part.Kind = abi.KindRaw }),
		"no text":    with(func(e *abi.Event) { e.Part.Text = nil }),
		"open":       with(func(e *abi.Event) { e.Kind = abi.EventKindOpen }),
		"named":      with(func(e *abi.Event) { e.Model = []byte("m") }),
		"call":       with(func(e *abi.Event) { e.Part.CallID = []byte("c") }),
		"far":        with(func(e *abi.Event) { e.Block = 1 << 16 }),
		"many":       with(func(e *abi.Event) { e.Choice = 128 }),
		"many parts": with(func(e *abi.Event) { e.Part.Choice = 128 }),
		"no kind":    with(func(e *abi.Event) { e.Part.Kind = 0 }),
		"no UTF-8":   with(func(e *abi.Event) { e.Part.Text = []byte("\xff") }),
	} {
		frame := (&abi.UpstreamEventReply{Events: []abi.Event{e}}).Append(nil)
		var f abi.Translations
		got, err := f.ReadEvent(frame, &core.Translation{}, nil)
		want, wrong := wordy(frame, &core.Translation{})
		if (err == nil) != (wrong == nil) || err == nil && !alike(got, want) {
			t.Errorf("%s:\n%+v, %v\n%+v, %v", name, got, err, want, wrong)
		}
		for n := range frame {
			got, err := f.ReadEvent(frame[:n], &core.Translation{}, nil)
			if want, wrong := wordy(frame[:n], &core.Translation{}); err == nil && (wrong != nil || !alike(got, want)) {
				t.Errorf("%s, cut at %d: %+v, want %+v, %v", name, n, got, want, wrong)
			}
		}
	}
}
