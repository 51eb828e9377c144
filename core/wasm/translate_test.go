package wasm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

var provider = core.Manifest{ID: "provider.test", Kind: "provider", Dialect: "test", Operations: []core.Operation{core.OpChat}}

// translatingGuest returns a guest whose three hooks of a translator have that body.
func translatingGuest(body ...[]byte) *asmModule {
	m := plain()
	m.funcs = m.funcs[:3]
	for k := hookUpstreamRequest; k <= hookUpstreamEvent; k++ {
		m.funcs = append(m.funcs, asmFunc{export: hookTable[k].export, params: []byte{i32, i32}, results: []byte{i64}, body: cat(body...)})
	}
	return m
}

// saying returns a translator whose hooks always give the same reply.
func saying(frame []byte) *asmModule {
	m := translatingGuest(i64c(int64(abi.Pack(replyAt, uint32(len(frame))))))
	m.data = []asmData{{replyAt, frame}}
	return m
}

func translatorOf(t testing.TB, m *asmModule, c core.InstanceConfig) (core.Translator, *Instance) {
	t.Helper()
	c.Name = "provider.mine"
	i, err := loadAs(t, newTestHost(t, Options{}), m.bytes(), provider).New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	ti, ok := i.(translatorInstance)
	if !ok {
		t.Fatalf("the instance is a %T", i)
	}
	return ti.Translator(), ti.Instance
}

func translated(tr core.Translator) (*core.Exchange, *core.Attempt) {
	ex := exchange("a", 1)
	at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
	at.Translation = &core.Translation{Translator: tr}
	return ex, at
}

// each calls the three hooks and gives their errors.
func each(tr core.Translator, f func(hook string, err *core.Error)) {
	ex, at := translated(tr)
	f("request", tr.Request(ex, at, &core.TypedRequest{}))
	f("response", tr.Response(ex, at, &core.UpstreamResponse{Status: 200}, &at.Translation.Answer))
	_, err := tr.Event(ex, at, nil, []byte("x"), false)
	f("event", err)
}

func TestTranslator(t *testing.T) {
	tr, i := translatorOf(t, saying(nil), core.InstanceConfig{})
	if tr.Dialect() != "test" || !tr.Translates(core.OpChat) || tr.Translates(core.OpEmbeddings) || tr.Translates(200) {
		t.Error("it is not what its manifest says")
	}
	each(tr, func(hook string, err *core.Error) {
		if err != nil {
			t.Errorf("%s: %v", hook, err)
		}
	})
	if s := i.Stats(); s.Calls != 3 || s.Guests != 1 {
		t.Errorf("%+v", s)
	}
	for p := range core.NumPhases {
		if i.Hook(core.Phase(p)) != nil {
			t.Errorf("it has a hook for %s", core.Phase(p))
		}
	}
}

// TestTranslatorCopies: what a translator said stays when its guest says more.
func TestTranslatorCopies(t *testing.T) {
	reply := abi.UpstreamEventReply{Events: []abi.Event{
		{Kind: abi.EventKindDelta, HasPart: true, Part: abi.Part{Kind: abi.KindText, Text: []byte("text")}, ID: []byte("id")},
	}, HasState: true, State: []byte("state")}
	frame := reply.Append(nil)
	tr, i := translatorOf(t, saying(frame), core.InstanceConfig{})
	ex, at := translated(tr)
	got, err := tr.Event(ex, at, nil, []byte("x"), false)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	g := i.pool.free[0]
	for n := range g.mem.buf {
		g.mem.buf[n] = 0xee
	}
	if string(got[0].Part.Text()) != "text" || string(got[0].ID) != "id" || string(at.Translation.State) != "state" {
		t.Errorf("%+v, state %q", got, at.Translation.State)
	}
}

