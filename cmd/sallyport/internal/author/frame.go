package author

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// Frame is one call of a hook, as "plugin fuzz" makes it and keeps it in a file.
type Frame struct {
	Plugin string         `json:"plugin"`           // its id
	Config map[string]any `json:"config,omitempty"` // its settings
	Hook   string         `json:"hook"`             // prompt, answer or window
	Parts  []FramePart    `json:"parts,omitempty"`  // of prompt and answer
	Window *FrameWindow   `json:"window,omitempty"`
	// Found is what the frame shows, Seed and Number where it comes from.
	Found  string `json:"found,omitempty"`
	Seed   uint64 `json:"seed"`
	Number uint64 `json:"number"`
}

// FramePart is a part of a prompt or an answer. Signature alone may be no UTF-8.
type FramePart struct {
	Kind      string `json:"kind"`
	Role      string `json:"role"`
	Message   int    `json:"message"`
	Choice    int    `json:"choice,omitempty"`
	Text      string `json:"text"`
	Name      string `json:"name,omitempty"`
	CallID    string `json:"call_id,omitempty"`
	Signature []byte `json:"signature,omitempty"`
}

// FrameWindow is a piece of a stream's block.
type FrameWindow struct {
	Choice   int    `json:"choice"`
	Block    int    `json:"block"`
	Kind     string `json:"kind"`
	Context  string `json:"context"`
	Text     string `json:"text"`
	Final    bool   `json:"final"`
	Released int    `json:"released"`
	Name     string `json:"name,omitempty"`
	CallID   string `json:"call_id,omitempty"`
}

// The hooks that frames call.
const (
	hookPrompt = "prompt"
	hookAnswer = "answer"
	hookWindow = "window"
)

