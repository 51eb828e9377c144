package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// typed returns the middle form of body.
func typed(t testing.TB, body string) *core.TypedRequest {
	t.Helper()
	ex := scan(t, body)
	r := &core.TypedRequest{}
	if err := (Chat{}).Typed(ex, ex.Request.Body, r); err != nil {
		t.Fatalf("Typed(%s): %v", clipped(body), err)
	}
	return r
}

// line writes a part of the middle form in one line.
func line(p *core.Part) string {
	s := fmt.Sprintf("%d %s %s %q", p.Msg, p.Role, p.Kind, p.Text())
	if len(p.Name) > 0 {
		s += " name=" + string(p.Name)
	}
	if len(p.Ref) > 0 {
		s += " ref=" + string(p.Ref)
	}
	if a := p.Attr; a != nil {
		for _, f := range []struct {
			key   string
			value []byte
		}{{"data", a.Data}, {"url", a.URL}, {"sig", a.Signature}, {"source", a.Source}, {"json", a.JSON}} {
			if len(f.value) > 0 {
				s += " " + f.key + "=" + string(f.value)
			}
		}
	}
	return s
}

func lines(r *core.TypedRequest) string {
	var b strings.Builder
	for i, p := range r.Parts {
		if p.ID != i {
			fmt.Fprintf(&b, "ID %d! ", p.ID)
		}
		b.WriteString(line(p) + "\n")
	}
	for _, d := range r.Dropped {
		b.WriteString("- " + d + "\n")
	}
	return b.String()
}

