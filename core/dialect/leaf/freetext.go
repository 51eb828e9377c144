package leaf

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Custom tools of OpenAI's dialects take free text. At providers that have functions
// alone such a tool becomes a function with one argument, a string named "input".

// AppendFreeTextShape appends the JSON Schema of that function's arguments. The grammar that the input
// keeps to, if definition is not nil, is told to the model, with its notation if syntax is
// one (lark, regex): no guard sees other words there. Nobody makes the model keep to it.
func AppendFreeTextShape(dst, syntax, definition []byte) []byte {
	dst = append(dst, `{"type":"object","properties":{"input":{"type":"string","description":"`...)
	if definition == nil {
		dst = append(dst, "Free text."...)
	} else {
		dst = append(dst, "Free text, of which this "...)
		switch string(syntax) {
		case "lark", "regex":
			dst = append(append(dst, syntax...), ' ')
		}
		dst = append(dst, `grammar tells the form:\n`...)
		dst = appendInside(dst, definition)
	}
	return append(dst, `"}},"required":["input"],"additionalProperties":false}`...)
}

// appendInside appends text as the inside of a string.
func appendInside(dst, text []byte) []byte {
	n := len(dst)
	dst = jsonscan.AppendQuoted(dst, text)
	copy(dst[n:], dst[n+1:len(dst)-1])
	return dst[:len(dst)-2]
}

// AppendFreeTextArguments appends the arguments that stand for an input, which is UTF-8.
func AppendFreeTextArguments(dst, input []byte) []byte {
	return append(jsonscan.AppendQuoted(append(dst, `{"input":`...), input), '}')
}

var freeTextKeys = jsonscan.NewKeys("input")

// FreeTextInput returns the input that arguments stand for. Where the model wrote something
// else, that is the input. The result aliases arguments or the memory of ex.
func FreeTextInput(ex *core.Exchange, arguments []byte) []byte {
	var obj jsonscan.Object
	if jsonscan.Scan(arguments, freeTextKeys, &obj) != nil || len(obj.Members) != 1 {
		return arguments
	}
	if v := obj.Value(0); v.Kind == jsonscan.String {
		return Text(ex, arguments, v)
	}
	return arguments
}
