// Package wrap puts an http-wasm filter in front of an [http.Handler], as programs
// of net/http and kits that test hosts want it. The gateway itself does not use it.
package wrap

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// maxBody bounds bodies of requests and of collected answers, in bytes.
const maxBody = 32 << 20

// Handler returns a handler that shows requests and their answers to the filter. A
// filter that fails makes the answer 500.
func Handler(filter *httpwasm.Filter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the body is too large or was cut off", http.StatusRequestEntityTooLarge)
			return
		}
		m := message(r, body)
		out := false
		failed, err := filter.Serve(m, func(m *core.EdgeMessage) error {
			if err := change(r, m); err != nil {
				return err
			}
			out = !m.Buffer
			serve(w, r, m, next)
			return nil
		})
		switch {
		case out: // it was sent, whatever became of handle_response
		case err != nil:
			http.Error(w, "the filter failed: "+err.Error(), http.StatusInternalServerError)
		case failed != nil:
			http.Error(w, "the filter made a request that is not valid: "+failed.Error(), http.StatusInternalServerError)
		default:
			send(w, m)
		}
	})
}

// message is a request as the filter sees it.
func message(r *http.Request, body []byte) *core.EdgeMessage {
	m := &core.EdgeMessage{
		Method: []byte(r.Method), URI: []byte(r.URL.RequestURI()), Protocol: r.Proto, Body: body,
		CanTrail: true, MaxBody: maxBody, MaxAnswer: maxBody,
	}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		m.Source = net.TCPAddrFromAddrPort(a)
	}
	m.Fields.Add([]byte("Host"), []byte(r.Host))
	add(&m.Fields, r.Header)
	add(&m.Trailers, r.Trailer)
	return m
}

func add(f *core.EdgeFields, h http.Header) {
	for name, values := range h {
		for _, v := range values {
			f.Add([]byte(name), []byte(v))
		}
	}
}

func header(h http.Header, f core.EdgeFields) {
	clear(h)
	for i := range f {
		h.Add(string(f[i].Name), string(f[i].Value))
	}
}

// serve has next make the answer, and puts it into m.
func serve(w http.ResponseWriter, r *http.Request, m *core.EdgeMessage, next http.Handler) {
	header(w.Header(), m.AnswerFields)
	if !m.Buffer {
		next.ServeHTTP(w, r)
		m.AnswerFields = nil
		add(&m.AnswerFields, w.Header())
		return
	}
	c := &collector{header: w.Header()}
	next.ServeHTTP(c, r)
	m.Status, m.AnswerBody, m.AnswerFields = c.status, c.body.Bytes(), nil
	for name, values := range c.header {
		f, own := &m.AnswerFields, name
		if trailer, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			f, own = &m.AnswerTrailers, trailer
		}
		add(f, http.Header{own: values})
	}
}

// change makes r what the filter made of it.
func change(r *http.Request, m *core.EdgeMessage) error {
	r.Body = io.NopCloser(bytes.NewReader(m.Body))
	if !m.Changed {
		return nil
	}
	u, err := url.ParseRequestURI(string(m.URI))
	if err != nil {
		return err
	}
	r.Method, r.URL, r.RequestURI = string(m.Method), u, string(m.URI)
	header(r.Header, m.Fields)
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	r.ContentLength = int64(len(m.Body))
	if len(m.Trailers) > 0 {
		r.Trailer = http.Header{}
		header(r.Trailer, m.Trailers)
	}
	return nil
}

// send sends an answer that is in m.
func send(w http.ResponseWriter, m *core.EdgeMessage) {
	header(w.Header(), m.AnswerFields)
	w.Header().Del("Content-Length") // which net/http knows best
	for i := range m.AnswerTrailers {
		w.Header().Add(http.TrailerPrefix+string(m.AnswerTrailers[i].Name), string(m.AnswerTrailers[i].Value))
	}
	w.WriteHeader(max(m.Status, http.StatusOK))
	_, _ = w.Write(m.AnswerBody) //nolint:gosec // what the filter and the handler made; the client may have left
}

// collector is an answer that is collected.
type collector struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *collector) Header() http.Header { return c.header }

func (c *collector) WriteHeader(status int) {
	if c.status == 0 && status >= http.StatusOK {
		c.status = status
	}
}

func (c *collector) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if c.body.Len()+len(p) > maxBody {
		return 0, http.ErrContentLength
	}
	return c.body.Write(p)
}
