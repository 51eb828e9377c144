package stream

import "bytes"

// StringMember returns the text of the first member of that name of a JSON object,
// as it stands between its quotes. ok is false where doc is no object, has no such
// member, or one that is no text or has escapes in it. It reads no further than that
// member, and does not check what it passes over: for the envelopes of events, whose
// form is known, and not for documents of clients.
func StringMember(doc []byte, name string) (text []byte, ok bool) {
	p := bytes.TrimLeft(doc, jsonBlanks)
	if len(p) == 0 || p[0] != '{' {
		return nil, false
	}
	for p = p[1:]; ; {
		p = bytes.TrimLeft(p, jsonBlanks+",")
		key, rest, plain := cutString(p)
		if rest == nil {
			return nil, false
		}
		if p = bytes.TrimLeft(rest, jsonBlanks); len(p) == 0 || p[0] != ':' {
			return nil, false
		}
		p = bytes.TrimLeft(p[1:], jsonBlanks)
		if plain && string(key) == name {
			value, rest, plain := cutString(p)
			return value, plain && rest != nil
		}
		if p = skipValue(p); p == nil {
			return nil, false
		}
	}
}

const jsonBlanks = " \t\r\n"

// cutString cuts a JSON string off p; rest is nil where there is none. plain tells that
// it has no escapes.
func cutString(p []byte) (text, rest []byte, plain bool) {
	if len(p) == 0 || p[0] != '"' {
		return nil, nil, false
	}
	plain = true
	for i := 1; i < len(p); i++ {
		switch p[i] {
		case '"':
			return p[1:i:i], p[i+1:], plain
		case '\\':
			plain = false
			i++
		}
	}
	return nil, nil, false
}

// skipValue returns what is behind the value that p begins with, or nil where it does
// not end.
func skipValue(p []byte) []byte {
	for depth := 0; len(p) > 0; {
		switch p[0] {
		case '"':
			if _, p, _ = cutString(p); p == nil {
				return nil
			}
			if depth == 0 {
				return p
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				return p
			}
		}
		if depth < 0 {
			return nil // the object ends here
		}
		p = p[1:]
	}
	return nil
}
