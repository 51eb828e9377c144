package anthropic

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Seals of other providers stand in a client's document as "sp1.SOURCE.SEAL", see
// [leaf.AppendSeal]. A seal that belongs to the call of a tool has no place of its
// own in this dialect: it stands in a redacted_thinking block behind the tool_use
// block, as "sp1s.SOURCE.SEAL".
const (
	tagSeal = "sp1."
	tagCall = "sp1s."
)

// splitCall takes apart what stands behind a call; ok is false for anything else.
func splitCall(data []byte) (source, seal []byte, ok bool) {
	rest, ok := bytes.CutPrefix(data, []byte(tagCall))
	dot := bytes.LastIndexByte(rest, '.')
	if !ok || dot <= 0 {
		return nil, nil, false
	}
	return rest[:dot], rest[dot+1:], true
}

// foreign tells whether only others than this dialect's providers accept what
// source sealed.
func foreign(source []byte) bool {
	rest, ok := bytes.CutPrefix(source, []byte(dialectName))
	return !ok || len(rest) > 0 && rest[0] != '/'
}

// foreignSeal tells whether a provider of this dialect would refuse the block that
// holds the signature or data s.
func foreignSeal(s []byte) bool {
	if bytes.HasPrefix(s, []byte(tagCall)) {
		return true
	}
	source, _ := leaf.SplitSeal(dialectName, s)
	return bytes.HasPrefix(s, []byte(tagSeal)) && foreign(source)
}

// mayHoldTag tells whether doc may hold a tag. It looks for the rarest letter of
// one, since every forwarded request passes here.
func mayHoldTag(doc []byte) bool {
	for {
		i := bytes.IndexByte(doc, '1')
		if i < 0 {
			return false
		}
		if i >= 2 && doc[i-1] == 'p' && doc[i-2] == 's' && i+1 < len(doc) && (doc[i+1] == '.' || doc[i+1] == 's') {
			return true
		}
		doc = doc[i+1:]
	}
}

// appendSeal appends the signature that stands for a seal, quotes included.
func appendSeal(dst []byte, source, seal []byte) []byte {
	if !foreign(source) {
		return jsonscan.AppendQuoted(dst, seal)
	}
	a := core.Attr{Source: source, Signature: seal}
	return jsonscan.AppendQuoted(dst, leaf.AppendSeal(nil, dialectName, &a))
}

// appendRedacted appends a block of thinking that nobody but its source can read.
func appendRedacted(dst, source, seal []byte) []byte {
	dst = append(dst, `{"type":"redacted_thinking","data":`...)
	return append(appendSeal(dst, source, seal), '}')
}

// appendCallSeal appends the block that carries the seal of the call before it.
func appendCallSeal(dst, source, seal []byte) []byte {
	text := make([]byte, 0, len(tagCall)+len(source)+1+len(seal))
	text = append(append(append(append(text, tagCall...), source...), '.'), seal...)
	dst = append(dst, `{"type":"redacted_thinking","data":`...)
	return append(jsonscan.AppendQuoted(dst, text), '}')
}

// sourceOf returns who sealed what an answer of the attempt holds.
func sourceOf(at *core.Attempt, a *core.Attr) []byte {
	switch {
	case a != nil && len(a.Source) > 0:
		return a.Source
	case at.Translation != nil && at.Translation.Translator != nil:
		return []byte(at.Translation.Translator.Dialect())
	case at.Service != nil:
		return []byte(at.Service.Dialect)
	default:
		return []byte("unknown")
	}
}
