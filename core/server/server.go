package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

// headerBuffer bounds a request's line and header fields, in bytes.
const headerBuffer = 8 << 10

// maxKeptBody is the largest buffer of a body that is kept for the next one, in
// bytes.
const maxKeptBody = 256 << 10

// Options are what a Server keeps over every reload.
type Options struct {
	Ledger  core.Ledger
	Metrics *telemetry.Metrics
	Log     zerolog.Logger
	Clock   core.Clock // nil: the system's
	// Plugins returns what the admin API shows of the plugin folder, to be made
	// JSON; nil where there is none.
	Plugins func() any
	// Shadow returns what the admin API shows of a plugin's shadow, to be made
	// JSON, or nil where there is none; nil where there is no folder.
	Shadow func(id string) any
	// Forgetter is told of the end of every exchange that ran a hook; nil for
	// nobody.
	Forgetter core.Forgetter
	// Version is shown by the admin listener.
	Version string
	// Reload reads the configuration anew when the admin API asks for it; nil
	// where there is nothing to read.
	Reload func() error
}

// Server serves exchanges on one listener and the operator on another.
type Server struct {
	ledger  core.Ledger
	metrics *telemetry.Metrics
	log     zerolog.Logger
	debug   bool // exchanges are logged
	clock   core.Clock
	version string
	reload  func() error

	forgetter core.Forgetter
	plugins   func() any
	shadow    func(id string) any

	state   atomic.Pointer[State]
	watch   *watcher
	pool    sync.Pool // *exchange
	desks   sync.Pool // *desk
	carry   *stream.Buffers
	flight  atomic.Int64
	drain   atomic.Bool
	started time.Time

	main, busy      *fasthttp.Server // see busyConns
	admin           *fasthttp.Server
	mainLn, adminLn *listener
	serving         sync.WaitGroup
	serveErr        chan error
	closeOnce       sync.Once

	mainAddr, adminAddr net.Addr
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// New makes a server that will serve first. It listens to nothing yet.
func New(o Options, first *State) (*Server, error) {
	w, err := newWatcher()
	if err != nil {
		return nil, fmt.Errorf("server: watching clients: %w", err)
	}
	// Without it fasthttp keeps the largest body ever seen with each connection.
	fasthttp.SetBodySizePoolLimit(maxKeptBody, maxKeptBody)
	s := &Server{
		ledger: o.Ledger, metrics: o.Metrics, log: o.Log, clock: o.Clock, version: o.Version, reload: o.Reload, forgetter: o.Forgetter, plugins: o.Plugins, shadow: o.Shadow,
		debug: o.Log.Debug().Enabled(), watch: w, carry: &stream.Buffers{}, serveErr: make(chan error, 2),
	}
	if s.clock == nil {
		s.clock = systemClock{}
	}
	s.started = s.clock.Now()
	s.pool.New = func() any { return s.newExchange() }
	s.prepare(first)
	s.state.Store(first)
	return s, nil
}

// Start listens on the addresses of the current state and serves them in the
// background until Shutdown.
func (s *Server) Start() error {
	snap := s.state.Load().Snapshot
	ln, err := s.listen(snap.Listen, snap.Timeouts.Write)
	if err != nil {
		return err
	}
	s.mainAddr = ln.Addr()
	ln.open.most, ln.open.perAddress = snap.Limits.Connections, snap.Limits.ConnectionsPerAddress
	ln.onExcess = s.turnAway(snap.Certificate == nil)
	s.main = s.httpServer(s.handle, s.bodyLimit)
	s.main.Concurrency = math.MaxInt32 // the listener counts
	s.mainLn = ln
	if snap.Certificate == nil {
		s.startBusy(ln)
	}
	s.serve(s.main, s.secure(ln, snap.Certificate))
	if snap.AdminListen == "" {
		return nil
	}
	adminLn, err := s.listen(snap.AdminListen, snap.Timeouts.Write)
	if err != nil {
		_ = s.Shutdown(context.Background())
		return err
	}
	s.adminAddr = adminLn.Addr()
	s.admin = s.httpServer(s.handleAdmin, func(*fasthttp.RequestHeader) int64 { return 1 << 20 })
	s.admin.Concurrency = 64
	s.adminLn = adminLn
	s.serve(s.admin, adminLn)
	return nil
}

// Addr returns the address that exchanges are served on. It is known after
// Start.
func (s *Server) Addr() net.Addr { return s.mainAddr }

// AdminAddr returns the operator's address, nil where there is none.
func (s *Server) AdminAddr() net.Addr { return s.adminAddr }

// Err delivers the error of a listener that died by itself.
func (s *Server) Err() <-chan error { return s.serveErr }

func (s *Server) listen(addr string, write time.Duration) (*listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("server: cannot listen on %s: %w", addr, err)
	}
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		_ = ln.Close()
		return nil, fmt.Errorf("server: %s is not a TCP address", addr)
	}
	return newListener(tcp, write, func(err error) {
		s.metrics.AcceptErrors.Inc()
		s.log.Warn().Err(err).Msg("cannot accept connections for now; raise the limit on open files if this goes on")
	}), nil
}

