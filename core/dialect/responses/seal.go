package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// What other providers sealed stands in a client's document as encrypted_content of
// an item of reasoning:
//
//	sp1.SOURCE.SEAL   the seal of the thinking in the item, "" where it has none
//	sp1r.SOURCE.DATA  thinking that only the source can read
//	sp1s.SOURCE.SEAL  the seal of the text or call in front of the item
//
// Thinking that nobody sealed is tagged as well: a provider of this dialect does not
// accept reasoning that it does not know, and so must not be sent any of it.
const (
	tagSeal     = "sp1."
	tagRedacted = "sp1r."
	tagBefore   = "sp1s."
)

// splitTag takes a seal with that tag apart; ok is false for anything else.
func splitTag(tag string, text []byte) (source, seal []byte, ok bool) {
	rest, ok := bytes.CutPrefix(text, []byte(tag))
	dot := bytes.LastIndexByte(rest, '.')
	if !ok || dot <= 0 {
		return nil, nil, false
	}
	return rest[:dot], rest[dot+1:], true
}

// foreign tells whether only others than this dialect's providers accept what source
// sealed.
func foreign(source []byte) bool {
	rest, ok := bytes.CutPrefix(source, []byte(dialectName))
	return !ok || len(rest) > 0 && rest[0] != '/'
}

// foreignSeal tells whether a provider of this dialect would refuse the item that
// holds s.
func foreignSeal(s []byte) bool {
	for _, tag := range [...]string{tagSeal, tagRedacted, tagBefore} {
		if _, _, ok := splitTag(tag, s); ok {
			return true
		}
	}
	return false
}

// mayHoldTag tells whether doc may hold a tag. It looks for the rarest letter of
// one, since every forwarded request passes here.
func mayHoldTag(doc []byte) bool {
	for {
		i := bytes.IndexByte(doc, '1')
		if i < 0 {
			return false
		}
		if i >= 2 && doc[i-1] == 'p' && doc[i-2] == 's' && i+1 < len(doc) && (doc[i+1] == '.' || doc[i+1] == 's' || doc[i+1] == 'r') {
			return true
		}
		doc = doc[i+1:]
	}
}

// appendSeal appends what stands for a seal in encrypted_content, quotes included.
func appendSeal(dst []byte, tag string, source, seal []byte) []byte {
	if !foreign(source) {
		return jsonscan.AppendQuoted(dst, seal)
	}
	dst = append(dst, '"')
	for _, b := range [...][]byte{[]byte(tag), source, {'.'}, seal} {
		dst = appendInside(dst, b)
	}
	return append(dst, '"')
}

// appendInside appends text as the inside of a JSON string.
func appendInside(dst, text []byte) []byte {
	n := len(dst)
	dst = jsonscan.AppendQuoted(dst, text)
	copy(dst[n:], dst[n+1:len(dst)-1])
	return dst[:len(dst)-2]
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

// splitSeal takes an encrypted_content apart: the tag, "" for one of this dialect's
// own, who sealed it, and the seal.
func splitSeal(text []byte) (tag string, source, seal []byte) {
	for _, tag := range [...]string{tagRedacted, tagBefore} {
		if source, seal, ok := splitTag(tag, text); ok {
			return tag, source, seal
		}
	}
	source, seal = leaf.SplitSeal(dialectName, text)
	if len(seal) < len(text) {
		return tagSeal, source, seal
	}
	return "", source, seal
}
