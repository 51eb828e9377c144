package wasm

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// parameters fills m with the request's settings, if the manifest asks for them
// and the dialect tells them. The slices in m are the exchange's.
func (g *guest) parameters(m *abi.Parameters, ex *core.Exchange) bool {
	if !g.pool.module.manifest.Sees.Parameters {
		return false
	}
	p := ex.Parameters()
	if p == nil {
		return false
	}
	m.HasMaxOutput, m.MaxOutput = p.MaxOutput.Set, uint64(max(p.MaxOutput.Value, 0))
	m.HasTemperature, m.Temperature = p.Temperature.Set, p.Temperature.Value
	m.HasTopP, m.TopP = p.TopP.Set, p.TopP.Value
	m.HasTopK, m.TopK = p.TopK.Set && p.TopK.Value >= 0, uint64(max(p.TopK.Value, 0))
	m.HasPresencePenalty, m.PresencePenalty = p.PresencePenalty.Set, p.PresencePenalty.Value
	m.HasFrequencyPenalty, m.FrequencyPenalty = p.FrequencyPenalty.Set, p.FrequencyPenalty.Value
	m.HasSeed, m.Seed = p.Seed.Set, p.Seed.Value
	m.Choices = uint32(min(max(p.Choices, 0), math.MaxUint32))
	m.Stop = append(m.Stop[:0], p.Stop...)
	for i := range p.Tools {
		t := &p.Tools[i]
		if len(t.Name) <= maxToolName {
			m.Tools = append(m.Tools, abi.Tool{Name: t.Name, Description: t.Description, Schema: t.Arguments, Raw: t.Raw})
		}
	}
	m.ToolChoice, m.ToolName = abi.ToolChoice(p.ToolChoice), p.ToolName
	m.HasParallelTools, m.ParallelTools = p.ParallelTools.Set, p.ParallelTools.Value
	m.OutputFormat, m.OutputSchema = abi.OutputFormat(p.OutputFormat), p.OutputShape
	m.ReasoningEffort = p.ReasoningEffort
	for i := range p.Others {
		m.Others = append(m.Others, abi.Parameter{Name: p.Others[i].Name, JSON: p.Others[i].JSON})
	}
	return true
}

const maxToolName = 256

// choices appends how the choices of a whole answer finished.
func (g *guest) choices(dst []abi.Choice, call *core.Call) []abi.Choice {
	r, ok := call.Exchange.Request.Dialect.(core.ParameterReader)
	if !ok || call.Answer == nil {
		return dst
	}
	g.frames.finishes = r.Choices(call.Answer, g.frames.finishes[:0])
	for _, c := range g.frames.finishes {
		dst = append(dst, abi.Choice{Index: uint32(c.Index), Finish: abi.FinishOf(c.Finish)})
	}
	return dst
}

// features describes the prompt to hooks that need not see its text.
func features(m *abi.Features, ex *core.Exchange, parts []*core.Part) {
	m.InputTokens = uint64(len(ex.Request.Body)+3) / 4 // as the gateway estimates it
	m.Messages = messages(parts)
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
