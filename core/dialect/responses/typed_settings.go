package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Bounds of what is told of a request's settings.
const (
	maxTools      = 1024
	maxParameters = 256
)

// Parameters tells the settings of a request that has been scanned. Tools that items
// of the input add are not among them.
func (Dialect) Parameters(ex *core.Exchange, p *core.Parameters) {
	m := memoryOf(ex)
	if m.body != len(ex.Request.Body) {
		return // the body has been let go
	}
	r := core.TypedRequest{Parameters: *p}
	tools := m.typed.tools // an answer may still be written with these
	m.typed.tools, m.typed.used = nil, true
	t := &typist{m: &m.typed, Reader: leaf.Reader{Ex: ex, Doc: ex.Request.Body, Out: &r, Mem: &m.typed.reader, Quiet: true}}
	if t.parameters(&m.top) == nil { // what is wrong is left out
		_ = t.allow()
	}
	m.typed.tools = tools
	*p = r.Parameters
}

// Choices appends how a whole answer finished.
func (Dialect) Choices(body []byte, dst []core.Choice) []core.Choice {
	var a answer
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() != jsonscan.ObjectKind {
		return dst
	}
	if a.read(&c); !c.End() || a.output.Kind != jsonscan.ArrayKind {
		return dst
	}
	return append(dst, core.Choice{Finish: a.finish(body)})
}

// parameters reads the settings. What no field holds, or is not as it should be, goes
// to Others as it stands.
func (t *typist) parameters(top *jsonscan.Object) *core.Error {
	p := &t.Out.Parameters
	if t.Ex.Request.MaxOutput > 0 {
		p.MaxOutput = core.Some(t.Ex.Request.MaxOutput)
	}
	p.Choices = 1
	if top.Value(keyToolChoice).Kind == jsonscan.ObjectKind {
		t.places = make([][]byte, 0, 16)
	}
	for i := range top.Members {
		m := &top.Members[i]
		if leaf.Absent(m.Value) {
			continue
		}
		key := m.Key.Of(t.Doc)[1 : m.Key.Len()-1]
		if m.KeyEscaped {
			key = jsonscan.AppendText(t.Ex.Alloc(m.Key.Len() + 8)[:0], t.Doc, m.Key)
		}
		t.Path = append(t.Path[:0], key...)
		known, err := t.parameter(key, m.Value)
		if err != nil {
			return err
		}
		if !known {
			t.other(key, m.Value.Of(t.Doc))
		}
	}
	return nil
}

// parameter notes one setting and tells whether nothing of it is left.
func (t *typist) parameter(key []byte, v jsonscan.Value) (known bool, err *core.Error) {
	p := &t.Out.Parameters
	switch string(key) {
	case "model", "input", "instructions", "stream", "store", "max_output_tokens",
		"previous_response_id", "conversation", "prompt":
		return true, nil
	case "stream_options":
		return true, t.streamOptions(v)
	case "background":
		return v.IsBool(), nil
	case "truncation":
		return string(t.Text(v)) == "disabled", nil // it always is
	case "temperature":
		return t.float(&p.Temperature, v), nil
	case "top_p":
		return t.float(&p.TopP, v), nil
	case "presence_penalty":
		return t.float(&p.PresencePenalty, v), nil
	case "frequency_penalty":
		return t.float(&p.FrequencyPenalty, v), nil
	case "parallel_tool_calls":
		if v.IsBool() {
			p.ParallelTools = core.Some(v.Bool())
		}
		return v.IsBool(), nil
	case "tools":
		t.Path = t.Path[:0]
		return true, t.each("tools", v, t.tool)
	case "tool_choice":
		return t.toolChoice(v)
	case "text":
		return t.output(v)
	case "reasoning":
		return t.effort(v)
	case "top_logprobs": // nor are there any in an answer that was translated
		if n, err := jsonscan.Int(t.Doc, v); err != nil || n != 0 {
			t.Drop("", lossInclude)
		}
		return true, nil
	case "include":
		t.Path = t.Path[:0]
		return true, t.each("include", v, t.include)
	}
	return false, nil
}

var streamKeys = jsonscan.NewKeys("include_obfuscation")

