package upstream

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	defaultFetches = 64              // at once, of all exchanges
	fetchConnect   = 5 * time.Second // for the name, TCP and TLS
	maxFetchURL    = 8 << 10         // bytes
)

// FetcherOptions are the rules of a [Fetcher]. The zero value is a good default.
type FetcherOptions struct {
	// Egress says which addresses may be dialled. Unlike those of providers, the
	// hosts are named by strangers: an address or "localhost" in a URL allows
	// nothing by itself, and plain http goes only to networks that Egress.Allow
	// names.
	Egress Egress
	// RootCAs verify TLS certificates; nil means those of the system.
	RootCAs *x509.CertPool
	// Resolver looks names up; nil means Go's own.
	Resolver *net.Resolver
	// UserAgent is what hosts are told; "" means "sallyport".
	UserAgent string
	// AtOnce bounds the fetches under way, of all exchanges together; 0 means 64.
	// Those beyond wait.
	AtOnce int
}

// FetchBounds bound one fetch.
type FetchBounds struct {
	// Until is when it must be over.
	Until time.Time
	// Left is how many bytes may still be fetched. What comes is taken from it, so
	// that several fetches can share it.
	Left *atomic.Int64
}

// Fetcher gets what clients name by URL. It sends no credential and nothing of the
// client's, follows no redirect, keeps no connection, and says the same of a host
// that cannot be reached as of one that the egress rules refuse: nobody learns by it
// what there is on an internal network. It is safe for concurrent use.
type Fetcher struct {
	opt   FetcherOptions
	slots chan struct{}
}

// NewFetcher makes a fetcher. It opens nothing.
func NewFetcher(o FetcherOptions) *Fetcher {
	o.UserAgent = cmp.Or(o.UserAgent, "sallyport")
	if o.AtOnce <= 0 {
		o.AtOnce = defaultFetches
	}
	if o.Resolver == nil {
		o.Resolver = newResolver(nil)
	}
	return &Fetcher{opt: o, slots: make(chan struct{}, o.AtOnce)}
}

// Fetch gets what lies at the URL, and the Content-Type that its host gives it.
// ex is an exchange of the caller's own: it is armed with the fetch, which
// [core.Exchange.Cancel] ends.
//
// Errors blame the client with CodeInvalidField, without Param; or they have
// CodeOverloaded, when too much was being fetched until the time was over, or the
// code of the exchange's cause.
func (f *Fetcher) Fetch(ex *core.Exchange, rawURL string, b FetchBounds) (body []byte, contentType string, _ *core.Error) {
	p, target := f.host(rawURL, b)
	if p == nil {
		return nil, "", refused("This cannot be fetched: it is no absolute https URL, without user and password, in ASCII.")
	}
	if err := f.enter(ex, b.Until); err != nil {
		return nil, "", err
	}
	defer func() { <-f.slots }()
	h, err := NewHost(p, Options{MaxConns: 1, RootCAs: f.opt.RootCAs, Resolver: f.opt.Resolver, control: f.control(p.Scheme)})
	if err != nil {
		return nil, "", notReached(err)
	}
	defer h.Close()
	at := ex.NewAttempt(&core.Deployment{Provider: p})
	at.Request.Method, at.Request.Path = "GET", target
	at.Request.Set("User-Agent", f.opt.UserAgent)
	at.Request.Set("Accept", "*/*")
	var resp Response
	if err := h.Do(ex, at, &resp); err != nil {
		return nil, "", fetchError(ex, at, err)
	}
	defer resp.Close(false)
	switch {
	case resp.Status >= 300 && resp.Status <= 399:
		return nil, "", refused("The URL leads to another one, and redirects are not followed. Give the last one.")
	case resp.Status != 200:
		return nil, "", refused(fmt.Sprintf("The host of the URL answered with status %d.", resp.Status))
	}
	contentType = string(resp.Get("Content-Type"))
	body, bad := readFetched(ex, at, &resp, b.Left)
	return body, contentType, bad
}

