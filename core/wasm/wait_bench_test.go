package wasm

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// brief is some microseconds of work.
var brief = cat(i32c(2_200), set(2), works[bytes.Index(works, []byte{0x03, 0x40}):])

// BenchmarkManyStreams is many goroutines that share few guests, each of which gives
// others their turn after every hook, as a stream that waits for its next event does.
func BenchmarkManyStreams(b *testing.B) {
	for _, streams := range []int{1, 8, 1000} {
		b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
			m := plain()
			m.funcs[3].locals, m.funcs[3].body = []byte{i32}, cat(brief, i64c(0))
			i := started(b, m, Options{}, core.InstanceConfig{Limits: patient})
			h := i.Hook(core.PhasePrompt)
			b.SetParallelism(max(1, streams/runtime.GOMAXPROCS(0)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				c := prompt(exchange("a", 1), "text")
				for pb.Next() {
					if err := h.Handle(c); err != nil {
						b.Error(err)
						return
					}
					runtime.Gosched()
				}
			})
		})
	}
}
