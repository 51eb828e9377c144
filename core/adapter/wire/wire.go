// Package wire is the contract between the gateway and adapters: the service in
// adapter.proto, its generated code, and the handshake. Both sides import it,
// core/adapter and sdk/adapter.
package wire

import "github.com/hashicorp/go-plugin"

//go:generate go test -run ^TestGenerated$ -count=1 . -args -update

// Name is the service's name in go-plugin's set of plugins.
const Name = "adapter"

// Handshake is what both sides must agree upon before they speak. The cookie is
// no secret: it keeps people from running an adapter by hand.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  1,
		MagicCookieKey:   "SALLYPORT_ADAPTER",
		MagicCookieValue: "4f1c9ad2-the-gateway-runs-this",
	}
}
