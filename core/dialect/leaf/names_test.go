package leaf_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// change replaces what a text is in the part that shows it.
func change(t *testing.T, ex *core.Exchange, text, to string) {
	t.Helper()
	list := shown(ex, text)
	if len(list) != 1 {
		t.Fatalf("%q is shown in %d parts", text, len(list))
	}
	at := strings.Index(string(list[0].Text()), text)
	if err := list[0].Apply([]core.Edit{{Start: at, End: at + len(text), Bytes: []byte(to)}}); err != nil {
		t.Fatal(err)
	}
}

// TestNamesStay: what a schema calls its properties is known elsewhere too, so that a
// redaction of it ends the exchange; one of what stands beside it does not.
func TestNamesStay(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","properties":{"ann@example.com":{"description":"about"}},"required":["other"]}`
	for site, at := range schemaSites {
		body := strings.Replace(at.body, "%s", schema, 1)
		ex := read(t, at.of, body)
		change(t, ex, "about", "[x]")
		change(t, ex, "other", "[y]")
		if got, want := leaving(t, ex), strings.NewReplacer("about", "[x]", "other", "[y]").Replace(body); got != want {
			t.Errorf("%s: left as\n%s, want\n%s", site, got, want)
		}
		change(t, ex, "ann@example.com", "[e]")
		err := ex.Request.Dialect.Forward(ex, ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}}))
		if err == nil || err.Code != core.CodeBlocked || err.HTTPStatus() != 400 || err.Origin != core.OriginPlugin ||
			(err.Param == "") != strings.HasSuffix(site, "guided") || !strings.Contains(err.Message, err.Param) || strings.Contains(err.Error(), "ann") {
			t.Errorf("%s: a name was changed: %v", site, err)
		}
	}
}

// TestNamesSayWhere: the error names the place, as far as it is no word of the client's.
func TestNamesSayWhere(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g","parameters":{"properties":{"a":{"properties":{"ann":{}}}}}}}]}`: "tools[1].function.parameters",
		`{"model":"m","messages":[{"role":"user","content":"q"},{"role":"user","content":"q","x":{"y":[{"ann":1}]}}]}`:                                                                                                           "messages[1]",
		`{"model":"m","messages":[{"role":"user","content":"q"}],"ann":{}}`:                                                                                                                                                      "",
	} {
		ex := read(t, "openai.chat", body)
		change(t, ex, "ann", "[n]")
		err := ex.Request.Dialect.Forward(ex, ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}}))
		if err == nil || err.Param != want {
			t.Errorf("%s: %v, want it at %q", body, err, want)
		}
	}
}

