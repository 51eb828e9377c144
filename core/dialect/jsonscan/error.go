package jsonscan

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Code says what kind of mistake a document has, for machines. Its text is part
// of the API.
type Code string

// The codes.
const (
	CodeInvalidJSON     Code = "invalid_json"     // the grammar of RFC 8259 is broken
	CodeInvalidEncoding Code = "invalid_encoding" // not UTF-8, a lone surrogate, a byte order mark
	CodeDuplicateKey    Code = "duplicate_key"    // a key comes twice, or in another letter case
	CodeTooDeep         Code = "too_deep"         // nested deeper than Limits.Depth
	CodeTooManyMembers  Code = "too_many_members" // more members than Limits.Members
	CodeNotObject       Code = "not_object"       // sound JSON, but no object
)

// Error is why a document is refused. It quotes keys and single characters of
// the document, never a value.
type Error struct {
	Code   Code
	Offset int    // byte offset into the document, from 0
	Line   int    // from 1
	Column int    // in bytes, from 1
	Key    string // decoded key of a duplicate, at most 64 bytes; else ""
	Msg    string // what is wrong and what to do, without the place
}

// Error returns "what is wrong (line L, column C): what to do" for people.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (line %d, column %d)", e.Msg, e.Line, e.Column)
}

// fault is an error on its way up: cheap to return, made into an *Error once.
type fault uint8

const (
	ok fault = iota
	faultEnd
	faultValue
	faultKey
	faultColon
	faultObjectNext
	faultArrayNext
	faultTrailingComma
	faultTrailing
	faultNumber
	faultLiteral
	faultStringEnd
	faultControl
	faultEscape
	faultHex
	faultDepth
	faultUTF8
	faultSurrogate
	faultBOM
	faultDuplicate
	faultFolded
	faultMembers
	faultNotObject
)

// faults holds code and text of each fault. %c stands for the character found,
// %k for the key, %x for a detail.
var faults = [...]struct {
	code Code
	text string
}{
	faultEnd:           {CodeInvalidJSON, "the document ends too early; send all of it"},
	faultValue:         {CodeInvalidJSON, "%c found where a value should begin; write a string, number, object, array, true, false or null"},
	faultKey:           {CodeInvalidJSON, "%c found where a key should begin; write keys in double quotes"},
	faultColon:         {CodeInvalidJSON, "%c found after a key; write ':' between a key and its value"},
	faultObjectNext:    {CodeInvalidJSON, "%c found after a member of an object; write ',' or '}'"},
	faultArrayNext:     {CodeInvalidJSON, "%c found after an element of an array; write ',' or ']'"},
	faultTrailingComma: {CodeInvalidJSON, "%c found after ','; leave out the comma after the last entry"},
	faultTrailing:      {CodeInvalidJSON, "%c found after the end of the document; send one JSON value and nothing after it"},
	faultNumber:        {CodeInvalidJSON, "malformed number; write it like 12, -0.5 or 1e6, without a leading '+' or zeros"},
	faultLiteral:       {CodeInvalidJSON, "unknown word; only true, false and null stand without quotes"},
	faultStringEnd:     {CodeInvalidJSON, "the document ends within a string; send all of it"},
	faultControl:       {CodeInvalidJSON, "control character %c within a string; escape it, e.g. as \\n or \\u0001"},
	faultEscape:        {CodeInvalidJSON, `unknown escape; after '\' write one of " \ / b f n r t u`},
	faultHex:           {CodeInvalidJSON, `malformed \u escape; write exactly four hexadecimal digits after \u`},
	faultDepth:         {CodeTooDeep, "objects and arrays are nested more than %x deep; nest less"},
	faultUTF8:          {CodeInvalidEncoding, "a byte that is not valid UTF-8; encode the document as UTF-8"},
	faultSurrogate:     {CodeInvalidEncoding, `a \u escape of half a character; write both surrogates of the pair, or the character itself`},
	faultBOM:           {CodeInvalidEncoding, "the document begins with a byte order mark; send it without"},
	faultDuplicate:     {CodeDuplicateKey, "key %k comes twice in one object; send it once"},
	faultFolded:        {CodeDuplicateKey, "key %k differs from %x only in letter case; write it exactly so"},
	faultMembers:       {CodeTooManyMembers, "an object has more than %x members; send fewer"},
	faultNotObject:     {CodeNotObject, "found %x instead of an object; send a JSON object"},
}

// maxKeyInError bounds how much of a key an error repeats, in bytes.
const maxKeyInError = 64

// newError makes the error for fault f at offset i of doc.
func newError(doc []byte, i int, f fault, key, detail string) *Error {
	i = min(i, len(doc))
	if i == len(doc) && (f == faultValue || f == faultKey || f == faultColon || f == faultObjectNext ||
		f == faultArrayNext || f == faultTrailingComma) {
		f = faultEnd
	}
	if i == 0 && bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) {
		f = faultBOM
	}
	before := doc[:i]
	e := &Error{
		Code:   faults[f].code,
		Offset: i,
		Line:   1 + bytes.Count(before, []byte{'\n'}),
		Column: i - bytes.LastIndexByte(before, '\n'),
		Key:    key,
	}
	e.Msg = expand(faults[f].text, doc[i:], key, detail)
	return e
}

// expand fills the verbs of a text of faults.
func expand(text string, rest []byte, key, detail string) string {
	msg := make([]byte, 0, len(text)+len(key)+len(detail)+8)
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			msg = append(msg, text[i])
			continue
		}
		i++
		switch text[i] {
		case 'c':
			msg = appendCharacter(msg, rest)
		case 'k':
			msg = strconv.AppendQuote(msg, key)
		case 'x':
			msg = append(msg, detail...)
		}
	}
	return string(msg)
}

// appendCharacter appends the first character of rest as people read it.
func appendCharacter(dst, rest []byte) []byte {
	r, n := utf8.DecodeRune(rest)
	switch {
	case n == 0:
		return append(dst, "nothing"...)
	case r == utf8.RuneError && n == 1:
		return fmt.Appendf(dst, "byte 0x%02X", rest[0])
	default:
		return strconv.AppendQuoteRune(dst, r)
	}
}

// clip returns key as text of at most maxKeyInError bytes, whole characters only.
func clip(key []byte) string {
	if len(key) <= maxKeyInError {
		return string(key)
	}
	n := maxKeyInError
	for n > 0 && !utf8.RuneStart(key[n]) {
		n--
	}
	return string(key[:n])
}
