package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// eventLeaves is the table of the string leaves of the events of a stream. What
// stands in the start of a block, but for a text that has begun there, is whole.
var eventLeaves = join([]leaf.Row{
	{Path: "type", Class: leaf.Control},
	{Path: "index", Class: leaf.Control, Why: "the number of the block"},
	{Path: "content_block.text", Class: leaf.Part, Kind: core.PartText},
	{Path: "content_block.thinking", Class: leaf.Part, Kind: core.PartThinking},
	{Path: "content_block.signature", Class: leaf.Part, Kind: core.PartThinking, Flow: core.FlowSeal, Why: "signs the thinking"},
	{Path: "content_block.input", Class: leaf.Value, Kind: core.PartToolCall},
	{Path: "content_block.content", Class: leaf.Part, Kind: core.PartText},
	{Path: "delta.type", Class: leaf.Control},
	{Path: "delta.text", Class: leaf.Part, Kind: core.PartText},
	{Path: "delta.thinking", Class: leaf.Part, Kind: core.PartThinking},
	{Path: "delta.signature", Class: leaf.Part, Kind: core.PartThinking, Flow: core.FlowSeal, Why: "signs the thinking"},
	{Path: "delta.partial_json", Class: leaf.Part, Kind: core.PartToolCall},
	{Path: "delta.content", Class: leaf.Part, Kind: core.PartText, Why: "what the conversation was summarised to"},
	{Path: "delta.encrypted_content", Class: leaf.Part, Kind: core.PartRedacted, Flow: core.FlowAlone},
	{Path: "delta.stop_reason", Class: leaf.Control},
	{Path: "delta.stop_sequence", Class: leaf.Control, Why: "repeats one of the client's own"},
	{Path: "delta.stop_details.type", Class: leaf.Control},
	{Path: "delta.stop_details.category", Class: leaf.Control},
	{Path: "delta.stop_details.explanation", Class: leaf.Part, Kind: core.PartRefusal, Flow: core.FlowAlone},
	{Path: "delta.stop_details.fallback_credit_token", Class: leaf.Control},
	{Path: "delta.stop_details.recommended_model", Class: leaf.Control},
	{Path: "delta.container.**", Class: leaf.Control},
	{Path: "context_management.applied_edits[].**", Class: leaf.Control},
	{Path: "input_transformations[].**", Class: leaf.Control},
	{Path: "usage.**", Class: leaf.Control, Why: "counts"},
	{Path: "error.type", Class: leaf.Control},
	{Path: "error.message", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "error.details.**", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "request_id", Class: leaf.Control},
}, alone(citationLeaves("delta.citation")), alone(blockLeaves("content_block")), alone(messageLeaves("message.")), alone(blockLeaves("message.content[]")))

// alone returns rows whose parts are whole in themselves.
func alone(rows []leaf.Row) []leaf.Row {
	for i := range rows {
		rows[i].Flow = core.FlowAlone
	}
	return rows
}
