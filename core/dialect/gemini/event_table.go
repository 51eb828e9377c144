package gemini

import (
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The blocks of a candidate.
const (
	blockText = iota
	blockThinking
	blockOther           // of what is whole in itself
	blockCalls = 1 << 16 // of the first call
)

// eventLeaves is the table of the string leaves of one chunk of a stream: that of a
// whole answer, but that texts grow, and that what repeats them may come later.
var eventLeaves = chunked(join(answerLeaves, []leaf.Row{
	{Path: "candidates[].index", Class: leaf.Control},
	{Path: "error.status", Class: leaf.Control},
	{Path: "error.**", Class: leaf.Part, Kind: core.PartText},
	{Path: "error.details[].@type", Class: leaf.Control},
	{Path: "error.details[].**", Class: leaf.Part, Kind: core.PartText},
}))

func chunked(rows []leaf.Row) []leaf.Row {
	rows = slices.Clone(rows)
	for i := range rows {
		r := &rows[i]
		switch r.Path {
		case "candidates[].content.parts[].text", "candidates[].content.parts[].functionCall.partialArgs[].stringValue":
		case "candidates[].groundingMetadata.groundingSupports":
			r.Class, r.Kind, r.Flow = leaf.Value, core.PartText, core.FlowSeal
		default:
			if r.Flow = core.FlowAlone; r.Kind != core.PartToolCall {
				r.Block = blockOther
			}
		}
	}
	return rows
}
