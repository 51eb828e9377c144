package wasm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// BenchmarkHook is the whole hook on a 4 KiB prompt with a guest that does
// nothing, under each isolation: what the sandbox costs.
func BenchmarkHook(b *testing.B) {
	for _, iso := range []core.Isolation{core.IsolateShared, core.IsolateTenant, core.IsolateExchange} {
		b.Run(iso.String(), func(b *testing.B) {
			i := started(b, plain(), Options{}, core.InstanceConfig{Isolation: iso})
			h := i.Hook(0x2)
			part := strings.Repeat("0123456789abcdef", 51)
			c := prompt(exchange("a", 1), part, part, part, part, part)
			b.ReportAllocs()
			for b.Loop() {
				c.Exchange.ID[0]++
				if err := h.Handle(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReset takes back guests of the size of a Rust one, which wrote to
// some of their blocks.
func BenchmarkReset(b *testing.B) {
	for _, dirty := range []int{0, 8, 64, 280} {
		b.Run(fmt.Sprintf("1MiB/dirty=%d", dirty), func(b *testing.B) {
			m := plain()
			m.pages = 18
			m.data = []asmData{{1 << 20, make([]byte, 16<<10)}}
			for i := range m.data[0].bytes {
				m.data[0].bytes[i] = byte(i) | 1
			}
			i := started(b, m, Options{}, core.InstanceConfig{})
			g := i.pool.free[0]
			b.SetBytes(int64(len(g.mem.buf)))
			for b.Loop() {
				b.StopTimer()
				for n := range dirty {
					g.mem.buf[n*block+100]++
				}
				b.StartTimer()
				g.snapshot.restore(g)
			}
		})
	}
}

// BenchmarkStart makes a guest from compiled code.
func BenchmarkStart(b *testing.B) {
	i := started(b, plain(), Options{}, core.InstanceConfig{})
	for b.Loop() {
		g, err := i.pool.newGuest(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := g.close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostCall calls an import a thousand times.
func BenchmarkHostCall(b *testing.B) {
	m := plain(asmImport{module: abi.ImportModule, name: "now", results: []byte{i64}})
	one := cat(call(0), drop)
	var body []byte
	for range 1000 {
		body = append(body, one...)
	}
	m.funcs[3].body = cat(body, i64c(0))
	i := started(b, m, Options{}, core.InstanceConfig{Isolation: core.IsolateShared})
	h := i.Hook(0x2)
	c := prompt(exchange("a", 1), "x")
	for b.Loop() {
		if err := h.Handle(c); err != nil {
			b.Fatal(err)
		}
	}
}
