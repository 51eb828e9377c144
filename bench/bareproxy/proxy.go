package main

import (
	"bufio"
	"fmt"
	"io"
	"sync"

	"github.com/valyala/fasthttp"
)

// Answers is how a proxy hands answers on. Each way is the cheapest for what it
// is good for, so that nobody is compared with a proxy that pays for a choice.
type Answers string

// The ways to hand answers on.
const (
	// Whole reads the whole answer into the client's response, without a copy of
	// our own. A stream arrives in one piece at its end.
	Whole Answers = "whole"
	// Copy streams: each read of the upstream is written and flushed by a loop in
	// SetBodyStreamWriter.
	Copy Answers = "copy"
	// Body streams: the upstream's body is the body of our response, which the
	// server reads and flushes itself (SetBodyStream).
	Body Answers = "body"
)

// chunkBytes is the size of a read from the upstream, fasthttp's own default.
const chunkBytes = 4096

// NewHandler returns a handler that forwards every request to upstream, a
// host:port. It fails when it does not know the way.
func NewHandler(upstream string, answers Answers) (fasthttp.RequestHandler, error) {
	client := &fasthttp.HostClient{
		Addr:                          upstream,
		MaxConns:                      1 << 14,
		MaxResponseBodySize:           64 << 20,
		NoDefaultUserAgentHeader:      true,
		DisableHeaderNamesNormalizing: true,
		DisablePathNormalizing:        true,
		StreamResponseBody:            answers != Whole,
	}
	switch answers {
	case Whole, Body:
		return func(ctx *fasthttp.RequestCtx) { forward(client, ctx) }, nil
	case Copy:
		p := &copier{client: client}
		return p.forward, nil
	}
	return nil, fmt.Errorf("unknown way %q to hand answers on; known: whole, copy, body", answers)
}

// forward does without any copy: the client reads into the server's response.
// With a streamed body it leaves the body there, and the server closes it.
func forward(client *fasthttp.HostClient, ctx *fasthttp.RequestCtx) {
	dropHop(&ctx.Request.Header)
	if err := client.Do(&ctx.Request, &ctx.Response); err != nil {
		ctx.Error("upstream: "+err.Error(), fasthttp.StatusBadGateway)
		return
	}
	ctx.Response.Header.Del(fasthttp.HeaderConnection)
	ctx.Response.ImmediateHeaderFlush = client.StreamResponseBody
}

// dropHop removes the header field that belongs to the client's connection and
// not to the upstream's (RFC 9110 §7.6.1). There is no more to it for clients
// that send no other one.
func dropHop(h *fasthttp.RequestHeader) { h.Del(fasthttp.HeaderConnection) }

// copier streams by a copy loop.
type copier struct {
	client  *fasthttp.HostClient
	buffers sync.Pool // of *[chunkBytes]byte
}

func (p *copier) forward(ctx *fasthttp.RequestCtx) {
	dropHop(&ctx.Request.Header)
	answer := fasthttp.AcquireResponse()
	if err := p.client.Do(&ctx.Request, answer); err != nil {
		fasthttp.ReleaseResponse(answer)
		ctx.Error("upstream: "+err.Error(), fasthttp.StatusBadGateway)
		return
	}
	answer.Header.CopyTo(&ctx.Response.Header)
	ctx.Response.Header.Del(fasthttp.HeaderConnection)
	ctx.Response.ImmediateHeaderFlush = true
	ctx.SetBodyStreamWriter(func(w *bufio.Writer) {
		p.loop(w, answer.BodyStream())
		_ = answer.CloseBodyStream() // also gives the connection back
		fasthttp.ReleaseResponse(answer)
	})
}

// loop writes and flushes each read until one side ends.
func (p *copier) loop(w *bufio.Writer, from io.Reader) {
	buf, ok := p.buffers.Get().(*[chunkBytes]byte)
	if !ok {
		buf = new([chunkBytes]byte)
	}
	defer p.buffers.Put(buf)
	for {
		n, err := from.Read(buf[:])
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil || w.Flush() != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
