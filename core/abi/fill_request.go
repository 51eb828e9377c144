package abi

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
)

const maxToolName = 256 // see sallyport.proto

// Set fills m with p. The slices in m are p's own.
func (m *Parameters) Set(p *core.Parameters) {
	m.Reset()
	m.HasMaxOutput, m.MaxOutput = p.MaxOutput.Set, uint64(max(p.MaxOutput.Value, 0))
	m.HasTemperature, m.Temperature = p.Temperature.Set, p.Temperature.Value
	m.HasTopP, m.TopP = p.TopP.Set, p.TopP.Value
	m.HasTopK, m.TopK = p.TopK.Set && p.TopK.Value >= 0, uint64(max(p.TopK.Value, 0))
	m.HasPresencePenalty, m.PresencePenalty = p.PresencePenalty.Set, p.PresencePenalty.Value
	m.HasFrequencyPenalty, m.FrequencyPenalty = p.FrequencyPenalty.Set, p.FrequencyPenalty.Value
	m.HasSeed, m.Seed = p.Seed.Set, p.Seed.Value
	m.Choices = uint32(min(max(p.Choices, 0), math.MaxUint32))
	m.Stop = append(m.Stop, p.Stop...)
	for i := range p.Tools {
		t := &p.Tools[i]
		if len(t.Name) <= maxToolName {
			m.Tools = append(m.Tools, Tool{Name: t.Name, Description: t.Description, Schema: t.Arguments, Raw: t.Raw, Attributes: t.Attr})
		}
	}
	m.ToolChoice, m.ToolName = ToolChoice(p.ToolChoice), p.ToolName
	m.HasParallelTools, m.ParallelTools = p.ParallelTools.Set, p.ParallelTools.Value
	m.OutputFormat, m.OutputSchema, m.OutputAttributes = OutputFormat(p.OutputFormat), p.OutputShape, p.OutputAttr
	m.ReasoningEffort = p.ReasoningEffort
	m.HasReasoningTokens, m.ReasoningTokens = p.ReasoningTokens.Set && p.ReasoningTokens.Value >= 0, uint64(max(p.ReasoningTokens.Value, 0))
	for i := range p.Others {
		m.Others = append(m.Others, Parameter{Name: p.Others[i].Name, JSON: p.Others[i].JSON})
	}
}

// Set describes the prompt of ex to hooks that need not see its text.
func (m *Features) Set(ex *core.Exchange, parts []*core.Part) {
	m.Reset()
	m.InputTokens = uint64(len(ex.Request.Body)+3) / 4 // as the gateway estimates it
	m.Messages = messagesOf(parts)
	for _, p := range parts {
		switch p.Kind { //nolint:exhaustive // the rest is no feature
		case core.PartImage:
			m.Images = true
		case core.PartAudio:
			m.Audio = true
		case core.PartDocument:
			m.Documents = true
		case core.PartToolCall, core.PartToolResult:
			m.Tools = true
		case core.PartThinking, core.PartRedacted:
			m.Reasoning = true
		}
	}
	if p := ex.Parameters(); p != nil {
		m.Tools = m.Tools || len(p.Tools) > 0
		m.Reasoning = m.Reasoning || len(p.ReasoningEffort) > 0
	}
}

// finished appends how the choices of a whole answer finished.
func (f *Frames) finished(dst []Choice, call *core.Call) []Choice {
	r, ok := call.Exchange.Request.Dialect.(core.ParameterReader)
	if !ok || call.Answer == nil {
		return dst
	}
	f.finishes = r.Choices(call.Answer, f.finishes[:0])
	for _, c := range f.finishes {
		dst = append(dst, Choice{Index: uint32(c.Index), Finish: FinishOf(c.Finish)})
	}
	return dst
}
