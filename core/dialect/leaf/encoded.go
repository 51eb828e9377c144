package leaf

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// encoded is a part whose text is that of a document which travels in base64, or in
// a "data:" URL.
type encoded struct {
	part   *core.Part
	prefix []byte // of the URL, the comma included; empty for base64 alone
}

// reveal makes the part p, an image, audio or document, a text that can be judged, where
// it is one, and tells whether it did: what p's text is then is what the model, or the
// client, reads. An edit of it is encoded again, see recode. Text that is not UTF-8 is
// shown with U+FFFD for what is not.
func (w *Walk) reveal(p *core.Part, row *Row) bool {
	if !row.Base64 && p.Kind != core.PartImage && p.Kind != core.PartAudio && p.Kind != core.PartDocument || w.Plain || w.report {
		return false
	}
	prefix, data := cutURL(p.Original())
	if len(prefix) == 0 && (!row.Base64 || isURL(data)) {
		return false
	}
	text, literal, ok := w.textOf(p.Name, prefix, data)
	if !ok {
		return false
	}
	p.Kind, p.Name = core.PartText, nil
	if w.Role == core.RoleTool && w.Msg >= 0 {
		p.Kind, p.Ref = core.PartToolResult, w.Ref
	}
	if literal {
		return true
	}
	p.SetText(bytes.ToValidUTF8(text, []byte("\uFFFD")))
	if w.ev != nil {
		w.ev.encoded = append(w.ev.encoded, encoded{p, prefix})
	} else {
		w.m.encoded = append(w.m.encoded, encoded{p, prefix})
	}
	return true
}

// textOf returns the text that data says, which follows prefix, and tells whether it
// says one. literal tells that it is no base64 at all, and says what it says as it
// stands. media is what the client calls it, which is no more than its word: what is
// not said to be an image, audio, video or PDF is a text if it reads like one.
func (w *Walk) textOf(media, prefix, data []byte) (text []byte, literal, ok bool) {
	inURL := typeIn(prefix)
	// RFC 2397: a URL without a type is text/plain.
	said := isTextual(media) || isTextual(inURL) || len(prefix) > 0 && len(media)+len(inURL) == 0
	if len(prefix) > 0 {
		media = inURL // a URL knows its own
	}
	switch {
	case !said && isBinary(media):
		return nil, false, false
	case len(prefix) > 0 && !isBase64(prefix):
		plain, err := url.PathUnescape(string(data))
		if err != nil {
			plain = string(data)
		}
		return []byte(plain), false, said || readsAsText([]byte(plain))
	}
	var room [sniffed]byte
	if !said && !readsAsText(appendDecoded(room[:0], data[:min(len(data), sniffed/3*4)])) {
		foreign := len(prefix) == 0 && isForeign(data)
		return nil, foreign, foreign
	}
	return appendDecoded(w.room(base64.RawStdEncoding.DecodedLen(len(data))), data), false, true
}

// typeIn returns the media type in the prefix of a "data:" URL.
func typeIn(prefix []byte) []byte {
	_, rest, _ := bytes.Cut(prefix, []byte(":"))
	return rest[:max(bytes.IndexAny(rest, ";,"), 0)]
}

// sniffed is how many bytes of what nobody says to be a text are looked at.
const sniffed = 768

// readsAsText tells whether the beginning of a document is that of a text.
func readsAsText(head []byte) bool {
	for i := 0; i < utf8.UTFMax && i < len(head); i++ { // the last rune may be cut
		if utf8.RuneStart(head[len(head)-1-i]) {
			if !utf8.FullRune(head[len(head)-1-i:]) {
				head = head[:len(head)-1-i]
			}
			break
		}
	}
	if len(head) == 0 || !utf8.Valid(head) || bytes.HasPrefix(head, []byte("%PDF-")) {
		return false
	}
	return bytes.IndexFunc(head, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", r) || r == 0x7f
	}) < 0
}

// isBinary tells whether a media type is one of which no reader makes a text.
func isBinary(media []byte) bool {
	name := strings.ToLower(string(media[:min(len(media), len("application/pdf"))]))
	return strings.HasPrefix(name, "image/") || strings.HasPrefix(name, "audio/") || strings.HasPrefix(name, "video/") || name == "application/pdf"
}

// isForeign tells whether data holds what base64 is not written in.
func isForeign(data []byte) bool {
	for _, c := range bytes.TrimRight(data, "=") {
		switch lower := c | 0x20; {
		case lower >= 'a' && lower <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '-', c == '_', c == '\r', c == '\n':
		default:
			return true
		}
	}
	return false
}

