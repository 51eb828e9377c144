package leaf

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
)

// sealTag begins a seal that one provider made and a client of another dialect
// holds for it.
const sealTag = "sp1."

// AppendSeal appends what a client whose dialect is named own is given to keep of
// the signature of a, and to send back: the signature itself where own sealed it,
// else "sp1.<source>.<signature>". It is text that must be quoted for JSON.
func AppendSeal(dst []byte, own string, a *core.Attr) []byte {
	if len(a.Source) > 0 && string(a.Source) != own {
		dst = append(dst, sealTag...)
		dst = append(dst, a.Source...)
		dst = append(dst, '.')
	}
	return append(dst, a.Signature...)
}

// SplitSeal is the inverse of [AppendSeal] for what a client sent back: who sealed
// it and the signature, which is base64 and so holds no dot. Both alias seal or
// are constant.
func SplitSeal(own string, seal []byte) (source, signature []byte) {
	if rest, tagged := bytes.CutPrefix(seal, []byte(sealTag)); tagged {
		if i := bytes.LastIndexByte(rest, '.'); i > 0 {
			return rest[:i], rest[i+1:]
		}
	}
	return []byte(own), seal
}
