package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestParameters(t *testing.T) {
	f := func(members, want string) {
		t.Helper()
		ex := &core.Exchange{}
		ex.Request.Dialect = Chat{}
		ex.Request.Body = []byte(`{"model":"m","messages":[{"role":"user","content":"x"}]` + members + `}`)
		if err := (Chat{}).Scan(ex); err != nil {
			t.Fatal(err)
		}
		for range 2 { // read once, asked twice
			if got := shown(ex.Parameters()); got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", members, got, want)
			}
		}
		ex.Reset()
		if p := ex.Parameters(); p != nil {
			t.Errorf("a reset exchange has the parameters %+v", p)
		}
	}
	f(``, "choices 1")
	f(`,"max_tokens":5,"temperature":0.5,"top_p":1,"seed":-3,"n":2,"presence_penalty":null,"frequency_penalty":"x"`,
		"max 5, temperature 0.5, top_p 1, seed -3, choices 2")
	f(`,"stop":"a\n"`, `choices 1, stop "a\n"`)
	f(`,"stop":["a","b",1]`, `choices 1, stop "a", stop "b"`)
	f(`,"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"type":"custom"},7],"tool_choice":"required","parallel_tool_calls":false`,
		`choices 1, tool f d {"type":"object"}, tool {"type":"custom"}, tool 7, choice 3, parallel false`)
	f(`,"tool_choice":{"type":"function","function":{"name":"f"}}`, `choices 1, choice 4 f`)
	f(`,"tool_choice":"auto","response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"a":1}}}`, `choices 1, choice 1, format 3 {"a":1}`)
	f(`,"response_format":{"type":"json_object"},"reasoning_effort":"low"`, `choices 1, format 2, effort low`)
	f(`,"metadata":{"a": 1},"user":"u","stream":false`, `choices 1, metadata={"a": 1}, user="u"`)
}

// shown renders what is set.
func shown(p *core.Parameters) string {
	var out []string
	add := func(is bool, format string, args ...any) {
		if is {
			out = append(out, strings.TrimSpace(fmt.Sprintf(format, args...)))
		}
	}
	add(p.MaxOutput.Set, "max %d", p.MaxOutput.Value)
	add(p.Temperature.Set, "temperature %v", p.Temperature.Value)
	add(p.TopP.Set, "top_p %v", p.TopP.Value)
	add(p.PresencePenalty.Set, "presence %v", p.PresencePenalty.Value)
	add(p.FrequencyPenalty.Set, "frequency %v", p.FrequencyPenalty.Value)
	add(p.Seed.Set, "seed %d", p.Seed.Value)
	add(true, "choices %d", p.Choices)
	for _, s := range p.Stop {
		add(true, "stop %q", s)
	}
	for _, tool := range p.Tools {
		add(true, "tool %s", strings.TrimSpace(fmt.Sprintf("%s %s %s%s", tool.Name, tool.Description, tool.Arguments, tool.Raw)))
	}
	add(p.ToolChoice != 0, "choice %d %s", p.ToolChoice, p.ToolName)
	add(p.ParallelTools.Set, "parallel %v", p.ParallelTools.Value)
	add(p.OutputFormat != 0, "format %d %s", p.OutputFormat, p.OutputShape)
	add(p.ReasoningEffort != nil, "effort %s", p.ReasoningEffort)
	for _, o := range p.Others {
		add(true, "%s=%s", o.Name, o.JSON)
	}
	return strings.Join(out, ", ")
}

func TestChoices(t *testing.T) {
	f := func(body string, want ...core.Choice) {
		t.Helper()
		if got := (Chat{}).Choices([]byte(body), nil); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", body, got, want)
		}
	}
	f(`{"choices":[{"index":1,"finish_reason":"length","message":{}},{"index":0,"finish_reason":null}]}`,
		core.Choice{Index: 1, Finish: core.FinishLength}, core.Choice{})
	f(`{"choices":[{"finish_reason":"stop"},7]}`, core.Choice{Finish: core.FinishStop}, core.Choice{Index: 1})
	f(`{"choices":{}}`)
	f(`[]`)
}
