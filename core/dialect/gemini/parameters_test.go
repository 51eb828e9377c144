package gemini

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// others writes what no field holds as "name=json".
func others(p *core.Parameters) string {
	var list []string
	for _, o := range p.Others {
		list = append(list, string(o.Name)+"="+string(o.JSON))
	}
	return strings.Join(list, " ")
}

func TestParameters(t *testing.T) {
	t.Parallel()
	ex := scan(t, generatePath, `{"contents":[{}],"cached_content":"c","safetySettings":[{"category":"X"}],"labels":null,
	"generationConfig":{"maxOutputTokens":"7","candidateCount":2,"temperature":0,"topP":0.5,"top_k":40.0,"stopSequences":["a","\n"],"presencePenalty":-1,
	 "frequencyPenalty":1,"seed":3,"thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1,"thinkingLevel":"HIGH"},"responseModalities":["TEXT"],
	 "speechConfig":{"languageCode":"fi"},"response_logprobs":true},
	"toolConfig":{"functionCallingConfig":{"allowedFunctionNames":["f"],"mode":"ANY"},"retrievalConfig":{"languageCode":"fi"}},
	"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true,"min_length":"2"}}},"behavior":"BLOCKING"},
	 {"name":"g","parametersJsonSchema":{"type":"object"}},{"name":"h"}],"googleSearch":{}},{"urlContext":{}}]}`)
	p := ex.Parameters()
	if p.MaxOutput != core.Some[int64](7) || p.Choices != 2 || p.Temperature != core.Some(0.0) || p.TopP != core.Some(0.5) ||
		p.TopK != core.Some[int64](40) || p.PresencePenalty != core.Some(-1.0) || p.FrequencyPenalty != core.Some(1.0) ||
		p.Seed != core.Some[int64](3) || p.ReasoningTokens.Set || string(p.ReasoningEffort) != "high" {
		t.Errorf("read %+v", p)
	}
	if len(p.Stop) != 2 || string(p.Stop[1]) != "\n" || p.ToolChoice != core.ToolChoiceTool || string(p.ToolName) != "f" {
		t.Errorf("stop %q, choice %v %q", p.Stop, p.ToolChoice, p.ToolName)
	}
	want := `cached_content="c" safetySettings=[{"category":"X"}] generationConfig.thinkingConfig.thinkingBudget=-1 ` +
		`generationConfig.speechConfig={"languageCode":"fi"} generationConfig.response_logprobs=true toolConfig.retrievalConfig={"languageCode":"fi"}`
	if got := others(p); got != want {
		t.Errorf("others %s\nwant   %s", got, want)
	}
	var tools []string
	for _, x := range p.Tools {
		tools = append(tools, strings.Join([]string{string(x.Name), string(x.Description), string(x.Arguments), string(x.Raw), string(x.Attr)}, "|"))
	}
	wantTools := []string{
		`f|d|{"type":"object","properties":{"a":{"type":["string","null"],"minLength":2}}}||{"behavior":"BLOCKING"}`,
		`g||{"type":"object"}||`, `h||||`, `|||{"googleSearch":{}}|`, `|||{"urlContext":{}}|`,
	}
	if !reflect.DeepEqual(tools, wantTools) {
		t.Errorf("tools\n%s\nwant\n%s", strings.Join(tools, "\n"), strings.Join(wantTools, "\n"))
	}
}

func TestToolChoice(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		`{"mode":"AUTO"}`:                                   "1 ",
		`{"mode":"NONE"}`:                                   "2 ",
		`{"mode":"ANY"}`:                                    "3 ",
		`{"mode":"MODE_UNSPECIFIED"}`:                       "0 ",
		`{"allowedFunctionNames":["f"]}`:                    `0 toolConfig.functionCallingConfig.allowedFunctionNames=["f"]`,
		`{"mode":"ANY","allowed_function_names":["f"]}`:     "4 f",
		`{"mode":"ANY","allowedFunctionNames":[]}`:          "3 ",
		`{"allowedFunctionNames":["f","g"],"mode":"ANY"}`:   `3 toolConfig.functionCallingConfig.allowedFunctionNames=["f","g"]`,
		`{"mode":"AUTO","allowedFunctionNames":["f"]}`:      `1 toolConfig.functionCallingConfig.allowedFunctionNames=["f"]`,
		`{"mode":"VALIDATED"}`:                              `1 toolConfig.functionCallingConfig.mode="VALIDATED"`,
		`{"mode":"ANY","streamFunctionCallArguments":true}`: `3 toolConfig.functionCallingConfig.streamFunctionCallArguments=true`,
		`[]`: `0 toolConfig.functionCallingConfig=[]`,
	} {
		p := scan(t, generatePath, `{"contents":[{}],"toolConfig":{"functionCallingConfig":`+config+`}}`).Parameters()
		if got := string('0'+rune(p.ToolChoice)) + " " + string(p.ToolName) + others(p); got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
}

