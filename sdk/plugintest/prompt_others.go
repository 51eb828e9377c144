package plugintest

import (
	"encoding/base64"
	"fmt"
)

func claudePrompt(x *exchange, model string) string {
	before, after := "", ""
	switch {
	case x.in(inAssistant):
		before = `{"type":"text","text":` + x.word(inAssistant, "") + `}`
	case x.in(inThinking):
		before = `{"type":"thinking","thinking":` + x.word(inThinking, "") + `,"signature":"c2VhbA=="},{"type":"text","text":"well"}`
	case x.called():
		before = `{"type":"tool_use","id":"toolu_1","name":"note","input":` + x.earlier() + `}`
		after = `{"type":"tool_result","tool_use_id":"toolu_1","content":` + x.word(inToolResult, "done") + `}`
	case x.in(inCaption):
		after = `{"type":"text","text":` + x.word(inCaption, "") + `},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + pixel + `"}}`
	case x.filed():
		after = `{"type":"document","title":` + x.word(inTitle, "note") + `,"source":{"type":"text","media_type":"text/plain","data":` + x.word(inDocument, "a document") + `}}`
	}
	messages := joined(
		when(before != "", `{"role":"user","content":"Hello"},{"role":"assistant","content":[`+before+`]}`),
		`{"role":"user","content":[`+joined(after, `{"type":"text","text":`+x.word(inUser, x.ask())+`}`)+`]}`)
	more := when(x.in(inSystem), `,"system":`+x.word(inSystem, "")) +
		when(x.called(), `,"tools":[{"name":"note","description":`+x.word(inTool, "keeps a note")+`,"input_schema":`+x.schema()+`}]`)
	settings := when(x.front.op == opChat, fmt.Sprintf(`"stream":%t,"max_tokens":1000,`, x.streamed()))
	return fmt.Sprintf(`{"model":%q,%s"messages":[%s]%s}`, model, settings, messages, more)
}

func geminiPrompt(x *exchange, _ string) string {
	before, after := "", ""
	switch {
	case x.in(inAssistant):
		before = `{"text":` + x.word(inAssistant, "") + `}`
	case x.in(inThinking):
		before = `{"text":` + x.word(inThinking, "") + `,"thought":true},{"text":"well"}`
	case x.called():
		before = `{"functionCall":{"name":"note","args":` + x.earlier() + `}}`
		after = `{"functionResponse":{"name":"note","response":{"result":` + x.word(inToolResult, "done") + `}}}`
	case x.in(inCaption):
		after = `{"text":` + x.word(inCaption, "") + `},{"inlineData":{"mimeType":"image/png","data":"` + pixel + `"}}`
	case x.filed():
		content := "a document"
		if x.in(inDocument) {
			content = x.text
		}
		after = `{"inlineData":{"mimeType":"text/plain","displayName":` + x.spelled(x.title()) + `,"data":"` + base64.StdEncoding.EncodeToString([]byte(content)) + `"}}`
	}
	contents := joined(
		when(before != "", `{"role":"user","parts":[{"text":"Hello"}]},{"role":"model","parts":[`+before+`]}`),
		`{"role":"user","parts":[`+joined(after, `{"text":`+x.word(inUser, x.ask())+`}`)+`]}`)
	more := when(x.in(inSystem), `,"systemInstruction":{"parts":[{"text":`+x.word(inSystem, "")+`}]}`) +
		when(x.called(), `,"tools":[{"functionDeclarations":[{"name":"note","description":`+x.word(inTool, "keeps a note")+`,"parameters":`+x.schema()+`}]}]`)
	settings := when(x.front.op == opChat, `,"generationConfig":{"thinkingConfig":{"includeThoughts":true}}`)
	return `{"contents":[` + contents + `]` + more + settings + `}`
}
