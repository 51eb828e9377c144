package server

import (
	"bytes"
	"encoding/json"
)

// plainJSON returns a JSON document with no more escapes in its strings than JSON
// needs, so that guards read what it says. What is not valid JSON is returned as it
// is, as is what has no escapes; the rest is new memory.
func plainJSON(doc []byte) []byte {
	if bytes.IndexByte(doc, '\\') < 0 || !json.Valid(doc) {
		return doc
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for rest := doc; len(rest) > 0; {
		from := bytes.IndexByte(rest, '"')
		if from < 0 {
			out.Write(rest)
			break
		}
		out.Write(rest[:from])
		to := from + 1
		for rest[to] != '"' { // it ends: the document is valid
			if rest[to] == '\\' {
				to++
			}
			to++
		}
		var s string
		if json.Unmarshal(rest[from:to+1], &s) != nil || e.Encode(s) != nil {
			return doc
		}
		out.Truncate(out.Len() - 1) // the encoder ends with a line
		rest = rest[to+1:]
	}
	return out.Bytes()
}
