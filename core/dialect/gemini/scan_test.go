package gemini

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]core.Operation{
		"/v1/models/gemini-2.5-pro:generateContent":                          core.OpChat,
		"/v1beta/models/gemini-2.5-pro:generateContent":                      core.OpChat,
		"/v1alpha/models/m:streamGenerateContent":                            core.OpChat,
		"/v1beta/models/ollama/llama3:8b:generateContent":                    core.OpChat,
		"/v1beta/tunedModels/t:generateContent":                              core.OpChat,
		"/v1beta/models/m:countTokens":                                       core.OpCountTokens,
		"/v1beta/models/m:embedContent":                                      core.OpEmbeddings,
		"/v1beta/models/m:batchEmbedContents":                                core.OpEmbeddings,
		"/v1/publishers/google/models/m:generateContent":                     core.OpChat,
		"/v1beta1/publishers/google/models/m:streamGenerateContent":          core.OpChat,
		"/v1/projects/p/locations/eu/publishers/google/models/m:countTokens": core.OpCountTokens,
		"/v1beta/models/m%3AgenerateContent":                                 core.OpChat, // as one escaped segment
		"/v1/models/m%3astreamGenerateContent":                               core.OpChat,
		"/v1beta/models/a%3Ab:countTokens":                                   core.OpCountTokens,
		"/v1beta/models":                                                     core.OpModels,
		"/v1beta/models/m":                                                   core.OpModels,

		"/v1/models":                         core.OpNone, // OpenAI's
		"/v1/models/m":                       core.OpNone,
		"/v1/models/m:":                      core.OpNone,
		"/v1/models/:generateContent":        core.OpNone,
		"/v1/models/m:generatecontent":       core.OpNone,
		"/v1/models/m:generateContent/":      core.OpNone,
		"/v1/models/%3AgenerateContent":      core.OpNone,
		"/v1/models/m%3":                     core.OpNone,
		"/v1/models/m%253AgenerateContent":   core.OpNone, // a percent sign, escaped
		"/v1/models/m:predict":               core.OpNone,
		"/v2/models/m:generateContent":       core.OpNone,
		"v1/models/m:generateContent":        core.OpNone,
		"/v1beta/models/a/b":                 core.OpNone,
		"/v1beta/files":                      core.OpNone,
		"/v1beta/":                           core.OpNone,
		"/v1beta":                            core.OpNone,
		"":                                   core.OpNone,
		"/v1/projects/p/locations/eu/models": core.OpNone,
		"/v1/projects/p/locations/":          core.OpNone,
		"/v1/projects//locations/eu/publishers/google/models/m:generateContent": core.OpNone,
		"/v1/publishers/anthropic/models/m:generateContent":                     core.OpNone,
		"/v1/chat/completions": core.OpNone,
	} {
		if got := (Dialect{}).Match([]byte(path)); got != want {
			t.Errorf("Match(%q) = %v, want %v", path, got, want)
		}
	}
	if New().Name() != "gemini" {
		t.Errorf("its name is %q", New().Name())
	}
	if got := (Dialect{}).ModelOf([]byte("/v1beta/models/m")); string(got) != "m" {
		t.Errorf("ModelOf gives %q", got)
	}
	for _, path := range []string{"/v1beta/models", "/v1/models/m:countTokens", "/x"} {
		if got := (Dialect{}).ModelOf([]byte(path)); got != nil {
			t.Errorf("ModelOf(%q) = %q", path, got)
		}
	}
}

const hi = `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`

