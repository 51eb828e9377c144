package sallyport

import "github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"

// Parameters are the request's settings, in one form for all dialects. The
// second result tells whether the client set one.
type Parameters struct{ m *abi.Parameters }

// MaxOutput returns the bound of the answer, in tokens.
func (p Parameters) MaxOutput() (uint64, bool) { return p.m.MaxOutput, p.m.HasMaxOutput }

// Temperature returns the sampling temperature.
func (p Parameters) Temperature() (float64, bool) { return p.m.Temperature, p.m.HasTemperature }

// TopP returns the bound of nucleus sampling.
func (p Parameters) TopP() (float64, bool) { return p.m.TopP, p.m.HasTopP }

// TopK returns how many tokens are sampled from.
func (p Parameters) TopK() (uint64, bool) { return p.m.TopK, p.m.HasTopK }

// PresencePenalty returns the penalty on tokens that occurred.
func (p Parameters) PresencePenalty() (float64, bool) {
	return p.m.PresencePenalty, p.m.HasPresencePenalty
}

// FrequencyPenalty returns the penalty on tokens by how often they occurred.
func (p Parameters) FrequencyPenalty() (float64, bool) {
	return p.m.FrequencyPenalty, p.m.HasFrequencyPenalty
}

// Seed returns the seed of the sampling.
func (p Parameters) Seed() (int64, bool) { return p.m.Seed, p.m.HasSeed }

// Choices returns how many answers are asked for, at least 1.
func (p Parameters) Choices() int { return max(1, int(p.m.Choices)) }

// Stop returns the sequences that end the answer.
func (p Parameters) Stop() []string {
	list := make([]string, len(p.m.Stop))
	for i, s := range p.m.Stop {
		list[i] = string(s)
	}
	return list
}

// Tools returns the functions that the model may call.
func (p Parameters) Tools() []Tool {
	list := make([]Tool, len(p.m.Tools))
	for i := range list {
		list[i] = Tool{&p.m.Tools[i]}
	}
	return list
}

// ToolChoice returns whether the model must use a tool, and the tool's name for
// [ToolChoiceTool].
func (p Parameters) ToolChoice() (ToolChoice, string) { return p.m.ToolChoice, string(p.m.ToolName) }

// ParallelTools tells whether the model may call several tools at once.
func (p Parameters) ParallelTools() (bool, bool) { return p.m.ParallelTools, p.m.HasParallelTools }

// Output returns the form of answer that is asked for, and the JSON Schema of
// [OutputTyped].
func (p Parameters) Output() (OutputFormat, []byte) { return p.m.OutputFormat, p.m.OutputSchema }

// ReasoningEffort returns the client's word for it, or "".
func (p Parameters) ReasoningEffort() string { return string(p.m.ReasoningEffort) }

// ReasoningTokens returns the bound of reasoning, in tokens.
func (p Parameters) ReasoningTokens() (uint64, bool) {
	return p.m.ReasoningTokens, p.m.HasReasoningTokens
}

// Other returns the JSON of a setting that only some dialects have, by its
// top-level key in the client's request.
func (p Parameters) Other(name string) ([]byte, bool) {
	for i := range p.m.Others {
		if string(p.m.Others[i].Name) == name {
			return p.m.Others[i].JSON, true
		}
	}
	return nil, false
}

// Others returns the names of the settings that [Parameters.Other] has, in the order
// of the request. A translator reports those that it has no place for.
func (p Parameters) Others() []string {
	names := make([]string, len(p.m.Others))
	for i := range p.m.Others {
		names[i] = string(p.m.Others[i].Name)
	}
	return names
}

// Tool is a function that the model may call.
type Tool struct{ m *abi.Tool }

// Name returns the tool's name.
func (t Tool) Name() string { return string(t.m.Name) }

// Description returns what the model is told about it.
func (t Tool) Description() string { return string(t.m.Description) }

// Arguments returns the JSON Schema of the arguments.
func (t Tool) Arguments() []byte { return t.m.Schema }

// Raw returns the original JSON value of a tool that is no function.
func (t Tool) Raw() []byte { return t.m.Raw }