var typedCases = []struct{ name, messages, want string }{
	{
		"strings", `{"role":"system","content":"s"},{"role":"developer","content":"d"},{"role":"user","content":"h\u0069"},{"role":"assistant","content":""}`,
		"0 system text \"s\"\n1 system text \"d\"\n2 user text \"hi\"\n3 assistant text \"\"\n",
	},
	{
		"empty content", `{"role":"user","content":null},{"role":"user"},{"role":"user","content":[]},{"role":"tool","tool_call_id":"c","content":""}`,
		"0 user text \"\"\n1 user text \"\"\n2 user text \"\"\n3 tool tool_result \"\" ref=c\n",
	},
	{
		"lists", `{"role":"user","name":"bob","content":["a",{"type":"text","text":"b","x":1},{"text":"c"},{"type":"mystery","y":"z"}]}`,
		"0 user text \"a\" json={\"name\":\"bob\"}\n0 user text \"b\" json={\"x\":1}\n0 user text \"c\"\n0 user raw \"\" json={\"type\":\"mystery\",\"y\":\"z\"}\n",
	},
	{
		"images", `{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/PNG;base64,QUJDRA","detail":"low"}},` +
			`{"type":"image_url","image_url":"https://x/y.png"},{"type":"image_url","image_url":{"url":"data:image/svg+xml,<svg/>"}}]}`,
		"0 user image \"\" name=image/png data=QUJDRA== json={\"detail\":\"low\"}\n0 user image \"\" url=https://x/y.png\n0 user image \"\" url=data:image/svg+xml,<svg/>\n",
	},
	{
		"audio and files", `{"role":"user","name":"n","content":[{"type":"input_audio","input_audio":{"data":"QUJD","format":"mp3"}},` +
			`{"type":"file","file":{"filename":"a.PDF","file_data":"QUJD"}},{"type":"file","file":{"file_data":"data:text/plain;base64,QUJD"}},` +
			`{"type":"file","file":{"file_id":"f1"}},{"type":"document_url","document_url":"https://x/d.pdf","document_name":"d"}]}`,
		"0 user audio \"\" name=audio/mpeg data=QUJD json={\"name\":\"n\"}\n0 user document \"\" name=application/pdf data=QUJD json={\"filename\":\"a.PDF\"}\n" +
			"0 user document \"\" name=text/plain data=QUJD\n0 user document \"\" json={\"file_id\":\"f1\"}\n0 user document \"\" url=https://x/d.pdf json={\"document_name\":\"d\"}\n",
	},
	{
		"cache marks", `{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]},{"role":"system","content":"b","cache_control":{"ttl":"1h"}}`,
		"0 user text \"a\"\n0 user cache_point \"\" json={\"type\":\"ephemeral\"}\n1 system text \"b\"\n1 system cache_point \"\" json={\"ttl\":\"1h\"}\n",
	},
	{
		"calls and results", `{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},` +
			`{"id":"c2","type":"custom","custom":{"name":"g","input":"free"}},{"id":"c3","function":{"name":"h","arguments":{"o":1}}}]},` +
			`{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"r"},{"type":"image_url","image_url":{"url":"https://i"}}]},{"role":"tool","tool_call_id":"c9","content":"q"}`,
		"0 assistant tool_call \"{\\\"a\\\":1}\" name=f ref=c1\n0 assistant tool_call \"{\\\"input\\\":\\\"free\\\"}\" name=g ref=c2\n0 assistant tool_call \"{\\\"o\\\":1}\" name=h ref=c3\n" +
			"1 tool tool_result \"r\" name=f ref=c1\n1 tool image \"\" ref=c1 url=https://i\n2 tool tool_result \"q\" ref=c9\n",
	},
	{
		"legacy functions", `{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}`,
		"0 assistant tool_call \"{}\" name=f ref=call_0\n1 tool tool_result \"r\" name=f ref=call_0\n",
	},
	{
		"thinking once", `{"role":"assistant","content":"a","reasoning_content":"xy","thinking_blocks":[{"type":"thinking","thinking":"x","signature":"sp1.anthropic.messages.S1"},` +
			`{"type":"redacted_thinking","data":"sp1.anthropic.messages/bedrock.D1"},{"type":"thinking","thinking":"y","signature":"S2"}],"reasoning":"other"}`,
		"0 assistant thinking \"x\" sig=S1 source=anthropic.messages\n0 assistant redacted \"\" sig=D1 source=anthropic.messages/bedrock\n" +
			"0 assistant thinking \"y\" sig=S2 source=openai.chat\n0 assistant text \"a\"\n- messages[0].reasoning=superseded\n",
	},
	{
		"thinking in other forms", `{"role":"assistant","content":"a","reasoning_details":[{"type":"reasoning.summary","summary":"s","index":0},{"type":"reasoning.encrypted","data":"D"}]},` +
			`{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}],"signature":"S"},{"type":"text","text":"b"}]},` +
			`{"role":"assistant","content":"c","reasoning":"r","reasoning_signature":"sp1.gemini.Q"}`,
		"0 assistant thinking \"s\" json={\"type\":\"reasoning.summary\",\"index\":0}\n0 assistant redacted \"\" sig=D source=openai.chat\n0 assistant text \"a\"\n" +
			"1 assistant thinking \"t\" sig=S source=mistral.chat\n1 assistant text \"b\"\n2 assistant thinking \"r\" sig=Q source=gemini\n2 assistant text \"c\"\n",
	},
	{
		"thinking in Mistral's form", `{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},{"type":"text","text":"m"}]},{"type":"text","text":"a"}],"prefix":false},` +
			`{"role":"assistant","content":"c","prefix":true}`,
		"0 assistant thinking \"h\" sig=thinking source=mistral.chat\n0 assistant thinking \"m\" sig=thinking source=mistral.chat\n0 assistant text \"a\"\n" +
			"1 assistant text \"c\" json={\"prefix\":true}\n",
	},
	{
		"signatures of calls and texts", `{"role":"assistant","content":"a","extra_content":{"google":{"thought_signature":"sp1.gemini.T"}},"tool_calls":[{"id":"c","type":"function",` +
			`"function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"sp1.gemini.U"}}},{"id":"d","type":"function","function":{"name":"f","arguments":""},"extra_content":{"x":"y"}}]}`,
		"0 assistant text \"a\" sig=T source=gemini\n0 assistant tool_call \"\" name=f ref=c sig=U source=gemini\n0 assistant tool_call \"\" name=f ref=d json={\"extra_content\":{\"x\":\"y\"}}\n",
	},
	{
		"the rest of an assistant", `{"role":"assistant","content":"a","refusal":"no","audio":{"id":"au"},"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0}},{"type":"file_citation","x":"y"}]}`,
		"0 assistant text \"a\"\n0 assistant refusal \"no\"\n0 assistant citation \"t\" url=u json={\"start_index\":0}\n0 assistant citation \"\" json={\"type\":\"file_citation\",\"x\":\"y\"}\n- messages[0].audio=provider_bound_id\n",
	},
	{
		"losses", `{"role":"critic","content":"a","weight":1,"tool_calls":[],"tool_call_id":"x"},{"role":"user","content":[{"type":"text","text":"b","name":"n"}],"name":"m"}`,
		"0 user text \"a\"\n1 user text \"b\" json={\"name\":\"n\"}\n- messages[0].role=unknown_role\n- messages[0].weight=unknown_field\n- messages[0].tool_calls=wrong_role\n" +
			"- messages[0].tool_call_id=wrong_role\n- messages[1].name=no_place_for_both\n",
	},
}

