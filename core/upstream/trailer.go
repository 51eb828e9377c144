package upstream

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
)

// Trailers calls f with each field behind the body, in the order of the wire and
// with the name as the upstream spelled it. There are none before the body was
// read to its end. A line that is no header field is skipped. The bytes are valid
// until Reset or the next Do.
func (r *Response) Trailers(f func(name, value []byte)) {
	if !r.ended || r.framing != framedChunks {
		return
	}
	for line := range bytes.SplitSeq(r.chunks.trailer, []byte("\r\n")) {
		n := nameLen(line)
		if n == 0 || n == len(line) || line[n] != ':' {
			continue
		}
		value := bytes.Trim(line[n+1:], " \t")
		if textLen(value) == len(value) {
			f(line[:n], value)
		}
	}
}

// chunked returns the body of a request that has trailers, of n bytes, as one chunk
// with them behind it, and the length of all that. It fails as appendHead does.
func (h *Host) chunked(r *core.UpstreamRequest, n int) (body [][]byte, size int, bad *core.Error) {
	var begin, end []byte
	if n > 0 {
		begin = append(strconv.AppendUint(nil, uint64(n), 16), "\r\n"...)
		end = append(end, "\r\n"...)
	}
	end = append(end, "0\r\n"...)
	for i := range r.Trailers {
		if end, bad = h.appendField(end, &r.Trailers[i]); bad != nil {
			return nil, 0, bad
		}
	}
	end = append(end, "\r\n"...)
	body = append(append(append(body, begin), r.Body...), end)
	return body, len(begin) + n + len(end), nil
}

// appendChunked appends the fields that frame a body with trailers, whose names
// were checked.
func appendChunked(dst []byte, trailers []core.Header) []byte {
	dst = append(dst, "Transfer-Encoding: chunked\r\nTrailer: "...)
	for i := range trailers {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, trailers[i].Name...)
	}
	return append(dst, "\r\n"...)
}
