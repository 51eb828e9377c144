package plugintest

import (
	"encoding/base64"
	"fmt"
)

// file is a text document, as a data URL.
func (x *exchange) file() string {
	content := "a document"
	if x.in(inDocument) {
		content = x.text
	}
	return "data:text/plain;base64," + base64.StdEncoding.EncodeToString([]byte(content))
}

// title is the name of a document.
func (x *exchange) title() string {
	if x.in(inTitle) {
		return x.text
	}
	return "note.txt"
}

func (x *exchange) filed() bool { return x.in(inDocument) || x.in(inTitle) }

func chatPrompt(x *exchange, model string) string {
	assistant := ""
	switch {
	case x.in(inAssistant):
		assistant = `{"role":"assistant","content":` + x.word(inAssistant, "") + `}`
	case x.in(inThinking):
		assistant = `{"role":"assistant","content":"well","reasoning_content":` + x.word(inThinking, "") + `}`
	case x.in(inCustom):
		assistant = `{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"custom","custom":{"name":"note","input":` + x.word(inCustom, "") + `}}]},` +
			`{"role":"tool","tool_call_id":"call_1","content":"done"}`
	case x.called():
		assistant = `{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"note","arguments":` + x.spelled(x.earlier()) + `}}]},` +
			`{"role":"tool","tool_call_id":"call_1","content":` + x.word(inToolResult, "done") + `}`
	}
	content := x.word(inUser, x.ask())
	switch ask := `{"type":"text","text":` + x.spelled(x.ask()) + `}`; {
	case x.in(inCaption):
		content = `[{"type":"text","text":` + x.word(inCaption, "") + `},{"type":"image_url","image_url":{"url":"data:image/png;base64,` + pixel + `"}},` + ask + `]`
	case x.filed():
		content = `[{"type":"file","file":{"filename":` + x.spelled(x.title()) + `,"file_data":"` + x.file() + `"}},` + ask + `]`
	}
	messages := joined(
		when(x.in(inSystem), `{"role":"system","content":`+x.word(inSystem, "")+`}`),
		when(assistant != "", `{"role":"user","content":"Hello"}`), assistant,
		`{"role":"user","content":`+content+`}`)
	tools := when(x.place == inCustom, `,"tools":[{"type":"custom","custom":{"name":"note","description":"keeps a note"}}]`) +
		when(x.called(), `,"tools":[{"type":"function","function":{"name":"note","description":`+x.word(inTool, "keeps a note")+`,"parameters":`+x.schema()+`}}]`)
	return fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[%s]%s}`, model, x.streamed(), messages, tools)
}

func responsesPrompt(x *exchange, model string) string {
	before := ""
	switch {
	case x.in(inAssistant):
		before = `{"type":"message","role":"assistant","content":[{"type":"output_text","text":` + x.word(inAssistant, "") + `}]}`
	case x.in(inThinking):
		before = `{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":` + x.word(inThinking, "") + `}]},` +
			`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"well"}]}`
	case x.in(inCustom):
		before = `{"type":"custom_tool_call","call_id":"call_1","name":"note","input":` + x.word(inCustom, "") + `},` +
			`{"type":"custom_tool_call_output","call_id":"call_1","output":"done"}`
	case x.called():
		before = `{"type":"function_call","call_id":"call_1","name":"note","arguments":` + x.spelled(x.earlier()) + `},` +
			`{"type":"function_call_output","call_id":"call_1","output":` + x.word(inToolResult, "done") + `}`
	}
	content := `{"type":"input_text","text":` + x.word(inUser, x.ask()) + `}`
	switch ask := `,{"type":"input_text","text":` + x.spelled(x.ask()) + `}`; {
	case x.in(inCaption):
		content = `{"type":"input_text","text":` + x.word(inCaption, "") + `},{"type":"input_image","image_url":"data:image/png;base64,` + pixel + `"}` + ask
	case x.filed():
		content = `{"type":"input_file","filename":` + x.spelled(x.title()) + `,"file_data":"` + x.file() + `"}` + ask
	}
	input := joined(
		when(before != "", `{"type":"message","role":"user","content":"Hello"}`), before,
		`{"type":"message","role":"user","content":[`+content+`]}`)
	more := when(x.place == inCustom, `,"tools":[{"type":"custom","name":"note","description":"keeps a note"}]`) +
		when(x.in(inSystem), `,"instructions":`+x.word(inSystem, "")) +
		when(x.called(), `,"tools":[{"type":"function","name":"note","description":`+x.word(inTool, "keeps a note")+`,"parameters":`+x.schema()+`}]`)
	settings := when(x.front.op == opChat, fmt.Sprintf(`"stream":%t,"store":false,`, x.streamed()))
	return fmt.Sprintf(`{"model":%q,%s"input":[%s]%s}`, model, settings, input, more)
}
