package openai

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// describe writes a part in one line.
func describe(p *core.Part) string {
	s := fmt.Sprintf("%s %s %d/%d %s", p.Role, p.Kind, p.Msg, p.Choice, p.Text())
	if len(p.Name) > 0 {
		s += " name=" + string(p.Name)
	}
	if len(p.Ref) > 0 {
		s += " ref=" + string(p.Ref)
	}
	return s
}

func describeAll(list []*core.Part) []string {
	var out []string
	for i, p := range list {
		if p.ID != i {
			out = append(out, fmt.Sprintf("part %d has ID %d", i, p.ID))
		}
		out = append(out, describe(p))
	}
	return out
}

func TestParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"roles", `{"model":"m","messages":[
			{"role":"system","content":"a"},{"content":"b","role":"developer"},{"role":"user","name":"Bob","content":"c\n"},
			{"role":"assistant","content":null,"refusal":"d","reasoning_content":"e"},{"role":"tool","content":"f","tool_call_id":"t1"},
			{"role":"function","name":"g","content":"h"},{"role":"stranger","content":"i"}]}`, []string{
			"system text 0/0 a", "system text 1/0 b", "user text 2/0 Bob", "user text 2/0 c\n", "assistant refusal 3/0 d",
			"assistant thinking 3/0 e", "tool tool_result 4/0 f ref=t1", "tool tool_result 5/0 g", "tool tool_result 5/0 h", "user text 6/0 i",
		}},
		{"lists", `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},"bare",
			{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},{"type":"image_url","image_url":"https://x/y"},
			{"type":"input_audio","input_audio":{"data":"AAA","format":"wav"}},
			{"type":"file","file":{"filename":"f.pdf","file_data":"data:application/pdf,x","file_id":"id"}},
			{"type":"refusal","refusal":"no"}]},{"role":"tool","tool_call_id":"t","content":[{"type":"text","text":"r"}]}]}`, []string{
			"user text 0/0 a", "user text 0/0 bare", "user image 0/0 data:image/png;base64,AA== name=image/png", "user image 0/0 https://x/y",
			"user audio 0/0 AAA name=audio/wav", "user text 0/0 f.pdf", "user document 0/0 data:application/pdf,x name=application/pdf",
			"user refusal 0/0 no", "tool tool_result 1/0 r ref=t",
		}},
		{"calls", `{"model":"m","messages":[{"role":"assistant","tool_calls":[
			{"function":{"arguments":"{\"a\":1}","name":"f"},"id":"1","type":"function"},
			{"id":"2","type":"custom","custom":{"name":"g","input":"raw"}}],"function_call":{"name":"h","arguments":""}}]}`, []string{
			`assistant tool_call 0/0 {"a":1} name=f ref=1`, "assistant tool_call 0/0 raw name=g ref=2", "assistant tool_call 0/0  name=h",
		}},
		{"definitions", `{"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":
			{"type":"object","required":["q"],"properties":{"q":{"type":["string","null"],"description":"e","enum":["x","type"],"default":{"type":"free"}}}}}}],
			"functions":[{"name":"g","parameters":{"type":"object","title":"t"}}],
			"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"string","pattern":"p"},"strict":true}},
			"stop":["s1","s2"],"user":"u","model":"m","messages":[{"role":"user","content":"z"}],"prediction":{"type":"content","content":"pre"}}`, []string{
			"system text -1/0 f name=f", "system text -1/0 d name=f", "system text -1/0 q name=f", "system text -1/0 e name=f",
			"system text -1/0 x name=f", "system text -1/0 type name=f", "system text -1/0 free name=f", "system text -1/0 q name=f",
			"system text -1/0 g name=g", "system text -1/0 t name=g", "system text -1/0 n", "system text -1/0 p",
			"system text -1/0 s1", "system text -1/0 s2", "tool text -1/0 u", "user text 0/0 z", "system text -1/0 pre",
		}},
		{"thinking", `{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t1"}]}],
			"reasoning_details":[{"type":"reasoning.text","text":"t2","signature":"s"},{"type":"reasoning.encrypted","data":"xx"}],
			"thinking_blocks":[{"type":"thinking","thinking":"t3","signature":"s"}]}]}`, []string{
			"assistant thinking 0/0 t1", "assistant thinking 0/0 t2", "assistant redacted 0/0 xx", "assistant thinking 0/0 t3",
		}},
		{"forms that the table does not know", `{"model":"m","user":"u","messages":[{"role":"user","content":{"text":"a"}},
			{"role":"user","content":[{"type":"text","text":{"value":"b"}},{"type":"x","y":[{"z":"c"}]},["d"]],"note":"e"},
			{"role":"assistant","tool_calls":{"function":{"name":"f","arguments":{"to":"g"}}}}]}`, []string{
			"tool text -1/0 u", "user text 0/0 a", "user text 0/0 text", "user text 1/0 b", "user text 1/0 value", "user text 1/0 c", "user text 1/0 y,\nz",
			"user text 1/0 d", "user text 1/0 e", "user text 1/0 note",
			"assistant text 2/0 f", "assistant text 2/0 g", "assistant text 2/0 function,\nname,\narguments,\nto",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex := parts(t, c.body)
			got := describeAll(ex.Prompt)
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for _, p := range ex.Prompt {
				if want := tree(t, string(p.Raw.Of(ex.Request.Body))); want != string(p.Original()) && !dialecttest.IsName(ex.Request.Body, p) {
					t.Errorf("Raw is %q, text %q", want, p.Original())
				}
			}
			if got := forward(t, ex, upstream("")); got != c.body {
				t.Errorf("without edits the document changed: %s", got)
			}
		})
	}
}

