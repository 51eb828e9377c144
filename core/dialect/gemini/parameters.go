package gemini

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

// Parameters tells the settings of a request that has been scanned.
func (Dialect) Parameters(ex *core.Exchange, p *core.Parameters) {
	m, body := memoryOf(ex), ex.Request.Body
	if m.body != len(body) {
		return // the body has been let go
	}
	p.Choices = max(ex.Request.Choices, 1)
	if m.call.op == core.OpEmbeddings {
		return
	}
	s := settings{ex: ex, doc: body, p: p, objects: &m.typed.objects}
	s.all(&m.top)
}

// settings fills the parameters of one request. What is not as it should be is
// left out of the fields and stands among the others.
type settings struct {
	ex      *core.Exchange
	doc     []byte
	p       *core.Parameters
	objects *objects
	// lost counts what found no place because there is too much of it.
	lost int
	// narrows tells that the tools are for a provider of another dialect, and allowed
	// are the names of those that may be called, if not all may.
	narrows bool
	allowed jsonscan.Value
	// schemaAt is the path of the schema that is read.
	schemaAt string
}

// objects is memory for objects that lie within one another.
type objects []*jsonscan.Object

// level returns the memory for objects n levels deep.
func (o *objects) level(n int) *jsonscan.Object {
	for len(*o) <= n {
		obj := &jsonscan.Object{}
		obj.Limits.Members = leaf.MaxMembers
		*o = append(*o, obj)
	}
	return (*o)[n]
}

// all reads the settings of the top level, which is not in s.objects.
func (s *settings) all(top *jsonscan.Object) {
	for i := range top.Members {
		m := &top.Members[i]
		if leaf.Absent(m.Value) {
			continue
		}
		switch requestKeys.id(m) {
		case keyContents, keySystem, keyModel:
		case keyWhole:
			if s.narrows { // it is no part of what is asked here
				s.other("", m)
			}
		case keyConfig:
			s.config(m)
		case keyTools:
			if m.Value.Kind != jsonscan.ArrayKind && m.Value.Kind != jsonscan.ObjectKind {
				s.other("", m)
			}
			each(s.doc, m.Value, func(_ int, v jsonscan.Value) { s.tool(v) })
		case keyToolConfig:
			s.toolConfig(m)
		default:
			s.other("", m)
		}
	}
}

// text returns the decoded text of a string, nil of anything else.
func (s *settings) text(v jsonscan.Value) []byte { return leaf.Text(s.ex, s.doc, v) }

// key returns the decoded key of a member.
func (s *settings) key(m *jsonscan.Member) []byte {
	return s.text(jsonscan.Value{Span: m.Key, Kind: jsonscan.String, Escaped: m.KeyEscaped})
}

// other adds the member of the object at a path to what no field holds.
func (s *settings) other(at string, m *jsonscan.Member) {
	if len(s.p.Others) >= maxParameters {
		s.lost++
		return
	}
	key := s.key(m)
	if at != "" {
		full := append(s.ex.Alloc(len(at) + 1 + len(key))[:0], at...)
		key = append(append(full, '.'), key...)
	}
	s.p.Others = append(s.p.Others, core.Parameter{Name: key, JSON: m.Value.Of(s.doc)})
}

// object reads the object v, or tells that it is none that can be read.
func (s *settings) object(k *keyset, v jsonscan.Value, level int) (*jsonscan.Object, bool) {
	obj := s.objects.level(level)
	return obj, v.Kind == jsonscan.ObjectKind && k.read(s.doc, v, obj)
}

const configAt = "generationConfig"

func (s *settings) config(m *jsonscan.Member) {
	obj, ok := s.object(configKeys, m.Value, 0)
	if !ok {
		s.other("", m)
		return
	}
	for i := range obj.Members {
		m := &obj.Members[i]
		if !leaf.Absent(m.Value) && !s.setting(configKeys.id(m), m.Value) {
			s.other(configAt, m)
		}
	}
	s.format(obj)
}

// setting takes one member of generationConfig, or tells that it has no place.
func (s *settings) setting(id int, v jsonscan.Value) bool {
	p := s.p
	switch id {
	case configMax:
		return s.int(&p.MaxOutput, v)
	case configCandidates:
		n, ok := integer(s.doc, v)
		if ok && n > 0 {
			p.Choices = n
		}
		return ok
	case configTemperature:
		return s.float(&p.Temperature, v)
	case configTopP:
		return s.float(&p.TopP, v)
	case configTopK:
		n, ok := integer(s.doc, v)
		return ok && n >= 0 && s.int(&p.TopK, v)
	case configPresence:
		return s.float(&p.PresencePenalty, v)
	case configFrequency:
		return s.float(&p.FrequencyPenalty, v)
	case configSeed:
		return s.int(&p.Seed, v)
	case configStop:
		return s.stop(v)
	case configThinking:
		return s.thinking(v)
	case configModalities:
		return s.textOnly(v)
	case configAskLogprobs:
		return v.Kind == jsonscan.False // as it is anyway
	case configMIME, configShape, configJSONShape:
		return true // see format
	}
	return false
}

