package mock

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running fake provider. Its methods are safe for concurrent use.
type Server struct {
	config   Config
	identity *identity // nil without TLS
	fixtures *library  // nil without fixtures
	bombs    bombs
	addr     string
	done     chan struct{} // closed by Close
	wg       sync.WaitGroup

	behaviour atomic.Pointer[scenarios] // replaced as a whole by SetScenario

	mu          sync.Mutex
	cond        *sync.Cond
	waiters     int
	closed      bool
	listener    net.Listener // nil while refusing
	reopen      *time.Timer  // ends a timed refusal
	conns       map[*conn]struct{}
	lastConn    int64
	stats       Stats  // without its name maps
	generation  uint64 // raised by Reset
	credentials map[string]*Count
	scenarios   map[string]*Count
	kept        []*Request
	keptBytes   int
}

// Start binds the address and serves until [Server.Close]. Errors: a bad
// scenario, TLS files or fixtures that cannot be read, an address in use.
func Start(config Config) (*Server, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	s := &Server{
		config:      config,
		done:        make(chan struct{}),
		conns:       make(map[*conn]struct{}),
		stats:       Stats{ByStatus: map[int]int64{}},
		credentials: make(map[string]*Count),
		scenarios:   make(map[string]*Count),
	}
	s.cond = sync.NewCond(&s.mu)
	var err error
	if s.identity, err = newIdentity(&config); err != nil {
		return nil, err
	}
	if config.Fixtures != "" {
		if s.fixtures, err = openLibrary(config.Fixtures); err != nil {
			return nil, err
		}
	}
	if err = s.SetScenario(config.Scenario); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("mock: %w", err)
	}
	s.addr = l.Addr().String()
	s.mu.Lock()
	s.serve(l)
	s.mu.Unlock()
	return s, nil
}

// Addr returns the bound address, "127.0.0.1:40123".
func (s *Server) Addr() string { return s.addr }

// URL returns the address with its scheme and without a path,
// "http://127.0.0.1:40123"; the API lies under /v1.
func (s *Server) URL() string {
	if s.identity != nil {
		return "https://" + s.addr
	}
	return "http://" + s.addr
}

// SetScenario replaces the defaults for requests that arrive from now on.
func (s *Server) SetScenario(text string) error {
	t, err := newScenarios(s, text)
	if err != nil {
		return err
	}
	s.behaviour.Store(t)
	return nil
}

// Refuse stops listening, so that new connections are refused by the kernel,
// and closes the connections that have no answer due. A positive d ends the
// refusal by itself; otherwise [Server.Accept] does.
func (s *Server) Refuse(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
	for c := range s.conns {
		if !c.busy.Load() {
			c.abort()
		}
	}
	if s.reopen != nil && s.reopen.Stop() {
		s.wg.Done()
	}
	if s.reopen = nil; d > 0 {
		s.wg.Add(1)
		s.reopen = time.AfterFunc(d, func() {
			defer s.wg.Done()
			_ = s.Accept() // the port was ours a moment ago; if it is lost, the refusal goes on
		})
	}
}

// Accept ends a refusal by listening on the same address again. It does
// nothing when the server listens already.
func (s *Server) Accept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("mock: the server is closed")
	}
	if s.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("mock: cannot listen again: %w", err)
	}
	s.serve(l)
	return nil
}

// Close stops listening, closes every connection and returns when the last
// goroutine of the server has ended. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
		if s.listener != nil {
			_ = s.listener.Close()
			s.listener = nil
		}
		if s.reopen != nil && s.reopen.Stop() {
			s.wg.Done()
		}
		for c := range s.conns {
			c.abort()
		}
		s.cond.Broadcast()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// serve starts accepting from l; s.mu is held.
func (s *Server) serve(l net.Listener) {
	s.listener = l
	s.wg.Add(1)
	go s.accept(l)
}

func (s *Server) accept(l net.Listener) {
	defer s.wg.Done()
	for {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, mostly: breathe and go on
			if !s.sleep(10 * time.Millisecond) {
				return
			}
			continue
		}
		s.open(nc)
	}
}

// open registers a connection and serves it on its own goroutine.
func (s *Server) open(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = nc.Close()
		return
	}
	s.lastConn++
	c := &conn{server: s, id: s.lastConn, raw: nc.(*net.TCPConn), nc: nc}
	if s.identity != nil {
		c.tls = tls.Server(nc, s.identity.config)
		c.nc = c.tls
	}
	s.conns[c] = struct{}{}
	s.stats.ConnectionsAccepted++
	s.stats.ConnectionsOpen++
	s.changed()
	s.wg.Go(func() {
		c.serve()
		s.mu.Lock()
		delete(s.conns, c)
		if !c.control {
			s.stats.ConnectionsOpen--
		}
		s.changed()
		s.mu.Unlock()
	})
}

// sleep waits without a connection to watch; false when the server closes.
func (s *Server) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.done:
		return false
	}
}

// handshake runs the TLS handshake of c, if it is due.
func (c *conn) handshake() bool {
	if c.tls == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	defer cancel()
	if err := c.tls.HandshakeContext(ctx); err != nil {
		c.server.update(func(st *Stats) { st.TLSFailures++ })
		return false
	}
	return true
}
