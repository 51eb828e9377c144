package adapter

import (
	"context"
	"io"
	"os"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// stderr is looked up late: serving replaces it.
func stderr() io.Writer { return os.Stderr }

// track makes a call's context one that Cancel ends by its id.
func (s *server) track(ctx context.Context, id string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	if id == "" {
		return ctx, cancel
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[id] == nil {
		s.calls[id] = map[*context.CancelFunc]struct{}{}
	}
	s.calls[id][&cancel] = struct{}{}
	return ctx, func() {
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.calls[id], &cancel)
		if len(s.calls[id]) == 0 {
			delete(s.calls, id)
		}
	}
}

// Cancel ends the calls of an id.
func (s *server) Cancel(_ context.Context, r *wire.CancelRequest) (*wire.CancelReply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls[r.GetId()]
	for cancel := range calls {
		(*cancel)()
	}
	return &wire.CancelReply{Found: len(calls) > 0}, nil
}

// Generate runs a model and streams its answer.
func (s *server) Generate(r *wire.GenerateRequest, out wire.Adapter_GenerateServer) (err error) {
	defer fence("generate", &err)
	g, ok := s.adapter.(Generator)
	if !ok {
		return s.UnimplementedAdapterServer.Generate(r, out)
	}
	var c abi.UpstreamRequestCall
	if err := c.Decode(r.GetFrame()); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	ctx, done := s.track(out.Context(), r.GetId())
	defer done()
	var frame []byte
	return g.Generate(ctx, &c, func(m *abi.UpstreamEventReply) error {
		frame = m.Append(frame[:0])
		return out.Send(&wire.GenerateReply{Frame: frame})
	})
}

// Embed turns texts into vectors.
func (s *server) Embed(ctx context.Context, r *wire.EmbedRequest) (*wire.EmbedReply, error) {
	a, ok := s.adapter.(Embedder)
	if !ok {
		return s.UnimplementedAdapterServer.Embed(ctx, r)
	}
	return tracked(s, ctx, "embed", r, a.Embed)
}

// Rerank orders documents.
func (s *server) Rerank(ctx context.Context, r *wire.RerankRequest) (*wire.RerankReply, error) {
	a, ok := s.adapter.(Reranker)
	if !ok {
		return s.UnimplementedAdapterServer.Rerank(ctx, r)
	}
	return tracked(s, ctx, "rerank", r, a.Rerank)
}

// Predict runs a model on a document of its own.
func (s *server) Predict(ctx context.Context, r *wire.PredictRequest) (*wire.PredictReply, error) {
	a, ok := s.adapter.(Predictor)
	if !ok {
		return s.UnimplementedAdapterServer.Predict(ctx, r)
	}
	return tracked(s, ctx, "predict", r, a.Predict)
}

// Start makes a model ready to serve.
func (s *server) Start(ctx context.Context, r *wire.StartRequest) (*wire.StartReply, error) {
	a, ok := s.adapter.(Starter)
	if !ok {
		return s.UnimplementedAdapterServer.Start(ctx, r)
	}
	return fenced(ctx, "start", r, a.Start)
}

// Stop takes a model out.
func (s *server) Stop(ctx context.Context, r *wire.StopRequest) (*wire.StopReply, error) {
	a, ok := s.adapter.(Starter)
	if !ok {
		return s.UnimplementedAdapterServer.Stop(ctx, r)
	}
	return fenced(ctx, "stop", r, a.Stop)
}

// Scale sets the number of a model's replicas.
func (s *server) Scale(ctx context.Context, r *wire.ScaleRequest) (*wire.ScaleReply, error) {
	a, ok := s.adapter.(Scaler)
	if !ok {
		return s.UnimplementedAdapterServer.Scale(ctx, r)
	}
	return fenced(ctx, "scale", r, a.Scale)
}

// Load tells how busy the runtime is.
func (s *server) Load(ctx context.Context, r *wire.LoadRequest) (*wire.LoadReply, error) {
	a, ok := s.adapter.(Meter)
	if !ok {
		return s.UnimplementedAdapterServer.Load(ctx, r)
	}
	return fenced(ctx, "load", r, a.Load)
}

// fenced runs one call.
func fenced[Q, R any](ctx context.Context, name string, r Q, f func(context.Context, Q) (R, error)) (reply R, err error) {
	defer fence(name, &err)
	return f(ctx, r)
}

// tracked runs one call that Cancel ends.
func tracked[Q interface{ GetId() string }, R any](s *server, ctx context.Context, name string, r Q, f func(context.Context, Q) (R, error)) (R, error) { //nolint:revive // the server comes first
	ctx, done := s.track(ctx, r.GetId())
	defer done()
	return fenced(ctx, name, r, f)
}
