package openai

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestForwardModel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, model, want string }{
		{"unchanged", `{"model":"a","messages":[1]}`, "", `{"model":"a","messages":[1]}`},
		{"same", `{"model":"a","messages":[1]}`, `"a"`, `{"model":"a","messages":[1]}`},
		{"shorter", `{"model":"abc","messages":[1]}`, `"x"`, `{"model":"x","messages":[1]}`},
		{"longer", ` { "messages" : [1] , "model" : "a" } `, `"a much longer one"`, ` { "messages" : [1] , "model" : "a much longer one" } `},
		{"escaped", `{"mod\u0065l":"\u0061","messages":[1]}`, `"x"`, `{"mod\u0065l":"x","messages":[1]}`},
		{"others stay", `{"x":{"model":"a"},"model":"a","messages":[{"model":"a"}]}`, `"x"`, `{"x":{"model":"a"},"model":"x","messages":[{"model":"a"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := forward(t, scan(t, c.body), upstream(c.model)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestForwardUsage(t *testing.T) {
	t.Parallel()
	const ask = `"stream_options":{"include_usage":true}`
	for _, c := range []struct{ name, body, want string }{
		{"not a stream", `{"model":"a","messages":[1]}`, `{"model":"a","messages":[1]}`},
		{"absent", `{"stream":true,"model":"a","messages":[1]}`, `{"stream":true,"model":"a","messages":[1],` + ask + `}`},
		{"absent, blanks", "{\"stream\":true,\"model\":\"a\",\"messages\":[1] \n}\n", "{\"stream\":true,\"model\":\"a\",\"messages\":[1] \n," + ask + "}\n"},
		{"null", `{"stream_options":null,"stream":true,"model":"a","messages":[1]}`, `{` + ask + `,"stream":true,"model":"a","messages":[1]}`},
		{"empty", `{"stream_options":{ },"stream":true,"model":"a","messages":[1]}`, `{"stream_options":{"include_usage":true },"stream":true,"model":"a","messages":[1]}`},
		{"other key", `{"stream_options":{"x":1},"stream":true,"model":"a","messages":[1]}`, `{"stream_options":{"include_usage":true,"x":1},"stream":true,"model":"a","messages":[1]}`},
		{"false", `{"model":"a","messages":[1],"stream":true,"stream_options":{"x":1,"include_usage" : false}}`, `{"model":"a","messages":[1],"stream":true,"stream_options":{"x":1,"include_usage" : true}}`},
		{"null inside", `{"model":"a","messages":[1],"stream":true,"stream_options":{"include_usage":null}}`, `{"model":"a","messages":[1],"stream":true,` + ask + `}`},
		{"asked", `{"model":"a","messages":[1],"stream":true,"stream_options":{ "include_usage" : true}}`, `{"model":"a","messages":[1],"stream":true,"stream_options":{ "include_usage" : true}}`},
		{"not a stream, but options", `{"model":"a","messages":[1],"stream_options":{"include_usage":false}}`, `{"model":"a","messages":[1],"stream_options":{"include_usage":false}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex := scan(t, c.body)
			for range 2 { // a retry starts from the original
				if got := forward(t, ex, upstream("")); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}
		})
	}
}

func TestForwardNoStreamUsage(t *testing.T) {
	t.Parallel()
	d := upstream(`"x"`)
	d.Provider.Quirks.NoStreamUsage = true
	for _, c := range []struct{ name, body, want string }{
		{"nothing to do", `{"model":"a","messages":[1],"stream":true}`, `{"model":"x","messages":[1],"stream":true}`},
		{"first", `{ "stream_options":{"include_usage":true}, "model":"a","messages":[1],"stream":true}`, `{ "model":"x","messages":[1],"stream":true}`},
		{"middle", `{"model":"a","stream_options":{},"messages":[1],"stream":true}`, `{"model":"x","messages":[1],"stream":true}`},
		{"last", `{"stream":true,"messages":[1],"model":"a" , "stream_options":null}`, `{"stream":true,"messages":[1],"model":"x"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex := scan(t, c.body)
			for range 2 {
				if got := forward(t, ex, d); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			}
			if lost := strings.Contains(c.body, "stream_options"); lost != (len(ex.Dropped) == 1) {
				t.Errorf("reported as lost: %q", ex.Dropped)
			}
			ex.Route = &core.Route{Strict: true}
			err := (Chat{}).Forward(ex, ex.NewAttempt(d))
			if lost := strings.Contains(c.body, "stream_options"); lost != (err != nil) {
				t.Errorf("on a strict route: %v", err)
			} else if err != nil && (err.Code != core.CodeUnsupportedField || err.Param != "stream_options") {
				t.Errorf("on a strict route: %v, param %q", err, err.Param)
			}
		})
	}
}

func TestForwardEdits(t *testing.T) {
	t.Parallel()
	body := `{"model":"a","messages":[{"role":"user","content":"caf\u00e9 \ud83d\ude00 \"x\" end"}],"stream":true}`
	ex := parts(t, body)
	p := ex.Prompt[0]
	if got := string(p.Text()); got != "café 😀 \"x\" end" {
		t.Fatalf("text %q", got)
	}
	edit(t, p, 0, 3, "")               // "é 😀 ..."
	edit(t, p, 2, 3, " <&>\u2028\n\"") // after é
	edit(t, p, len(p.Text()), len(p.Text()), "!")
	got := forward(t, ex, upstream(`"b"`))
	want := `{"model":"b","messages":[{"role":"user","content":"\u00e9 <&>` + "\u2028" + `\n\"\ud83d\ude00 \"x\" end!"}],"stream":true,` +
		`"stream_options":{"include_usage":true}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestForwardAppends(t *testing.T) {
	t.Parallel()
	add := func(ex *core.Exchange, before int, role core.Role, text string) {
		p := &core.Part{ID: len(ex.Prompt), Role: role, Msg: -1, Before: before, Origin: core.OriginPlugin}
		p.SetText([]byte(text))
		ex.Prompt = append(ex.Prompt, p)
	}
	ex := parts(t, `{"messages":[ {"role":"user","content":"one"} , {"role":"user","content":"two"} ],"model":"a"}`)
	add(ex, 0, core.RoleSystem, "first \"quoted\"")
	add(ex, 0, core.RoleSystem, "second")
	add(ex, 1, core.RoleAssistant, "between")
	add(ex, 2, core.RoleUser, "last")
	add(ex, 99, core.RoleTool, "very last")
	edit(t, ex.Prompt[0], 0, 3, "1")
	got := forward(t, ex, upstream(""))
	want := `{"messages":[ {"role":"system","content":"first \"quoted\""},{"role":"system","content":"second"},{"role":"user","content":"1"} , ` +
		`{"role":"assistant","content":"between"},{"role":"user","content":"two"},{"role":"user","content":"last"},{"role":"user","content":"very last"} ],"model":"a"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	tree(t, got)
}

func TestForwardChecksArguments(t *testing.T) {
	t.Parallel()
	const body = `{"model":"a","messages":[{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}]}`
	ex := parts(t, body)
	edit(t, ex.Prompt[0], 5, 6, "2")
	if got, want := forward(t, ex, upstream("")), strings.Replace(body, `\"a\":1`, `\"a\":2`, 1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	edit(t, ex.Prompt[0], 5, 6, "{")
	err := (Chat{}).Forward(ex, ex.NewAttempt(upstream("")))
	if err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("broken arguments: %v", err)
	}
}
