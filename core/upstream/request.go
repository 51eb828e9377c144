package upstream

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// form is one head as it was sent, by which the later ones of its kind are made:
// what is the same again was checked before and is copied as it stands. It is
// immutable.
type form struct {
	method, path string
	fields       []core.Header
	text         []byte
	lines        []int // lines[i] is where field i begins in text; one more marks the end
}

// kind is what a host remembers of one kind of request: the head of the first
// one, and that of the first good answer.
type kind struct {
	form  atomic.Pointer[form]
	shape atomic.Pointer[shape]
}

// kinds are a host's kinds, whole and streamed answers apart.
type kinds [core.NumOperations][2]kind

// of returns the kind of the exchange's request.
func (k *kinds) of(ex *core.Exchange) *kind {
	streams := 0
	if ex.Request.Stream {
		streams = 1
	}
	return &k[int(ex.Request.Operation)%len(k)][streams]
}

// appendHead serialises the request line and the header fields of a request
// whose body has n bytes. It fails with CodeInternal on anything that could end
// a line or frame the body otherwise: values may stem from clients, keys and
// configuration.
func (h *Host) appendHead(dst []byte, r *core.UpstreamRequest, n int, k *kind) ([]byte, *core.Error) {
	f := k.form.Load()
	if f == nil {
		var err *core.Error
		if f, err = h.newForm(r); err != nil {
			return dst, err
		}
		k.form.Store(f)
	}
	dst, err := h.follow(dst, f, r)
	if err != nil {
		return dst, err
	}
	if len(r.Trailers) > 0 {
		dst = appendChunked(dst, r.Trailers)
	} else if n > 0 || r.Method != "GET" && r.Method != "HEAD" {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(n), 10)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "\r\n"...), nil
}

// newForm makes a form of r's head.
func (h *Host) newForm(r *core.UpstreamRequest) (*form, *core.Error) {
	f := &form{method: strings.Clone(r.Method), path: strings.Clone(r.Path)}
	var err *core.Error
	if f.text, err = h.appendLine(nil, r); err != nil {
		return nil, err
	}
	for _, x := range r.Header {
		f.lines = append(f.lines, len(f.text))
		if f.text, err = h.appendField(f.text, &x); err != nil {
			return nil, err
		}
		// The request's strings may lie in memory of its exchange.
		line := string(f.text[f.lines[len(f.fields)]:])
		value := len(x.Name) + len(": ")
		f.fields = append(f.fields, core.Header{Name: line[:len(x.Name)], Value: line[value : value+len(x.Value)]})
	}
	f.lines = append(f.lines, len(f.text))
	return f, nil
}

// follow serialises r's request line and fields by f.
func (h *Host) follow(dst []byte, f *form, r *core.UpstreamRequest) (_ []byte, err *core.Error) {
	from := 0 // where in f.text that begins which is the same and not yet copied
	if r.Method != f.method || r.Path != f.path {
		if dst, err = h.appendLine(dst, r); err != nil {
			return dst, err
		}
		from = f.lines[0]
	}
	k := common(r.Header, f.fields) // the field of f that should be next
	for i := k; i < len(r.Header); i++ {
		x := &r.Header[i]
		j := f.find(x.Name, k)
		if j >= 0 && x.Value == f.fields[j].Value {
			if j > k {
				// Fields of f in between are not here.
				dst = append(dst, f.text[from:f.lines[k]]...)
				from = f.lines[j]
			}
			k = j + 1
			continue
		}
		dst = append(dst, f.text[from:f.lines[k]]...)
		if j >= 0 {
			name := f.lines[j]
			dst = append(dst, f.text[name:name+len(x.Name)+len(": ")]...)
			dst, err = h.appendValue(dst, x)
			k = j + 1
		} else {
			dst, err = h.appendField(dst, x)
		}
		if err != nil {
			return dst, err
		}
		from = f.lines[k]
	}
	return append(dst, f.text[from:f.lines[k]]...), nil
}

// common returns how many fields at the start of a and b are the same.
func common(a, b []core.Header) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// find returns the first field from the k-th on that has the name, or -1.
func (f *form) find(name string, k int) int {
	for ; k < len(f.fields); k++ {
		if f.fields[k].Name == name {
			return k
		}
	}
	return -1
}

// appendLine appends the request line and Host.
func (h *Host) appendLine(dst []byte, r *core.UpstreamRequest) ([]byte, *core.Error) {
	if !isName(r.Method) || !isTarget(r.Path) {
		return dst, core.Errorf(core.CodeInternal, "the request line for provider %q is malformed", h.name)
	}
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	dst = append(dst, r.Path...)
	return append(dst, h.line...), nil // " HTTP/1.1", Host
}

func (h *Host) appendField(dst []byte, x *core.Header) ([]byte, *core.Error) {
	if !isName(x.Name) || reserved(x.Name) {
		return dst, h.badField(x)
	}
	dst = append(dst, x.Name...)
	dst = append(dst, ": "...)
	return h.appendValue(dst, x)
}

// appendValue appends a field's value and its line's end.
func (h *Host) appendValue(dst []byte, x *core.Header) ([]byte, *core.Error) {
	if !isText(x.Value) {
		return dst, h.badField(x)
	}
	dst = append(dst, x.Value...)
	return append(dst, "\r\n"...), nil
}

func (h *Host) badField(x *core.Header) *core.Error {
	return core.Errorf(core.CodeInternal, "the header field %q cannot be sent to provider %q", x.Name, h.name)
}

// reserved tells whether the field is ours to write.
func reserved(name string) bool {
	switch len(name) {
	case len("Host"):
		return fold([]byte(name), "host")
	case len("Connection"):
		return fold([]byte(name), "connection")
	case len("Content-Length"):
		return fold([]byte(name), "content-length")
	case len("Transfer-Encoding"):
		return fold([]byte(name), "transfer-encoding")
	}
	return false
}

// isName tells whether s is a token (RFC 9110 §5.6.2).
func isName(s string) bool {
	for i := range len(s) {
		if !isToken[s[i]] {
			return false
		}
	}
	return s != ""
}

// isTarget tells whether s is a request target in origin form.
func isTarget(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != "" && s[0] == '/'
}
