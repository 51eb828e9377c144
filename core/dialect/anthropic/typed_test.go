package anthropic

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// show writes parts as lines that a table can hold.
func show(parts []*core.Part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d %s %s", p.Msg, p.Role, p.Kind)
		for _, f := range []struct {
			name string
			v    []byte
		}{{"name", p.Name}, {"ref", p.Ref}, {"text", p.Text()}} {
			if len(f.v) > 0 {
				fmt.Fprintf(&b, " %s=%s", f.name, f.v)
			}
		}
		if a := p.Attr; a != nil {
			for _, f := range []struct {
				name string
				v    []byte
			}{{"data", a.Data}, {"url", a.URL}, {"sig", a.Signature}, {"by", a.Source}, {"json", a.JSON}} {
				if len(f.v) > 0 {
					fmt.Fprintf(&b, " %s=%s", f.name, f.v)
				}
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const head = `"model":"m","max_tokens":1,`

func user(content string) string {
	return `{` + head + `"messages":[{"role":"user","content":` + content + `}]}`
}

func assistant(content string) string {
	return `{` + head + `"messages":[{"role":"assistant","content":` + content + `}]}`
}

func TestTypedParts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want, dropped string }{
		"text":        {user(`"h\u00e9"`), "0 user text text=hé\n", ""},
		"empty text":  {user(`""`), "0 user text\n", ""},
		"no blocks":   {user(`[]`), "0 user text\n", ""},
		"bare string": {user(`["a","b"]`), "0 user text text=a\n0 user text text=b\n", ""},
		"system": {
			`{` + head + `"system":"be brief","messages":[{"role":"user","content":"a"},{"role":"system","content":"now shout"},{"role":"assistant","content":"b"}]}`,
			"-1 system text text=be brief\n0 user text text=a\n1 system text text=now shout\n2 assistant text text=b\n", "",
		},
		"empty system": {`{` + head + `"system":"","messages":[{"role":"user","content":"a"}]}`, "0 user text text=a\n", ""},
		"system blocks": {
			`{` + head + `"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"b"}],"messages":[{"role":"user","content":"c"}]}`,
			"-1 system text text=a\n-1 system cache_point json={\"type\":\"ephemeral\",\"ttl\":\"1h\"}\n-1 system text text=b\n0 user text text=c\n", "",
		},
		"members of a message": {
			`{` + head + `"messages":[{"role":"system","clear_at":"never","output_config":null}]}`,
			"0 system text\n", "messages[0].clear_at=unknown_field",
		},
		"images": {
			user(`[{"type":"image","source":{"type":"base64","media_type":"image/PNG","data":"QUJD"},"cache_control":{"type":"ephemeral"}},
				{"type":"image","source":{"type":"url","url":"https://x/y.png"},"transformations":{"oversized_image":"error"}},
				{"type":"image","source":{"type":"file","file_id":"f1"}}]`),
			"0 user image name=image/png data=QUJD\n0 user cache_point json={\"type\":\"ephemeral\"}\n" +
				"0 user image url=https://x/y.png json={\"transformations\":{\"oversized_image\":\"error\"}}\n" +
				"0 user image json={\"file_id\":\"f1\"}\n", "",
		},
		"documents": {
			user(`[{"type":"document","title":"T","context":"C","citations":{"enabled":true},"source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}},
				{"type":"document","source":{"type":"url","url":"https://x/y.pdf"}},
				{"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain \u00e9"}},
				{"type":"document","title":"F","source":{"type":"file","file_id":"f1"}},
				{"type":"document","source":{"type":"content","content":"chunk"}},
				{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"u"}},{"type":"text","text":"b"}]}}]`),
			"0 user document name=application/pdf data=JVBERg== json={\"title\":\"T\",\"context\":\"C\",\"citations\":{\"enabled\":true}}\n" +
				"0 user document name=application/pdf url=https://x/y.pdf\n" +
				"0 user document name=text/plain data=cGxhaW4gw6k=\n" +
				"0 user document json={\"file_id\":\"f1\",\"title\":\"F\"}\n" +
				"0 user document name=text/plain data=Y2h1bms=\n" +
				"0 user document name=text/plain data=YQoKYg==\n0 user image url=u\n",
			"messages[0].content[5].source.content=merged",
		},
		"search result": {
			user(`[{"type":"search_result","source":"https://s","title":"T","content":[{"type":"text","text":"found"}],"citations":{"enabled":true}}]`),
			"0 user document name=text/plain data=Zm91bmQ= json={\"type\":\"search_result\",\"source\":\"https://s\",\"title\":\"T\",\"citations\":{\"enabled\":true}}\n", "",
		},
		"tools": {
			`{` + head + `"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"x": 12345678901234567890}},{"type":"tool_use","id":"c2","name":"g","caller":{"type":"direct"}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one","cache_control":{"type":"ephemeral"}},{"type":"tool_result","tool_use_id":"c2","is_error":true,
			"content":[{"type":"image","source":{"type":"url","url":"u"}},{"type":"text","text":"two"}]},{"type":"text","text":"go on"}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c9"},{"type":"tool_result","tool_use_id":"c1","is_error":false,"content":[]}]}]}`,
			"0 assistant tool_call name=f ref=c1 text={\"x\": 12345678901234567890}\n" +
				"0 assistant tool_call name=g ref=c2 json={\"caller\":{\"type\":\"direct\"}}\n" +
				"1 tool tool_result name=f ref=c1 text=one\n1 user cache_point json={\"type\":\"ephemeral\"}\n" +
				"1 tool tool_result name=g ref=c2 json={\"is_error\":true}\n1 tool image ref=c2 url=u\n1 tool tool_result name=g ref=c2 text=two\n" +
				"1 user text text=go on\n2 tool tool_result ref=c9\n2 tool tool_result name=f ref=c1\n", "",
		},
		"references in a result": {
			user(`[{"type":"tool_result","tool_use_id":"c","content":[{"type":"tool_reference","tool_name":"f"}]}]`),
			"0 tool tool_result ref=c\n0 tool raw name=tool_reference ref=c by=anthropic.messages json={\"type\":\"tool_reference\",\"tool_name\":\"f\"}\n", "",
		},
		"thinking": {
			assistant(`[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"redacted_thinking","data":"eHg="},
				{"type":"thinking","thinking":"ah","signature":"sp1.gemini/google.QUI="},{"type":"redacted_thinking","data":"sp1.openai.responses.Z0E"},
				{"type":"thinking","thinking":"un","signature":""}]`),
			"0 assistant thinking text=hm sig=c2ln by=anthropic.messages\n0 assistant redacted sig=eHg= by=anthropic.messages\n" +
				"0 assistant thinking text=ah sig=QUI= by=gemini/google\n0 assistant redacted sig=Z0E by=openai.responses\n" +
				"0 assistant thinking text=un by=anthropic.messages\n", "",
		},
		"seal of a call": {
			assistant(`[{"type":"tool_use","id":"c","name":"f","input":{}},{"type":"redacted_thinking","data":"sp1s.gemini.QUI="}]`),
			"0 assistant tool_call name=f ref=c text={} sig=QUI= by=gemini\n", "",
		},
		"seal of nothing": {
			assistant(`[{"type":"redacted_thinking","data":"sp1s.gemini.QUI="}]`),
			"0 assistant text\n", "messages[0].content[0].data=belongs_to_no_part",
		},
		"citations": {
			assistant(`[{"type":"text","text":"so","citations":[{"type":"web_search_result_location","cited_text":"c","url":"u","title":"t","encrypted_index":"e"}]}]`),
			"0 assistant text text=so\n0 assistant citation text=c url=u json={\"type\":\"web_search_result_location\",\"title\":\"t\",\"encrypted_index\":\"e\"}\n", "",
		},
		"own blocks": {
			assistant(`[{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]},{"type":"from_the_future","x":1}]`),
			"0 assistant raw name=server_tool_use by=anthropic.messages json={\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\",\"input\":{\"query\":\"q\"}}\n" +
				"0 assistant raw name=web_search_tool_result by=anthropic.messages json={\"type\":\"web_search_tool_result\",\"tool_use_id\":\"s\",\"content\":[]}\n" +
				"0 assistant raw name=from_the_future by=anthropic.messages json={\"type\":\"from_the_future\",\"x\":1}\n", "",
		},
		"compaction": {
			assistant(`[{"type":"compaction","content":"summary"}]`),
			"0 assistant text text=summary json={\"type\":\"compaction\"}\n", "",
		},
	} {
		r := typed(t, c.body)
		if got := show(r.Parts); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
		if got := strings.Join(r.Dropped, " "); got != c.dropped {
			t.Errorf("%s: dropped %s, want %s", name, got, c.dropped)
		}
		checkLossless(t, name, scan(t, c.body))
	}
}

func TestTypedRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, param string
		code        core.Code
	}{
		{`{` + head + `"messages":[1]}`, "messages[0]", core.CodeInvalidField},
		{`{` + head + `"messages":[{"content":"a"}]}`, "messages[0].role", core.CodeMissingField},
		{`{` + head + `"messages":[{"role":"tool","content":"a"}]}`, "messages[0].role", core.CodeInvalidField},
		{`{` + head + `"messages":[{"role":"user"}]}`, "messages[0].content", core.CodeMissingField},
		{`{` + head + `"messages":[{"role":"user","content":{}}]}`, "messages[0].content", core.CodeInvalidField},
		{`{` + head + `"messages":[{"role":"user","role":"user","content":""}]}`, "messages[0].role", core.CodeDuplicateKey},
		{`{` + head + `"system":1,"messages":[{"role":"user","content":""}]}`, "system", core.CodeInvalidField},
		{user(`[1]`), "messages[0].content[0]", core.CodeInvalidField},
		{user(`[{"text":"a"}]`), "messages[0].content[0].type", core.CodeMissingField},
		{user(`[{"type":"text","text":"a","Text":"b"}]`), "messages[0].content[0].Text", core.CodeDuplicateKey},
		{user(`[{"type":"text","text":"a","cache_control":"x"}]`), "messages[0].content[0].cache_control", core.CodeInvalidField},
		{user(`[{"type":"image"}]`), "messages[0].content[0].source", core.CodeInvalidField},
		{user(`[{"type":"image","source":{"type":"ftp"}}]`), "messages[0].content[0].source.type", core.CodeInvalidField},
		{user(`[{"type":"image","source":{"type":"content","content":"x"}}]`), "messages[0].content[0].source.type", core.CodeInvalidField},
		{user(`[{"type":"tool_result"}]`), "messages[0].content[0].tool_use_id", core.CodeMissingField},
		{user(`[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"url":"a","url":"b"}}]}]`), "messages[0].content[0].content[0].source.url", core.CodeDuplicateKey},
		{assistant(`[{"type":"tool_use","id":"a"}]`), "messages[0].content[0].name", core.CodeMissingField},
		{assistant(`[{"type":"tool_use","id":"a","name":{"x":"y"}}]`), "messages[0].content[0].name", core.CodeInvalidField},
		{assistant(`[{"type":"tool_use","id":["a"],"name":"f"}]`), "messages[0].content[0].id", core.CodeInvalidField},
		{assistant(`[{"type":"thinking","thinking":{"0":["0"]}}]`), "messages[0].content[0].thinking", core.CodeInvalidField},
		{assistant(`[{"type":"thinking","thinking":"","signature":["s"]}]`), "messages[0].content[0].signature", core.CodeInvalidField},
		{assistant(`[{"type":"redacted_thinking","data":{"a":"b"}}]`), "messages[0].content[0].data", core.CodeInvalidField},
		{user(`[{"type":"text","text":{"a":"b"}}]`), "messages[0].content[0].text", core.CodeInvalidField},
		{user(`[{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"ftp"}}]}}]`), "messages[0].content[0].source.content[0].source.type", core.CodeInvalidField},
		{`{` + head + `"messages":[{"role":"user","content":""}],"tools":[{"name":"a"},{"name":"f","name":"g"}]}`, "tools[1].name", core.CodeDuplicateKey},
	} {
		ex := scan(t, c.body)
		err := Messages{}.Typed(ex, ex.Request.Body, &core.TypedRequest{})
		if err == nil || err.Code != c.code || err.Param != c.param || err.HTTPStatus() != 400 {
			t.Errorf("%s: %+v, want %v of %q", c.body, err, c.code, c.param)
		}
	}
}

