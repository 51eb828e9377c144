package leaf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// toolSchema is that of a tool as assistants bring dozens of.
const toolSchema = `{"type":"object","properties":{` +
	`"path":{"type":"string","description":"Absolute path of the file to read."},` +
	`"offset":{"type":"integer","description":"First line, from 1.","minimum":1},` +
	`"limit":{"type":"integer","description":"How many lines at most.","default":2000},` +
	`"mode":{"type":"string","enum":["text","binary","auto"],"description":"How to read it."},` +
	`"filters":{"type":"array","items":{"type":"object","properties":{"pattern":{"type":"string"},"negate":{"type":"boolean"}},"required":["pattern"]}},` +
	`"encoding":{"type":["string","null"],"description":"Of the text, UTF-8 if nothing is said."}},` +
	`"required":["path","mode"],"additionalProperties":false}`

// toolLists are what a request with n tools is made of: what stands around them, and
// how one is declared.
var toolLists = map[string]struct{ of, head, tail, tool string }{
	"openai.chat": {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[`, `]}`, `{"type":"function","function":{"name":"f%d","description":"Reads a file.","strict":true,"parameters":%s}}`},
	"responses":   {"responses", `{"model":"m","input":"hi","tools":[`, `]}`, `{"type":"function","name":"f%d","description":"Reads a file.","strict":true,"parameters":%s}`},
	"messages":    {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[`, `]}`, `{"name":"f%d","description":"Reads a file.","input_schema":%s}`},
	"gemini":      {"gemini", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[`, `]}]}`, `{"name":"f%d","description":"Reads a file.","parameters":%s}`},
}

// BenchmarkTools is what a guard of prompts costs the walk through a list of tools.
func BenchmarkTools(b *testing.B) {
	for _, name := range []string{"openai.chat", "responses", "messages", "gemini"} {
		for _, n := range []int{1, 16, 128} {
			list := toolLists[name]
			tools := make([]string, n)
			for i := range tools {
				tools[i] = fmt.Sprintf(list.tool, i, toolSchema)
			}
			body := []byte(list.head + strings.Join(tools, ",") + list.tail)
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				ex := &core.Exchange{}
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					ex.Reset()
					ex.Request.Path, ex.Request.Body = []byte(requests[list.of].path), body
					ex.Request.Dialect = requests[list.of].dialect
					ex.Request.Operation = core.OpChat
					if err := ex.Request.Dialect.Scan(ex); err != nil {
						b.Fatal(err)
					}
					if err := ex.Request.Dialect.Parts(ex); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(ex.Prompt)), "parts")
			})
		}
	}
}