// host reads the URL: it returns its host as a provider and the request target, or
// nil where it is none that can be fetched.
func (f *Fetcher) host(rawURL string, b FetchBounds) (*core.Provider, string) {
	if len(rawURL) > maxFetchURL {
		return nil, ""
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Opaque != "" || u.User != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, ""
	}
	for _, c := range []byte(u.Host) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>\^{|}/?#@`, c) >= 0 {
			return nil, ""
		}
	}
	target := escapeTarget(u.RequestURI())
	if !isTarget(target) {
		return nil, ""
	}
	p := &core.Provider{Name: "url", Scheme: u.Scheme, Host: u.Host, HostHeader: u.Host}
	left := max(time.Until(b.Until), time.Millisecond)
	p.Timeouts = core.Timeouts{Connect: min(fetchConnect, left), FirstByte: left, Idle: left, Total: left}
	return p, target
}

// escapeTarget escapes what people write into URLs and no request line may hold.
func escapeTarget(s string) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		if c == ' ' || c >= 0x7f {
			out = append(out, '%', digits[c>>4], digits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

// control returns the egress rules for URLs of a scheme.
func (f *Fetcher) control(scheme string) func(context.Context, string, string, syscall.RawConn) error {
	e := f.opt.Egress
	if scheme == "https" {
		return e.control
	}
	return func(ctx context.Context, network, address string, c syscall.RawConn) error {
		if err := e.control(ctx, network, address, c); err != nil {
			return err
		}
		if to, err := netip.ParseAddrPort(address); err != nil || !e.allows(to.Addr().Unmap().WithZone("")) {
			return &EgressError{Addr: to.Addr(), Why: "not among the networks for plain http"}
		}
		return nil
	}
}

// queued is a fetch that waits for its turn; a cancellation ends the wait.
type queued chan struct{}

// Cancel ends the wait.
func (q queued) Cancel() { close(q) }

// enter waits for a place.
func (f *Fetcher) enter(ex *core.Exchange, until time.Time) *core.Error {
	if ex.Cause() != core.CauseNone {
		return fetchCancelled(ex)
	}
	select {
	case f.slots <- struct{}{}:
		return nil
	default:
	}
	gone := make(queued)
	if !ex.Arm(gone) {
		return fetchCancelled(ex)
	}
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case f.slots <- struct{}{}:
		if ex.Disarm() {
			return nil
		}
		<-f.slots
		return fetchCancelled(ex)
	case <-gone:
		return fetchCancelled(ex)
	case <-t.C:
		ex.Disarm()
		return core.Errorf(core.CodeOverloaded, "too much is being fetched from URLs; send the content, or try again")
	}
}

// readFetched reads the body within the bytes that are left.
func readFetched(ex *core.Exchange, at *core.Attempt, resp *Response, left *atomic.Int64) ([]byte, *core.Error) {
	size := resp.ContentLength()
	if size > left.Load() {
		return nil, fetchTooLarge()
	}
	body := make([]byte, 0, min(max(size, 4<<10), trustStep))
	for {
		b, err := resp.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			return body, nil
		}
		if err != nil {
			return nil, fetchError(ex, at, resp.stop(err))
		}
		if left.Add(-int64(len(b))) < 0 {
			return nil, fetchTooLarge()
		}
		body = append(body, b...)
	}
}

func fetchTooLarge() *core.Error {
	return refused("What lies at the URLs of this request is larger than the gateway fetches. Send fewer or smaller ones.")
}

// fetchError makes of an error of the connection what a client may know.
func fetchError(ex *core.Exchange, at *core.Attempt, err *core.Error) *core.Error {
	switch {
	case ex.Cause() != core.CauseNone:
		return fetchCancelled(ex)
	case !at.Sent:
		return notReached(err)
	}
	var e *core.Error
	switch err.Code {
	case core.CodeUpstreamTimeout, core.CodeUpstreamIdle, core.CodeDeadline:
		e = refused("What lies at the URL did not arrive in time.")
	default:
		e = refused("The answer of the URL's host cannot be read.")
	}
	e.Cause = err
	return e
}

// notReached is the one answer for hosts that the rules refuse and hosts that do
// not answer.
func notReached(cause error) *core.Error {
	e := refused("The host of the URL cannot be reached from the gateway, or must not be. Give a public https URL, or send the content.")
	e.Cause = cause
	return e
}

func refused(text string) *core.Error {
	return core.ClientErrorf(core.CodeInvalidField, "", "%s", text)
}

func fetchCancelled(ex *core.Exchange) *core.Error {
	return ex.Cause().Failure("request", "the time for the whole request ran out while something was fetched from a URL")
}
