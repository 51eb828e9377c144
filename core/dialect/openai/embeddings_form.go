package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var _ core.Reshaper = Embeddings{}

var (
	vectorList  = jsonscan.NewPaths("data")
	vectorPlace = jsonscan.NewPaths("embedding")
)

// Reshape writes the vectors of an answer in base64 where the client asks for that
// and the provider gave numbers all the same, as many runtimes do: OpenAI's SDKs ask
// for base64 by themselves, and older ones take whatever comes for it. The numbers
// become 32-bit floats, the lowest byte first.
func (Embeddings) Reshape(ex *core.Exchange, body []byte) []byte {
	m := memoryOf(ex)
	var data [1]jsonscan.Value
	if !m.base64 || vectorList.Read(body, data[:]) != nil || data[0].Kind != jsonscan.ArrayKind {
		return body
	}
	var out, packed []byte
	done := 0
	for a := jsonscan.Elements(body, data[0]); a.Next(); {
		var vector [1]jsonscan.Value
		if a.Value().Kind != jsonscan.ObjectKind || vectorPlace.ReadIn(body, a.Value(), vector[:]) != nil {
			return body
		}
		v := vector[0]
		if v.Kind != jsonscan.ArrayKind {
			continue
		}
		var ok bool
		if packed, ok = appendFloats(packed[:0], body, v); !ok {
			return body
		}
		out = append(append(out, body[done:v.Start]...), '"')
		out = append(base64.StdEncoding.AppendEncode(out, packed), '"')
		done = v.End
	}
	if done == 0 {
		return body
	}
	return append(out, body[done:]...)
}

// appendFloats appends the numbers of an array; ok is false where it holds anything
// else.
func appendFloats(dst, doc []byte, array jsonscan.Value) (out []byte, ok bool) {
	for a := jsonscan.Elements(doc, array); a.Next(); {
		f, err := jsonscan.Float(doc, a.Value())
		if err != nil {
			return dst, false
		}
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(f)))
	}
	return dst, true
}
