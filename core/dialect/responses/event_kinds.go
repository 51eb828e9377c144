package responses

import "github.com/sallyport-gateway/sallyport/core"

// The blocks of an item, by its place in the output.
const (
	blockContent    = 0    // of the first content
	blockSummary    = 1024 // of the first summary
	blockCall       = 2048 // of the arguments or the input of a call
	blockCode       = 2049
	blockDiff       = 2050
	blockTranscript = 2051
	blockCommand    = 2112 // of the first command of a shell, which has two
	itemBlocks      = 4096
	// An upstream that has more than these, which is none, has the last one twice.
	maxItem    = 1 << 11
	maxContent = 1 << 10
	maxCommand = 512
)

// eventKind is what the type of an event says about the strings in it.
type eventKind struct {
	kind  core.PartKind // of the delta, and of what repeats it
	block int           // of the item; by content, summary or command where by says so
	by    index
	flow  core.Flow
	ends  bool // its block, if it has one of its own
	all   bool // every block
}

// index is the member that tells the place in an item.
type index uint8

const (
	byNothing index = iota
	byContent
	bySummary
	byCommand
	byItem // no place: the parts in it tell their own
)

// eventKinds are the events of which it is known what is in them. The table of all
// others is otherLeaves.
var eventKinds = kinds()

func kinds() map[string]eventKind {
	out := map[string]eventKind{
		"error":                                        {block: blockCall, flow: core.FlowAlone},
		"response.created":                             {by: byItem, flow: core.FlowRepeat},
		"response.queued":                              {by: byItem, flow: core.FlowRepeat},
		"response.in_progress":                         {by: byItem, flow: core.FlowRepeat},
		"response.completed":                           {by: byItem, flow: core.FlowRepeat, all: true},
		"response.incomplete":                          {by: byItem, flow: core.FlowRepeat, all: true},
		"response.failed":                              {by: byItem, flow: core.FlowRepeat, all: true},
		"response.output_item.added":                   {by: byItem},
		"response.output_item.done":                    {by: byItem, flow: core.FlowRepeat, ends: true},
		"response.content_part.added":                  {by: byContent},
		"response.content_part.done":                   {by: byContent, flow: core.FlowRepeat, ends: true},
		"response.reasoning_part.added":                {by: byContent, kind: core.PartThinking},
		"response.reasoning_part.done":                 {by: byContent, kind: core.PartThinking, flow: core.FlowRepeat, ends: true},
		"response.reasoning_summary_part.added":        {by: bySummary, block: blockSummary, kind: core.PartThinking},
		"response.reasoning_summary_part.done":         {by: bySummary, block: blockSummary, kind: core.PartThinking, flow: core.FlowRepeat, ends: true},
		"response.output_text.annotation.added":        {by: byContent},
		"response.image_generation_call.partial_image": {block: blockCall},
		"response.shell_call_command.added":            {by: byCommand, block: blockCommand, kind: core.PartToolCall},
	}
	for name, k := range map[string]eventKind{
		"response.output_text":                     {by: byContent},
		"response.refusal":                         {by: byContent, kind: core.PartRefusal},
		"response.reasoning":                       {by: byContent, kind: core.PartThinking},
		"response.reasoning_text":                  {by: byContent, kind: core.PartThinking},
		"response.reasoning_summary":               {by: bySummary, block: blockSummary, kind: core.PartThinking},
		"response.reasoning_summary_text":          {by: bySummary, block: blockSummary, kind: core.PartThinking},
		"response.function_call_arguments":         {block: blockCall, kind: core.PartToolCall},
		"response.mcp_call_arguments":              {block: blockCall, kind: core.PartToolCall},
		"response.custom_tool_call_input":          {block: blockCall, kind: core.PartToolCall},
		"response.code_interpreter_call_code":      {block: blockCode},
		"response.apply_patch_call_operation_diff": {block: blockDiff},
		"response.shell_call_command":              {by: byCommand, block: blockCommand, kind: core.PartToolCall},
		"response.shell_call_output_content":       {by: byCommand, block: blockCommand},
		"response.audio.transcript":                {block: blockTranscript},
		"response.output_audio_transcript":         {block: blockTranscript},
	} {
		out[name+".delta"] = k
		k.flow, k.ends = core.FlowRepeat, true
		out[name+".done"] = k
	}
	return out
}
