package leaf_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// schemaPlaces are where a JSON Schema can say a word (%c) of its author's own.
var schemaPlaces = map[string]string{
	"name of a property":        `{"type":"object","properties":{"%c":{"type":"string"}}}`,
	"name spelled otherwise":    `{"type":"object","properties":{"%e":{"type":"string"}}}`,
	"name of a keyword":         `{"type":"object","properties":{"title":{"properties":{"%c":{}}}}}`,
	"name far below":            `{"items":[{"anyOf":[{"not":{"items":{"properties":{"a":{"additionalProperties":{"properties":{"%c":true}}}}}}}]}]}`,
	"name in $defs":             `{"$defs":{"%c":{"type":"object"}}}`,
	"name in definitions":       `{"definitions":{"%c":{"type":"object"}}}`,
	"pattern of names":          `{"patternProperties":{"^%c$":{}}}`,
	"name in dependentSchemas":  `{"dependentSchemas":{"%c":{"properties":{"a":{}}}}}`,
	"name in dependentRequired": `{"dependentRequired":{"%c":["a"]}}`,
	"in dependentRequired":      `{"dependentRequired":{"a":["%c"]}}`,
	"in required":               `{"required":["%c"]}`,
	"in propertyOrdering":       `{"propertyOrdering":["%c"]}`,
	"in enum":                   `{"enum":["a","%c"]}`,
	"name in enum":              `{"enum":[{"%c":1}]}`,
	"const":                     `{"const":"%c"}`,
	"name in const":             `{"const":{"a":{"%c":null}}}`,
	"default":                   `{"default":"%c"}`,
	"name in default":           `{"default":{"%c":true}}`,
	"in examples":               `{"examples":["%c"]}`,
	"name in examples":          `{"examples":[{"%c":1.5}]}`,
	"in example":                `{"example":{"a":"%c"}}`,
	"title":                     `{"title":"%c"}`,
	"description":               `{"description":"%c"}`,
	"format":                    `{"format":"%c"}`,
	"pattern":                   `{"pattern":"%c"}`,
	"$ref":                      `{"$ref":"#/$defs/%c"}`,
	"$comment":                  `{"$comment":"%c"}`,
	"a type of no such name":    `{"type":"%c"}`,
	"name of no keyword":        `{"x-%c":1}`,
	"value of no keyword":       `{"x-a":["%c"]}`,
	"mapping":                   `{"discriminator":{"mapping":{"%c":"a"}}}`,
}

// schemaSites are where requests hold a JSON Schema (%s) that the model reads.
var schemaSites = map[string]struct{ of, body string }{
	"openai.chat, tool":            {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","parameters":%s}}]}`},
	"openai.chat, function":        {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"functions":[{"name":"f","parameters":%s}]}`},
	"openai.chat, answer":          {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":%s}}}`},
	"openai.chat, bare":            {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_object","schema":%s}}`},
	"openai.chat, guided":          {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"guided_json":%s}`},
	"openai.chat, tool of no kind": {"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"name":"f","input_schema":%s}]}`},
	"responses, tool":              {"responses", `{"model":"m","input":"q","tools":[{"type":"function","name":"f","parameters":%s}]}`},
	"responses, result of a tool":  {"responses", `{"model":"m","input":"q","tools":[{"type":"function","name":"f","output_schema":%s}]}`},
	"responses, namespace":         {"responses", `{"model":"m","input":"q","tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f","parameters":%s}]}]}`},
	"responses, answer":            {"responses", `{"model":"m","input":"q","text":{"format":{"type":"json_schema","name":"n","schema":%s}}}`},
	"responses, listed":            {"responses", `{"model":"m","input":[{"type":"mcp_list_tools","tools":[{"name":"f","input_schema":%s}]}]}`},
	"responses, added":             {"responses", `{"model":"m","input":[{"type":"additional_tools","tools":[{"type":"function","name":"f","parameters":%s}]}]}`},
	"messages, tool":               {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}],"tools":[{"name":"f","input_schema":%s}]}`},
	"messages, toolset":            {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}],"tools":[{"type":"toolset","tools":[{"name":"f","input_schema":%s}]}]}`},
	"messages, example":            {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}],"tools":[{"name":"f","input_examples":[%s]}]}`},
	"messages, format":             {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}],"output_format":{"type":"json_schema","schema":%s}}`},
	"messages, config":             {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"}],"output_config":{"format":{"type":"json_schema","schema":%s}}}`},
	"messages, block":              {"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_addition","tool":{"type":"inline","definition":{"name":"f","input_schema":%s}}}]}]}`},
	"gemini, parameters":           {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":%s}]}]}`},
	"gemini, JSON parameters":      {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":%s}]}]}`},
	"gemini, response":             {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"f","response":%s}]}]}`},
	"gemini, JSON response":        {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"f","responseJsonSchema":%s}]}]}`},
	"gemini, answer":               {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{"responseSchema":%s}}`},
	"gemini, JSON answer":          {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{"responseJsonSchema":%s}}`},
	"gemini, newest answer":        {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{"responseFormat":{"text":{"schema":%s}}}}`},
	"gemini, one declaration":      {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":{"functionDeclarations":{"name":"f","parameters":%s}}}`},
	"gemini_, parameters":          {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"function_declarations":[{"name":"f","parameters":%s}]}]}`},
	"gemini_, JSON parameters":     {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"function_declarations":[{"name":"f","parameters_json_schema":%s}]}]}`},
	"gemini_, response":            {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"function_declarations":[{"name":"f","response_json_schema":%s}]}]}`},
	"gemini_, answer":              {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"generation_config":{"response_schema":%s}}`},
	"gemini_, JSON answer":         {"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"generation_config":{"response_json_schema":%s}}`},
}

// read returns what the hooks of prompts are given of a request.
func read(t testing.TB, of, body string) *core.Exchange {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(requests[of].path), []byte(body)
	ex.Request.Dialect = requests[of].dialect
	ex.Request.Operation = ex.Request.Dialect.Match(ex.Request.Path)
	if err := ex.Request.Dialect.Scan(ex); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if err := ex.Request.Dialect.Parts(ex); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return ex
}

// shown returns the parts in which a text stands.
func shown(ex *core.Exchange, text string) (list []*core.Part) {
	for _, p := range ex.Prompt {
		if strings.Contains(string(p.Text()), text) {
			list = append(list, p)
		}
	}
	return list
}

// TestSchemasAreShown: guards see every word of a schema that the model reads, names
// included, in every dialect.
func TestSchemasAreShown(t *testing.T) {
	t.Parallel()
	const canary = "canary"
	words := strings.NewReplacer("%c", canary, "%e", `c\u0061nar\u0079`)
	for site, at := range schemaSites {
		for place, schema := range schemaPlaces {
			body := strings.Replace(at.body, "%s", words.Replace(schema), 1)
			if list := shown(read(t, at.of, body), canary); len(list) != 1 {
				t.Errorf("%s: %s: shown in %d parts\n%s", site, place, len(list), body)
			}
		}
	}
}
