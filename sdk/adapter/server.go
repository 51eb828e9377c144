package adapter

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// server is an adapter as the service of adapter.proto.
type server struct {
	wire.UnimplementedAdapterServer
	adapter Adapter

	mu    sync.Mutex
	calls map[string]map[*context.CancelFunc]struct{} // under way, by id
}

func newServer(a Adapter) *server {
	return &server{adapter: a, calls: map[string]map[*context.CancelFunc]struct{}{}}
}

// Describe says what the adapter's methods are.
func (s *server) Describe(context.Context, *wire.DescribeRequest) (*wire.DescribeReply, error) {
	d := &wire.DescribeReply{Abi: 1}
	a := s.adapter
	if v, ok := a.(Versioner); ok {
		d.Version = v.Version()
	}
	for _, name := range []string{abi.HookReceive, abi.HookPrompt, abi.HookRoute, abi.HookAnswer, abi.HookWindow, abi.HookComplete} {
		if hookOf(a, name) != nil {
			d.Hooks = append(d.Hooks, name)
		}
	}
	offer := func(has bool, names ...string) {
		if has {
			d.Calls = append(d.Calls, names...)
		}
	}
	_, generates := a.(Generator)
	_, embeds := a.(Embedder)
	_, reranks := a.(Reranker)
	_, predicts := a.(Predictor)
	_, starts := a.(Starter)
	_, scales := a.(Scaler)
	_, meters := a.(Meter)
	offer(generates, "generate")
	offer(embeds, "embed")
	offer(reranks, "rerank")
	offer(predicts, "predict")
	offer(starts, "start", "stop")
	offer(scales, "scale")
	offer(meters, "load")
	offer(generates || embeds || reranks || predicts, "cancel")
	return d, nil
}

// Configure hands over the configuration.
func (s *server) Configure(ctx context.Context, r *wire.ConfigureRequest) (reply *wire.ConfigureReply, err error) {
	defer fence("configure", &err)
	var c abi.ConfigureCall
	if err := c.Decode(r.GetFrame()); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if err := s.adapter.Configure(ctx, &c); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &wire.ConfigureReply{}, nil
}

// Health asks the adapter, if it has a say.
func (s *server) Health(ctx context.Context, _ *wire.HealthRequest) (reply *wire.HealthReply, err error) {
	defer fence("health", &err)
	if c, ok := s.adapter.(Checker); ok {
		if err := c.Health(ctx); err != nil {
			return nil, status.Error(codes.Unavailable, err.Error())
		}
	}
	return &wire.HealthReply{}, nil
}

// Hook runs one hook.
func (s *server) Hook(ctx context.Context, r *wire.HookRequest) (reply *wire.HookReply, err error) {
	defer fence(r.GetHook(), &err)
	run := hookOf(s.adapter, r.GetHook())
	if run == nil {
		return nil, status.Errorf(codes.Unimplemented, "the adapter has no hook %q", r.GetHook())
	}
	var out abi.Reply
	if err := run(ctx, r.GetFrame(), &out); err != nil {
		return nil, err
	}
	return &wire.HookReply{Frame: out.Append(nil)}, nil
}

// runner decodes a hook's frame and runs it.
type runner func(ctx context.Context, frame []byte, r *abi.Reply) error

// hookOf returns the adapter's hook of that name, or nil.
func hookOf(a Adapter, name string) runner {
	switch name {
	case abi.HookReceive:
		if h, ok := a.(Receiver); ok {
			return decoded[abi.ReceiveCall](h.Receive)
		}
	case abi.HookPrompt:
		if h, ok := a.(Prompter); ok {
			return decoded[abi.PromptCall](h.Prompt)
		}
	case abi.HookRoute:
		if h, ok := a.(Router); ok {
			return decoded[abi.RouteCall](h.Route)
		}
	case abi.HookAnswer:
		if h, ok := a.(Answerer); ok {
			return decoded[abi.AnswerCall](h.Answer)
		}
	case abi.HookWindow:
		if h, ok := a.(Windower); ok {
			return decoded[abi.WindowCall](h.Window)
		}
	case abi.HookComplete:
		if h, ok := a.(Completer); ok {
			return decoded[abi.CompleteCall](h.Complete)
		}
	}
	return nil
}

func decoded[C any, P interface {
	*C
	Decode(frame []byte) error
}](hook func(context.Context, P, *abi.Reply) error) runner {
	return func(ctx context.Context, frame []byte, r *abi.Reply) error {
		var c C
		if err := P(&c).Decode(frame); err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		return hook(ctx, &c, r)
	}
}

// fence makes a panic an error of the call, with the stack in the log.
func fence(call string, err *error) {
	if v := recover(); v != nil {
		*err = status.Errorf(codes.Internal, "%s panicked: %v", call, v)
		fmt.Fprintf(stderr(), "panic in %s: %v\n%s", call, v, debug.Stack())
	}
}
