package plugintest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// find returns where in what a client got the canary stands, "" for nowhere, and how
// many of its bytes were released where an answer broke off in it.
func (r *reply) find(canary string) (where string, released int) {
	if bytes.Contains(r.raw, []byte(canary)) {
		return "in the bytes of the socket", len(canary)
	}
	if bytes.Contains(r.body, []byte(canary)) {
		return "in the body", len(canary)
	}
	texts := r.texts()
	for _, path := range sortedKeys(texts) {
		for _, form := range forms(texts[path]) {
			if strings.Contains(form, canary) {
				return "in " + path, len(canary)
			}
			released = max(released, begun(form, canary))
		}
	}
	if released > 0 {
		where = "begun, and broken off"
	}
	return where, released
}

// begun returns how many bytes of the canary follow the text before it.
func begun(text, canary string) (n int) {
	for {
		_, rest, found := strings.Cut(text, opening)
		if !found {
			return n
		}
		i := 0
		for i < len(rest) && i < len(canary) && rest[i] == canary[i] {
			i++
		}
		n, text = max(n, i), rest
	}
}

// forms returns a text, and what it is to those who undo the escapes of JSON and
// base64 in it.
func forms(text string) []string {
	out := []string{text}
	if strings.Contains(text, `\`) {
		var s string
		if json.Unmarshal([]byte(`"`+strings.ReplaceAll(text, `"`, `\u0022`)+`"`), &s) == nil {
			out = append(out, s)
		}
		var v any
		if json.Unmarshal([]byte(text), &v) == nil {
			inner := map[string]string{}
			leaves(inner, "", v)
			for _, path := range sortedKeys(inner) {
				out = append(out, inner[path])
			}
		}
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(text); err == nil && len(b) > 0 {
			out = append(out, string(b))
		}
	}
	return out
}

// texts returns all strings of what the client got, by their paths, those of the
// events of a stream joined.
func (r *reply) texts() map[string]string {
	out := map[string]string{}
	for _, doc := range r.documents() {
		var v any
		if err := json.Unmarshal(doc, &v); err == nil {
			leaves(out, "", v)
		}
	}
	return out
}

// documents returns the JSON documents of an answer: itself, or the payloads of its
// events.
func (r *reply) documents() [][]byte {
	if b := bytes.TrimSpace(r.body); len(b) > 0 && b[0] == '{' {
		return [][]byte{b}
	}
	var out [][]byte
	for line := range bytes.Lines(r.body) {
		if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			out = append(out, bytes.TrimSpace(data))
		}
	}
	return out
}

// leaves adds the strings in v to out, keys included.
func leaves(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case string:
		out[path] += v
	case []any:
		for i, e := range v {
			leaves(out, fmt.Sprintf("%s[%d]", path, i), e)
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			out[path+" keys"] += key + "\n"
			leaves(out, path+"."+key, v[key])
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// says tells whether a text arrived whole somewhere.
func (r *reply) says(text string) bool {
	for _, t := range r.texts() {
		if strings.Contains(t, text) {
			return true
		}
	}
	return false
}
