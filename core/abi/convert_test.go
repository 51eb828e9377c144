package abi_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// TestEnumsMatchCore compares by name, so that a value added to core alone, or
// in another place, is noticed.
func TestEnumsMatchCore(t *testing.T) {
	for i := range core.NumPartKinds {
		k := core.PartKind(i)
		if got := abi.KindOf(k).String(); got != k.String() {
			t.Errorf("kind %s is %s in frames", k, got)
		}
	}
	for i := range core.NumRoles {
		r := core.Role(i)
		if got := abi.RoleOf(r).String(); got != r.String() {
			t.Errorf("role %s is %s in frames", r, got)
		}
	}
	for i := range core.NumEnds {
		e := core.End(i)
		if got := abi.EndOf(e).String(); got != e.String() {
			t.Errorf("end %s is %s in frames", e, got)
		}
	}
	for i := 1; i < core.NumOperations; i++ {
		o := core.Operation(i)
		if got := abi.OperationOf(o).String(); got != o.String() {
			t.Errorf("operation %s is %s in frames", o, got)
		}
	}
	for o := core.OriginClient; o <= core.OriginUpstream; o++ {
		if got := abi.OriginOf(o).String(); got != o.String() {
			t.Errorf("origin %s is %s in frames", o, got)
		}
	}
	for f := core.FinishStop; f <= core.FinishOther; f++ {
		if got := abi.FinishOf(f).String(); got != f.String() {
			t.Errorf("finish %s is %s in frames", f, got)
		}
	}
	for _, s := range []core.Stage{core.StageShape, core.StageJudge} {
		if got := abi.StageOf(s).String(); got != s.String() {
			t.Errorf("stage %s is %s in frames", s, got)
		}
	}
	for k, name := range map[core.EventKind]string{
		core.EventOpen: "open", core.EventDelta: "delta", core.EventClose: "close", core.EventUsage: "usage",
		core.EventFinish: "finish", core.EventError: "error", core.EventRaw: "raw",
	} {
		if got := abi.EventKindOf(k).String(); got != name {
			t.Errorf("event kind %s is %s in frames", name, got)
		}
	}
	// The values behind core's last ones: one more here would be one too many.
	for _, beyond := range []string{
		abi.KindOf(core.PartKind(core.NumPartKinds)).String(), abi.RoleOf(core.Role(core.NumRoles)).String(),
		abi.EndOf(core.End(core.NumEnds)).String(), abi.OperationOf(core.Operation(core.NumOperations)).String(),
	} {
		if beyond != "unknown" {
			t.Errorf("frames have %s, core does not", beyond)
		}
	}
}

func TestHooksArePhases(t *testing.T) {
	f := load(t)
	for _, h := range abi.Hooks() {
		if _, ok := core.ParsePhase(h.Name); !ok && h.Name != "window" { // a window is a piece of phase answer
			t.Errorf("hook %s is no phase", h.Name)
		}
		if h.Export != "sallyport_"+h.Name || f.Message(h.Call) == nil || f.Message(h.Reply) == nil {
			t.Errorf("hook %+v", h)
		}
	}
}

