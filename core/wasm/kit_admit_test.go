package wasm

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// faults are F35 and the bombs for the compiler: modules that are refused before
// any code of theirs runs, and what the refusal says.
var faults = []struct {
	name, want string
	make       func(t testing.TB, b []byte) []byte
}{
	{"older ABI", "built for sallyport_abi_0", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return renamed(t, b, abi.ExportVersion, "sallyport_abi_0")
	}},
	{"newer ABI", "built for sallyport_abi_2", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return renamed(t, b, abi.ExportVersion, "sallyport_abi_2")
	}},
	{"missing export", abi.ExportBuffer, func(t testing.TB, b []byte) []byte {
		t.Helper()
		return renamed(t, b, abi.ExportBuffer, "buffer")
	}},
	{"memory not exported", "memory", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return renamed(t, b, abi.ExportMemory, "mem")
	}},
	{"no hook", "no hook", func(t testing.TB, b []byte) []byte { t.Helper(); return renamed(t, b, "sallyport_prompt", "prompt") }},
	{"misspelt hook", "sallyport_promt", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return renamed(t, b, "sallyport_prompt", "sallyport_promt")
	}},
	{"extra export", "sallyport_extra", func(t testing.TB, b []byte) []byte { t.Helper(); return renamed(t, b, "deed_loop", "sallyport_extra") }},
	{"wrong type", "(i32,i32)->i32", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return renamed(t, renamed(t, b, abi.ExportConfigure, "configure"), "deed_loop", abi.ExportConfigure)
	}},
	{"command", "reactor", func(t testing.TB, b []byte) []byte {
		t.Helper()
		if bytes.Contains(b, []byte(exportInit)) {
			b = renamed(t, b, exportInit, "init")
		}
		return renamed(t, b, "deed_loop", exportStart)
	}},
	{"memory above the cap", "300 pages", func(t testing.TB, b []byte) []byte { t.Helper(); return withMemory(t, b, 0, 300, 0) }},
	{"huge function", "body", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return withFunctions(t, b, 1, bytes.Repeat([]byte{0x01}, 1<<20))
	}},
	{"100k functions", "functions", func(t testing.TB, b []byte) []byte { t.Helper(); return withFunctions(t, b, 100_000, nil) }},
	{"many locals", "locals", func(t testing.TB, b []byte) []byte {
		t.Helper()
		// A body is locals, instructions: this one declares 2³⁰ in one group.
		return changed(t, withFunctions(t, b, 1, nil), secCode, func(p []byte) []byte {
			return cat(p[:len(p)-4], appendVec(nil, cat([]byte{1}, list(1<<30), []byte{i32, 0x00, 0x0b})))
		})
	}},
	{"component", "this is a component", func(_ testing.TB, b []byte) []byte {
		return cat([]byte("\x00asm\x0d\x00\x01\x00"), b[8:])
	}},
	{"threads", "threads", func(t testing.TB, b []byte) []byte { t.Helper(); return withMemory(t, b, 3, 64, 256) }},
	{"64-bit memory", "memory64", func(t testing.TB, b []byte) []byte { t.Helper(); return withMemory(t, b, 4, 64, 0) }},
	{"exception handling", "exception", func(t testing.TB, b []byte) []byte {
		t.Helper()
		return inserted(t, b, 13, []byte{1, 0, 0}, secGlobal, secExport)
	}},
	{"cut off", "", func(_ testing.TB, b []byte) []byte { return b[:len(b)/2] }},
}

// TestHostileModules: a faulty version of each guest is refused by name, while
// the good version beside it serves on.
func TestHostileModules(t *testing.T) {
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			h := newTestHost(t, Options{})
			b := lang.module(t, deedTrap)
			old := instance(t, load(t, h, b, lang.limits), core.InstanceConfig{})
			before := h.Memory()
			for _, f := range faults {
				faulty := f.make(t, b)
				m, err := h.Load(context.Background(), faulty, ModuleOptions{Manifest: core.Manifest{ID: "guardrail.new"}})
				if err == nil {
					m.Close()
					t.Errorf("%s: the module was admitted", f.name)
					continue
				}
				var r *Refusal
				if !errors.As(err, &r) || !strings.Contains(err.Error(), f.want) {
					t.Errorf("%s: error %q does not say %q", f.name, err, f.want)
				}
				handle(t, old, prompt(exchange("a", 1), "hello"))
				if n := h.Memory(); n != before {
					t.Errorf("%s: %d bytes of memory, %d before", f.name, n, before)
				}
			}
		})
	}
}
