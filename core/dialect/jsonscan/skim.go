package jsonscan

import "bytes"

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
	i++
	// Most strings are short, and a word or two is cheaper than a call.
	for n := 0; n < 4 && i+8 <= len(doc); n++ {
		x := load(doc, i)
		if m := zeros(x^each*'"') | zeros(x^each*'\\'); m != 0 {
			if i += firstByte(m); doc[i] == '"' {
				return i + 1, escaped, ok
			}
			escaped = true
			i += 2
			continue
		}
		i += 8
	}
	for i < len(doc) {
		n := bytes.IndexByte(doc[i:], '"')
		if n < 0 {
			break
		}
		run := 0 // backslashes before the quote
		for run < n && doc[i+n-1-run] == '\\' {
			run++
		}
		escaped = escaped || run > 0 || bytes.IndexByte(doc[i:i+n], '\\') >= 0
		if i += n + 1; run&1 == 0 {
			return i, escaped, ok
		}
	}
	return len(doc), escaped, faultEnd
}

// skimContainer returns the offset after the object or array that opens at
// doc[i]. Brackets are counted, not paired.
func skimContainer(doc []byte, i int) (int, fault) {
	depth := 0
	for i < len(doc) {
		switch doc[i] {
		case '"':
			var f fault
			if i, _, f = skimString(doc, i); f != ok {
				return i, f
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, ok
			}
		}
		i++
	}
	return len(doc), faultEnd
}
