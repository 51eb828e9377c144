package wasm

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestPrepare: preparing compiles and runs nothing, and what is prepared is loaded,
// or closed and gone.
func TestPrepare(t *testing.T) {
	const unreachable = 0x00
	traps := plain()
	traps.funcs = append(traps.funcs, asmFunc{body: []byte{unreachable}})
	traps.start = len(traps.funcs)
	o := ModuleOptions{Manifest: core.Manifest{ID: "guardrail.test"}}
	h := newTestHost(t, Options{CacheDir: filepath.Join(t.TempDir(), "cache")})
	prepare := func(m *asmModule) *Prepared {
		t.Helper()
		p, err := h.Prepare(t.Context(), m.bytes(), o)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(entries(t, h.cache.dir)); n == 0 {
			t.Error("it was not compiled")
		}
		return p
	}
	if err := prepare(traps).Close(); err != nil { // its start did not run
		t.Error(err)
	}
	_, err := prepare(traps).Load(t.Context()) // and leaves nothing, or the host does not close
	if _, refused := errors.AsType[*Refusal](err); !refused {
		t.Errorf("its start traps: %v", err)
	}
	m, err := prepare(plain()).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.Digest() == [32]byte{} || m.Manifest().ID != "guardrail.test" {
		t.Errorf("%x %+v", m.Digest(), m.Manifest())
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if p, err := h.Prepare(t.Context(), []byte("nonsense"), o); err == nil || p != nil {
		t.Error("nonsense is prepared")
	}
}
