package wasm

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeClock stands still unless a test moves it.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Unix(1_700_000_000, 0)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newTestHost(t testing.TB, o Options) *Host {
	t.Helper()
	h, err := NewHost(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if n := h.Memory(); n != 0 {
			t.Errorf("%d bytes of guests' memory are left", n)
		}
	})
	return h
}

func load(t testing.TB, h *Host, wasm []byte, l core.Limits) *Module {
	t.Helper()
	return loadAs(t, h, wasm, core.Manifest{ID: "guardrail.test", Limits: l, Capabilities: []string{"kv"}})
}

// loadAs loads a module whose manifest is m.
func loadAs(t testing.TB, h *Host, wasm []byte, manifest core.Manifest) *Module {
	t.Helper()
	m, err := h.Load(context.Background(), wasm, ModuleOptions{Manifest: manifest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func instance(t testing.TB, m *Module, c core.InstanceConfig) *Instance {
	t.Helper()
	if c.Name == "" {
		c.Name = "test"
	}
	i, err := m.NewInstance(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

// run makes an instance of a module in a host of its own.
func started(t testing.TB, m *asmModule, o Options, c core.InstanceConfig) *Instance {
	t.Helper()
	return instance(t, load(t, newTestHost(t, o), m.bytes(), core.Limits{}), c)
}

// seeing makes an instance of a module whose manifest asks to see s.
func seeing(t testing.TB, m *asmModule, s core.Sees, c core.InstanceConfig) *Instance {
	t.Helper()
	return instance(t, loadAs(t, newTestHost(t, Options{}), m.bytes(), core.Manifest{ID: "guardrail.test", Sees: s, Capabilities: []string{"kv"}}), c)
}

// patient are limits for tests whose subject is not time.
var patient = core.Limits{Deadline: time.Minute, Steps: math.MaxInt64 / startFactor / 2}

// exchange returns an exchange of a tenant.
func exchange(tenant string, n byte) *core.Exchange {
	return &core.Exchange{
		ID: core.ID{15: n}, Start: time.Unix(1_700_000_000, 0),
		Consumer: &core.Consumer{Name: "key", Tenant: tenant},
	}
}

// prompt returns a call of the prompt phase with one part per text.
func prompt(ex *core.Exchange, texts ...string) *core.Call {
	c := &core.Call{Exchange: ex, Phase: core.PhasePrompt, Stage: core.StageJudge, Reply: &core.Reply{}}
	for i, text := range texts {
		p := &core.Part{ID: i, Msg: i}
		p.SetText([]byte(text))
		c.Parts = append(c.Parts, p)
	}
	return c
}

func handle(t testing.TB, i *Instance, c *core.Call) *core.Reply {
	t.Helper()
	if err := i.Hook(c.Phase).Handle(c); err != nil {
		t.Fatal(err)
	}
	return c.Reply
}

// wantFailure calls the prompt hook and wants it to fail in one way.
func wantFailure(t testing.TB, i *Instance, want Failure) *Error {
	t.Helper()
	err := i.Hook(core.PhasePrompt).Handle(prompt(exchange("a", 1), "text"))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one of kind %s", err, want)
	}
	if e.Failure != want {
		t.Fatalf("failure %s (%v), want %s", e.Failure, err, want)
	}
	return e
}