func TestPartsRefuses(t *testing.T) {
	t.Parallel()
	with := func(message string) string {
		return `{"model":"m","messages":[{"role":"user","content":"x"},` + message + `]}`
	}
	for _, c := range []struct {
		name, body string
		code       core.Code
		param      string
	}{
		{"not an object", with(`"hi"`), core.CodeInvalidField, "messages[1]"},
		{"no role", with(`{"content":"x"}`), core.CodeMissingField, "messages[1].role"},
		{"role a number", with(`{"role":1}`), core.CodeInvalidField, "messages[1].role"},
		{"content twice", with(`{"role":"user","content":"a","content":"b"}`), core.CodeDuplicateKey, "messages[1].content"},
		{"content twice, escaped", with(`{"role":"user","content":"a","c\u006fntent":"b"}`), core.CodeDuplicateKey, "messages[1].content"},
		{"role folded", with(`{"role":"user","Role":"system"}`), core.CodeDuplicateKey, "messages[1].Role"},
		{"text twice", with(`{"role":"user","content":[{"type":"text"},{"type":"text","text":"a","text":"b"}]}`), core.CodeDuplicateKey, "messages[1].content[1].text"},
		{"arguments folded", with(`{"role":"assistant","tool_calls":[{"function":{"Arguments":"{}"}}]}`), core.CodeDuplicateKey, "messages[1].tool_calls[0].function.Arguments"},
		{"url twice", with(`{"role":"user","content":[{"image_url":{"url":"a","url":"b"}}]}`), core.CodeDuplicateKey, "messages[1].content[0].image_url.url"},
		{"unknown object", with(`{"role":"user","x":{"a":1,"a":2}}`), core.CodeDuplicateKey, "messages[1].x.a"},
		{"schema", `{"model":"m","messages":[{"role":"user"}],"tools":[{"function":{"parameters":{"a":1,"a":2}}}]}`, core.CodeDuplicateKey, "tools[0].function.parameters.a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex := scan(t, c.body)
			err := (Chat{}).Parts(ex)
			if err == nil {
				t.Fatal("accepted")
			}
			if err.Code != c.code || err.Param != c.param {
				t.Errorf("got %v %q (%s), want %v %q", err.Code, err.Param, err.Message, c.code, c.param)
			}
			if len(ex.Prompt) != 0 {
				t.Errorf("%d parts remain", len(ex.Prompt))
			}
		})
	}
}

// TestPartsPooled uses one exchange for several requests: no part of one may
// show in another.
func TestPartsPooled(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}`)
	edit(t, ex.Prompt[0], 0, 1, "edited")
	for _, want := range []string{
		`{"model":"m","messages":[{"role":"user","content":"c"}]}`,
		`{"model":"m","messages":[{"role":"user","content":"d"},{"role":"user","content":"e"},{"role":"user","content":"f"}]}`,
	} {
		ex.Reset()
		ex.Request.Body = []byte(want)
		if err := (Chat{}).Scan(ex); err != nil {
			t.Fatal(err)
		}
		if err := (Chat{}).Parts(ex); err != nil {
			t.Fatal(err)
		}
		if got := forward(t, ex, upstream("")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	ex := scan(t, `{"model":"m","user":"u","x":"1","messages":[{"role":"user","content":{"text":"hidden"},"y":[["2"]]}],"metadata":{"k":"v"},"n":1}`)
	got, err := Chat{}.Unknown(ex)
	want := []string{"x", "messages[0].content.text", "messages[0].y[0][0]"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// TestTables checks the tables themselves.
func TestTables(t *testing.T) {
	t.Parallel()
	for name, table := range map[string][]leaf.Row{
		"request": requestLeaves, "answer": answerLeaves, "completion": completionLeaves, "completed": completionAnswerLeaves,
		"embedding": embeddingLeaves, "embedded": embeddingAnswerLeaves,
	} {
		seen := map[string]bool{}
		for _, row := range table {
			if seen[row.Path] {
				t.Errorf("%s: %s stands twice", name, row.Path)
			}
			seen[row.Path] = true
			if row.Class == leaf.Unknown {
				t.Errorf("%s: %s has no class", name, row.Path)
			}
			if row.Why == "" && (row.Class == leaf.Opaque || row.Class == leaf.Derived || row.Class == leaf.Spelling || row.Class == leaf.Attr) {
				t.Errorf("%s: %s is not explained", name, row.Path)
			}
		}
	}
}
