package jsonscan

// trusted stands for a depth where a document is known to be sound.
const trusted = -1

// at returns doc[i], or 0, which begins nothing in JSON, past the end.
func at(doc []byte, i int) byte {
	if uint(i) < uint(len(doc)) {
		return doc[i]
	}
	return 0
}

// space returns the offset of the first byte from i on that is no blank.
func space(doc []byte, i int) int {
	if uint(i) < uint(len(doc)) && doc[i] > ' ' {
		return i
	}
	return blanks(doc, i)
}

// blanks is space for where there are some. Indentation comes in long runs.
func blanks(doc []byte, i int) int {
	if at(doc, i+1) > ' ' && doc[i] == ' ' {
		return i + 1 // as writers for people put one
	}
	for i < len(doc) {
		switch doc[i] {
		case ' ':
			for i+8 <= len(doc) {
				x := load(doc, i) ^ each*' '
				if x != 0 {
					i += firstByte(x)
					break
				}
				i += 8
			}
			for at(doc, i) == ' ' {
				i++
			}
		case '\n', '\r', '\t':
			i++
		default:
			return i
		}
	}
	return i
}

// value checks the value at doc[i], which may open depth further levels. With a
// fault, End of what it returns is the place.
func value(doc []byte, i, depth int) (Value, fault) {
	v := Value{Span: Span{i, i}}
	var f fault
	switch c := at(doc, i); c {
	case '"':
		var t traits
		v.Kind = String
		v.End, t, f = text(doc, i+1)
		v.Escaped = t&escaped != 0
		if f == ok {
			v.End++
		}
	case '{', '[':
		v.Kind = ObjectKind
		if c == '[' {
			v.Kind = ArrayKind
		}
		v.End, f = container(doc, i, depth)
	default:
		v.Kind, v.End, f = scalar(doc, i)
	}
	return v, f
}

// scalar checks the number, true, false or null at doc[i] and returns the offset
// after it.
func scalar(doc []byte, i int) (Kind, int, fault) {
	switch c := at(doc, i); c {
	case 't':
		return word(doc, i, "true", True)
	case 'f':
		return word(doc, i, "false", False)
	case 'n':
		return word(doc, i, "null", Null)
	default:
		if c != '-' && !digit(c) {
			return None, i, faultValue
		}
		end, f := number(doc, i)
		return Number, end, f
	}
}

func word(doc []byte, i int, w string, k Kind) (Kind, int, fault) {
	if len(doc)-i >= len(w) && string(doc[i:i+len(w)]) == w {
		return k, i + len(w), ok
	}
	if len(doc)-i < len(w) && string(doc[i:]) == w[:len(doc)-i] {
		return k, len(doc), faultEnd
	}
	return k, i, faultLiteral
}

func digit(c byte) bool { return c-'0' <= 9 }

// number checks the number at doc[i] (RFC 8259 section 6).
func number(doc []byte, i int) (int, fault) {
	if at(doc, i) == '-' {
		i++
	}
	switch c := at(doc, i); {
	case c == '0':
		i++
	case digit(c):
		i = digits(doc, i)
	default:
		return i, faultNumber
	}
	if at(doc, i) == '.' {
		if i++; !digit(at(doc, i)) {
			return i, faultNumber
		}
		i = digits(doc, i)
	}
	if at(doc, i)|0x20 == 'e' {
		i++
		if c := at(doc, i); c == '+' || c == '-' {
			i++
		}
		if !digit(at(doc, i)) {
			return i, faultNumber
		}
		i = digits(doc, i)
	}
	if digit(at(doc, i)) {
		return i, faultNumber
	}
	return i, ok
}

func digits(doc []byte, i int) int {
	for i < len(doc) && digit(doc[i]) {
		i++
	}
	return i
}

// levels is a stack with one bit for each open level: 1 for an object.
type levels [MaxDepth / 64]uint64

func (s *levels) set(n int, object bool) {
	bit := uint64(1) << (n & 63)
	if object {
		s[n/64&(len(s)-1)] |= bit
	} else {
		s[n/64&(len(s)-1)] &^= bit
	}
}

func (s *levels) object(n int) bool { return s[n/64&(len(s)-1)]>>(n&63)&1 != 0 }

// container checks the object or array that opens at doc[i] and returns the
// offset after it. It and what is in it may be depth levels high. It loops
// rather than recurs, so that no document can exhaust the stack.
func container(doc []byte, i, depth int) (int, fault) {
	var open levels
	n := 0 // open levels
	for {
		// A value begins at i.
		var f fault
		c := at(doc, i)
		switch c {
		case '"':
			if i, _, f = text(doc, i+1); f != ok {
				return i, f
			}
			i++
		case '{', '[':
			if n == depth {
				return i, faultDepth
			}
			n++
			object := c == '{'
			open.set(n-1, object)
			i = space(doc, i+1)
			if object {
				if at(doc, i) != '}' {
					if i, f = pass(doc, i); f != ok {
						return i, f
					}
					continue
				}
			} else if at(doc, i) != ']' {
				continue
			}
			n--
			i++
		default:
			if _, i, f = scalar(doc, i); f != ok {
				return i, f
			}
		}
		// A value ended before i.
		for {
			if n == 0 {
				return i, ok
			}
			i = space(doc, i)
			c = at(doc, i)
			if c == ',' {
				break
			}
			if open.object(n - 1) {
				if c != '}' {
					return i, faultObjectNext
				}
			} else if c != ']' {
				return i, faultArrayNext
			}
			n--
			i++
		}
		i = space(doc, i+1)
		if c = at(doc, i); c == '}' || c == ']' {
			return i, faultTrailingComma
		}
		if open.object(n - 1) {
			if i, f = pass(doc, i); f != ok {
				return i, f
			}
		}
	}
}

// pass checks the key at doc[i] and the colon after it, and returns the offset
// of the value.
func pass(doc []byte, i int) (int, fault) {
	if at(doc, i) != '"' {
		return i, faultKey
	}
	i, _, f := text(doc, i+1)
	if f != ok {
		return i, f
	}
	if i = space(doc, i+1); at(doc, i) != ':' {
		return i, faultColon
	}
	return space(doc, i+1), ok
}

// StringAt returns the string whose opening quote is at doc[i]. ok is false where there
// is none, or one that is not sound.
func StringAt(doc []byte, i int) (v Value, sound bool) {
	if at(doc, i) != '"' {
		return Value{}, false
	}
	end, t, f := text(doc, i+1)
	return Value{Span: Span{i, end + 1}, Kind: String, Escaped: t&escaped != 0}, f == ok
}

// CountAt returns the whole number ≥ 0 at doc[i], of 18 digits at most. sound is false
// where there is none.
func CountAt(doc []byte, i int) (v Value, sound bool) {
	end := digits(doc, i)
	sound = end > i && end-i <= maxDigits && (doc[i] != '0' || end == i+1)
	return Value{Span: Span{i, end}, Kind: Number}, sound
}
