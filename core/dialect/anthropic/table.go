package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// requestLeaves is the table of the string leaves of a request. That of blocks is
// blockLeaves.
var requestLeaves = join([]leaf.Row{
	{Path: "model", Class: leaf.Route},

	{Path: "system", Class: leaf.Part, Kind: core.PartText},
	{Path: "messages[].role", Class: leaf.Control},
	{Path: "messages[].content", Class: leaf.Part, Kind: core.PartText},
	{Path: "messages[].clear_at", Class: leaf.Control},
	{Path: "messages[].output_config.**", Class: leaf.Control},

	{Path: "tools[].type", Class: leaf.Control},
	{Path: "tools[].name", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "tools[].description", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].input_schema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
	{Path: "tools[].input_examples[].**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads them"},
	{Path: "tools[].allowed_callers[]", Class: leaf.Control},
	{Path: "tools[].allowed_domains[]", Class: leaf.Part, Kind: core.PartText, Why: "text that leaves, though only compared with"},
	{Path: "tools[].blocked_domains[]", Class: leaf.Part, Kind: core.PartText, Why: "text that leaves, though only compared with"},
	{Path: "tools[].user_location.type", Class: leaf.Control},
	{Path: "tools[].user_location.city", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].user_location.country", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].user_location.region", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].user_location.timezone", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].cache_control.**", Class: leaf.Control},
	{Path: "tools[].caching.**", Class: leaf.Control},
	{Path: "tools[].model", Class: leaf.Control, Why: "of a tool that is a model"},
	{Path: "tools[].response_inclusion", Class: leaf.Control},
	{Path: "tools[].url_sources.**", Class: leaf.Control},
	{Path: "tools[].configs.**", Class: leaf.Control},
	{Path: "tools[].default_config.**", Class: leaf.Control},
	{Path: "tools[].mcp_server_name", Class: leaf.Control, Why: "repeats a name that mcp_servers holds"},
	{Path: "tools[].tools[].name", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "tools[].tools[].description", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].tools[].input_schema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
	{Path: "tool_choice.type", Class: leaf.Control},
	{Path: "tool_choice.name", Class: leaf.Control, Why: "repeats a name that tools holds"},

	{Path: "thinking.**", Class: leaf.Control},
	{Path: "output_config.effort", Class: leaf.Control},
	{Path: "output_config.task_budget.**", Class: leaf.Control},
	{Path: "output_config.format.type", Class: leaf.Control},
	{Path: "output_config.format.schema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
	{Path: "output_format", Class: leaf.Control},
	{Path: "output_format.type", Class: leaf.Control},
	{Path: "output_format.schema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
	{Path: "stop_sequences[]", Class: leaf.Part, Kind: core.PartText, Why: "text that leaves, though only compared with"},

	{Path: "service_tier", Class: leaf.Control},
	{Path: "speed", Class: leaf.Control},
	{Path: "inference_geo", Class: leaf.Control},
	{Path: "cache_control.**", Class: leaf.Control},
	{Path: "anthropic_version", Class: leaf.Control},
	{Path: "anthropic_beta[]", Class: leaf.Control},
	{Path: "betas[]", Class: leaf.Control},
	{Path: "context_management.edits[].instructions", Class: leaf.Part, Kind: core.PartText, Why: "a prompt of its own"},
	{Path: "context_management.edits[].**", Class: leaf.Control},
	{Path: "context_management.edits[].exclude_tools[]", Class: leaf.Control},
	{Path: "context_management.edits[].clear_tool_inputs[]", Class: leaf.Control},
	{Path: "compaction.type", Class: leaf.Control},
	{Path: "compaction.instructions", Class: leaf.Part, Kind: core.PartText, Why: "a prompt of its own"},
	{Path: "diagnostics.previous_message_id", Class: leaf.Control},
	{Path: "fallbacks", Class: leaf.Control},
	{Path: "fallbacks[].model", Class: leaf.Control},
	{Path: "fallbacks[].speed", Class: leaf.Control},
	{Path: "fallbacks[].thinking.**", Class: leaf.Control},
	{Path: "fallbacks[].output_config.effort", Class: leaf.Control},
	{Path: "fallbacks[].output_config.task_budget.**", Class: leaf.Control},
	{Path: "fallbacks[].output_config.format.type", Class: leaf.Control},
	{Path: "fallbacks[].output_config.format.schema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
	{Path: "fallback_credit_token", Class: leaf.Control},
	{Path: "fallback_credit_token.**", Class: leaf.Control},
	{Path: "billing_policy.**", Class: leaf.Control},

	{Path: "metadata.**", Class: leaf.Setting, Why: "an identifier of the app's own choice that the provider keeps"},
	{Path: "user_profile_id", Class: leaf.Opaque, Why: "points to what the provider knows of a user"},
	{Path: "workspace_id", Class: leaf.Control},
	{Path: "thread.type", Class: leaf.Control},
	{Path: "thread.previous_message_id", Class: leaf.Opaque, Why: "points to a conversation at the provider"},
	{Path: "container", Class: leaf.Opaque, Why: "points to files at the provider"},
	{Path: "container.id", Class: leaf.Opaque, Why: "points to files at the provider"},
	{Path: "container.skills[].type", Class: leaf.Control},
	{Path: "container.skills[].skill_id", Class: leaf.Opaque, Why: "points to instructions at the provider"},
	{Path: "container.skills[].version", Class: leaf.Control},
	{Path: "mcp_servers[].type", Class: leaf.Control},
	{Path: "mcp_servers[].name", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "mcp_servers[].url", Class: leaf.Setting, Why: "a place that the provider asks"},
	{Path: "mcp_servers[].authorization_token", Class: leaf.Secret},
	{Path: "mcp_servers[].tool_configuration.allowed_tools[]", Class: leaf.Control},
}, blockLeaves("system[]"), blockLeaves("messages[].content[]"))

// answerLeaves is the table of the string leaves of a whole answer.
var answerLeaves = join(messageLeaves(""), blockLeaves("content[]"))

// messageLeaves are those of an answer but for its blocks.
func messageLeaves(prefix string) []leaf.Row {
	return under(prefix, []leaf.Row{
		{Path: "id", Class: leaf.Control},
		{Path: "type", Class: leaf.Control},
		{Path: "role", Class: leaf.Control},
		{Path: "model", Class: leaf.Control},
		{Path: "stop_reason", Class: leaf.Control},
		{Path: "stop_sequence", Class: leaf.Control, Why: "repeats one of the client's own"},
		{Path: "stop_details.type", Class: leaf.Control},
		{Path: "stop_details.category", Class: leaf.Control},
		{Path: "stop_details.explanation", Class: leaf.Part, Kind: core.PartRefusal},
		{Path: "stop_details.fallback_credit_token", Class: leaf.Control},
		{Path: "stop_details.recommended_model", Class: leaf.Control},
		{Path: "container.**", Class: leaf.Control},
		{Path: "container.skills[].**", Class: leaf.Control},
		{Path: "context_management.applied_edits[].**", Class: leaf.Control},
		{Path: "input_transformations[].**", Class: leaf.Control},
		{Path: "diagnostics.**", Class: leaf.Control},
		{Path: "usage.**", Class: leaf.Control, Why: "counts"},
		{Path: "usage.iterations[].**", Class: leaf.Control, Why: "counts"},
	})
}

// blockLeaves are those of a block of content at path, those of blocks in it
// included.
func blockLeaves(path string) []leaf.Row {
	p := path + "."
	return join(
		[]leaf.Row{{Path: path, Class: leaf.Part, Kind: core.PartText, Why: "some runtimes take bare strings"}},
		under(p, plainLeaves), citationLeaves(p+"citations[]"), under(p, resultLeaves), under(p, toolLeaves),
		under(p+"content[].", plainLeaves), citationLeaves(p+"content[].citations[]"), under(p+"content[].", stateLeaves),
		under(p+"content[].content[].", plainLeaves), citationLeaves(p+"content[].content[].citations[]"),
		under(p+"source.content[].", plainLeaves), under(p+"content[].source.content[].", plainLeaves),
		under(p+"content.content.", plainLeaves), under(p+"content.content[].", fileLeaves),
	)
}

// plainLeaves are those of a block that may stand in another one.
var plainLeaves = []leaf.Row{
	{Path: "type", Class: leaf.Control},
	{Path: "text", Class: leaf.Part, Kind: core.PartText},
	{Path: "title", Class: leaf.Part, Kind: core.PartText},
	{Path: "context", Class: leaf.Part, Kind: core.PartText},
	{Path: "source", Class: leaf.Part, Kind: core.PartText, Why: "where a search result comes from"},
	{Path: "source.type", Class: leaf.Control},
	{Path: "source.media_type", Class: leaf.Attr, Why: "Name of the image or document"},
	{Path: "source.data", Class: leaf.Part, Kind: core.PartDocument, Base64: true, Why: "an image or a text, says its media type"},
	{Path: "source.url", Class: leaf.Part, Kind: core.PartDocument, Address: true, Why: "an image, says the type of the block"},
	{Path: "source.file_id", Class: leaf.Opaque, Why: "points to a file at the provider"},
	{Path: "source.content", Class: leaf.Part, Kind: core.PartText},
	{Path: "cache_control.**", Class: leaf.Control},
	{Path: "transformations.**", Class: leaf.Control},
	{Path: "tool_name", Class: leaf.Control, Why: "repeats a name that tools holds"},
	{Path: "file_id", Class: leaf.Opaque, Why: "points to a file at the provider"},
	{Path: "encrypted_content", Class: leaf.Part, Kind: core.PartRedacted, Why: "what a search found, for the provider alone"},
	{Path: "page_age", Class: leaf.Part, Kind: core.PartCitation, Why: "words of the page"},
	{Path: "url", Class: leaf.Part, Kind: core.PartCitation, Why: "what a search found"},
}

// fileLeaves are those of what a program left.
var fileLeaves = []leaf.Row{
	{Path: "type", Class: leaf.Control},
	{Path: "file_id", Class: leaf.Opaque, Why: "points to a file at the provider"},
}

// stateLeaves are those of a browser's state in the result of a tool.
var stateLeaves = []leaf.Row{
	{Path: "tabs[].tab_id", Class: leaf.Control},
	{Path: "tabs[].title", Class: leaf.Part, Kind: core.PartText},
	{Path: "tabs[].url", Class: leaf.Part, Kind: core.PartText},
	{Path: "state_changes[].type", Class: leaf.Control},
	{Path: "state_changes[].tab_id", Class: leaf.Control},
	{Path: "state_changes[].download_id", Class: leaf.Control},
	{Path: "state_changes[].url", Class: leaf.Part, Kind: core.PartText},
	{Path: "state_changes[].path", Class: leaf.Part, Kind: core.PartText},
	{Path: "state_changes[].error", Class: leaf.Part, Kind: core.PartText},
}

// resultLeaves are those of calls of tools and of their results.
var resultLeaves = []leaf.Row{
	{Path: "id", Class: leaf.Attr, Why: "Ref of the call"},
	{Path: "name", Class: leaf.Attr, Why: "Name of the call"},
	{Path: "input", Class: leaf.Value, Kind: core.PartToolCall},
	{Path: "caller.**", Class: leaf.Control},
	{Path: "toolset_name", Class: leaf.Control},
	{Path: "server_name", Class: leaf.Control},
	{Path: "tool_use_id", Class: leaf.Attr, Why: "Ref of the result"},
	{Path: "thinking", Class: leaf.Part, Kind: core.PartThinking},
	{Path: "signature", Class: leaf.Control, Why: "signs the thinking; see Forward and SpliceAnswer"},
	{Path: "data", Class: leaf.Part, Kind: core.PartRedacted},
	{Path: "content", Class: leaf.Part, Kind: core.PartText},
	{Path: "content[]", Class: leaf.Part, Kind: core.PartText, Why: "some runtimes take bare strings"},
	{Path: "content.type", Class: leaf.Control},
	{Path: "content.error_code", Class: leaf.Control},
	{Path: "content.error_message", Class: leaf.Part, Kind: core.PartText},
	{Path: "content.stdout", Class: leaf.Part, Kind: core.PartText},
	{Path: "content.stderr", Class: leaf.Part, Kind: core.PartText},
	{Path: "content.encrypted_stdout", Class: leaf.Part, Kind: core.PartRedacted},
	{Path: "content.encrypted_content", Class: leaf.Part, Kind: core.PartRedacted},
	{Path: "content.stop_reason", Class: leaf.Control},
	{Path: "content.abort_reason", Class: leaf.Control},
	{Path: "content.text", Class: leaf.Part, Kind: core.PartText},
	{Path: "content.content", Class: leaf.Part, Kind: core.PartText},
	{Path: "content.file_type", Class: leaf.Control},
	{Path: "content.lines[]", Class: leaf.Part, Kind: core.PartText},
	{Path: "content.url", Class: leaf.Part, Kind: core.PartCitation},
	{Path: "content.retrieved_at", Class: leaf.Control},
	{Path: "content.tool_references[].type", Class: leaf.Control},
	{Path: "content.tool_references[].tool_name", Class: leaf.Control, Why: "repeats a name that tools holds"},
	{Path: "content.tool_references[].cache_control.**", Class: leaf.Control},
	{Path: "from.model", Class: leaf.Control},
	{Path: "to.model", Class: leaf.Control},
	{Path: "trigger", Class: leaf.Control},
	{Path: "trigger.**", Class: leaf.Control},
}

// toolLeaves are those of a change of the tools in the middle of a conversation.
var toolLeaves = []leaf.Row{
	{Path: "mcp_server_name", Class: leaf.Control},
	{Path: "tool.type", Class: leaf.Control},
	{Path: "tool.name", Class: leaf.Control, Why: "repeats a name that tools holds"},
	{Path: "tool.server_name", Class: leaf.Control},
	{Path: "tool.definition.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "tool_changes[].**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "tools[].name", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "tools[].description", Class: leaf.Part, Kind: core.PartText},
	{Path: "tools[].input_schema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
}

// citationLeaves are those of what a text cites.
func citationLeaves(path string) []leaf.Row {
	return under(path+".", []leaf.Row{
		{Path: "type", Class: leaf.Control},
		{Path: "cited_text", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "document_title", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "title", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "url", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "source", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "file_id", Class: leaf.Control, Why: "of a document that the request holds"},
		{Path: "encrypted_index", Class: leaf.Control, Why: "a place in what a search found"},
	})
}

// under returns rows with prefix before their paths.
func under(prefix string, rows []leaf.Row) []leaf.Row {
	out := make([]leaf.Row, 0, len(rows))
	for _, r := range rows {
		r.Path = prefix + r.Path
		out = append(out, r)
	}
	return out
}

// join puts tables together. What an earlier one says of a path holds.
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
