package wasm

import (
	"bytes"
	"encoding/json"
	"strings"
)

// walker finds values in a JSON document without decoding it. It takes any bytes:
// what is no JSON makes it bad, or finds a value that is none.
type walker struct {
	doc []byte
	pos int
	bad bool
}

func (w *walker) fail() { w.bad, w.pos = true, len(w.doc) }

// peek passes over blanks and returns the next byte, 0 at the end.
func (w *walker) peek() byte {
	for ; w.pos < len(w.doc); w.pos++ {
		if c := w.doc[w.pos]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

// take passes over c, or tells that something else comes.
func (w *walker) take(c byte) bool {
	if w.peek() != c || c == 0 {
		return false
	}
	w.pos++
	return true
}

// text passes over a string and returns it with its quotes.
func (w *walker) text() []byte {
	from := w.pos
	if !w.take('"') {
		w.fail()
		return nil
	}
	for w.pos < len(w.doc) {
		n := bytes.IndexAny(w.doc[w.pos:], `"\`)
		if n < 0 {
			break
		}
		w.pos += n + 1
		if w.doc[w.pos-1] == '"' {
			return w.doc[from:w.pos]
		}
		w.pos++ // what is escaped
	}
	w.fail()
	return nil
}

// skip passes over one value and returns it. Nesting costs no stack.
func (w *walker) skip() []byte {
	c := w.peek()
	from := w.pos
	switch c {
	case 0:
		w.fail()
	case '"':
		w.text()
	case '{', '[':
		for depth := 0; ; {
			switch w.peek() {
			case '{', '[':
				depth++
				w.pos++
			case '}', ']':
				depth--
				w.pos++
			case '"':
				w.text()
			case 0:
				w.fail()
			default:
				w.pos++
			}
			if depth == 0 || w.bad {
				break
			}
		}
	default:
		for w.pos < len(w.doc) && !strings.ContainsRune(" \t\n\r,:]}", rune(w.doc[w.pos])) {
			w.pos++
		}
	}
	if w.bad {
		return nil
	}
	return w.doc[from:w.pos]
}

// find follows a JSON pointer.
func (w *walker) find(pointer []byte) (value []byte, found bool) {
	w.peek()
	if len(pointer) > 0 && pointer[0] != '/' {
		return nil, false
	}
	for len(pointer) > 0 {
		step := pointer[1:]
		if n := bytes.IndexByte(step, '/'); n >= 0 {
			step, pointer = step[:n], step[n:]
		} else {
			pointer = nil
		}
		if !w.enter(step) {
			return nil, false
		}
		w.peek()
	}
	v := w.skip()
	return v, !w.bad
}

// enter moves to the value of one step, or tells that there is none.
func (w *walker) enter(step []byte) bool {
	switch {
	case w.take('{'):
		return w.member(step)
	case w.take('['):
		return w.element(step)
	default:
		return false
	}
}

// member moves to the value of a key. One that comes twice is read in two ways by
// different readers, so that the document is no good.
func (w *walker) member(name []byte) bool {
	if bytes.IndexByte(name, '~') >= 0 {
		name = []byte(unescape.Replace(string(name)))
	}
	at := -1
	for w.peek() == '"' {
		key := w.text()
		if !w.take(':') {
			w.fail()
			return false
		}
		if keyIs(key, name) {
			if at >= 0 {
				w.fail()
				return false
			}
			at = w.pos
		}
		w.skip()
		if !w.take(',') {
			break
		}
	}
	if w.bad || at < 0 {
		return false
	}
	w.pos = at
	return true
}

func (w *walker) element(index []byte) bool {
	n, ok := arrayIndex(string(index))
	if !ok || w.peek() == ']' {
		return false
	}
	for ; n > 0; n-- {
		w.skip()
		if !w.take(',') {
			return false
		}
	}
	return !w.bad
}

// keyIs tells whether a key, quotes included, is name.
func keyIs(key, name []byte) bool {
	if len(key) < 2 {
		return false
	}
	if bytes.IndexByte(key, '\\') < 0 {
		return bytes.Equal(key[1:len(key)-1], name)
	}
	var text string
	return json.Unmarshal(key, &text) == nil && text == string(name)
}

// len returns the number of elements or members, or of bytes, of the value that
// comes next.
func (w *walker) len() int {
	object := w.take('{')
	if !object && !w.take('[') {
		return len(w.skip())
	}
	n := 0
	if c := w.peek(); c == '}' || c == ']' {
		return n
	}
	for {
		if object {
			w.text()
			if !w.take(':') {
				w.fail()
			}
		}
		w.skip()
		if w.bad {
			return 0
		}
		n++
		if !w.take(',') {
			return n
		}
	}
}
