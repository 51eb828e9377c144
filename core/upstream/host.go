package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Options are the bounds and rules of a [Host]. The zero value is a good
// default.
type Options struct {
	// MaxConns bounds the open connections of one host; 0 means 4096.
	MaxConns int
	// MaxPending bounds the exchanges that wait for a connection when all are
	// in use; 0 means 1024, less than 0 that none may. Those beyond get
	// CodeOverloaded at once.
	MaxPending int
	// MaxIdle is how long an unused connection is kept; 0 means 55 s, below the
	// 60 s after which common servers and balancers close one.
	MaxIdle time.Duration
	// Resend is asked before a request is sent once more because its connection
	// turned out to be closed, see [Host.Do]; nil allows each. It is safe for
	// concurrent use.
	Resend func() bool
	// Egress says which addresses may be dialled.
	Egress Egress
	// RootCAs verify TLS certificates; nil means those of the system.
	RootCAs *x509.CertPool
	// Resolver looks names up; nil means Go's own, which asks anew for each
	// dial, so that a changed address is used as soon as the name server tells
	// it, and which a cancellation interrupts.
	Resolver *net.Resolver

	// control is asked about each address in place of Egress, for a host that no
	// operator named.
	control func(ctx context.Context, network, address string, c syscall.RawConn) error
}

// Equal tells whether a host built with o may serve where p is asked for. Of
// Resend it knows nothing.
func (o Options) Equal(p Options) bool {
	return o.MaxConns == p.MaxConns && o.MaxPending == p.MaxPending && o.MaxIdle == p.MaxIdle &&
		slices.Equal(o.Egress.Allow, p.Egress.Allow) && o.RootCAs.Equal(p.RootCAs) && o.Resolver == p.Resolver
}

func (o Options) withDefaults() Options {
	if o.MaxConns <= 0 {
		o.MaxConns = 4096
	}
	if o.MaxPending == 0 {
		o.MaxPending = 1024
	}
	if o.MaxIdle <= 0 {
		o.MaxIdle = 55 * time.Second
	}
	if o.Resolver == nil {
		o.Resolver = newResolver(nil)
	}
	return o
}

// Host is the pool of connections to one host of a provider. It is safe for
// concurrent use.
type Host struct {
	name   string // the provider's, for messages
	addr   string // host:port to dial
	line   []byte // what follows the request target up to the first field
	tls    *tls.Config
	dialer net.Dialer
	opt    Options
	epoch  time.Time // moments are counted from here
	kinds  kinds

	// wary is set once a request met a closed connection: from then on each
	// connection is looked at before use, however short it rested.
	wary    atomic.Bool
	dials   atomic.Int64
	refused atomic.Int64

	readers sync.Pool // *[readBuffer]byte
	writers sync.Pool // *[writeBuffer]byte

	mu       sync.Mutex
	idle     []*conn // the newest last
	open     int     // connections open or being dialled
	waiters  []*waiter
	closed   bool
	sweeping bool
	sweeper  *time.Timer
}

// Stats are the counts of a [Host] at one moment.
type Stats struct {
	Open    int   // connections open or being dialled
	Idle    int   // of those, not in use
	Waiting int   // exchanges that wait for one
	Dials   int64 // connections ever dialled
	Refused int64 // exchanges ever refused because too many were waiting
}

// NewHost makes the pool for the provider's host. It opens nothing. The
// provider's Scheme must be http or https and Host be "host" or "host:port".
func NewHost(p *core.Provider, o Options) (*Host, error) {
	o = o.withDefaults()
	secure := p.Scheme == "https"
	if !secure && p.Scheme != "http" {
		return nil, fmt.Errorf("upstream: provider %q: scheme %q is neither http nor https", p.Name, p.Scheme)
	}
	name, addr := splitHost(p.Host, secure)
	field := p.HostHeader
	if field == "" {
		field = p.Host
	}
	if name == "" || !isText(field) {
		return nil, fmt.Errorf("upstream: provider %q: %q is not a host", p.Name, p.Host)
	}
	h := &Host{name: p.Name, addr: addr, opt: o, epoch: time.Now(), line: []byte(" HTTP/1.1\r\nHost: " + field + "\r\n")}
	h.dialer = net.Dialer{Resolver: o.Resolver, ControlContext: o.control}
	if o.control == nil {
		h.dialer.ControlContext = o.Egress.exempt(name).control
	}
	if secure {
		h.tls = &tls.Config{
			MinVersion:         tls.VersionTLS12,
			ServerName:         name,
			RootCAs:            o.RootCAs,
			NextProtos:         []string{"http/1.1"},
			ClientSessionCache: tls.NewLRUClientSessionCache(32),
		}
	}
	h.readers.New = func() any { return new([readBuffer]byte) }
	h.writers.New = func() any { return new([writeBuffer]byte) }
	return h, nil
}

// splitHost returns the host's bare name and the address to dial.
func splitHost(host string, secure bool) (name, addr string) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "80"
		if secure {
			port = "443"
		}
	}
	return name, net.JoinHostPort(name, port)
}

// Stats returns the counts of now.
func (h *Host) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Open: h.open, Idle: len(h.idle), Waiting: len(h.waiters), Dials: h.dials.Load(), Refused: h.refused.Load()}
}

// Close closes the idle connections, and the busy ones when they come back.
// Exchanges under way are not disturbed, and later ones still work, each on a
// connection of its own.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	idle := h.idle
	h.idle = nil
	h.open -= len(idle)
	if h.sweeper != nil {
		h.sweeper.Stop()
	}
	h.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// sweep closes connections that rested for too long.
func (h *Host) sweep() {
	now, maxIdle := h.now(), moment(h.opt.MaxIdle)
	h.mu.Lock()
	n := 0
	for n < len(h.idle) && now-h.idle[n].since >= maxIdle {
		n++
	}
	old := slices.Clone(h.idle[:n])
	h.idle = slices.Delete(h.idle, 0, n)
	h.open -= n
	if h.sweeping = len(h.idle) > 0; h.sweeping {
		h.sweeper.Reset(time.Duration(maxIdle - (now - h.idle[0].since)))
	}
	h.mu.Unlock()
	for _, c := range old {
		c.close()
	}
}