func TestPartSet(t *testing.T) {
	p := core.Part{
		ID: 7, Kind: core.PartToolResult, Role: core.RoleTool, Msg: 3, Choice: 1,
		Origin: core.OriginUpstream, Name: []byte("n"), Ref: []byte("r"),
	}
	m := abi.Part{URL: []byte("left over")}
	m.Set(&p, []byte("text"))
	want := abi.Part{
		ID: 7, Kind: abi.KindToolResult, Role: abi.RoleTool, HasMessage: true, Message: 3, Choice: 1,
		Origin: abi.OriginUpstream, Text: []byte("text"), Name: []byte("n"), CallID: []byte("r"),
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	p.Msg = -1
	if m.Set(&p, nil); m.HasMessage || m.Message != 0 {
		t.Errorf("a part outside the messages has message %d", m.Message)
	}
}

func TestDeploymentSet(t *testing.T) {
	var m abi.Deployment
	m.Set(&core.Deployment{Name: "d", Model: "m", Weight: 3, Provider: &core.Provider{Name: "p"}})
	if string(m.Name) != "d" || string(m.Model) != "m" || string(m.Provider) != "p" || m.Weight != 3 {
		t.Errorf("got %+v", m)
	}
}

func TestUsage(t *testing.T) {
	u := core.Usage{InputUncached: 1, CacheRead: 2, CacheWrite: 3, CacheWriteHour: 2, Output: 9, Reasoning: 5, Audio: 6, Image: 7, Reported: true, Estimated: true}
	var m abi.Usage
	m.Set(&u)
	if got, err := m.Core(); err != nil || got != u {
		t.Errorf("got %+v (%v), want %+v", got, err, u)
	}
	m.Output = math.MaxUint64
	if _, err := m.Core(); !errors.Is(err, abi.ErrBadFrame) {
		t.Errorf("too many tokens: error %v", err)
	}
	if _, err := (&abi.Usage{Reasoning: 1}).Core(); !errors.Is(err, abi.ErrBadFrame) {
		t.Errorf("reasoning beyond output: error %v", err)
	}
	if _, err := (&abi.Usage{CacheWrite: 1, CacheWriteHour: 2}).Core(); !errors.Is(err, abi.ErrBadFrame) {
		t.Errorf("more kept for an hour than written: error %v", err)
	}
	m.Output = 9
	m.CacheWriteHour = math.MaxUint64
	if _, err := m.Core(); !errors.Is(err, abi.ErrBadFrame) {
		t.Errorf("too many tokens kept for an hour: error %v", err)
	}
}

func TestReplyInto(t *testing.T) {
	m := abi.Reply{
		HasBlock: true, Block: abi.Block{Status: 451, Code: []byte("c"), Message: []byte("m")},
		HasRespond: true, Respond: abi.Respond{ContentType: []byte("text/plain"), Body: []byte("b")},
		Edits: []abi.Edit{
			{Part: 1, Start: 2, End: 4, Text: []byte("x")},
			{Part: 1, Start: 4, End: 4, Text: []byte("y")},
			{Part: 2, Start: 0, End: 9, Label: []byte("EMAIL")},
		},
		NewParts: []abi.NewPart{{At: 3, Role: abi.RoleSystem, Text: []byte("s")}},
		Flags:    []abi.Flag{{Name: []byte("f"), Score: 0.5}},
		Tags:     []abi.Tag{{Key: []byte("k"), Value: []byte("v")}},
		Route:    []byte("r"), Path: []byte("/p"), Retry: []byte("again"), Order: []uint32{1, 0}, Hold: 12,
	}
	want := core.Reply{
		Block:   &core.Block{Status: 451, Code: "c", Message: "m"},
		Respond: &core.Respond{Status: 200, ContentType: "text/plain", Body: []byte("b")},
		Edits: []core.Edit{
			{Part: 1, Start: 2, End: 4, Bytes: []byte("x")},
			{Part: 1, Start: 4, End: 4, Bytes: []byte("y")},
			{Part: 2, Start: 0, End: 9, Bytes: []byte("[EMAIL]")},
		},
		Append: []core.NewPart{{At: 3, Role: core.RoleSystem, Text: []byte("s")}},
		Flags:  []core.Flag{{Name: "f", Score: 0.5}},
		Tags:   []core.Tag{{Key: "k", Value: "v"}},
		Route:  "r", Path: "/p", Retry: "again", Order: []int{1, 0}, Hold: 12,
	}
	frame := m.Append(nil)
	var decoded abi.Reply
	if err := decoded.Decode(frame); err != nil {
		t.Fatal(err)
	}
	var ex core.Exchange
	var got core.Reply
	if err := decoded.Into(&got, &ex); err != nil {
		t.Fatal(err)
	}
	clear(frame) // the guest goes on with its memory
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	got.Reset()
	if err := (&abi.Reply{}).Into(&got, &ex); err != nil || !got.Empty() {
		t.Errorf("an empty reply is %+v (%v)", got, err)
	}
}

func TestReplyIntoRefuses(t *testing.T) {
	for want, m := range map[string]abi.Reply{
		"Block.status: 200":             {HasBlock: true, Block: abi.Block{Status: 200}},
		"Block.status: 600":             {HasBlock: true, Block: abi.Block{Status: 600}},
		"Respond.status: 101":           {HasRespond: true, Respond: abi.Respond{Status: 101}},
		"Respond.content_type: control": {HasRespond: true, Respond: abi.Respond{ContentType: []byte("a\r\nb: c")}},
		"edit 1 stands before":          {Edits: []abi.Edit{{Part: 2}, {Part: 1}}},
		"sorted by part and start":      {Edits: []abi.Edit{{Start: 4, End: 6}, {Start: 5, End: 7}}},
		"Edit.end: 3 is before start 4": {Edits: []abi.Edit{{Start: 4, End: 3}}},
		"Edit.text: not UTF-8":          {Edits: []abi.Edit{{Text: []byte{0xff}}}},
		"a text or a label, not both":   {Edits: []abi.Edit{{Text: []byte("a"), Label: []byte("A")}}},
		`"Mail"; a label is of`:         {Edits: []abi.Edit{{Label: []byte("Mail")}}},
		"NewPart.role: a new part":      {NewParts: []abi.NewPart{{Text: []byte("a")}}},
		"NewPart.text: not UTF-8":       {NewParts: []abi.NewPart{{Role: abi.RoleUser, Text: []byte{0x80}}}},
		"Flag: a flag has":              {Flags: []abi.Flag{{Name: []byte("f"), Score: math.NaN()}}},
		"a finite score":                {Flags: []abi.Flag{{Name: []byte("f"), Score: math.Inf(-1)}}},
		"a name and":                    {Flags: []abi.Flag{{Score: 1}}},
		"Tag.key: a tag has a key":      {Tags: []abi.Tag{{Value: []byte("v")}}},
	} {
		var dst core.Reply
		err := m.Into(&dst, &core.Exchange{})
		if !errors.Is(err, abi.ErrBadFrame) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
