package gemini

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of the top level of a request for an answer or a count of tokens,
// by ID in requestKeys.
const (
	keyContents = iota
	keySystem
	keyConfig
	keyTools
	keyToolConfig
	keySafety
	keyCached
	keyLabels
	keyModel
	keyWhole // countTokens: the request that is counted
)

var requestKeys = newKeyset("contents", "systemInstruction", "generationConfig", "tools", "toolConfig",
	"safetySettings", "cachedContent", "labels", "model", "generateContentRequest")

// The same of a request for embeddings, and of each of a batch.
const (
	embedContent = iota
	embedRequests
	embedModel
	embedTask
	embedTitle
	embedSize
	embedConfig
)

var embedKeys = newKeyset("content", "requests", "model", "taskType", "title", "outputDimensionality", "embedContentConfig")

// The members of generationConfig that have a place in the middle form, and more
// that the upstream acts on.
const (
	configMax = iota
	configCandidates
	configTemperature
	configTopP
	configTopK
	configStop
	configPresence
	configFrequency
	configSeed
	configMIME
	configShape
	configJSONShape
	configThinking
	configModalities
	configSpeech
	configResolution
	configAskLogprobs
)

var configKeys = newKeyset("maxOutputTokens", "candidateCount", "temperature", "topP", "topK", "stopSequences",
	"presencePenalty", "frequencyPenalty", "seed", "responseMimeType", "responseSchema", "responseJsonSchema",
	"thinkingConfig", "responseModalities", "speechConfig", "mediaResolution", "responseLogprobs", "logprobs")

const (
	thinkingInclude = iota
	thinkingBudget
	thinkingLevel
)

var thinkingKeys = newKeyset("includeThoughts", "thinkingBudget", "thinkingLevel")

const (
	maxChoices = 64 // more than Google's own bound on candidateCount
	// maxOutput bounds maxOutputTokens, so that it can be multiplied by the
	// number of candidates and a price.
	maxOutput = math.MaxInt32
)

// Scan reads the path and the top level of ex.Request.Body and fills ex.Request.
// The errors are CodeInvalidJSON, CodeInvalidEncoding, CodeDuplicateKey,
// CodeInvalidRequest, CodeMissingField, CodeInvalidField and CodeUnknownPath, and
// they name the field. A member that is null counts as absent, as it does
// upstream.
func (d Dialect) Scan(ex *core.Exchange) *core.Error {
	m := memoryOf(ex)
	m.forget()
	r := &ex.Request
	m.call = parse(r.Path)
	if m.call.op == core.OpNone || m.call.op == core.OpModels {
		return core.ClientErrorf(core.CodeUnknownPath, "", "The path names no model and verb of this API.")
	}
	r.Stream, r.UsageAsked, r.MaxOutput, r.Choices = m.call.stream, true, 0, 1
	r.ModelSpan, r.Verb = core.Span{}, m.call.verb
	if err := scanModel(ex, m.call.model); err != nil {
		return err
	}
	if len(r.Body) == 0 {
		return core.ClientErrorf(core.CodeInvalidRequest, "", "The request has no body. Send a JSON object.")
	}
	m.top.Limits.Depth = d.Depth
	keys := m.keys()
	if err := jsonscan.Scan(r.Body, m.form().Keys(), &m.top); err != nil {
		return leaf.Refusal(err, "")
	}
	if err := keys.check(&m.top, ""); err != nil {
		return err
	}
	m.body = len(r.Body)
	if m.call.op == core.OpEmbeddings {
		return m.scanEmbed(r.Body)
	}
	if err := m.scanContents(r.Body); err != nil {
		return err
	}
	return m.scanConfig(r)
}

// keys returns the members of the request's top level. They come first among
// those of its form, with the same IDs.
func (m *memory) keys() *keyset {
	if m.call.op == core.OpEmbeddings {
		return embedKeys
	}
	return requestKeys
}

// value returns a member of the top level.
func (m *memory) value(id int) jsonscan.Value { return m.keys().value(&m.top, id) }

