package mock

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
)

// embeddings answers with one vector per input, in numbers or in base64.
func (c *conn) embeddings(sc *scenario, f fault, status int) (Outcome, ending) {
	inputs, numbers := elements(c.call.prompt)
	if numbers {
		inputs = 1 // one input given as token numbers
	}
	dims := sc.dims
	if n, err := strconv.Atoi(string(c.call.dimensions)); err == nil && n > 0 && n <= 4096 {
		dims = n
	}
	b := append(c.body[:0], `{"object":"list","data":[`...)
	for i := range inputs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"object":"embedding","index":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `,"embedding":`...)
		b = sc.appendVector(b, i, dims, c.call.base64)
		b = append(b, '}')
	}
	b = append(b, `],"model":`...)
	b = append(b, c.call.model...)
	if sc.usage != usageMissing {
		b = append(b, `,"usage":`...)
		b = sc.appendUsage(b, c.x.prompt, -1)
	}
	c.body = append(b, '}')
	return c.whole(sc, f, wholeBody{
		status: status, contentType: typeJSON, bytes: c.body,
		counted: true, reported: sc.usage.honest(),
	})
}

// appendVector appends the vector of input i: a function of seed, i and dims.
func (s *scenario) appendVector(dst []byte, i, dims int, inBase64 bool) []byte {
	r := s.random(int64(i))
	if inBase64 {
		raw := make([]byte, 0, 4*dims)
		for range dims {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(2*r.Float32()-1))
		}
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, raw), '"')
	}
	dst = append(dst, '[')
	for j := range dims {
		if j > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendFloat(dst, float64(2*r.Float32()-1), 'g', -1, 32)
	}
	return append(dst, ']')
}
