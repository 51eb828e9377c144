package mock

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"unicode/utf8"
)

// stampBytes is the length of a time stamp in a content chunk: 19 digits of
// Unix nanoseconds (good from 2001 to 2286) and a space.
const stampBytes = 20

const words = "the gate opens and a guard reads every word that goes in while another waits for the answer " +
	"so nothing leaves before both agree on what was said and what it costs "

func setText(s *scenario, v string) error {
	text, err := url.PathUnescape(v)
	if err == nil && !utf8.ValidString(text) {
		err = errors.New("not valid UTF-8")
	}
	if err == nil && len(text) > maxSize {
		err = fmt.Errorf("longer than %d bytes", maxSize)
	}
	s.text = text
	return err
}

// build makes the pieces of the answer text from the other members.
func (s *scenario) build() {
	text := s.text
	if text == "" {
		text = generate(max(s.size, s.chunks), s.seed)
	}
	s.pieces, s.tokens = make([]piece, 0, s.chunks), 0
	for left := s.chunks; left > 0; left-- {
		n := (len(text) + left - 1) / left
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		p := piece{json: appendEscaped(nil, text[:n]), tokens: tokensOf(n)}
		if s.stamp {
			p.tokens = tokensOf(stampBytes + n)
		}
		s.pieces = append(s.pieces, p)
		s.tokens += p.tokens
		text = text[n:]
	}
}

func tokensOf(bytes int) int64 { return int64(bytes+3) / 4 }

// generate returns n bytes of plain words, rotated by the seed.
func generate(n int, seed uint64) string {
	start := rand.New(rand.NewPCG(seed, 0)).IntN(len(words))
	return strings.Repeat(words, (start+n)/len(words)+1)[start : start+n]
}

// appendEscaped appends text as the inside of a JSON string (RFC 8259 §7).
func appendEscaped(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	for i := range len(text) {
		switch b := text[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, '\\', 'n')
		case b < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return dst
}
