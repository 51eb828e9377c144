package adapter

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// process is one start of an adapter that succeeded: it shook hands, said what
// it offers and took its configuration.
type process struct {
	api    wire.AdapterClient
	calls  []string // of DescribeReply
	client *plugin.Client
	child  *child
	folder string

	mu    sync.Mutex
	conns []*grpc.ClientConn // all that go-plugin made
}

// startProcess starts the worker's adapter. It returns when ctx ends, and leaves
// nothing behind where it fails.
func (w *worker) startProcess(ctx context.Context) (*process, error) {
	a := w.artifact
	// What go-plugin checks when it starts programs itself.
	same, err := (&plugin.SecureConfig{Checksum: a.digest[:], Hash: sha256.New()}).Check(a.path)
	if err == nil && !same {
		err = plugin.ErrChecksumsDoNotMatch
	}
	if err != nil {
		return nil, fmt.Errorf("the copy that is run is not what was loaded: %w", err)
	}
	folder, err := os.MkdirTemp(a.host.folder, "s") // mode 0700; short, since paths of sockets are
	if err != nil {
		return nil, err
	}
	out := &output{log: w.line, count: &w.counters}
	guard := a.host.opts.Guard
	cmd := exec.Command(guard[0], append(slices.Clone(guard[1:]), a.path)...) //nolint:gosec // the gateway's own
	cmd.Dir = folder
	p := &process{folder: folder, child: newChild(w.name, folder, cmd, out)}
	p.client = plugin.NewClient(w.clientConfig(ctx, p, out))
	hurry := context.AfterFunc(ctx, p.child.kill) // go-plugin's own steps do not all end in time
	err = p.connect()
	if err == nil {
		err = p.agree(ctx, w)
	}
	if hurry() && err == nil {
		return p, nil
	}
	p.child.kill()
	p.close()
	return nil, startError(ctx, err, out)
}

// startError says why a start failed, in words for the operator.
func startError(ctx context.Context, err error, out *output) error {
	text := "it was not ready in time"
	if err != nil && ctx.Err() == nil {
		text = core.Printable(err.Error())
	}
	if said := out.said(); said != "" {
		text += "; the last thing it said: " + said
	}
	return errors.New(core.Cut(text, 2*maxTail))
}

func (w *worker) clientConfig(ctx context.Context, p *process, out *output) *plugin.ClientConfig {
	handshake := wire.Handshake()
	deadline, _ := ctx.Deadline()
	return &plugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          plugin.PluginSet{wire.Name: service{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     max(time.Until(deadline), time.Millisecond),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: p.folder},
		Logger:           hclog.NewNullLogger(),
		SyncStdout:       &stream{out: out},
		SyncStderr:       &stream{out: out},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) {
			p.child.cmd.Env = append(slices.Clone(w.env), spec.Env...)
			return p.child, nil
		},
		// go-plugin forgets a connection when its own first call on it fails.
		GRPCDialOptions: []grpc.DialOption{grpc.WithChainStreamInterceptor(
			func(ctx context.Context, d *grpc.StreamDesc, c *grpc.ClientConn, method string, next grpc.Streamer, o ...grpc.CallOption) (grpc.ClientStream, error) {
				p.keep(c)
				return next(ctx, d, c, method, o...)
			},
		)},
	}
}

// service is the contract for go-plugin, the gateway's side.
type service struct{ plugin.NetRPCUnsupportedPlugin }

func (service) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the gateway serves no adapters")
}

func (service) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return wire.NewAdapterClient(c), nil
}

// connect shakes hands.
func (p *process) connect() error {
	protocol, err := p.client.Client()
	if err != nil {
		return fmt.Errorf("the handshake failed: %w", err)
	}
	raw, err := protocol.Dispense(wire.Name)
	if err != nil {
		return err
	}
	p.api = raw.(wire.AdapterClient) //nolint:forcetypeassert // service makes no other
	return nil
}

// agree asks what the adapter offers, sees that it is what the manifest
// promises, and configures it.
func (p *process) agree(ctx context.Context, w *worker) error {
	d, err := p.api.Describe(ctx, &wire.DescribeRequest{Revision: abi.Revision}, maxReceive(abi.MaxReply))
	if err != nil {
		return fmt.Errorf("it does not describe itself: %s", status.Convert(err).Message())
	}
	if d.GetAbi() != 1 {
		return fmt.Errorf("it speaks version %d of the frames, the gateway version 1; build it with the gateway's own SDK", d.GetAbi())
	}
	for _, hook := range w.artifact.hooks() {
		if !slices.Contains(d.GetHooks(), hook) {
			return fmt.Errorf("its manifest names the hook %s, which it does not offer; it offers %q", hook, d.GetHooks())
		}
	}
	p.calls = d.GetCalls()
	if _, err := p.api.Configure(ctx, &wire.ConfigureRequest{Frame: w.frame}, maxReceive(abi.MaxReply)); err != nil {
		return fmt.Errorf("it refuses its configuration: %s", status.Convert(err).Message())
	}
	return nil
}

func (p *process) keep(c *grpc.ClientConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.conns, c) {
		p.conns = append(p.conns, c)
	}
}

// ended is closed when the process is gone.
func (p *process) ended() <-chan struct{} { return p.child.ended }

// stop asks the adapter to end, kills it if it has not within grace, and returns
// when nothing is left of it.
func (p *process) stop(grace time.Duration) {
	late := time.AfterFunc(grace, p.child.kill)
	p.close()
	late.Stop()
}

// close lets go of a process that is gone or going.
func (p *process) close() {
	p.client.Kill()
	p.mu.Lock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	if p.child.ID() != "" {
		<-p.child.ended
	}
	_ = os.RemoveAll(p.folder) //nolint:gosec // made by startProcess
}

// maxReceive bounds a message from an adapter; n is of its content, in bytes.
func maxReceive(n int) grpc.CallOption {
	return grpc.MaxCallRecvMsgSize(min(n, math.MaxInt32-1024) + 1024)
}
