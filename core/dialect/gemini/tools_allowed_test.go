package gemini

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestAllowedFunctions: of several functions that may be called only those are
// offered to a provider of another dialect, and the rest is reported; guards see
// what the client wrote.
func TestAllowedFunctions(t *testing.T) {
	t.Parallel()
	const calling = "toolConfig.functionCallingConfig"
	body := func(config string) string {
		return `{"contents":[{}],"toolConfig":{"functionCallingConfig":` + config + `},"tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]},{"googleSearch":{}},{"functionDeclarations":[{"name":"h"}]}]}`
	}
	for config, want := range map[string]string{
		`{"allowedFunctionNames":["f","h"],"mode":"ANY"}`:              "3 f {} h tools[1]=not_allowed",
		`{"mode":"ANY","allowed_function_names":["h","\u0068","g"]}`:   "3 g {} h tools[0]=not_allowed",
		`{"mode":"ANY","allowedFunctionNames":["f","g","h"]}`:          "3 f g {} h",
		`{"mode":"VALIDATED","allowedFunctionNames":["g"]}`:            "1 g {} tools[0]=not_allowed tools[3]=not_allowed " + calling + `.mode="VALIDATED"`,
		`{"mode":"AUTO","allowedFunctionNames":["f","g"]}`:             "1 f g {} h " + calling + `.allowedFunctionNames=["f","g"]`,
		`{"mode":"ANY","allowedFunctionNames":["f"]}`:                  "4 f g {} h",
		`{"mode":"ANY","allowedFunctionNames":["f","nobody"]}`:         "! " + calling + ".allowedFunctionNames[1]",
		`{"mode":"ANY","allowedFunctionNames":["f",1]}`:                "! " + calling + ".allowedFunctionNames[1]",
		`{"mode":"VALIDATED","allowedFunctionNames":["googleSearch"]}`: "! " + calling + ".allowedFunctionNames[0]",
	} {
		ex := scan(t, generatePath, body(config))
		if n := len(ex.Parameters().Tools); n != 4 {
			t.Errorf("%s: a guard sees %d tools", config, n)
		}
		var r core.TypedRequest
		var got string
		if err := (Dialect{}).Typed(ex, ex.Request.Body, &r); err != nil {
			got = "! " + err.Param
		} else {
			words := []string{string('0' + rune(r.Parameters.ToolChoice))}
			for _, tool := range r.Parameters.Tools {
				if words = append(words, string(tool.Name)); tool.Raw != nil {
					words[len(words)-1] = "{}"
				}
			}
			got = strings.TrimSpace(strings.Join(append(append(words, r.Dropped...), others(&r.Parameters)), " "))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", config, got, want)
		}
	}
}
