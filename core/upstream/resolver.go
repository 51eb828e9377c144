package upstream

import (
	"context"
	"net"
)

// newResolver makes Go's own resolver, which keeps no cache, over connections
// that dial makes; nil stands for the name servers of the system. Unlike the
// plain one it lets go of a silent name server as soon as nobody waits for the
// name any more, instead of after the name server's own timeout.
func newResolver(dial func(ctx context.Context, network, address string) (net.Conn, error)) *net.Resolver {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		// The resolver ends ctx with each query, whatever becomes of it.
		context.AfterFunc(ctx, func() { _ = c.SetDeadline(past) })
		return c, nil
	}}
}
