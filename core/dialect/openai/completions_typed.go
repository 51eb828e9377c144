package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Typed reads doc into the middle form: the prompt is the one message of a user.
// Tokens and more than one prompt are CodeInvalidField.
func (Completions) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	return readTyped(ex, doc, r, (*typist).completion)
}

func (t *typist) completion() *core.Error {
	top, err := t.Open(levelTop, t.Root(), completionForm.Keys())
	if err != nil {
		return err
	}
	prompt := top.Value(keyMessages)
	if err := t.parameters(top, "prompt"); err != nil {
		return err
	}
	if err := noTokens(t.Doc, "prompt", prompt); err != nil {
		return err
	}
	if prompt.Kind == jsonscan.ArrayKind {
		a := jsonscan.Elements(t.Doc, prompt)
		a.Next()
		prompt = a.Value()
		if a.Next() {
			return leaf.Invalid("prompt", "holds several texts, which the provider of this route cannot answer at once; send one")
		}
	}
	if prompt.Kind != jsonscan.String && !leaf.Absent(prompt) {
		return leaf.Invalid("prompt", "must be a string, not %s", prompt.Kind)
	}
	t.Role = core.RoleUser
	t.Add(core.PartText, t.Text(prompt))
	leaf.DropWrongTypes(t.Ex, t.Out, places)
	return nil
}

// WriteAnswer appends a text_completion. What is no text is reported in
// ex.Dropped.
func (Completions) WriteAnswer(dst []byte, ex *core.Exchange, at *core.Attempt, a *core.Answer) []byte {
	w := answerWriter{out: dst, ex: ex, prefix: completionID}
	w.head("text_completion", a.ID, modelOf(ex, at, a.Model))
	w.raw(`,"choices":[`)
	choices := a.Choices
	if len(choices) == 0 {
		choices = []core.Choice{{}}
	}
	for i := range choices {
		if i > 0 {
			w.raw(",")
		}
		w.raw(`{"text":"`)
		parts := ofChoice(a.Parts, choices[i].Index)
		for j := range parts {
			if p := &parts[j]; w.isText(p.Kind) {
				w.inside(p.Text())
			}
		}
		w.raw(`","index":`)
		w.int(int64(choices[i].Index))
		w.raw(`,"logprobs":null,"finish_reason":"`)
		w.raw(completionWord(choices[i].Finish))
		w.raw(`"}`)
	}
	w.raw("]")
	w.usage(&a.Usage)
	w.raw("}")
	return w.out
}

// completionWord returns the finish_reason. Completions call no tools.
func completionWord(f core.Finish) string {
	if f == core.FinishToolCalls {
		f = core.FinishStop
	}
	return finishWord(f, false, false)
}

// isText tells whether a part of that kind can be told as text, and reports the
// loss where not.
func (w *answerWriter) isText(kind core.PartKind) bool {
	if kind == core.PartText || kind == core.PartRefusal {
		return true
	}
	w.lost(kind)
	return false
}

// WriteEvent appends the chunk that one event becomes, if it is one of text.
func (Completions) WriteEvent(dst []byte, ex *core.Exchange, at *core.Attempt, ev *core.Event) []byte {
	s := writerOf(ex, at)
	s.begin(ex, at, ev, "text_completion", completionID)
	w := chunkWriter{answerWriter{out: dst, ex: ex}, s}
	switch ev.Kind {
	case core.EventOpen, core.EventDelta:
		if text := ev.Part.Text(); w.isText(ev.Part.Kind) && len(text) > 0 {
			w.text(ev.Choice, text, "")
		}
	case core.EventFinish:
		w.text(ev.Choice, nil, completionWord(ev.Finish))
	case core.EventUsage:
		s.usage = ev.Usage
	case core.EventRaw:
		w.lost(core.PartRaw)
	case core.EventClose, core.EventError: // an error is the gateway's to render
	}
	return w.out
}

// text writes a chunk of one choice.
func (w *chunkWriter) text(choice int, text []byte, finish string) {
	w.bytes(w.s.head)
	w.raw(`{"text":`)
	w.quoted(text)
	w.raw(`,"index":`)
	w.int(int64(choice))
	w.raw(`,"logprobs":null,"finish_reason":`)
	if finish == "" {
		w.raw("null}]")
	} else {
		w.raw(`"` + finish + `"}]`)
	}
	w.endChunk()
}
