package openai

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of a message.
const (
	messageRole = iota
	messageContent
	messageName
	messageCallID
	messageCacheControl
	// From here on only an assistant has them.
	messageRefusal
	messageCalls
	messageFunction
	messageBlocks
	messageDetails
	messageReasoningContent
	messageReasoning
	messageReasoningSeal
	messageAudio
	messageAnnotations
	messageExtra
	messageCitations
	messagePrefix // Mistral's and DeepSeek's: the answer is to go on with the message
)

var messageKeys = jsonscan.NewKeys("role", "content", "name", "tool_call_id", "cache_control", "refusal",
	"tool_calls", "function_call", "thinking_blocks", "reasoning_details", "reasoning_content", "reasoning",
	"reasoning_signature", "audio", "annotations", "extra_content", "citations", "prefix")

func (t *typist) message(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelMessage, v, messageKeys)
	if err != nil {
		return err
	}
	if err := t.speaker(obj); err != nil {
		return err
	}
	first := len(t.Out.Parts)
	if t.Role == core.RoleAssistant {
		if err := t.thinking(obj); err != nil {
			return err
		}
	}
	if err := t.content(obj.Value(messageContent)); err != nil {
		return err
	}
	if t.Role == core.RoleAssistant {
		if err := t.assistant(obj, first); err != nil {
			return err
		}
	}
	if len(t.Out.Parts) == first {
		t.Add(core.PartText, nil)
	}
	t.point(obj.Value(messageCacheControl))
	t.others(obj, first)
	return nil
}

// speaker notes who speaks and, for a result, of which call.
func (t *typist) speaker(obj *jsonscan.Object) *core.Error {
	role := obj.Value(messageRole)
	if role.Kind == jsonscan.None {
		return leaf.Missing(string(t.Path)+".role", "a string that names who speaks")
	}
	word, err := t.Must("role", role)
	if err != nil {
		return err
	}
	t.Role, t.Ref, t.Name = roleOf(word), nil, nil
	if t.Role == core.RoleUser && string(word) != "user" {
		t.Drop("role", leaf.LossRole)
	}
	if t.Role != core.RoleTool {
		return nil
	}
	if t.Ref, err = t.Must("tool_call_id", obj.Value(messageCallID)); err != nil {
		return err
	}
	if t.Name, err = t.Must("name", obj.Value(messageName)); err != nil {
		return err
	}
	t.tie()
	return nil
}

// maxTies bounds how far back the call of a result is looked for.
const maxTies = 256

// tie finds the call that a result belongs to. That of a legacy function has no
// id and is the last one of that name.
func (t *typist) tie() {
	calls := t.m.calls
	for i := len(calls) - 1; i >= max(0, len(calls)-maxTies); i-- {
		c := calls[i]
		switch {
		case len(t.Ref) > 0 && bytes.Equal(c.Ref, t.Ref):
			if len(t.Name) > 0 && !bytes.Equal(c.Name, t.Name) {
				t.Drop("name", leaf.LossName)
			}
			t.Name = c.Name
			return
		case len(t.Ref) == 0 && bytes.Equal(c.Name, t.Name):
			t.Ref = c.Ref
			return
		}
	}
	if len(t.Name) > 0 {
		t.Drop("name", leaf.LossCall)
	}
}

// others reads the speaker's name and reports what has no place.
func (t *typist) others(obj *jsonscan.Object, first int) {
	for i := range obj.Members {
		m := &obj.Members[i]
		switch id := m.ID; {
		case m.Value.Kind == jsonscan.Null:
		case id == jsonscan.Unknown:
			t.Drop(t.Key(m), leaf.LossUnknown)
		case id == messageName && t.Role != core.RoleTool:
			t.beside(m, speakerPath, said(t.Out.Parts[first:]))
		case id == messagePrefix && t.Role == core.RoleAssistant:
			if m.Value.Kind != jsonscan.False { // it is none without
				t.beside(m, prefixPath, said(t.Out.Parts[first:]))
			}
		case id == messageCallID && t.Role != core.RoleTool, id >= messageRefusal && t.Role != core.RoleAssistant:
			t.Drop(messageKeys.Name(int(id)), lossWrongRole)
		}
	}
}

// said returns the first of a message's parts that is no thinking, which gets lost on
// its way to most providers with all that stands beside it.
func said(parts []*core.Part) *core.Part {
	for _, p := range parts {
		if p.Kind != core.PartThinking && p.Kind != core.PartRedacted {
			return p
		}
	}
	return parts[0]
}

var (
	speakerPath = jsonscan.NewPaths("name")
	prefixPath  = jsonscan.NewPaths("prefix")
)

// beside puts a member of a message, such as the name of who speaks, into Attr.JSON of
// a part of its. path is that of the member.
func (t *typist) beside(m *jsonscan.Member, path *jsonscan.Paths, p *core.Part) {
	a := t.Attr(p)
	var found [1]jsonscan.Value
	if a.JSON != nil && (p.Kind == core.PartRaw || path.Read(a.JSON, found[:]) != nil || found[0].Kind != jsonscan.None) {
		t.Drop(t.Key(m), leaf.LossTwice)
		return
	}
	member := t.Doc[m.Key.Start:m.Value.End]
	b := append(t.Ex.Alloc(len(member) + len(a.JSON) + 3)[:0], '{')
	b = append(b, member...)
	if len(a.JSON) > 2 {
		b = append(append(b, ','), a.JSON[1:len(a.JSON)-1]...)
	}
	a.JSON = append(b, '}')
}

