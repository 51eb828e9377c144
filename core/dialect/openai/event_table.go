package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The blocks of a choice: one for each field of a delta, so that fields that say
// the same, as some providers send, are runs of their own.
const (
	blockContent = iota
	blockRefusal
	blockReasoning
	blockThoughts
	blockDetail
	blockSummary
	blockThinking
	blockThinkingItem
	blockTranscript
	blockFunction
	blockOther           // of what is whole in itself
	blockCalls = 1 << 16 // of the first tool call
)

// eventLeaves is the table of the string leaves of one chunk of a stream. It is
// that of a whole answer but for what differs: texts grow, what came before is
// signed later, and sound may run ahead of its transcript.
var eventLeaves = append([]leaf.Row{
	{Path: "choices[].logprobs", Class: leaf.Spelling, Why: "spells the content token by token"},
	{Path: "choices[].delta.token_ids", Class: leaf.Spelling, Why: whySpelled},
	{Path: "choices[].delta.role", Class: leaf.Control},
	{Path: "choices[].delta.content", Class: leaf.Part, Kind: core.PartText},
	{Path: "choices[].delta.content[]", Class: leaf.Part, Kind: core.PartText},
	{Path: "choices[].delta.content[].type", Class: leaf.Control},
	{Path: "choices[].delta.content[].text", Class: leaf.Part, Kind: core.PartText},
	{Path: "choices[].delta.content[].thinking", Class: leaf.Part, Kind: core.PartThinking, Block: blockThinkingItem},
	{Path: "choices[].delta.content[].thinking[].text", Class: leaf.Part, Kind: core.PartThinking, Block: blockThinkingItem},
	{Path: "choices[].delta.content[].thinking[].type", Class: leaf.Control},
	{Path: "choices[].delta.content[].signature", Class: leaf.Part, Kind: core.PartThinking, Block: blockThinkingItem, Flow: core.FlowSeal},
	{Path: "choices[].delta.refusal", Class: leaf.Part, Kind: core.PartRefusal, Block: blockRefusal},
	{Path: "choices[].delta.reasoning_content", Class: leaf.Part, Kind: core.PartThinking, Block: blockReasoning},
	{Path: "choices[].delta.reasoning", Class: leaf.Part, Kind: core.PartThinking, Block: blockThoughts},
	{Path: "choices[].delta.reasoning_signature", Class: leaf.Part, Kind: core.PartThinking, Block: blockReasoning, Flow: core.FlowSeal},
	{Path: "choices[].delta.reasoning_details[].type", Class: leaf.Control},
	{Path: "choices[].delta.reasoning_details[].format", Class: leaf.Control},
	{Path: "choices[].delta.reasoning_details[].id", Class: leaf.Control},
	{Path: "choices[].delta.reasoning_details[].text", Class: leaf.Part, Kind: core.PartThinking, Block: blockDetail},
	{Path: "choices[].delta.reasoning_details[].summary", Class: leaf.Part, Kind: core.PartThinking, Block: blockSummary},
	{Path: "choices[].delta.reasoning_details[].data", Class: leaf.Part, Kind: core.PartRedacted, Block: blockOther, Flow: core.FlowAlone},
	{Path: "choices[].delta.reasoning_details[].signature", Class: leaf.Part, Kind: core.PartThinking, Block: blockDetail, Flow: core.FlowSeal},
	{Path: "choices[].delta.thinking_blocks[].type", Class: leaf.Control},
	{Path: "choices[].delta.thinking_blocks[].thinking", Class: leaf.Part, Kind: core.PartThinking, Block: blockThinking},
	{Path: "choices[].delta.thinking_blocks[].data", Class: leaf.Part, Kind: core.PartRedacted, Block: blockOther, Flow: core.FlowAlone},
	{Path: "choices[].delta.thinking_blocks[].signature", Class: leaf.Part, Kind: core.PartThinking, Block: blockThinking, Flow: core.FlowSeal},
	{Path: "choices[].delta.tool_calls[].id", Class: leaf.Attr, Why: "Ref of the call"},
	{Path: "choices[].delta.tool_calls[].type", Class: leaf.Control},
	{Path: "choices[].delta.tool_calls[].index", Class: leaf.Control},
	{Path: "choices[].delta.tool_calls[].function.name", Class: leaf.Attr, Why: "Name of the call"},
	{Path: "choices[].delta.tool_calls[].function.arguments", Class: leaf.Part, Kind: core.PartToolCall},
	{Path: "choices[].delta.tool_calls[].extra_content.google.thought_signature", Class: leaf.Part, Kind: core.PartToolCall, Flow: core.FlowSeal},
	{Path: "choices[].delta.tool_calls[].custom.name", Class: leaf.Attr, Why: "Name of the call"},
	{Path: "choices[].delta.tool_calls[].custom.input", Class: leaf.Part, Kind: core.PartToolCall},
	{Path: "choices[].delta.function_call.name", Class: leaf.Attr, Why: "Name of the call"},
	{Path: "choices[].delta.function_call.arguments", Class: leaf.Part, Kind: core.PartToolCall},
	{Path: "choices[].delta.executed_tools[].type", Class: leaf.Control},
	{Path: "choices[].delta.executed_tools[].**", Class: leaf.Part, Kind: core.PartRaw, Block: blockOther, Flow: core.FlowAlone, Why: "what tools at the provider were asked and found"},
	{Path: "choices[].delta.annotations[].type", Class: leaf.Control},
	{Path: "choices[].delta.annotations[].url_citation.**", Class: leaf.Part, Kind: core.PartCitation, Block: blockOther, Flow: core.FlowAlone},
	{Path: "choices[].delta.annotations[].citation.**", Class: leaf.Part, Kind: core.PartCitation, Block: blockOther, Flow: core.FlowAlone},
	{Path: "choices[].delta.citations[]", Class: leaf.Part, Kind: core.PartCitation, Block: blockOther, Flow: core.FlowAlone},
	{Path: "choices[].delta.citations[].**", Class: leaf.Part, Kind: core.PartCitation, Block: blockOther, Flow: core.FlowAlone, Why: "one without a URL, as the gateway writes it"},
	{Path: "choices[].delta.extra_content.google.thought_signature", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowSeal, Why: "signs the text"},
	{Path: "choices[].delta.images[].type", Class: leaf.Control},
	{Path: "choices[].delta.images[].image_url.url", Class: leaf.Part, Kind: core.PartImage, Block: blockOther, Flow: core.FlowAlone},
	{Path: "choices[].delta.audio.id", Class: leaf.Control},
	{Path: "choices[].delta.audio.data", Class: leaf.Opaque, Why: "speaks a transcript that comes in other events"},
	{Path: "choices[].delta.audio.transcript", Class: leaf.Part, Kind: core.PartText, Block: blockTranscript},
}, chunkLeaves...)

