package adapter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// Serve serves a until the gateway has had enough, and is all that a main does.
// A process that the gateway did not start says so and exits with status 1.
func Serve(a Adapter) {
	syscall.Umask(0o077)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGHUP) // the gateway decides when to end
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake(),
		Plugins:         plugin.PluginSet{wire.Name: service{server: newServer(a)}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.MaxRecvMsgSize(maxMessage))...)
		},
		Logger: hclog.NewNullLogger(),
	})
	if c, ok := a.(Closer); ok {
		if err := c.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "close:", err)
		}
	}
}

// maxMessage bounds a message from the gateway, in bytes.
const maxMessage = 256 << 20

// service is the contract for go-plugin, the adapter's side.
type service struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

func (s service) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	wire.RegisterAdapterServer(g, s.server)
	return nil
}

func (service) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("an adapter calls none")
}
