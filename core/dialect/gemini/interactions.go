package gemini

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Interactions reads the answers of Google's Interactions API
// (https://ai.google.dev/gemini-api/docs/interactions), the dialect
// "gemini.interactions": what they used up, which model answered, and how it ended.
// No client is served in it: its calls are raw ones, of which the books want to know
// that. The zero value is ready and safe for concurrent use.
type Interactions struct{ Dialect }

// Name returns "gemini.interactions".
func (Interactions) Name() string { return "gemini.interactions" }

// Match returns OpNone: no path is served.
func (Interactions) Match([]byte) core.Operation { return core.OpNone }

// Claims returns false: its clients are those of [Dialect].
func (Interactions) Claims(*core.Request) bool { return false }

// The members that are read, of a whole interaction and below "interaction" of the
// events that tell of one.
const (
	interStatus = iota
	interModel
	interInput
	interCached
	interOutput
	interTools
	interThoughts
	numInter
)

const (
	interText = 2*numInter + iota
	interError
	numInterPaths
)

var interPaths = jsonscan.NewPaths(
	"status", "model", "usage.total_input_tokens", "usage.total_cached_tokens", "usage.total_output_tokens",
	"usage.total_tool_use_tokens", "usage.total_thought_tokens",
	"interaction.status", "interaction.model", "interaction.usage.total_input_tokens", "interaction.usage.total_cached_tokens",
	"interaction.usage.total_output_tokens", "interaction.usage.total_tool_use_tokens", "interaction.usage.total_thought_tokens",
	"delta.text", "error")

// Answer reads usage, model and end off a whole interaction. What is none is
// CodeUpstreamInvalid.
func (Interactions) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	var found [numInterPaths]jsonscan.Value
	if interPaths.Read(body, found[:]) != nil {
		return notOurs("The upstream's answer is not a JSON object.")
	}
	if found[interStatus].Kind != jsonscan.String {
		return notOurs("The upstream's answer is no interaction.")
	}
	interaction(ex, at, body, found[:numInter])
	return nil
}

// Event reads the same off the event of a stream that tells of the interaction, and
// notes how much was produced. All events are forwarded.
func (Interactions) Event(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	var found [numInterPaths]jsonscan.Value
	if interPaths.Read(data, found[:]) != nil {
		return core.EventForward
	}
	if n := found[interText].Len(); n > len(`""`) {
		at.Stream.Events++
		at.Stream.OutTokens += tokens(n - len(`""`))
	}
	if found[interError].Kind == jsonscan.ObjectKind {
		at.Stream.Failed = true
	}
	if interaction(ex, at, data, found[numInter:2*numInter]); at.Finish != core.FinishNone {
		at.Stream.Finished = true
	}
	return core.EventForward
}

// interaction notes what is told of an interaction in doc.
func interaction(ex *core.Exchange, at *core.Attempt, doc []byte, found []jsonscan.Value) {
	switch string(leaf.Text(ex, doc, found[interStatus])) {
	case "completed":
		at.Finish = core.FinishStop
	case "requires_action":
		at.Finish = core.FinishToolCalls
	case "incomplete":
		at.Finish = core.FinishLength
	case "failed", "cancelled":
		at.Finish = core.FinishOther
	}
	if model := found[interModel]; at.Model == nil && model.Kind == jsonscan.String {
		at.Model = ex.Copy(leaf.Text(ex, doc, model))
	}
	var n [numInter]int64
	for i := interInput; i < numInter; i++ {
		if v, err := jsonscan.Int(doc, found[i]); err == nil && v >= 0 && v <= core.MaxTokens {
			n[i] = v
		}
	}
	input, output := n[interInput]+n[interTools], n[interOutput]+n[interThoughts]
	if found[interInput].Kind != jsonscan.Number || input+output == 0 || max(input, output) > core.MaxTokens {
		return
	}
	read := min(n[interCached], input)
	at.Usage = core.Usage{InputUncached: input - read, CacheRead: read, Output: output, Reasoning: n[interThoughts], Reported: true}
}