func TestTypedParameters(t *testing.T) {
	t.Parallel()
	body := func(rest string) string {
		return `{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"a"}],` + rest + `}`
	}
	others := func(p *core.Parameters) (out string) {
		for _, o := range p.Others {
			out += string(o.Name) + "=" + string(o.JSON) + " "
		}
		return out
	}
	for name, c := range map[string]struct {
		rest, others string
		check        func(p *core.Parameters) bool
	}{
		"sampling": {`"temperature":0,"top_p":0.5,"top_k":3`, "", func(p *core.Parameters) bool {
			return p.Temperature == core.Some(0.0) && p.TopP == core.Some(0.5) && p.TopK == core.Some[int64](3) && p.MaxOutput == core.Some[int64](9)
		}},
		"not numbers": {`"temperature":"hot","top_k":null`, `temperature="hot" `, func(p *core.Parameters) bool { return !p.Temperature.Set && !p.TopK.Set }},
		"stop":        {`"stop_sequences":["a\n","b"]`, "", func(p *core.Parameters) bool { return len(p.Stop) == 2 && string(p.Stop[0]) == "a\n" }},
		"bad stop":    {`"stop_sequences":["a",1]`, `stop_sequences=["a",1] `, func(p *core.Parameters) bool { return len(p.Stop) == 0 }},
		"tools": {
			`"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g"},{"type":"web_search_20250305","name":"web_search","max_uses":3}]`,
			"", func(p *core.Parameters) bool {
				return len(p.Tools) == 3 && string(p.Tools[0].Name) == "f" && string(p.Tools[0].Description) == "d" && string(p.Tools[0].Arguments) == `{"type":"object"}` &&
					string(p.Tools[0].Attr) == `{"strict":true,"cache_control":{"type":"ephemeral"}}` && string(p.Tools[1].Name) == "g" && p.Tools[1].Attr == nil &&
					strings.HasPrefix(string(p.Tools[2].Raw), `{"type":"web_search_20250305"`) && p.Tools[2].Name == nil
			},
		},
		"choice": {`"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}`, "", func(p *core.Parameters) bool {
			return p.ToolChoice == core.ToolChoiceTool && string(p.ToolName) == "f" && p.ParallelTools == core.Some(false)
		}},
		"any":        {`"tool_choice":{"type":"any"}`, "", func(p *core.Parameters) bool { return p.ToolChoice == core.ToolChoiceAny && !p.ParallelTools.Set }},
		"none":       {`"tool_choice":{"type":"none","x":"y"}`, `tool_choice={"x":"y"} `, func(p *core.Parameters) bool { return p.ToolChoice == core.ToolChoiceNone }},
		"new choice": {`"tool_choice":{"type":"new"}`, `tool_choice={"type":"new"} `, func(p *core.Parameters) bool { return p.ToolChoice == core.ToolChoiceUnset }},
		"budget":     {`"thinking":{"type":"enabled","budget_tokens":2048}`, "", func(p *core.Parameters) bool { return p.ReasoningTokens == core.Some[int64](2048) }},
		"budget and more": {
			`"thinking":{"type":"enabled","budget_tokens":2048,"display":"omitted"}`, `thinking={"type":"enabled","budget_tokens":2048,"display":"omitted"} `,
			func(p *core.Parameters) bool { return p.ReasoningTokens == core.Some[int64](2048) },
		},
		"no thinking": {`"thinking":{"type":"disabled"}`, "", func(p *core.Parameters) bool { return p.ReasoningTokens == core.Some[int64](0) }},
		"adaptive":    {`"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}`, `thinking={"type":"adaptive"} `, func(p *core.Parameters) bool { return string(p.ReasoningEffort) == "high" && !p.ReasoningTokens.Set }},
		"shape": {`"output_config":{"format":{"type":"json_schema","schema":{"a":1},"name":"n"},"task_budget":{"type":"tokens"}}`, `output_config={"task_budget":{"type":"tokens"}} `, func(p *core.Parameters) bool {
			return p.OutputFormat == core.OutputShaped && string(p.OutputShape) == `{"a":1}` && string(p.OutputAttr) == `{"name":"n"}`
		}},
		"old shape": {`"output_format":{"type":"json_schema","schema":{}}`, "", func(p *core.Parameters) bool { return p.OutputFormat == core.OutputShaped }},
		"no shape":  {`"output_format":"markdown"`, `output_format="markdown" `, func(p *core.Parameters) bool { return p.OutputFormat == core.OutputUnset }},
		"others": {
			`"metadata":{"user_id":"u"},"service_tier":"auto","mcp_servers":[],"container":null,"n\u0065w":1`,
			`metadata={"user_id":"u"} service_tier="auto" mcp_servers=[] new=1 `, func(*core.Parameters) bool { return true },
		},
	} {
		r := typed(t, body(c.rest))
		if p := &r.Parameters; !c.check(p) || others(p) != c.others || p.Choices != 1 {
			t.Errorf("%s: %+v, others %s", name, p, others(p))
		}
		ex := scan(t, body(c.rest))
		if p := ex.Parameters(); p == nil || !c.check(p) || others(p) != c.others {
			t.Errorf("%s: a hook sees %+v", name, p)
		}
	}
}

// TestTypedAgain makes sure that the memory of one request does not show in the
// next.
func TestTypedAgain(t *testing.T) {
	t.Parallel()
	ex := scan(t, user(`[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},{"type":"tool_result","tool_use_id":"a","is_error":true}]`))
	r := &core.TypedRequest{}
	if err := (Messages{}).Typed(ex, ex.Request.Body, r); err != nil {
		t.Fatal(err)
	}
	ex.Request.Body = []byte(user(`"b"`))
	if err := (Messages{}).Scan(ex); err != nil {
		t.Fatal(err)
	}
	*r = core.TypedRequest{}
	if err := (Messages{}).Typed(ex, ex.Request.Body, r); err != nil || show(r.Parts) != "0 user text text=b\n" {
		t.Errorf("%v\n%s", err, show(r.Parts))
	}
}
