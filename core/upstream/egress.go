package upstream

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// Egress says which addresses a connection may go to. It is checked on the
// resolved address at the moment of the dial, so that a name which changes its
// address in between (DNS rebinding) gains nothing.
//
// The zero value allows public unicast addresses only. Addresses for private
// use, loopback, link-local, carrier-grade NAT, documentation, multicast and
// transition mechanisms that embed another address are refused.
type Egress struct {
	// Allow lists further networks, e.g. 10.1.0.0/16 for a runtime of one's
	// own. A cloud's metadata address is opened only by a prefix that names
	// exactly this address.
	Allow []netip.Prefix
}

// EgressError says that the egress rules refused an address.
type EgressError struct {
	Addr netip.Addr
	Why  string // the kind of address, e.g. "loopback"
}

// Error returns the address and the reason. It is for logs: it names an
// internal address.
func (e *EgressError) Error() string {
	return fmt.Sprintf("egress rules refuse %s (%s)", e.Addr, e.Why)
}

// special is a network that is not public, after the IANA special-purpose
// address registries (RFC 6890 and its updates).
type special struct {
	prefix netip.Prefix
	why    string
}

var (
	special4 = []special{
		{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
		{netip.MustParsePrefix("10.0.0.0/8"), "private"},
		{netip.MustParsePrefix("100.64.0.0/10"), "carrier-grade NAT"},
		{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
		{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
		{netip.MustParsePrefix("172.16.0.0/12"), "private"},
		{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments"},
		{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
		{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
		{netip.MustParsePrefix("192.168.0.0/16"), "private"},
		{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
		{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
		{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
		{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
		{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	}
	// special6 lists what is not public inside 2000::/3; all else is refused
	// whatever it is.
	special6 = []special{
		{netip.MustParsePrefix("2001::/23"), "protocol assignments, Teredo"},
		{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
		{netip.MustParsePrefix("2002::/16"), "6to4"},
		{netip.MustParsePrefix("3fff::/20"), "documentation"},
	}
	global6 = netip.MustParsePrefix("2000::/3")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")

	// metadata lists where clouds serve credentials to their machines.
	metadata = []netip.Addr{
		netip.MustParseAddr("169.254.169.254"),
		netip.MustParseAddr("169.254.170.2"),
		netip.MustParseAddr("169.254.170.23"),
		netip.MustParseAddr("100.100.100.200"),
		netip.MustParseAddr("168.63.129.16"), // lies in public space
		netip.MustParseAddr("192.0.0.192"),
		netip.MustParseAddr("fd00:ec2::254"),
		netip.MustParseAddr("fd20:ce::254"),
	}
)

// Check returns nil when a connection to a is allowed, else an [*EgressError].
func (e Egress) Check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if why := refusal(a); why != "" && !e.allows(a) {
		return &EgressError{Addr: a, Why: why}
	}
	return nil
}

func (e Egress) allows(a netip.Addr) bool {
	secret := isMetadata(a)
	for _, p := range e.Allow {
		if p.Contains(a) && (!secret || p.IsSingleIP()) {
			return true
		}
	}
	return false
}

// refusal names the kind of address that a is, or "" when it is public.
func refusal(a netip.Addr) string {
	switch {
	case !a.IsValid():
		return "no address"
	case isMetadata(a):
		return "cloud metadata"
	case a.Is4():
		return lookup(special4, a)
	case nat64.Contains(a):
		b := a.As16()
		inner := netip.AddrFrom4([4]byte(b[12:]))
		if why := refusal(inner); why != "" {
			return "NAT64 of " + why
		}
		return ""
	case a.IsLoopback():
		return "loopback"
	case !global6.Contains(a):
		return "not global unicast"
	default:
		return lookup(special6, a)
	}
}

func lookup(list []special, a netip.Addr) string {
	for i := range list {
		if list[i].prefix.Contains(a) {
			return list[i].why
		}
	}
	return ""
}

func isMetadata(a netip.Addr) bool {
	return slices.Contains(metadata, a)
}

// control is a net.Dialer's ControlContext: it sees each resolved address just
// before the connect.
func (e Egress) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return &EgressError{Why: "network " + network}
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &EgressError{Why: "unreadable address"}
	}
	return e.Check(to.Addr())
}

// exempt returns e with the exemption for a host that the operator wrote into
// the base URL as a literal address or as "localhost".
func (e Egress) exempt(host string) Egress {
	var more []netip.Prefix
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		more = []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}
	} else if host == "localhost" {
		more = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	} else {
		return e
	}
	return Egress{Allow: append(more, e.Allow...)}
}
