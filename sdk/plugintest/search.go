package plugintest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// catch is what reached a socket of the kit, to the last byte.
type catch struct {
	raw  []byte // as it came, head and framing of HTTP included
	body []byte
}

// find returns where in what came the canary stands, "" for nowhere, and how many of
// its bytes were released where it broke off in it.
func (c *catch) find(canary string) (where string, released int) {
	if bytes.Contains(c.raw, []byte(canary)) {
		return "in the bytes of the socket", len(canary)
	}
	if bytes.Contains(c.body, []byte(canary)) {
		return "in the body", len(canary)
	}
	for _, core := range cores(canary) {
		if bytes.Contains(c.raw, []byte(core)) || bytes.Contains(c.body, []byte(core)) {
			return "in base64", len(canary)
		}
	}
	texts := c.texts()
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

// without returns what came but for a plugin's name in it, where that has the canary:
// the gateway's errors name a plugin that failed.
func (c *catch) without(name, canary string) *catch {
	if !strings.Contains(name, canary) {
		return c
	}
	blank := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(name), []byte("?")) }
	return &catch{raw: blank(c.raw), body: blank(c.body)}
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

// The alphabets of base64, in which text may hide.
var alphabets = []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding}

// leastCore is the shortest run of base64 that is no accident.
const leastCore = 6

// cores returns what base64 makes of the canary wherever it stands in what is
// encoded: the characters that what is before and behind it does not touch.
func cores(canary string) (out []string) {
	for before := range 3 {
		for _, enc := range alphabets {
			all := enc.EncodeToString(append(make([]byte, before), canary...))
			from, to := (8*before+5)/6, 8*(before+len(canary))/6
			if to-from >= leastCore {
				out = append(out, all[from:to])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forms returns a text, and what it is to those who undo the escapes of JSON and
// base64 in it.
func forms(text string) []string {
	out := unescaped([]string{text}, text)
	for _, enc := range alphabets {
		if b, err := enc.DecodeString(encoded(text)); err == nil && len(b) > 0 {
			out = unescaped(append(out, string(b)), string(b))
		}
	}
	return out
}

// unescaped adds to out what a text is without the escapes of JSON.
func unescaped(out []string, text string) []string {
	if !strings.Contains(text, `\`) {
		return out
	}
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
	return out
}

// encoded is what a text may hold in base64: all of it, or the data of a data URL.
func encoded(text string) string {
	if head, data, ok := strings.Cut(text, ";base64,"); ok && strings.HasPrefix(head, "data:") {
		text = data
	}
	return strings.TrimRight(text, "=")
}

// texts returns all strings of what came, by their paths, those of the events of a
// stream joined.
func (c *catch) texts() map[string]string {
	out := map[string]string{}
	for _, doc := range c.documents() {
		var v any
		if err := json.Unmarshal(doc, &v); err == nil {
			leaves(out, "", v)
		}
	}
	return out
}

// documents returns the JSON documents that came: the whole, or the payloads of
// events.
func (c *catch) documents() [][]byte {
	if b := bytes.TrimSpace(c.body); len(b) > 0 && b[0] == '{' {
		return [][]byte{b}
	}
	var out [][]byte
	for line := range bytes.Lines(c.body) {
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
		if text := spelled(v); text != "" {
			out[path+" bytes"] += text
		}
		for i, e := range v {
			leaves(out, fmt.Sprintf("%s[%d]", path, indexOf(e, i)), e)
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			out[path+" keys"] += key + "\n"
			leaves(out, path+"."+key, v[key])
		}
	}
}

// spelled returns the text that a list of bytes spells, as those of logprobs do, "" for
// any other list.
func spelled(list []any) string {
	var b []byte
	for _, e := range list {
		n, ok := e.(float64)
		if !ok || n < 0 || n > 255 || n != float64(int(n)) {
			return ""
		}
		b = append(b, byte(n))
	}
	return string(b)
}

// indexOf is the index that an element says it has, as those of streams do, else where
// it stands.
func indexOf(e any, at int) int {
	if o, ok := e.(map[string]any); ok {
		if n, ok := o["index"].(float64); ok {
			return int(n)
		}
	}
	return at
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
func (c *catch) says(text string) bool {
	for _, t := range c.texts() {
		if slices.ContainsFunc(forms(t), func(form string) bool { return strings.Contains(form, text) }) {
			return true
		}
	}
	return false
}
