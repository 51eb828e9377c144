//go:build !unix

package upstream

import "net"

// prober cannot look at an idle connection here; a stale one is found by the
// request that fails on it.
type prober struct{}

func (*prober) init(net.Conn) {}
func (*prober) quiet() bool   { return true }