func TestTypedMessages(t *testing.T) {
	t.Parallel()
	for _, c := range typedCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := lines(typed(t, `{"model":"m","messages":[`+c.messages+`]}`)); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestTypedParameters(t *testing.T) {
	t.Parallel()
	r := typed(t, `{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true},"n":2,"max_tokens":5,
		"max_completion_tokens":7,"temperature":0.5,"top_p":"high","stop":["a","b"],"seed":3,"user":"u","metadata":{"k":"v"},"logprobs":null,
		"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true},"cache_control":{"type":"ephemeral"}},
		{"type":"web_search","max_uses":1}],"functions":[{"name":"g"}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,
		"response_format":{"type":"json_schema","json_schema":{"name":"N","schema":{"type":"object"},"strict":true}},
		"reasoning":{"effort":"high","max_tokens":9,"exclude":true},"prediction":{"type":"content","content":"p"},"te\u006dp":1}`)
	p := &r.Parameters
	got := fmt.Sprintf("%v %v %v %q %v %v %v %s %s %v %s %s %v", p.MaxOutput, p.Temperature, p.TopP.Set, p.Stop, p.Seed, p.Choices, p.ToolChoice, p.ToolName,
		p.OutputShape, p.OutputFormat, p.OutputAttr, p.ReasoningEffort, p.ReasoningTokens)
	want := `{7 true} {0.5 true} false ["a" "b"] {3 true} 2 4 f {"type":"object"} 3 {"name":"N","strict":true} high {9 true}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var tools, others []string
	for _, tool := range p.Tools {
		tools = append(tools, fmt.Sprintf("%s|%s|%s|%s|%s", tool.Name, tool.Description, tool.Arguments, tool.Raw, tool.Attr))
	}
	for _, o := range p.Others {
		others = append(others, fmt.Sprintf("%s=%s", o.Name, o.JSON))
	}
	if got, want := strings.Join(tools, "\n"), `f|d|{"type":"object"}||{"cache_control":{"type":"ephemeral"},"strict":true}`+"\n"+`|||{"type":"web_search","max_uses":1}|`+"\ng||||"; got != want {
		t.Errorf("tools\n%s\nwant\n%s", got, want)
	}
	if got, want := strings.Join(others, " "), `top_p="high" user="u" metadata={"k":"v"} reasoning={"exclude":true} prediction={"type":"content","content":"p"} temp=1`; got != want {
		t.Errorf("others %s\nwant   %s", got, want)
	}
	if !p.ParallelTools.Set || p.ParallelTools.Value || len(r.Dropped) > 0 {
		t.Errorf("parallel %v, dropped %q", p.ParallelTools, r.Dropped)
	}
}

func TestTypedRefuses(t *testing.T) {
	t.Parallel()
	for messages, want := range map[string]string{
		`{"role":"user","content":1}`: "messages[0].content",
		`{"content":"x"}`:             "messages[0].role",
		`{"role":7}`:                  "messages[0].role",
		`"x"`:                         "messages[0]",
		`{"role":"user","content":"a","content":"b"}`:                                      "messages[0].content",
		`{"role":"user","content":[{"type":"text","text":{}}]}`:                            "messages[0].content[0].text",
		`{"role":"user","content":[7]}`:                                                    "messages[0].content[0]",
		`{"role":"user","content":[{"type":"image_url","image_url":{"url":1}}]}`:           "messages[0].content[0].image_url.url",
		`{"role":"assistant","tool_calls":{}}`:                                             "messages[0].tool_calls",
		`{"role":"assistant","tool_calls":[{"function":{"name":"f"}},{"id":"x"}]}`:         "messages[0].tool_calls[1].function",
		`{"role":"assistant","tool_calls":[{"function":{"name":"a","Name":"b"}}]}`:         "messages[0].tool_calls[0].function.Name",
		`{"role":"assistant","thinking_blocks":[{"thinking":"x","signature":1}]}`:          "messages[0].thinking_blocks[0].signature",
		`{"role":"user","content":"ok"}],"tools":[{"function":{"name":1}}],"x":[1`:         "tools[0].function.name",
		`{"role":"user","content":"ok"}],"response_format":{"type":"a","type":"b"},"x":[1`: "response_format.type",
	} {
		ex := scan(t, `{"model":"m","messages":[`+messages+`]}`)
		err := Chat{}.Typed(ex, ex.Request.Body, &core.TypedRequest{})
		if err == nil || err.Param != want || err.HTTPStatus() != 400 {
			t.Errorf("%s: %v, param %q, want %q", messages, err, err.Param, want)
		}
	}
}

// TestTypedMemory makes sure that what is kept over requests does not leak from
// one into the next.
func TestTypedMemory(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	for range 3 {
		for _, c := range typedCases {
			ex.Reset()
			ex.Request.Body = []byte(`{"model":"m","messages":[` + c.messages + `]}`)
			r := &core.TypedRequest{}
			if (Chat{}).Scan(ex) != nil || (Chat{}).Typed(ex, ex.Request.Body, r) != nil {
				t.Fatal(c.name)
			}
			if got := lines(r); got != c.want {
				t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
			}
		}
	}
}