func TestOutputFormat(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		`{}`:                                "0  ",
		`{"responseMimeType":"text/plain"}`: "1  ",
		`{"response_mime_type":"application/json"}`:                                                               "2  ",
		`{"responseMimeType":"application/json","responseSchema":{"type":"STRING","format":"enum","enum":["a"]}}`: `3 {"type":"string","enum":["a"]} `,
		`{"responseMimeType":"application/json","responseJsonSchema":{"type":"STRING"}}`:                          `3 {"type":"STRING"} `,
		`{"responseMimeType":"application/json","responseJsonSchema":{},"responseSchema":{}}`:                     `3 {} generationConfig.responseSchema={}`,
		`{"responseMimeType":"text/x.enum","responseSchema":{"enum":["a"]}}`:                                      `0  generationConfig.responseMimeType="text/x.enum" generationConfig.responseSchema={"enum":["a"]}`,
		`{"responseSchema":{}}`:            `0  generationConfig.responseSchema={}`,
		`{"responseModalities":["IMAGE"]}`: `0  generationConfig.responseModalities=["IMAGE"]`,
		`{"responseLogprobs":false}`:       `0  `,
		`{"stopSequences":["a",1]}`:        `0  generationConfig.stopSequences=["a",1]`,
		`{"temperature":"hot"}`:            `0  generationConfig.temperature="hot"`,
	} {
		p := scan(t, generatePath, `{"contents":[{}],"generationConfig":`+config+`}`).Parameters()
		if got := string('0'+rune(p.OutputFormat)) + " " + string(p.OutputShape) + " " + others(p); got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{}`: `{}`,
		`{"type":"TYPE_UNSPECIFIED","nullable":true}`:                                                                                        `{}`,
		`{"type":"ARRAY","items":{"type":"NUMBER","format":"float"},"maxItems":"3","minItems":1}`:                                            `{"type":"array","items":{"type":"number","format":"float"},"maxItems":3,"minItems":1}`,
		`{"any_of":[{"type":"STRING"},{"type":"INTEGER"}],"nullable":true}`:                                                                  `{"anyOf":[{"type":"string"},{"type":"integer"},{"type":"null"}]}`,
		`{"type":"OBJECT","properties":{"type":{"type":"STRING"},"a":{"example":{"x":1}}},"propertyOrdering":["a","type"],"required":["a"]}`: `{"type":"object","properties":{"a":{"examples":[{"x":1}]},"type":{"type":"string"}},"required":["a"]}`,
		`{"type":"STRING","nullable":true,"enum":["a"]}`:                                                                                     `{"type":["string","null"],"enum":["a",null]}`,
		`{"type":"STRING","nullable":true,"enum":[ ]}`:                                                                                       `{"type":["string","null"],"enum":[ null]}`,
		`{"type":"STRING","nullable":"x","enum":["a"]}`:                                                                                      `{"type":"string","nullable":"x","enum":["a"]}`,
		`{"type":["string","null"],"$defs":{"d":{"type":"STRING"}},"additionalProperties":false,"x":{"type":"STRING"}}`:                      `{"type":["string","null"],"$defs":{"d":{"type":"string"}},"additionalProperties":false,"x":{"type":"STRING"}}`,
	} {
		p := scan(t, generatePath, `{"contents":[{}],"tools":{"functionDeclarations":{"name":"f","parameters":`+in+`}}}`).Parameters()
		if len(p.Tools) != 1 || string(p.Tools[0].Arguments) != want {
			t.Errorf("%s became %s, want %s", in, p.Tools[0].Arguments, want)
		}
	}
	deep := strings.Repeat(`{"items":`, 200) + "{}" + strings.Repeat("}", 200)
	p := scan(t, generatePath, `{"contents":[{}],"tools":[{"functionDeclarations":[{"name":"f","parameters":`+deep+`}]}]}`).Parameters()
	if string(p.Tools[0].Arguments) != deep {
		t.Error("a deep schema changed")
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	got := Dialect{}.Choices([]byte(`{"candidates":[{"finishReason":"STOP","index":0,"content":{"parts":[{"functionCall":{}}]}},{"index":1,"finishReason":"SAFETY"},{"content":{}}]}`), nil)
	want := []core.Choice{{Index: 0, Finish: core.FinishToolCalls}, {Index: 1, Finish: core.FinishContentFilter}, {Index: 2}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for _, body := range []string{``, `[]`, `{"candidates":7}`, `{"candidates":[`} {
		if got := (Dialect{}).Choices([]byte(body), nil); len(got) != 0 {
			t.Errorf("%s: %+v", body, got)
		}
	}
}
