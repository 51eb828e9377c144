package leaf

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Text returns the decoded text of the string v of doc, nil for anything else. It
// aliases doc, or, where v holds escapes, lies in the memory of ex.
func Text(ex *core.Exchange, doc []byte, v jsonscan.Value) []byte {
	if v.Kind != jsonscan.String || !v.Escaped {
		return v.Text(doc)
	}
	const slack = 8 // what AppendText takes to write whole words
	return jsonscan.AppendText(ex.Alloc(v.Len() + slack)[:0], doc, v.Span)
}

// Quoted returns text as a JSON string in the memory of ex.
func Quoted(ex *core.Exchange, text []byte) []byte {
	return jsonscan.AppendQuoted(ex.Alloc(len(text) + len(text)/8 + 16)[:0], text)
}

// Absent tells whether v is not there or null.
func Absent(v jsonscan.Value) bool { return v.Kind == jsonscan.None || v.Kind == jsonscan.Null }

// DataType returns the media type of a "data:" URL (RFC 2397), at most 128 bytes,
// or nil.
func DataType(url []byte) []byte {
	const scheme = "data:"
	if len(url) < len(scheme) || string(url[:len(scheme)]) != scheme {
		return nil
	}
	rest := url[len(scheme):]
	for i, c := range rest[:min(len(rest), 128)] {
		if c == ';' || c == ',' {
			return rest[:i]
		}
	}
	return nil
}

// Missing is the error for a member that must be there; what says what it must
// be.
func Missing(param, what string) *core.Error {
	return core.ClientErrorf(core.CodeMissingField, param, "%q is missing. It must be %s.", param, what)
}

// Invalid is the error for a member that is not as it must be. The text goes on
// after its name and follows fmt.Sprintf.
func Invalid(param, format string, args ...any) *core.Error {
	return core.ClientErrorf(core.CodeInvalidField, param, "%q %s.", param, fmt.Sprintf(format, args...))
}

// Refusal turns an error of the scanner into one for the client. at is the path
// of the object that was read, "" for the document itself.
func Refusal(err error, at string) *core.Error {
	var e *jsonscan.Error
	if !errors.As(err, &e) {
		return core.Errorf(core.CodeInternal, "The gateway failed to read the request.")
	}
	code, what := core.CodeInvalidRequest, "cannot be accepted"
	switch e.Code {
	case jsonscan.CodeInvalidJSON:
		code, what = core.CodeInvalidJSON, "is not valid JSON"
	case jsonscan.CodeInvalidEncoding:
		code, what = core.CodeInvalidEncoding, "is not valid UTF-8 JSON"
	case jsonscan.CodeDuplicateKey:
		code, what = core.CodeDuplicateKey, "can be read in two ways"
	case jsonscan.CodeNotObject:
		what = "is not a JSON object"
	case jsonscan.CodeTooDeep, jsonscan.CodeTooManyMembers:
	}
	param := join(at, e.Key)
	out := core.ClientErrorf(code, param, "The request body %s at line %d, column %d (byte offset %d): %s.",
		what, e.Line, e.Column, e.Offset, e.Msg)
	out.Cause = err
	return out
}

// join returns the path of the member key of the object at.
func join(at, key string) string {
	switch {
	case at == "":
		return key
	case key == "":
		return at
	default:
		return at + "." + key
	}
}

// position maps offsets into the decoded text of a JSON string to offsets into
// its raw bytes. Offsets must be asked for in rising order, so that a string is
// walked once.
type position struct {
	raw     []byte // without quotes
	at      int    // into raw
	decoded int    // what at corresponds to
}

func (p *position) of(offset int) int {
	for p.decoded < offset && p.at < len(p.raw) {
		run := bytes.IndexByte(p.raw[p.at:], '\\')
		if run < 0 || run > offset-p.decoded {
			run = offset - p.decoded
		}
		p.at += run
		if p.decoded += run; p.decoded < offset {
			raw, decoded := escape(p.raw[p.at:])
			p.at += raw
			p.decoded += decoded
		}
	}
	return min(p.at, len(p.raw))
}

// escape returns how many bytes the escape at the start of raw takes, both
// halves of a surrogate pair included, and how many those of its character.
func escape(raw []byte) (n, decoded int) {
	if len(raw) < 6 || raw[1] != 'u' {
		return min(2, len(raw)), 1
	}
	r := hex4(raw[2:])
	if utf16.IsSurrogate(r) && len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' &&
		utf16.DecodeRune(r, hex4(raw[8:])) != utf8.RuneError {
		return 12, 4
	}
	if utf16.IsSurrogate(r) {
		r = utf8.RuneError
	}
	return 6, utf8.RuneLen(r)
}

// hex4 reads four hexadecimal digits that are known to be some.
func hex4(b []byte) (r rune) {
	for _, c := range b[:4] {
		d := rune(c & 15)
		if c > '9' {
			d += 9
		}
		r = r<<4 | d
	}
	return r
}
