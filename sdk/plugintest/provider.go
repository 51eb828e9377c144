package plugintest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// provider plays all providers: it answers what the exchange named in the prompt
// wants, cut as it wants, and keeps every byte that it was sent.
type provider struct {
	listener net.Listener
	byID     map[string]*exchange
	conns    sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
	got  map[string]*request // by the id of the exchange
	lost []*request          // of no exchange
}

// request is what the provider was sent for one exchange, and how it answered.
type request struct {
	catch
	writes, bytes atomic.Int64 // of the answer's body, as it was written to the socket
}

// id returns that of the exchange that the request is of, "" for none.
func (r *request) id() string {
	if id := caseID.Find(r.raw); id != nil {
		return string(id)
	}
	if ids := r.ids(); len(ids) > 0 { // where it has escapes, or is in base64
		return ids[0]
	}
	return ""
}

// asked returns what the provider was sent for an exchange, or nil.
func (p *provider) asked(x *exchange) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got[x.id]
}

// strays returns what the provider was sent for no exchange.
func (p *provider) strays() []*request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

func startProvider() (*provider, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("plugintest: the providers it plays: %w", err)
	}
	p := &provider{listener: l, byID: map[string]*exchange{}, open: map[net.Conn]bool{}, got: map[string]*request{}}
	p.conns.Go(p.accept)
	return p, nil
}

// play says which exchanges there will be. It is called before the first.
func (p *provider) play(list []exchange) {
	for i := range list {
		p.byID[list[i].id] = &list[i]
	}
}

func (p *provider) url() string { return "http://" + p.listener.Addr().String() }

// close ends all connections and returns when nothing of the provider runs any more.
func (p *provider) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.open {
		_ = c.Close()
	}
	p.open = nil
	p.mu.Unlock()
	p.conns.Wait()
}

func (p *provider) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.open == nil {
			_ = c.Close()
		} else {
			p.open[c] = true
			p.conns.Go(func() { p.serve(c) })
		}
		p.mu.Unlock()
	}
}

var caseID = regexp.MustCompile(`case-\d+\.`)

// ids returns those of all exchanges of which something came.
func (c *catch) ids() (out []string) {
	texts := c.texts()
	for _, path := range sortedKeys(texts) {
		for _, form := range forms(texts[path]) {
			out = append(out, caseID.FindAllString(form, -1)...)
		}
	}
	return out
}

// recorder keeps what is read from a socket.
type recorder struct {
	r   io.Reader
	all bytes.Buffer
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.all.Write(b[:n])
	return n, err
}

func (p *provider) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		p.mu.Lock()
		delete(p.open, c)
		p.mu.Unlock()
	}()
	socket := &recorder{r: c}
	for r := bufio.NewReader(socket); ; socket.all.Reset() {
		req, err := http.ReadRequest(r)
		var body []byte
		if err == nil {
			body, err = io.ReadAll(req.Body)
		}
		if err != nil && socket.all.Len() == 0 {
			return
		}
		asked := &request{catch: catch{raw: bytes.Clone(socket.all.Bytes()), body: body}}
		x := p.note(asked, err)
		if err != nil {
			return // what broke off was noted all the same
		}
		if x == nil {
			_, err = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
		} else {
			err = x.answer(&counter{w: c, of: asked})
		}
		if err != nil {
			return
		}
	}
}

// note keeps a request and returns the exchange that it is of, nil for none.
func (p *provider) note(r *request, err error) *exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.byID[r.id()]
	if x == nil || err != nil || p.got[x.id] != nil {
		p.lost = append(p.lost, r)
	}
	if x != nil && p.got[x.id] == nil {
		p.got[x.id] = r
	}
	return x
}

// counter counts the writes of a body.
type counter struct {
	w  io.Writer
	of *request
}

// answer writes the provider's answer.
func (x *exchange) answer(w *counter) error {
	media := "application/json"
	var events []string
	if x.streamed() {
		media, events = mediaTypes[x.back.framing], x.frame(x.events())
	} else {
		events = []string{x.document()}
	}
	if x.prompt {
		events = []string{strings.Join(events, "")}
	} else {
		events = x.chunks(events)
	}
	if len(events) == 1 {
		_, err := fmt.Fprintf(w.w, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", media, len(events[0]), events[0])
		return err
	}
	if _, err := io.WriteString(w.w, "HTTP/1.1 200 OK\r\nContent-Type: "+media+"\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		return err
	}
	for _, chunk := range events {
		if _, err := fmt.Fprintf(w.w, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
			return err
		}
		w.of.writes.Add(1)
		w.of.bytes.Add(int64(len(chunk)))
	}
	_, err := io.WriteString(w.w, "0\r\n\r\n")
	return err
}
