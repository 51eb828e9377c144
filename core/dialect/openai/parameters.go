package openai

import (
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

var _ core.ParameterReader = Chat{}

// Parameters tells the settings of a request that has been scanned.
func (Chat) Parameters(ex *core.Exchange, p *core.Parameters) { readSettings(ex, p, "messages") }

// readSettings tells the settings beside the member content, which holds what
// they are for.
func readSettings(ex *core.Exchange, p *core.Parameters, content string) {
	m, body := memoryOf(ex), ex.Request.Body
	if m.body != len(body) {
		return // the body has been let go
	}
	p.Choices = max(ex.Request.Choices, 1)
	r := settings{ex: ex, body: body, p: p, content: content}
	for i := range m.top.Members {
		if k := &m.top.Members[i]; !k.KeyEscaped && !leaf.Absent(k.Value) {
			if key := k.Key.Of(body)[1 : k.Key.Len()-1]; !r.setting(key, k.Value) {
				r.shaped(key, k.Value)
			}
		}
	}
}

// settings fills the parameters of one request.
type settings struct {
	ex   *core.Exchange
	body []byte
	p    *core.Parameters

	content string // the member that holds no setting
}

// setting notes one setting and tells whether p now holds all that v says.
func (r *settings) setting(key []byte, v jsonscan.Value) bool {
	p := r.p
	switch string(key) {
	case r.content, "model", "stream", "stream_options", "n":
		return true
	case "max_tokens", "max_completion_tokens": // the higher one counts; 0 is a bound, too
		p.MaxOutput = core.Some(r.ex.Request.MaxOutput)
		return true
	case "temperature":
		p.Temperature = r.float(v)
		return p.Temperature.Set
	case "top_p":
		p.TopP = r.float(v)
		return p.TopP.Set
	case "presence_penalty":
		p.PresencePenalty = r.float(v)
		return p.PresencePenalty.Set
	case "frequency_penalty":
		p.FrequencyPenalty = r.float(v)
		return p.FrequencyPenalty.Set
	case "top_k":
		p.TopK = r.int(v)
		p.TopK.Set = p.TopK.Set && p.TopK.Value >= 0 // what is less goes as it is
		return p.TopK.Set
	case "seed":
		p.Seed = r.int(v)
		return p.Seed.Set
	case "parallel_tool_calls":
		if v.IsBool() {
			p.ParallelTools = core.Some(v.Bool())
		}
		return v.IsBool()
	case "reasoning_effort":
		p.ReasoningEffort = r.text(v)
		return p.ReasoningEffort != nil
	case "stop":
		return r.stop(v)
	case "tool_choice":
		return r.toolChoice(v)
	default:
		return false
	}
}

// shaped notes what the middle form reads more strictly, and keeps the rest.
func (r *settings) shaped(key []byte, v jsonscan.Value) {
	switch string(key) {
	case "tools":
		r.tools(v)
	case "response_format":
		r.format(v)
	case "stop", "tool_choice", "temperature", "top_p", "presence_penalty", "frequency_penalty", "top_k", "seed",
		"parallel_tool_calls", "reasoning_effort": // not as they should be
	default:
		if len(r.p.Others) < maxParameters {
			r.p.Others = append(r.p.Others, core.Parameter{Name: key, JSON: v.Of(r.body)})
		}
	}
}

func (r *settings) float(v jsonscan.Value) core.Maybe[float64] {
	f, err := jsonscan.Float(r.body, v)
	return core.Maybe[float64]{Value: f, Set: err == nil}
}

func (r *settings) int(v jsonscan.Value) core.Maybe[int64] {
	n, err := jsonscan.Int(r.body, v)
	return core.Maybe[int64]{Value: n, Set: err == nil}
}

// text returns the decoded text of a string, nil of anything else.
func (r *settings) text(v jsonscan.Value) []byte {
	return leaf.Text(r.ex, r.body, v)
}

// stop takes what it can, at most maxStops, and tells whether that was all.
func (r *settings) stop(v jsonscan.Value) bool {
	if v.Kind == jsonscan.String {
		r.p.Stop = append(r.p.Stop, r.text(v))
		return true
	}
	if v.Kind != jsonscan.ArrayKind {
		return false
	}
	all := true
	for a := jsonscan.Elements(r.body, v); a.Next(); {
		if s := a.Value(); s.Kind == jsonscan.String && len(r.p.Stop) < maxStops {
			r.p.Stop = append(r.p.Stop, r.text(s))
		} else {
			all = false
		}
	}
	return all
}

// object reads an object's members by their keys; values is as long as keys.
func (r *settings) object(v jsonscan.Value, paths *jsonscan.Paths, values []jsonscan.Value) bool {
	clear(values)
	return v.Kind == jsonscan.ObjectKind && paths.ReadIn(r.body, v, values) == nil
}

var toolPaths = jsonscan.NewPaths("type", "function", "function.name", "function.description", "function.parameters")

func (r *settings) tools(v jsonscan.Value) {
	if v.Kind != jsonscan.ArrayKind {
		return
	}
	var found [5]jsonscan.Value
	for a := jsonscan.Elements(r.body, v); a.Next() && len(r.p.Tools) < maxTools; {
		t := a.Value()
		if !r.object(t, toolPaths, found[:]) || found[1].Kind != jsonscan.ObjectKind {
			r.p.Tools = append(r.p.Tools, core.Tool{Raw: t.Of(r.body)})
			continue
		}
		tool := core.Tool{Name: r.text(found[2]), Description: r.text(found[3])}
		if found[4].Kind == jsonscan.ObjectKind {
			tool.Arguments = found[4].Of(r.body)
		}
		r.p.Tools = append(r.p.Tools, tool)
	}
}

var choicePaths = jsonscan.NewPaths("function.name")

func (r *settings) toolChoice(v jsonscan.Value) bool {
	switch string(v.Text(r.body)) {
	case "auto":
		r.p.ToolChoice = core.ToolChoiceAuto
		return true
	case "none":
		r.p.ToolChoice = core.ToolChoiceNone
		return true
	case "required", "any": // Mistral's word
		r.p.ToolChoice = core.ToolChoiceAny
		return true
	}
	var found [1]jsonscan.Value
	if r.object(v, choicePaths, found[:]) && found[0].Kind == jsonscan.String {
		r.p.ToolChoice, r.p.ToolName = core.ToolChoiceTool, r.text(found[0])
		return true
	}
	return false
}

var formatPaths = jsonscan.NewPaths("type", "json_schema.schema")

func (r *settings) format(v jsonscan.Value) {
	var found [2]jsonscan.Value
	if !r.object(v, formatPaths, found[:]) {
		return
	}
	switch string(found[0].Text(r.body)) {
	case "text":
		r.p.OutputFormat = core.OutputText
	case "json_object":
		r.p.OutputFormat = core.OutputJSON
	case "json_schema":
		r.p.OutputFormat = core.OutputShaped
		if found[1].Kind == jsonscan.ObjectKind {
			r.p.OutputShape = found[1].Of(r.body)
		}
	}
}

var answerPaths = jsonscan.NewPaths("choices")

// Choices appends how the choices of a whole answer finished.
func (Chat) Choices(body []byte, dst []core.Choice) []core.Choice {
	var list [1]jsonscan.Value
	if answerPaths.Read(body, list[:]) != nil || list[0].Kind != jsonscan.ArrayKind {
		return dst
	}
	var found [2]jsonscan.Value
	a := jsonscan.Elements(body, list[0])
	for n := 0; a.Next() && n < maxChoices; n++ {
		clear(found[:])
		c := core.Choice{Index: n}
		v := a.Value()
		if v.Kind == jsonscan.ObjectKind && finishPaths.ReadIn(body, v, found[:]) == nil {
			if i, err := jsonscan.Int(body, found[0]); err == nil && i >= 0 && i < maxChoices {
				c.Index = int(i)
			}
			if found[1].Kind == jsonscan.String {
				c.Finish = finishOf(found[1].Text(body))
			}
		}
		dst = append(dst, c)
	}
	return dst
}

var finishPaths = jsonscan.NewPaths("index", "finish_reason")
