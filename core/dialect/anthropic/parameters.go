package anthropic

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Bounds of what is told of a request's settings.
const (
	maxStops      = 64
	maxTools      = 1024
	maxParameters = 256
)

// Parameters tells the settings of a request that has been scanned.
func (Messages) Parameters(ex *core.Exchange, p *core.Parameters) {
	m := memoryOf(ex)
	if m.body != len(ex.Request.Body) {
		return // the body has been let go
	}
	s := settings{ex: ex, doc: ex.Request.Body, p: p, m: &m.typed}
	s.all(&m.top)
}

// settings fills the parameters of one request. What is not as it should be goes to
// Others, for the provider to refuse.
type settings struct {
	ex      *core.Exchange
	doc     []byte
	p       *core.Parameters
	m       *typedMemory
	dropped *[]string // nil where nobody asks
	err     *core.Error
}

func (s *settings) all(top *jsonscan.Object) {
	s.p.Choices = 1
	for i := range top.Members {
		if m := &top.Members[i]; !leaf.Absent(m.Value) && !s.setting(int(m.ID), m.Value) {
			s.other(leaf.Text(s.ex, s.doc, jsonscan.Value{Span: m.Key, Kind: jsonscan.String, Escaped: m.KeyEscaped}), m.Value.Of(s.doc))
		}
	}
}

// other adds a setting that no field holds.
func (s *settings) other(name, json []byte) {
	if len(s.p.Others) < maxParameters {
		s.p.Others = append(s.p.Others, core.Parameter{Name: name, JSON: json})
	} else if s.dropped != nil {
		*s.dropped = append(*s.dropped, string(name)+"=too_many")
	}
}

// setting reads the member with that ID and tells whether nothing of it is left.
func (s *settings) setting(id int, v jsonscan.Value) bool {
	p := s.p
	switch id {
	case keyModel, keyMessages, keySystem, keyStream:
		return true
	case keyMaxTokens:
		return s.int(v, &p.MaxOutput)
	case keyTemperature:
		return s.float(v, &p.Temperature)
	case keyTopP:
		return s.float(v, &p.TopP)
	case keyTopK:
		return s.count(v, &p.TopK)
	case keyStop:
		return s.stops(v)
	case keyTools:
		return s.tools(v)
	case keyToolChoice:
		return s.toolChoice(v)
	case keyThinking:
		return s.thinking(v)
	case keyOutputConfig:
		return s.outputConfig(v)
	case keyOutputFormat:
		return s.outputFormat(v)
	default:
		return false
	}
}

func (s *settings) float(v jsonscan.Value, out *core.Maybe[float64]) bool {
	f, err := jsonscan.Float(s.doc, v)
	if err == nil {
		*out = core.Some(f)
	}
	return err == nil
}

func (s *settings) int(v jsonscan.Value, out *core.Maybe[int64]) bool {
	n, err := jsonscan.Int(s.doc, v)
	if err == nil {
		*out = core.Some(n)
	}
	return err == nil
}

// count is int for what cannot be less than nothing.
func (s *settings) count(v jsonscan.Value, out *core.Maybe[int64]) bool {
	n, err := jsonscan.Int(s.doc, v)
	return err == nil && n >= 0 && s.int(v, out)
}

func (s *settings) text(v jsonscan.Value) []byte { return leaf.Text(s.ex, s.doc, v) }

// object reads the members of v, nil where v is no object or refused. at is its
// path; an index of -1 is none.
func (s *settings) object(v jsonscan.Value, keys *jsonscan.Keys, level int, at string, index int) *jsonscan.Object {
	if v.Kind != jsonscan.ObjectKind {
		return nil
	}
	obj := &s.m.levels[level]
	obj.Limits.Members = leaf.MaxMembers
	if err := jsonscan.ScanObject(s.doc, v, keys, obj); err != nil {
		if index >= 0 {
			at += "[" + strconv.Itoa(index) + "]"
		}
		if s.err == nil {
			s.err = leaf.Refusal(err, at)
		}
		return nil
	}
	return obj
}

func (s *settings) stops(v jsonscan.Value) bool {
	if v.Kind != jsonscan.ArrayKind {
		return false
	}
	for a := jsonscan.Elements(s.doc, v); a.Next(); {
		stop := a.Value()
		if stop.Kind != jsonscan.String || len(s.p.Stop) == maxStops {
			clear(s.p.Stop)
			s.p.Stop = s.p.Stop[:0]
			return false
		}
		s.p.Stop = append(s.p.Stop, s.text(stop))
	}
	return true
}

// The members of a tool.
const (
	toolType = iota
	toolName
	toolDescription
	toolInput
)

var toolKeys = jsonscan.NewKeys("type", "name", "description", "input_schema")

func (s *settings) tools(v jsonscan.Value) bool {
	if v.Kind != jsonscan.ArrayKind {
		return false
	}
	for a := jsonscan.Elements(s.doc, v); a.Next(); {
		if len(s.p.Tools) == maxTools {
			clear(s.p.Tools)
			s.p.Tools = s.p.Tools[:0]
			return false
		}
		s.p.Tools = append(s.p.Tools, s.tool(a.Value(), a.Index()))
	}
	return true
}

