package wasm

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// canaryPairs is how many calls of two strangers each test of canaries makes.
func canaryPairs() int {
	if testing.Short() || raceEnabled {
		return 500
	}
	return 10_000
}

// stranger returns an exchange of a tenant that nobody else is.
func stranger(who string, n int) *core.Exchange {
	ex := exchange(fmt.Sprintf("%s-%d", who, n), 0)
	ex.ID = core.ID{who[0], byte(n >> 16), byte(n >> 8), byte(n)}
	return ex
}

// TestCanariesOfEachLanguage: two tenants in turn have the same guest hide a
// canary in its memory. Where the isolation promises it, neither ever sees the
// other's; where it is shared, as is documented, the second one does at once;
// and an owner finds his own again (S28).
func TestCanariesOfEachLanguage(t *testing.T) {
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			h := newTestHost(t, Options{})
			m := load(t, h, lang.module(t, deedKeep), lang.limits)
			ask := func(i *Instance, ex *core.Exchange) bool {
				t.Helper()
				return seen(handle(t, i, prompt(ex, "do:k"+"canary"+ex.Consumer.Tenant[:1]+"!")))
			}
			for _, iso := range []core.Isolation{core.IsolateTenant, core.IsolateExchange} {
				i := instance(t, m, core.InstanceConfig{Name: iso.String(), Isolation: iso, Limits: core.Limits{Guests: 1}})
				for n := range canaryPairs() {
					for _, who := range []string{"a", "b"} {
						if ask(i, stranger(who, n)) {
							t.Fatalf("%s: pair %d: %s sees what another left", iso, n, who)
						}
					}
				}
				if !ask(i, stranger("b", canaryPairs()-1)) {
					t.Errorf("%s: an owner does not find his own canary: the test proves nothing", iso)
				}
			}
			i := instance(t, m, core.InstanceConfig{Name: "shared", Isolation: core.IsolateShared, Limits: core.Limits{Guests: 1}})
			if ask(i, stranger("a", 0)) || !ask(i, stranger("b", 0)) {
				t.Error("a shared guest does not remember across tenants")
			}
		})
	}
}

// TestCanariesOfInstances: whatever the isolation, two instances of one module,
// and two plugins of one code, have memories of their own (S28).
func TestCanariesOfInstances(t *testing.T) {
	h := newTestHost(t, Options{})
	code := assembled(deedKeep).bytes()
	for _, iso := range []core.Isolation{core.IsolateTenant, core.IsolateExchange, core.IsolateShared} {
		t.Run(iso.String(), func(t *testing.T) {
			var all []*Instance
			for _, plugin := range []string{"guardrail.one", "guardrail.two"} {
				m := loadAs(t, h, code, core.Manifest{ID: plugin})
				for _, name := range []string{"x", "y"} {
					all = append(all, instance(t, m, core.InstanceConfig{Name: name, Isolation: iso, Limits: core.Limits{Guests: 1}}))
				}
			}
			ex := stranger("a", 1) // the same for all: what they see is not hidden from the tenant's own guest
			for n, i := range all {
				if seen(handle(t, i, prompt(ex, "do:kcanary-1"))) {
					t.Errorf("instance %d sees what another one left", n)
				}
				if !seen(handle(t, i, prompt(ex, "do:kcanary-2"))) {
					t.Errorf("instance %d does not see its own: the test proves nothing", n)
				}
			}
		})
	}
}

// spying returns a guest that looks for a canary in the key-value store, in a
// slot of the exchange and in its configuration, flags "seen" if there is one,
// and leaves its own.
func spying(t testing.TB) *asmModule {
	t.Helper()
	const out = 1024
	m := plain(importOf(t, "kv_get"), importOf(t, "slot_get"), importOf(t, "config_get"), importOf(t, "kv_set"), importOf(t, "slot_set"))
	frame := (&abi.Reply{Flags: []abi.Flag{{Name: []byte("seen"), Score: 1}}}).Append(nil)
	m.data = append(texts("canary", "/canary"), asmData{replyAt, frame})
	look := func(f uint32, name, n int32) []byte {
		return cat(i32c(name), i32c(n), i32c(out), i32c(64), call(f), i32c(0), []byte{0x4e}) // ≥ 0
	}
	m.funcs[3].locals = []byte{i32}
	m.funcs[3].body = cat(
		look(0, inAt, 6), look(1, inAt, 6), []byte{0x72}, look(2, in2At, 7), []byte{0x72}, set(2),
		i32c(inAt), i32c(6), i32c(inAt), i32c(6), i64c(0), call(3), drop,
		i32c(inAt), i32c(6), i32c(inAt), i32c(6), call(4), drop,
		get(2), []byte{0x04, 0x7e}, i64c(int64(abi.Pack(replyAt, uint32(len(frame))))), []byte{0x05}, i64c(0), []byte{0x0b})
	return m
}

