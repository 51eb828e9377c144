package gemini

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

const toolFunctions = 0

var toolKeys = newKeyset("functionDeclarations", "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext",
	"retrieval", "computerUse", "googleMaps", "enterpriseWebSearch", "fileSearch", "mcpServers")

const (
	declName = iota
	declDescription
	declParameters
	declJSONParameters
)

var declKeys = newKeyset("name", "description", "parameters", "parametersJsonSchema", "behavior", "response", "responseJsonSchema")

// tool reads one element of tools: it may declare any number of functions, and
// name tools of the provider's own.
func (s *settings) tool(v jsonscan.Value) {
	obj, ok := s.object(toolKeys, v, 0)
	if !ok {
		s.rawTool(v.Of(s.doc))
		return
	}
	alone := len(obj.Members) == 1
	for i := range obj.Members {
		m := &obj.Members[i]
		switch {
		case leaf.Absent(m.Value):
		case toolKeys.id(m) == toolFunctions && (m.Value.Kind == jsonscan.ArrayKind || m.Value.Kind == jsonscan.ObjectKind):
			each(s.doc, m.Value, func(_ int, v jsonscan.Value) { s.declaration(v) })
		case alone:
			s.rawTool(v.Of(s.doc))
		default:
			s.rawTool(members(s.ex, s.doc, m))
		}
	}
}

func (s *settings) rawTool(raw []byte) {
	if len(s.p.Tools) < maxTools {
		s.p.Tools = append(s.p.Tools, core.Tool{Raw: raw})
	} else {
		s.lost++
	}
}

// members returns an object of the given members as they stand in doc.
func members(ex *core.Exchange, doc []byte, list ...*jsonscan.Member) []byte {
	n := 2
	for _, m := range list {
		n += m.Key.Len() + m.Value.Len() + 2
	}
	out := append(ex.Alloc(n)[:0], '{')
	for _, m := range list {
		out = appendMember(out, doc, m)
	}
	return append(out, '}')
}

// appendMember appends a member to an object that is not closed yet.
func appendMember(out, doc []byte, m *jsonscan.Member) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	out = append(append(out, m.Key.Of(doc)...), ':')
	return append(out, m.Value.Of(doc)...)
}

func (s *settings) declaration(v jsonscan.Value) {
	obj, ok := s.object(declKeys, v, 1)
	if !ok || len(s.p.Tools) >= maxTools {
		s.rawTool(v.Of(s.doc))
		return
	}
	t := core.Tool{
		Name:        s.text(declKeys.value(obj, declName)),
		Description: s.text(declKeys.value(obj, declDescription)),
	}
	both := !leaf.Absent(declKeys.value(obj, declParameters)) && !leaf.Absent(declKeys.value(obj, declJSONParameters))
	var rest []*jsonscan.Member
	for i := range obj.Members {
		m := &obj.Members[i]
		switch id := declKeys.id(m); {
		case leaf.Absent(m.Value):
		case (id == declName || id == declDescription) && m.Value.Kind == jsonscan.String:
		case id == declParameters && m.Value.Kind == jsonscan.ObjectKind && !both:
			t.Arguments = s.schema(m.Value, "tools["+strconv.Itoa(len(s.p.Tools))+"].parameters", 2)
		case id == declJSONParameters:
			t.Arguments = m.Value.Of(s.doc)
		default:
			rest = append(rest, m)
		}
	}
	if len(rest) > 0 {
		t.Attr = members(s.ex, s.doc, rest...)
	}
	s.p.Tools = append(s.p.Tools, t)
}

const toolConfigCalling = 0

var toolConfigKeys = newKeyset("functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations")

const (
	callingMode = iota
	callingNames
)

const callingAt = "toolConfig.functionCallingConfig"

var callingKeys = newKeyset("mode", "allowedFunctionNames", "streamFunctionCallArguments")

func (s *settings) toolConfig(m *jsonscan.Member) {
	const at = "toolConfig"
	obj, ok := s.object(toolConfigKeys, m.Value, 0)
	if !ok {
		s.other("", m)
		return
	}
	for i := range obj.Members {
		m := &obj.Members[i]
		if leaf.Absent(m.Value) || toolConfigKeys.id(m) == toolConfigCalling && s.calling(m.Value) {
			continue
		}
		s.other(at, m)
	}
}

// calling reads functionCallingConfig, or tells that it cannot.
func (s *settings) calling(v jsonscan.Value) bool {
	obj, ok := s.object(callingKeys, v, 1)
	if !ok {
		return false
	}
	mode := callingKeys.value(obj, callingMode)
	said := leaf.Absent(mode) || s.mode(mode)
	for i := range obj.Members {
		m := &obj.Members[i]
		switch id := callingKeys.id(m); {
		case leaf.Absent(m.Value), m.Value.Kind == jsonscan.False:
		case id == callingMode && said:
		case id == callingNames && s.only(m.Value, s.text(mode)):
		default:
			s.other(callingAt, m)
		}
	}
	return true
}

// mode takes a mode, or tells that it says more than the middle form can.
func (s *settings) mode(v jsonscan.Value) bool {
	switch string(s.text(v)) {
	case "AUTO":
		s.p.ToolChoice = core.ToolChoiceAuto
	case "NONE":
		s.p.ToolChoice = core.ToolChoiceNone
	case "ANY":
		s.p.ToolChoice = core.ToolChoiceAny
	case "MODE_UNSPECIFIED":
	default: // VALIDATED: the model decides, and its calls keep to the schema
		s.p.ToolChoice = core.ToolChoiceAuto
		return false
	}
	return true
}

// only takes the names that may be called, where there is one that must be, or
// none. Several are for [typer.allow], if the tools are for a provider that has no
// word for that.
func (s *settings) only(names jsonscan.Value, mode []byte) bool {
	a := jsonscan.Elements(s.doc, names)
	if !a.Next() {
		return names.Kind == jsonscan.ArrayKind
	}
	must := string(mode) == "ANY"
	if one := a.Value(); !a.Next() && one.Kind == jsonscan.String && must {
		s.p.ToolChoice, s.p.ToolName = core.ToolChoiceTool, s.text(one)
		return true
	}
	if !s.narrows || !must && string(mode) != "VALIDATED" {
		return false
	}
	s.allowed = names
	return true
}

// allow leaves only the functions that the client allows, as no other dialect can
// offer one that may not be called, and reports the others.
func (t *typer) allow(s *settings) {
	if s.allowed.Kind == jsonscan.None {
		return
	}
	declared := map[string]bool{} // and whether it is allowed
	for i := range s.p.Tools {
		if tool := &s.p.Tools[i]; tool.Raw == nil {
			declared[string(tool.Name)] = false
		}
	}
	for a := jsonscan.Elements(t.doc, s.allowed); a.Next(); {
		name := string(s.text(a.Value()))
		if _, ok := declared[name]; !ok || a.Value().Kind != jsonscan.String {
			t.fail(leaf.Invalid(callingAt+".allowedFunctionNames["+strconv.Itoa(a.Index())+"]", "must be the name of one of the functions"))
			return
		}
		declared[name] = true
	}
	kept := s.p.Tools[:0]
	for i, tool := range s.p.Tools {
		if tool.Raw == nil && !declared[string(tool.Name)] {
			t.drop("tools["+strconv.Itoa(i)+"]", "not_allowed")
			continue
		}
		kept = append(kept, tool)
	}
	clear(s.p.Tools[len(kept):])
	s.p.Tools = kept
}
