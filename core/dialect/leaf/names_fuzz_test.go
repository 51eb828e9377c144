package leaf_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// words returns the strings in v, those of its names that are not short included. Short
// ones may be words that schemas are written in; so may strings at "type".
func words(v any, list []string) []string {
	switch v := v.(type) {
	case string:
		list = append(list, v)
	case []any:
		for _, e := range v {
			list = words(e, list)
		}
	case map[string]any:
		for name, e := range v {
			if len(name) > len("unevaluatedProperties") || strings.ContainsAny(name, " \n\"") {
				list = append(list, name)
			}
			if name != "type" {
				list = words(e, list)
			}
		}
	}
	return list
}

// FuzzNames: whatever a schema is, each string and each name in it that may be anything
// is in a part, and what no hook changes leaves as it came.
func FuzzNames(f *testing.F) {
	for _, schema := range schemaPlaces {
		f.Add([]byte(strings.NewReplacer("%c", "the canary of this test", "%e", `the canary \u006ff this test`).Replace(schema)))
	}
	f.Add([]byte(toolSchema))
	f.Add([]byte(`{"a":{"b\"\n":[[{"":{"c":1}}]]},"properties":{"type":{"type":"type"}}}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		var v any
		if json.Unmarshal(schema, &v) != nil {
			return
		}
		for _, site := range []string{"openai.chat, tool", "openai.chat, guided", "responses, namespace", "messages, block", "gemini_, JSON answer"} {
			at := schemaSites[site]
			ex := &core.Exchange{}
			ex.Request.Path, ex.Request.Dialect = []byte(requests[at.of].path), requests[at.of].dialect
			ex.Request.Operation = core.OpChat
			body := strings.Replace(at.body, "%s", string(schema), 1)
			ex.Request.Body = []byte(body)
			if ex.Request.Dialect.Scan(ex) != nil || ex.Request.Dialect.Parts(ex) != nil {
				continue
			}
			for _, word := range words(v, nil) {
				if !slices.ContainsFunc(ex.Prompt, func(p *core.Part) bool { return strings.Contains(string(p.Text()), word) }) {
					t.Fatalf("%s: nothing shows %q of %s", site, word, schema)
				}
			}
			if got := leaving(t, ex); got != body {
				t.Fatalf("%s: left as\n%s, came as\n%s", site, got, body)
			}
			for _, p := range ex.Prompt {
				if !dialecttest.IsName(ex.Request.Body, p) {
					_ = p.Apply([]core.Edit{{End: len(p.Text()), Bytes: []byte("\"\n")}})
				}
			}
			if got := leaving(t, ex); !json.Valid([]byte(got)) {
				t.Fatalf("%s: edited, it leaves as %s", site, got)
			}
		}
	})
}
