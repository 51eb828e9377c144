package adapter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// Adapter is what every adapter has.
type Adapter interface {
	// Configure is called once, before anything else. Its error is for the
	// operator, and the adapter is not used then. See [Config].
	Configure(ctx context.Context, c *ConfigureCall) error
}

// Config reads an instance's configuration into v, a pointer to a struct with
// json tags. Members that v does not have are an error.
func Config(c *ConfigureCall, v any) error {
	d := json.NewDecoder(bytes.NewReader(c.Config))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

// The hooks. A reply that is left empty is "allow, unchanged".
type (
	// Receiver has the receive hook.
	Receiver interface {
		Receive(ctx context.Context, c *ReceiveCall, r *Reply) error
	}
	// Prompter has the prompt hook.
	Prompter interface {
		Prompt(ctx context.Context, c *PromptCall, r *Reply) error
	}
	// Router has the route hook.
	Router interface {
		Route(ctx context.Context, c *RouteCall, r *Reply) error
	}
	// Answerer has the answer hook, for whole answers.
	Answerer interface {
		Answer(ctx context.Context, c *AnswerCall, r *Reply) error
	}
	// Windower has the window hook, for streamed answers.
	Windower interface {
		Window(ctx context.Context, c *WindowCall, r *Reply) error
	}
	// Completer has the complete hook.
	Completer interface {
		Complete(ctx context.Context, c *CompleteCall, r *Reply) error
	}
)

// The calls of a runtime. Their contexts end when the gateway gives up or
// cancels; what a call holds of the runtime must be freed then.
type (
	// Generator runs models that talk. send hands on a piece of the answer and
	// must not be called after Generate returned; put into one piece what came at
	// once, since pieces cost more than tokens.
	Generator interface {
		Generate(ctx context.Context, c *GenerateCall, send func(*Piece) error) error
	}
	// Embedder turns texts into vectors.
	Embedder interface {
		Embed(ctx context.Context, r *EmbedRequest) (*EmbedReply, error)
	}
	// Reranker orders documents by what they have to do with a query.
	Reranker interface {
		Rerank(ctx context.Context, r *RerankRequest) (*RerankReply, error)
	}
	// Predictor runs models on documents that only they understand.
	Predictor interface {
		Predict(ctx context.Context, r *PredictRequest) (*PredictReply, error)
	}
	// Starter makes models ready to serve, and takes them out.
	Starter interface {
		Start(ctx context.Context, r *StartRequest) (*StartReply, error)
		Stop(ctx context.Context, r *StopRequest) (*StopReply, error)
	}
	// Scaler sets the number of a model's replicas.
	Scaler interface {
		Scale(ctx context.Context, r *ScaleRequest) (*ScaleReply, error)
	}
	// Meter tells how busy the runtime is.
	Meter interface {
		Load(ctx context.Context, r *LoadRequest) (*LoadReply, error)
	}
)

// What any adapter may have beside.
type (
	// Checker says whether the adapter can work. An error has it killed and
	// started anew; an adapter without this method is well while it answers.
	Checker interface {
		Health(ctx context.Context) error
	}
	// Versioner says which version this is.
	Versioner interface {
		Version() string
	}
	// Closer is called before the process ends in good order. It has less than
	// two seconds.
	Closer interface {
		Close() error
	}
)
