package bedrock

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
)

// Response adds the vectors of one call to the answer, in OpenAI's form, and asks for
// the next call while there are texts left.
func (Embeddings) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	if resp.Status >= 400 {
		return refusal(resp)
	}
	lost := core.Errorf(core.CodeInternal, "The gateway lost the request before it was answered.")
	r, err := ex.Typed(func() ([]byte, *core.Error) { return nil, lost })
	if err != nil {
		return err
	}
	q, err := read(r.Body)
	if err != nil {
		return err
	}
	f, err := familyOf(ex, at)
	if err != nil {
		return err
	}
	got, bad := vectorsOf(resp.Body)
	from := done(at)
	want := min(f.texts, len(q.texts)-from)
	count(&a.Usage, resp, got.tokens, from == 0)
	if bad == nil && len(got.vectors) != want {
		bad = errors.New("there is not one embedding for each text")
	}
	if bad == nil {
		a.Body, bad = appendVectors(a.Body, got.vectors, from, q.base64)
	}
	if bad != nil {
		return &core.Error{
			Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Cause: bad,
			Message: "The provider's answer does not hold the embeddings that were asked for.",
		}
	}
	if from += want; from < len(q.texts) {
		at.Translation.State = strconv.AppendInt(nil, int64(from), 10)
		at.Translation.Next = true
		return nil
	}
	a.Body = finish(a.Body, ex, at, &a.Usage)
	return nil
}

// Event is never called: embeddings are not streamed.
func (Embeddings) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, core.Errorf(core.CodeUpstreamInvalid, "Embeddings are not streamed.")
}

// answer is what of an answer of any of the makers is read.
type answer struct {
	vectors []json.RawMessage // lists of numbers
	tokens  int64             // 0 where nothing is said
}

func vectorsOf(body []byte) (out answer, err error) {
	var top struct {
		Embedding  json.RawMessage `json:"embedding"`  // Titan
		Embeddings json.RawMessage `json:"embeddings"` // Cohere and Nova
		Tokens     int64           `json:"inputTextTokenCount"`
	}
	if err := json.Unmarshal(body, &top); err != nil {
		return out, err
	}
	out.tokens = top.Tokens
	list := top.Embeddings
	switch {
	case !null(top.Embedding):
		out.vectors = []json.RawMessage{top.Embedding}
		return out, nil
	case len(list) > 0 && list[0] == '{': // by their type
		var types struct {
			Float json.RawMessage `json:"float"`
		}
		if err := json.Unmarshal(list, &types); err != nil {
			return out, err
		}
		list = types.Float
	}
	if err := json.Unmarshal(list, &out.vectors); err != nil {
		return out, err
	}
	for i, v := range out.vectors {
		var one struct {
			Embedding json.RawMessage `json:"embedding"`
		}
		if v[0] != '{' {
			continue
		}
		if err := json.Unmarshal(v, &one); err != nil {
			return out, err
		}
		out.vectors[i] = one.Embedding
	}
	return out, nil
}

// appendVectors appends vectors, of which the first is number from, to the answer's
// beginning or to what is there.
func appendVectors(dst []byte, vectors []json.RawMessage, from int, packed bool) ([]byte, error) {
	if from == 0 {
		dst = append(dst[:0], `{"object":"list","data":[`...)
	}
	for i, v := range vectors {
		var numbers []float32
		if err := json.Unmarshal(v, &numbers); err != nil {
			return dst, err
		}
		if len(numbers) == 0 {
			return dst, errors.New("an embedding is empty")
		}
		if from+i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"object":"embedding","index":`...), int64(from+i), 10)
		dst = append(dst, `,"embedding":`...)
		if packed {
			dst = pack(dst, numbers)
		} else {
			dst = append(dst, v...)
		}
		dst = append(dst, '}')
	}
	return dst, nil
}

// pack appends numbers as OpenAI's clients ask for them: in base64, as 32-bit floats
// with the lowest byte first.
func pack(dst []byte, numbers []float32) []byte {
	raw := make([]byte, 0, 4*len(numbers))
	for _, n := range numbers {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(n))
	}
	dst = base64.StdEncoding.AppendEncode(append(dst, '"'), raw)
	return append(dst, '"')
}

// finish ends the answer.
func finish(dst []byte, ex *core.Exchange, at *core.Attempt, u *core.Usage) []byte {
	model := at.Deployment.ModelJSON
	if len(model) == 0 {
		model, _ = json.Marshal(string(ex.Request.Model)) // any string can be
	}
	dst = append(append(dst, `],"model":`...), model...)
	dst = strconv.AppendInt(append(dst, `,"usage":{"prompt_tokens":`...), u.InputUncached, 10)
	dst = strconv.AppendInt(append(dst, `,"total_tokens":`...), u.InputUncached, 10)
	return append(dst, "}}"...)
}

// count adds what a call cost: what its body says, or else a header field. One that
// says nothing makes the whole unknown.
func count(u *core.Usage, resp *core.UpstreamResponse, n int64, first bool) {
	if n <= 0 && resp.Headers != nil {
		n, _ = strconv.ParseInt(string(resp.Headers.Get("X-Amzn-Bedrock-Input-Token-Count")), 10, 64)
	}
	known := n > 0 && n <= core.MaxTokens-u.InputUncached
	if known {
		u.InputUncached += n
	}
	u.Reported = known && (first || u.Reported)
}

// refusal reads an error answer.
func refusal(resp *core.UpstreamResponse) *core.Error {
	e := &core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: resp.Status}
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(resp.Body, &said) == nil {
		e.Message = said.Message
	}
	return e
}
