package gemini

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of a part. The first few are what it is; it may be one of them.
const (
	partText = iota
	partInline
	partFile
	partCall
	partResult
	partCode
	partCodeResult
	partToolCall
	partToolResponse
	partThought
	partSignature

	numData = partThought
)

var partKeys = newKeyset("text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
	"codeExecutionResult", "toolCall", "toolResponse", "thought", "thoughtSignature",
	"videoMetadata", "mediaResolution", "partMetadata")

const (
	callID = iota
	callName
	callArgs
)

var callKeys = newKeyset("id", "name", "args", "partialArgs", "willContinue")

const (
	resultID = iota
	resultName
	resultResponse
	resultParts
)

var resultKeys = newKeyset("id", "name", "response", "parts", "scheduling", "willContinue")

const (
	blobType = iota
	blobName
	blobData // fileUri of a file
)

var (
	inlineKeys = newKeyset("mimeType", "displayName", "data")
	fileKeys   = newKeyset("mimeType", "displayName", "fileUri")
)

// onePart reads one part.
func (t *typer) onePart(v jsonscan.Value) {
	obj, ok := t.object(partKeys, v, 1, "")
	if !ok {
		return
	}
	data := -1
	for id := range numData {
		if leaf.Absent(partKeys.value(obj, id)) {
			continue
		}
		if data >= 0 {
			t.fail(leaf.Invalid(t.path(""), "has %q and %q; send each as a part of its own", partKeys.names[data], partKeys.names[id]))
			return
		}
		data = id
	}
	if said := partKeys.value(obj, partThought); !said.IsBool() && !leaf.Absent(said) {
		t.fail(leaf.Invalid(t.path(".thought"), "must be true or false, not %s", said.Kind))
		return
	}
	n := len(t.r.Parts)
	p := t.dataPart(obj, v, max(data, partText))
	if p == nil || t.err != nil {
		return
	}
	t.sign(p, obj, len(t.r.Parts) > n)
	if p.Kind != core.PartRaw { // which is all of it already
		said := partSignature
		if data <= partText {
			said = partThought
		}
		t.rest(p, obj, partKeys, data, said, partSignature)
	}
	// The last chunk of a stream says nothing, and clients keep that.
	if p.Kind == core.PartText && p.Attr == nil && len(p.Original()) == 0 && t.role == core.RoleAssistant &&
		len(t.r.Parts) == n+1 && t.grew(n) {
		t.r.Parts = t.r.Parts[:n]
	}
}

// dataPart adds what a part is. obj are the members of v.
func (t *typer) dataPart(obj *jsonscan.Object, v jsonscan.Value, data int) *core.Part {
	is := partKeys.value(obj, data)
	switch data {
	case partText:
		if is.Kind != jsonscan.String && !leaf.Absent(is) {
			t.fail(leaf.Invalid(t.path(".text"), "must be a string, not %s", is.Kind))
			return nil
		}
		if partKeys.value(obj, partThought).Bool() {
			return t.say(core.PartThinking, t.text(is))
		}
		return t.say(core.PartText, t.text(is))
	case partInline:
		return t.blob(inlineKeys, is, 2, ".inlineData")
	case partFile:
		return t.blob(fileKeys, is, 2, ".fileData")
	case partCall:
		return t.call(is)
	case partResult:
		return t.result(is)
	default: // what tools at the provider did
		p := t.add(core.PartRaw, nil)
		t.with(p).JSON = v.Of(t.doc)
		return p
	}
}

// sign gives p the signature of the part obj. fresh tells that p is a part of its
// own and not one that grew.
func (t *typer) sign(p *core.Part, obj *jsonscan.Object, fresh bool) {
	v := partKeys.value(obj, partSignature)
	if leaf.Absent(v) {
		return
	}
	if v.Kind != jsonscan.String {
		t.fail(leaf.Invalid(t.path(".thoughtSignature"), "must be a string, not %s", v.Kind))
		return
	}
	source, signature, redacted := unsealed(t.text(v))
	if redacted && !fresh { // it is no part of what was thought before it
		p = t.add(core.PartRedacted, nil)
	} else if redacted {
		p.Kind = core.PartRedacted
	}
	a := t.with(p)
	a.Source, a.Signature = source, signature
}

// rest keeps the members of obj that no field of p holds; taken are those that one
// does.
func (t *typer) rest(p *core.Part, obj *jsonscan.Object, k *keyset, taken ...int) {
	n := 0
	for i := range obj.Members {
		if m := &obj.Members[i]; !isTaken(k, m, taken) {
			n += m.Key.Len() + m.Value.Len() + 2
		}
	}
	if n == 0 {
		return
	}
	out := t.more(p, n)
	for i := range obj.Members {
		if m := &obj.Members[i]; !isTaken(k, m, taken) {
			out = appendMember(out, t.doc, m)
		}
	}
	p.Attr.JSON = append(out, '}')
}

func isTaken(k *keyset, m *jsonscan.Member, taken []int) bool {
	id := k.id(m)
	return leaf.Absent(m.Value) || id >= 0 && slices.Contains(taken, id)
}

// note adds a member to the object in which p has what no field holds.
func (t *typer) note(p *core.Part, key string, value []byte) {
	out := append(comma(t.more(p, len(key)+len(value)+4)), '"')
	out = append(append(out, key...), `":`...)
	p.Attr.JSON = append(append(out, value...), '}')
}

// more returns what p has in that object, not closed, with room for n bytes.
func (t *typer) more(p *core.Part, n int) []byte {
	was := t.with(p).JSON
	out := t.ex.Alloc(len(was) + n + 2)[:0]
	if len(was) > 0 {
		return append(out, was[:len(was)-1]...)
	}
	return append(out, '{')
}

