package responses

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// lines tells what the middle form holds, a part a line.
func lines(r *core.TypedRequest) string {
	var b strings.Builder
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%d %s %s", p.Msg, p.Role, p.Kind)
		for _, f := range []struct {
			key string
			v   []byte
		}{{"name", p.Name}, {"ref", p.Ref}, {"text", p.Text()}} {
			if len(f.v) > 0 {
				fmt.Fprintf(&b, " %s=%s", f.key, f.v)
			}
		}
		if a := p.Attr; a != nil {
			for _, f := range []struct {
				key string
				v   []byte
			}{{"data", a.Data}, {"url", a.URL}, {"source", a.Source}, {"seal", a.Signature}, {"json", a.JSON}} {
				if len(f.v) > 0 {
					fmt.Fprintf(&b, " %s=%s", f.key, f.v)
				}
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

var typedCases = []struct {
	name, input, want, dropped string
}{
	{"string", `"hi\n"`, "0 user text text=hi\n\n", ""},
	{"empty string", `""`, "0 user text\n", ""},
	{
		"messages", `[{"role":"developer","content":"d"},{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b","x":1}]},{"role":"assistant","content":null,"phase":"commentary"}]`,
		"0 system text text=d\n1 user text text=a\n1 user text text=b json={\"x\":1}\n2 assistant text json={\"phase\":\"commentary\"}\n", "",
	},
	{"unknown role", `[{"role":"critic","content":"d"}]`, "0 user text text=d\n", "input[0].role=unknown_role"},
	{
		"images", `[{"role":"user","content":[{"type":"input_image","image_url":"data:image/PNG;base64,QQ==","detail":"low"},{"type":"input_image","image_url":"https://x/y"},{"type":"input_image","file_id":"f1"},{"type":"input_image","image_url":{"url":"u","detail":"high"}}]}]`,
		"0 user image name=image/png data=QQ== json={\"detail\":\"low\"}\n0 user image url=https://x/y\n0 user image json={\"file_id\":\"f1\"}\n0 user image url=u json={\"detail\":\"high\"}\n", "",
	},
	{
		"files", `[{"role":"user","content":[{"type":"input_file","filename":"a.PDF","file_data":"QQ"},{"type":"input_file","file_data":"data:image/png;base64,_-8="},{"type":"input_file","file_url":"https://x/z.pdf"},{"type":"input_file","file_id":"f"},{"type":"input_audio","input_audio":{"data":"QQ==","format":"mp3"}},{"type":"novel","x":"y"}]}]`,
		"0 user document name=application/pdf data=QQ== json={\"filename\":\"a.PDF\"}\n0 user image name=image/png data=/+8=\n0 user document url=https://x/z.pdf\n0 user document json={\"file_id\":\"f\"}\n0 user audio name=audio/mpeg data=QQ==\n0 user raw json={\"type\":\"novel\",\"x\":\"y\"}\n", "",
	},
	{
		"calls", `[{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}","status":"completed"},{"type":"function_call","call_id":"c2","namespace":"mcp","name":"g","arguments":""},{"type":"function_call_output","call_id":"c1","output":"r"},{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,QQ=="}]},{"type":"function_call_output","call_id":"c3","output":""}]`,
		"0 assistant tool_call name=f ref=c1 text={\"a\":1}\n1 assistant tool_call name=mcp__g ref=c2\n2 tool tool_result name=f ref=c1 text=r\n3 tool tool_result name=mcp__g ref=c2 text=t\n3 tool image name=image/png ref=c2 data=QQ==\n4 tool tool_result ref=c3\n", "",
	},
	{
		"custom calls", `[{"type":"custom_tool_call","call_id":"c","name":"patch","input":"a\n\"b\""},{"type":"custom_tool_call_output","call_id":"c","output":"ok"}]`,
		"0 assistant tool_call name=patch ref=c text={\"input\":\"a\\n\\\"b\\\"\"}\n1 tool tool_result name=patch ref=c text=ok\n", "",
	},
	{
		"reasoning", `[{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"E=="},{"type":"reasoning","summary":[],"encrypted_content":"E"},{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"c"}]},{"type":"reasoning","summary":[]}]`,
		"0 assistant thinking text=a source=openai.responses seal=E==\n0 assistant thinking text=b\n1 assistant redacted source=openai.responses seal=E\n2 assistant thinking text=c\n3 assistant thinking\n", "",
	},
	{
		"foreign seals", `[{"type":"reasoning","summary":[{"type":"summary_text","text":"a"}],"encrypted_content":"sp1.anthropic.messages.S=="},{"type":"reasoning","summary":[],"encrypted_content":"sp1r.anthropic.messages.D"},{"type":"reasoning","summary":[],"encrypted_content":"sp1.openai.chat/deepseek."},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"reasoning","summary":[],"encrypted_content":"sp1s.gemini.G"},{"role":"user","content":"x"}]`,
		"0 assistant thinking text=a source=anthropic.messages seal=S==\n1 assistant redacted source=anthropic.messages seal=D\n2 assistant thinking source=openai.chat/deepseek\n3 assistant tool_call name=f ref=c text={} source=gemini seal=G\n5 user text text=x\n", "",
	},
	{
		"seals behind", `[{"type":"reasoning","summary":[],"encrypted_content":"sp1s.gemini.A"},{"role":"assistant","content":[{"type":"output_text","text":"t","annotations":[{"type":"url_citation","url":"u","title":"T"}]}]},{"type":"reasoning","summary":[],"encrypted_content":"sp1s.gemini.B"},{"type":"reasoning","summary":[{"type":"summary_text","text":"h"}],"encrypted_content":"sp1s.gemini.C"}]`,
		"1 assistant text text=t source=gemini seal=B\n1 assistant citation text=T url=u\n3 assistant thinking text=h\n",
		"input[0].encrypted_content=nothing_to_seal,input[3].encrypted_content=nothing_to_seal",
	},
	{
		"earlier answers", `[{"type":"message","id":"msg","role":"assistant","status":"completed","content":[{"type":"output_text","text":"t","logprobs":[],"annotations":[{"type":"url_citation","url":"u","title":"T","start_index":0,"end_index":1},{"type":"file_citation","file_id":"f"}]},{"type":"refusal","refusal":"no"},{"type":"refusal","text":"said"},{"type":"output_text","text":"l","logprobs":[1]}]}]`,
		"0 assistant text text=t\n0 assistant citation text=T url=u json={\"start_index\":0,\"end_index\":1}\n0 assistant citation json={\"type\":\"file_citation\",\"file_id\":\"f\"}\n0 assistant refusal text=no\n0 assistant refusal text=said\n0 assistant text text=l\n", "input[0].content[3].logprobs=derived",
	},
	{
		"the provider's tools", `[{"type":"web_search_call","id":"ws"},{"type":"mcp_call","id":"m"},{"type":"shell_call_output","call_id":"c","output":[]},{"type":"unheard_of","x":1}]`,
		"0 assistant raw json={\"type\":\"web_search_call\",\"id\":\"ws\"}\n1 assistant raw json={\"type\":\"mcp_call\",\"id\":\"m\"}\n2 tool raw ref=c json={\"type\":\"shell_call_output\",\"call_id\":\"c\",\"output\":[]}\n3 user raw json={\"type\":\"unheard_of\",\"x\":1}\n", "",
	},
}

func TestTyped(t *testing.T) {
	t.Parallel()
	for _, c := range typedCases {
		r := typed(t, ask(c.input))
		if got := lines(r); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
		if got := strings.Join(r.Dropped, ","); got != c.dropped {
			t.Errorf("%s: dropped %q, want %q", c.name, got, c.dropped)
		}
	}
}

// settingsOf tells what the settings of a request are.
func settingsOf(p *core.Parameters) string {
	var b strings.Builder
	put := func(set bool, format string, args ...any) {
		if set {
			fmt.Fprintf(&b, format+"\n", args...)
		}
	}
	put(p.MaxOutput.Set, "max=%d", p.MaxOutput.Value)
	put(p.Temperature.Set, "temperature=%v", p.Temperature.Value)
	put(p.TopP.Set, "top_p=%v", p.TopP.Value)
	put(p.ParallelTools.Set, "parallel=%v", p.ParallelTools.Value)
	put(p.ToolChoice != 0, "choice=%d %s", p.ToolChoice, p.ToolName)
	put(p.OutputFormat != 0, "format=%d %s %s", p.OutputFormat, p.OutputShape, p.OutputAttr)
	put(p.ReasoningEffort != nil, "effort=%s", p.ReasoningEffort)
	put(p.ReasoningTokens.Set, "budget=%d", p.ReasoningTokens.Value)
	for _, tool := range p.Tools {
		put(tool.Raw != nil, "raw %s", tool.Raw)
		put(tool.Raw == nil, "tool %s|%s|%s|%s", tool.Name, tool.Description, tool.Arguments, tool.Attr)
	}
	for _, o := range p.Others {
		put(true, "%s: %s", o.Name, o.JSON)
	}
	return b.String()
}

const freeTextTail = `"}},"required":["input"],"additionalProperties":false}`

var settingCases = []struct {
	name, members, want, dropped string
}{
	{"plain", `"temperature":0,"top_p":0.5,"max_output_tokens":7,"parallel_tool_calls":false,"truncation":"disabled","background":false,"x":null`, "max=7\ntemperature=0\ntop_p=0.5\nparallel=false\n", ""},
	{"others", `"truncation":"auto","user":"u","metadata":{"a":"b"},"temperature":"hot"`, "truncation: \"auto\"\nuser: \"u\"\nmetadata: {\"a\":\"b\"}\ntemperature: \"hot\"\n", ""},
	{"reasoning", `"reasoning":{"effort":"high","summary":"auto"}`, "effort=high\n", ""},
	{"more reasoning", `"reasoning":{"effort":null,"summary":"detailed","max_tokens":9}`, "budget=9\nreasoning: {\"summary\":\"detailed\"}\n", ""},
	{"text", `"text":{"format":{"type":"text"},"verbosity":"low"}`, "format=1  \nverbosity: \"low\"\n", ""},
	{"shape", `"text":{"format":{"type":"json_schema","name":"N","strict":true,"schema":{"type":"object"}}}`, "format=3 {\"type\":\"object\"} {\"name\":\"N\",\"strict\":true}\n", ""},
	{"grammar format", `"text":{"format":{"type":"grammar","x":1}}`, "text: {\"format\":{\"type\":\"grammar\",\"x\":1}}\n", ""},
	{"include", `"include":["reasoning.encrypted_content","message.output_text.logprobs"]`, "", "include[1]=no_place_in_answer"},
	{"function", `"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"web_search"}],"tool_choice":{"type":"function","name":"f"}`, "choice=4 f\ntool f|d|{\"type\":\"object\"}|{\"strict\":true}\nraw {\"type\":\"web_search\"}\n", ""},
	{"custom", `"tools":[{"type":"custom","name":"p","description":"d","format":{"type":"text"}}],"tool_choice":{"type":"custom","name":"p"}`, "choice=4 p\ntool p|d|{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text." + freeTextTail + "|\n", ""},
	{"grammar", `"tools":[{"type":"custom","name":"p","format":{"type":"grammar","syntax":"lark","definition":"a: \"b\""}}]`, "tool p||{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text, of which this lark grammar tells the form:\\na: \\\"b\\\"" + freeTextTail + "|\n", "tools[0].format=not_enforced"},
	{"namespace", `"tools":[{"type":"namespace","name":"mcp__x__","description":"D","tools":[{"type":"function","name":"f"},{"type":"custom","name":"g"}]}],"tool_choice":{"type":"function","name":"f","namespace":"mcp__x__"}`, "choice=4 mcp__x__f\ntool mcp__x__f|||\ntool mcp__x__g||{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text." + freeTextTail + "|\n", "tools[0].description=no_place_for_namespaces"},
	{"empty namespace", `"tools":[{"type":"namespace","name":"n","tools":[]}]`, "", "tools[0].name=no_place_for_namespaces"},
	{"repeated", `"tools":[{"type":"function","name":"f"},{"type":"function","name":"f","description":"other"},{"type":"function","name":"f"}]`, "tool f|||\n", "tools[1]=repeated"},
	{"nothing allowed", `"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[]}`, "choice=2 \n", ""},
	{"some allowed", `"tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]},{"type":"custom","name":"c"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f","namespace":"n"},{"type":"custom","name":"c"}]}`, "choice=1 \ntool n__f|||\ntool c||{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text." + freeTextTail + "|\n", "tools[0].tools[1]=not_allowed"},
	{"one of some must be called", `"tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]},{"type":"custom","name":"c"}],"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"custom","name":"c"},{"type":"function","name":"f","namespace":"n"}]}`, "choice=3 \ntool n__f|||\ntool c||{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text." + freeTextTail + "|\n", "tools[0].tools[1]=not_allowed"},
	{"one must be called", `"tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]},{"type":"custom","name":"c"}],"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f","namespace":"n"}]}`, "choice=4 n__f\ntool n__f|||\ntool n__g|||\ntool c||{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text." + freeTextTail + "|\n", ""},
	{"one of the provider's own allowed", `"tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]},{"type":"custom","name":"c"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f","namespace":"n"},{"type":"web_search"}]}`, "tool n__f|||\ntool n__g|||\ntool c||{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\",\"description\":\"Free text." + freeTextTail + "|\ntool_choice: " + `{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f","namespace":"n"},{"type":"web_search"}]}` + "\n", ""},
	{"another mode", `"tool_choice":{"type":"allowed_tools","mode":"x","tools":[]}`, `tool_choice: {"type":"allowed_tools","mode":"x","tools":[]}` + "\n", ""},
	{"required", `"tool_choice":"required"`, "choice=3 \n", ""},
	{"logprobs", `"top_logprobs":2`, "", "top_logprobs=no_place_in_answer"},
	{"no logprobs", `"top_logprobs":0`, "", ""},
	{"stored", `"store2":1`, "store2: 1\n", ""},
}

func TestTypedSettings(t *testing.T) {
	t.Parallel()
	for _, c := range settingCases {
		r := typed(t, with(c.members))
		if got := settingsOf(&r.Parameters); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
		if got := strings.Join(r.Dropped, ","); got != c.dropped {
			t.Errorf("%s: dropped %q, want %q", c.name, got, c.dropped)
		}
		ex := scan(t, with(c.members))
		if got := settingsOf(ex.Parameters()); got != c.want {
			t.Errorf("%s: Parameters: got\n%swant\n%s", c.name, got, c.want)
		}
	}
	added := typed(t, ask(`[{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"late"}]},{"role":"user","content":"x"}]`))
	if got := settingsOf(&added.Parameters); got != "tool late|||\n" || lines(added) != "1 user text text=x\n" {
		t.Errorf("added tools: %s%s", got, lines(added))
	}
}

// TestTypedStore makes sure that a client learns that nothing is kept.
func TestTypedStore(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"model":"m","input":"x"}`:               "store=not_kept",
		`{"model":"m","input":"x","store":null}`:  "store=not_kept",
		`{"model":"m","input":"x","store":true}`:  "store=not_kept",
		`{"model":"m","input":"x","store":false}`: "",
	} {
		if got := strings.Join(typed(t, body).Dropped, ","); got != want {
			t.Errorf("%s: dropped %q, want %q", body, got, want)
		}
	}
	ex := scan(t, `{"model":"m","input":"x"}`)
	ex.Route = &core.Route{Strict: true}
	r := &core.TypedRequest{}
	if err := (Dialect{}).Typed(ex, ex.Request.Body, r); err != nil || len(r.Dropped) > 0 {
		t.Errorf("on a strict route a client that asks for nothing is told %v, %v", r.Dropped, err)
	}
}

func TestTypedRefusals(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		with(`"previous_response_id":"resp_1"`):                "previous_response_id",
		with(`"conversation":{"id":"c"}`):                      "conversation",
		with(`"background":true`):                              "background",
		with(`"prompt":{"id":"p"}`):                            "prompt",
		`{"model":"m","previous_response_id":"r"}`:             "previous_response_id",
		ask(`[{"type":"item_reference","id":"i"}]`):            "input[0]",
		ask(`[{"id":"i"}]`):                                    "input[0]",
		ask(`[{"type":"compaction","encrypted_content":"e"}]`): "input[0]",
	} {
		ex := scan(t, body)
		err := Dialect{}.Typed(ex, ex.Request.Body, &core.TypedRequest{})
		if err == nil || err.Code != core.CodeUnsupportedField || err.Param != want || len(err.Message) < 40 {
			t.Errorf("%s: %v, param %q, want %q", body, err, paramOf(err), want)
		}
	}
	for input, want := range map[string]string{
		`"x","tool_choice":{"type":"allowed_tools","mode":"required","tools":[]}`:                           "tool_choice.tools",
		`"x","tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}`: "tool_choice.tools[0].name",
		`[{"content":"x"}]`:             "input[0].role",
		`[1]`:                           "input[0]",
		`[{"role":"user","content":5}]`: "input[0].content",
		`[{"role":"user","content":[{"type":"input_text","text":5}]}]`: "input[0].content[0].text",
		`[{"type":"function_call","name":5}]`:                          "input[0].name",
		`[{"type":"reasoning","summary":5}]`:                           "input[0].summary",
		`[{"role":"user","Role":"system","content":"x"}]`:              "input[0].Role",
	} {
		ex := scan(t, ask(input))
		err := Dialect{}.Typed(ex, ex.Request.Body, &core.TypedRequest{})
		if err == nil || err.HTTPStatus() != 400 || err.Param != want {
			t.Errorf("%s: %v, param %q, want %q", input, err, paramOf(err), want)
		}
	}
}

func paramOf(err *core.Error) string {
	if err == nil {
		return ""
	}
	return err.Param
}
