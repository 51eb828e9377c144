package mock

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// sseSpelling is a set of legal ways to write the same events (WHATWG HTML
// §9.2.6).
type sseSpelling uint8

const (
	sseCRLF sseSpelling = 1 << iota
	sseCR
	sseBOM
	sseComments
	sseMultiline
	sseFields
	sseNoSpace
)

// sseNames lists the spellings by bit.
func sseNames() []string {
	return []string{"crlf", "cr", "bom", "comments", "multiline", "fields", "nospace"}
}

func setSSE(s *scenario, v string) error {
	s.sse = 0
	for name := range strings.SplitSeq(v, "+") {
		i := slices.Index(sseNames(), name)
		if i < 0 {
			return errors.New("unknown spelling " + strconv.Quote(name))
		}
		s.sse |= 1 << i
	}
	if s.sse&sseCRLF != 0 && s.sse&sseCR != 0 {
		return errors.New("crlf and cr exclude each other")
	}
	return nil
}

// respell writes the event ev, given with LF ends, in another way; i is its
// index in the stream.
func (k sseSpelling) respell(ev []byte, i int) []byte {
	var b []byte
	if k&sseBOM != 0 && i == 0 {
		b = append(b, "\uFEFF"...)
	}
	if k&sseComments != 0 {
		b = append(b, ": keep-alive\n:\n\n"...)
	}
	if k&sseFields != 0 {
		b = append(b, "id: "...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, "\nretry: 3000\nunknown: field\n"...)
	}
	if k&sseMultiline != 0 {
		// JSON allows white space after the first brace, so the two lines,
		// joined by LF as the standard says, are the same document.
		ev = bytes.Replace(ev, []byte("data: {"), []byte("data: {\ndata: "), 1)
	}
	b = append(b, ev...)
	if k&sseNoSpace != 0 {
		b = bytes.ReplaceAll(b, []byte("\ndata: "), []byte("\ndata:"))
		if rest, ok := bytes.CutPrefix(b, []byte("data: ")); ok {
			b = append([]byte("data:"), rest...)
		}
	}
	if k&(sseCRLF|sseCR) != 0 {
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	switch {
	case k&sseCRLF != 0:
		b = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
	case k&sseCR != 0:
		b = bytes.ReplaceAll(b, []byte("\n"), []byte("\r"))
	}
	return b
}
