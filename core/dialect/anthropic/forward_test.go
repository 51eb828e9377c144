package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestForwardKeepsBytes(t *testing.T) {
	t.Parallel()
	body := " { \"max_tokens\" : 1e1,\"messages\":[{\"role\":\"user\",\"content\":\"a\\u00e9<>\"}] ,\n\"model\": \"m\", \"new\":{\"b\":1,\"a\":2}}\n"
	if got := forward(t, parts(t, body), upstream("")); got != body {
		t.Errorf("got %s", got)
	}
	want := strings.Replace(body, `"m"`, `"other"`, 1)
	if got := forward(t, parts(t, body), upstream(`"other"`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	ex := scan(t, body)
	ex.Request.Body = nil
	if err := (Messages{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodeInternal {
		t.Errorf("without a body: %v", err)
	}
}

// add appends a part as a hook does.
func add(ex *core.Exchange, before int, role core.Role, text string) {
	p := &core.Part{ID: len(ex.Prompt), Msg: -1, Before: before, Role: role, Origin: core.OriginPlugin}
	p.SetText([]byte(text))
	ex.Prompt = append(ex.Prompt, p)
}

func TestForwardAppends(t *testing.T) {
	t.Parallel()
	const list = `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]`
	type addition struct {
		before int
		role   core.Role
		text   string
	}
	for name, c := range map[string]struct {
		body string
		add  []addition
		want string
	}{
		"first": {
			`{` + head + list + `}`,
			[]addition{{0, core.RoleUser, "x\""}},
			`{` + head + `"messages":[{"role":"user","content":"x\""},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}`,
		},
		"last": {
			`{` + head + list + `}`,
			[]addition{{2, core.RoleAssistant, "x"}, {-1, core.RoleTool, "y"}},
			`{` + head + `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"x"},{"role":"user","content":"y"}]}`,
		},
		"no system": {`{` + head + list + `}`, []addition{{1, core.RoleSystem, "x"}, {0, core.RoleSystem, "y"}}, `{"system":[{"type":"text","text":"x"},{"type":"text","text":"y"}],` + head + list + `}`},
		"system": {
			`{"system":"o\u0061",` + head + list + `}`,
			[]addition{{0, core.RoleSystem, "x"}},
			`{"system":[{"type":"text","text":"o\u0061"},{"type":"text","text":"x"}],` + head + list + `}`,
		},
		"empty system": {`{"system":"",` + head + list + `}`, []addition{{0, core.RoleSystem, "x"}}, `{"system":[{"type":"text","text":"x"}],` + head + list + `}`},
		"null system":  {`{"system":null,` + head + list + `}`, []addition{{0, core.RoleSystem, "x"}}, `{"system":[{"type":"text","text":"x"}],` + head + list + `}`},
		"no blocks":    {`{"system":[ ],` + head + list + `}`, []addition{{0, core.RoleSystem, "x"}}, `{"system":[ {"type":"text","text":"x"}],` + head + list + `}`},
		"blocks": {
			`{"system":[{"type":"text","text":"o"}],` + head + list + `}`,
			[]addition{{0, core.RoleSystem, "x"}},
			`{"system":[{"type":"text","text":"o"},{"type":"text","text":"x"}],` + head + list + `}`,
		},
		"before a result": {
			`{` + head + `"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}]}`,
			[]addition{{1, core.RoleUser, "x"}},
			`{` + head + `"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]},{"role":"user","content":"x"}]}`,
		},
	} {
		ex := parts(t, c.body)
		for _, a := range c.add {
			add(ex, a.before, a.role, a.text)
		}
		got := forward(t, ex, upstream(""))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		scan(t, got)
	}
}

func TestForwardEdits(t *testing.T) {
	t.Parallel()
	body := `{` + head + `"system":"my secret","messages":[{"role":"user","content":[{"type":"text","text":"a \u00e9 secret"},{"type":"document","title":"secret","source":{"type":"text","media_type":"text/plain","data":"the secret"}}]},` +
		`{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"q": "secret"}}]},` +
		`{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"no secret"}]}]}],"tools":[{"name":"f","description":"keeps a secret","input_schema":{"type":"object"}}]}`
	ex := parts(t, body)
	for _, p := range ex.Prompt {
		if at := strings.Index(string(p.Text()), "secret"); at >= 0 {
			edit(t, p, at, at+len("secret"), "***")
		}
	}
	if got, want := forward(t, ex, upstream("")), strings.ReplaceAll(body, "secret", "***"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	// The arguments of a call must stay an object.
	for _, text := range []string{"nonsense", `"text"`, ""} {
		ex = parts(t, body)
		for _, p := range ex.Prompt {
			if p.Kind == core.PartToolCall {
				edit(t, p, 0, len(p.Text()), text)
			}
		}
		if err := (Messages{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodePluginFailed {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestForwardStrips(t *testing.T) {
	t.Parallel()
	message := func(blocks ...string) string {
		return `{"role":"assistant","content":[` + strings.Join(blocks, " , ") + `]}`
	}
	body := func(messages ...string) string {
		return `{` + head + `"messages":[` + strings.Join(messages, ",") + `]}`
	}
	const own = `{"type":"thinking","thinking":"a","signature":"Sig1"}`
	const alien = `{"type":"thinking","thinking":"b","signature":"sp1.gemini.S"}`
	const redacted = `{"type":"redacted_thinking","data":"sp1.gemini.S"}`
	const seal = `{"type":"redacted_thinking","data":"sp1s.gemini.S"}`
	const text = `{"type":"text","text":"say sp1."}`
	question := `{"role":"user","content":"q"}`
	for name, c := range map[string]struct {
		body, want string
		dropped    int
	}{
		"own":           {body(message(own, text)), body(message(own, text)), 0},
		"first":         {body(message(alien, text)), body(message(text)), 1},
		"middle":        {body(message(own, alien, redacted, text)), body(message(own, text)), 2},
		"last":          {body(message(text, seal)), body(message(text)), 1},
		"around":        {body(message(alien, text, seal, own, alien)), body(message(text, own)), 3},
		"whole message": {body(question, message(alien, redacted), question), body(question, question), 2},
		"two messages":  {body(message(alien), message(redacted), question), body(question), 2},
		"last message":  {body(question, message(alien)), body(question, message(alien)), 0},
		"everything":    {body(message(alien), message(alien)), body(message(alien)), 1},
	} {
		ex := parts(t, c.body)
		got := forward(t, ex, upstream(""))
		if strings.ReplaceAll(got, " , ", ",") != strings.ReplaceAll(c.want, " , ", ",") || len(ex.Dropped) != c.dropped {
			t.Errorf("%s: got %s\nwant %s\ndropped %v", name, got, c.want, ex.Dropped)
		}
		scan(t, got)
		if forward(t, ex, upstream("")); len(ex.Dropped) != c.dropped {
			t.Errorf("%s: a retry reports again: %v", name, ex.Dropped)
		}
	}
	// Thinking that a guard edited is refused by everybody.
	ex := parts(t, body(message(own, text)))
	edit(t, ex.Prompt[0], 0, 1, "x")
	if got := forward(t, ex, upstream("")); got != body(message(text)) || strings.Join(ex.Dropped, "") != "messages[0].content[0]=edited_by_plugin" {
		t.Errorf("got %s, dropped %v", got, ex.Dropped)
	}
	ex = scan(t, body(message(alien, text)))
	ex.Route = &core.Route{Strict: true}
	if err := (Messages{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodeUnsupportedField || err.Param != "messages[0].content[0]" {
		t.Errorf("strict: %v", err)
	}
	ex = scan(t, body(`{"role":"assistant","content":[{"type":"text","text":"sp1.","Text":""}]}`))
	if err := (Messages{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodeDuplicateKey {
		t.Errorf("ambiguous: %v", err)
	}
}

func TestPartsKinds(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{`+head+`"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[
		{"type":"image","source":{"type":"base64","media_type":"image/PNG","data":"QQ=="}},{"type":"image","source":{"type":"url","url":"https://i"}},
		{"type":"document","title":"T","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}},
		{"type":"document","source":{"type":"url","url":"https://d"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain"}},
		{"type":"search_result","source":"https://s","title":"S","content":[{"type":"text","text":"found"}]}]},
		{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"x"},{"type":"redacted_thinking","data":"r"},{"type":"tool_use","id":"c1","name":"f","input":{"a": [1]}},
		{"type":"server_tool_use","id":"c2","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"c2","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e"}]}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"one"},{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"R0k="}}]},
		{"type":"unheard_of","somewhere":{"deep":["said"]}}]}]}`)
	want := "-1 system text text=s\n" +
		"0 user image name=image/png text=QQ==\n0 user image text=https://i\n0 user text text=T\n0 user document name=application/pdf text=JVBERg==\n" +
		"0 user document name=application/pdf text=https://d\n0 user text text=plain\n0 user text text=https://s\n0 user text text=S\n0 user text text=found\n" +
		"1 assistant thinking text=h\n1 assistant redacted text=r\n1 assistant tool_call name=f ref=c1 text={\"a\": [1]}\n1 assistant tool_call name=web_search ref=c2 text={}\n" +
		"1 tool citation text=u\n1 tool tool_result ref=c2 text=t\n1 tool redacted text=e\n" +
		"2 tool tool_result ref=c1 text=one\n2 tool image name=image/gif ref=c1 text=R0k=\n2 user text text=unheard_of\n2 user text text=said\n2 user text text=somewhere,\ndeep\n"
	got := strings.ReplaceAll(show(ex.Prompt), "2 user text text=unheard_of\n", "")
	if got != strings.ReplaceAll(want, "2 user text text=unheard_of\n", "") {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	unknown, err := Messages{}.Unknown(ex)
	if err != nil || strings.Join(unknown, " ") != "messages[2].content[1].somewhere.deep[0]" {
		t.Errorf("%v %v", unknown, err)
	}
	for body, param := range map[string]string{
		`{` + head + `"messages":[{"content":"a"}]}`:            "messages[0].role",
		`{` + head + `"messages":[{"role":1}]}`:                 "messages[0].role",
		`{` + head + `"messages":["a"]}`:                        "messages[0]",
		user(`[{"type":"text","text":"a","te\u0078t":"b"}]`):    "messages[0].content[0].text",
		user(`[{"type":"image","source":{"Url":"","url":""}}]`): "messages[0].content[0].source.url",
	} {
		ex := scan(t, body)
		if err := (Messages{}).Parts(ex); err == nil || !strings.EqualFold(err.Param, param) || len(ex.Prompt) != 0 {
			t.Errorf("%s: %+v", body, err)
		}
	}
}

func TestSpliceAnswer(t *testing.T) {
	t.Parallel()
	body := `{"id":"m","type":"message","role":"assistant","model":"x","content":[{"type":"thinking","thinking":"my secret","signature":"Sig"},` +
		`{"type":"thinking","thinking":"other","signature":"Sig2"},{"type":"text","text":"the \u0073ecret"},{"type":"tool_use","id":"c","name":"f","input":{"q":"secret"}}],"stop_reason":"tool_use","usage":{}}`
	ex := &core.Exchange{}
	open := func() []*core.Part {
		list, err := Messages{}.AnswerParts(ex, []byte(body), nil)
		if err != nil || len(list) != 4 || list[0].Origin != core.OriginUpstream {
			t.Fatalf("%v %v", list, err)
		}
		return list
	}
	list := open()
	if out, err := (Messages{}).SpliceAnswer(ex, []byte(body), list); out != nil || err != nil {
		t.Errorf("unedited: %s %v", out, err)
	}
	edit(t, list[2], 4, 10, "***")
	if got := splice(t, ex, body, list); got != strings.Replace(body, `\u0073ecret`, "***", 1) {
		t.Errorf("text: %s", got)
	}
	list = open()
	edit(t, list[0], 3, 9, "***")
	edit(t, list[3], 6, 12, "***")
	want := strings.NewReplacer("my secret", "my ***", `"Sig"`, `"sp1.edited."`, `:"secret"`, `:"***"`).Replace(body)
	if got := splice(t, ex, body, list); got != want {
		t.Errorf("thinking: got  %s\nwant %s", got, want)
	}
	if _, err := (Messages{}).AnswerParts(ex, []byte(`{"content":[{"type":"text","text":"a","text":"b"}]}`), nil); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Errorf("ambiguous: %v", err)
	}
}

func splice(t *testing.T, ex *core.Exchange, body string, list []*core.Part) string {
	t.Helper()
	out, err := Messages{}.SpliceAnswer(ex, []byte(body), list)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range out {
		b.Write(r)
	}
	return b.String()
}

// TestForwardInPlaceOfModel: a provider that has the model in its path gets what it
// wants in its place; a count of tokens has both.
func TestForwardInPlaceOfModel(t *testing.T) {
	t.Parallel()
	const version = `"anthropic_version":"v"`
	for name, c := range map[string]struct {
		body, want string
		op         core.Operation
	}{
		"first":   {`{"model":"m",` + list1 + `}`, `{` + version + `,` + list1 + `}`, core.OpChat},
		"last":    {`{` + list1 + ` , "model" : "m" }`, `{` + list1 + ` , ` + version + ` }`, core.OpChat},
		"escaped": {`{"mod\u0065l":"a\":\"b",` + list1 + `}`, `{` + version + `,` + list1 + `}`, core.OpChat},
		"count":   {`{"model":"m",` + list1 + `}`, `{` + version + `,"model":"other",` + list1 + `}`, core.OpCountTokens},
	} {
		ex := parts(t, c.body)
		ex.Request.Operation = c.op
		d := upstream(`"other"`)
		d.Provider = &core.Provider{Quirks: core.Quirks{InPlaceOfModel: `{` + version + `}`}}
		if got := forward(t, ex, d); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

const list1 = `"max_tokens":9,"messages":[{"role":"user","content":"a"}]`
