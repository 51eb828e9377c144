package responses

import (
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// eventLeaves is the table of the string leaves of the events of a stream that
// eventKinds knows. What of the delta, and of what repeats it, is thinking or a call,
// the type of the event tells.
var eventLeaves = join([]leaf.Row{
	{Path: "type", Class: leaf.Control},
	{Path: "item_id", Class: leaf.Control},
	{Path: "output_index", Class: leaf.Control},
	{Path: "content_index", Class: leaf.Control},
	{Path: "summary_index", Class: leaf.Control},
	{Path: "command_index", Class: leaf.Control},
	{Path: "delta", Class: leaf.Part, Kind: core.PartText},
	{Path: "delta.stdout", Class: leaf.Part, Kind: core.PartText, Why: "of a shell"},
	{Path: "delta.stderr", Class: leaf.Part, Kind: core.PartText, Block: 1},
	{Path: "delta.**", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "obfuscation", Class: leaf.Derived, Why: "padding"},
	{Path: "logprobs", Class: leaf.Spelling, Why: "spells the text token by token"},
	{Path: "text", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas"},
	{Path: "refusal", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas"},
	{Path: "arguments", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas"},
	{Path: "input", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas"},
	{Path: "diff", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas"},
	{Path: "code", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas, or is the word of an error"},
	{Path: "name", Class: leaf.Attr, Why: "Name of the call"},
	{Path: "command", Class: leaf.Part, Kind: core.PartText, Why: "repeats the deltas"},
	{Path: "output", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "output[].**", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "message", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "param", Class: leaf.Control},
	{Path: "error.message", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone},
	{Path: "error.**", Class: leaf.Control},
	{Path: "annotation.type", Class: leaf.Control},
	{Path: "annotation.**", Class: leaf.Part, Kind: core.PartCitation, Flow: core.FlowAlone},
	{Path: "partial_image_b64", Class: leaf.Part, Kind: core.PartImage, Flow: core.FlowAlone},
	{Path: "output_format", Class: leaf.Control},
	{Path: "background", Class: leaf.Control},
	{Path: "quality", Class: leaf.Control},
	{Path: "size", Class: leaf.Control},
	{Path: "response.output_text", Class: leaf.Part, Kind: core.PartText, Flow: core.FlowAlone, Why: "joins the texts"},
}, growing(partLeaves("part")), responseLeaves("response."), growing(itemLeaves("response.output[]")), growing(itemLeaves("item")))

// partLeaves is the table of one content of a message or reasoning.
func partLeaves(at string) (rows []leaf.Row) {
	for _, r := range contentLeaves("") {
		if rest, ok := strings.CutPrefix(r.Path, "[]."); ok {
			r.Path = at + "." + rest
			rows = append(rows, r)
		}
	}
	return rows
}

// growing returns rows of which only those that deltas add to are runs.
func growing(rows []leaf.Row) []leaf.Row {
	grows := []string{
		".content[].text", ".content[].refusal", ".summary[].text",
		".arguments", ".input", ".code", "part.text", "part.refusal",
	}
	for i := range rows {
		r := &rows[i]
		if !slices.ContainsFunc(grows, func(end string) bool {
			return strings.HasSuffix(r.Path, end) && !strings.Contains(r.Path, "annotations")
		}) {
			r.Flow = core.FlowAlone
		}
		if strings.HasSuffix(r.Path, ".code") {
			r.Block = blockCode - blockCall
		}
	}
	return rows
}

// otherLeaves is the table of all other events: what they say nobody knows.
var otherLeaves = []leaf.Row{
	{Path: "type", Class: leaf.Control},
	{Path: "item_id", Class: leaf.Control},
	{Path: "obfuscation", Class: leaf.Derived, Why: "padding"},
}