// assistant reads what only an assistant's message has behind its content.
func (t *typist) assistant(obj *jsonscan.Object, first int) *core.Error {
	refusal, err := t.Must("refusal", obj.Value(messageRefusal))
	if err != nil {
		return err
	}
	if len(refusal) > 0 {
		t.Add(core.PartRefusal, refusal)
	}
	if err := t.extra(obj, first); err != nil {
		return err
	}
	if err := t.annotations(obj.Value(messageAnnotations)); err != nil {
		return err
	}
	if err := t.cited(obj.Value(messageCitations)); err != nil {
		return err
	}
	if err := t.each("tool_calls", obj.Value(messageCalls), t.call); err != nil {
		return err
	}
	if v := obj.Value(messageFunction); !leaf.Absent(v) {
		n := t.In("function_call")
		p := t.Add(core.PartToolCall, nil)
		p.Ref = strconv.AppendInt(append(t.Ex.Alloc(24)[:0], "call_"...), int64(t.Msg), 10)
		if err := t.function(v, p); err != nil {
			return err
		}
		t.m.calls = append(t.m.calls, p)
		t.Path = t.Path[:n]
	}
	if !leaf.Absent(obj.Value(messageAudio)) {
		t.Drop("audio", lossBound)
	}
	return nil
}

// each reads the elements of an array that may be absent.
func (t *typist) each(member string, v jsonscan.Value, read func(jsonscan.Value) *core.Error) *core.Error {
	if leaf.Absent(v) {
		return nil
	}
	n := t.In(member)
	if v.Kind != jsonscan.ArrayKind {
		return leaf.Invalid(string(t.Path), "must be an array, not %s", v.Kind)
	}
	for a := jsonscan.Elements(t.Doc, v); a.Next(); {
		n := t.At(a.Index())
		if err := read(a.Value()); err != nil {
			return err
		}
		t.Path = t.Path[:n]
	}
	t.Path = t.Path[:n]
	return nil
}

// Members of a call in a message, beside those of callKeys.
const callExtra = callCustom + 1

var typedCallKeys = jsonscan.NewKeys("index", "id", "type", "function", "custom", "extra_content")

// call reads a tool call. The input of a custom tool, which is free text, becomes
// the one argument of a function.
func (t *typist) call(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelItem, v, typedCallKeys)
	if err != nil {
		return err
	}
	p := t.Add(core.PartToolCall, nil)
	if p.Ref, err = t.Must("id", obj.Value(callID)); err != nil {
		return err
	}
	used := uint32(1<<callIndex | 1<<callID)
	word, err := t.Must("type", obj.Value(callType))
	if err != nil {
		return err
	}
	which, key := callFunction, "function"
	if leaf.Absent(obj.Value(callFunction)) && !leaf.Absent(obj.Value(callCustom)) {
		which, key = callCustom, "custom"
	}
	if string(word) == key {
		used |= 1 << callType
	}
	n := t.In(key)
	if err := t.function(obj.Value(which), p); err != nil {
		return err
	}
	if which == callCustom {
		p.SetText(t.wrapped(p.Text()))
	}
	t.Path = t.Path[:n]
	seal, alone, err := t.google(obj.Value(callExtra))
	if err != nil {
		return err
	}
	if alone {
		used |= 1 << callExtra
	}
	t.seal(p, geminiName, seal)
	t.keep(p, obj, used|1<<which)
	t.m.calls = append(t.m.calls, p)
	return nil
}

// function reads the name and arguments of a call. Arguments that stand as JSON
// and not as text are taken as they are.
func (t *typist) function(v jsonscan.Value, p *core.Part) *core.Error {
	obj, err := t.Open(levelInner, v, functionKeys)
	if err != nil {
		return err
	}
	if p.Name, err = t.Must("name", obj.Value(functionName)); err != nil {
		return err
	}
	used := uint32(1<<functionName | 1<<functionArguments)
	args := obj.Value(functionArguments)
	if leaf.Absent(args) {
		args = obj.Value(functionInput)
		used = 1<<functionName | 1<<functionInput
	}
	switch {
	case args.Kind == jsonscan.String:
		p.SetText(t.Text(args))
	case !leaf.Absent(args):
		p.SetText(args.Of(t.Doc))
	}
	t.keep(p, obj, used)
	return nil
}

var (
	extraKeys  = jsonscan.NewKeys("google")
	googleKeys = jsonscan.NewKeys("thought_signature")
)

// google reads the signature in extra_content, as Google's own dialect of this
// API has it; alone tells that nothing else is there.
func (t *typist) google(v jsonscan.Value) (seal []byte, alone bool, err *core.Error) {
	if leaf.Absent(v) {
		return nil, true, nil
	}
	n := t.In("extra_content")
	obj, err := t.Open(levelInner, v, extraKeys)
	if err != nil {
		return nil, false, err
	}
	alone = len(obj.Members) == 1
	if v = obj.Value(0); v.Kind == jsonscan.ObjectKind {
		t.In("google")
		if obj, err = t.Open(levelInnermost, v, googleKeys); err != nil {
			return nil, false, err
		}
		seal = t.Text(obj.Value(0))
	}
	t.Path = t.Path[:n]
	return seal, alone && len(obj.Members) == 1 && seal != nil, nil
}

// extra reads the signature that a message has beside its text.
func (t *typist) extra(obj *jsonscan.Object, first int) *core.Error {
	seal, alone, err := t.google(obj.Value(messageExtra))
	if err != nil {
		return err
	}
	if !alone {
		t.Drop("extra_content", leaf.LossUnknown)
	}
	if len(seal) == 0 {
		return nil
	}
	for i := len(t.Out.Parts) - 1; i >= first; i-- {
		if p := t.Out.Parts[i]; p.Kind == core.PartText {
			t.seal(p, geminiName, seal)
			return nil
		}
	}
	t.seal(t.Add(core.PartText, nil), geminiName, seal)
	return nil
}
