package plugins_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTrapsOfWideSchemas: whether a schema is one that can be strict is told in time that
// grows with its length, so that a wide one is not too much for a guest.
func TestTrapsOfWideSchemas(t *testing.T) {
	var members, names strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&members, `,"member%d":{"type":"string"}`, i)
		fmt.Fprintf(&names, `,"member%d"`, 7999-i)
	}
	schema := `{"type":"object","properties":{` + members.String()[1:] + `},"required":[` + names.String()[1:] + `],"additionalProperties":false}`
	body := `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","strict":true,"input_schema":` + schema + `}]}`
	sendAll(t, []sending{
		{trap: "to OpenAI", from: messagesClient, to: "openai", model: "gpt-4o", body: body, has: []string{`"strict":true`, schema}},
		{trap: "to Mistral", from: messagesClient, to: "mistral", model: "mistral-large-latest", body: body, has: []string{`"strict":true`, schema}},
	})
}
