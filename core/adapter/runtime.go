package adapter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/grpc"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// What an adapter that wraps a model runtime may offer, see adapter.proto. Each
// call fails with an [*Error]: [FailMissing] where the adapter does not offer
// it, [FailDown] where its process is not running or died meanwhile. A call that
// failed may have done its work. All end with ctx.

// maxAnswer bounds one message of a runtime call, in bytes.
const maxAnswer = abi.MaxBodyReply

// Generate runs a model and calls each with the pieces of its answer in order.
// id is what [Instance.Cancel] names; frame is an [abi.UpstreamRequestCall], the
// pieces are frames of [abi.UpstreamEventReply], valid during the call. An error
// of each ends the stream and is the cause of the error.
func (i *Instance) Generate(ctx context.Context, id string, frame []byte, each func(frame []byte) error) error {
	_, err := call(i, ctx, "generate", func(ctx context.Context, api wire.AdapterClient, o ...grpc.CallOption) (struct{}, error) {
		stream, err := api.Generate(ctx, &wire.GenerateRequest{Id: id, Frame: frame}, o...)
		for err == nil {
			var piece *wire.GenerateReply
			if piece, err = stream.Recv(); err == nil {
				err = each(piece.GetFrame())
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return struct{}{}, err
	})
	return err
}

// Embed turns texts into vectors, one per text.
func (i *Instance) Embed(ctx context.Context, r *wire.EmbedRequest) (*wire.EmbedReply, error) {
	reply, err := call(i, ctx, "embed", bind(r, wire.AdapterClient.Embed))
	if err == nil && len(reply.GetVectors()) != len(r.GetTexts()) {
		err = &Error{Instance: i.worker.name, Call: "embed", Failure: FailReply, Cause: fmt.Errorf(
			"it gave %d vectors for %d texts", len(reply.GetVectors()), len(r.GetTexts()))}
	}
	return reply, err
}

// Rerank orders documents by what they have to do with a query.
func (i *Instance) Rerank(ctx context.Context, r *wire.RerankRequest) (*wire.RerankReply, error) {
	reply, err := call(i, ctx, "rerank", bind(r, wire.AdapterClient.Rerank))
	for _, rank := range reply.GetRanks() {
		if err == nil && int(rank.GetIndex()) >= len(r.GetDocuments()) {
			err = &Error{Instance: i.worker.name, Call: "rerank", Failure: FailReply, Cause: fmt.Errorf(
				"it ranks document %d of %d", rank.GetIndex(), len(r.GetDocuments()))}
		}
	}
	return reply, err
}

// Predict runs a model on a document that only the model understands.
func (i *Instance) Predict(ctx context.Context, r *wire.PredictRequest) (*wire.PredictReply, error) {
	return call(i, ctx, "predict", bind(r, wire.AdapterClient.Predict))
}

// Load tells how busy the runtime is.
func (i *Instance) Load(ctx context.Context) (*wire.LoadReply, error) {
	return call(i, ctx, "load", bind(&wire.LoadRequest{}, wire.AdapterClient.Load))
}

// StartModel makes a model ready to serve and returns when it is.
func (i *Instance) StartModel(ctx context.Context, r *wire.StartRequest) (*wire.StartReply, error) {
	return call(i, ctx, "start", bind(r, wire.AdapterClient.Start))
}

// StopModel takes a model out.
func (i *Instance) StopModel(ctx context.Context, model string) error {
	_, err := call(i, ctx, "stop", bind(&wire.StopRequest{Model: model}, wire.AdapterClient.Stop))
	return err
}

// ScaleModel sets the number of a model's replicas and returns how many there
// will be.
func (i *Instance) ScaleModel(ctx context.Context, model string, replicas uint32) (uint32, error) {
	reply, err := call(i, ctx, "scale", bind(&wire.ScaleRequest{Model: model, Replicas: replicas}, wire.AdapterClient.Scale))
	return reply.GetReplicas(), err
}

// Cancel stops the runtime calls of that id and tells whether there were any.
func (i *Instance) Cancel(ctx context.Context, id string) (bool, error) {
	reply, err := call(i, ctx, "cancel", bind(&wire.CancelRequest{Id: id}, wire.AdapterClient.Cancel))
	return reply.GetFound(), err
}

// Offers tells whether the running process offers a runtime call, by its name in
// DescribeReply.
func (i *Instance) Offers(name string) bool {
	p := i.worker.current.Load()
	return p != nil && slices.Contains(p.calls, name)
}

// bind makes a method of the service a function of its options.
func bind[Q, R any](r Q, f func(wire.AdapterClient, context.Context, Q, ...grpc.CallOption) (R, error)) func(context.Context, wire.AdapterClient, ...grpc.CallOption) (R, error) {
	return func(ctx context.Context, api wire.AdapterClient, o ...grpc.CallOption) (R, error) {
		return f(api, ctx, r, o...)
	}
}

// call makes one runtime call and counts it.
func call[R any](i *Instance, ctx context.Context, name string, f func(context.Context, wire.AdapterClient, ...grpc.CallOption) (R, error)) (reply R, err error) { //nolint:revive // ctx is not the first for the sake of the callers
	w := i.worker
	err = w.counted(name, func() (Failure, error) {
		p := w.current.Load()
		if p == nil {
			return FailDown, errDown
		}
		select {
		case w.runtime <- struct{}{}:
			defer func() { <-w.runtime }()
		default:
			return FailBusy, errBusy
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var err error
		reply, err = f(ctx, p.api, maxReceive(maxAnswer))
		return failureOf(err), err
	})
	return reply, err
}