// TestNamesOfResults: what a tool returned is data, in which names can change unless two
// of one object would become the same.
func TestNamesOfResults(t *testing.T) {
	t.Parallel()
	const body = `{"contents":[{"parts":[{"functionResponse":{"name":"f","response":{"ann":1,"bob":{"\u0061nn2":2},"x":{"bob2":3}}}}]}]}`
	ex := read(t, "gemini", body)
	for name, to := range map[string]string{"ann2": `[n"2]`, "bob2": "[n]"} {
		change(t, ex, name, to)
	}
	if got, want := leaving(t, ex), strings.NewReplacer(`\u0061nn2`, `[n\"2]`, "bob2", "[n]").Replace(body); got != want {
		t.Errorf("left as\n%s, want\n%s", got, want)
	}
	ex = read(t, "gemini", strings.NewReplacer("nn2", "nn", "bob2", "bob").Replace(body))
	for _, p := range ex.Prompt { // the same redaction for all of them
		if text := string(p.Text()); text == "ann" || text == "bob" {
			if err := p.Apply([]core.Edit{{End: 3, Bytes: []byte("[n]")}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	err := ex.Request.Dialect.Forward(ex, ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}}))
	if err == nil || err.Code != core.CodeBlocked || err.Param != "contents[0].parts[0].functionResponse.response" {
		t.Errorf("two members of one name: %v", err)
	}
}

// TestNamesAreShown: guards see names that nobody knows wherever they stand, and who
// said them.
func TestNamesAreShown(t *testing.T) {
	t.Parallel()
	const user = `"messages":[{"role":"user","content":"q"}]`
	for _, c := range []struct{ of, body, want string }{
		{"openai.chat", `{"model":"m",` + user + `,"canary":{"a":1}}`, "tool -1"},
		{"openai.chat", `{"model":"m",` + user + `,"x":[[{"canary":null}]]}`, "tool -1"},
		{"openai.chat", `{"model":"m","messages":[{"role":"user","content":"q","canary":"a"}]}`, "user 0"},
		{"openai.chat", `{"model":"m","messages":[{"role":"user","content":{"canary":1}}]}`, "user 0"},
		{"openai.chat", `{"model":"m",` + user + `,"canary":true}`, "tool -1"},
		{"openai.chat", `{"model":"m",` + user + `,"logit_bias":{"the canary":1,"50256":-100}}`, "tool -1"},
		{"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"q","canary":0}]}]}`, "user 0"},
		{"openai.chat", `{"model":"m","messages":[{"role":"assistant","content":[{"type":"x","y":{"canary":1}}]}]}`, "assistant 0"},
		{"openai.chat", `{"model":"m",` + user + `,"tools":[{"type":"x","canary":1}]}`, "system -1"},
		{"openai.chat", `{"model":"m",` + user + `,"tools":[{"type":"function","function":{"name":"f","canary":true}}]}`, "system -1"},
		{"openai.chat", `{"model":"m",` + user + `,"functions":[{"name":"f","canary":null}]}`, "system -1"},
		{"messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"x","y":{"canary":1}}]}]}]}`, "tool 0"},
		{"messages", `{"model":"m","max_tokens":9,` + user + `,"tools":[{"name":"f","input_examples":[{"a":{"canary":1}}]}]}`, "system -1"},
		{"responses", `{"model":"m","input":[{"type":"x","y":{"canary":1}}]}`, "user 0"},
		{"responses", `{"model":"m","input":"q","tools":[{"type":"x","canary":1}]}`, "system -1"},
		{"gemini", `{"contents":[{"role":"user","parts":[{"text":"q","x":{"canary":1}}]}]}`, "user 0"},
		{"gemini", `{"contents":[{"parts":[{"toolResponse":{"response":{"canary":1}}}]}]}`, "user 0"},
		{"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"canary":{}}]}`, "system -1"},
		{"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"googleSearch":{"say canary":1}}]}`, "system -1"},
		{"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"fileSearch":{"a":{"say\u0020canary":{}}}}]}`, "system -1"},
		{"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"tools":[{"googleSearch":{"canary":1}}]}`, ""}, // a word of the protocol
		{"gemini", `{"contents":[{"parts":[{"text":"q"}]}],"systemInstruction":{"parts":{"functionResponse":{"response":{"canary":1}}}}}`, "tool -1"},
	} {
		got := ""
		for _, p := range shown(read(t, c.of, c.body), "canary") {
			got += p.Role.String() + " " + string(rune('0'+p.Msg))
		}
		if got = strings.ReplaceAll(got, "/", "-1"); got != c.want {
			t.Errorf("%s: shown as %q, want %q", c.body, got, c.want)
		}
	}
}

// TestNamesAreApart: what stands in two names is not read as one phrase, and what a
// schema is written in is none of them.
func TestNamesAreApart(t *testing.T) {
	t.Parallel()
	ex := read(t, "openai.chat", `{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","strict":true,
		"parameters":{"type":"object","properties":{"credit":{"type":"object","properties":{"title":{"enum":[1]},"type":{}}},"c\u0061rd\n":{"default":null}},"additionalProperties":false,"x-order":{"items":1}}}}]}`)
	last := ex.Prompt[len(ex.Prompt)-1]
	if got, want := string(last.Text()), "credit,\ntitle,\ntype,\ncard\n,\nx-order"; got != want || string(last.Name) != "f" {
		t.Errorf("the tool %q has the names %q, want %q", last.Name, got, want)
	}
}

// TestNamesOfCalls: the arguments of a call stay what can be read in one way.
func TestNamesOfCalls(t *testing.T) {
	t.Parallel()
	for of, body := range map[string]string{
		"openai.chat": `{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":[{\"ann\":1,\"bob\":2}]}"}}]}]}`,
		"responses":   `{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"x\":[{\"ann\":1,\"bob\":2}]}"}]}`,
		"messages":    `{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"x":[{"ann":1,"bob":2}]}}]}]}`,
		"gemini":      `{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":[{"ann":1,"bob":2}]}}}]}]}`,
	} {
		ex := read(t, of, body)
		change(t, ex, "ann", "[n]")
		if got, want := leaving(t, ex), strings.Replace(body, "ann", "[n]", 1); got != want {
			t.Errorf("%s: left as %s", of, got)
		}
		change(t, ex, "bob", "[n]")
		err := ex.Request.Dialect.Forward(ex, ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}}))
		if err == nil || err.Code != core.CodeBlocked || err.Origin != core.OriginPlugin {
			t.Errorf("%s: two members of one name: %v", of, err)
		}
		// Who sends arguments that can be read in two ways gets no other answer for an edit.
		ex = read(t, of, strings.Replace(body, "bob", "ann", 1))
		list := shown(ex, "ann")
		at := strings.Index(string(list[0].Text()), "1")
		if err := list[0].Apply([]core.Edit{{Start: at, End: at + 1, Bytes: []byte("3")}}); err != nil {
			t.Fatal(err)
		}
		leaving(t, ex)
	}
}