// ReadFrame reads the file of a frame.
func ReadFrame(file string) (*Frame, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f := &Frame{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("%s is no frame of plugin fuzz: %w", file, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: something follows the frame", file)
	}
	if f.Hook != hookPrompt && f.Hook != hookAnswer && (f.Hook != hookWindow || f.Window == nil) {
		return nil, fmt.Errorf("%s: its hook is %q; there are %s, %s and, with the member window, %s", file, f.Hook, hookPrompt, hookAnswer, hookWindow)
	}
	return f, nil
}

// clone returns a copy that shares no list with f.
func (f *Frame) clone() *Frame {
	c := *f
	c.Parts = slices.Clone(f.Parts)
	if f.Window != nil {
		w := *f.Window
		c.Window = &w
	}
	return &c
}

// rig is an instance with one guest, which is taken back before each exchange, so
// that calls that are alike have to end alike.
type rig struct {
	sandbox  *sandbox
	instance *wasm.Instance
	settings map[string]any
	manifest core.Manifest
	calls    uint64 // exchanges so far
}

func newRig(ctx context.Context, m *Module, settings map[string]any) (*rig, error) {
	s, err := admit(ctx, m)
	if err != nil {
		return nil, err
	}
	r := &rig{sandbox: s, settings: settings, manifest: s.module.Manifest()}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return r, nil
}

func (r *rig) start(ctx context.Context) (err error) {
	r.instance, err = r.sandbox.startWith(ctx, r.settings, func(c *core.InstanceConfig) {
		patient(r.sandbox)(c)
		c.Isolation, c.Limits.Guests = core.IsolateExchange, 1
	})
	return err
}

// restart makes an instance of which nothing is known to have failed.
func (r *rig) restart(ctx context.Context) error {
	if err := r.instance.Close(); err != nil {
		return err
	}
	return r.start(ctx)
}

func (r *rig) close() error { return errors.Join(r.instance.Close(), r.sandbox.close()) }

// hooks are those that can be called.
func (r *rig) hooks() (list []string) {
	if r.manifest.Has(core.PhasePrompt) {
		list = append(list, hookPrompt)
	}
	if r.manifest.Has(core.PhaseAnswer) {
		list = append(list, hookAnswer)
		if r.manifest.Stream == core.StreamWindow || r.manifest.Stream == core.StreamObserve {
			list = append(list, hookWindow)
		}
	}
	return list
}

// call runs a frame as one exchange and returns what the plugin replied and, where it
// failed, why.
func (r *rig) call(f *Frame) (reply, failure string) {
	t := newTrial(r.manifest, r.instance)
	t.ex.ID = core.NewID(t.ex.Start, 1, 1) // of every frame: what is alike must look alike
	defer r.sandbox.host.Forget(t.ex.ID)
	if err := t.scan([]byte(bareRequest)); err != nil {
		return "", rendered(err)
	}
	call := &core.Call{Exchange: &t.ex}
	parts := f.list()
	var out chain.Outcome
	switch f.Hook {
	case hookWindow:
		call.Window = f.Window.window()
		out = t.chain.Guard(0, call, &t.reply)
	case hookAnswer:
		call.Phase, call.Parts, call.Answer = core.PhaseAnswer, parts, []byte("{}")
		t.attempt()
		out = t.chain.Run(call, &t.reply)
	default:
		call.Phase, call.Parts, call.Stage = core.PhasePrompt, parts, r.manifest.Stage
		t.ex.Prompt = parts
		out = t.chain.Run(call, &t.reply)
	}
	if out.Err != nil && out.Err.Code != core.CodeBlocked {
		return "", why(out.Err)
	}
	return said(t, &out, call, parts), ""
}

// apart makes the guest one that has served another exchange in between.
func (r *rig) apart() {
	t := newTrial(r.manifest, r.instance)
	r.calls++
	t.ex.ID = core.NewID(t.ex.Start, r.calls+1, r.calls+1)
	defer r.sandbox.host.Forget(t.ex.ID)
	if t.scan([]byte(bareRequest)) != nil {
		return
	}
	call := &core.Call{Exchange: &t.ex, Reply: &t.reply, Phase: core.PhasePrompt, Stage: r.manifest.Stage}
	if !r.manifest.Has(core.PhasePrompt) {
		call.Phase, call.Answer = core.PhaseAnswer, []byte("{}")
		t.attempt()
	}
	t.chain.Run(call, &t.reply)
}

// why names the failure first, so that those that are alike begin alike.
func why(err *core.Error) string {
	if e, ok := errors.AsType[*wasm.Error](err); ok {
		return e.Failure.String() + ": " + e.Error()
	}
	if err.Cause != nil {
		return wasm.FailReply.String() + ": " + err.Cause.Error()
	}
	return err.Code.String() + ": " + err.Message
}

// said is everything that a plugin replied, in words.
func said(t *trial, out *chain.Outcome, call *core.Call, parts []*core.Part) string {
	var b strings.Builder
	if text, ended := verdict(*out); ended {
		fmt.Fprintf(&b, "%s\n", text)
	}
	if call.Window != nil {
		for _, e := range t.reply.Edits {
			fmt.Fprintf(&b, "edit %d-%d %q\n", e.Start, e.End, e.Bytes)
		}
		fmt.Fprintf(&b, "hold %d\n", out.Hold)
	}
	for i, p := range parts {
		if p.Edited() {
			fmt.Fprintf(&b, "part %d is %q\n", i, p.Text())
		}
	}
	for _, p := range t.ex.Prompt[min(len(parts), len(t.ex.Prompt)):] {
		fmt.Fprintf(&b, "appended %s %q\n", p.Role, p.Text())
	}
	fmt.Fprintf(&b, "route %q retry %q flags %v tags %v", out.Route, out.Retry, t.ex.Flags, t.ex.Tags)
	return b.String()
}

func (f *Frame) list() []*core.Part {
	out := make([]*core.Part, len(f.Parts))
	for i := range f.Parts {
		p := &f.Parts[i]
		out[i] = &core.Part{
			ID: i, Kind: kindNamed(p.Kind), Role: roleNamed(p.Role), Msg: p.Message, Choice: p.Choice,
			Name: []byte(p.Name), Ref: []byte(p.CallID), Origin: core.OriginClient,
		}
		if p.Signature != nil {
			out[i].Attr = &core.Attr{Signature: p.Signature}
		}
		out[i].SetText([]byte(p.Text))
	}
	return out
}

func (w *FrameWindow) window() *core.Window {
	return &core.Window{
		Choice: w.Choice, Block: w.Block, Kind: kindNamed(w.Kind), Name: []byte(w.Name), Ref: []byte(w.CallID),
		Context: []byte(w.Context), Text: []byte(w.Text), Final: w.Final, Released: w.Released,
	}
}

// kindNamed returns the kind of that name, text for one that there is not.
func kindNamed(name string) core.PartKind {
	for k := range core.PartKind(core.NumPartKinds) {
		if k.String() == name {
			return k
		}
	}
	return core.PartText
}

func roleNamed(name string) core.Role {
	for r := range core.Role(core.NumRoles) {
		if r.String() == name {
			return r
		}
	}
	return core.RoleUser
}
