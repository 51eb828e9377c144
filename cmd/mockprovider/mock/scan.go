package mock

import (
	"bytes"
	"errors"
)

var errNotJSON = errors.New("the body is not a JSON object")

// call is what the mock needs to know of a request body. Its slices lie in the
// body.
type call struct {
	model        []byte // raw JSON string with its quotes
	prompt       []byte // raw value of messages or input
	stream       bool
	includeUsage bool
	dimensions   []byte
	base64       bool
}

// scanCall reads the top level of a chat or embeddings request. Nested values
// are skipped, not checked: the mock is no JSON validator.
func scanCall(body []byte) (c call, err error) {
	err = eachMember(body, func(name, value []byte) {
		switch string(name) {
		case `"model"`:
			c.model = value
		case `"messages"`, `"input"`:
			c.prompt = value
		case `"stream"`:
			c.stream = string(value) == "true"
		case `"stream_options"`:
			_ = eachMember(value, func(name, value []byte) {
				if string(name) == `"include_usage"` {
					c.includeUsage = string(value) == "true"
				}
			})
		case `"dimensions"`:
			c.dimensions = value
		case `"encoding_format"`:
			c.base64 = string(value) == `"base64"`
		}
	})
	return c, err
}

// promptTokens is the prompt's share of the usage; see the package comment.
func (c *call) promptTokens() int64 { return tokensOf(len(c.prompt)) }

// eachMember calls f with the quoted name and the raw value of each member of
// the object b.
func eachMember(b []byte, f func(name, value []byte)) error {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return errNotJSON
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return atEnd(b, i+1)
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return errNotJSON
		}
		nameEnd := skipString(b, i)
		colon := skipSpace(b, nameEnd)
		if colon >= len(b) || b[colon] != ':' {
			return errNotJSON
		}
		start := skipSpace(b, colon+1)
		end := skipValue(b, start)
		if end <= start || end > len(b) {
			return errNotJSON
		}
		f(b[i:nameEnd], b[start:end])
		i = skipSpace(b, end)
		if i >= len(b) {
			return errNotJSON
		}
		if b[i] == '}' {
			return atEnd(b, i+1)
		}
		if b[i] != ',' {
			return errNotJSON
		}
		i = skipSpace(b, i+1)
	}
}

// elements counts the elements of a JSON array, and tells whether the first is
// a number; anything but an array counts 1.
func elements(b []byte) (n int, numbers bool) {
	if len(b) == 0 || b[0] != '[' {
		return 1, false
	}
	i := skipSpace(b, 1)
	numbers = i < len(b) && (b[i] == '-' || b[i] >= '0' && b[i] <= '9')
	for i < len(b) && b[i] != ']' {
		end := skipValue(b, i)
		if end <= i {
			break
		}
		n++
		if i = skipSpace(b, end); i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return n, numbers
}

func atEnd(b []byte, i int) error {
	if skipSpace(b, i) != len(b) {
		return errNotJSON
	}
	return nil
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i, or len(b)+1
// when it does not end.
func skipString(b []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b) + 1
		}
		i += n
		back := 0
		for b[i-1-back] == '\\' {
			back++
		}
		if back%2 == 0 {
			return i + 1
		}
	}
}

// skipValue returns the index after the value that starts at i, or a number
// outside (i, len(b)] when there is none.
func skipValue(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			if i = skipString(b, i); depth == 0 {
				return i
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth--; depth < 0 {
				return -1
			}
			if i++; depth == 0 {
				return i
			}
		default:
			if depth > 0 {
				i++
				continue
			}
			for i < len(b) && !endsScalar(b[i]) {
				i++
			}
			return i
		}
	}
	return len(b) + 1
}

func endsScalar(b byte) bool {
	switch b {
	case ',', '}', ']', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}
