package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// itemLeaves is the table of one item of an input or an output. Kinds of item share
// the names of their members.
func itemLeaves(at string) []leaf.Row {
	rows := append([]leaf.Row{
		{Path: ".type", Class: leaf.Control},
		{Path: ".role", Class: leaf.Control},
		{Path: ".id", Class: leaf.Control},
		{Path: ".status", Class: leaf.Control},
		{Path: ".phase", Class: leaf.Control},
		{Path: ".call_id", Class: leaf.Attr, Why: "Ref of the call or result"},
		{Path: ".name", Class: leaf.Attr, Why: "Name of the call"},
		{Path: ".namespace", Class: leaf.Attr, Why: "belongs to the name of the call"},
		{Path: ".created_by", Class: leaf.Control},
		{Path: ".execution", Class: leaf.Control},
		{Path: ".caller.**", Class: leaf.Control, Why: "an id"},
		{Path: ".fingerprint", Class: leaf.Control},
		{Path: ".summary[].type", Class: leaf.Control},
		{Path: ".summary[].text", Class: leaf.Part, Kind: core.PartThinking},
		{Path: ".encrypted_content", Class: leaf.Derived, Why: "seals the item"},
		{Path: ".arguments", Class: leaf.Value, Kind: core.PartToolCall},
		{Path: ".input", Class: leaf.Part, Kind: core.PartToolCall},
		{Path: ".queries[]", Class: leaf.Part, Kind: core.PartText},
		{Path: ".results[].file_id", Class: leaf.Control},
		{Path: ".results[].**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".action", Class: leaf.Control, Why: "of an image: make or edit"},
		{Path: ".action.type", Class: leaf.Control},
		{Path: ".action.**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".actions[].type", Class: leaf.Control},
		{Path: ".actions[].**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".pending_safety_checks[].message", Class: leaf.Part, Kind: core.PartText},
		{Path: ".pending_safety_checks[].**", Class: leaf.Control},
		{Path: ".acknowledged_safety_checks[].message", Class: leaf.Part, Kind: core.PartText},
		{Path: ".acknowledged_safety_checks[].**", Class: leaf.Control},
		{Path: ".code", Class: leaf.Part, Kind: core.PartText},
		{Path: ".container_id", Class: leaf.Control},
		{Path: ".outputs[].type", Class: leaf.Control},
		{Path: ".outputs[].url", Class: leaf.Part, Kind: core.PartImage},
		{Path: ".outputs[].**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".result", Class: leaf.Part, Kind: core.PartImage, Why: "of a program it is text; see settle"},
		{Path: ".prompt", Class: leaf.Part, Kind: core.PartText, Why: "xAI's word for revised_prompt"},
		{Path: ".revised_prompt", Class: leaf.Part, Kind: core.PartText},
		{Path: ".background", Class: leaf.Control},
		{Path: ".output_format", Class: leaf.Control},
		{Path: ".quality", Class: leaf.Control},
		{Path: ".size", Class: leaf.Control},
		{Path: ".operation.type", Class: leaf.Control},
		{Path: ".operation.**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".environment.type", Class: leaf.Control},
		{Path: ".environment.container_id", Class: leaf.Control},
		{Path: ".environment.**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".server_label", Class: leaf.Control},
		{Path: ".approval_request_id", Class: leaf.Control},
		{Path: ".reason", Class: leaf.Part, Kind: core.PartText},
		{Path: ".error", Class: leaf.Part, Kind: core.PartText},
		{Path: ".error.type", Class: leaf.Control},
		{Path: ".error.**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".tools[].input_schema.**", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: ".tools[].annotations.**", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
	}, contentLeaves(".content")...)
	rows = append(rows, contentLeaves(".output")...)
	for i := range rows {
		rows[i].Path = at + rows[i].Path
	}
	return join(rows, toolLeaves(at+".tools[]"))
}

// contentLeaves is the table of the content of a message or reasoning, or of the
// output of a call.
func contentLeaves(at string) []leaf.Row {
	rows := []leaf.Row{
		{Path: "", Class: leaf.Part, Kind: core.PartText},
		{Path: "[]", Class: leaf.Part, Kind: core.PartText},
		{Path: "[].type", Class: leaf.Control},
		{Path: "[].text", Class: leaf.Part, Kind: core.PartText},
		{Path: "[].refusal", Class: leaf.Part, Kind: core.PartRefusal},
		{Path: "[].image_url", Class: leaf.Part, Kind: core.PartImage, Address: true},
		{Path: "[].image_url.url", Class: leaf.Part, Kind: core.PartImage, Address: true},
		{Path: "[].detail", Class: leaf.Control},
		{Path: "[].file_id", Class: leaf.Opaque, Why: "points to a document at the provider"},
		{Path: "[].file_data", Class: leaf.Part, Kind: core.PartDocument, Base64: true},
		{Path: "[].file_url", Class: leaf.Part, Kind: core.PartDocument, Address: true, Base64: true},
		{Path: "[].filename", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: "[].input_audio.data", Class: leaf.Part, Kind: core.PartAudio},
		{Path: "[].input_audio.format", Class: leaf.Attr, Why: "Name of the audio"},
		{Path: "[].prompt_cache_breakpoint.**", Class: leaf.Control},
		{Path: "[].annotations[].type", Class: leaf.Control},
		{Path: "[].annotations[].file_id", Class: leaf.Control},
		{Path: "[].annotations[].container_id", Class: leaf.Control},
		{Path: "[].annotations[].**", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "[].logprobs", Class: leaf.Spelling, Why: "spells the text token by token"},
		// The output of a shell, and that of a computer.
		{Path: "[].stdout", Class: leaf.Part, Kind: core.PartText},
		{Path: "[].stderr", Class: leaf.Part, Kind: core.PartText},
		{Path: "[].outcome.type", Class: leaf.Control},
		{Path: "[].created_by", Class: leaf.Control},
		{Path: ".type", Class: leaf.Control},
		{Path: ".image_url", Class: leaf.Part, Kind: core.PartImage, Address: true},
		{Path: ".file_id", Class: leaf.Opaque, Why: "points to an image at the provider"},
	}
	for i := range rows {
		rows[i].Path = at + rows[i].Path
	}
	return rows
}

// toolLeaves is the table of one tool, and of the tools in it.
func toolLeaves(at string) []leaf.Row {
	rows := append(functionLeaves(""), functionLeaves(".tools[]")...)
	rows = append(rows, []leaf.Row{
		{Path: ".vector_store_ids[]", Class: leaf.Opaque, Why: whyBound},
		{Path: ".filters.**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".ranking_options.**", Class: leaf.Control},
		{Path: ".user_location.type", Class: leaf.Control},
		{Path: ".user_location.**", Class: leaf.Part, Kind: core.PartText},
		{Path: ".search_context_size", Class: leaf.Control},
		{Path: ".search_content_types[]", Class: leaf.Control},
		{Path: ".server_label", Class: leaf.Control},
		{Path: ".server_url", Class: leaf.Setting, Why: "a place that the provider asks"},
		{Path: ".connector_id", Class: leaf.Control},
		{Path: ".server_description", Class: leaf.Part, Kind: core.PartText},
		{Path: ".authorization", Class: leaf.Secret},
		{Path: ".headers.**", Class: leaf.Secret},
		{Path: ".allowed_tools[]", Class: leaf.Control},
		{Path: ".allowed_tools.tool_names[]", Class: leaf.Control},
		{Path: ".require_approval", Class: leaf.Control},
		{Path: ".require_approval.**", Class: leaf.Control},
		{Path: ".container", Class: leaf.Opaque, Why: whyBound},
		{Path: ".container.type", Class: leaf.Control},
		{Path: ".container.memory_limit", Class: leaf.Control},
		{Path: ".container.network_policy.type", Class: leaf.Control},
		{Path: ".container.network_policy.domain_secrets[].value", Class: leaf.Secret},
		{Path: ".container.file_ids[]", Class: leaf.Opaque, Why: whyBound},
		{Path: ".container.**", Class: leaf.Setting, Why: "names of the app's own choice"},
		{Path: ".environment", Class: leaf.Control},
		{Path: ".environment.type", Class: leaf.Control},
		{Path: ".environment.memory_limit", Class: leaf.Control},
		{Path: ".environment.network_policy.type", Class: leaf.Control},
		{Path: ".environment.skills[].type", Class: leaf.Control},
		{Path: ".environment.skills[].name", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: ".environment.skills[].description", Class: leaf.Part, Kind: core.PartText},
		{Path: ".environment.skills[].path", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: ".environment.skills[].source.type", Class: leaf.Control},
		{Path: ".environment.skills[].source.media_type", Class: leaf.Control},
		{Path: ".environment.skills[].source.data", Class: leaf.Opaque, Why: "programs in an archive"},
		{Path: ".environment.skills[].skill_id", Class: leaf.Opaque, Why: whyBound},
		{Path: ".environment.container_id", Class: leaf.Opaque, Why: whyBound},
		{Path: ".environment.file_ids[]", Class: leaf.Opaque, Why: whyBound},
		{Path: ".environment.network_policy.domain_secrets[].value", Class: leaf.Secret},
		{Path: ".environment.**", Class: leaf.Setting, Why: "names of the app's own choice"},
		{Path: ".model", Class: leaf.Control},
		{Path: ".size", Class: leaf.Control},
		{Path: ".quality", Class: leaf.Control},
		{Path: ".background", Class: leaf.Control},
		{Path: ".moderation", Class: leaf.Control},
		{Path: ".output_format", Class: leaf.Control},
		{Path: ".input_fidelity", Class: leaf.Control},
		{Path: ".action", Class: leaf.Control},
		{Path: ".input_image_mask.image_url", Class: leaf.Part, Kind: core.PartImage, Address: true},
		{Path: ".input_image_mask.file_id", Class: leaf.Opaque, Why: "points to an image at the provider"},
		{Path: ".execution", Class: leaf.Control},
	}...)
	for i := range rows {
		rows[i].Path = at + rows[i].Path
	}
	return rows
}

// functionLeaves is the table of a function or custom tool.
func functionLeaves(at string) []leaf.Row {
	rows := []leaf.Row{
		{Path: ".type", Class: leaf.Control},
		{Path: ".name", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: ".description", Class: leaf.Part, Kind: core.PartText},
		{Path: ".parameters.**", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: ".output_schema.**", Class: leaf.Part, Kind: core.PartText, Why: whyReads},
		{Path: ".format.type", Class: leaf.Control},
		{Path: ".format.syntax", Class: leaf.Control},
		{Path: ".format.definition", Class: leaf.Part, Kind: core.PartText},
		{Path: ".allowed_callers[]", Class: leaf.Control},
	}
	for i := range rows {
		rows[i].Path = at + rows[i].Path
	}
	return rows
}
