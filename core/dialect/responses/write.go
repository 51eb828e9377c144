package responses

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// WriteAnswer appends a response, or {"object","input_tokens"} for the counting of
// tokens. Each run of text, with its citations, is a message;
// thinking is an item of reasoning with the text as its summary and the seal in
// encrypted_content; calls are items of the kind that the client declared the tool as;
// images are those of image_generation_call. What the client asked for is repeated as
// it stands in its request, but that nothing is stored. What the dialect has no place
// for is reported in ex.Dropped.
func (Dialect) WriteAnswer(dst []byte, ex *core.Exchange, at *core.Attempt, a *core.Answer) []byte {
	if ex.Request.Operation == core.OpCountTokens {
		dst = append(dst, `{"object":"response.input_tokens","input_tokens":`...)
		return append(strconv.AppendInt(dst, a.Usage.Input(), 10), '}')
	}
	m := memoryOf(ex)
	m.writer.forget()
	w := &m.writer
	w.ex, w.at, w.whole = ex, at, true
	for i := range a.Choices {
		if a.Choices[i].Index == 0 {
			w.finish = a.Choices[i].Finish
		}
	}
	last := lastItem(a.Parts)
	for i := range a.Parts {
		ev := core.Event{Kind: core.EventOpen, Block: i, Part: a.Parts[i]}
		if ev.Part.Choice != 0 {
			continue
		}
		w.open(&ev)
		if i != last { // what a bound ended is not complete
			w.close(&core.Event{Kind: core.EventClose, Block: i, Part: core.Part{Kind: ev.Part.Kind}})
		}
	}
	w.endAll()
	w.begin(a.Model)
	w.usage = a.Usage
	w.out = dst
	w.response(w.status(), true)
	dst = w.out
	w.forget()
	return dst
}

// lastItem returns the index of the last part that is not a citation, -1 for none.
func lastItem(parts []core.Part) int {
	last := -1
	for i := range parts {
		if parts[i].Choice == 0 && parts[i].Kind != core.PartCitation {
			last = i
		}
	}
	return last
}

func (w *streamWriter) raw(s string)       { w.out = append(w.out, s...) }
func (w *streamWriter) bytes(b []byte)     { w.out = append(w.out, b...) }
func (w *streamWriter) quoted(text []byte) { w.out = jsonscan.AppendQuoted(w.out, text) }
func (w *streamWriter) int(n int64)        { w.out = strconv.AppendInt(w.out, n, 10) }

// status returns the status of the response once it is finished.
func (w *streamWriter) status() string {
	if w.finish == core.FinishLength || w.finish == core.FinishContentFilter {
		return "incomplete"
	}
	return "completed"
}

// response writes the object of the response. Its id is ours: providers of other
// dialects have none of this form, and an error event must be able to name it.
func (w *streamWriter) response(status string, over bool) {
	created := max(w.ex.Start.Unix(), 0)
	w.raw(`{"id":"resp_`)
	w.out = w.ex.ID.Append(w.out)
	w.raw(`","object":"response","created_at":`)
	w.int(created)
	w.raw(`,"status":"`)
	w.raw(status)
	w.raw(`","background":false,"error":null,"incomplete_details":`)
	switch {
	case !over || status != "incomplete":
		w.raw("null")
	case w.finish == core.FinishLength:
		w.raw(`{"reason":"max_output_tokens"}`)
	default:
		w.raw(`{"reason":"content_filter"}`)
	}
	w.bytes(w.echo)
	w.raw(`,"output":[`)
	if over {
		w.output()
	}
	w.raw(`],"usage":`)
	if u := &w.usage; over && (u.Reported || u.Estimated) {
		w.counters(u)
	} else {
		w.raw("null")
	}
	w.raw("}")
}

// output writes the items that are done, in their order.
func (w *streamWriter) output() {
	slices.SortFunc(w.done, func(a, b doneItem) int { return a.index - b.index })
	for i, d := range w.done {
		if i > 0 {
			w.raw(",")
		}
		w.bytes(w.items[d.start:d.end])
	}
}

// counters writes usage. It is what [counts.canonical] reads, but for audio, which the
// API does not tell apart.
func (w *streamWriter) counters(u *core.Usage) {
	input := u.Input()
	image := min(u.Image, input)
	w.raw(`{"input_tokens":`)
	w.int(input)
	w.raw(`,"input_tokens_details":{"cached_tokens":`)
	w.int(u.CacheRead)
	w.raw(`,"cache_write_tokens":`)
	w.int(u.CacheWrite)
	w.more("image_tokens", image)
	w.raw(`},"output_tokens":`)
	w.int(u.Output)
	w.raw(`,"output_tokens_details":{"reasoning_tokens":`)
	w.int(u.Reasoning)
	w.more("image_tokens", min(u.Image-image, u.Output))
	w.raw(`},"total_tokens":`)
	w.int(input + u.Output)
	w.raw("}")
}

