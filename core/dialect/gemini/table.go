package gemini

import (
	"maps"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The tables have each path in its first spelling; [spelled] adds the others.

// partLeaves are the string leaves of one part, below the path of the part.
var partLeaves = []leaf.Row{
	{Path: "text", Class: leaf.Part, Kind: core.PartText, Why: "or thinking, see thought"},
	{Path: "thought", Class: leaf.Control, Why: "true where text is thinking"},
	{Path: "thoughtSignature", Class: leaf.Derived, Kind: core.PartThinking, Why: "signs the thinking"},
	{Path: "inlineData.mimeType", Class: leaf.Attr, Why: "Name of the image, audio or document"},
	{Path: "inlineData.data", Class: leaf.Part, Kind: core.PartDocument, Base64: true, Why: "or image or audio, by its media type"},
	{Path: "inlineData.displayName", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "fileData.mimeType", Class: leaf.Attr, Why: "Name of the image, audio or document"},
	{Path: "fileData.fileUri", Class: leaf.Part, Kind: core.PartDocument, Address: true, Why: "or image or audio, by its media type"},
	{Path: "fileData.displayName", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "functionCall.id", Class: leaf.Attr, Why: "Ref of the call"},
	{Path: "functionCall.name", Class: leaf.Attr, Why: "Name of the call"},
	{Path: "functionCall.args", Class: leaf.Value, Kind: core.PartToolCall},
	{Path: "functionCall.partialArgs[].jsonPath", Class: leaf.Control},
	{Path: "functionCall.partialArgs[].stringValue", Class: leaf.Part, Kind: core.PartText, Why: "a piece of the arguments"},
	{Path: "functionResponse.id", Class: leaf.Attr, Why: "Ref of the result"},
	{Path: "functionResponse.name", Class: leaf.Attr, Why: "Name of the result"},
	{Path: "functionResponse.response.**", Class: leaf.Part, Kind: core.PartToolResult},
	{Path: "functionResponse.scheduling", Class: leaf.Control},
	{Path: "functionResponse.parts[].inlineData.mimeType", Class: leaf.Attr, Why: "Name of the image, audio or document"},
	{Path: "functionResponse.parts[].inlineData.data", Class: leaf.Part, Kind: core.PartDocument, Base64: true, Why: "or image or audio, by its media type"},
	{Path: "functionResponse.parts[].inlineData.displayName", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "functionResponse.parts[].fileData.mimeType", Class: leaf.Attr, Why: "Name of the image, audio or document"},
	{Path: "functionResponse.parts[].fileData.fileUri", Class: leaf.Part, Kind: core.PartDocument, Address: true, Why: "or image or audio, by its media type"},
	{Path: "functionResponse.parts[].fileData.displayName", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
	{Path: "executableCode.id", Class: leaf.Control},
	{Path: "executableCode.language", Class: leaf.Control},
	{Path: "executableCode.code", Class: leaf.Part, Kind: core.PartRaw, Why: "no dialect but this has it"},
	{Path: "codeExecutionResult.id", Class: leaf.Control},
	{Path: "codeExecutionResult.outcome", Class: leaf.Control},
	{Path: "codeExecutionResult.output", Class: leaf.Part, Kind: core.PartRaw, Why: "no dialect but this has it"},
	{Path: "toolCall.id", Class: leaf.Control},
	{Path: "toolCall.toolType", Class: leaf.Control},
	{Path: "toolCall.args.**", Class: leaf.Part, Kind: core.PartRaw, Why: "what a tool at the provider was asked"},
	{Path: "toolResponse.id", Class: leaf.Control},
	{Path: "toolResponse.toolType", Class: leaf.Control},
	{Path: "toolResponse.response.**", Class: leaf.Part, Kind: core.PartRaw, Why: "what a tool at the provider found"},
	{Path: "videoMetadata.startOffset", Class: leaf.Control},
	{Path: "videoMetadata.endOffset", Class: leaf.Control},
	{Path: "mediaResolution", Class: leaf.Control},
	{Path: "mediaResolution.level", Class: leaf.Control},
	{Path: "partMetadata.**", Class: leaf.Setting, Why: "the app's own, not shown to the model"},
}

// aNumber is why a member that is no text has a row.
const aNumber = "a number, which may stand in quotes (protobuf JSON)"

// below returns rows with their paths below at.
func below(at string, rows []leaf.Row) []leaf.Row {
	out := make([]leaf.Row, len(rows))
	for i, r := range rows {
		r.Path = at + "." + r.Path
		out[i] = r
	}
	return out
}

// requestLeaves is the table of a request for an answer or a count of tokens.
var requestLeaves = join(
	[]leaf.Row{{Path: "contents[].role", Class: leaf.Control}},
	below("contents[].parts[]", partLeaves),
	[]leaf.Row{
		{Path: "systemInstruction", Class: leaf.Part, Kind: core.PartText, Why: "a short form that some runtimes take"},
		{Path: "systemInstruction.role", Class: leaf.Control},
	},
	below("systemInstruction.parts[]", partLeaves),
	[]leaf.Row{
		{Path: "tools[].functionDeclarations[].name", Class: leaf.Part, Kind: core.PartText, Why: "the model reads it"},
		{Path: "tools[].functionDeclarations[].description", Class: leaf.Part, Kind: core.PartText},
		{Path: "tools[].functionDeclarations[].behavior", Class: leaf.Control},
		{Path: "tools[].functionDeclarations[].parameters.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
		{Path: "tools[].functionDeclarations[].parametersJsonSchema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
		{Path: "tools[].functionDeclarations[].response.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
		{Path: "tools[].functionDeclarations[].responseJsonSchema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
		{Path: "tools[].googleSearch.**", Class: leaf.Control, Why: "hosts and times"},
		{Path: "tools[].googleSearchRetrieval.**", Class: leaf.Control, Why: "a mode"},
		{Path: "tools[].enterpriseWebSearch.**", Class: leaf.Control, Why: "hosts"},
		{Path: "tools[].googleMaps.**", Class: leaf.Control, Why: "no strings so far"},
		{Path: "tools[].urlContext.**", Class: leaf.Control, Why: "no strings so far"},
		{Path: "tools[].codeExecution.**", Class: leaf.Control, Why: "no strings so far"},
		{Path: "tools[].computerUse.**", Class: leaf.Control, Why: "names of functions"},
		{Path: "tools[].retrieval.**", Class: leaf.Opaque, Why: "points to documents at the provider"},
		{Path: "tools[].fileSearch.**", Class: leaf.Opaque, Why: "points to documents at the provider"},
		{Path: "tools[].mcpServers[].**", Class: leaf.Setting, Why: "a place that the provider asks"},
		{Path: "tools[].mcpServers[].streamableHttpTransport.headers.**", Class: leaf.Secret},
		{Path: "toolConfig.functionCallingConfig.mode", Class: leaf.Control},
		{Path: "toolConfig.functionCallingConfig.allowedFunctionNames[]", Class: leaf.Control, Why: "repeats names that tools holds"},
		{Path: "toolConfig.retrievalConfig.languageCode", Class: leaf.Control},
		{Path: "safetySettings[].category", Class: leaf.Control},
		{Path: "safetySettings[].threshold", Class: leaf.Control},
		{Path: "safetySettings[].method", Class: leaf.Control},
		{Path: "generationConfig.stopSequences[]", Class: leaf.Part, Kind: core.PartText, Why: "text that leaves, though only compared with"},
		{Path: "generationConfig.responseMimeType", Class: leaf.Control},
		{Path: "generationConfig.responseSchema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
		{Path: "generationConfig.responseJsonSchema.**", Class: leaf.Part, Kind: core.PartText, Why: "the model reads the schema"},
		{Path: "generationConfig.responseModalities[]", Class: leaf.Control},
		{Path: "generationConfig.thinkingConfig.thinkingLevel", Class: leaf.Control},
		{Path: "generationConfig.speechConfig.**", Class: leaf.Control, Why: "names of voices and languages"},
		{Path: "generationConfig.imageConfig.**", Class: leaf.Control, Why: "sizes"},
		{Path: "generationConfig.mediaResolution", Class: leaf.Control},
		{Path: "generationConfig.maxOutputTokens", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.candidateCount", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.temperature", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.topP", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.topK", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.seed", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.presencePenalty", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.frequencyPenalty", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.logprobs", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.thinkingConfig.thinkingBudget", Class: leaf.Control, Why: aNumber},
		{Path: "generationConfig.routingConfig.**", Class: leaf.Control, Why: "names of models"},
		{Path: "generationConfig.modelSelectionConfig.**", Class: leaf.Control, Why: "a preference"},
		{Path: "cachedContent", Class: leaf.Opaque, Why: "points to content at the provider"},
		{Path: "labels.**", Class: leaf.Setting, Why: "stored at the provider, not shown to the model"},
		{Path: "serviceTier", Class: leaf.Control},
		{Path: "model", Class: leaf.Route, Why: "repeats what the path says"},
	},
)

// embedLeaves is the table of a request for embeddings.
var embedLeaves = join(
	embedLeavesAt(""), embedLeavesAt("requests[]."),
	[]leaf.Row{
		{Path: "embedContentConfig.taskType", Class: leaf.Control},
		{Path: "embedContentConfig.title", Class: leaf.Part, Kind: core.PartText},
	},
)

func embedLeavesAt(at string) []leaf.Row {
	return []leaf.Row{
		{Path: at + "model", Class: leaf.Route, Why: "repeats what the path says"},
		{Path: at + "content.role", Class: leaf.Control},
		{Path: at + "content.parts[].text", Class: leaf.Part, Kind: core.PartText},
		{Path: at + "content.parts[].inlineData.mimeType", Class: leaf.Attr, Why: "Name of the image, audio or document"},
		{Path: at + "content.parts[].inlineData.data", Class: leaf.Part, Kind: core.PartDocument, Base64: true, Why: "or image or audio, by its media type"},
		{Path: at + "content.parts[].fileData.mimeType", Class: leaf.Attr, Why: "Name of the image, audio or document"},
		{Path: at + "content.parts[].fileData.fileUri", Class: leaf.Part, Kind: core.PartDocument, Address: true, Why: "or image or audio, by its media type"},
		{Path: at + "taskType", Class: leaf.Control},
		{Path: at + "title", Class: leaf.Part, Kind: core.PartText},
	}
}

// answerLeaves is the table of a whole answer, of any operation.
var answerLeaves = join(
	[]leaf.Row{
		{Path: "modelVersion", Class: leaf.Control},
		{Path: "responseId", Class: leaf.Control},
		{Path: "createTime", Class: leaf.Control},
		{Path: "modelStatus.**", Class: leaf.Control, Why: "where the model is in its life"},
		{Path: "usageMetadata.**", Class: leaf.Control, Why: "counts"},
		{Path: "promptTokensDetails[].modality", Class: leaf.Control},
		{Path: "cacheTokensDetails[].modality", Class: leaf.Control},
		{Path: "promptFeedback.blockReason", Class: leaf.Control},
		{Path: "promptFeedback.blockReasonMessage", Class: leaf.Part, Kind: core.PartText, Why: "may quote what it blocked"},
		{Path: "promptFeedback.safetyRatings[].**", Class: leaf.Control, Why: "severities"},
		{Path: "candidates[].finishReason", Class: leaf.Control},
		{Path: "candidates[].finishMessage", Class: leaf.Part, Kind: core.PartText, Why: "repeats a call that is malformed"},
		{Path: "candidates[].safetyRatings[].**", Class: leaf.Control, Why: "severities"},
		{Path: "candidates[].logprobsResult", Class: leaf.Spelling, Why: "spells the content token by token"},
		{Path: "candidates[].continuationToken", Class: leaf.Opaque},
		{Path: "candidates[].content.role", Class: leaf.Control},
		{Path: "candidates[].citationMetadata.citations[].uri", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "candidates[].citationMetadata.citations[].title", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "candidates[].citationMetadata.citations[].license", Class: leaf.Control},
		{Path: "candidates[].citationMetadata.citationSources[].uri", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "candidates[].citationMetadata.citationSources[].license", Class: leaf.Control},
		{Path: "candidates[].groundingMetadata.groundingChunks[].**", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "candidates[].groundingMetadata.groundingSupports", Class: leaf.Derived, Why: "quotes the text and says where it stands"},
		{Path: "candidates[].groundingMetadata.searchEntryPoint.renderedContent", Class: leaf.Part, Kind: core.PartRaw, Why: "a page that the client shows"},
		{Path: "candidates[].groundingMetadata.searchEntryPoint.sdkBlob", Class: leaf.Opaque},
		{Path: "candidates[].groundingMetadata.webSearchQueries[]", Class: leaf.Part, Kind: core.PartRaw, Why: "what the model searched for"},
		{Path: "candidates[].groundingMetadata.imageSearchQueries[]", Class: leaf.Part, Kind: core.PartRaw, Why: "what the model searched for"},
		{Path: "candidates[].groundingMetadata.retrievalQueries[]", Class: leaf.Part, Kind: core.PartRaw, Why: "what the model searched for"},
		{Path: "candidates[].urlContextMetadata.urlMetadata[].retrievedUrl", Class: leaf.Part, Kind: core.PartCitation},
		{Path: "candidates[].urlContextMetadata.urlMetadata[].urlRetrievalStatus", Class: leaf.Control},
	},
	below("candidates[].content.parts[]", partLeaves),
)

func join(lists ...[]leaf.Row) (out []leaf.Row) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// judged are the members in which also a string that no row names is judged: the
// model may read it.
var judged = []string{
	"contents", "systemInstruction", "system_instruction", "generateContentRequest", "generate_content_request",
	"tools", "toolConfig", "tool_config", "generationConfig", "generation_config",
}

// Compiled once; never changed after.
var (
	requestForm = leaf.NewForm(spelled(leaf.Spec{
		Rows:   requestLeaves,
		Keys:   requestKeys.names,
		Turns:  "contents[]",
		Judged: judged,
		Again:  []string{"generateContentRequest", "generate_content_request"},
		Lone:   true,
		Scenes: scenes("contents[].parts[]", scenes("systemInstruction.parts[]", map[string]leaf.Scene{
			"contents[]":                     content,
			"systemInstruction":              speaker(core.RoleSystem),
			"tools[]":                        speaker(core.RoleSystem),
			"tools[].functionDeclarations[]": declaration,
			"generationConfig":               speaker(core.RoleSystem),
		})),
		Role: core.RoleUser,
		Msg:  -1,
	}))
	embedForm = leaf.NewForm(spelled(leaf.Spec{
		Rows:   embedLeaves,
		Keys:   embedKeys.names,
		Turns:  "requests[]",
		Judged: []string{"content", "requests", "embedContentConfig", "embed_content_config"},
		Lone:   true,
		Scenes: map[string]leaf.Scene{
			"content.parts[].inlineData":            media,
			"content.parts[].fileData":              media,
			"requests[].content.parts[].inlineData": media,
			"requests[].content.parts[].fileData":   media,
		},
		Role: core.RoleUser,
		Msg:  -1,
	}))
	answerForm = leaf.NewForm(leaf.Spec{
		Rows:    answerLeaves,
		Choices: "candidates[]",
		Judged:  []string{"candidates"},
		Scenes:  scenes("candidates[].content.parts[]", nil),
		Role:    core.RoleAssistant,
	})
)

// form returns the form of the request.
func (m *memory) form() *leaf.Form {
	if m.call.op == core.OpEmbeddings {
		return embedForm
	}
	return requestForm
}

// scenes adds those of the parts at a path to more.
func scenes(part string, more map[string]leaf.Scene) map[string]leaf.Scene {
	out := map[string]leaf.Scene{
		part:                       thought,
		part + ".functionCall":     functionCall,
		part + ".functionResponse": functionResponse,
		part + ".inlineData":       media,
		part + ".fileData":         media,
		part + ".functionResponse.parts[].inlineData": media,
		part + ".functionResponse.parts[].fileData":   media,
	}
	maps.Copy(out, more)
	return out
}