// streamOptions reports what it does not know of how the answer is to be framed, which
// is the gateway's to do.
func (t *typist) streamOptions(v jsonscan.Value) *core.Error {
	if v.Kind != jsonscan.ObjectKind {
		t.Drop("", leaf.LossType)
		return nil
	}
	obj, err := t.Open(levelContent, v, streamKeys)
	if err != nil {
		return err
	}
	if pad := obj.Value(0); !pad.IsBool() && !leaf.Absent(pad) {
		t.Drop(streamKeys.Name(0), leaf.LossType)
	}
	t.DropRest(obj, 1<<0)
	return nil
}

func (t *typist) other(key, value []byte) {
	p := &t.Out.Parameters
	if len(p.Others) == maxParameters {
		t.Path = append(t.Path[:0], key[:min(len(key), 64)]...)
		t.Drop("", lossTooMany)
		return
	}
	p.Others = append(p.Others, core.Parameter{Name: key, JSON: value})
}

func (t *typist) float(to *core.Maybe[float64], v jsonscan.Value) bool {
	f, err := jsonscan.Float(t.Doc, v)
	*to = core.Maybe[float64]{Value: f, Set: err == nil}
	return err == nil
}

// include reads what is to be included in the answer. Sealed reasoning always is; the
// rest no other dialect tells.
func (t *typist) include(v jsonscan.Value) *core.Error {
	if string(t.Text(v)) != "reasoning.encrypted_content" {
		t.Drop("", lossInclude)
	}
	return nil
}

const (
	outputFormat = iota
	outputVerbosity
)

var outputKeys = jsonscan.NewKeys("format", "verbosity")

// output reads "text": the form of the answer, and how wordy it is to be, which goes
// to Others under the name that chat completions have for it.
func (t *typist) output(v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return false, nil
	}
	obj, err := t.Open(levelContent, v, outputKeys)
	if err != nil {
		return false, err
	}
	used := uint32(1 << outputVerbosity)
	t.In("format")
	if known, err = t.format(obj.Value(outputFormat)); err != nil {
		return false, err
	}
	if known {
		used |= 1 << outputFormat
	}
	if word := obj.Value(outputVerbosity); !leaf.Absent(word) {
		t.other([]byte("verbosity"), word.Of(t.Doc))
	}
	if rest := t.Rest(obj, used, nil); rest != nil {
		t.other([]byte("text"), rest)
	}
	return true, nil
}

const (
	formatType = iota
	formatSchema
)

var formatKeys = jsonscan.NewKeys("type", "schema")

// format reads the form of the answer, if it is one of those that everybody knows.
func (t *typist) format(v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return false, nil
	}
	obj, err := t.Open(levelInner, v, formatKeys)
	if err != nil {
		return false, err
	}
	p, shape := &t.Out.Parameters, obj.Value(formatSchema)
	alone := len(obj.Members) == 1
	switch word := string(t.Text(obj.Value(formatType))); {
	case word == "text" && alone:
		p.OutputFormat = core.OutputText
	case word == "json_object" && alone:
		p.OutputFormat = core.OutputJSON
	case word == "json_schema" && shape.Kind == jsonscan.ObjectKind:
		p.OutputFormat, p.OutputShape = core.OutputShaped, shape.Of(t.Doc)
		p.OutputAttr = t.Rest(obj, 1<<formatType|1<<formatSchema, nil)
	default:
		return false, nil
	}
	return true, nil
}

const (
	effortWord = iota
	effortTokens
	effortSummary
	effortOldSummary
)

var effortKeys = jsonscan.NewKeys("effort", "max_tokens", "summary", "generate_summary")

// effort reads "reasoning". A summary is what the provider tells of its thinking, if it
// does, so that a wish for one of any kind is met.
func (t *typist) effort(v jsonscan.Value) (known bool, err *core.Error) {
	if v.Kind != jsonscan.ObjectKind {
		return false, nil
	}
	obj, err := t.Open(levelContent, v, effortKeys)
	if err != nil {
		return false, err
	}
	p, used := &t.Out.Parameters, uint32(0)
	if word := t.Text(obj.Value(effortWord)); word != nil {
		p.ReasoningEffort = word
		used |= 1 << effortWord
	}
	if n, err := jsonscan.Int(t.Doc, obj.Value(effortTokens)); err == nil && n >= 0 {
		p.ReasoningTokens = core.Some(n)
		used |= 1 << effortTokens
	}
	for _, id := range [...]int{effortSummary, effortOldSummary} {
		if string(t.Text(obj.Value(id))) == "auto" {
			used |= 1 << id
		}
	}
	if rest := t.Rest(obj, used, nil); rest != nil {
		t.other([]byte("reasoning"), rest)
	}
	return true, nil
}
