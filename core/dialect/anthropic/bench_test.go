package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func benchBody(size int) []byte {
	text := strings.Repeat(`A few words, 12 of them \"quoted\", of some length.\n`, size/52)
	return []byte(`{` + head + `"system":"be kind","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"` + text + `"}]}]}`)
}

var sizes = map[string]int{"4KiB": 4 << 10, "100KiB": 100 << 10}

func BenchmarkScan(b *testing.B) {
	for name, size := range sizes {
		b.Run(name, func(b *testing.B) {
			ex := &core.Exchange{}
			ex.Request.Body, ex.Request.Operation = benchBody(size), core.OpChat
			b.ReportAllocs()
			b.SetBytes(int64(len(ex.Request.Body)))
			for b.Loop() {
				if err := (Messages{}).Scan(ex); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkForward(b *testing.B) {
	for name, size := range sizes {
		b.Run(name, func(b *testing.B) {
			ex := &core.Exchange{}
			ex.Request.Body, ex.Request.Operation = benchBody(size), core.OpChat
			if err := (Messages{}).Scan(ex); err != nil {
				b.Fatal(err)
			}
			d := upstream(`"other"`)
			b.ReportAllocs()
			for b.Loop() {
				if err := (Messages{}).Forward(ex, ex.NewAttempt(d)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTyped(b *testing.B) {
	ex := &core.Exchange{}
	r := &core.TypedRequest{}
	body := benchBody(4 << 10)
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Request.Body, ex.Request.Operation = body, core.OpChat
		*r = core.TypedRequest{Parts: r.Parts[:0]}
		if err := (Messages{}).Scan(ex); err != nil {
			b.Fatal(err)
		}
		if err := (Messages{}).Typed(ex, body, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	for name, list := range map[string][][]byte{
		"alike":   {[]byte(textOne), []byte(textTwo)},
		"escaped": {[]byte(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a \"b\" c"}}`)},
	} {
		b.Run(name, func(b *testing.B) {
			ex := &core.Exchange{}
			at := ex.NewAttempt(upstream(""))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				Messages{}.Event(ex, at, list[i%len(list)])
			}
		})
	}
}

func BenchmarkWriteEvent(b *testing.B) {
	ex, at := other()
	first := open(0, part(core.PartText, "", nil))
	next := delta(0, part(core.PartText, "a few words", nil))
	out := Messages{}.WriteEvent(nil, ex, at, &first)
	b.ReportAllocs()
	for b.Loop() {
		out = Messages{}.WriteEvent(out[:0], ex, at, &next)
	}
}
