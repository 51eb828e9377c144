package openai

import "github.com/sallyport-gateway/sallyport/core"

// class says what the gateway makes of one string leaf of a document.
type class uint8

// The classes.
const (
	// classUnknown is a leaf that no row of the table names. It is treated as
	// opaque.
	classUnknown class = iota
	// classPart is content: each such leaf is a [core.Part].
	classPart
	// classAttr belongs to a part as its Name or Ref.
	classAttr
	// classDerived follows from a part and is dropped, replaced by null, when
	// that was edited; what stands there may be of any kind.
	classDerived
	// classControl is a word or id of the protocol that steers and holds no
	// prose.
	classControl
	// classOpaque may hold or point to content that the gateway cannot see.
	classOpaque
)

// leafRow is one row of a table: a place where a string may stand, and what it is
// there.
type leafRow struct {
	// path is the JSON path with "[]" for every element of an array. A last
	// "**" stands for everything below that no other row names.
	path  string
	class class
	// kind is that of the part. A derived leaf of kind PartThinking follows
	// from thinking alone, any other from whatever stands beside it.
	kind core.PartKind
	why  string // where it does not go without saying
}

// requestLeaves is the table of the string leaves of a request.
var requestLeaves = []leafRow{
	{path: "model", class: classControl, why: "the route; the deployment's model replaces it"},

	{path: "messages[].role", class: classControl},
	{path: "messages[].content", class: classPart, kind: core.PartText},
	{path: "messages[].content[]", class: classPart, kind: core.PartText, why: "some runtimes take bare strings"},
	{path: "messages[].content[].type", class: classControl},
	{path: "messages[].content[].text", class: classPart, kind: core.PartText},
	{path: "messages[].content[].refusal", class: classPart, kind: core.PartRefusal},
	{path: "messages[].content[].image_url", class: classPart, kind: core.PartImage, why: "Mistral's short form"},
	{path: "messages[].content[].image_url.url", class: classPart, kind: core.PartImage},
	{path: "messages[].content[].image_url.detail", class: classControl},
	{path: "messages[].content[].video_url.url", class: classPart, kind: core.PartRaw, why: "no dialect but this has video"},
	{path: "messages[].content[].input_audio.data", class: classPart, kind: core.PartAudio},
	{path: "messages[].content[].input_audio.format", class: classAttr, why: "Name of the audio"},
	{path: "messages[].content[].file.file_data", class: classPart, kind: core.PartDocument},
	{path: "messages[].content[].file.filename", class: classPart, kind: core.PartText, why: "the model reads it"},
	{path: "messages[].content[].file.file_id", class: classOpaque, why: "points to a document at the provider"},
	{path: "messages[].content[].document_url", class: classPart, kind: core.PartDocument},
	{path: "messages[].content[].thinking", class: classPart, kind: core.PartThinking},
	{path: "messages[].content[].thinking[].text", class: classPart, kind: core.PartThinking},
	{path: "messages[].content[].thinking[].type", class: classControl},
	{path: "messages[].content[].signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "messages[].content[].cache_control.type", class: classControl},
	{path: "messages[].content[].cache_control.ttl", class: classControl},
	{path: "messages[].refusal", class: classPart, kind: core.PartRefusal},
	{path: "messages[].name", class: classPart, kind: core.PartText, why: "the model reads who speaks"},
	{path: "messages[].tool_call_id", class: classAttr, why: "Ref of the result"},
	{path: "messages[].tool_calls[].id", class: classAttr, why: "Ref of the call"},
	{path: "messages[].tool_calls[].type", class: classControl},
	{path: "messages[].tool_calls[].function.name", class: classAttr, why: "Name of the call"},
	{path: "messages[].tool_calls[].function.arguments", class: classPart, kind: core.PartToolCall},
	{path: "messages[].tool_calls[].custom.name", class: classAttr, why: "Name of the call"},
	{path: "messages[].tool_calls[].custom.input", class: classPart, kind: core.PartToolCall},
	{path: "messages[].function_call.name", class: classAttr, why: "Name of the call"},
	{path: "messages[].function_call.arguments", class: classPart, kind: core.PartToolCall},
	{path: "messages[].reasoning_content", class: classPart, kind: core.PartThinking},
	{path: "messages[].reasoning", class: classPart, kind: core.PartThinking},
	{path: "messages[].reasoning_signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "messages[].reasoning_details[].type", class: classControl},
	{path: "messages[].reasoning_details[].format", class: classControl},
	{path: "messages[].reasoning_details[].id", class: classControl},
	{path: "messages[].reasoning_details[].text", class: classPart, kind: core.PartThinking},
	{path: "messages[].reasoning_details[].summary", class: classPart, kind: core.PartThinking},
	{path: "messages[].reasoning_details[].data", class: classPart, kind: core.PartRedacted},
	{path: "messages[].reasoning_details[].signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "messages[].thinking_blocks[].type", class: classControl},
	{path: "messages[].thinking_blocks[].thinking", class: classPart, kind: core.PartThinking},
	{path: "messages[].thinking_blocks[].data", class: classPart, kind: core.PartRedacted},
	{path: "messages[].thinking_blocks[].signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "messages[].audio.id", class: classOpaque, why: "points to an earlier answer at the provider"},
	{path: "messages[].annotations[].type", class: classControl},
	{path: "messages[].annotations[].url_citation.url", class: classPart, kind: core.PartCitation},
	{path: "messages[].annotations[].url_citation.title", class: classPart, kind: core.PartCitation},
	{path: "messages[].cache_control.type", class: classControl},
	{path: "messages[].cache_control.ttl", class: classControl},

	{path: "prediction.type", class: classControl},
	{path: "prediction.content", class: classPart, kind: core.PartText},
	{path: "prediction.content[].type", class: classControl},
	{path: "prediction.content[].text", class: classPart, kind: core.PartText},

	{path: "tools[].type", class: classControl},
	{path: "tools[].function.name", class: classPart, kind: core.PartText, why: "the model reads it"},
	{path: "tools[].function.description", class: classPart, kind: core.PartText},
	{path: "tools[].function.parameters.**", class: classPart, kind: core.PartText, why: "the model reads the schema"},
	{path: "tools[].custom.name", class: classPart, kind: core.PartText, why: "the model reads it"},
	{path: "tools[].custom.description", class: classPart, kind: core.PartText},
	{path: "tools[].custom.format.type", class: classControl},
	{path: "tools[].custom.format.grammar.syntax", class: classControl},
	{path: "tools[].custom.format.grammar.definition", class: classPart, kind: core.PartText},
	{path: "tools[].cache_control.type", class: classControl},
	{path: "tools[].cache_control.ttl", class: classControl},
	{path: "functions[].name", class: classPart, kind: core.PartText, why: "the model reads it"},
	{path: "functions[].description", class: classPart, kind: core.PartText},
	{path: "functions[].parameters.**", class: classPart, kind: core.PartText, why: "the model reads the schema"},
	{path: "function_call", class: classControl},
	{path: "function_call.name", class: classControl, why: "repeats a name that functions holds"},
	{path: "tool_choice", class: classControl},
	{path: "tool_choice.type", class: classControl},
	{path: "tool_choice.function.name", class: classControl, why: "repeats a name that tools holds"},
	{path: "tool_choice.custom.name", class: classControl, why: "repeats a name that tools holds"},
	{path: "tool_choice.allowed_tools.mode", class: classControl},
	{path: "tool_choice.allowed_tools.tools[].type", class: classControl},
	{path: "tool_choice.allowed_tools.tools[].function.name", class: classControl, why: "repeats a name that tools holds"},

	{path: "response_format.type", class: classControl},
	{path: "response_format.json_schema.name", class: classPart, kind: core.PartText, why: "the model reads it"},
	{path: "response_format.json_schema.description", class: classPart, kind: core.PartText},
	{path: "response_format.json_schema.schema.**", class: classPart, kind: core.PartText, why: "the model reads the schema"},
	{path: "stop", class: classPart, kind: core.PartText, why: "text that leaves, though only compared with"},
	{path: "stop[]", class: classPart, kind: core.PartText, why: "text that leaves, though only compared with"},

	{path: "web_search_options.search_context_size", class: classControl},
	{path: "web_search_options.user_location.type", class: classControl},
	{path: "web_search_options.user_location.approximate.city", class: classPart, kind: core.PartText},
	{path: "web_search_options.user_location.approximate.country", class: classPart, kind: core.PartText},
	{path: "web_search_options.user_location.approximate.region", class: classPart, kind: core.PartText},
	{path: "web_search_options.user_location.approximate.timezone", class: classPart, kind: core.PartText},

	{path: "modalities[]", class: classControl},
	{path: "audio.voice", class: classControl},
	{path: "audio.format", class: classControl},
	{path: "reasoning_effort", class: classControl},
	{path: "reasoning.effort", class: classControl},
	{path: "reasoning.summary", class: classControl},
	{path: "reasoning_format", class: classControl},
	{path: "thinking.type", class: classControl},
	{path: "verbosity", class: classControl},
	{path: "service_tier", class: classControl},
	{path: "prompt_cache_retention", class: classControl},

	{path: "user", class: classOpaque, why: "an identifier of the app's own choice that the provider keeps"},
	{path: "safety_identifier", class: classOpaque, why: "an identifier of the app's own choice that the provider keeps"},
	{path: "prompt_cache_key", class: classOpaque, why: "an identifier of the app's own choice that the provider keeps"},
	{path: "metadata.**", class: classOpaque, why: "stored at the provider, not shown to the model"},
	{path: "chat_template", class: classOpaque, why: "a program that rewrites the prompt at the runtime"},
	{path: "chat_template_kwargs.**", class: classOpaque, why: "input of a program that rewrites the prompt"},
	{path: "grammar", class: classOpaque, why: "a program that shapes the answer at the runtime"},
}

// answerLeaves is the table of the string leaves of a whole answer.
var answerLeaves = []leafRow{
	{path: "id", class: classControl},
	{path: "object", class: classControl},
	{path: "model", class: classControl},
	{path: "provider", class: classControl},
	{path: "service_tier", class: classControl},
	{path: "system_fingerprint", class: classControl},
	{path: "obfuscation", class: classDerived, why: "padding"},
	{path: "citations[]", class: classPart, kind: core.PartCitation},
	{path: "usage.**", class: classControl, why: "counts"},
	{path: "usage_breakdown.**", class: classControl, why: "counts"},
	{path: "timings.**", class: classControl, why: "counts"},
	{path: "x_groq.**", class: classControl, why: "counts and ids"},
	{path: "prompt_filter_results.**", class: classControl, why: "severities in Azure's own words"},

	{path: "choices[].finish_reason", class: classControl},
	{path: "choices[].native_finish_reason", class: classControl},
	{path: "choices[].logprobs", class: classDerived, why: "spells the content token by token"},
	{path: "choices[].content_filter_results.**", class: classControl, why: "severities in Azure's own words"},
	{path: "choices[].message.role", class: classControl},
	{path: "choices[].message.content", class: classPart, kind: core.PartText},
	{path: "choices[].message.content[]", class: classPart, kind: core.PartText},
	{path: "choices[].message.content[].type", class: classControl},
	{path: "choices[].message.content[].text", class: classPart, kind: core.PartText},
	{path: "choices[].message.content[].thinking", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.content[].thinking[].text", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.content[].thinking[].type", class: classControl},
	{path: "choices[].message.content[].signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "choices[].message.refusal", class: classPart, kind: core.PartRefusal},
	{path: "choices[].message.reasoning_content", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.reasoning", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.reasoning_signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "choices[].message.reasoning_details[].type", class: classControl},
	{path: "choices[].message.reasoning_details[].format", class: classControl},
	{path: "choices[].message.reasoning_details[].id", class: classControl},
	{path: "choices[].message.reasoning_details[].text", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.reasoning_details[].summary", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.reasoning_details[].data", class: classPart, kind: core.PartRedacted},
	{path: "choices[].message.reasoning_details[].signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "choices[].message.thinking_blocks[].type", class: classControl},
	{path: "choices[].message.thinking_blocks[].thinking", class: classPart, kind: core.PartThinking},
	{path: "choices[].message.thinking_blocks[].data", class: classPart, kind: core.PartRedacted},
	{path: "choices[].message.thinking_blocks[].signature", class: classDerived, kind: core.PartThinking, why: "signs the thinking"},
	{path: "choices[].message.tool_calls[].id", class: classAttr, why: "Ref of the call"},
	{path: "choices[].message.tool_calls[].type", class: classControl},
	{path: "choices[].message.tool_calls[].function.name", class: classAttr, why: "Name of the call"},
	{path: "choices[].message.tool_calls[].function.arguments", class: classPart, kind: core.PartToolCall},
	{path: "choices[].message.tool_calls[].custom.name", class: classAttr, why: "Name of the call"},
	{path: "choices[].message.tool_calls[].custom.input", class: classPart, kind: core.PartToolCall},
	{path: "choices[].message.function_call.name", class: classAttr, why: "Name of the call"},
	{path: "choices[].message.function_call.arguments", class: classPart, kind: core.PartToolCall},
	{path: "choices[].message.executed_tools[].type", class: classControl},
	{path: "choices[].message.executed_tools[].**", class: classPart, kind: core.PartRaw, why: "what tools at the provider were asked and found"},
	{path: "choices[].message.annotations[].type", class: classControl},
	{path: "choices[].message.annotations[].url_citation.url", class: classPart, kind: core.PartCitation},
	{path: "choices[].message.annotations[].url_citation.title", class: classPart, kind: core.PartCitation},
	{path: "choices[].message.annotations[].url_citation.content", class: classPart, kind: core.PartCitation},
	{path: "choices[].message.audio.id", class: classControl},
	{path: "choices[].message.audio.data", class: classDerived, why: "speaks the transcript"},
	{path: "choices[].message.audio.transcript", class: classPart, kind: core.PartText},
}
