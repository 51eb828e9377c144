package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deeply a literal nests.
const maxDepth = 100

// literal reads a JavaScript literal made of objects, lists, texts, numbers,
// booleans and null, as bundlers write them (keys bare, !0 for true, 2e5, .5),
// from the start of src. Numbers stay as they are written.
func literal(src string) (value any, rest string, err error) {
	p := parser{src: src}
	value, err = p.value(0)
	return value, p.src[p.at:], err
}

type parser struct {
	src string
	at  int
}

var errLiteral = errors.New("is no literal that this program reads")

func (p *parser) fail() error {
	end := min(p.at+24, len(p.src))
	return fmt.Errorf("offset %d: %q %w", p.at, p.src[p.at:end], errLiteral)
}

func (p *parser) space() {
	for p.at < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) take(token string) bool {
	p.space()
	if !strings.HasPrefix(p.src[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

func (p *parser) value(depth int) (any, error) {
	p.space()
	if p.at == len(p.src) || depth > maxDepth {
		return nil, p.fail()
	}
	switch c := p.src[p.at]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.list(depth)
	case c == '"' || c == '\'' || c == '`':
		return p.text()
	case c == '-' || c == '.' || c >= '0' && c <= '9':
		return p.number()
	case p.take("!0") || p.take("true"):
		return true, nil
	case p.take("!1") || p.take("false"):
		return false, nil
	case p.take("null"):
		return nil, nil //nolint:nilnil // null is a value
	default:
		return nil, p.fail()
	}
}

func (p *parser) object(depth int) (any, error) {
	p.at++
	out := map[string]any{}
	for !p.take("}") {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if !p.take(":") {
			return nil, p.fail()
		}
		if out[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		if !p.take(",") && !strings.HasPrefix(p.src[p.at:], "}") {
			return nil, p.fail()
		}
	}
	return out, nil
}

func (p *parser) list(depth int) (any, error) {
	p.at++
	out := []any{}
	for !p.take("]") {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if !p.take(",") && !strings.HasPrefix(p.src[p.at:], "]") {
			return nil, p.fail()
		}
	}
	return out, nil
}

func (p *parser) key() (string, error) {
	p.space()
	if p.at < len(p.src) && (p.src[p.at] == '"' || p.src[p.at] == '\'') {
		return p.text()
	}
	start := p.at
	for p.at < len(p.src) && isWord(p.src[p.at]) {
		p.at++
	}
	if start == p.at {
		return "", p.fail()
	}
	return p.src[start:p.at], nil
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func (p *parser) number() (any, error) {
	start := p.at
	for p.at < len(p.src) && strings.IndexByte("+-.0123456789eE", p.src[p.at]) >= 0 {
		p.at++
	}
	n := p.src[start:p.at]
	if _, err := strconv.ParseFloat(n, 64); err != nil {
		p.at = start
		return nil, p.fail()
	}
	return json.Number(n), nil
}

// escapes are those of one letter.
var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0}

func (p *parser) text() (string, error) {
	start, quote := p.at, p.src[p.at]
	var b strings.Builder
	for p.at++; p.at < len(p.src); p.at++ {
		c := p.src[p.at]
		switch {
		case c == quote:
			p.at++
			return b.String(), nil
		case c == '$' && quote == '`' && strings.HasPrefix(p.src[p.at:], "${"):
			return "", p.fail() // an expression
		case c == '\\' && p.at+1 < len(p.src):
			p.at++
			if err := p.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
		}
	}
	p.at = start
	return "", p.fail()
}

// escape reads what follows a backslash, and stays on its last byte.
func (p *parser) escape(b *strings.Builder) error {
	c := p.src[p.at]
	digits := map[byte]int{'u': 4, 'x': 2}[c]
	switch e, short := escapes[c]; {
	case short:
		b.WriteByte(e)
	case digits > 0:
		end := min(p.at+1+digits, len(p.src))
		n, err := strconv.ParseUint(p.src[p.at+1:end], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return p.fail()
		}
		b.WriteRune(rune(n))
		p.at = end - 1
	default:
		b.WriteByte(c)
	}
	return nil
}
