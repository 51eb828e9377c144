package httpwasm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// TestGuestsForget: what a guest remembers of an exchange no other sees, but where
// it is shared.
func TestGuestsForget(t *testing.T) {
	for _, c := range []struct {
		shared bool
		want   string
	}{{false, "calls=1 calls=2 calls=1 calls=2"}, {true, "calls=1 calls=2 calls=3 calls=4"}} {
		var logs []string
		f := open(t, "probe.wasm", httpwasm.Options{
			Config: []byte("q calls\na calls"), Shared: c.shared, Log: func(l wasm.LogLine) { logs = append(logs, strings.TrimSpace(l.Text)) },
		})
		for range 2 {
			if _, err := f.Serve(message(&check{}), func(*core.EdgeMessage) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(logs, " "); got != c.want {
			t.Errorf("shared %v: %s", c.shared, got)
		}
	}
}

// TestGuestsAreCapped: an exchange holds its guest until its end; beyond the cap a
// request waits no longer than its deadline.
func TestGuestsAreCapped(t *testing.T) {
	f := open(t, "probe.wasm", httpwasm.Options{Limits: core.Limits{Guests: 2, Deadline: 20 * time.Millisecond}})
	first, second := begin(t, f), begin(t, f)
	_, err := f.Request(message(&check{}))
	if e, ok := errors.AsType[*wasm.Error](err); !ok || e.Failure != wasm.FailBusy {
		t.Fatalf("the third: %v", err)
	}
	first.Close()
	begin(t, f).Close()
	second.Close()
}

func begin(t *testing.T, f *httpwasm.Filter) core.EdgeTurn {
	t.Helper()
	turn, err := f.Request(message(&check{}))
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// TestLimits: a guest that does not end is stopped, in either call and at its start,
// and the next exchange goes well.
func TestLimits(t *testing.T) {
	limits := core.Limits{Steps: 1 << 20, HostCalls: 50}
	for script, want := range map[string]wasm.Failure{
		"q spin": wasm.FailSteps, "a spin": wasm.FailSteps, strings.Repeat("q get_method 9\n", 60): wasm.FailTrap,
	} {
		f := open(t, "probe.wasm", httpwasm.Options{Config: []byte(script), Limits: limits})
		for range 2 {
			_, err := f.Serve(message(&check{}), func(*core.EdgeMessage) error { return nil })
			if e, ok := errors.AsType[*wasm.Error](err); !ok || e.Failure != want {
				t.Errorf("%.20q: %v", script, err)
			}
		}
	}
	_, err := httpwasm.New(t.Context(), module(t, "probe.wasm"), httpwasm.Options{Config: []byte("i spin"), Limits: limits})
	if e, ok := errors.AsType[*wasm.Error](err); !ok || e.Failure != wasm.FailSteps {
		t.Errorf("a start that does not end: %v", err)
	}
	_, err = httpwasm.New(t.Context(), module(t, "probe.wasm"), httpwasm.Options{Config: []byte("i get_method 9")})
	if err == nil || !strings.Contains(err.Error(), "outside of a request") {
		t.Errorf("a start that asks for a request: %v", err)
	}
}

// TestRecognise: modules of others are none of this ABI.
func TestRecognise(t *testing.T) {
	for _, name := range []string{"probe.wasm", "header.wasm", "both.wasm"} {
		if !httpwasm.ABI().Recognises(module(t, name)) {
			t.Errorf("%s is not recognised", name)
		}
	}
	for _, b := range [][]byte{nil, []byte("\x00asm\x01\x00\x00\x00"), []byte("no module")} {
		if httpwasm.ABI().Recognises(b) {
			t.Errorf("%q is recognised", b)
		}
		if _, err := httpwasm.New(t.Context(), b, httpwasm.Options{}); err == nil {
			t.Errorf("%q starts", b)
		}
	}
}

// FuzzRecognises: no bytes make it panic, and modules cut anywhere neither.
func FuzzRecognises(f *testing.F) {
	for _, name := range []string{"probe.wasm", "header.wasm", "both.wasm"} {
		f.Add(module(f, name))
	}
	f.Fuzz(func(_ *testing.T, b []byte) { httpwasm.ABI().Recognises(b) })
}

// FuzzExchange: whatever a guest does with its imports, the host neither panics nor
// makes a message that is not valid.
func FuzzExchange(f *testing.F) {
	for _, c := range conformance {
		for i := range c.checks {
			f.Add(c.checks[i].script)
		}
	}
	host, err := wasm.NewHost(wasm.Options{Foreign: []*wasm.Foreign{httpwasm.ABI()}})
	if err != nil {
		f.Fatal(err)
	}
	plugin, err := host.Load(f.Context(), module(f, "probe.wasm"), wasm.ModuleOptions{
		Manifest: core.Manifest{ID: "edge.probe", Kind: wasm.EdgeKind, Limits: core.Limits{Steps: 1 << 20}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := errors.Join(plugin.Close(), host.Close()); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, script string) {
		instance, err := plugin.New(core.InstanceConfig{Name: "probe", Config: map[string]any{"raw": script}})
		if err != nil {
			t.Fatal(err)
		}
		filter := &httpwasm.Filter{EdgeFilter: instance.(core.EdgeFilter)}
		defer func() {
			if err := instance.Close(); err != nil {
				t.Error(err)
			}
		}()
		if filter.Start(t.Context()) != nil {
			return
		}
		m := message(&check{trails: true})
		_, err = filter.Serve(m, func(m *core.EdgeMessage) error { answered(m); return nil })
		if e, ok := errors.AsType[*wasm.Error](err); ok && e.Failure == wasm.FailHost {
			t.Fatal(err)
		}
		for _, list := range []core.EdgeFields{m.Fields, m.Trailers, m.AnswerFields, m.AnswerTrailers} {
			for _, e := range list {
				if len(e.Name) == 0 || strings.ContainsAny(string(e.Name)+string(e.Value), "\r\n\x00") {
					t.Fatalf("a header field is %q: %q", e.Name, e.Value)
				}
			}
		}
		if len(m.URI) == 0 || m.URI[0] != '/' || strings.ContainsAny(string(m.URI), " \r\n\x00") || len(m.Method) == 0 {
			t.Fatalf("the request line is %q %q", m.Method, m.URI)
		}
	})
}

// TestIdleGuestsAreFew: after a rush most guests are closed.
func TestIdleGuestsAreFew(t *testing.T) {
	f := open(t, "probe.wasm", httpwasm.Options{})
	var turns []core.EdgeTurn
	for range 100 {
		turns = append(turns, begin(t, f))
	}
	for _, turn := range turns {
		turn.Close()
	}
	if n := f.EdgeFilter.(interface{ Stats() wasm.Stats }).Stats().Guests; n > 64 {
		t.Errorf("%d guests are kept", n)
	}
}

// TestCommand: a guest whose main ends with an exit in good order serves.
func TestCommand(t *testing.T) {
	f := open(t, "command.wasm", httpwasm.Options{})
	for range 2 {
		m := message(&check{})
		if _, err := f.Serve(m, nil); err != nil || string(m.AnswerBody) != "1" || m.Status != 200 {
			t.Errorf("%d %q %v", m.Status, m.AnswerBody, err)
		}
	}
	_, err := httpwasm.New(t.Context(), module(t, "command.wasm"), httpwasm.Options{Config: []byte("x")})
	if e, ok := errors.AsType[*wasm.Error](err); !ok || e.Failure != wasm.FailExit {
		t.Errorf("one that exits with 1: %v", err)
	}
}
