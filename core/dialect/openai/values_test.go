package openai

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestArgumentsAsObjects: arguments of calls may stand as an object, as Ollama has them.
// They are one part, keys and all, and stay what they are where nobody edits them.
func TestArgumentsAsObjects(t *testing.T) {
	t.Parallel()
	for _, call := range []string{
		`"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":%s}}]`,
		`"tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":%s}}]`,
		`"function_call":{"name":"f","arguments":%s}`,
	} {
		for _, value := range []string{`{"canary":1}`, `["canary"]`, `7`} {
			message := `{"role":"assistant",` + strings.Replace(call, "%s", value, 1) + `}`
			ex := parts(t, `{"model":"m","messages":[`+message+`]}`)
			if len(ex.Prompt) != 1 || ex.Prompt[0].Kind != core.PartToolCall || string(ex.Prompt[0].Text()) != value || string(ex.Prompt[0].Name) != "f" {
				t.Errorf("%s: %v", message, describeAll(ex.Prompt))
			}
			if got := forward(t, ex, upstream("")); !strings.Contains(got, message) {
				t.Errorf("%s leaves as %s", message, got)
			}
			body := []byte(`{"choices":[{"index":0,"message":` + message + `}]}`)
			list, err := Chat{}.AnswerParts(&core.Exchange{}, body, nil)
			if err != nil || len(list) != 1 || string(list[0].Text()) != value || list[0].Kind != core.PartToolCall {
				t.Errorf("%s: %v, %v", body, describeAll(list), err)
			}
		}
	}
	ex := parts(t, `{"model":"m","messages":[{"role":"assistant","function_call":{"name":"f","arguments":{"canary":1}}}]}`)
	edit(t, ex.Prompt[0], 2, 8, "***")
	if got := forward(t, ex, upstream("")); !strings.Contains(got, `"arguments":{"***":1}`) {
		t.Errorf("an edit makes it %s", got)
	}
}

// TestTextsInNumbers: what vLLM tells of a text's tokens is none that a guard can read,
// and does not leave beside what was judged.
func TestTextsInNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d           core.EventReader
		whole, want string
	}{
		{
			Chat{},
			`{"prompt_token_ids":[1],"choices":[{"index":0,"message":{"content":"a","token_ids":[2]},"token_ids":[3],"prompt_token_ids":[4]}]}`,
			`{"prompt_token_ids":[],"choices":[{"index":0,"message":{"content":"a","token_ids":[]},"token_ids":[],"prompt_token_ids":[]}]}`,
		},
		{
			Completions{},
			`{"choices":[{"index":0,"text":"a","token_ids":[3],"prompt_token_ids":[4]}],"prompt_token_ids":[]}`,
			`{"choices":[{"index":0,"text":"a","token_ids":[],"prompt_token_ids":[]}],"prompt_token_ids":[]}`,
		},
	} {
		ex := &core.Exchange{}
		list, err := c.d.AnswerParts(ex, []byte(c.whole), nil)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if got, err := c.d.SpliceAnswer(ex, []byte(c.whole), list); err != nil || string(bytes.Join(got, nil)) != c.want {
			t.Errorf("%s became %s, %v", c.whole, bytes.Join(got, nil), err)
		}
		event, want := strings.ReplaceAll(c.whole, `"message"`, `"delta"`), strings.ReplaceAll(c.want, `"message"`, `"delta"`)
		var content core.EventContent
		c.d.BeginEvents(ex)
		if err := c.d.ReadEvent(ex, []byte(event), &content); err != nil || len(content.Parts) != 1 || len(content.Unknown) == 0 {
			t.Fatalf("%s: %v, %+v", event, err, content)
		}
		if out, err := c.d.AppendEvent(nil, ex, []byte(event), &content); err != nil || string(out) != want {
			t.Errorf("%s became %s, %v", event, out, err)
		}
	}
}
