package responses

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// appended returns a part as a hook adds it.
func appended(role core.Role, before int, text string) *core.Part {
	p := &core.Part{Kind: core.PartText, Role: role, Msg: -1, Before: before}
	p.SetText([]byte(text))
	return p
}

func TestForward(t *testing.T) {
	t.Parallel()
	body := "{ \"model\" : \"m\", \"unknown\":[1.0], \"input\":\"a\\u00e9\",\"store\":true}"
	ex := scan(t, body)
	if got := forward(t, ex, upstream("")); got != body {
		t.Errorf("changed: %s", got)
	}
	if got := forward(t, ex, upstream(`"other"`)); got != strings.Replace(body, `"m"`, `"other"`, 1) {
		t.Errorf("got %s", got)
	}
	ex.Request.Body = nil
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodeInternal {
		t.Errorf("without a request: %v", err)
	}
}

func TestForwardAppended(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ input, want string }{
		{`"hi"`, `[{"role":"system","content":"first"},{"role":"user","content":"HIi"},{"role":"assistant","content":"last"},{"role":"user","content":"tool"}]`},
		{`[ {"role":"user","content":"hi"} ]`, `[ {"role":"system","content":"first"},{"role":"user","content":"HIi"},{"role":"assistant","content":"last"},{"role":"user","content":"tool"} ]`},
		{`[]`, `[{"role":"system","content":"first"},{"role":"assistant","content":"last"},{"role":"user","content":"tool"}]`},
	} {
		ex := parts(t, ask(c.input))
		for _, p := range ex.Prompt {
			edit(t, p, 0, 1, "HI")
		}
		ex.Prompt = append(ex.Prompt, appended(core.RoleSystem, 0, "first"), appended(core.RoleAssistant, 1, "last"), appended(core.RoleTool, -1, "tool"))
		if got := forward(t, ex, upstream("")); got != ask(c.want) {
			t.Errorf("%s: got %s", c.input, got)
		}
	}
	ex := parts(t, `{"model":"m","previous_response_id":"r"}`)
	ex.Prompt = append(ex.Prompt, appended(core.RoleSystem, 0, "first"))
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("no input to append to: %v", err)
	}
}

const (
	theirs = `{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"sp1.gemini.S"}`
	ours   = `{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"o"}],"encrypted_content":"E"}`
	user   = `{"role":"user","content":"sp1."}`
)

func TestForwardSeals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ input, want, dropped string }{
		{"[" + ours + "," + user + "]", "[" + ours + "," + user + "]", ""},
		{"[" + theirs + "," + user + "]", "[" + user + "]", "input[0]=signed_by_another_provider"},
		{"[" + user + "," + theirs + " , " + theirs + "]", "[" + user + "]", "input[1]=signed_by_another_provider,input[2]=signed_by_another_provider"},
		{"[" + user + "," + theirs + "," + ours + "]", "[" + user + "," + ours + "]", "input[1]=signed_by_another_provider"},
		{"[" + theirs + "]", "[]", "input[0]=signed_by_another_provider"},
	} {
		ex := parts(t, ask(c.input))
		if got := forward(t, ex, upstream("")); got != ask(c.want) {
			t.Errorf("%s: got %s", c.input, got)
		}
		if got := strings.Join(ex.Dropped, ","); got != c.dropped {
			t.Errorf("%s: dropped %s", c.input, got)
		}
	}
	ex := parts(t, ask("["+ours+","+user+"]"))
	edit(t, ex.Prompt[0], 0, 1, "edited")
	if got := forward(t, ex, upstream("")); got != ask("["+user+"]") || strings.Join(ex.Dropped, ",") != "input[0]=edited_by_plugin" {
		t.Errorf("edited thinking: %s, %v", got, ex.Dropped)
	}
	for _, c := range []struct{ input, want string }{
		{"[" + theirs + "]", `[{"role":"system","content":"0"},{"role":"system","content":"-1"},{"role":"system","content":"1"}]`},
		{"[" + theirs + "," + user + "," + theirs + "," + ours + "]", `[{"role":"system","content":"0"},{"role":"system","content":"1"},` + user + "," + ours + `,{"role":"system","content":"-1"}]`},
	} {
		ex := parts(t, ask(c.input))
		ex.Prompt = append(ex.Prompt, appended(core.RoleSystem, 0, "0"), appended(core.RoleSystem, -1, "-1"), appended(core.RoleSystem, 1, "1"))
		got := forward(t, ex, upstream(""))
		if got != ask(c.want) {
			t.Errorf("%s: got %s", c.input, got)
		}
	}
	ex = parts(t, ask("["+theirs+"]"))
	ex.Route = &core.Route{Strict: true}
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodeUnsupportedField || err.Param != "input[0]" {
		t.Errorf("on a strict route: %v", err)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{"model":"m","instructions":"i","input":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"input_text","text":"u"},{"type":"input_image","image_url":"data:image/png;base64,QQ=="}]},
		{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"o"},{"type":"program_output","call_id":"p","result":"r"},
		{"type":"image_generation_call","result":"QQ=="},{"type":"novel","deep":{"x":"n"}}],"tools":[{"type":"function","name":"f","description":"D","parameters":{"type":"object","title":"T"}}]}`)
	want := `-1 system text text=i
0 system text text=d
1 user text text=u
1 user image name=image/png text=data:image/png;base64,QQ==
2 assistant tool_call name=f ref=c text={}
3 tool tool_result ref=c text=o
4 tool tool_result ref=p text=r
5 assistant image text=QQ==
6 user text text=n
6 user text text=deep,
x
-1 system text name=f text=f
-1 system text name=f text=D
-1 system text name=f text=T
`
	if got := lines(&core.TypedRequest{Parts: ex.Prompt}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, err := (Dialect{}).Unknown(ex); err != nil || strings.Join(got, ",") != "input[6].deep.x" {
		t.Errorf("unknown: %v, %v", got, err)
	}
	if ex = parts(t, ask(`"hi"`)); ex.Prompt[0].Role != core.RoleUser || ex.Prompt[0].Msg != 0 {
		t.Errorf("an input that is a string: %+v", ex.Prompt[0])
	}
	got, err := Dialect{}.Unknown(scan(t, with(`"previous_response_id":"r","user":"u"`)))
	if err != nil || strings.Join(got, ",") != "previous_response_id" {
		t.Errorf("opaque: %v, %v", got, err)
	}
}