// TestCanariesOfTheHost: what the host keeps for a guest is of one plugin and one
// tenant, or of one exchange, in every isolation; and nobody is shown another
// instance's configuration (S28).
func TestCanariesOfTheHost(t *testing.T) {
	for _, iso := range []core.Isolation{core.IsolateTenant, core.IsolateExchange, core.IsolateShared} {
		t.Run(iso.String(), func(t *testing.T) {
			h := newTestHost(t, Options{})
			var spies []*Instance
			for _, plugin := range []string{"guardrail.one", "guardrail.two"} {
				m := loadAs(t, h, spying(t).bytes(), core.Manifest{ID: plugin, Capabilities: []string{"kv"}})
				spies = append(spies, instance(t, m, core.InstanceConfig{
					Name: plugin, Isolation: iso, Grants: []string{"kv"}, Limits: core.Limits{Guests: 1},
				}))
				told := instance(t, m, core.InstanceConfig{
					Name: "told-" + plugin, Isolation: iso, Grants: []string{"kv"}, Config: map[string]any{"canary": "x"},
				})
				if !seen(handle(t, told, prompt(stranger("t", 0), "x"))) {
					t.Error("an instance does not see its own configuration: the test proves nothing")
				}
			}
			for n := range canaryPairs() {
				ex := stranger("a", n)
				for which, spy := range spies { // two plugins in one exchange, and each tenant is new
					if seen(handle(t, spy, prompt(ex, "x"))) {
						t.Fatalf("call %d: plugin %d sees what another left", n, which)
					}
				}
				h.Forget(ex.ID)
			}
		})
	}
}

// TestCanariesAreFound: the spy finds what is its own, or it would prove nothing.
func TestCanariesAreFound(t *testing.T) {
	i := instance(t, load(t, newTestHost(t, Options{}), spying(t).bytes(), core.Limits{}), core.InstanceConfig{Grants: []string{"kv"}})
	for n, want := range []bool{false, true} {
		if got := seen(handle(t, i, prompt(stranger("a", 1), "x"))); got != want {
			t.Errorf("call %d: seen is %v", n, got)
		}
	}
}

// TestNothingBeyondGrants: what a guest may import is what the ABI lists, less
// what needs a capability that its manifest does not ask for or the operator did
// not grant; of WASI it finds no file, argument, variable or socket (S26).
func TestNothingBeyondGrants(t *testing.T) {
	h := newTestHost(t, Options{})
	for _, im := range abi.Imports() {
		b := plain(importOf(t, im.Name)).bytes()
		admitted := func(caps ...string) (*Module, bool) {
			m, err := h.Load(context.Background(), b, ModuleOptions{Manifest: core.Manifest{ID: "x", Capabilities: caps}})
			if err != nil && !strings.Contains(err.Error(), im.Name) {
				t.Errorf("%s: the refusal %q does not name it", im.Name, err)
			}
			return m, err == nil
		}
		if m, ok := admitted(); ok {
			m.Close()
			if im.Capability != "" {
				t.Errorf("%s is admitted with no capability", im.Name)
			}
		} else if im.Capability == "" {
			t.Errorf("%s, which needs no capability, is refused", im.Name)
		}
		if im.Capability == "" {
			continue
		}
		m, ok := admitted(im.Capability)
		if ok == im.Reserved {
			t.Errorf("%s: admitted %v, reserved %v", im.Name, ok, im.Reserved)
		}
		if !ok {
			continue
		}
		for _, grants := range [][]string{nil, {"http"}, {strings.ToUpper(im.Capability)}} {
			if i, err := m.NewInstance(core.InstanceConfig{Name: "x", Grants: grants}); err == nil {
				i.Close()
				t.Errorf("%s works with the grants %v", im.Name, grants)
			}
		}
		m.Close()
	}
	for _, f := range wasiNone {
		if strings.HasPrefix(f.name, "path_") && f.errno == wasiOK || strings.HasPrefix(f.name, "fd_") && f.errno == wasiOK {
			t.Errorf("%s succeeds", f.name)
		}
	}
	for name, f := range h.imports {
		if strings.Contains(name, "sock_") && f.refused == "" {
			t.Errorf("%s is offered", name)
		}
	}
}
