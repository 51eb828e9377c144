package gemini

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Between dialects requests and answers for embeddings have OpenAI's form: the texts in "input" and the size in "dimensions"; then data[].embedding.

// embeddings reads a request for embeddings, or a batch of them, into r.Body.
func (t *typer) embeddings(v jsonscan.Value, batch bool) *core.Error {
	obj := t.m.objects.level(0)
	if err := embedKeys.scan(t.doc, v, obj, ""); err != nil {
		return err
	}
	e := embedding{t: t, out: append(t.ex.Alloc(len(t.doc) + 64)[:0], `{"encoding_format":"float","input":[`...)}
	if !batch {
		e.one(obj, "")
	} else {
		e.rest(obj, "", embedRequests)
		for a := jsonscan.Elements(t.doc, embedKeys.value(obj, embedRequests)); a.Next() && t.err == nil; {
			at := "requests[" + strconv.Itoa(a.Index()) + "]"
			one := t.m.objects.level(1)
			if err := embedKeys.scan(t.doc, a.Value(), one, at); err != nil {
				return err
			}
			if a.Index() > 0 {
				e.out = append(e.out, ',')
			}
			e.one(one, at)
		}
	}
	e.out = append(e.out, ']')
	if e.size > 0 {
		e.out = strconv.AppendInt(append(e.out, `,"dimensions":`...), e.size, 10)
	}
	t.r.Body = append(e.out, '}')
	return t.err
}

// embedding is a request for embeddings as it is written.
type embedding struct {
	t    *typer
	out  []byte
	size int64
	any  bool // one was read
}

// one appends the text of one request.
func (e *embedding) one(obj *jsonscan.Object, at string) {
	t := e.t
	content := embedKeys.value(obj, embedContent)
	e.text(content, under(at, "content"))
	if v := embedKeys.value(obj, embedSize); t.err == nil {
		n, ok := int64(0), true
		if !leaf.Absent(v) {
			n, ok = integer(t.doc, v)
		}
		if !ok || n < 0 || e.any && n != e.size {
			t.fail(leaf.Invalid(under(at, "outputDimensionality"), "must be a whole number, the same in all requests for a provider of another dialect"))
		}
		e.size, e.any = n, true
	}
	e.rest(obj, at, embedContent, embedModel, embedSize)
}

// rest reports the members that have no place.
func (e *embedding) rest(obj *jsonscan.Object, at string, taken ...int) {
	for i := range obj.Members {
		m := &obj.Members[i]
		id := embedKeys.id(m)
		known := leaf.Absent(m.Value) || id == embedModel
		for _, k := range taken {
			known = known || id == k
		}
		if !known {
			e.t.drop(under(at, string(jsonscan.AppendText(nil, e.t.doc, m.Key))), "not_supported_by_provider")
		}
	}
}

func under(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// text appends the texts of a content as one, as Google embeds them.
func (e *embedding) text(v jsonscan.Value, at string) {
	t := e.t
	if v.Kind != jsonscan.ObjectKind {
		t.fail(leaf.Missing(at, "an object with \"parts\""))
		return
	}
	obj := t.m.objects.level(2)
	if err := messageKeys.scan(t.doc, v, obj, at); err != nil {
		t.fail(err)
		return
	}
	for i := range obj.Members { // who says it makes no difference
		if m := &obj.Members[i]; messageKeys.id(m) == jsonscan.Unknown && !leaf.Absent(m.Value) {
			t.drop(under(at, string(jsonscan.AppendText(nil, t.doc, m.Key))), leaf.LossUnknown)
		}
	}
	parts := messageKeys.value(obj, contentParts)
	if parts.Kind != jsonscan.ArrayKind && parts.Kind != jsonscan.ObjectKind && !leaf.Absent(parts) {
		t.fail(leaf.Invalid(at+".parts", "must be an array, not %s", parts.Kind))
		return
	}
	text := []byte(nil)
	each(t.doc, parts, func(i int, v jsonscan.Value) {
		obj := t.m.objects.level(2)
		if t.err != nil {
			return
		}
		at := at + ".parts[" + strconv.Itoa(i) + "]"
		if err := partKeys.scan(t.doc, v, obj, at); err != nil {
			t.fail(err)
			return
		}
		if s := partKeys.value(obj, partText); s.Kind == jsonscan.String && len(obj.Members) == 1 {
			text = append(text, t.text(s)...)
			return
		}
		t.fail(core.ClientErrorf(core.CodeUnsupportedField, at, "%q must be text: the provider of this route embeds nothing else.", at))
	})
	e.out = jsonscan.AppendQuoted(e.out, text)
}

var embeddingsPaths = jsonscan.NewPaths("data", "usage.prompt_tokens")

// embeddingPaths are those of one element of data.
var embeddingPaths = jsonscan.NewPaths("index", "embedding")

// appendEmbeddings appends what a provider answered in OpenAI's form as one
// embedding or, of a batch, as all in the order of their index.
func appendEmbeddings(dst []byte, a *core.Answer, batch bool) []byte {
	body := a.Body
	var found [2]jsonscan.Value
	_ = embeddingsPaths.Read(body, found[:]) // what is broken has no embeddings
	var vectors []jsonscan.Value
	for list := jsonscan.Elements(body, found[0]); list.Next(); {
		var one [2]jsonscan.Value
		if embeddingPaths.ReadIn(body, list.Value(), one[:]) != nil {
			continue
		}
		n, err := jsonscan.Int(body, one[0])
		if err != nil || n < 0 || n > int64(len(body)) {
			n = int64(list.Index())
		}
		for int64(len(vectors)) <= n {
			vectors = append(vectors, jsonscan.Value{})
		}
		vectors[n] = one[1]
	}
	if !batch {
		dst = append(dst, `{"embedding":`...)
		if len(vectors) == 0 {
			vectors = append(vectors, jsonscan.Value{})
		}
		dst = appendVector(dst, body, vectors[0])
	} else {
		dst = append(dst, `{"embeddings":[`...)
		for i, v := range vectors {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendVector(dst, body, v)
		}
		dst = append(dst, ']')
	}
	n := a.Usage.Input()
	if !a.Usage.Reported {
		n, _ = jsonscan.Int(body, found[1])
	}
	if n > 0 {
		dst = strconv.AppendInt(append(dst, `,"usageMetadata":{"promptTokenCount":`...), n, 10)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// appendVector appends an embedding, which is a list of numbers or base64 of
// 32-bit floats, the lowest byte first.
func appendVector(dst, body []byte, v jsonscan.Value) []byte {
	dst = append(dst, `{"values":`...)
	if v.Kind == jsonscan.ArrayKind {
		if _, err := jsonscan.Validate(v.Of(body), 0); err == nil {
			return append(append(dst, v.Of(body)...), '}')
		}
	}
	dst = append(dst, '[')
	raw, err := base64.StdEncoding.AppendDecode(nil, v.Text(body))
	for i := 0; err == nil && i+4 <= len(raw); i += 4 {
		f := float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[i:])))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			f = 0
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendFloat(dst, f, 'g', -1, 32)
	}
	return append(dst, "]}"...)
}
