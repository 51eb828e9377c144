package adapter

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// bare is an adapter that can do nothing.
type bare struct{ err error }

func (b bare) Configure(context.Context, *ConfigureCall) error { return b.err }

// full can do everything.
type full struct {
	bare
	panics bool
	begun  chan struct{}
}

func (f *full) Version() string                                                   { return "1.2.3" }
func (f *full) Health(context.Context) error                                      { return f.err }
func (f *full) Receive(context.Context, *ReceiveCall, *Reply) error               { return nil }
func (f *full) Route(context.Context, *RouteCall, *Reply) error                   { return nil }
func (f *full) Answer(context.Context, *AnswerCall, *Reply) error                 { return nil }
func (f *full) Window(context.Context, *WindowCall, *Reply) error                 { return nil }
func (f *full) Complete(context.Context, *CompleteCall, *Reply) error             { return nil }
func (f *full) Generate(context.Context, *GenerateCall, func(*Piece) error) error { return nil }

func (f *full) Prompt(_ context.Context, c *PromptCall, r *Reply) error {
	if f.panics {
		panic("oh")
	}
	r.Hold = c.Messages
	return nil
}

func (f *full) Embed(ctx context.Context, _ *EmbedRequest) (*EmbedReply, error) {
	close(f.begun)
	<-ctx.Done()
	return nil, ctx.Err()
}

func (f *full) Rerank(context.Context, *RerankRequest) (*RerankReply, error) {
	return &RerankReply{}, nil
}

func (f *full) Predict(context.Context, *PredictRequest) (*PredictReply, error) {
	return &PredictReply{}, nil
}

func (f *full) Start(context.Context, *StartRequest) (*StartReply, error) { return &StartReply{}, nil }

func (f *full) Stop(context.Context, *StopRequest) (*StopReply, error) { return &StopReply{}, nil }

func (f *full) Scale(context.Context, *ScaleRequest) (*ScaleReply, error) { return &ScaleReply{}, nil }

func (f *full) Load(context.Context, *LoadRequest) (*LoadReply, error) { return &LoadReply{}, nil }

func TestDescribe(t *testing.T) {
	d, err := newServer(&full{}).Describe(t.Context(), nil)
	if err != nil || d.GetAbi() != 1 || d.GetVersion() != "1.2.3" ||
		!slices.Equal(d.GetHooks(), []string{"receive", "prompt", "route", "answer", "window", "complete"}) ||
		!slices.Equal(d.GetCalls(), []string{"generate", "embed", "rerank", "predict", "start", "stop", "scale", "load", "cancel"}) {
		t.Errorf("%v, %v", d, err)
	}
	if d, err := newServer(bare{}).Describe(t.Context(), nil); err != nil || len(d.GetHooks())+len(d.GetCalls()) > 0 {
		t.Errorf("%v, %v", d, err)
	}
}

// TestEveryCall: a call that the adapter has answers, another is UNIMPLEMENTED.
func TestEveryCall(t *testing.T) {
	for a, want := range map[Adapter]codes.Code{&full{}: codes.OK, bare{}: codes.Unimplemented} {
		s, ctx := newServer(a), t.Context()
		calls := map[string]func() error{
			"rerank":  func() error { _, err := s.Rerank(ctx, &wire.RerankRequest{Id: "a"}); return err },
			"predict": func() error { _, err := s.Predict(ctx, &wire.PredictRequest{Id: "a"}); return err },
			"start":   func() error { _, err := s.Start(ctx, &wire.StartRequest{}); return err },
			"stop":    func() error { _, err := s.Stop(ctx, &wire.StopRequest{}); return err },
			"scale":   func() error { _, err := s.Scale(ctx, &wire.ScaleRequest{}); return err },
			"load":    func() error { _, err := s.Load(ctx, &wire.LoadRequest{}); return err },
		}
		for _, hook := range []string{"receive", "prompt", "route", "answer", "window", "complete"} {
			calls[hook] = func() error { _, err := s.Hook(ctx, &wire.HookRequest{Hook: hook}); return err }
		}
		for name, f := range calls {
			if err := f(); status.Code(err) != want {
				t.Errorf("%T, %s: %v", a, name, err)
			}
		}
		if len(s.calls) > 0 {
			t.Errorf("calls are left: %v", s.calls)
		}
	}
}

func TestHook(t *testing.T) {
	f := &full{}
	s := newServer(f)
	call := abi.PromptCall{Messages: 7}
	r, err := s.Hook(t.Context(), &wire.HookRequest{Hook: "prompt", Frame: call.Append(nil)})
	var reply abi.Reply
	if err != nil || reply.Decode(r.GetFrame()) != nil || reply.Hold != 7 {
		t.Errorf("%v, %+v", err, reply)
	}
	if _, err := s.Hook(t.Context(), &wire.HookRequest{Hook: "prompt", Frame: []byte{0xff}}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a bad frame: %v", err)
	}
	if _, err := s.Hook(t.Context(), &wire.HookRequest{Hook: "launch"}); status.Code(err) != codes.Unimplemented {
		t.Errorf("an unknown hook: %v", err)
	}
	f.panics = true
	if _, err := s.Hook(t.Context(), &wire.HookRequest{Hook: "prompt"}); status.Code(err) != codes.Internal || !strings.Contains(err.Error(), "oh") {
		t.Errorf("a panic: %v", err)
	}
}

func TestConfigureAndHealth(t *testing.T) {
	no := errors.New("no")
	if _, err := newServer(&full{bare: bare{no}}).Configure(t.Context(), &wire.ConfigureRequest{}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("%v", err)
	}
	if _, err := newServer(bare{}).Configure(t.Context(), &wire.ConfigureRequest{Frame: []byte{0xff}}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a bad frame: %v", err)
	}
	if _, err := newServer(&full{bare: bare{no}}).Health(t.Context(), nil); status.Code(err) != codes.Unavailable {
		t.Errorf("unwell: %v", err)
	}
	if _, err := newServer(bare{}).Health(t.Context(), nil); err != nil {
		t.Errorf("well: %v", err)
	}
	var config struct {
		A int `json:"a"`
	}
	if err := Config(&ConfigureCall{Config: []byte(`{"a":1}`)}, &config); err != nil || config.A != 1 {
		t.Errorf("%+v, %v", config, err)
	}
	if err := Config(&ConfigureCall{Config: []byte(`{"b":1}`)}, &config); err == nil {
		t.Error("an unknown member is taken")
	}
}

func TestCancel(t *testing.T) {
	f := &full{begun: make(chan struct{})}
	s := newServer(f)
	out := make(chan error)
	go func() {
		_, err := s.Embed(t.Context(), &wire.EmbedRequest{Id: "a"})
		out <- err
	}()
	<-f.begun
	if r, err := s.Cancel(t.Context(), &wire.CancelRequest{Id: "b"}); err != nil || r.GetFound() {
		t.Errorf("another's id: %v, %v", r, err)
	}
	if r, err := s.Cancel(t.Context(), &wire.CancelRequest{Id: "a"}); err != nil || !r.GetFound() {
		t.Errorf("%v, %v", r, err)
	}
	if err := <-out; !errors.Is(err, context.Canceled) {
		t.Errorf("the call: %v", err)
	}
}
