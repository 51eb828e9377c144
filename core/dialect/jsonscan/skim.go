package jsonscan

import "bytes"

// nullWord is "null" as load4 gives it.
const nullWord = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24

// skim returns the value at doc[i] of a document that is known to be sound, or
// whose soundness is somebody else's concern: it only looks for where the value
// ends. It reports faultEnd or faultValue where there is no end or no value.
func skim(doc []byte, i int) (Value, fault) {
	v := Value{Span: Span{i, i}}
	var f fault
	switch c := at(doc, i); c {
	case '"':
		v.Kind = String
		v.End, v.Escaped, f = skimString(doc, i)
	case '{':
		v.Kind = ObjectKind
		v.End, f = skimContainer(doc, i)
	case '[':
		v.Kind = ArrayKind
		v.End, f = skimContainer(doc, i)
	case 'n':
		if len(doc)-i >= 4 && load4(doc, i) == nullWord {
			return Value{Span: Span{i, i + 4}, Kind: Null}, ok // by far the most frequent word
		}
		v.Kind, v.End, f = skimScalar(doc, i)
	default:
		v.Kind, v.End, f = skimScalar(doc, i)
	}
	return v, f
}

// skimScalar returns the offset after the word at doc[i]. A word that is not
// JSON, such as NaN, is of kind None.
func skimScalar(doc []byte, i int) (Kind, int, fault) {
	k, end, f := scalar(doc, i)
	if f == ok {
		return k, end, ok
	}
	for end = i; end < len(doc) && wordByte[doc[end]]; end++ {
	}
	if end == i {
		return None, i, faultValue
	}
	return None, end, ok
}

// wordByte tells which bytes make up numbers and names.
var wordByte = func() (t [256]bool) {
	for _, c := range "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" {
		t[c] = true
	}
	return t
}()

// skimString returns the offset after the string that opens at doc[i] and
// whether it holds escapes.
func skimString(doc []byte, i int) (end int, escaped bool, f fault) {
	i, closed := plainRun(doc, i+1)
	if closed {
		return i + 1, false, ok
	}
	if end = closingQuote(doc, i); end == len(doc) {
		return end, false, faultEnd
	}
	return end + 1, bytes.IndexByte(doc[i:end], '\\') >= 0, ok
}

// stringEnd returns the offset after the string whose inside begins at doc[i], or
// one beyond len(doc) where it has no end.
func stringEnd(doc []byte, i int) int {
	i, closed := plainRun(doc, i)
	if !closed {
		i = closingQuote(doc, i)
	}
	return i + 1
}

// closingQuote returns the offset of the quote that ends the string whose inside
// goes on at doc[i], or len(doc) where there is none. It must not start within an
// escape.
func closingQuote(doc []byte, i int) int {
	start := i
	for uint(i) < uint(len(doc)) {
		n := bytes.IndexByte(doc[i:], '"')
		if n < 0 {
			break
		}
		i += n
		run := i // of backslashes before the quote
		for run > start && doc[run-1] == '\\' {
			run--
		}
		if (i-run)&1 == 0 {
			return i
		}
		i++
	}
	return len(doc)
}

// skimContainer returns the offset after the object or array that opens at
// doc[i]. Brackets are counted, not paired.
func skimContainer(doc []byte, i int) (int, fault) {
	depth := 0
	for ; uint(i) < uint(len(doc)); i++ {
		// '[' and '{', and ']' and '}', differ in the bit 0x20 alone.
		switch c := doc[i]; {
		case c == '"':
			i = stringEnd(doc, i+1) - 1
		case c|0x20 == '{':
			depth++
		case c|0x20 == '}':
			if depth--; depth == 0 {
				return i + 1, ok
			}
		}
	}
	return len(doc), faultEnd
}
