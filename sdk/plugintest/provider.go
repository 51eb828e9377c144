package plugintest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// provider plays all providers: it answers what the exchange named in the prompt
// wants, cut as it wants.
type provider struct {
	listener net.Listener
	byID     map[string]*exchange
	conns    sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
	was  map[string]bool // asked, by the id of the exchange
}

// asked tells whether the provider was asked for its part of an exchange.
func (p *provider) asked(x *exchange) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.was[x.id]
}

func startProvider() (*provider, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("plugintest: the providers it plays: %w", err)
	}
	p := &provider{listener: l, byID: map[string]*exchange{}, open: map[net.Conn]bool{}, was: map[string]bool{}}
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

func (p *provider) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		p.mu.Lock()
		delete(p.open, c)
		p.mu.Unlock()
	}()
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		x := p.byID[string(caseID.Find(body))]
		if x == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
			continue
		}
		p.mu.Lock()
		p.was[x.id] = true
		p.mu.Unlock()
		if err := x.answer(c); err != nil {
			return
		}
	}
}

// answer writes the provider's answer.
func (x *exchange) answer(w io.Writer) error {
	if x.cut.whole {
		body := x.back.whole(x)
		_, err := fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		return err
	}
	var events []string
	for _, data := range x.back.stream(x) {
		event := "data: " + data + "\n\n"
		if m := typeMember.FindStringSubmatch(data); x.back.named && m != nil {
			event = "event: " + m[1] + "\n" + event
		}
		events = append(events, event)
	}
	if x.back.done != "" {
		events = append(events, "data: "+x.back.done+"\n\n")
	}
	if x.cut.crlf {
		for i := range events {
			events[i] = strings.ReplaceAll(events[i], "\n", "\r\n")
		}
	}
	if _, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		return err
	}
	for _, chunk := range x.chunks(events) {
		if _, err := fmt.Fprintf(w, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "0\r\n\r\n")
	return err
}

var typeMember = regexp.MustCompile(`^\{"type":"([a-z_.]+)"`)
