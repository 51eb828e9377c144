package safepoint

import (
	"context"
	"testing"
)

// BenchmarkRewrite measures the rewriter on a Go guest of some 2 MB.
func BenchmarkRewrite(b *testing.B) {
	m := builtGo(b)
	b.SetBytes(int64(len(m)))
	b.ReportAllocs()
	for b.Loop() {
		mustRewrite(b, m, Options{})
	}
	res := mustRewrite(b, m, Options{})
	b.ReportMetric(100*(float64(len(res.Module))/float64(len(m))-1), "%larger")
}

// BenchmarkCompile measures what the larger code costs the engine.
func BenchmarkCompile(b *testing.B) {
	m := builtGo(b)
	for _, v := range []struct {
		name string
		b    []byte
	}{{"plain", m}, {"safepoint", mustRewrite(b, m, Options{}).Module}} {
		b.Run(v.name, func(b *testing.B) {
			for b.Loop() {
				h := newHost(b, compiler())
				c, err := h.r.CompileModule(context.Background(), v.b)
				if err != nil {
					b.Fatal(err)
				}
				c.Close(context.Background())
			}
		})
	}
}
