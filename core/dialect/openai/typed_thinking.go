package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The members of a block of thinking, in whichever of the forms.
const (
	thoughtType = iota
	thoughtThinking
	thoughtText
	thoughtSummary
	thoughtData
	thoughtSeal
	thoughtCacheControl
)

var thoughtKeys = jsonscan.NewKeys("type", "thinking", "text", "summary", "data", "signature", "cache_control")

// thinking reads the thinking of an assistant's message. Clients send the same in
// several forms; the first of these in the order of messageKeys counts.
func (t *typist) thinking(obj *jsonscan.Object) *core.Error {
	first := len(t.Out.Parts)
	for id := messageBlocks; id <= messageReasoning; id++ {
		v, key := obj.Value(id), messageKeys.Name(id)
		switch {
		case leaf.Absent(v):
		case len(t.Out.Parts) > first:
			if !t.repeats(v, t.Out.Parts[first:]) {
				t.Drop(key, lossSuperseded)
			}
		case id == messageBlocks || id == messageDetails:
			if err := t.each(key, v, t.thought); err != nil {
				return err
			}
		default:
			text, err := t.Must(key, v)
			if err != nil {
				return err
			}
			if len(text) > 0 {
				t.Add(core.PartThinking, text)
			}
		}
	}
	seal, err := t.Must("reasoning_signature", obj.Value(messageReasoningSeal))
	if err != nil || len(seal) == 0 {
		return err
	}
	if n := len(t.Out.Parts); n == first {
		t.seal(t.Add(core.PartThinking, nil), chatName, seal)
	} else if p := t.Out.Parts[n-1]; p.Attr == nil {
		t.seal(p, chatName, seal)
	} else if !bytes.HasSuffix(seal, p.Attr.Signature) {
		t.Drop("reasoning_signature", lossSuperseded)
	}
	return nil
}

// repeats tells whether the string v is the text of parts, one after the other.
func (t *typist) repeats(v jsonscan.Value, parts []*core.Part) bool {
	if v.Kind != jsonscan.String {
		return false
	}
	rest, ok := t.Text(v), true
	for _, p := range parts {
		if p.Kind == core.PartThinking && ok {
			rest, ok = bytes.CutPrefix(rest, p.Original())
		}
	}
	return ok && len(rest) == 0
}

// thought reads one block of thinking.
func (t *typist) thought(v jsonscan.Value) *core.Error {
	obj, err := t.Open(levelItem, v, thoughtKeys)
	if err != nil {
		return err
	}
	return t.block(obj)
}

func (t *typist) block(obj *jsonscan.Object) *core.Error {
	used := uint32(1<<thoughtSeal | 1<<thoughtCacheControl)
	switch string(t.Text(obj.Value(thoughtType))) {
	case "thinking", "redacted_thinking", "reasoning.text", "reasoning.encrypted":
		used |= 1 << thoughtType
	}
	var p *core.Part
	if data := obj.Value(thoughtData); data.Kind == jsonscan.String {
		p = t.Add(core.PartRedacted, nil)
		used |= 1 << thoughtData
		t.seal(p, chatName, t.Text(data))
		used &^= 1 << thoughtSeal // there is none
	} else {
		p = t.Add(core.PartThinking, nil)
		for id := thoughtThinking; id <= thoughtSummary; id++ {
			if text := obj.Value(id); text.Kind == jsonscan.String {
				p.SetText(t.Text(text))
				used |= 1 << id
				break
			}
		}
		seal, err := t.Must("signature", obj.Value(thoughtSeal))
		if err != nil {
			return err
		}
		t.seal(p, chatName, seal)
	}
	t.keep(p, obj, used)
	t.point(obj.Value(thoughtCacheControl))
	return nil
}