// chunkLeaves are those that chunks of all operations have.
var chunkLeaves = []leaf.Row{
	{Path: "id", Class: leaf.Control},
	{Path: "object", Class: leaf.Control},
	{Path: "model", Class: leaf.Control},
	{Path: "provider", Class: leaf.Control},
	{Path: "service_tier", Class: leaf.Control},
	{Path: "system_fingerprint", Class: leaf.Control},
	{Path: "obfuscation", Class: leaf.Derived, Why: "padding"},
	{Path: "citations[]", Class: leaf.Part, Kind: core.PartCitation, Block: blockOther, Flow: core.FlowAlone},
	{Path: "usage.**", Class: leaf.Control, Why: "counts"},
	{Path: "usage_breakdown.**", Class: leaf.Control, Why: "counts"},
	{Path: "timings.**", Class: leaf.Control, Why: "counts"},
	{Path: "x_groq.**", Class: leaf.Control, Why: "counts and ids"},
	{Path: "prompt_filter_results.**", Class: leaf.Control, Why: "severities in Azure's own words"},
	{Path: "error.message", Class: leaf.Part, Block: blockOther, Flow: core.FlowAlone},
	{Path: "error.type", Class: leaf.Control},
	{Path: "error.code", Class: leaf.Control},
	{Path: "error.param", Class: leaf.Control},
	{Path: "error", Class: leaf.Part, Block: blockOther, Flow: core.FlowAlone, Why: "some runtimes say it without an object"},
	{Path: "prompt_token_ids", Class: leaf.Spelling, Why: whySpelled},
	{Path: "choices[].prompt_token_ids", Class: leaf.Spelling, Why: whySpelled},
	{Path: "choices[].token_ids", Class: leaf.Spelling, Why: whySpelled},
	{Path: "choices[].index", Class: leaf.Control},
	{Path: "choices[].finish_reason", Class: leaf.Control},
	{Path: "choices[].native_finish_reason", Class: leaf.Control},
	{Path: "choices[].usage.**", Class: leaf.Control, Why: "counts"},
	{Path: "choices[].content_filter_results.**", Class: leaf.Control, Why: "severities in Azure's own words"},
}

// completionEventLeaves is the same for the legacy completions.
var completionEventLeaves = append([]leaf.Row{
	{Path: "choices[].text", Class: leaf.Part, Kind: core.PartText},
	{Path: "choices[].logprobs", Class: leaf.Spelling, Why: "spells the text token by token"},
}, chunkLeaves...)