func (m *memory) scanContents(body []byte) *core.Error {
	v := m.value(keyContents)
	switch v.Kind {
	case jsonscan.ObjectKind: // Google takes one that stands alone for a list of one
		return nil
	case jsonscan.ArrayKind:
		if a := jsonscan.Elements(body, v); !a.Next() {
			return leaf.Invalid("contents", "is empty; send at least one content")
		}
		return nil
	case jsonscan.None, jsonscan.Null:
		if whole := m.value(keyWhole); m.call.op == core.OpCountTokens && whole.Kind == jsonscan.ObjectKind {
			return nil
		} else if m.call.op == core.OpCountTokens && !leaf.Absent(whole) {
			return leaf.Invalid("generateContentRequest", "must be an object, not %s", whole.Kind)
		}
		if m.hasKey(body, "messages") {
			return core.ClientErrorf(core.CodeMissingField, "contents",
				"\"contents\" is missing. The body has \"messages\" and so looks like one for /v1/chat/completions; this is generateContent.")
		}
		return leaf.Missing("contents", "an array with at least one content")
	default:
		return leaf.Invalid("contents", "must be an array, not %s", v.Kind)
	}
}

// hasKey tells whether the top level has a key that is not interpreted.
func (m *memory) hasKey(body []byte, name string) bool {
	for i := range m.top.Members {
		k := m.top.Members[i].Key
		if k.Len() == len(name)+2 && string(body[k.Start+1:k.End-1]) == name {
			return true
		}
	}
	return false
}

// scanEmbed checks that a request for embeddings has something to embed.
func (m *memory) scanEmbed(body []byte) *core.Error {
	if !m.call.batch {
		switch v := m.value(embedContent); v.Kind {
		case jsonscan.ObjectKind:
			return nil
		case jsonscan.None, jsonscan.Null:
			return leaf.Missing("content", "an object with \"parts\"")
		default:
			return leaf.Invalid("content", "must be an object, not %s", v.Kind)
		}
	}
	switch v := m.value(embedRequests); v.Kind {
	case jsonscan.ArrayKind:
		if a := jsonscan.Elements(body, v); !a.Next() {
			return leaf.Invalid("requests", "is empty; send at least one request")
		}
		return nil
	case jsonscan.None, jsonscan.Null:
		return leaf.Missing("requests", "an array with at least one request")
	default:
		return leaf.Invalid("requests", "must be an array, not %s", v.Kind)
	}
}

// scanConfig reads what bounds the cost of a call, and whether thoughts are asked
// for.
func (m *memory) scanConfig(r *core.Request) *core.Error {
	v := m.value(keyConfig)
	if leaf.Absent(v) {
		return nil
	}
	if v.Kind != jsonscan.ObjectKind {
		return leaf.Invalid("generationConfig", "must be an object, not %s", v.Kind)
	}
	if err := configKeys.scan(r.Body, v, &m.config, "generationConfig"); err != nil {
		return err
	}
	if v := configKeys.value(&m.config, configMax); !leaf.Absent(v) {
		n, ok := integer(r.Body, v)
		if !ok || n < 0 || n > maxOutput {
			return leaf.Invalid("generationConfig.maxOutputTokens", "must be a whole number from 0 to %d; leave it out for no bound", maxOutput)
		}
		r.MaxOutput = n
	}
	if v := configKeys.value(&m.config, configCandidates); !leaf.Absent(v) {
		n, ok := integer(r.Body, v)
		if !ok || n < 1 || n > maxChoices {
			return leaf.Invalid("generationConfig.candidateCount", "must be a whole number from 1 to %d", maxChoices)
		}
		r.Choices = n
	}
	return m.scanThinking(r.Body, configKeys.value(&m.config, configThinking))
}

func (m *memory) scanThinking(body []byte, v jsonscan.Value) *core.Error {
	if leaf.Absent(v) {
		return nil
	}
	const at = "generationConfig.thinkingConfig"
	if v.Kind != jsonscan.ObjectKind {
		return leaf.Invalid(at, "must be an object, not %s", v.Kind)
	}
	if err := thinkingKeys.scan(body, v, &m.config, at); err != nil {
		return err
	}
	include := thinkingKeys.value(&m.config, thinkingInclude)
	if !include.IsBool() && !leaf.Absent(include) {
		return leaf.Invalid(at+".includeThoughts", "must be true or false, not %s", include.Kind)
	}
	m.thoughts = include.Bool()
	return nil
}

// bare returns a number that stands in quotes, as protobuf's JSON may have it,
// as one without.
func bare(v jsonscan.Value) jsonscan.Value {
	if v.Kind == jsonscan.String && !v.Escaped && v.Len() > 2 {
		return jsonscan.Value{Span: jsonscan.Span{Start: v.Start + 1, End: v.End - 1}, Kind: jsonscan.Number}
	}
	return v
}

func integer(doc []byte, v jsonscan.Value) (int64, bool) {
	n, err := jsonscan.Int(doc, bare(v))
	return n, err == nil
}

func float(doc []byte, v jsonscan.Value) (float64, bool) {
	f, err := jsonscan.Float(doc, bare(v))
	return f, err == nil
}
