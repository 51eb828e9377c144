package openai

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// withTools is a request with three functions, a custom tool and a tool_choice.
func withTools(choice string) string {
	return `{"model":"m","tool_choice":` + choice + `,"messages":[{"role":"user","content":"x"}],"tools":[` +
		`{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h"}},` +
		`{"type":"custom","custom":{"name":"c","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: \"a\""}}}}]}`
}

func only(mode string, names ...string) string {
	var tools []string
	for _, name := range names {
		kind := "function"
		if name == "c" {
			kind = "custom"
		}
		tools = append(tools, fmt.Sprintf(`{"type":%q,%q:{"name":%q}}`, kind, kind, name))
	}
	return `{"type":"allowed_tools","allowed_tools":{"mode":"` + mode + `","tools":[` + strings.Join(tools, ",") + `]}}`
}

// toolChoices are what is offered, which of it must be called, and what is reported,
// or the parameter of the error.
var toolChoices = map[string]string{
	`"required"`: "f g h c 3",
	`{"type":"function","function":{"name":"g"}}`: "f g h c 4 g",
	`{"type":"custom","custom":{"name":"c"}}`:     "f g h c 4 c",
	only("auto", "h", "c", "h"):                   "h c 1 tools[0]=not_allowed tools[1]=not_allowed",
	only("required", "f", "g"):                    "f g 3 tools[2]=not_allowed tools[3]=not_allowed",
	only("required", "f"):                         "f g h c 4 f",
	only("required", "c", "c"):                    "f g h c 4 c",
	only("auto", "f", "g", "h", "c"):              "f g h c 1",
	only("auto"):                                  "f g h c 2",
	only("required"):                              "! tool_choice.allowed_tools.tools",
	only("auto", "f", "nobody"):                   "! tool_choice.allowed_tools.tools[1].function.name",
	only("some", "f"):                             "f g h c 0 tool_choice",
	`{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}],"x":1}}`: "f g h c 0 tool_choice",
	`{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":{}}}`:                                                  "f g h c 0 tool_choice",
	`{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[7]}}`:                                                 "! tool_choice.allowed_tools.tools[0]",
	`{"type":"nothing","custom":{"name":"c"}}`:                                                                             "f g h c 0 tool_choice",
}

func TestTypedToolChoice(t *testing.T) {
	t.Parallel()
	for choice, want := range toolChoices {
		ex := scan(t, withTools(choice))
		r := &core.TypedRequest{}
		err := Chat{}.Typed(ex, ex.Request.Body, r)
		var got []string
		if err != nil {
			got = []string{"!", err.Param}
		} else {
			p := &r.Parameters
			for _, tool := range p.Tools {
				got = append(got, string(tool.Name))
			}
			got = append(got, fmt.Sprint(p.ToolChoice))
			if len(p.ToolName) > 0 {
				got = append(got, string(p.ToolName))
			}
			for _, o := range p.Others {
				got = append(got, string(o.Name))
			}
			for _, d := range r.Dropped {
				if d != "tools[3].custom.format=not_enforced" {
					got = append(got, d)
				}
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", choice, got, want)
		}
	}
}

// TestTypedCustomTool: a tool whose input is free text is a function elsewhere, and
// its calls are such again for the client, whole and streamed.
func TestTypedCustomTool(t *testing.T) {
	t.Parallel()
	r := typed(t, withTools(`"auto"`))
	tool := r.Parameters.Tools[3]
	var shape struct {
		Properties map[string]struct{ Type, Description string }
		Required   []string
	}
	if err := json.Unmarshal(tool.Arguments, &shape); err != nil {
		t.Fatal(err)
	}
	input := shape.Properties["input"]
	if string(tool.Name) != "c" || string(tool.Description) != "d" || input.Type != "string" || !strings.Contains(input.Description, `start: "a"`) || len(shape.Required) != 1 {
		t.Errorf("%s %s %s", tool.Name, tool.Description, tool.Arguments)
	}
	if got := strings.Join(r.Dropped, " "); got != "tools[3].custom.format=not_enforced" {
		t.Error(got)
	}
	plain := typed(t, `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"custom","custom":{"name":"c","format":{"type":"text"}}}]}`)
	if len(plain.Dropped) > 0 || !strings.Contains(string(plain.Parameters.Tools[0].Arguments), `"Free text."`) {
		t.Errorf("%s %q", plain.Parameters.Tools[0].Arguments, plain.Dropped)
	}

	ex, at := answering(t, withTools(`"auto"`))
	got := string(Chat{}.WriteAnswer(nil, ex, at, &core.Answer{
		Parts:   []core.Part{call("c", "c1", `{"input":"a\nb"}`, nil), call("f", "c2", `{"input":"a"}`, nil)},
		Choices: []core.Choice{{Finish: core.FinishToolCalls}},
	}))
	want := `"tool_calls":[{"id":"c1","type":"custom","custom":{"name":"c","input":"a\nb"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{\"input\":\"a\"}"}}]`
	if !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestWriteEventCustomTool(t *testing.T) {
	t.Parallel()
	ex, at := answering(t, withTools(`"auto"`))
	var got []string
	for _, ev := range []core.Event{
		opens(0, call("c", "c1", "", nil)), grows(0, core.PartToolCall, `{"inp`), grows(0, core.PartToolCall, `ut":"a\"b"}`), closes(0, core.PartToolCall, nil),
		opens(1, call("c", "c2", "", nil)), closes(1, core.PartToolCall, nil),
		finishes(core.FinishToolCalls),
	} {
		for chunk := range strings.SplitSeq(string(Chat{}.WriteEvent(nil, ex, at, &ev)), "\n\n") {
			if _, delta, ok := strings.Cut(chunk, `"delta":{"tool_calls":[`); ok {
				delta, _, _ = strings.Cut(delta, `]},"logprobs"`)
				got = append(got, delta)
			}
		}
	}
	want := []string{
		`{"index":0,"id":"c1","type":"custom","custom":{"name":"c","input":""}}`, `{"index":0,"custom":{"input":"a\"b"}}`,
		`{"index":1,"id":"c2","type":"custom","custom":{"name":"c","input":""}}`, `{"index":1,"custom":{"input":""}}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