func TestScan(t *testing.T) {
	t.Parallel()
	ex := scan(t, "/v1/models/a%2Fb%3A1:streamGenerateContent", `{"contents":[{"parts":[{"text":"hi"}]}],
		"generation_config":{"max_output_tokens":"100","candidateCount":2,"thinkingConfig":{"include_thoughts":true}}}`)
	r := &ex.Request
	if string(r.Model) != "a/b:1" || !r.Stream || r.MaxOutput != 100 || r.Choices != 2 || !r.UsageAsked || !memoryOf(ex).thoughts {
		t.Errorf("read %q %v %d %d", r.Model, r.Stream, r.MaxOutput, r.Choices)
	}
	ex.Request.Path, ex.Request.Body = []byte("/v1/models/models%2Fm:generateContent"), []byte(hi)
	if err := (Dialect{}).Scan(ex); err != nil {
		t.Fatal(err)
	}
	if string(r.Model) != "m" || r.Stream || r.MaxOutput != 0 || r.Choices != 1 || memoryOf(ex).thoughts {
		t.Errorf("remembers the request before: %q %v %d %d", r.Model, r.Stream, r.MaxOutput, r.Choices)
	}
	if r = &scan(t, "/v1beta/models/x%3A1%3astreamGenerateContent", hi).Request; string(r.Model) != "x:1" || !r.Stream {
		t.Errorf("an escaped verb: %q %v", r.Model, r.Stream)
	}
	for path, body := range map[string]string{
		"/v1beta/models/m:countTokens":        `{"generateContentRequest":{"model":"models/m","contents":[{}]}}`,
		"/v1beta/models/m:embedContent":       `{"content":{"parts":[{"text":"x"}]}}`,
		"/v1beta/models/m:batchEmbedContents": `{"requests":[{}]}`,
		generatePath:                          `{"contents":{"parts":{"text":"hi"}}}`,
	} {
		scan(t, path, body)
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	type refused struct {
		path, body string
		code       core.Code
		param      string
	}
	for _, c := range []refused{
		{"", ``, core.CodeInvalidRequest, ""},
		{"", `[]`, core.CodeInvalidRequest, ""},
		{"", `{"contents":[`, core.CodeInvalidJSON, ""},
		{"", "\xef\xbb\xbf" + hi, core.CodeInvalidEncoding, ""},
		{"", hi + "x", core.CodeInvalidJSON, ""},
		{"", `{}`, core.CodeMissingField, "contents"},
		{"", `{"contents":null}`, core.CodeMissingField, "contents"},
		{"", `{"contents":[]}`, core.CodeInvalidField, "contents"},
		{"", `{"contents":"hi"}`, core.CodeInvalidField, "contents"},
		{"", `{"messages":[]}`, core.CodeMissingField, "contents"},
		{"", `{"contents":[{}],"contents":[{}]}`, core.CodeDuplicateKey, "contents"},
		{"", `{"contents":[{}],"conten\u0074s":[{}]}`, core.CodeDuplicateKey, "contents"},
		{"", `{"contents":[{}],"Contents":[{}]}`, core.CodeDuplicateKey, "Contents"},
		{"", `{"contents":[{}],"systemInstruction":{},"system_instruction":{}}`, core.CodeDuplicateKey, "systemInstruction"},
		{"", `{"contents":[{}],"toolConfig":null,"tool_config":{}}`, core.CodeDuplicateKey, "toolConfig"},
		{"", `{"contents":[{}],"x":1,"x":2}`, core.CodeDuplicateKey, "x"},
		{"", `{"contents":[{}],"generationConfig":[]}`, core.CodeInvalidField, "generationConfig"},
		{"", `{"contents":[{}],"generationConfig":{"topP":1,"top_p":1}}`, core.CodeDuplicateKey, "generationConfig.topP"},
		{"", `{"contents":[{}],"generationConfig":{"seed":1,"seed":1}}`, core.CodeDuplicateKey, "generationConfig.seed"},
		{"", `{"contents":[{}],"generationConfig":{"maxOutputTokens":-1}}`, core.CodeInvalidField, "generationConfig.maxOutputTokens"},
		{"", `{"contents":[{}],"generationConfig":{"maxOutputTokens":"many"}}`, core.CodeInvalidField, "generationConfig.maxOutputTokens"},
		{"", `{"contents":[{}],"generationConfig":{"candidateCount":0}}`, core.CodeInvalidField, "generationConfig.candidateCount"},
		{"", `{"contents":[{}],"generationConfig":{"candidateCount":65}}`, core.CodeInvalidField, "generationConfig.candidateCount"},
		{"", `{"contents":[{}],"generationConfig":{"thinkingConfig":1}}`, core.CodeInvalidField, "generationConfig.thinkingConfig"},
		{"", `{"contents":[{}],"generationConfig":{"thinkingConfig":{"includeThoughts":1}}}`, core.CodeInvalidField, "generationConfig.thinkingConfig.includeThoughts"},
		{"/v1/models/%zz:generateContent", hi, core.CodeInvalidField, "model"},
		{"/v1/models/%f:generateContent", hi, core.CodeInvalidField, "model"},
		{"/v1/models/%ff:generateContent", hi, core.CodeInvalidField, "model"},
		{"/v1/models/models%2F:generateContent", hi, core.CodeInvalidField, "model"},
		{"/v1/models/" + strings.Repeat("m", 257) + ":generateContent", hi, core.CodeInvalidField, "model"},
		{"/v1beta/models", hi, core.CodeUnknownPath, ""},
		{"/v1beta/models/m:countTokens", `{}`, core.CodeMissingField, "contents"},
		{"/v1beta/models/m:embedContent", `{}`, core.CodeMissingField, "content"},
		{"/v1beta/models/m:embedContent", `{"content":[]}`, core.CodeInvalidField, "content"},
		{"/v1beta/models/m:embedContent", `{"content":{},"taskType":1,"task_type":1}`, core.CodeDuplicateKey, "taskType"},
		{"/v1beta/models/m:batchEmbedContents", `{}`, core.CodeMissingField, "requests"},
		{"/v1beta/models/m:batchEmbedContents", `{"requests":[]}`, core.CodeInvalidField, "requests"},
		{"/v1beta/models/m:batchEmbedContents", `{"requests":{}}`, core.CodeInvalidField, "requests"},
	} {
		if c.path == "" {
			c.path = generatePath
		}
		err := Dialect{}.Scan(request(c.path, c.body))
		if err == nil || err.Code != c.code || err.Param != c.param || err.Message == "" {
			t.Errorf("%s %s: %v (param %q), want %v, %q", clipped(c.path), c.body, err, param(err), c.code, c.param)
		}
	}
	deep := Dialect{Depth: 3}
	ex := request(generatePath, `{"contents":[{"parts":[]}]}`)
	if err := deep.Scan(ex); err == nil || err.Code != core.CodeInvalidRequest {
		t.Errorf("nested too deep, but: %v", err)
	}
}

func param(err *core.Error) string {
	if err == nil {
		return ""
	}
	return err.Param
}

// TestSecondSpellingIsDuplicate holds law 2 in the objects that Parts opens.
func TestSecondSpellingIsDuplicate(t *testing.T) {
	t.Parallel()
	for body, path := range map[string]string{
		`{"contents":[{"parts":[{"inlineData":{},"inline_data":{}}]}]}`:                                                       "contents[0].parts[0].inlineData",
		`{"contents":[{"parts":[{"inline_data":{"mimeType":"a","mime_type":"b"}}]}]}`:                                         "contents[0].parts[0].inline_data.mimeType",
		`{"contents":[{"parts":[{"functionResponse":{"parts":[{"fileData":{"fileUri":"a","file_uri":"b"}}]}}]}]}`:             "contents[0].parts[0].functionResponse.parts[0].fileData.fileUri",
		`{"contents":[{"parts":[{"text":"a","text":"b"}]}]}`:                                                                  "contents[0].parts[0].text",
		`{"contents":[{"parts":[{"text":"a","Text":"b"}]}]}`:                                                                  "contents[0].parts[0].Text",
		`{"contents":[{}],"tools":[{"functionDeclarations":[],"function_declarations":[]}]}`:                                  "tools[0].functionDeclarations",
		`{"contents":[{}],"toolConfig":{"functionCallingConfig":{},"function_calling_config":{}}}`:                            "toolConfig.functionCallingConfig",
		`{"contents":[{}],"tool_config":{"function_calling_config":{"allowedFunctionNames":[],"allowed_function_names":[]}}}`: "tool_config.function_calling_config.allowedFunctionNames",
		`{"contents":[1]}`:          "contents[0]",
		`{"contents":[{"role":1}]}`: "contents[0].role",
	} {
		ex := scan(t, generatePath, body)
		err := Dialect{}.Parts(ex)
		if err == nil || err.Param != path || len(ex.Prompt) != 0 {
			t.Errorf("%s: %v (param %q), want %q", body, err, param(err), path)
		}
	}
}

// fields are header fields by their canonical names.
type fields map[string]string

func (f fields) Get(name string) []byte { return []byte(f[name]) }

func TestClaims(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{"": false, "key=x": true, "a=b&key=x": true, "key": false, "key=": false, "monkey=x": false} {
		if got := (Dialect{}).Claims(&core.Request{Query: []byte(query)}); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
	for name, want := range map[string]bool{"X-Goog-Api-Key": true, "X-Goog-Api-Client": true, "Authorization": false} {
		if got := (Dialect{}).Claims(&core.Request{Headers: fields{name: "x"}}); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
