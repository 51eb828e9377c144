package main

import (
	"net/http"
	"strings"
	"testing"
)

// dialectGuard takes the word out of prompts, answers with another for it, and
// blocks what says "forbidden".
const dialectGuard = `/* sallyport
id: guardrail.words
version: 1.0.0
stage: judge
hooks: [prompt, answer]
sees: {kinds: [text, tool_result]}
*/
function judge(call) {
  const edits = [];
  for (const p of call.parts) {
    if (p.text.includes("forbidden")) return { block: { status: 403, code: "words", message: "That word is not said here." } };
    const at = p.text.indexOf("secret");
    if (at >= 0) edits.push({ part: p.id, start: at, end: at + 6, text: "[WORD]" });
  }
  return edits.length ? { edits } : undefined;
}
exports.prompt = judge;
exports.answer = judge;
`

// TestGuardsOnEveryDialect: the same guard judges prompts and answers of every
// dialect and operation, whoever serves them.
func TestGuardsOnEveryDialect(t *testing.T) {
	l := newLab(t, labConfig{kind: "groq", plugins: map[string]string{"words.js": dialectGuard}})
	for _, c := range []struct{ name, path, body string }{
		{"openai.chat", "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"%s"}]}`},
		{"openai.responses", "/v1/responses", `{"model":"m","store":false,"input":"%s"}`},
		{"openai.responses, items", "/v1/responses", `{"model":"m","store":false,"input":[{"role":"user","content":[{"type":"input_text","text":"%s"}]}]}`},
		{"openai.embeddings", "/v1/embeddings", `{"model":"m","input":["%s"]}`},
		{"anthropic.messages", "/v1/messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"%s"}]}`},
		{"anthropic.messages, system", "/v1/messages", `{"model":"m","max_tokens":9,"system":"%s","messages":[{"role":"user","content":"hi"}]}`},
		{"gemini", "/v1beta/models/m:generateContent", `{"contents":[{"parts":[{"text":"%s"}]}]}`},
		{"gemini, embeddings", "/v1beta/models/m:embedContent", `{"content":{"parts":[{"text":"%s"}]}}`},
	} {
		say := func(text string) reply {
			l.Helper()
			return l.askGoogle(c.path, strings.ReplaceAll(c.body, "%s", text))
		}
		if r := say("nothing special"); r.status != http.StatusOK {
			t.Errorf("%s: an innocent call: %d %s", c.name, r.status, r.text)
		}
		if r := say("a forbidden word"); r.status != http.StatusForbidden || !strings.Contains(r.text, "not said here") {
			t.Errorf("%s: a forbidden word: %d %s", c.name, r.status, r.text)
		}
		if r := say("the secret is out"); r.status != http.StatusOK {
			t.Errorf("%s: a secret: %d %s", c.name, r.status, r.text)
		}
		asked := l.upstream()
		if last := asked[len(asked)-1]; strings.Contains(last, "secret") || !strings.Contains(last, "the [WORD] is out") {
			t.Errorf("%s: the provider got %s", c.name, last)
		}
		if strings.Contains(c.name, "embeddings") {
			continue // whose answers are numbers
		}
		if err := l.mocks[0].SetScenario("text=a%20secret%20answer"); err != nil {
			t.Fatal(err)
		}
		if r := say("nothing special"); r.status != http.StatusOK || strings.Contains(r.text, "secret") || !strings.Contains(r.text, "a [WORD] answer") {
			t.Errorf("%s: a secret answer: %d %s", c.name, r.status, r.text)
		}
		if err := l.mocks[0].SetScenario("text=a%20forbidden%20answer"); err != nil {
			t.Fatal(err)
		}
		if r := say("nothing special"); r.status != http.StatusForbidden || strings.Contains(r.text, "forbidden answer") {
			t.Errorf("%s: a forbidden answer: %d %s", c.name, r.status, r.text)
		}
		if err := l.mocks[0].SetScenario(""); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGuardsOnWhatIsNew: a guard judges also what stands among the tools and settings
// in a form or a member that no table names, since the model may read it.
func TestGuardsOnWhatIsNew(t *testing.T) {
	l := newLab(t, labConfig{kind: "groq", plugins: map[string]string{"words.js": dialectGuard}})
	const (
		messages  = "/v1/messages"
		chats     = "/v1/chat/completions"
		responses = "/v1/responses"
		gemini    = "/v1beta/models/m:generateContent"
		said      = `"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]`
		input     = `"model":"m","store":false,"input":"hi"`
		contents  = `"contents":[{"parts":[{"text":"hi"}]}]`
	)
	for _, c := range []struct{ path, body string }{
		{chats, `{` + said + `,"tools":[{"type":"function","function":{"name":"f","hint":"%s"}}]}`},
		{chats, `{` + said + `,"prediction":{"type":"content","more":["%s"]}}`},
		{chats, `{` + said + `,"tools":[{"type":"custom","custom":{"name":"f","format":{"type":"grammar","grammar":{"rules":"%s"}}}}]}`},
		{responses, `{` + input + `,"tools":[{"type":"shell","manual":"%s"}]}`},
		{responses, `{` + input + `,"text":{"format":{"type":"grammar","rules":"%s"}}}`},
		{messages, `{` + said + `,"tools":[{"name":"f","input_schema":{"type":"object"},"hint":"%s"}]}`},
		{messages, `{` + said + `,"context_management":{"edits":[{"type":"x","instructions":"%s"}]}}`},
		{gemini, `{` + contents + `,"tools":{"functionDeclarations":[{"name":"f","description":"%s"}]}}`},
		{gemini, `{` + contents + `,"tools":[{"function_declarations":{"name":"f","description":"%s"}}]}`},
		{gemini, `{` + contents + `,"generation_config":{"style":{"text":"%s"}}}`},
	} {
		if r := l.askGoogle(c.path, strings.ReplaceAll(c.body, "%s", "a forbidden word")); r.status != http.StatusForbidden || !strings.Contains(r.text, "not said here") {
			t.Errorf("%s %s: %d %s", c.path, c.body, r.status, r.text)
		}
	}
	// A number in quotes is no text: were it a guard's to edit, it would break.
	if r := l.askGoogle(gemini, `{`+contents+`,"generationConfig":{"maxOutputTokens":"9","topK":"3"}}`); r.status != http.StatusOK {
		t.Errorf("numbers in quotes: %d %s", r.status, r.text)
	}
}
