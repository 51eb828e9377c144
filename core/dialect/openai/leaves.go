package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// judged are the members in which also a string that no row names is judged: the
// model may read it.
var judged = []string{
	"messages", "tools", "functions", "tool_choice", "function_call", "prediction", "response_format",
	"web_search_options", "audio", "extra_body", "moderation", "reasoning", "thinking",
}

// Compiled once; never changed after.
var (
	requestForm = leaf.NewForm(leaf.Spec{
		Rows: requestLeaves, Keys: requestKeys,
		Turns: "messages[]", Judged: judged,
		Role: core.RoleSystem, Msg: -1,
		Scenes: map[string]leaf.Scene{
			"messages[]":                       enterMessage,
			"messages[].tool_calls[]":          enterCall,
			"messages[].tool_calls[].function": enterFunction,
			"messages[].tool_calls[].custom":   enterFunction,
			"messages[].function_call":         enterFunction,
			"messages[].content[].input_audio": enterAudio,
			"tools[].function":                 enterFunction,
			"tools[].custom":                   enterFunction,
			"functions[]":                      enterFunction,
		},
	})
	answerForm = leaf.NewForm(leaf.Spec{
		Rows:    answerLeaves,
		Choices: "choices[]", Judged: []string{"choices"},
		Role: core.RoleAssistant,
		Scenes: map[string]leaf.Scene{
			"choices[].message.tool_calls[]":          enterCall,
			"choices[].message.tool_calls[].function": enterFunction,
			"choices[].message.tool_calls[].custom":   enterFunction,
			"choices[].message.function_call":         enterFunction,
		},
	})
)

func enterMessage(w *leaf.Walk, o leaf.Object) {
	role := o.Value("role")
	switch role.Kind {
	case jsonscan.String:
		w.Role = roleOf(w.Text(role))
	case jsonscan.None:
		w.Fail(leaf.Missing(w.Path()+".role", "a string that names who speaks"))
		return
	default:
		w.Fail(leaf.Invalid(w.Path()+".role", "must be a string, not %s", role.Kind))
		return
	}
	w.Ref = w.Text(o.Value("tool_call_id"))
}

func enterCall(w *leaf.Walk, o leaf.Object) { w.Ref = w.Text(o.Value("id")) }

func enterFunction(w *leaf.Walk, o leaf.Object) { w.Name = w.Text(o.Value("name")) }

func enterAudio(w *leaf.Walk, o leaf.Object) {
	w.Media = append(append(w.Exchange().Alloc(32)[:0], "audio/"...), w.Text(o.Value("format"))...)
}

// roleOf maps the dialect's roles. Whoever is not known speaks as the user,
// whom nobody trusts.
func roleOf(name []byte) core.Role {
	switch string(name) {
	case "system", "developer":
		return core.RoleSystem
	case "assistant":
		return core.RoleAssistant
	case "tool", "function":
		return core.RoleTool
	default:
		return core.RoleUser
	}
}