// startBusy serves the connections of ln that are busy.
func (s *Server) startBusy(ln *listener) {
	t := s.state.Load().Snapshot.Timeouts
	ln.headTimeout, ln.idleTimeout = t.Header, t.Idle
	ln.serveCalm = func(c *conn) { _ = s.main.ServeConn(c) } // errors are the client's, and it was told
	ln.busy = newBusyConns(ln.Addr())
	s.busy = s.httpServer(s.handle, s.bodyLimit)
	s.busy.ReduceMemoryUsage = false
	s.busy.ReadTimeout, s.busy.IdleTimeout = 0, 0 // see readBusy
	s.busy.Concurrency = math.MaxInt32
	s.busy.ConnState = func(c net.Conn, state fasthttp.ConnState) {
		own, ok := c.(*conn)
		switch {
		case !ok:
		case state == fasthttp.StateActive:
			own.begun()
		case state == fasthttp.StateIdle:
			own.ended()
		}
	}
	s.serve(s.busy, ln.busy)
	s.serving.Go(ln.busy.watch)
}

// turnAway returns what happens to a connection beyond a bound: it is closed, with
// a word why where that can be said without TLS.
func (s *Server) turnAway(plain bool) func(*net.TCPConn, bool) {
	return func(c *net.TCPConn, total bool) {
		e := core.Errorf(core.CodeRateLimited, "Too many connections are open from this address (limits.connections_per_address).")
		if total {
			e = core.Errorf(core.CodeOverloaded, "Too many connections are open (limits.connections).")
		}
		s.metrics.Refused(e.Code)
		if plain {
			body := s.state.Load().Dialects[0].RenderError(nil, e, s.newID(s.clock.Now()))
			_, _ = fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
				e.HTTPStatus(), fasthttp.StatusMessage(e.HTTPStatus()), len(body), body) // fits the empty send buffer
		}
		_ = c.Close()
	}
}

// secure puts TLS around ln. The certificate is taken from the current state at
// each handshake, so that a reload renews it.
func (s *Server) secure(ln net.Listener, cert *tls.Certificate) net.Listener {
	if cert == nil {
		return ln
	}
	return tls.NewListener(ln, &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := s.state.Load().Snapshot.Certificate; c != nil {
				return c, nil
			}
			return cert, nil
		},
	})
}