// blob adds data or the place of a file.
func (t *typer) blob(k *keyset, v jsonscan.Value, level int, at string) *core.Part {
	obj, ok := t.object(k, v, level, at)
	if !ok {
		return nil
	}
	data := k.value(obj, blobData)
	if data.Kind != jsonscan.String {
		t.fail(leaf.Missing(t.path(at+"."+k.names[blobData]), "a string"))
		return nil
	}
	media := lower(t.ex, t.want(k, obj, blobType, at))
	p := t.add(kindOf(media), nil)
	p.Name = media
	a := t.with(p)
	switch text := t.text(data); {
	case k == inlineKeys:
		a.Data = standard64(t.ex, text)
	case isBound(text):
		t.note(p, "file_id", leaf.Quoted(t.ex, text))
	default:
		a.URL = text
	}
	if name := k.value(obj, blobName); !leaf.Absent(name) {
		t.want(k, obj, blobName, at)
		t.note(p, "filename", name.Of(t.doc))
	}
	t.rest(p, obj, k, blobType, blobName, blobData)
	return p
}

// isBound tells whether the place of a file is one that only Google can read.
func isBound(uri []byte) bool {
	return bytes.HasPrefix(uri, []byte("gs://")) || bytes.HasPrefix(uri, []byte("files/")) ||
		bytes.HasPrefix(uri, []byte("https://generativelanguage.googleapis.com/"))
}

// result adds what a function returned: its text, then what came beside it.
func (t *typer) result(v jsonscan.Value) *core.Part {
	const at = ".functionResponse"
	obj, ok := t.object(resultKeys, v, 2, at)
	if !ok {
		return nil
	}
	id, name := t.of(obj, at)
	response := resultKeys.value(obj, resultResponse)
	text, failed := t.returned(response)
	p := t.add(core.PartToolResult, text)
	p.Role, p.Name, p.Ref = core.RoleTool, name, id
	if failed {
		t.note(p, "is_error", []byte("true"))
	}
	t.rest(p, obj, resultKeys, resultID, resultName, resultResponse, resultParts)
	parts := resultKeys.value(obj, resultParts)
	if parts.Kind != jsonscan.ArrayKind && parts.Kind != jsonscan.ObjectKind {
		if !leaf.Absent(parts) {
			t.fail(leaf.Invalid(t.path(at+".parts"), "must be an array, not %s", parts.Kind))
		}
		return p
	}
	each(t.doc, parts, func(_ int, v jsonscan.Value) {
		if t.err == nil {
			t.resultPart(v, id)
		}
	})
	return p
}

// of returns the id and name of the call that a result answers, and reports which of
// both does not go with it. A call that came without an id is found by its name, and
// what its result has for one is the client's own: Gemini CLI makes it up.
func (t *typer) of(obj *jsonscan.Object, at string) (id, name []byte) {
	id, name = t.want(resultKeys, obj, resultID, at), t.want(resultKeys, obj, resultName, at)
	call := t.match(id, name)
	if call == nil {
		if len(id) == 0 {
			id = t.makeID()
			t.made++
		}
		if len(name) > 0 {
			t.drop(t.path(at+".name"), leaf.LossCall)
		}
		return id, name
	}
	if len(id) > 0 && !call.made && !bytes.Equal(id, call.id) {
		t.drop(t.path(at+".id"), leaf.LossCall)
	}
	if len(name) > 0 && !bytes.Equal(name, call.name) {
		t.drop(t.path(at+".name"), leaf.LossName)
	}
	call.answered = true
	return call.id, call.name
}

// resultPart adds an image or document of the result of the call id.
func (t *typer) resultPart(v jsonscan.Value, id []byte) {
	const at = ".functionResponse.parts"
	obj, ok := t.object(partKeys, v, 3, at)
	if !ok {
		return
	}
	var p *core.Part
	taken := partInline
	switch inline, file := partKeys.value(obj, partInline), partKeys.value(obj, partFile); {
	case !leaf.Absent(inline):
		p = t.blob(inlineKeys, inline, 4, at+".inlineData")
	case !leaf.Absent(file):
		taken = partFile
		p = t.blob(fileKeys, file, 4, at+".fileData")
	default:
		p = t.add(core.PartRaw, nil)
		t.with(p).JSON = v.Of(t.doc)
		p.Role, p.Ref = core.RoleTool, id
		return
	}
	if p != nil {
		p.Role, p.Ref = core.RoleTool, id
		t.rest(p, obj, partKeys, taken)
	}
}

const (
	returnedOutput = iota
	returnedResult
	returnedError
)

var returnedKeys = jsonscan.NewKeys("output", "result", "error")

// returned returns the text of a function's response. Google takes "output" for
// the result and "error" for the reason why there is none, and anything else for
// the result as a whole; "result" is what others put a text into.
func (t *typer) returned(v jsonscan.Value) (text []byte, failed bool) {
	if v.Kind == jsonscan.String {
		return t.text(v), false
	}
	if leaf.Absent(v) {
		return nil, false
	}
	obj := t.m.objects.level(3)
	if v.Kind != jsonscan.ObjectKind || jsonscan.ScanObject(t.doc, v, returnedKeys, obj) != nil || len(obj.Members) != 1 {
		return v.Of(t.doc), false
	}
	m := &obj.Members[0]
	switch {
	case m.ID == returnedError && m.Value.Kind == jsonscan.String:
		return t.text(m.Value), true
	case m.ID == returnedError && m.Value.Kind != jsonscan.Null:
		return m.Value.Of(t.doc), true
	case (m.ID == returnedOutput || m.ID == returnedResult) && m.Value.Kind == jsonscan.String:
		return t.text(m.Value), false
	}
	return v.Of(t.doc), false
}