// more writes a counter that is not 0.
func (w *streamWriter) more(key string, n int64) {
	if n > 0 {
		w.raw(`,"`)
		w.raw(key)
		w.raw(`":`)
		w.int(n)
	}
}

// echoed are the members of a response that repeat the request, with what stands there
// where the request has none of the right kind.
var echoed = [...]struct {
	key   int
	kinds string // what the value may be: s, n, b, o, a
	none  string
}{
	{keyInstructions, "s", "null"},
	{keyMaxOutput, "n", "null"},
	{keyMaxCalls, "n", "null"},
	{keyMetadata, "o", "{}"},
	{keyParallel, "b", "true"},
	{keyCacheKey, "s", "null"},
	{keyReasoning, "o", `{"effort":null,"summary":null}`},
	{keySafety, "s", "null"},
	{keyTemperature, "n", "null"},
	{keyText, "o", `{"format":{"type":"text"}}`},
	{keyToolChoice, "so", `"auto"`},
	{keyTools, "a", "[]"},
	{keyTopLogprobs, "n", "0"},
	{keyTopP, "n", "null"},
	{keyUser, "s", "null"},
}

// begin notes what every response of this exchange repeats, while the request is there.
func (w *streamWriter) begin(model []byte) {
	m, body := memoryOf(w.ex), w.ex.Request.Body
	there := m.body == len(body) && len(body) > 0
	b := append(w.echo[:0], `,"model":`...)
	b = jsonscan.AppendQuoted(b, w.model(model))
	b = append(b, `,"previous_response_id":null,"store":false,"truncation":"disabled"`...)
	for _, e := range echoed {
		b = append(append(append(b, `,"`...), requestKeys[e.key]...), `":`...)
		v := jsonscan.Value{}
		if there {
			v = m.top.Value(e.key)
		}
		switch {
		case !isOneOf(e.kinds, v.Kind):
			b = append(b, e.none...)
		case e.key == keyTools:
			b = m.appendTools(b, body, v)
		default:
			b = append(b, v.Of(body)...)
		}
	}
	w.echo = b
}

// isOneOf tells whether kinds has the letter of kind.
func isOneOf(kinds string, kind jsonscan.Kind) bool {
	var letter byte
	switch kind {
	case jsonscan.String:
		letter = 's'
	case jsonscan.Number:
		letter = 'n'
	case jsonscan.True, jsonscan.False:
		letter = 'b'
	case jsonscan.ObjectKind:
		letter = 'o'
	case jsonscan.ArrayKind:
		letter = 'a'
	case jsonscan.None, jsonscan.Null:
		return false
	}
	return strings.IndexByte(kinds, letter) >= 0
}

// The members that a function in an answer must have.
const (
	shownType = iota
	shownParameters
	shownStrict
)

var shownKeys = jsonscan.NewKeys("type", "parameters", "strict")

// appendTools repeats the tools. Clients may leave out what must stand in an answer.
func (m *memory) appendTools(b, body []byte, v jsonscan.Value) []byte {
	start := len(b)
	b = append(b, '[')
	for a := jsonscan.Elements(body, v); a.Next(); {
		if a.Index() > 0 {
			b = append(b, ',')
		}
		elem := a.Value()
		if jsonscan.ScanObject(body, elem, shownKeys, &m.item) != nil {
			return append(b[:start], "[]"...) // what nobody could read
		}
		b = append(b, elem.Of(body)...)
		if string(m.item.Value(shownType).Text(body)) != "function" {
			continue
		}
		b = b[:len(b)-1]
		for id := shownParameters; id <= shownStrict; id++ {
			if m.item.Value(id).Kind == jsonscan.None {
				b = append(append(append(b, `,"`...), shownKeys.Name(id)...), `":null`...)
			}
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// model returns the model that answered, as far as it is known.
func (w *streamWriter) model(model []byte) []byte {
	switch at := w.at; {
	case len(model) > 0:
		return model
	case len(at.Model) > 0:
		return at.Model
	case at.Deployment != nil && at.Deployment.Model != "":
		return append(w.ex.Alloc(len(at.Deployment.Model))[:0], at.Deployment.Model...)
	default:
		return w.ex.Request.Model
	}
}

// lost reports one kind of part that the dialect has no place for, once.
func (w *streamWriter) lost(kind core.PartKind) { w.loss("answer." + kind.String()) }

func (w *streamWriter) loss(what string) {
	loss := what + "=not_supported_by_dialect"
	if !slices.Contains(w.ex.Dropped, loss) {
		w.ex.Dropped = append(w.ex.Dropped, loss)
	}
}