func (s *settings) tool(v jsonscan.Value, index int) core.Tool {
	obj := s.object(v, toolKeys, levelMessage, "tools", index)
	if obj == nil {
		return core.Tool{Raw: v.Of(s.doc)}
	}
	kind := obj.Value(toolType)
	function := leaf.Absent(kind) || string(s.text(kind)) == "custom"
	if !function || obj.Value(toolName).Kind != jsonscan.String {
		return core.Tool{Raw: v.Of(s.doc)}
	}
	t := core.Tool{Name: s.text(obj.Value(toolName))}
	taken := set(toolType, toolName)
	if d := obj.Value(toolDescription); d.Kind == jsonscan.String {
		t.Description = s.text(d)
		taken |= set(toolDescription)
	}
	if in := obj.Value(toolInput); in.Kind == jsonscan.ObjectKind {
		t.Arguments = in.Of(s.doc)
		taken |= set(toolInput)
	}
	t.Attr = restOf(s.ex, s.doc, obj, taken)
	return t
}

// The members of tool_choice.
const (
	choiceType = iota
	choiceName
	choiceSerial
)

var choiceKeys = jsonscan.NewKeys("type", "name", "disable_parallel_tool_use")

func (s *settings) toolChoice(v jsonscan.Value) bool {
	obj := s.object(v, choiceKeys, levelMessage, "tool_choice", -1)
	if obj == nil {
		return false
	}
	taken := set(choiceType)
	switch string(s.text(obj.Value(choiceType))) {
	case "auto":
		s.p.ToolChoice = core.ToolChoiceAuto
	case "any":
		s.p.ToolChoice = core.ToolChoiceAny
	case "none":
		s.p.ToolChoice = core.ToolChoiceNone
	case "tool":
		if obj.Value(choiceName).Kind != jsonscan.String {
			return false
		}
		s.p.ToolChoice, s.p.ToolName = core.ToolChoiceTool, s.text(obj.Value(choiceName))
		taken |= set(choiceName)
	default:
		return false
	}
	if serial := obj.Value(choiceSerial); serial.IsBool() {
		s.p.ParallelTools = core.Some(!serial.Bool())
		taken |= set(choiceSerial)
	}
	return s.left("tool_choice", obj, taken)
}

// left adds to Others what of the member name is not taken.
func (s *settings) left(name string, obj *jsonscan.Object, taken bits) bool {
	if rest := restOf(s.ex, s.doc, obj, taken); rest != nil {
		s.other([]byte(name), rest)
	}
	return true
}

// The members of thinking.
const (
	thinkingType = iota
	thinkingBudget
)

var thinkingKeys = jsonscan.NewKeys("type", "budget_tokens")

func (s *settings) thinking(v jsonscan.Value) bool {
	obj := s.object(v, thinkingKeys, levelMessage, "thinking", -1)
	if obj == nil {
		return false
	}
	switch string(s.text(obj.Value(thinkingType))) {
	case "disabled":
		s.p.ReasoningTokens = core.Some[int64](0)
	case "enabled":
		if !s.count(obj.Value(thinkingBudget), &s.p.ReasoningTokens) {
			return false
		}
	default:
		return false
	}
	// What else there is makes sense only beside its type.
	return restOf(s.ex, s.doc, obj, set(thinkingType, thinkingBudget)) == nil
}

// The members of output_config.
const (
	outputEffort = iota
	outputFormat
)

var outputKeys = jsonscan.NewKeys("effort", "format")

func (s *settings) outputConfig(v jsonscan.Value) bool {
	obj := s.object(v, outputKeys, levelMessage, "output_config", -1)
	if obj == nil {
		return false
	}
	var taken bits
	if effort := obj.Value(outputEffort); effort.Kind == jsonscan.String {
		s.p.ReasoningEffort = s.text(effort)
		taken |= set(outputEffort)
	}
	if s.outputFormat(obj.Value(outputFormat)) {
		taken |= set(outputFormat)
	}
	return s.left("output_config", obj, taken)
}

// The members of a format.
const (
	formatType = iota
	formatShape
)

var formatKeys = jsonscan.NewKeys("type", "schema")

// outputFormat reads the format of the answer, which stood at the top level once.
func (s *settings) outputFormat(v jsonscan.Value) bool {
	obj := s.object(v, formatKeys, levelBlock, "output_config.format", -1)
	if obj == nil {
		return false
	}
	shape := obj.Value(formatShape)
	if string(s.text(obj.Value(formatType))) != "json_schema" || shape.Kind != jsonscan.ObjectKind || s.p.OutputFormat != core.OutputUnset {
		return false
	}
	s.p.OutputFormat, s.p.OutputShape = core.OutputShaped, shape.Of(s.doc)
	s.p.OutputAttr = restOf(s.ex, s.doc, obj, set(formatType, formatShape))
	return true
}