// TestTranslatorFailures: whatever goes wrong in a guest is a failure of the plugin
// that names the instance, and shows nothing of what the guest said.
func TestTranslatorFailures(t *testing.T) {
	bad := (&abi.UpstreamEventReply{Events: []abi.Event{{Kind: 77}}}).Append(nil)
	for name, m := range map[string]*asmModule{
		"trap":    translatingGuest(unreachable),
		"forever": translatingGuest(forever),
		"outside": translatingGuest(i64c(int64(abi.Pack(0xffff0000, 100)))),
		"garbage": saying([]byte("\xff\xff secret")),
		"enum":    saying(bad),
	} {
		tr, i := translatorOf(t, m, core.InstanceConfig{Limits: core.Limits{Deadline: 20 * time.Millisecond}})
		n := 0
		each(tr, func(hook string, err *core.Error) {
			if name == "enum" && hook != "event" {
				return
			}
			n++
			var cause *Error
			if err == nil || err.Code != core.CodePluginFailed || err.Origin != core.OriginPlugin || !strings.Contains(err.Message, "provider.mine") ||
				strings.Contains(err.Message, "secret") || !errors.As(err.Cause, &cause) || cause.Instance != "provider.mine" {
				t.Errorf("%s, %s: %+v", name, hook, err)
			}
		})
		failed := 0
		for _, f := range i.Stats().Failures {
			failed += int(f)
		}
		if failed < n {
			t.Errorf("%s: %d failures are counted, want %d", name, failed, n)
		}
	}
}

func TestTranslatorBreaker(t *testing.T) {
	tr, i := translatorOf(t, translatingGuest(unreachable), core.InstanceConfig{})
	for range breakerMin {
		each(tr, func(string, *core.Error) {})
	}
	if i.Stats().Failures[FailBreaker] == 0 {
		t.Error("the breaker stays closed")
	}
}

// TestTranslatorIsolation: a guest serves another tenant only as it was at first.
func TestTranslatorIsolation(t *testing.T) {
	m := translatingGuest( // traps if it finds what an earlier call left
		i32c(scratchAt), load32(), []byte{0x04, 0x40}, unreachable, []byte{0x0b},
		i32c(scratchAt), i32c(1), store32(), i64c(0))
	for _, iso := range []core.Isolation{core.IsolateTenant, core.IsolateShared} {
		tr, _ := translatorOf(t, m, core.InstanceConfig{Isolation: iso, Limits: core.Limits{Guests: 1}})
		for n, tenant := range []string{"a", "b"} {
			ex, at := translated(tr)
			ex.Consumer.Tenant = tenant
			_, err := tr.Event(ex, at, nil, []byte("x"), false)
			if want := iso == core.IsolateShared && n > 0; (err != nil) != want {
				t.Errorf("%s, tenant %s: %v", iso, tenant, err)
			}
		}
	}
}

// TestTranslatorRelease: a guest that had to grow for one document is not kept.
func TestTranslatorRelease(t *testing.T) {
	m := translatingGuest(i32c(keptMemory/pageBytes), []byte{0x40, 0x00}, drop, i64c(0)) // memory.grow
	large := provider
	large.Limits = core.Limits{Memory: 64 << 20}
	i, err := loadAs(t, newTestHost(t, Options{}), m.bytes(), large).New(core.InstanceConfig{Name: "x", Isolation: core.IsolateShared})
	if err != nil {
		t.Fatal(err)
	}
	each(i.(translatorInstance).Translator(), func(hook string, err *core.Error) {
		if err != nil {
			t.Error(hook, err)
		}
	})
	if err := i.Close(); err != nil { // it waits for what mends
		t.Error(err)
	}
	if s := i.(translatorInstance).Stats(); s.Replaced == 0 && s.Started < 3 {
		t.Errorf("%+v", s)
	}
}

func TestTranslatorAdmission(t *testing.T) {
	h := newTestHost(t, Options{})
	refuse := func(what string, m *asmModule, manifest core.Manifest, want string) {
		t.Helper()
		loaded, err := h.Load(t.Context(), m.bytes(), ModuleOptions{Manifest: manifest})
		if err == nil {
			_ = loaded.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	half := translatingGuest(i64c(0))
	half.funcs = half.funcs[:5]
	refuse("two hooks", half, provider, "exports no sallyport_upstream_event")
	refuse("no dialect", translatingGuest(i64c(0)), core.Manifest{ID: "provider.x"}, "names no dialect")
	refuse("phases and no dialect", translatingGuest(i64c(0)), core.Manifest{ID: "provider.x", Phases: []core.Phase{core.PhaseUpstreamEvent}}, "no dialect")
	refuse("a guard", plain(), provider, "exports no sallyport_upstream_request")
	both := translatingGuest(i64c(0))
	both.funcs = append(both.funcs, plain().funcs[3])
	m := loadAs(t, h, both.bytes(), core.Manifest{ID: "guardrail.x"})
	if m.translates() || !m.exportsHook(core.PhasePrompt) {
		t.Error("hooks of a translator count in a guard")
	}
}