// httpServer makes a server with the timeouts of the current state. The bounds of
// a body are asked for at each request, so that a reload changes them.
func (s *Server) httpServer(h fasthttp.RequestHandler, bodyLimit func(*fasthttp.RequestHeader) int64) *fasthttp.Server {
	snap := s.state.Load().Snapshot
	return &fasthttp.Server{
		Handler:                      h,
		ErrorHandler:                 s.handleParseError,
		ExpectHandler:                s.expect,
		Logger:                       httpLog{s.log},
		SecureErrorLogMessage:        true,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		DisablePreParseMultipartForm: true,
		LazyRequestTime:              true,
		CloseOnShutdown:              true,
		ReduceMemoryUsage:            true, // see ahead
		ReadBufferSize:               headerBuffer,
		ReadTimeout:                  snap.Timeouts.Header,
		IdleTimeout:                  snap.Timeouts.Idle,
		HeaderReceived: func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
			c := fasthttp.RequestConfig{MaxRequestBodySize: int(min(bodyLimit(h), math.MaxInt32))}
			// The header timeout goes on to bound a body that most likely came
			// with the head; a larger one gets a time of its own.
			if n := h.ContentLength(); n < 0 || n >= headerBuffer/2 {
				c.ReadTimeout = s.state.Load().Snapshot.Timeouts.Body
			}
			return c
		},
	}
}

// httpLog takes fasthttp's messages. What it has to say of a connection quotes the
// client's own bytes, which may be a credential in the wrong place, and the
// client has been told already: of those only the fact is logged.
type httpLog struct{ log zerolog.Logger }

// Printf logs one message.
func (l httpLog) Printf(format string, args ...any) {
	if strings.HasPrefix(format, "error when serving connection") {
		l.log.Debug().Msg("a connection ended with a request that could not be read; its client was told")
		return
	}
	telemetry.Printf{Log: l.log}.Printf(format, args...)
}

func (s *Server) serve(h *fasthttp.Server, ln net.Listener) {
	s.serving.Go(func() {
		if err := h.Serve(ln); err != nil && !errors.Is(err, net.ErrClosed) {
			s.serveErr <- fmt.Errorf("server: serving %s: %w", ln.Addr(), err)
		}
	})
}

// Shutdown drains: readiness goes first, then new connections are refused and
// exchanges in flight may finish until ctx ends; after that each is cancelled
// and its client gets an explicit error. It returns when all are over and the
// books of each are closed.
func (s *Server) Shutdown(ctx context.Context) error {
	s.drain.Store(true)
	var err error
	s.closeOnce.Do(func() {
		err = s.shutdown(ctx)
		s.watch.close()
		s.state.Load().release()
	})
	return err
}

func (s *Server) shutdown(ctx context.Context) error {
	err := s.stop(ctx, s.mainLn, expelGrace, s.main, s.busy)
	// The operator can look on until the last exchange is over.
	err = errors.Join(err, s.stop(ctx, s.adminLn, expelGrace/10, s.admin))
	s.serving.Wait()
	return err
}

// expelGrace is how long cancelled exchanges have to write their last event.
const expelGrace = 3 * time.Second

// stop ends the serving of ln's connections. When ctx ends it cancels the
// exchanges in flight and those that still begin, and after grace it closes the
// connections that hold out, such as those on which a request is only half there.
func (s *Server) stop(ctx context.Context, ln *listener, grace time.Duration, servers ...*fasthttp.Server) error {
	if ln == nil {
		return nil
	}
	ln.end()
	done := make(chan error, 1)
	go func() { done <- shutDown(servers) }()
	select {
	case err := <-done:
		return errors.Join(err, ln.finish())
	case <-ctx.Done():
	}
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for deadline := time.Now().Add(grace); ; {
		s.watch.each(func(x *exchange) { x.Cancel(core.CauseDrain) })
		select {
		case err := <-done:
			return errors.Join(err, ln.finish())
		case now := <-ticker.C:
			if now.After(deadline) {
				ln.open.cut()
			}
		}
	}
}

// shutDown ends the servers that there are, all at once.
func shutDown(servers []*fasthttp.Server) error {
	var wg sync.WaitGroup
	errs := make([]error, len(servers))
	for i, h := range servers {
		if h != nil {
			wg.Go(func() { errs[i] = h.Shutdown() })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// newID makes a request id from the wall time and the process's random source.
func (s *Server) newID(now time.Time) core.ID {
	return core.NewID(now, rand.Uint64(), rand.Uint64()) //nolint:gosec // ids are unique, not secret
}