func (s *settings) int(to *core.Maybe[int64], v jsonscan.Value) bool {
	n, ok := integer(s.doc, v)
	if ok {
		*to = core.Some(n)
	}
	return ok
}

func (s *settings) float(to *core.Maybe[float64], v jsonscan.Value) bool {
	f, ok := float(s.doc, v)
	if ok {
		*to = core.Some(f)
	}
	return ok
}

func (s *settings) stop(v jsonscan.Value) bool {
	if v.Kind != jsonscan.ArrayKind {
		return false
	}
	n := len(s.p.Stop)
	for a := jsonscan.Elements(s.doc, v); a.Next(); {
		if a.Value().Kind != jsonscan.String || len(s.p.Stop) == maxStops {
			s.p.Stop = s.p.Stop[:n]
			return false
		}
		s.p.Stop = append(s.p.Stop, s.text(a.Value()))
	}
	return true
}

// thinking reads thinkingConfig. Whether thoughts are asked for is the writer's
// business; see memory.thoughts.
func (s *settings) thinking(v jsonscan.Value) bool {
	obj, ok := s.object(thinkingKeys, v, 1)
	if !ok {
		return false
	}
	const at = configAt + ".thinkingConfig"
	for i := range obj.Members {
		m := &obj.Members[i]
		if leaf.Absent(m.Value) {
			continue
		}
		switch id := thinkingKeys.id(m); {
		case id == thinkingInclude && m.Value.IsBool():
		case id == thinkingBudget && s.budget(m.Value):
		case id == thinkingLevel && m.Value.Kind == jsonscan.String:
			if level := lower(s.ex, s.text(m.Value)); string(level) != "thinking_level_unspecified" {
				s.p.ReasoningEffort = level
			}
		default:
			s.other(at, m)
		}
	}
	return true
}

// budget takes a budget. A negative one means that the model decides, which no
// other dialect says with a number.
func (s *settings) budget(v jsonscan.Value) bool {
	n, ok := integer(s.doc, v)
	if !ok || n < 0 {
		return false
	}
	s.p.ReasoningTokens = core.Some(n)
	return true
}

// textOnly tells whether the client asks for text and nothing else, which every
// answer has.
func (s *settings) textOnly(v jsonscan.Value) bool {
	if v.Kind != jsonscan.ArrayKind {
		return false
	}
	for a := jsonscan.Elements(s.doc, v); a.Next(); {
		if string(s.text(a.Value())) != "TEXT" {
			return false
		}
	}
	return true
}

// format reads what form the answer is to have, from the three members that say
// so; obj is generationConfig.
func (s *settings) format(obj *jsonscan.Object) {
	p := s.p
	mime, shape := configKeys.value(obj, configMIME), configKeys.value(obj, configJSONShape)
	if leaf.Absent(shape) {
		shape = configKeys.value(obj, configShape)
		if shape.Kind == jsonscan.ObjectKind {
			p.OutputShape = s.schema(shape, configAt+".responseSchema", 1)
		}
	} else {
		p.OutputShape = shape.Of(s.doc)
	}
	switch word := string(s.text(mime)); {
	case word == "text/plain":
		p.OutputFormat, p.OutputShape = core.OutputText, nil
	case word == "application/json" && p.OutputShape != nil:
		p.OutputFormat = core.OutputShaped
	case word == "application/json":
		p.OutputFormat = core.OutputJSON
	default: // a form that only this dialect has, such as text/x.enum
		p.OutputShape = nil
	}
	for i := range obj.Members {
		m := &obj.Members[i]
		id := configKeys.id(m)
		taken := id == configMIME && p.OutputFormat != core.OutputUnset ||
			p.OutputFormat == core.OutputShaped && (id == configJSONShape ||
				id == configShape && leaf.Absent(configKeys.value(obj, configJSONShape)))
		if (id == configMIME || id == configShape || id == configJSONShape) && !taken && !leaf.Absent(m.Value) {
			s.other(configAt, m)
		}
	}
}