// isURL tells whether v begins as a URL with a host, of any scheme.
func isURL(v []byte) bool {
	scheme, _, found := bytes.Cut(v[:min(len(v), longestScheme)], []byte("://"))
	return found && !isForeign(scheme)
}

// longestScheme is how long the scheme of a URL may be, "://" included.
const longestScheme = 32

// isBase64 tells whether what follows the prefix of a "data:" URL is encoded so.
func isBase64(prefix []byte) bool { return bytes.HasSuffix(bytes.ToLower(prefix), []byte(";base64,")) }

// room returns memory for n bytes: of the exchange or, as a stream may have many, of
// the event that is read.
func (w *Walk) room(n int) []byte {
	if w.ev == nil {
		return w.ex.Alloc(n)[:0]
	}
	return make([]byte, 0, n)
}

// cutURL parts a "data:" URL behind its comma. What is none has no prefix.
func cutURL(v []byte) (prefix, data []byte) {
	const scheme = "data:"
	at := len(v) - len(bytes.TrimLeft(v, " \t\r\n")) // which readers of URLs go over
	if len(v)-at < len(scheme) || !strings.EqualFold(string(v[at:at+len(scheme)]), scheme) {
		return nil, v
	}
	if comma := bytes.IndexByte(v, ','); comma >= 0 {
		return v[:comma+1], v[comma+1:]
	}
	return nil, v
}

// textual are the media types of texts that do not say so by their beginning or end.
var textual = []string{
	"application/json", "application/jsonl", "application/x-ndjson", "application/ndjson", "application/xml",
	"application/yaml", "application/x-yaml", "application/toml", "application/csv", "application/sql",
	"application/javascript", "application/x-javascript", "application/ecmascript", "application/typescript",
	"application/graphql", "application/rtf", "application/x-sh", "application/x-python", "application/xhtml+xml",
}

// isTextual tells whether a media type is one of texts.
func isTextual(media []byte) bool {
	name, _, _ := strings.Cut(strings.ToLower(string(media)), ";")
	name = strings.TrimSpace(name)
	return strings.HasPrefix(name, "text/") || strings.HasSuffix(name, "+json") || strings.HasSuffix(name, "+xml") ||
		strings.HasSuffix(name, "+yaml") || slices.Contains(textual, name)
}

// appendDecoded appends what base64 says, in either alphabet (RFC 4648 §4 and §5). As
// some readers do, it goes over what belongs to none of them, so that nothing that
// any reader finds stays unseen; what stands behind padding is read on its own.
func appendDecoded(dst, data []byte) []byte {
	var bits uint32
	n := 0 // of characters in bits
	for _, c := range data {
		var v uint32
		switch {
		case c >= 'A' && c <= 'Z':
			v = uint32(c - 'A')
		case c >= 'a' && c <= 'z':
			v = uint32(c-'a') + 26
		case c >= '0' && c <= '9':
			v = uint32(c-'0') + 52
		case c == '+' || c == '-':
			v = 62
		case c == '/' || c == '_':
			v = 63
		case c == '=':
			dst = appendRest(dst, bits, n)
			bits, n = 0, 0
			continue
		default:
			continue
		}
		bits = bits<<6 | v
		if n++; n == 4 {
			dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			bits, n = 0, 0
		}
	}
	return appendRest(dst, bits, n)
}

// appendRest appends the whole bytes in the last n characters, fewer than four.
func appendRest(dst []byte, bits uint32, n int) []byte {
	switch n {
	case 2:
		return append(dst, byte(bits>>4))
	case 3:
		return append(dst, byte(bits>>10), byte(bits>>2))
	default:
		return dst
	}
}

// recode replaces the value of an edited part whose text was revealed, and tells
// whether it is such a part.
func (m *Memory) recode(p *core.Part) bool {
	is := func(e encoded) bool { return e.part == p }
	list := m.encoded
	i := slices.IndexFunc(list, is)
	if i < 0 && m.events != nil {
		list = m.events.encoded
		i = slices.IndexFunc(list, is)
	}
	if i < 0 {
		return false
	}
	text, prefix := p.Text(), list[i].prefix
	if n := len(prefix); n > 0 && !isBase64(prefix) {
		prefix = append(bytes.Clone(prefix[:n-1]), ";base64,"...)
	}
	whole := base64.StdEncoding.AppendEncode(bytes.Clone(prefix), text)
	m.Replace(jsonscan.Span(p.Raw), jsonscan.AppendQuoted(nil, whole))
	return true
}
