package adapter

import (
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// The messages of hooks and of Generate, see docs/abi.md. A slice in a message that
// an adapter is given points into what was received.
type (
	// ConfigureCall is the instance's configuration.
	ConfigureCall = abi.ConfigureCall
	// ReceiveCall is what the receive hook gets.
	ReceiveCall = abi.ReceiveCall
	// PromptCall is what the prompt hook gets.
	PromptCall = abi.PromptCall
	// RouteCall is what the route hook gets.
	RouteCall = abi.RouteCall
	// AnswerCall is what the answer hook gets.
	AnswerCall = abi.AnswerCall
	// WindowCall is what the window hook gets.
	WindowCall = abi.WindowCall
	// CompleteCall is what the complete hook gets.
	CompleteCall = abi.CompleteCall
	// Reply holds the verdicts of a hook.
	Reply = abi.Reply
	// Block ends the exchange with an error.
	Block = abi.Block
	// Respond ends the exchange with an answer of the adapter's own.
	Respond = abi.Respond
	// Edit replaces bytes of a text.
	Edit = abi.Edit
	// NewPart is a part that a shaping hook adds.
	NewPart = abi.NewPart
	// Flag is a judgement that changes nothing by itself.
	Flag = abi.Flag
	// Tag is a key and value on the exchange.
	Tag = abi.Tag
	// GenerateCall is what a model is asked.
	GenerateCall = abi.UpstreamRequestCall
	// Piece is a piece of a model's answer.
	Piece = abi.UpstreamEventReply
	// Event is one event of a piece.
	Event = abi.Event
	// Part is one piece of content.
	Part = abi.Part
	// Usage is what a call consumed, in tokens.
	Usage = abi.Usage
)

// The kinds of parts and events that adapters meet most.
const (
	KindText      = abi.KindText
	RoleUser      = abi.RoleUser
	RoleAssistant = abi.RoleAssistant
	RoleSystem    = abi.RoleSystem
	EventOpen     = abi.EventKindOpen
	EventDelta    = abi.EventKindDelta
	EventClose    = abi.EventKindClose
	EventUsage    = abi.EventKindUsage
	EventFinish   = abi.EventKindFinish
	EventError    = abi.EventKindError
	FinishStop    = abi.FinishStop
	FinishLength  = abi.FinishLength
)

// The messages of a runtime's other calls, see core/adapter/wire/adapter.proto.
type (
	// EmbedRequest asks for vectors of texts.
	EmbedRequest = wire.EmbedRequest
	// EmbedReply holds one vector per text.
	EmbedReply = wire.EmbedReply
	// Vector is the vector of one text.
	Vector = wire.Vector
	// RerankRequest asks for an order of documents.
	RerankRequest = wire.RerankRequest
	// RerankReply holds the documents' ranks, the best first.
	RerankReply = wire.RerankReply
	// Rank is one document's score.
	Rank = wire.Rank
	// PredictRequest is a document that only the model understands.
	PredictRequest = wire.PredictRequest
	// PredictReply is the model's answer to one.
	PredictReply = wire.PredictReply
	// StartRequest asks to make a model ready.
	StartRequest = wire.StartRequest
	// StartReply may say where the model is served.
	StartReply = wire.StartReply
	// StopRequest asks to take a model out.
	StopRequest = wire.StopRequest
	// StopReply says that it is out.
	StopReply = wire.StopReply
	// ScaleRequest asks for a number of replicas.
	ScaleRequest = wire.ScaleRequest
	// ScaleReply says how many there will be.
	ScaleReply = wire.ScaleReply
	// LoadRequest asks how busy the runtime is.
	LoadRequest = wire.LoadRequest
	// LoadReply says so, model by model.
	LoadReply = wire.LoadReply
	// ModelLoad is how busy one model is.
	ModelLoad = wire.ModelLoad
)
