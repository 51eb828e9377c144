package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

const (
	whyBound = "points to what the provider keeps"
	whyOwnID = "an identifier of the app's own choice that the provider keeps"
	whyReads = "the model reads it"
	whyEcho  = "repeats what the client sent"
)

// requestLeaves is the table of the string leaves of a request. What it does not
// name is unknown, and below input it counts as text all the same.
var requestLeaves = join(
	[]leaf.Row{
		{Path: "model", Class: leaf.Route},
		{Path: "instructions", Class: leaf.Part, Kind: core.PartText},
		{Path: "input", Class: leaf.Part, Kind: core.PartText},
		{Path: "tool_choice", Class: leaf.Control},
		{Path: "tool_choice.type", Class: leaf.Control},
		{Path: "tool_choice.mode", Class: leaf.Control},
		{Path: "tool_choice.name", Class: leaf.Control, Why: "repeats a name that tools holds"},
		{Path: "tool_choice.namespace", Class: leaf.Control, Why: "repeats a name that tools holds"},
		{Path: "tool_choice.server_label", Class: leaf.Control, Why: "repeats a name that tools holds"},
		{Path: "tool_choice.tools[].**", Class: leaf.Control, Why: "repeats names that tools holds"},
		{Path: "text.format.type", Class: leaf.Control},
		{Path: "text.format.name", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: "text.format.description", Class: leaf.Part, Kind: core.PartText},
		{Path: "text.format.schema.**", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: "text.verbosity", Class: leaf.Control},
		{Path: "reasoning.effort", Class: leaf.Control},
		{Path: "reasoning.summary", Class: leaf.Control},
		{Path: "reasoning.generate_summary", Class: leaf.Control},
		{Path: "reasoning.context", Class: leaf.Control},
		{Path: "reasoning.mode", Class: leaf.Control},
		{Path: "include[]", Class: leaf.Control},
		{Path: "truncation", Class: leaf.Control},
		{Path: "personality", Class: leaf.Control},
		{Path: "service_tier", Class: leaf.Control},
		{Path: "prompt_cache_retention", Class: leaf.Control},
		{Path: "prompt_cache_options.mode", Class: leaf.Control},
		{Path: "prompt_cache_options.ttl", Class: leaf.Control},
		{Path: "context_management[].type", Class: leaf.Control},
		{Path: "moderation.**", Class: leaf.Control},
		{Path: "prompt.id", Class: leaf.Opaque, Why: whyBound},
		{Path: "prompt.version", Class: leaf.Control},
		{Path: "prompt.variables.**", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: "previous_response_id", Class: leaf.Opaque, Why: whyBound},
		{Path: "conversation", Class: leaf.Opaque, Why: whyBound},
		{Path: "conversation.id", Class: leaf.Opaque, Why: whyBound},
		{Path: "user", Class: leaf.Setting, Why: whyOwnID},
		{Path: "safety_identifier", Class: leaf.Setting, Why: whyOwnID},
		{Path: "prompt_cache_key", Class: leaf.Setting, Why: whyOwnID},
		{Path: "metadata.**", Class: leaf.Setting, Why: "stored at the provider, not shown to the model"},
		{Path: "client_metadata.**", Class: leaf.Setting, Why: "stored at the provider, not shown to the model"},
	},
	toolLeaves("tools[]"),
	itemLeaves("input[]"),
)

// answerLeaves is the table of the string leaves of a whole answer.
var answerLeaves = join(responseLeaves(""), itemLeaves("output[]"), []leaf.Row{
	{Path: "output_text", Class: leaf.Part, Kind: core.PartText, Why: "some servers join the texts here"},
})

// responseLeaves is the table of an answer but for its output.
func responseLeaves(at string) []leaf.Row {
	rows := []leaf.Row{
		{Path: "error.message", Class: leaf.Part, Kind: core.PartText},
		{Path: "error.**", Class: leaf.Control},
		{Path: "instructions", Class: leaf.Control, Why: whyEcho},
		{Path: "instructions[].**", Class: leaf.Control, Why: whyEcho},
		{Path: "incomplete_details.reason", Class: leaf.Control},
		{Path: "tool_choice", Class: leaf.Control, Why: whyEcho},
		{Path: "tools[].**", Class: leaf.Control, Why: whyEcho},
		{Path: "context_management[].**", Class: leaf.Control, Why: whyEcho},
	}
	for _, word := range []string{
		"id", "object", "model", "status", "service_tier", "truncation", "user", "safety_identifier", "conversation",
		"prompt_cache_key", "prompt_cache_retention", "previous_response_id",
	} {
		rows = append(rows, leaf.Row{Path: word, Class: leaf.Control})
	}
	for _, object := range []string{
		"tool_choice", "text", "reasoning", "metadata", "prompt", "conversation", "usage", "billing",
		"moderation", "tool_usage", "access_programs", "prompt_cache_options", "prompt_cache_diagnostics", "content_filters[]",
	} {
		rows = append(rows, leaf.Row{Path: object + ".**", Class: leaf.Control})
	}
	for i := range rows {
		rows[i].Path = at + rows[i].Path
	}
	return rows
}

// join puts tables together. Of rows with one path the first counts.
func join(tables ...[]leaf.Row) []leaf.Row {
	var out []leaf.Row
	seen := map[string]bool{}
	for _, t := range tables {
		for _, r := range t {
			if !seen[r.Path] {
				seen[r.Path] = true
				out = append(out, r)
			}
		}
	}
	return out
}
