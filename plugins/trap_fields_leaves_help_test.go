package plugins_test

import (
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/rerank"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// Clients beside those of chats.
const (
	completionsClient = "openai.completions"
	embeddingsClient  = "openai.embeddings"
	embedClient       = "gemini.embed"
	rerankClient      = "rerank"
	countOf           = "count " // in front of a client of chats
)

// leafTarget is a provider: the folder of its translator or the dialect of one that is
// built in, and its kind where that is another.
type leafTarget struct{ folder, model, kind string }

func (to leafTarget) String() string {
	return strings.TrimSpace(to.folder + " " + to.model + " " + to.kind)
}

// leafTargets are the providers of a client, in a long test with more models.
func leafTargets(client string, long bool) (list []leafTarget) {
	switch client {
	case rerankClient:
		for _, dialect := range []string{"fireworks.rerank", "mixedbread.rerank", "sglang.rerank", "tei.rerank", "vertex.rank", "voyage.rerank"} {
			list = append(list, leafTarget{folder: dialect, model: "m"})
		}
		return append(list, leafTarget{folder: "bedrock.rerank", model: "cohere.rerank-v3"})
	case embeddingsClient, embedClient:
		for _, dialect := range []string{"openai.embeddings", "mistral.embeddings", "voyage.embeddings", "jina.embeddings", "cohere.embeddings", "vertex.embeddings"} {
			list = append(list, leafTarget{folder: dialect, model: "m"})
		}
		for _, model := range []string{"amazon.titan-embed-text-v2:0", "cohere.embed-english-v3", "amazon.nova-2-multimodal-embeddings-v1:0"} {
			list = append(list, leafTarget{folder: "bedrock.embeddings", model: model})
		}
		return append(list, leafTarget{folder: "gemini", model: "gemini-embedding-001"})
	}
	for _, folder := range []string{"openai", "responses", "anthropic", "gemini", "mistral", "bedrock", "cohere", "ollama"} {
		list = append(list, leafTarget{folder: folder, model: fieldModels[folder]})
	}
	list = append(list, leafTarget{"cohere", "command-a-reasoning-08-2025", ""}, leafTarget{"responses", "gpt-5", ""})
	if long {
		list = append(list, leafTarget{"openai", "o3", ""}, leafTarget{"anthropic", "claude-opus-4-7", ""}, leafTarget{"anthropic", "claude-sonnet-4-5", "bedrock-anthropic"},
			leafTarget{"gemini", "gemini-3-pro-preview", ""}, leafTarget{"gemini", "gemini-2.5-pro", "vertex"}, leafTarget{"mistral", "magistral-medium-latest", ""},
			leafTarget{"bedrock", "amazon.nova-lite-v1:0", ""}, leafTarget{"bedrock", "meta.llama3-70b-instruct-v1:0", ""})
	}
	return list
}

func (to leafTarget) translator(rig *trapRig) core.Translator {
	for _, tr := range plugins.Translators() {
		if tr.Dialect() == to.folder {
			return tr
		}
	}
	return rig.translator(to.folder)
}

// serves tells whether requests of the client are translated.
func (to leafTarget) serves(tr core.Translator, client string) bool {
	front, _, op := leafFront(client)
	return tr.Translates(op) && (tr.Dialect() != front.Name() || op == core.OpEmbeddings)
}

func leafFront(client string) (front core.Dialect, path string, op core.Operation) {
	switch client {
	case countOf + messagesClient:
		return anthropic.New(), "/v1/messages/count_tokens", core.OpCountTokens
	case countOf + geminiClient:
		return gemini.New(), "/v1beta/models/m:countTokens", core.OpCountTokens
	case countOf + responsesClient:
		return responses.New(), "/v1/responses/input_tokens", core.OpCountTokens
	case completionsClient:
		return openai.Completions{}, "/v1/completions", core.OpCompletions
	case embeddingsClient:
		return openai.Embeddings{}, "/v1/embeddings", core.OpEmbeddings
	case embedClient:
		return gemini.New(), "/v1beta/models/m:embedContent", core.OpEmbeddings
	case rerankClient:
		return rerank.Dialect{}, "/v2/rerank", core.OpRerank
	}
	typed, path := clientOf(client)
	return typed, path, core.OpChat
}

// send makes what leaves.
func (to leafTarget) send(tr core.Translator, client, body string) (*core.Exchange, *core.Attempt, *core.Error) {
	front, path, op := leafFront(client)
	kind := to.kind
	if kind == "" {
		kind = to.folder
	}
	ex, at := asked(tr, trapFronts[chatClient], kind, to.model)
	if to.kind == "bedrock-anthropic" {
		at.Deployment.Provider.Quirks.InPlaceOfModel = inPlaceOf("bedrock.invoke.anthropic")
		at.Service = &core.Service{Dialect: messagesClient, Carried: true}
	}
	ex.Request.Dialect, ex.Request.Operation = front, op
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(body)
	return ex, at, written(tr, front, ex, at)
}

// kindsOf are the kinds of part that an element of content may become, by its type and by
// the members that make it one. What is not listed is raw.
var kindsOf = map[string]string{
	"text": "text", "input_text": "text", "output_text": "text", "content": "text thinking", "parts": "text",
	"thought": "thinking", "thinking": "thinking", "redacted_thinking": "redacted", "reasoning": "thinking redacted", "reasoning_content": "thinking", "summary_text": "thinking",
	"image": "image", "image_url": "image", "input_image": "image", "inlineData": "image document audio", "inline_data": "image document audio",
	"document": "document", "search_result": "document", "file": "document", "input_file": "document", "fileData": "image document audio", "file_data": "image document audio",
	"input_audio": "audio", "refusal": "refusal", "tool_use": "tool_call", "function": "tool_call", "functionCall": "tool_call", "function_call": "tool_call", "custom_tool_call": "tool_call",
	"tool_result": "tool_result image document", "functionResponse": "tool_result", "function_response": "tool_result", "function_call_output": "tool_result", "custom_tool_call_output": "tool_result", "message": "text",
	"citations": "citation", "annotations": "citation", "cache_control": "cache_point",
}

// otherNames are the names that losses of a member go by, beside its own.
var otherNames = map[string]string{
	"budget_tokens": "reasoning_tokens", "max_tokens": "reasoning_tokens", "effort": "reasoning_effort", "thinking": "reasoning_tokens reasoning_effort", "json_schema": "response_format",
	"displayName": "filename", "display_name": "filename", "responseJsonSchema": "responseSchema", "response_json_schema": "responseSchema", "disable_parallel_tool_use": "parallel_tool_calls",
	"thoughtSignature": "signature", "thought_signature": "signature", "encrypted_content": "signature", "mediaResolution": "mediaResolution",
}

// covers tells whether a loss that is reported anyway is of the place. Losses of parts
// go by their message and kind, as in messages[0].image.detail=….
func covers(loss string, p *leafPlace) bool {
	name, _, _ := strings.Cut(loss, "=")
	if name == p.path || strings.HasPrefix(p.path, name+".") || strings.HasPrefix(p.path, name+"[") || strings.HasPrefix(name, p.path+".") || strings.HasPrefix(name, p.path+"[") {
		return true
	}
	keys := strings.FieldsFunc(p.path, func(r rune) bool { return strings.ContainsRune(".[]", r) })
	is := func(word string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return k == word || slices.Contains(strings.Fields(otherNames[k]), word) })
	}
	list, rest, inList := strings.Cut(name, "].")
	place, _, _ := strings.Cut(p.path, "].")
	if strings.HasPrefix(p.path, "system") && strings.HasPrefix(name, "system.") {
		list, rest, inList = place, name[len("system."):], true
	}
	switch {
	case !inList:
		return !strings.Contains(strings.Split(p.path, ".")[0], "[") && is(name[strings.LastIndexByte(name, '.')+1:])
	case list != strings.TrimSuffix(place, "]"):
		return false
	}
	kind, member, ofPart := strings.Cut(rest, ".")
	if ofPart || strings.HasPrefix(list, "tools") {
		return is(rest[strings.LastIndexByte(rest, '.')+1:]) || member != "" && is(strings.Split(member, ".")[0])
	}
	return is(kind) || slices.Contains(p.kinds(keys), kind)
}

// kinds are the kinds of part that what stands there may be of.
func (p *leafPlace) kinds(keys []string) (out []string) {
	for _, k := range keys {
		out = append(out, strings.Fields(kindsOf[k])...)
	}
	known := false
	for k, v := range p.around {
		if word, is := v.(string); is && k == "type" {
			k = word
		} else if k == "citations" || k == "annotations" || k == "cache_control" || k == "parts" || k == "content" {
			continue // which stand beside what it is
		}
		out, known = append(out, strings.Fields(kindsOf[k])...), known || kindsOf[k] != ""
	}
	if !known || keys[len(keys)-1] == "type" { // one that nobody knows
		out = append(out, "raw")
	}
	return out
}
